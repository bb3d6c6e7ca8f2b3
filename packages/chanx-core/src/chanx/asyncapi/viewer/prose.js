import { codeBlock, el, safeLink } from "./dom.js";
import { parseMarkdown } from "./markdown.js";

/** Shows a description that is Markdown; nothing for none. */
export function prose(text) {
  if (typeof text !== "string" || !text.trim()) return null;
  return el("div.prose", { dir: "auto" }, parseMarkdown(text).map(blockOf));
}

/** Shows one line, such as a summary, with its code and emphasis. */
export function proseLine(text) {
  const [first] = parseMarkdown(String(text ?? ""));
  return first?.type === "paragraph" ? first.children.map(inlineOf) : (text ?? null);
}

function blockOf(node) {
  if (node.type === "list") return el(node.ordered ? "ol" : "ul", node.items.map((item) => el("li", item.map(itemOf))));
  if (node.type === "code") return codeBlock(node.text);
  if (node.type === "quote") return el("blockquote", node.children.map(blockOf));
  if (node.type === "rule") return el("hr");
  // Headings of a description are below those of the page.
  return el(node.type === "heading" ? "p.heading" : "p", node.children.map(inlineOf));
}

function itemOf(node) {
  return node.type === "paragraph" ? el("span", node.children.map(inlineOf)) : blockOf(node);
}

function inlineOf({ type, text, href, children }) {
  if (type === "text") return text;
  if (type === "link") return safeLink(href, children.map(inlineOf));
  return type === "code" ? el("code", text) : el(type === "strong" ? "strong" : "em", children.map(inlineOf));
}
