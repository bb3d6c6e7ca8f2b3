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
  readonly credentials?: readonly Credential[] | undefined;
}

export interface Handshake {
  readonly url: URL;
  readonly protocols: string[];
  readonly headers: { [name: string]: string };
}

/** Browsers let a page set no headers. */
const ORDER = {
  page: ["subprotocol", "query"],
  program: ["header", "subprotocol", "cookie", "query"],
} as const;

const isPage = (): boolean => "document" in globalThis;

/** The place for a token; throws where there is none. */
function placeFor(credentials: readonly Credential[]): Credential {
  const order = ORDER[isPage() ? "page" : "program"];
  for (const place of order) {
    const found = credentials.find((credential) => credential.in === place);
    if (found) return found;
  }
  throw new TypeError(
    credentials.length === 0
      ? "Leave `token` out: the document has no place for it."
      : "A page can send a token by subprotocol or query only: the server takes neither.",
  );
}

/** The server's URL, with a path if it has one, and without a slash at its end. */
function baseOf(
  server: string | URL | undefined,
  servers: readonly string[],
): string {
  const page = (globalThis as { location?: { origin: string } }).location
    ?.origin;
  const base = server ?? servers[0] ?? page;
  if (base === undefined)
    throw new TypeError("Name the `server`, as wss://chat.example.org.");
  return String(base).replace(/^http/, "ws").replace(/\/+$/, "");
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
  const path = address.replace(/\{([^}]+)\}/g, (_, name: string) => {
    const value = options.parameters?.[name];
    if (value === undefined)
      throw new TypeError(`\`parameters.${name}\` is missing.`);
    return encodeURIComponent(String(value));
  });
  const url = new URL(baseOf(options.server, servers) + path);
  const protocols = [...(options.protocols ?? [])];
  const headers = { ...options.headers };
  for (const [name, value] of Object.entries(options.query ?? {})) {
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value])
      if (one !== undefined && one !== null)
        url.searchParams.append(name, String(one));
  }
  if (token !== undefined) {
    const { in: place, name, scheme, isSuffix } = placeFor(credentials);
    if (place === "query") url.searchParams.set(name, token);
    else if (place === "header")
      headers[name] = scheme ? `${scheme} ${token}` : token;
    else if (place === "subprotocol")
      protocols.push(...(isSuffix ? [name + token] : [name, token]));
    else
      headers["Cookie"] = [headers["Cookie"], `${name}=${token}`]
        .filter(Boolean)
        .join("; ");
  }
  return { url, protocols, headers };
}
