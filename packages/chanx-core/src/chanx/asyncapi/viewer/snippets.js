import { asList, asObject } from "./references.js";

// Characters that would not survive copying, or would show a program otherwise than it runs.
const UNSAFE = /[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * Programs that connect, send a text (null: nothing) and print what comes: a list of
 * `{name, text}`. Protocols is a list of subprotocols, headers an object.
 */
export function snippets({ url, protocols, text, headers }) {
  const plan = {
    url: wellFormed(url),
    protocols: asList(protocols).map(wellFormed),
    text: typeof text === "string" ? wellFormed(text) : null,
    headers: Object.entries(asObject(headers)).map((pair) => pair.map(wellFormed)),
  };
  return [
    { name: "Python", text: pythonSnippet(plan) },
    { name: "JavaScript", text: browserSnippet(plan) },
    { name: "websocat", text: shellSnippet(plan) },
  ];
}

// A socket sends lone surrogates as U+FFFD.
function wellFormed(text) {
  return typeof text === "string" ? text.replace(/\p{Cs}/gu, "\uFFFD") : "";
}

// What JSON calls a string is one in Python and JavaScript, too.
function quoted(text) {
  const escape = (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(text).replace(UNSAFE, escape);
}

function pythonSnippet({ url, protocols, text, headers }) {
  const pairs = headers.map((pair) => pair.map(quoted).join(": "));
  return [
    "from websockets.sync.client import connect",
    "",
    "with connect(",
    `    ${quoted(url)},`,
    ...(protocols.length ? [`    subprotocols=[${protocols.map(quoted).join(", ")}],`] : []),
    ...(pairs.length ? [`    additional_headers={${pairs.join(", ")}},`] : []),
    ") as websocket:",
    ...(text === null ? [] : [`    websocket.send(${quoted(text)})`]),
    "    for message in websocket:",
    "        print(message)",
    "",
  ].join("\n");
}

function browserSnippet({ url, protocols, text, headers }) {
  const list = protocols.length ? `, [${protocols.map(quoted).join(", ")}]` : "";
  const names = headers.map(([name]) => quoted(name)).join(", ");
  return [
    ...(names ? [`// A browser cannot send headers with a WebSocket; left out: ${names}.`] : []),
    `const socket = new WebSocket(${quoted(url)}${list});`,
    ...(text === null ? [] : [`socket.onopen = () => socket.send(${quoted(text)});`]),
    "socket.onmessage = ({ data }) => console.log(data);",
    "socket.onclose = ({ code, reason }) => console.log(code, reason);",
    "",
  ].join("\n");
}

function shellSnippet({ url, protocols, text, headers }) {
  const options = [
    ...(protocols.length ? [`--protocol=${shellQuoted(protocols.join(","))}`] : []),
    ...headers.map((pair) => `-H=${shellQuoted(pair.join(": "))}`),
    shellQuoted(url),
  ].join(" ");
  if (text === null) return `websocat ${options}\n`;
  // websocat makes a message of each line, but with -0 of what stands between NULs.
  if (!text.includes("\n")) return `printf ${shellText(text)} | websocat -n ${options}\n`;
  const lines = shellText(text.replaceAll("\0", "\uFFFD"));
  return `printf ${lines} | websocat -n -0 ${options} | tr '\\0' '\\n'\n`;
}

function shellQuoted(text) {
  return inQuotes(text.replace(UNSAFE, ""));
}

function inQuotes(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

// Pasted into a terminal, control characters would be keys; printf makes them of octal digits.
function shellText(text) {
  const octal = (byte) => `\\0${byte.toString(8).padStart(3, "0")}`;
  const escape = (one) => Array.from(new TextEncoder().encode(one), octal).join("");
  const lines = text.split("\n");
  if (!lines.some((line) => line.match(UNSAFE))) return `%s ${inQuotes(text)}`;
  const escaped = lines.map((line) => line.replaceAll("\\", "\\\\").replace(UNSAFE, escape));
  return `%b ${inQuotes(escaped.join("\n"))}`;
}
