import { button, el, fixedField, labelled } from "./dom.js";
import { securityOf } from "./document.js";
import { credentialOf, isListed, isSubprotocol, itemsOf, placeholdersOf, problemsOf, serverProblems, socketAddress, withCredentials } from "./handshake.js";
import { asList, isObject } from "./references.js";
import { entriesOf, factsOf } from "./schema_text.js";
import { fixedValues } from "./validator.js";

const HINTS = {
  header: "Browsers cannot send it: it stands in the copied programs.",
  cookie: "Set for this page's host; empty for what the browser has.",
  subprotocol: "Offered as a subprotocol.",
  none: "This page cannot present it.",
};

/** The controls from which a handshake is made: `{node, read, check}`. */
export function handshakeForm(source, channel, changed) {
  const servers = channel.servers.filter((server) => server.isWebSocket);
  const server = serverField(servers, changed, () => (fill(), changed()));
  const places = el("div.inline");
  let parameters = [];
  const address = () => server.read() + (channel.address ?? "");
  const fill = () => {
    const schemas = { ...server.variables(), ...channel.parameters };
    parameters = placeholdersOf(address()).map((name) => parameterField(source, name, schemas[name] ?? {}, true, changed));
    places.replaceChildren(...parameters.map(({ node }) => node));
  };
  fill();
  const credentials = securityOf(channel).map((item) => credentialField(credentialOf(item), changed));
  const isCredential = (name) => credentials.some(({ place, key }) => place === "query" && key === name);
  const query = entriesOf(channel.query.properties)
    .filter(([name]) => !isCredential(name))
    .map(([name, schema]) => parameterField(source, name, isObject(schema) ? schema : {}, channel.query.required.includes(name), changed));
  const offers = subprotocolField(changed);

  function read() {
    const given = credentials.map(({ read: value, ...rest }) => ({ ...rest, value: value() }));
    const made = withCredentials(given, offers.read(), Object.keys(channel.subprotocols));
    const filled = (fields) => Object.fromEntries(fields.map((field) => [field.name, field.read()]));
    const addressWith = (secrets) => socketAddress(address(), filled(parameters), { ...filled(query), ...secrets }, channel.parameters);
    const hidden = Object.fromEntries(Object.keys(made.query).map((name) => [name, "***"]));
    return { ...made, url: addressWith(made.query), shown: addressWith(hidden) };
  }

  /** Says at each field what is wrong with it; returns whether nothing is. */
  const check = () => [server, ...parameters, ...query, offers].filter((field) => !field.check()).length === 0;
  const fields = [server, { node: places }, ...query, ...credentials, offers].map(({ node }) => node);
  return { node: el("div.fields", fields), read, check };
}

function serverField(servers, typed, changed) {
  const own = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}`;
  const urls = servers.length ? servers.map(({ url }) => url) : [own];
  const list = el("datalist", { id: `servers-${Math.random().toString(36).slice(2)}` }, urls.map((url) => el("option", { value: url })));
  const input = el("input", { input: typed, change: changed, list: list.id, spellcheck: "false" });
  const problems = (url) => serverProblems(url, location.protocol === "https:");
  input.value = urls.find((url) => problems(url).length === 0) ?? urls[0];
  const chosen = () => servers.find(({ url }) => url === input.value.trim());
  const field = checkedField("Server", input, "", (text) => problems(text.trim()));
  return {
    ...field,
    node: el("div", field.node, list),
    read: () => input.value.trim().replace(/\/+$/, ""),
    variables: () => chosen()?.variables ?? {},
  };
}

/** A field that says what is wrong with its text, of which `problems` gives the list. */
function checkedField(label, input, hint, problems) {
  const node = labelled(label, input, hint);
  const told = el("small.problem", { id: `${input.id}-problem` });
  node.append(told);
  input.setAttribute("aria-describedby", [input.getAttribute("aria-describedby"), told.id].filter(Boolean).join(" "));
  const check = () => {
    told.textContent = problems(input.value).join("; ");
    input.setAttribute("aria-invalid", String(told.textContent !== ""));
    return told.textContent === "";
  };
  return { node, check };
}

function parameterField(source, name, schema, isRequired, changed) {
  const { default: initial = asList(schema.examples)[0] ?? asList(schema.enum)[0], ...rest } = schema;
  const isList = isListed(source, schema);
  const facts = factsOf(rest).join(", ").replace(/^./, (first) => first.toUpperCase());
  const hint = [schema.description, isList && "Separated by commas.", facts].filter(Boolean).join(" ");
  const fixed = isRequired && fixedValues(schema);
  if (fixed?.length === 1) return { name, node: fixedField(name, fixed[0], hint), read: () => String(fixed[0]), check: () => true };
  const options = schema.type === "boolean" ? ["true", "false"] : asList(schema.enum);
  const input = options.length
    ? el("select", { change: changed }, !isRequired && el("option", { value: "" }, ""), options.map((item) => el("option", { value: item }, item)))
    : el("input", { input: changed, spellcheck: "false", autocomplete: "off", required: isRequired });
  if (isRequired || schema.default !== undefined) input.value = initial ?? "";
  else input.placeholder = initial ?? "";
  const problems = (text) => {
    if (text === "") return isRequired ? [`${name} is required`] : [];
    return options.length ? [] : problemsOf(source, schema, text).map((problem) => `${name} ${problem}`);
  };
  const field = checkedField(isRequired ? `${name} *` : name, input, hint, problems);
  return { ...field, name, read: () => (isList ? itemsOf(input.value) : input.value) };
}

function subprotocolField(changed) {
  const input = el("input", { input: changed, spellcheck: "false", autocomplete: "off" });
  const problems = (text) => itemsOf(text).filter((name) => !isSubprotocol(name)).map((name) => `${JSON.stringify(name)} cannot be a subprotocol`);
  return { ...checkedField("Subprotocols", input, "Separated by commas.", problems), read: () => itemsOf(input.value) };
}

function credentialField(credential, changed) {
  const { place, key, prefix, form, name, description } = credential;
  const input = el("input", { type: "password", input: changed, spellcheck: "false", autocomplete: "off", disabled: place === "none" });
  const label = `${name || key}${prefix ? ` (${prefix})` : ""}`;
  const basic = prefix?.toLowerCase() === "basic" ? "user:password." : "";
  const hint = [description, basic, HINTS[place]].filter(Boolean).join(" ");
  const show = button("Show", () => {
    const isShown = input.type === "text";
    input.type = isShown ? "password" : "text";
    show.setAttribute("aria-pressed", String(!isShown));
  }, { "aria-pressed": "false", title: `Show ${label}`, disabled: place === "none" });
  const node = labelled(label, input, hint, show);
  show.setAttribute("aria-controls", input.id);
  return { place, key, prefix, form, node, read: () => input.value };
}

/** Sets a handshake's cookies, for this page's host. */
export function setCookies(cookies) {
  for (const [name, value] of entriesOf(cookies)) {
    document.cookie = `${encodeURIComponent(name)}=${encodeURIComponent(value)}; path=/; SameSite=Strict`;
  }
}
