// Characters that would not survive copying, or would show a program otherwise than it runs.
const UNSAFE = /[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * Programs that connect, send a text (null: nothing) and print what comes: a list of `{name, text}`.
 * Protocols is a list of subprotocols, headers an object.
 */
export function snippets({ url, protocols = [], text = null, headers = {} }) {
  const plan = { url, protocols, text, headers: Object.entries(headers) };
  return [
    { name: "Python", text: pythonSnippet(plan) },
    { name: "JavaScript", text: browserSnippet(plan) },
    { name: "websocat", text: shellSnippet(plan) },
  ];
}

function escaped(text) {
  const escape = (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return text.replace(UNSAFE, escape);
}

// What JSON calls a string is one in Python and JavaScript, too.
function quoted(text) {
  return escaped(JSON.stringify(text));
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
  return text === null ? `websocat ${options}\n` : `printf %s ${shellQuoted(text)} | websocat -n ${options}\n`;
}

// websocat makes a message of each line, and control characters would be keys to a terminal: in JSON
// a space and an escape mean the same.
function shellQuoted(text) {
  return `'${escaped(text.replace(/[\t\r\n]/g, " ")).replaceAll("'", `'\\''`)}'`;
}
