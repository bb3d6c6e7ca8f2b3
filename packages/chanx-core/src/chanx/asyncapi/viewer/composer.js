import { button, copyButton, el, labelled, refill } from "./dom.js";
import { messagesGoing } from "./document.js";
import { formFor } from "./form.js";
import { asList, isObject, sortedBy } from "./references.js";
import { flattened } from "./schema_text.js";
import { sampleOf } from "./sample.js";
import { snippets } from "./snippets.js";
import { validate } from "./validator.js";

/** Composes what is sent on a channel: `{node, choose, check}`. A form is made of the text, and writes it. */
export function composer(source, channel, connection, handshake) {
  const messages = messagesGoing(channel, "receive");
  const select = el("select", { change: () => choose(select.value) }, sortedBy(messages, ({ name }) => name).map(({ key, name }) => el("option", { value: key }, name)));
  const area = el("textarea.code", { rows: 8, spellcheck: "false", "aria-label": "Message as JSON", input: check });
  const formPlace = el("div");
  const problems = el("div.problems", { role: "status" });
  const isForced = el("input", { type: "checkbox", change: check });
  const isNumbered = el("input", { type: "checkbox" });
  isNumbered.checked = true;
  const sendButton = button("Send", send, { class: "primary" });
  const tabs = tabList(["JSON", "Form"], (tab) => (tab === "Form" ? showForm() : showText()));
  let form = null;

  const chosen = () => messages.find(({ key }) => key === select.value);

  function choose(key) {
    const found = messages.find((message) => message.key === key);
    if (!found) return;
    select.value = key;
    const example = asList(found.message.examples).find((item) => isObject(item) && "payload" in item);
    area.value = JSON.stringify(example ? example.payload : sampleOf(source, found.schema), null, 2) ?? "";
    if (form) showForm();
    check();
  }

  function showForm() {
    const value = parsed(area.value);
    if (!value.isJson) return showText(); // what is wrong with it stands below
    form = formFor(source, chosen()?.schema ?? true, value.value, written, chosen()?.name ?? "Message");
    refill(formPlace, form.node);
    formPlace.hidden = false;
    area.hidden = true;
    tabs.choose("Form");
    written();
  }

  function showText() {
    form = null;
    formPlace.hidden = true;
    area.hidden = false;
    tabs.choose("JSON");
    check();
  }

  function written() {
    area.value = JSON.stringify(form.read(), null, 2);
    check();
  }

  /** Says what is wrong with the text; returns whether it may be sent. */
  function check() {
    const found = findings(source, chosen()?.schema, area.value);
    refill(problems, found.length ? el("ul", found.map((finding) => el("li", finding))) : null);
    problems.classList.toggle("bad", found.length > 0);
    sendButton.disabled = connection.state !== "open" || (found.length > 0 && !isForced.checked);
    return !sendButton.disabled;
  }

  function send() {
    if (check()) connection.send(isNumbered.checked ? numbered(source, chosen()?.schema, area.value, connection) : area.value);
  }

  const copies = ["Python", "JavaScript", "websocat"].map((name) =>
    copyButton(name, () => snippets({ ...handshakeOf(handshake), text: area.value }).find((item) => item.name === name).text),
  );
  const node = el(
    "div.composer",
    labelled("Message", select),
    tabs.node,
    area,
    formPlace,
    problems,
    el(
      "div.actions",
      sendButton,
      el("label.check", isForced, "Send anyway"),
      el("label.check", isNumbered, "Add a ref"),
      el("span.copies", "Copy as", copies),
    ),
  );
  node.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
  });
  showText();
  if (messages.length) choose(messages[0].key);
  return { node, choose, check };
}

function handshakeOf(handshake) {
  const { url, protocols, headers, cookies } = handshake.read();
  const cookie = Object.entries(cookies).map(([name, value]) => `${name}=${value}`).join("; ");
  return { url, protocols, headers: cookie ? { ...headers, Cookie: cookie } : headers };
}

function parsed(text) {
  try {
    return { isJson: true, value: JSON.parse(text) };
  } catch (error) {
    return { isJson: false, error };
  }
}

/** What is wrong with a text that is to be a message, a sentence each. */
function findings(source, schema, text) {
  const { isJson, value, error } = parsed(text);
  if (!isJson) return [`No JSON: ${error.message}`];
  return validate(source, schema ?? true, value).map(({ path, message }) => `${path.length ? path.join(".") : "message"} ${message}`);
}

/** The text with a ref of its own, if the message takes one and has none. */
function numbered(source, schema, text, connection) {
  const { isJson, value } = parsed(text);
  const flat = flattened(source, schema ?? true);
  if (!isJson || !isObject(value) || "ref" in value || !isObject(flat) || !flat.properties?.ref) return text;
  return JSON.stringify({ ...value, ref: connection.nextRef++ });
}

function tabList(names, choose) {
  const buttons = names.map((name) => button(name, () => choose(name), { "aria-pressed": "false" }));
  return {
    node: el("div.tabs", { role: "group", "aria-label": "Compose as" }, buttons),
    choose: (name) => buttons.forEach((item, index) => item.setAttribute("aria-pressed", String(names[index] === name))),
  };
}
