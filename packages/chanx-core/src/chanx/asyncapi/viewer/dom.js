import { safeHref, visible } from "./markdown.js";

/**
 * Makes an element of a kind such as "div.line"; then come, if wanted, its attributes, and its content.
 * Every text of a document comes through here, as text: nothing is parsed as HTML. Attributes that
 * are functions are listeners, by the event's name; false, null and undefined are left out.
 */
export function el(kind, ...content) {
  const [tag, ...classes] = kind.split(".");
  const element = document.createElement(tag);
  element.classList.add(...classes);
  const attributes = isAttributes(content[0]) ? content.shift() : {};
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, visible(String(value)));
  }
  element.append(...nodesOf(content));
  return element;
}

function isAttributes(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Node);
}

function nodesOf(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : document.createTextNode(visible(String(child)))));
}

/** Puts other content into an element. */
export function refill(element, ...children) {
  element.replaceChildren(...nodesOf(children));
}

export function button(label, action, attributes) {
  return el("button", { type: "button", click: action, ...attributes }, label);
}

/** A link to a place that the document names, or its text where that is not an address to follow. */
export function safeLink(address, ...children) {
  const content = nodesOf([children.length ? children : address]);
  if (!content.length) return null;
  const href = safeHref(address);
  return href ? el("a", { href }, content) : el("span", content);
}

/** Code in a block that scrolls, by the keyboard too. */
export function codeBlock(text) {
  return el("pre", { tabindex: "0" }, el("code", text));
}

let ids = 0;

/** A control with its label and, for a hint, what is said of it; what belongs to it stands beside it. */
export function labelled(label, control, hint, beside) {
  control.id ||= `field-${++ids}`;
  const note = hint ? el("small", { id: `${control.id}-hint`, dir: "auto" }, hint) : null;
  if (note) control.setAttribute("aria-describedby", note.id);
  return el("div.field", el("label", { for: control.id }, label), beside ? el("div.beside", control, beside) : control, note);
}

/** What has one value only: text, as there is nothing to choose. */
export function fixedField(label, value, hint) {
  return el("div.field.fixed", el("span.label", label), el("code", value), hint && el("small", { dir: "auto" }, hint));
}

/** A details element whose content is made when it is first opened. */
export function folded(summary, fill, attributes) {
  const details = el("details", attributes, el("summary", summary));
  let isFilled = false;
  details.fill = () => {
    if (!isFilled) details.append(...nodesOf([fill()]));
    isFilled = true;
  };
  details.addEventListener("toggle", () => details.open && details.fill());
  if (details.open) details.fill();
  return details;
}

/** A button that copies a text, and says that it has. */
export function copyButton(label, textOf) {
  const made = button(label, async () => {
    await copyText(textOf());
    made.textContent = "Copied";
    made.addEventListener("blur", () => (made.textContent = label), { once: true });
  });
  return made;
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Pages that are neither local nor served over TLS have no clipboard.
    const area = el("textarea.offscreen", { "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}
