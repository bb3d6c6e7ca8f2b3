import assert from "node:assert/strict";
import { test } from "node:test";

import {
  parseMarkdown,
  safeHref,
  visible,
} from "../../packages/chanx-core/src/chanx/asyncapi/viewer/markdown.js";
import { processorTime } from "./processor.mjs";

const text = (words) => ({ type: "text", text: words });
const code = (words) => ({ type: "code", text: words });
const node = (type, ...children) => ({ type, children });
const link = (href, ...children) => ({ type: "link", href, children });
const paragraph = (...children) => node("paragraph", ...children);

function inline(source, ...children) {
  assert.deepEqual(parseMarkdown(source), children.length ? [paragraph(...children)] : [], source);
}
const isPlain = (source) => inline(source, text(source));

function words(nodes) {
  return nodes.map((one) => one.text ?? words(one.children ?? one.items?.flat() ?? [])).join("");
}

test("paragraphs are parted by blank lines and rules", () => {
  assert.deepEqual(parseMarkdown("one\n two\n\n\nthree\r\n---\n***\n_ _ _"), [
    paragraph(text("one\ntwo")),
    paragraph(text("three")),
    { type: "rule" },
    { type: "rule" },
    { type: "rule" },
  ]);
});

test("what is empty or no text has no nodes", () => {
  for (const source of ["", " \n\t\n", undefined, null, 5, {}, []]) {
    assert.deepEqual(parseMarkdown(source), []);
  }
});

test("headings have levels", () => {
  assert.deepEqual(parseMarkdown("# A *b*\n### C #\n####### D\n#E"), [
    { type: "heading", level: 1, children: [text("A "), node("emphasis", text("b"))] },
    { type: "heading", level: 3, children: [text("C #")] },
    paragraph(text("####### D\n#E")),
  ]);
});

test("fenced code is kept as it is", () => {
  const source = "text\n```python title\n  *a*\n\n```x\n``` \nmore\n  ````\n  b\n ```\n````";
  assert.deepEqual(parseMarkdown(source), [
    paragraph(text("text")),
    code("  *a*\n\n```x"),
    paragraph(text("more")),
    code("b\n```"),
  ]);
  assert.deepEqual(parseMarkdown("```\nopen"), [code("open")]);
});

test("lists are read with nested ones, continuations and paragraphs", () => {
  const source = "Args:\n  - a\n    b\n  - c\n    1. d\n    2. e\n\n    f\nlazy\n\n* g\nend";
  assert.deepEqual(parseMarkdown(source), [
    paragraph(text("Args:")),
    {
      type: "list",
      ordered: false,
      items: [
        [paragraph(text("a\nb"))],
        [
          paragraph(text("c")),
          {
            type: "list",
            ordered: true,
            items: [[paragraph(text("d"))], [paragraph(text("e"))]],
          },
          paragraph(text("f\nlazy")),
        ],
        [paragraph(text("g\nend"))],
      ],
    },
  ]);
});

test("a number or a dash within a paragraph starts no list", () => {
  isPlain("It was\n1969. A good year");
  isPlain("a -\n-b");
});

test("quotes hold blocks", () => {
  assert.deepEqual(parseMarkdown("> a\n> - b\n\nc"), [
    node("quote", paragraph(text("a")), {
      type: "list",
      ordered: false,
      items: [[paragraph(text("b"))]],
    }),
    paragraph(text("c")),
  ]);
});

test("code spans have one backtick or more", () => {
  inline(
    "a `b` ``c ` d`` `` ` ``",
    text("a "),
    code("b"),
    text(" "),
    code("c ` d"),
    text(" "),
    code("`"),
  );
  inline('``{"a": "*"}``', code('{"a": "*"}'));
  inline("`a\nb`", code("a b"));
  isPlain("`a `` b");
});

test("emphasis and strong emphasis nest", () => {
  const strong = node("strong", text("b "), node("emphasis", text("c")), text(" d"));
  inline("a **b *c* d** e", text("a "), strong, text(" e"));
  inline("***a***", node("strong", node("emphasis", text("a"))));
  inline("_a b_.", node("emphasis", text("a b")), text("."));
});

test("stars and underlines of Python stay text", () => {
  for (const source of [
    "*args and **kwargs",
    "2 * 3 * 4",
    "snake_case_name",
    "__init__",
    "a * b*",
  ]) {
    isPlain(source);
  }
  isPlain("**open *also");
});

test("a backslash makes the next mark text", () => {
  inline("\\*a\\* \\[b](c) \\d \\", text("*a* [b](c) \\d \\"));
});

test("links lead to where it is safe to go", () => {
  inline(
    "[a `b`](https://c.example/d_(e))",
    link("https://c.example/d_(e)", text("a "), code("b")),
  );
  for (const href of ["http://a.b", "mailto:a@b.c", "#part", "/path?q=a:b", "../up", "page.html"]) {
    inline(`[x](${href})`, link(href, text("x")));
  }
});

test("links that are not safe stay text", () => {
  const targets = [
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "java\u0000script:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "//host.example/path",
    "ftp://host",
    "https:host",
    "file:///etc",
  ];
  for (const target of targets) {
    assert.equal(safeHref(target), null, target);
    isPlain(`[x](${target})`);
  }
  for (const target of [
    "",
    " /a",
    "/a b",
    "\\\\host",
    "/\\host",
    "/\t/host",
    "\u202ehttps://a.b",
    "blob:https://a.b",
    null,
    5,
    {},
  ]) {
    assert.equal(safeHref(target), null);
  }
});

test("what is not a link stays text", () => {
  for (const source of ["[a]", "[a] (b)", "[0, 1) and ]", "a](b)", "[a](b", "[a]()"])
    isPlain(source);
});

test("links do not hold links", () => {
  inline("[a [b](c) d](e)", text("[a "), link("c", text("b")), text(" d](e)"));
  inline("[**https://a.b**](c)", link("c", text("**https://a.b**")));
});

test("addresses link themselves, without the sentence's marks", () => {
  const own = (href) => link(href, text(href));
  inline(
    "See https://a.b/c. Or (https://d.e/f_(g)), http://h.i!",
    text("See "),
    own("https://a.b/c"),
    text(". Or ("),
    own("https://d.e/f_(g)"),
    text("), "),
    own("http://h.i"),
    text("!"),
  );
  inline("**https://a.b/**", node("strong", own("https://a.b/")));
  isPlain("xhttps://a.b and https:// and wss://a.b");
});

test("raw HTML and entities are text", () => {
  isPlain("</script><!--<script> <b onclick='x'>a</b> &lt; <img src=x>");
});

test("what is not closed, or is too long, stays text without a loss", () => {
  const source = "[a **b *c `d` _e_ ](f g *h i";
  assert.equal(words(parseMarkdown(source)), "[a **b *c d e ](f g *h i");
  for (const long of [
    `*${"a".repeat(2000)}*`,
    `\`${"a".repeat(2000)}\``,
    `[a](${"(".repeat(9)})`,
  ]) {
    isPlain(long);
  }
});

test("hostile texts are read in linear time and without deep nesting", () => {
  const repeated = [
    "*",
    "[",
    "]",
    "`",
    "_",
    "\\",
    ">",
    "<",
    "#",
    "~",
    "-",
    "(",
    "\n",
    " ",
    "\t",
    "*a ",
    "a* ",
    "_a ",
    "**a *b ",
    "[a](",
    "[a](b",
    '[a](b "',
    "](",
    "` `` ",
    "> ",
    "- ",
    "> - ",
    "- a\n",
    "1. a\n",
    "> a\n",
    "a  \n",
    "```\n",
    "```a`\n",
    "#\n",
    "# #",
    "https://",
    "https://a",
    "<https://",
    "https://x)...",
    "*[`_>\\<",
    "- a\nb\n\n",
    "|",
    "![",
    "[]()",
    "***a** b* ",
  ];
  const sources = repeated.map((part) => part.repeat(100_000 / part.length));
  sources.push(
    `\`\`\`${" ".repeat(100_000)}\``,
    `# ${"#".repeat(100_000)} x`,
    `[a](${" ".repeat(100_000)}`,
  );
  sources.push(
    `[a](${"(".repeat(100_000)}`,
    `https://a${".".repeat(100_000)}b`,
    `\`${" ".repeat(100_000)}x\``,
  );
  sources.push(Array.from({ length: 450 }, (_, index) => `${" ".repeat(index)}- x`).join("\n"));
  sources.push("**a *b ".repeat(10_000) + "b* a** ".repeat(10_000));
  const depthOf = (nodes) =>
    Math.max(
      0,
      ...nodes.slice(0, 1000).map((one) => 1 + depthOf(one.children ?? one.items?.flat() ?? [])),
    );
  for (const source of sources) {
    const start = processorTime();
    const nodes = parseMarkdown(source);
    const time = processorTime() - start;
    assert.ok(time < 1000, `${JSON.stringify(source.slice(0, 10))} took ${time} ms`);
    assert.ok(depthOf(nodes) < 60);
  }
});

test("characters that are invisible or mislead become visible", () => {
  assert.equal(visible("a\tb\nc\r\nd"), "a\tb\nc\nd");
  assert.equal(visible("a\u2028b\u2029c"), "a\nb\nc");
  const hidden = "\u0000\u001b\r\u007f\u0085\u202a\u202e\u2066\u2069\u200e\u200f\u061c\ud800\udfff";
  for (const one of hidden.split("")) assert.equal(visible(`a${one}b`), "a\ufffdb", escape(one));
  assert.equal(visible("😀 שלום ​é"), "😀 שלום ​é");
  assert.deepEqual([5, true, null, undefined, {}].map(visible), ["5", "true", "", "", ""]);
});
