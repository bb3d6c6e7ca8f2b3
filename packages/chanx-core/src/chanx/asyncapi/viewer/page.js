import { button, copyButton, el, folded, refill, safeLink } from "./dom.js";
import { wordsOf } from "./document.js";
import { prose, proseLine } from "./prose.js";
import { sampleOf } from "./sample.js";
import { schemaView, parameterTable } from "./schema_view.js";
import { asList, isObject } from "./references.js";
import { entriesOf } from "./schema_text.js";
import { tryPanel } from "./try_panel.js";

const DIRECTIONS = { receive: "Client to server", send: "Server to client" };

/** The id of a part of the page; its link is `#` and the same. */
export function anchorOf(kind, key) {
  return `${kind}/${encodeURIComponent(key)}`;
}

/** Shows a document that was read: `{node, search, open}`. */
export function pageOf(model) {
  const views = model.channels.map((channel) => channelView(model, channel));
  const schemas = model.schemas.map(({ key, schema }) => schemaSection(model.source, key, schema));
  const nothing = el("p", { hidden: true, role: "status" }, "Nothing matches.");
  const main = el("main", { id: "content" }, introduction(model), nothing, views.map(({ node }) => node), schemaList(schemas));
  const links = [...navigation(model, views)];
  const node = el("div", { class: "page" }, el("nav", { "aria-label": "Contents" }, links.map(({ node: link }) => link)), main);

  /** Shows what all the words stand in; returns how many operations that are. */
  function search(text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const found = views.reduce((count, view) => count + view.search(words), 0);
    for (const { node: link, isShown } of links) link.hidden = !isShown();
    nothing.hidden = found > 0 || !words.length;
    return found;
  }

  /** Opens and shows the part that a link names; returns whether there is one. */
  function open(id) {
    const target = document.getElementById(id);
    if (!target) return false;
    for (let part = target; part; part = part.parentElement) {
      if (part instanceof HTMLDetailsElement) openDetails(part);
    }
    bringUp(target);
    return true;
  }

  return { node, search, open };
}

/** Parts that were never painted have a guessed height: painting them moves what is below, so that it is looked for anew. */
function bringUp(target, frames = 10) {
  target.scrollIntoView({ block: "start" });
  if (frames) requestAnimationFrame(() => bringUp(target, frames - 1));
}

function openDetails(details) {
  details.fill?.();
  details.open = true;
}

/** Everything unfolded, for print. */
export function unfoldAll() {
  document.querySelectorAll("details.operation, details.schema-card").forEach(openDetails);
}

function introduction({ info, version, servers, source }) {
  const { contact, license, termsOfService, externalDocs } = info;
  const about = [
    isObject(contact) && (contact.url ? safeLink(contact.url, contact.name ?? contact.url) : contact.email ? safeLink(`mailto:${contact.email}`, contact.name ?? contact.email) : contact.name),
    isObject(license) && (license.url ? safeLink(license.url, license.name ?? license.url) : license.name),
    termsOfService && safeLink(termsOfService, "Terms of service"),
    isObject(externalDocs) && externalDocs.url && safeLink(externalDocs.url, externalDocs.description ?? "Further documentation"),
    ...asList(info.tags).map((tag) => isObject(tag) && tag.name && el("span", { class: "tag" }, tag.name)),
  ].filter(Boolean);
  return el(
    "header",
    { class: "introduction" },
    el("h1", { dir: "auto" }, info.title ?? "AsyncAPI document"),
    el("div", { class: "line" }, el("span", { class: "tag" }, `Version ${info.version ?? "?"}`), el("span", { class: "tag" }, `AsyncAPI ${version}`), about),
    prose(info.description),
    servers.length > 0 && el("h2", null, "Servers"),
    servers.length > 0 && el("ul", { class: "plain" }, servers.map(serverView)),
    security(entriesOf(source.components?.securitySchemes).map(([name, scheme]) => ({ name, scheme }))),
  );
}

function serverView({ key, url, description, variables }) {
  const names = entriesOf(variables).map(([name, variable]) => {
    const values = asList(variable?.enum).join(", ");
    return el("li", null, el("code", null, `{${name}}`), ` ${variable?.description ?? ""} ${values ? `One of ${values}.` : ""} ${variable?.default ? `Default ${variable.default}.` : ""}`);
  });
  return el("li", null, el("code", null, url), " ", el("span", { class: "soft" }, key), prose(description), names.length > 0 && el("ul", null, names));
}

function security(schemes) {
  if (!schemes.length) return null;
  const rows = schemes.map(({ name, scheme }) => {
    const where = scheme.type === "http" ? `HTTP ${scheme.scheme}, in the Authorization header` : [scheme.type, scheme.name, scheme.in && `in ${scheme.in}`].filter(Boolean).join(" ");
    return el("li", null, el("code", null, name), " ", el("span", { class: "soft" }, where), prose(scheme.description));
  });
  return [el("h2", null, "Security"), el("ul", { class: "plain" }, rows)];
}

function channelView(model, channel) {
  const panel = panelOf(model.source, channel);
  const operations = channel.operations.map((operation) => operationView(model.source, operation, panel));
  const groups = Object.entries(DIRECTIONS).map(([action, title]) => groupOf(title, action, operations));
  const name = channel.address ?? channel.key;
  const node = el(
    "section",
    { class: "channel", id: anchorOf("channel", channel.key), "aria-label": `Channel ${channel.key}` },
    el("h2", null, el("code", { dir: "ltr" }, name), hashLink("channel", channel.key)),
    el("p", { class: "soft" }, channel.title ?? channel.key),
    channel.tags.length > 0 && el("div", { class: "line" }, channel.tags.map((tag) => el("span", { class: "tag" }, tag))),
    prose(channel.description ?? channel.summary),
    parameterTable("Path", channel.parameters, Object.keys(channel.parameters)),
    parameterTable("Query", channel.query.properties, channel.query.required),
    parameterTable("Headers", channel.headers.properties, channel.headers.required),
    subprotocolList(channel),
    panel.node,
    groups.map((group) => group.node),
    closeCodes(channel),
  );
  const address = `${name}\n${channel.key}\n${channel.title ?? ""}`.toLowerCase();
  const search = (words) => {
    const isWhole = words.every((word) => address.includes(word));
    const found = groups.reduce((count, group) => count + group.search(words, isWhole), 0);
    node.hidden = words.length > 0 && found === 0 && !isWhole;
    return found || Number(isWhole);
  };
  return { node, channel, operations, search };
}

function panelOf(source, channel) {
  let panel = null;
  const make = () => (panel ??= tryPanel(source, channel));
  const node = folded("Try it", () => make().node, { class: "try-it" });
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
    const shown = own.filter((view) => view.show(isWhole || words.every((word) => view.words().includes(word))));
    heading.hidden = shown.length === 0;
    return shown.length;
  };
  return { node: [heading, own.map(({ node }) => node)], search };
}

function operationView(source, operation, panel) {
  const names = operation.messages.map(({ name }) => el("code", null, name));
  const summary = [
    el("span", { class: `badge ${operation.action}` }, operation.action),
    el("span", { class: "names" }, names),
    operation.isStream && el("span", { class: "tag" }, "stream"),
    el("span", { class: "soft", dir: "auto" }, proseLine(operation.summary ?? operation.title)),
  ];
  const node = folded(summary, () => operationBody(source, operation, panel), { class: "operation", id: anchorOf("operation", operation.key) });
  let words = null;
  return {
    node,
    operation,
    words: () => (words ??= wordsOf(operation)),
    show: (isShown) => {
      node.hidden = !isShown;
      return isShown;
    },
  };
}

function operationBody(source, operation, panel) {
  const { messages, replies } = operation;
  const isSent = operation.action === "receive";
  return el(
    "div",
    { class: "body" },
    el("div", { class: "line" }, el("span", { class: "soft" }, operation.key), hashLink("operation", operation.key)),
    operation.description !== operation.summary && prose(operation.description),
    operation.security.length > 0 && el("p", { class: "soft" }, "Security: ", operation.security.map(({ name, scheme }, index) => [index ? " or " : "", el("code", null, name || scheme.type)])),
    messages.map((message) => messageView(source, message, isSent && panel)),
    replies.length > 0 && el("h4", null, operation.isStream ? "Replies, any number of them" : "Replies"),
    replies.map((message) => folded([el("code", null, message.name), " ", el("span", { class: "soft" }, proseLine(message.message.summary))], () => messageView(source, message, null), { class: "reply" })),
  );
}

function messageView(source, { key, name, message, schema }, panel) {
  const examples = asList(message.examples).filter((example) => isObject(example) && "payload" in example);
  const shown = examples.length ? examples.map(({ payload }) => payload) : [sampleOf(source, schema)];
  return el(
    "div",
    { class: "message" },
    el("h4", { dir: "auto" }, message.title ?? name, message.contentType && el("span", { class: "soft" }, ` ${message.contentType}`)),
    prose(message.description ?? message.summary),
    schemaView(source, schema),
    message.headers && [el("h4", null, "Headers"), schemaView(source, message.headers)],
    shown.slice(0, 3).map(exampleView),
    panel && button(`Try ${name}`, () => panel.choose(key), { class: "primary" }),
  );
}

function exampleView(value) {
  const text = JSON.stringify(value, null, 2) ?? "";
  return el("div", { class: "example" }, el("pre", { tabindex: "0" }, el("code", null, text)), copyButton("Copy", () => text));
}

function subprotocolList({ subprotocols }) {
  const rows = entriesOf(subprotocols).map(([name, said]) => el("li", null, el("code", null, name), " ", proseLine(String(said))));
  return rows.length ? [el("h3", null, "Subprotocols"), el("ul", { class: "schema" }, rows)] : null;
}

function closeCodes(channel) {
  if (!channel.closeCodes.length) return null;
  const rows = channel.closeCodes.map(([code, meaning]) => el("tr", null, el("th", { scope: "row" }, el("code", null, code)), el("td", null, proseLine(String(meaning)))));
  return folded("Close codes", () => el("table", null, el("tbody", null, rows)), { class: "close-codes" });
}

function schemaSection(source, key, schema) {
  const said = isObject(schema) && typeof schema.description === "string" ? prose(schema.description) : null;
  return folded(el("code", null, key), () => el("div", { class: "body" }, said, schemaView(source, schema)), { class: "schema-card", id: anchorOf("schema", key) });
}

function schemaList(cards) {
  return cards.length ? el("section", { class: "schemas", id: "schemas", "aria-label": "Schemas" }, el("h2", null, "Schemas"), cards) : null;
}

function hashLink(kind, key) {
  return el("a", { class: "hash", href: `#${anchorOf(kind, key)}`, "aria-label": `Link to ${key}` }, "#");
}

function* navigation(model, views) {
  for (const { node, channel, operations } of views) {
    const isShown = () => !node.hidden;
    yield { isShown, node: el("a", { class: "channel-link", href: `#${anchorOf("channel", channel.key)}` }, channel.address ?? channel.key) };
    for (const { node: target, operation } of operations) {
      const name = operation.messages.map((message) => message.name).join(", ") || operation.title;
      yield {
        isShown: () => isShown() && !target.hidden,
        node: el("a", { class: operation.action, href: `#${anchorOf("operation", operation.key)}`, title: operation.title }, name),
      };
    }
  }
  if (model.schemas.length) yield { isShown: () => true, node: el("a", { class: "channel-link", href: "#schemas" }, "Schemas") };
}

/** Says that the document cannot be shown, and why. */
export function failureView(error, address) {
  const node = el("main", { class: "failure", role: "alert" });
  refill(node, el("h1", null, "The document cannot be shown"), el("p", null, String(error.message ?? error)), el("p", null, safeLink(address, "Open the document itself")));
  return node;
}
