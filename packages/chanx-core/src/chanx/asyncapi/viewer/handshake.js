import { isMatch } from "./patterns.js";
import { asList, asObject } from "./references.js";
import { entriesOf, flattened, variantsOf } from "./schema_text.js";
import { validate } from "./validator.js";

const PLACEHOLDER = /\{([^{}]*)\}/g;

/** The names in braces of a server's URL and a channel's address, in their order, each once. */
export function placeholdersOf(template) {
  return [...new Set([...template.matchAll(PLACEHOLDER)].map(([, name]) => name))];
}

/** An address with what stands in braces filled in, and a query; a list is a pair for each item. A slash stays where its parameter takes one. */
export function socketAddress(template, values, query, parameters = {}) {
  const filled = template.replace(PLACEHOLDER, (_, name) => {
    const value = values[name] ?? "";
    const text = encodeURIComponent(value);
    return takesSlash(parameters[name], value) ? text.replaceAll("%2F", "/") : text;
  });
  const pairs = entriesOf(query).filter(([, value]) => value !== "" && value !== undefined);
  const search = pairs.flatMap(([name, value]) => [value].flat().map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`));
  return search.length ? `${filled}${filled.includes("?") ? "&" : "?"}${search.join("&")}` : filled;
}

function takesSlash(parameter, value) {
  return value.includes("/") && isMatch(parameter?.pattern, value) === true;
}

/** The items of a text that stands for a list. */
export function itemsOf(text) {
  return text.split(",").map((item) => item.trim()).filter(Boolean);
}

/** Whether a schema, null apart, is one of a list. */
export function isListed(source, schema) {
  return soleVariant(source, schema).type === "array";
}

function soleVariant(source, schema) {
  const flat = flattened(source, schema);
  const variants = variantsOf(source, flat);
  return variants.length === 1 ? flattened(source, variants[0].schema) : flat;
}

/** What is wrong with a text in an address, where it stands for the number, truth value or list that its schema asks for. */
export function problemsOf(source, schema, text) {
  const value = isListed(source, schema)
    ? itemsOf(text).map((item) => readingOf(source, soleVariant(source, schema).items, item))
    : readingOf(source, schema, text);
  return validate(source, schema, value).map(({ path, message }) => [...path.map((index) => `item ${index + 1}`), message].join(" "));
}

// Where no reading fits, the text is what was meant if texts are permitted at all.
function readingOf(source, schema = true, text) {
  const isLiteral = /^(-?\d+(\.\d+)?(e[+-]?\d+)?|true|false)$/.test(text);
  const readings = isLiteral ? [Number.isNaN(Number(text)) ? text === "true" : Number(text), text] : [text];
  const flat = flattened(source, schema);
  const types = [flat, ...variantsOf(source, flat).map(({ resolved }) => resolved)].flatMap((one) => one?.type);
  return readings.find((value) => !validate(source, schema, value).length) ?? (types.includes("string") ? text : readings[0]);
}

/** What is wrong with the address of a server, for a page that is or is not of https: browsers block mixed content, but not to this machine (W3C, Mixed Content). */
export function serverProblems(url, isSecurePage) {
  const isBlocked = isSecurePage && /^ws:/i.test(url) && !/^ws:\/\/(localhost|[^/]*\.localhost|127(\.\d+){3}|\[::1\])(:|\/|$)/i.test(url);
  return isBlocked ? ["This page is of https:, from which browsers open no socket of ws:. Write wss:, if the server has it"] : [];
}

/** Where a security scheme's credential goes in a handshake, and what is said of it. */
export function credentialOf({ name, scheme }) {
  return { name, ...placeOf(scheme), description: [scheme.description, ...tokenFacts(scheme)].filter(Boolean).join(" ") };
}

function placeOf(scheme) {
  const offered = asObject(scheme["x-subprotocol"]);
  if (offered.name) return { place: "subprotocol", key: String(offered.name), form: offered.form };
  if (scheme.type === "httpApiKey" && scheme.in === "query") return { place: "query", key: scheme.name };
  if (scheme.type === "httpApiKey" && scheme.in === "cookie") return { place: "cookie", key: scheme.name };
  if (scheme.in === "header" && /^sec-websocket-protocol$/i.test(scheme.name)) {
    return { place: "subprotocol", key: scheme.name };
  }
  if (scheme.type === "http") return { place: "header", key: "Authorization", prefix: scheme.scheme };
  // RFC 6750, 2.1.
  if (isToken(scheme)) return { place: "header", key: "Authorization", prefix: "Bearer" };
  if (scheme.in === "header") return { place: "header", key: scheme.name };
  return { place: "none", key: scheme.type };
}

function isToken({ type }) {
  return type === "oauth2" || type === "openIdConnect";
}

/** Where a token comes from, and what it has to permit (3.0, OAuth Flows Object). */
function tokenFacts(scheme) {
  if (!isToken(scheme)) return [];
  const flows = entriesOf(asObject(scheme.flows)).map(([flow, value]) => {
    const places = [asObject(value).authorizationUrl, asObject(value).tokenUrl].filter(Boolean);
    return places.length > 0 && `${flow}: a token from ${places.join(", ")}.`;
  });
  const scopes = asList(scheme.scopes);
  return [
    scheme.openIdConnectUrl && `A token of the provider that ${scheme.openIdConnectUrl} describes.`,
    ...flows,
    scopes.length > 0 && `Scopes: ${scopes.join(", ")}.`,
  ];
}

/** A handshake with credentials, `{place, key, prefix, form, value}` each; a subprotocol's token follows its prefix, in one or in two. */
export function withCredentials(credentials, subprotocols, prefixes) {
  const handshake = { query: {}, cookies: {}, headers: {}, protocols: [...subprotocols] };
  for (const { place, key, prefix, form, value } of credentials) {
    if (!value) continue;
    if (place === "query") handshake.query[key] = value;
    else if (place === "cookie") handshake.cookies[key] = value;
    else if (place === "subprotocol" && form) handshake.protocols.push(...(form === "suffix" ? [key + value] : [key, value]));
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
