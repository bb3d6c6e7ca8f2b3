import { el, safeLink } from "./dom.js";
import { parseMarkdown } from "./markdown.js";

/** Shows a description that is Markdown; nothing for none. */
export function prose(text) {
  if (typeof text !== "string" || !text.trim()) return null;
  return el("div.prose", { dir: "auto" }, parseMarkdown(text).map(blockOf));
}

/** Shows one line, such as a summary, with its code and emphasis. */
export function proseLine(text) {
  const [first] = parseMarkdown(String(text ?? ""));
  return first?.type === "paragraph" ? inlineOf(first.children) : (text ?? null);
}

function blockOf(node) {
  switch (node.type) {
    case "heading":
      // Headings of a description are below those of the page.
      return el("p.heading", inlineOf(node.children));
    case "list":
      return el(node.ordered ? "ol" : "ul", null, node.items.map((item) => el("li", item.map(itemOf))));
    case "code":
      return el("pre", { tabindex: "0" }, el("code", node.text));
    case "quote":
      return el("blockquote", node.children.map(blockOf));
    case "rule":
      return el("hr");
    default:
      return el("p", inlineOf(node.children));
  }
}

function itemOf(node) {
  return node.type === "paragraph" ? el("span", inlineOf(node.children)) : blockOf(node);
}

function inlineOf(nodes) {
  return (nodes ?? []).map((node) => {
    switch (node.type) {
      case "code":
        return el("code", node.text);
      case "strong":
        return el("strong", inlineOf(node.children));
      case "emphasis":
        return el("em", inlineOf(node.children));
      case "link":
        return safeLink(node.href, inlineOf(node.children));
      case "break":
        return el("br");
      default:
        return node.text;
    }
  });
}
