// Quotes, lists and emphasis nest so deep; what is nested deeper stays text.
const DEEPEST = 3;

const BLOCKS = {
  blank: /^\s*$/,
  code: /^ *(`{3,})[^`]*$/,
  rule: /^ {0,3}([-*_])( *\1){2,} *$/,
  heading: /^ {0,3}(#{1,6}) +(.*)$/,
  quote: /^ {0,3}> ?/,
  // A longer number at a line's start is a sentence's.
  list: /^ *([-*+]|\d{1,2}[.)])(?: |$)/,
};

// Bounded lengths bound the time that a hostile text takes.
const INLINE = new RegExp(
  [
    /\\(?<escaped>[!-/:-@[-`{-~])/,
    /(?<!`)(?<ticks>``?)(?!`)(?<code>[^]{1,500}?)(?<!`)\k<ticks>(?!`)/,
    /\[(?<label>[^[\]]{1,500})\]\((?<target>(?:[^\s()<>]|\([^\s()<>]{0,99}\)){1,999})\)/,
    /\*\*(?=\S)(?<strong>[^]{1,500}?)(?<!\s)\*\*(?!\*)/,
    /\*(?=[^\s*])(?<starred>[^*]{1,500}?)(?<!\s)\*(?!\*)/,
    /(?<!\w)_(?=[^\s_])(?<lined>[^]{0,500}?[^\s_])_(?!\w)/,
    /(?<!\w)(?<bare>https?:\/\/(?:[^\s()<>"`[\]]|\([^\s()<>]{0,99}\)){1,999}(?<![.,:;!?'*_]))/,
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
  const isPlain = typeof target === "string" && !/[\s\\]/.test(target) && visible(target) === target;
  return isPlain && /^(https?:\/\/.|mailto:.|(?!\/\/|[^/?#]*:).)/i.test(target) ? target : null;
}

/** Read a safe subset of Markdown into plain nodes; raw HTML is text. */
export function parseMarkdown(text) {
  return typeof text === "string" ? parseBlocks(text.split(/\r?\n|[\r\u2028\u2029]/), 0) : [];
}

function parseBlocks(lines, depth) {
  const reader = { lines, depth, at: 0 };
  const nodes = [];
  while (reader.at < lines.length) {
    const line = lines[reader.at++];
    const node = READERS[kindOf(line, depth)](line, reader);
    if (node) nodes.push(node);
  }
  return nodes;
}

function kindOf(line, depth) {
  const kind = Object.keys(BLOCKS).find((name) => BLOCKS[name].test(line)) ?? "paragraph";
  return depth >= DEEPEST && /quote|list/.test(kind) ? "paragraph" : kind;
}

const READERS = {
  blank: () => null,
  rule: () => ({ type: "rule" }),
  heading: (line) => {
    const [, { length: level }, words] = BLOCKS.heading.exec(line);
    return { type: "heading", level, children: parseInline(words.trim()) };
  },
  code: (line, reader) => {
    const [, { length }] = BLOCKS.code.exec(line);
    const inner = take(reader, (one) => !/^ *`{3,} *$/.test(one) || one.trim().length < length);
    reader.at += 1;
    return { type: "code", text: inner.map((one) => dedented(one, indentOf(line))).join("\n") };
  },
  quote: (line, reader) => {
    const lines = [line, ...take(reader, (one) => BLOCKS.quote.test(one))];
    const inner = lines.map((one) => one.replace(BLOCKS.quote, ""));
    return { type: "quote", children: parseBlocks(inner, reader.depth + 1) };
  },
  list: readList,
  paragraph: (line, reader) => {
    const lines = [line, ...take(reader, (one) => kindOf(one, reader.depth) === "paragraph")];
    return { type: "paragraph", children: parseInline(lines.map((one) => one.trim()).join("\n")) };
  },
};

function take(reader, isIn) {
  const start = reader.at;
  while (reader.at < reader.lines.length && isIn(reader.lines[reader.at])) reader.at += 1;
  return reader.lines.slice(start, reader.at);
}

function indentOf(line) {
  return line.search(/[^ ]|$/);
}

function dedented(line, width) {
  return line.slice(Math.min(width, indentOf(line)));
}

// An item goes on with indented lines, and with plain ones that follow its text at once.
function readList(first, reader) {
  const { lines, depth } = reader;
  const isOrdered = (line) => /^ *\d/.test(line);
  let width = BLOCKS.list.exec(first)[0].length;
  const items = [[first.slice(width)]];
  for (; reader.at < lines.length; reader.at += 1) {
    const line = lines[reader.at];
    const kind = kindOf(line, depth);
    const isInside = indentOf(line) >= indentOf(first) + 2;
    if (isInside || kind === "blank") items.at(-1).push(dedented(line, width));
    else if (kind === "list" && isOrdered(line) === isOrdered(first)) {
      width = BLOCKS.list.exec(line)[0].length;
      items.push([line.slice(width)]);
    } else if (kind === "paragraph" && items.at(-1).at(-1).trim()) items.at(-1).push(line);
    else break;
  }
  const children = items.map((item) => parseBlocks(item, depth + 1));
  return { type: "list", ordered: isOrdered(first), items: children };
}

function parseInline(text, depth = 0) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(INLINE)) {
    addText(nodes, text.slice(at, found.index));
    at = found.index + found[0].length;
    const node = inlineNode(found.groups, depth);
    if (node) nodes.push(node);
    else addText(nodes, found.groups.escaped ?? found[0]);
  }
  addText(nodes, text.slice(at));
  return nodes;
}

function addText(nodes, text) {
  const last = nodes.at(-1);
  if (last?.type === "text") last.text += text;
  else if (text) nodes.push({ type: "text", text });
}

function inlineNode({ code, label, target, strong, starred, lined, bare }, depth) {
  const words = strong ?? starred ?? lined;
  const href = safeHref(target ?? bare);
  // As in "`` ` ``", a space on both sides only parts the code from the backticks.
  if (code) return { type: "code", text: code.replaceAll("\n", " ").replace(/^ (.*\S.*) $/, "$1") };
  if (depth >= DEEPEST) return null;
  if (words) return { type: strong ? "strong" : "emphasis", children: parseInline(words, depth + 1) };
  // A link's words hold no links.
  const children = parseInline(label ?? "", DEEPEST);
  return href && { type: "link", href, children: bare ? [{ type: "text", text: bare }] : children };
}
