// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

// Where to connect to, and with what.
/** Browsers let a page set no headers. */
const ORDER = {
  page: ["subprotocol", "query"],
  program: ["header", "subprotocol", "cookie", "query"],
};
const isPage = () => "document" in globalThis;
/** The place for a token; throws where there is none. */
function placeFor(credentials) {
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
function baseOf(server, servers) {
  const page = globalThis.location?.origin;
  const base = server ?? servers[0] ?? page;
  if (base === undefined)
    throw new TypeError("Name the `server`, as wss://chat.example.org.");
  return String(base).replace(/^http/, "ws").replace(/\/+$/, "");
}
/** Of an attempt to connect; throws where something is missing or wrong. */
export function handshakeOf(
  { address, servers = [], credentials = [] },
  options,
  token,
) {
  const path = address.replace(/\{([^}]+)\}/g, (_, name) => {
    const value = options.parameters?.[name];
    if (value === undefined)
      throw new TypeError(`\`parameters.${name}\` is missing.`);
    return encodeURIComponent(String(value));
  });
  const url = new URL(baseOf(options.server, servers) + path);
  const protocols = [...(options.protocols ?? [])];
  const headers = { ...options.headers };
  for (const [name, value] of Object.entries(options.query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value])
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
