// Where to connect to, and with what.
/** The first place for a token that there is; throws where there is none. */
function placeFor(credentials) {
  const isPage = "document" in globalThis; // which browsers let set no headers
  const found = credentials.find(
    ({ in: place }) => !isPage || place === "subprotocol" || place === "query",
  );
  if (found) return found;
  throw new TypeError("There is no place for `token`.");
}
/** An option as text; throws where it is left out. */
function needed(value, name) {
  if (value !== undefined) return String(value);
  throw new TypeError(`\`${name}\` is missing.`);
}
/** Of an attempt to connect; throws where something is missing or wrong. */
export function handshakeOf(
  { address, servers = [], credentials = [] },
  options,
  token,
) {
  const page = globalThis;
  const server = options.server ?? servers[0] ?? page.location?.origin;
  const base = needed(server, "server").replace(/^http/, "ws");
  const path = address.replace(/\{([^}]+)\}/g, (_, name) =>
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
