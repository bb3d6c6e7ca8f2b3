import { button, codeBlock, copyButton, el, folded, safeLink } from "./dom.js";
import { isOfServer, wordsOf } from "./document.js";
import { channelFacts, closeMeaning, operationFacts } from "./facts.js";
import { contents } from "./navigation.js";
import { prose, proseLine } from "./prose.js";
import { sampleOf } from "./sample.js";
import { schemaView, parameterTable } from "./schema_view.js";
import { asList, asObject, isObject, sortedBy } from "./references.js";
import { entriesOf } from "./schema_text.js";
import { tryPanel } from "./try_panel.js";

const DIRECTIONS = { receive: "Client to server", send: "Server to client" };

/** The id of a part of the page; its link is `#` and the same. */
function anchorOf(kind, key) {
  return `${kind}/${encodeURIComponent(key)}`;
}

/** Shows a document that was read: `{node, search, open, first}`. */
export function pageOf(model, address) {
  const head = introduction(model, address);
  const views = model.channels.map((channel) => channelView(model, channel));
  const schemas = schemaList(model);
  const status = el("p.soft.found", { role: "status" });
  const main = el("main", { id: "content" }, head.node, status, views.map(({ node }) => node), schemas.node);
  const side = contents([[head.part], ...views.map(({ parts }) => parts), schemas.parts].filter((parts) => parts.length));
  let found = [];

  /** Shows what all the words stand in, and nothing else. */
  function search(text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    head.show(!words.length);
    found = [...views, schemas].flatMap((view) => view.search(words));
    status.textContent = words.length && (found.length ? `${found.length} found.` : "Nothing matches.") || "";
    if (words.length) window.scrollTo(0, 0);
    side.refresh(words.length > 0);
  }

  /** Opens and shows the part that a link names; returns whether there is one that is not hidden. */
  function open(id) {
    const target = document.getElementById(id);
    if (!target || target.closest("[hidden]")) return false;
    for (let part = target; part; part = part.parentElement) {
      if (part instanceof HTMLDetailsElement) openDetails(part);
    }
    bringUp(target, () => side.hold(id));
    return true;
  }

  return { node: el("div.page", side.node, main), search, open, first: () => found[0] };
}

// What a reader did, and what was asked to come up: one ends what came before.
let acts = 0;
for (const act of ["pointerdown", "touchstart", "wheel", "keydown"]) {
  window.addEventListener(act, () => (acts += 1), { capture: true, passive: true });
}

// Parts that were never painted have a guessed height: painting them moves what is below. So a part
// comes up for some frames, unless its reader acts: nothing may move under a press or a wheel.
function bringUp(target, done, frames = 10, since = (acts += 1)) {
  if (acts !== since) return;
  target.scrollIntoView({ block: "start" });
  done?.();
  if (frames) requestAnimationFrame(() => bringUp(target, done, frames - 1, since));
}

function openDetails(details) {
  details.fill?.();
  details.open = true;
}

/** Everything unfolded, for print. */
export function unfoldAll() {
  document.querySelectorAll("details.operation, details.schema-card").forEach(openDetails);
}

function introduction({ info, version, servers, source }, address) {
  const [contact, license, externalDocs] = [info.contact, info.license, info.externalDocs].map(asObject);
  const about = [
    safeLink(contact.url ?? (contact.email && `mailto:${contact.email}`), contact.name ?? contact.url ?? contact.email),
    safeLink(license.url, license.name),
    info.termsOfService && safeLink(info.termsOfService, "Terms of service"),
    externalDocs.url && safeLink(externalDocs.url, externalDocs.description ?? "Further documentation"),
    asList(info.tags).map((tag) => tagView(asObject(tag).name)),
    address && el("a", { href: address }, "The document as JSON"),
  ];
  const details = el(
    "div",
    el("div.line", tagView(`Version ${info.version ?? "?"}`), tagView(`AsyncAPI ${version}`), !isOfServer(source) && tagView("Describes the client"), about),
    prose(info.description),
    servers.length > 0 && el("h2", "Servers"),
    servers.length > 0 && el("ul.plain", servers.map(serverView)),
    security(entriesOf(asObject(source.components).securitySchemes)),
  );
  const node = el("header.introduction", { id: "top" }, el("h1", { dir: "auto" }, info.title ?? "AsyncAPI document"), details);
  return { node, part: { id: "top", node: details, title: "Overview" }, show: (isShown) => (details.hidden = !isShown) };
}

function factLine(facts) {
  return facts.length > 0 && el("p.soft", { dir: "auto" }, facts.join(" "));
}

function tagView(name) {
  return name && el("span.tag", name);
}

function serverView({ key, url, description, variables }) {
  const names = entriesOf(variables).map(([name, variable]) => {
    const values = asList(variable.enum).join(", ");
    const facts = [variable.description, values && `One of ${values}.`, variable.default && `Default ${variable.default}.`];
    return el("li", el("code", `{${name}}`), " ", facts.filter(Boolean).join(" "));
  });
  return el("li", el("code", url), " ", el("span.soft", key), prose(description), names.length > 0 && el("ul", names));
}

function security(schemes) {
  if (!schemes.length) return null;
  const rows = schemes.map(([name, value]) => {
    const scheme = asObject(value);
    const facts = [scheme.type, scheme.scheme, scheme.name, scheme.in && `in ${scheme.in}`];
    return el("li", el("code", name), " ", el("span.soft", facts.filter(Boolean).join(" ")), prose(scheme.description));
  });
  return [el("h2", "Security"), el("ul.plain", rows)];
}

function channelView(model, channel) {
  const panel = panelOf(model.source, channel);
  const operations = sortedBy(channel.operations.map((operation) => operationView(model.source, operation, panel)), ({ part }) => part.title);
  const groups = Object.entries(DIRECTIONS).map(([action, title]) => groupOf(title, action, operations));
  const name = channel.address ?? channel.key;
  const id = anchorOf("channel", channel.key);
  const node = el(
    "section.channel", { id, "aria-label": `Channel ${channel.key}` },
    el("h2", el("code", name), hashLink("channel", channel.key)),
    el("p.soft", channel.title ?? channel.key),
    channel.tags.length > 0 && el("div.line", channel.tags.map(tagView)),
    prose(channel.description ?? channel.summary),
    factLine(channelFacts(channel)),
    parameterTable("Path", channel.parameters, Object.keys(channel.parameters)),
    parameterTable("Query", channel.query.properties, channel.query.required),
    parameterTable("Headers", channel.headers.properties, channel.headers.required),
    parameterTable("Cookies", channel.cookies.properties, channel.cookies.required),
    subprotocolList(channel),
    panel.node,
    groups.map((group) => group.node),
    closeCodes(channel),
  );
  const address = `${name}\n${channel.key}\n${channel.title ?? ""}`.toLowerCase();
  const search = (words) => {
    const isWhole = words.every((word) => address.includes(word));
    const found = groups.flatMap((group) => group.search(words, isWhole));
    node.hidden = !isWhole && !found.length;
    return isWhole ? [id, ...found] : found;
  };
  const parts = [{ id, node, title: name }, ...groups.flatMap((group) => group.parts)];
  return { node, parts, search };
}

function panelOf(source, channel) {
  let panel = null;
  const make = () => (panel ??= tryPanel(source, channel));
  const node = folded("Try it", () => make().node, { class: "card try-it" });
  return {
    node,
    choose: (key) => {
      openDetails(node);
      panel.choose(key);
      bringUp(node);
    },
  };
}

function groupOf(title, action, operations) {
  const own = operations.filter(({ operation }) => operation.action === action);
  const heading = el("h3", { hidden: own.length === 0 }, title);
  const search = (words, isWhole) => {
    const found = own.filter((view) => view.search(isWhole ? [] : words));
    heading.hidden = !found.length;
    return found.map(({ part }) => part.id);
  };
  return { node: [heading, own.map(({ node }) => node)], parts: own.map(({ part }) => part), search };
}

function operationView(source, operation, panel) {
  const id = anchorOf("operation", operation.key);
  const names = operation.messages.map(({ name }) => [el("code", name), " "]);
  const summary = [
    el(`span.badge.${operation.action}`, operation.action),
    el("span", names),
    operation.isStream && tagView("stream"),
    el("span.soft", { dir: "auto" }, proseLine(operation.summary ?? operation.title)),
  ];
  const node = folded(summary, () => operationBody(source, operation, panel), { class: "card operation", id });
  let said = null;
  const search = (words) => {
    node.hidden = !words.every((word) => (said ??= wordsOf(source, operation)).includes(word));
    return !node.hidden;
  };
  const title = operation.messages.map(({ name }) => name).join(", ") || operation.title;
  return { node, operation, part: { id, node, title, kind: operation.action }, search };
}

function operationBody(source, operation, panel) {
  const { messages, replies } = operation;
  const isSent = operation.action === "receive";
  return el(
    "div",
    el("div.line", el("span.soft", operation.key), hashLink("operation", operation.key)),
    operation.description !== operation.summary && prose(operation.description),
    factLine(operationFacts(operation)),
    operation.security.length > 0 && el("p.soft", "Security: ", operation.security.map(({ name, scheme }, index) => [index ? " or " : "", el("code", name || scheme.type)])),
    messages.map((message) => messageView(source, message, isSent && panel)),
    replies.length > 0 && el("h4", operation.isStream ? "Replies, any number of them" : "Replies"),
    replies.map((message) => folded([el("code", message.name), " ", refusalTag(message.message), el("span.soft", proseLine(message.message.summary))], () => messageView(source, message, null))),
  );
}

function messageView(source, { key, name, message, schema }, panel) {
  const examples = asList(message.examples).filter((example) => isObject(example) && "payload" in example);
  const shown = examples.length ? examples.map(({ payload }) => payload) : [sampleOf(source, schema)];
  return el(
    "div.message",
    el("h4", { dir: "auto" }, message.title ?? name, message.contentType && el("span.soft", ` ${message.contentType}`), refusalTag(message)),
    prose(message.description ?? message.summary),
    schemaView(source, schema),
    message.headers && [el("h4", "Headers"), schemaView(source, message.headers)],
    shown.slice(0, 3).map(exampleView),
    panel && button(`Try ${name}`, () => panel.choose(key), { class: "primary" }),
  );
}

function refusalTag(message) {
  return message["x-outcome"] === "error" && tagView("refusal");
}

function exampleView(value) {
  const text = JSON.stringify(value, null, 2) ?? "";
  return el("div.example", codeBlock(text), copyButton("Copy", () => text));
}

function subprotocolList({ subprotocols }) {
  const rows = entriesOf(subprotocols).map(([name, said]) => el("li", el("code", name), " ", proseLine(String(said))));
  return rows.length ? [el("h3", "Subprotocols"), el("ul.schema", rows)] : null;
}

function closeCodes(channel) {
  if (!channel.closeCodes.length) return null;
  const rows = channel.closeCodes.map(([code, meaning]) => {
    const [why, then] = closeMeaning(meaning);
    return el("tr", el("th", { scope: "row" }, el("code", code)), el("td", proseLine(why), " ", then));
  });
  return folded("Close codes", () => el("table", el("tbody", rows)), { class: "card" });
}

function schemaCard(source, { key, schema }) {
  const id = anchorOf("schema", key);
  const said = isObject(schema) && typeof schema.description === "string" ? schema.description : "";
  const node = folded(el("code", key), () => el("div", prose(said), schemaView(source, schema)), { class: "card schema-card", id });
  const words = `${key}\n${said}`.toLowerCase();
  const search = (asked) => !(node.hidden = !asked.every((word) => words.includes(word)));
  return { node, part: { id, node, title: key, kind: "schema" }, search };
}

function schemaList({ source, schemas }) {
  const cards = schemas.map((schema) => schemaCard(source, schema));
  if (!cards.length) return { node: null, parts: [], search: () => [] };
  const node = el("section.schemas", { id: "schemas", "aria-label": "Schemas" }, el("h2", "Schemas"), cards.map((card) => card.node));
  const search = (words) => {
    const found = cards.filter((card) => card.search(words));
    node.hidden = !found.length;
    return found.map(({ part }) => part.id);
  };
  const parts = [{ id: "schemas", node, title: "Schemas" }, ...cards.map(({ part }) => part)];
  return { node, parts, search };
}

function hashLink(kind, key) {
  return el("a.hash", { href: `#${anchorOf(kind, key)}`, "aria-label": `Link to ${key}` }, "#");
}

/** Says that the document cannot be shown, and why. */
export function failureView(error, address) {
  const said = String(error.message ?? error);
  return el("main.failure", { role: "alert" }, el("h1", "The document cannot be shown"), el("p", said), safeLink(address, "Open the document itself"));
}
