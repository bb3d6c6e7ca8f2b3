// Lists and quotes nest so deep; what is nested deeper stays text, which bounds the recursion.
const DEEPEST_BLOCK = 3;
const DEEPEST_INLINE = 20;

const FENCE = /^( *)(`{3,}|~{3,})/;
const HEADING = /^ {0,3}(#{1,6})(?: |$)/;
const ITEM = /^( *)([-*+]|\d{1,9}[.)])(?: |$)/;
const QUOTE = /^ {0,3}> ?/;

const SPECIAL = /[\\`*_[\]\n<]|https?:\/\//g;
const TARGET = /\(<?((?:[^\s()<>\\]|\([^\s()<>\\]*\))*)>?(?:\s"[^"\n]*")?\)/y;
const ADDRESS = /<(https?:\/\/[^\s<>]+)>|(https?:\/\/[^\s<>"`[\]]*)/y;
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

// One pass over the text. Emphasis and links that are open are frames on a stack; what stays
// open turns into text again.
function parseInline(text) {
  const stack = [{ mark: "", children: [] }];
  const runs = codeRuns(text);
  let at = 0;
  while (at < text.length) {
    SPECIAL.lastIndex = at;
    const found = SPECIAL.exec(text);
    const start = found ? found.index : text.length;
    const plain = text.slice(at, start);
    addText(stack.at(-1), found?.[0] === "\n" ? plain.trimEnd() : plain);
    at = found ? readMark(stack, text, found, runs, plain.endsWith("  ")) : start;
  }
  return collapseFrames(stack, 0).children;
}

function readMark(stack, text, { 0: mark, index: start }, runs, isBreak) {
  const frame = stack.at(-1);
  if (mark === "`") return readCodeSpan(frame, text, start, runs);
  if (mark === "*" || mark === "_") return readEmphasis(stack, text, start);
  if (mark === "]") return readLinkEnd(stack, text, start);
  if (mark === "\\") return readEscape(frame, text, start);
  if (mark === "<" || mark.length > 1) return readAddress(frame, text, start, mark);
  if (mark === "[") openFrame(stack, mark);
  else if (isBreak) frame.children.push({ type: "break" });
  else addText(frame, mark);
  return start + 1;
}

function addText(frame, text) {
  const last = frame.children.at(-1);
  if (last?.type === "text") last.text += text;
  else if (text) frame.children.push({ type: "text", text });
}

function openFrame(stack, mark) {
  if (stack.length > DEEPEST_INLINE) addText(stack.at(-1), mark);
  else stack.push({ mark, children: [] });
}

// Take the frames from an index on off the stack, as one: those above were never closed.
function collapseFrames(stack, index) {
  const [frame, ...above] = stack.splice(index);
  for (const { mark, children } of above) {
    addText(frame, mark);
    addNodes(frame, children);
  }
  return frame;
}

function addNodes(frame, nodes) {
  for (const node of nodes) {
    if (node.type === "text") addText(frame, node.text);
    else frame.children.push(node);
  }
}

function readEscape(frame, text, start) {
  const next = text.charAt(start + 1);
  if (next === "\n") frame.children.push({ type: "break" });
  else if (/[!-/:-@[-`{-~]/.test(next)) addText(frame, next);
  else {
    addText(frame, "\\");
    return start + 1;
  }
  return start + 2;
}

// The places of all runs of backticks by length, last first: searching for each run's end anew
// would take quadratic time.
function codeRuns(text) {
  const runs = new Map();
  for (const { 0: run, index } of [...text.matchAll(/`+/g)].reverse()) {
    if (!runs.has(run.length)) runs.set(run.length, []);
    runs.get(run.length).push(index);
  }
  return runs;
}

function readCodeSpan(frame, text, start, runs) {
  const begin = endOfRun(text, start);
  const length = begin - start;
  const ends = runs.get(length) ?? [];
  while (ends.at(-1) < begin) ends.pop();
  if (!ends.length) {
    addText(frame, text.slice(start, begin));
    return begin;
  }
  const code = text.slice(begin, ends.at(-1)).replaceAll("\n", " ");
  const isPadded = code.startsWith(" ") && code.endsWith(" ") && code.trim();
  frame.children.push({ type: "code", text: isPadded ? code.slice(1, -1) : code });
  return ends.pop() + length;
}

function endOfRun(text, start) {
  let end = start + 1;
  while (text[end] === text[start]) end += 1;
  return end;
}

function readEmphasis(stack, text, start) {
  const mark = text[start];
  const end = endOfRun(text, start);
  const [before, after] = [text.charAt(start - 1), text.charAt(end)];
  // Within a word, "_" is a letter of Python's names; so is "__" everywhere.
  const isLetter = (side) => mark === "_" && /[\p{L}\p{N}]/u.test(side);
  const canClose = /\S/.test(before) && !isLetter(after);
  const canOpen = /\S/.test(after) && !isLetter(before);
  let left = end - start;
  const most = mark === "_" ? 1 : 3;
  while (left && left <= most && canClose) {
    const index = frameFor(stack, mark, left);
    if (index < 0) break;
    left -= closeEmphasis(stack, index);
  }
  if (left > most || !canOpen) addText(stack.at(-1), mark.repeat(left));
  else {
    if (left > 1) openFrame(stack, mark + mark);
    if (left % 2) openFrame(stack, mark);
  }
  return end;
}

function frameFor(stack, mark, left) {
  const marks = stack.map((frame) => frame.mark);
  const [one, two] = [mark, mark + mark].map((each) => marks.lastIndexOf(each));
  if (left === 2) return two < 0 ? one : two;
  return left === 1 ? one : Math.max(one, two);
}

function closeEmphasis(stack, index) {
  const { mark, children } = collapseFrames(stack, index);
  const type = mark.length > 1 ? "strong" : "emphasis";
  stack.at(-1).children.push({ type, children });
  return mark.length;
}

function readLinkEnd(stack, text, start) {
  const index = stack.map(({ mark }) => mark).lastIndexOf("[");
  TARGET.lastIndex = start + 1;
  const target = index > 0 ? TARGET.exec(text) : null;
  const href = target && safeHref(target[1]);
  if (href) {
    const { children } = collapseFrames(stack, index);
    addLink(stack.at(-1), href, unlinked(children));
    return TARGET.lastIndex;
  }
  if (index > 0) {
    const [{ children }] = stack.splice(index, 1);
    addText(stack[index - 1], "[");
    addNodes(stack[index - 1], children);
  }
  addText(stack.at(-1), "]");
  return start + 1;
}

function addLink(frame, href, children) {
  const shown = children.length ? children : [{ type: "text", text: href }];
  frame.children.push({ type: "link", href, children: shown });
}

function unlinked(nodes) {
  return nodes.flatMap((node) => {
    if (!node.children) return [node];
    const children = unlinked(node.children);
    return node.type === "link" ? children : [{ ...node, children }];
  });
}

function readAddress(frame, text, start, mark) {
  ADDRESS.lastIndex = start;
  const [whole, inner, bare] = ADDRESS.exec(text) ?? [mark, "", ""];
  const url = inner ?? withoutTail(bare);
  const href = inner || !/\w/.test(text.charAt(start - 1)) ? safeHref(url) : null;
  if (href) addLink(frame, href, []);
  else addText(frame, mark);
  return start + (href ? (inner ? whole : url) : mark).length;
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
