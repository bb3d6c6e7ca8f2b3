// Lists, quotes and emphasis nest so deep; what is nested deeper stays text.
const DEEPEST_BLOCK = 3;
const DEEPEST_INLINE = 8;

const FENCE = /^( *)(`{3,}|~{3,})/;
const HEADING = /^ {0,3}(#{1,6})(?: |$)/;
const ITEM = /^( *)([-*+]|\d{1,9}[.)])(?: |$)/;
const QUOTE = /^ {0,3}> ?/;

// Bounded lengths bound the time that a hostile text takes. Within a word, "_" is a letter of
// Python's names.
const INLINE = new RegExp(
  [
    /\\(?<escaped>[!-/:-@[-`{-~])/,
    /(?: {2,9}|\\)(?<end>\n)/,
    /(?<!`)(?<ticks>`{1,9})(?!`)(?<code>[^]{1,500}?)(?<!`)\k<ticks>(?!`)/,
    /\[(?<label>[^[\]]{1,500})\]\(<?(?<target>(?:[^\s()<>]|\([^\s()<>]{0,99}\)){1,999})>?(?: "[^"\n]{0,99}")?\)/,
    /\*\*(?=\S)(?<strong>(?:[^*]|\*(?!\*)|\*(?=\*\*(?!\*))){1,500}?)(?<!\s)\*\*(?!\*)/,
    /\*(?=[^\s*])(?<starred>(?:[^*]|\*\*){1,500}?)(?<![\s*])\*(?!\*)/,
    /(?<![\p{L}\p{N}_])_(?=[^\s_])(?<lined>[^]{0,500}?[^\s_])_(?![\p{L}\p{N}_])/,
    /<(?<address>https?:\/\/[^\s<>]{1,999})>|(?<!\w)(?<bare>https?:\/\/[^\s<>"`[\]]{1,999})/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "gu",
);
const HIDDEN = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|\p{Cs}/gu;

/** The text with what is invisible or misleads, as control characters, replaced by U+FFFD. */
export function visible(text) {
  if (typeof text !== "string") return typeof text === "object" ? "" : String(text ?? "");
  return text.replace(/\r\n|[\u2028\u2029]/g, "\n").replace(HIDDEN, "\uFFFD");
}

/** The link's target if it is one to follow from a page, else null: no javascript:, no //host. */
export function safeHref(target) {
  if (typeof target !== "string" || /[\s\\]/.test(target) || visible(target) !== target)
    return null;
  if (/^(https?:\/\/|mailto:)./i.test(target)) return target;
  return /^(\/\/|[^/?#]*:)|^$/.test(target) ? null : target;
}

/** Read a safe subset of Markdown into plain nodes; raw HTML is text. */
export function parseMarkdown(text) {
  return typeof text === "string" ? parseBlocks(text.split(/\r\n|[\r\n\u2028\u2029]/), 0) : [];
}

function parseBlocks(lines, depth) {
  const nodes = [];
  let at = 0;
  while (at < lines.length) {
    const [node, next] = isBlank(lines[at]) ? [null, at + 1] : readBlock(lines, at, depth);
    if (node) nodes.push(node);
    at = next;
  }
  return nodes;
}

function isBlank(line) {
  return line.trim() === "";
}

function isRule(line) {
  return /^(-{3,}|\*{3,}|_{3,})$/.test(line.replaceAll(/[ \t]/g, ""));
}

// Backticks after a fence of backticks make it a code span.
function isFence(line) {
  const fence = FENCE.exec(line);
  return fence && (fence[2][0] === "~" || !line.slice(fence[0].length).includes("`"));
}

function readBlock(lines, at, depth) {
  const line = lines[at];
  if (isFence(line)) return readCode(lines, at);
  if (isRule(line)) return [{ type: "rule" }, at + 1];
  if (HEADING.test(line)) return [readHeading(line), at + 1];
  if (depth < DEEPEST_BLOCK && QUOTE.test(line)) return readQuote(lines, at, depth);
  if (depth < DEEPEST_BLOCK && ITEM.test(line)) return readList(lines, at, depth);
  return readParagraph(lines, at, depth);
}

function readHeading(line) {
  const [start, { length: level }] = HEADING.exec(line);
  const words = line.slice(start.length).trim().split(" ");
  if (/^#+$/.test(words.at(-1))) words.pop();
  return { type: "heading", level, children: parseInline(words.join(" ")) };
}

function readCode(lines, at) {
  const [start, { length: indent }, fence] = FENCE.exec(lines[at]);
  const language = lines[at].slice(start.length).trim().split(/\s/, 1)[0];
  const isEnd = (line) => {
    const { length } = line.trim();
    return length >= fence.length && line.trim() === fence[0].repeat(length);
  };
  let end = at + 1;
  while (end < lines.length && !isEnd(lines[end])) end += 1;
  const inner = lines
    .slice(at + 1, end)
    .map((line) => line.slice(Math.min(indent, indentOf(line))));
  return [{ type: "code", language, text: inner.join("\n") }, end + 1];
}

function indentOf(line) {
  return line.search(/[^ ]|$/);
}

function readQuote(lines, at, depth) {
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end])) end += 1;
  const inner = lines.slice(at, end).map((line) => line.replace(QUOTE, ""));
  return [{ type: "quote", children: parseBlocks(inner, depth + 1) }, end];
}

// An item goes on with indented lines, and with plain ones that follow its text at once.
function readList(lines, at, depth) {
  const [, { length: base }, first] = ITEM.exec(lines[at]);
  const items = [];
  let width = 0;
  let end = at;
  for (; end < lines.length; end += 1) {
    const line = lines[end];
    const indent = indentOf(line);
    const marker = indent < base + 2 && !isRule(line) && ITEM.exec(line);
    if (marker) {
      if (marker[2].at(-1) !== first.at(-1)) break;
      width = marker[0].length;
      items.push([line.slice(width)]);
    } else if (isBlank(line) || indent >= base + 2) {
      items.at(-1).push(line.slice(Math.min(indent, width)));
    } else if (isBlank(lines[end - 1]) || startsBlock(line, depth)) break;
    else items.at(-1).push(line);
  }
  const isOrdered = first.length > 1;
  const children = items.map((item) => parseBlocks(item, depth + 1));
  return [{ type: "list", ordered: isOrdered, items: children }, end];
}

function startsBlock(line, depth) {
  if (isBlank(line) || isFence(line) || isRule(line) || HEADING.test(line)) return true;
  // A number at a line's start may be a sentence's.
  const isItem = /^ *([-*+]|1[.)]) +\S/.test(line);
  return depth < DEEPEST_BLOCK && (QUOTE.test(line) || isItem);
}

function readParagraph(lines, at, depth) {
  let end = at + 1;
  while (end < lines.length && !startsBlock(lines[end], depth)) end += 1;
  const text = lines
    .slice(at, end)
    .map((line) => line.trimStart())
    .join("\n");
  return [{ type: "paragraph", children: parseInline(text.trimEnd()) }, end];
}

function parseInline(text, depth = 0, mayLink = true) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(INLINE)) {
    addText(nodes, text.slice(at, found.index));
    at = found.index + found[0].length;
    addInline(nodes, found, depth, mayLink);
  }
  addText(nodes, text.slice(at));
  return nodes;
}

function addText(nodes, text) {
  const last = nodes.at(-1);
  if (last?.type === "text") last.text += text;
  else if (text) nodes.push({ type: "text", text });
}

function addInline(nodes, { 0: whole, groups }, depth, mayLink) {
  const { escaped, end, code, label, target, strong, starred, lined, address, bare } = groups;
  const inner = (text, links) => parseInline(text, depth + 1, links);
  const words = strong ?? starred ?? lined;
  const url = address ?? (bare && withoutTail(bare));
  const href = mayLink ? safeHref(target ?? url) : null;
  if (end) nodes.push({ type: "break" });
  else if (code) nodes.push({ type: "code", text: codeText(code) });
  else if (words && depth < DEEPEST_INLINE) {
    nodes.push({ type: strong ? "strong" : "emphasis", children: inner(words, mayLink) });
  } else if (href) {
    const children = label ? inner(label, false) : [{ type: "text", text: href }];
    nodes.push({ type: "link", href, children });
    if (bare) addText(nodes, bare.slice(url.length));
  } else addText(nodes, escaped ?? whole);
}

// As in "`` ` ``", a space on both sides only parts the code from the backticks.
function codeText(code) {
  const text = code.replaceAll("\n", " ");
  return /^ .*\S.* $/.test(text) ? text.slice(1, -1) : text;
}

// What follows an address in a sentence is not the address's.
function withoutTail(url) {
  let surplus = url.split(")").length - url.split("(").length;
  let end = url.length;
  for (; end > 0; end -= 1) {
    if (url[end - 1] === ")" && surplus > 0) surplus -= 1;
    else if (!".,:;!?'*_~".includes(url[end - 1])) break;
  }
  return url.slice(0, end);
}
