import { entriesOf } from "./schema_text.js";

const PLACEHOLDER = /\{([^{}]*)\}/g;

/** The names in braces of a server's URL and a channel's address, in their order, each once. */
export function placeholdersOf(template) {
  return [...new Set([...template.matchAll(PLACEHOLDER)].map(([, name]) => name))];
}

/** An address with what stands in braces filled in, and a query. A slash stays where its parameter takes one. */
export function socketAddress(template, values, query, parameters = {}) {
  const filled = template.replace(PLACEHOLDER, (_, name) => {
    const value = values[name] ?? "";
    const encoded = encodeURIComponent(value);
    return takesSlash(parameters[name], value) ? encoded.replaceAll("%2F", "/") : encoded;
  });
  const pairs = entriesOf(query).filter(([, value]) => value !== "" && value !== undefined);
  const search = pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  return search.length ? `${filled}${filled.includes("?") ? "&" : "?"}${search.join("&")}` : filled;
}

function takesSlash(parameter, value) {
  if (!value.includes("/") || typeof parameter?.pattern !== "string") return false;
  try {
    return new RegExp(parameter.pattern, "u").test(value);
  } catch {
    return false;
  }
}

/** Where a security scheme's credential goes in a handshake. */
export function credentialOf({ name, scheme }) {
  const place = placeOf(scheme);
  return { name, ...place, description: scheme.description };
}

function placeOf(scheme) {
  if (scheme.type === "httpApiKey" && scheme.in === "query") return { place: "query", key: scheme.name };
  if (scheme.type === "httpApiKey" && scheme.in === "cookie") return { place: "cookie", key: scheme.name };
  if (scheme.in === "header" && /^sec-websocket-protocol$/i.test(scheme.name)) {
    return { place: "subprotocol", key: scheme.name };
  }
  if (scheme.type === "http") return { place: "header", key: "Authorization", prefix: scheme.scheme };
  if (scheme.in === "header") return { place: "header", key: scheme.name };
  return { place: "none", key: scheme.type };
}

/** A handshake with credentials, `{place, key, prefix, value}` each; a subprotocol's token follows its prefix. */
export function withCredentials(credentials, subprotocols, prefixes) {
  const handshake = { query: {}, cookies: {}, headers: {}, protocols: [...subprotocols] };
  for (const { place, key, prefix, value } of credentials) {
    if (!value) continue;
    if (place === "query") handshake.query[key] = value;
    else if (place === "cookie") handshake.cookies[key] = value;
    else if (place === "subprotocol") handshake.protocols.push(...prefixes.slice(0, 1), value);
    else if (place === "header") handshake.headers[key] = prefix ? `${schemeName(prefix)} ${encoded(prefix, value)}` : value;
  }
  return handshake;
}

function schemeName(scheme) {
  return scheme.charAt(0).toUpperCase() + scheme.slice(1);
}

/** RFC 7617, 2: user and password go as base64 of their UTF-8. */
function encoded(scheme, value) {
  if (scheme.toLowerCase() !== "basic") return value;
  return btoa(String.fromCharCode(...new TextEncoder().encode(value)));
}

/** Whether a text is a token, as a subprotocol is (RFC 6455, 4.1; RFC 9110, 5.6.2). */
export function isSubprotocol(text) {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text);
}
