import { el, labelled } from "./dom.js";
import { securityOf } from "./document.js";
import { credentialOf, isSubprotocol, placeholdersOf, socketAddress, withCredentials } from "./handshake.js";
import { asList, isObject } from "./references.js";
import { entriesOf, factsOf } from "./schema_text.js";

const HINTS = {
  header: "Browsers cannot send it: it stands in the copied programs.",
  cookie: "Set for this page's host; empty for what the browser has.",
  subprotocol: "Offered as a subprotocol.",
  none: "This page cannot present it.",
};

/** The controls from which a handshake is made: `{node, read}`. */
export function handshakeForm(channel, changed) {
  const servers = channel.servers.filter((server) => server.isWebSocket);
  const server = serverField(servers, () => (fill(), changed()));
  const places = el("div.fields");
  let parameters = [];
  const fill = () => {
    const schemas = { ...server.variables(), ...channel.parameters };
    const names = placeholdersOf(server.read() + (channel.address ?? ""));
    parameters = names.map((name) => parameterField(name, schemas[name] ?? {}, true, changed));
    places.replaceChildren(...parameters.map(({ node }) => node));
  };
  fill();
  const credentials = securityOf(channel).map((item) => credentialField(credentialOf(item), changed));
  const isCredential = (name) => credentials.some(({ place, key }) => place === "query" && key === name);
  const query = entriesOf(channel.query.properties)
    .filter(([name]) => !isCredential(name))
    .map(([name, schema]) => parameterField(name, isObject(schema) ? schema : {}, channel.query.required.includes(name), changed));
  const protocols = el("input", { input: changed, spellcheck: "false", autocomplete: "off" });
  const others = el("div.fields", [...query, ...credentials].map((field) => field.node));
  const offers = labelled("Subprotocols", protocols, "Separated by commas.");
  const read = () => {
    const offered = protocols.value.split(",").map((name) => name.trim()).filter(Boolean);
    const made = withCredentials(credentials.map(({ read: value, ...rest }) => ({ ...rest, value: value() })), offered, Object.keys(channel.subprotocols));
    const filled = (fields) => Object.fromEntries(fields.map((field) => [field.name, field.read()]));
    const url = socketAddress(server.read() + (channel.address ?? ""), filled(parameters), { ...filled(query), ...made.query }, channel.parameters);
    return { ...made, url, problems: problemsOf([...parameters, ...query], made.protocols) };
  };
  return { node: el("div", server.node, places, others, offers), read };
}

function problemsOf(fields, protocols) {
  const missing = fields.filter((field) => field.isRequired && field.read() === "").map(({ name }) => `${name} is required`);
  return [...missing, ...protocols.filter((name) => !isSubprotocol(name)).map((name) => `${JSON.stringify(name)} cannot be a subprotocol`)];
}

function serverField(servers, changed) {
  const own = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}`;
  const urls = servers.length ? servers.map(({ url }) => url) : [own];
  const list = el("datalist", { id: `servers-${Math.random().toString(36).slice(2)}` }, urls.map((url) => el("option", { value: url })));
  const input = el("input", { change: changed, list: list.id, spellcheck: "false" });
  input.value = urls[0];
  const chosen = () => servers.find(({ url }) => url === input.value.trim());
  return {
    node: el("div", labelled("Server", input), list),
    read: () => input.value.trim().replace(/\/+$/, ""),
    variables: () => chosen()?.variables ?? {},
  };
}

function parameterField(name, schema, isRequired, changed) {
  const initial = schema.default ?? asList(schema.examples)[0] ?? asList(schema.enum)[0];
  const { default: _, ...rest } = schema;
  const hint = [schema.description, factsOf(rest).join(", ")].filter(Boolean).join(" ");
  const options = schema.type === "boolean" ? ["true", "false"] : asList(schema.enum);
  const input = options.length
    ? el("select", { change: changed }, !isRequired && el("option", { value: "" }, ""), options.map((item) => el("option", { value: item }, item)))
    : el("input", { input: changed, spellcheck: "false", autocomplete: "off" });
  if (isRequired || schema.default !== undefined) input.value = initial ?? "";
  else input.placeholder = initial ?? "";
  return { name, isRequired, node: labelled(isRequired ? `${name} *` : name, input, hint), read: () => input.value };
}

function credentialField(credential, changed) {
  const { place, key, prefix, name, description } = credential;
  const input = el("input", { input: changed, spellcheck: "false", autocomplete: "off", disabled: place === "none" });
  const label = `${name || key}${prefix ? ` (${prefix})` : ""}`;
  const basic = prefix?.toLowerCase() === "basic" ? "user:password." : "";
  const hint = [description, basic, HINTS[place]].filter(Boolean).join(" ");
  return { place, key, prefix, node: labelled(label, input, hint), read: () => input.value };
}

/** Sets a handshake's cookies, for this page's host. */
export function setCookies(cookies) {
  for (const [name, value] of entriesOf(cookies)) {
    document.cookie = `${encodeURIComponent(name)}=${encodeURIComponent(value)}; path=/; SameSite=Strict`;
  }
}
