// Where to connect to, and with what.

/** A place of the handshake where a token may be. */
export interface Credential {
  readonly in: "header" | "query" | "cookie" | "subprotocol";
  readonly name: string;
  /** What stands before the token in a header. */
  readonly scheme?: string;
  /** Whether the token is what follows the name in one subprotocol, and not the next one. */
  readonly isSuffix?: boolean;
}

export type Values = { readonly [name: string]: unknown };

export interface Place {
  readonly address: string;
  readonly servers?: readonly string[] | undefined;
  /** The best place first. */
  readonly credentials?: readonly Credential[] | undefined;
}

export interface Handshake {
  readonly url: URL;
  readonly protocols: string[];
  readonly headers: { [name: string]: string };
}

/** The first place for a token that there is; throws where there is none. */
function placeFor(credentials: readonly Credential[]): Credential {
  const isPage = "document" in globalThis; // which browsers let set no headers
  const found = credentials.find(
    ({ in: place }) => !isPage || place === "subprotocol" || place === "query",
  );
  if (found) return found;
  throw new TypeError("There is no place for `token`.");
}

/** An option as text; throws where it is left out. */
function needed(value: unknown, name: string): string {
  if (value !== undefined) return String(value);
  throw new TypeError(`\`${name}\` is missing.`);
}

/** Of an attempt to connect; throws where something is missing or wrong. */
export function handshakeOf(
  { address, servers = [], credentials = [] }: Place,
  options: {
    readonly server?: string | URL | undefined;
    readonly parameters?: Values | undefined;
    readonly query?: Values | undefined;
    readonly headers?: { readonly [name: string]: string } | undefined;
    readonly protocols?: readonly string[] | undefined;
  },
  token: string | undefined,
): Handshake {
  const page = globalThis as { location?: { origin: string } };
  const server = options.server ?? servers[0] ?? page.location?.origin;
  const base = needed(server, "server").replace(/^http/, "ws");
  const path = address.replace(/\{([^}]+)\}/g, (_, name: string) =>
    encodeURIComponent(
      needed(options.parameters?.[name], `parameters.${name}`),
    ),
  );
  const url = new URL(base.replace(/\/+$/, "") + path);
  const protocols = [...(options.protocols ?? [])];
  const headers = { ...options.headers };
  for (const [name, value] of Object.entries(options.query ?? {})) {
    for (const one of [value].flat())
      if (one != null) url.searchParams.append(name, String(one));
  }
  if (token !== undefined) {
    const { in: place, name, scheme, isSuffix } = placeFor(credentials);
    if (place === "query") url.searchParams.set(name, token);
    else if (place === "header")
      headers[name] = scheme ? `${scheme} ${token}` : token;
    else if (place === "subprotocol")
      protocols.push(...(isSuffix ? [name + token] : [name, token]));
    else {
      const others = headers["Cookie"] ? `${headers["Cookie"]}; ` : "";
      headers["Cookie"] = `${others}${name}=${token}`;
    }
  }
  return { url, protocols, headers };
}
