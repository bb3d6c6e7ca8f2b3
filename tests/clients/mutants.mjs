// Mutants of the TypeScript machine: each is one small change, and the vectors are to notice it.
//
// `node tests/clients/mutants.mjs` shows those that no vector notices, and counts.

import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import vm from "node:vm";
import { play } from "./vectors.mjs";

const ts = createRequire(new URL("../node/", import.meta.url))("typescript-5");
const here = new URL(".", import.meta.url);
const folder = new URL(
  "../../packages/chanx-core/src/chanx/asyncapi/clients/typescript/compiled/",
  here,
);
const MODULES = ["frames", "protocol", "timers", "outbox", "machine"];
const OTHERS = ["errors"]; // which say what becomes of calls, and do nothing
const OF_THE_HOST = ["identify", "mapped"]; // functions that no machine calls
let patience = 10_000; // milliseconds for all vectors: a mutant that takes longer runs in a circle

const OPERATORS = {
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "===": "!==",
  "!==": "===",
  "&&": "||",
  "||": "&&",
  "??": "&&",
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "**": "*",
  "+=": "-=",
};

/** The changes of a node: what is written in its place. */
function* changesOf(node, source) {
  const text = (part) => part.getText(source);
  if (ts.isBinaryExpression(node)) {
    const { left, operatorToken, right } = node;
    const other = OPERATORS[text(operatorToken)];
    if (other) yield [operatorToken, ` ${other} `];
    if (["&&", "||", "??"].includes(text(operatorToken))) {
      yield [node, text(left)];
      yield [node, text(right)];
    }
  } else if (ts.isPrefixUnaryExpression(node) && text(node).startsWith("!")) {
    yield [node, text(node.operand)];
  } else if (ts.isNumericLiteral(node)) {
    yield [node, `(${text(node)} + 1)`];
  } else if (node.kind === ts.SyntaxKind.TrueKeyword) {
    yield [node, "false"];
  } else if (node.kind === ts.SyntaxKind.FalseKeyword) {
    yield [node, "true"];
  } else if (ts.isConditionalExpression(node)) {
    yield [node, `(${text(node.condition)} ? ${text(node.whenFalse)} : ${text(node.whenTrue)})`];
  } else if (ts.isIfStatement(node)) {
    yield [node.expression, "true"];
    yield [node.expression, "false"];
  } else if (ts.isExpressionStatement(node) || ts.isReturnStatement(node)) {
    yield [node, ";"];
  } else if (ts.isSpreadAssignment(node)) {
    yield [node, "...{}"];
  }
}

function* mutantsOf(module, text) {
  const source = ts.createSourceFile(`${module}.js`, text, ts.ScriptTarget.ES2022, true);
  function* walk(node) {
    if (OF_THE_HOST.includes(node.name?.text)) return;
    for (const [part, other] of changesOf(node, source)) {
      const [start, end] = [part.getStart(source), part.getEnd()];
      const line = source.getLineAndCharacterOfPosition(start).line;
      const code = text.split("\n")[line].trim();
      yield {
        name: `${module}: ${code}: ${text.slice(start, end)} -> ${other.trim()}`,
        text: text.slice(0, start) + other + text.slice(end),
      };
    }
    for (const child of node.getChildren(source)) yield* walk(child);
  }
  yield* walk(source);
}

const texts = Object.fromEntries(
  [...OTHERS, ...MODULES].map((name) => [name, readFileSync(new URL(`${name}.js`, folder), "utf8")]),
);
const vectors = readdirSync(here)
  .filter((name) => /vectors.*\.json$/.test(name))
  .flatMap((name) => JSON.parse(readFileSync(new URL(name, here))));

/** The machine of some modules, made of one text. */
function machineOf(parts) {
  const joined = [...OTHERS, ...MODULES]
    .map((name) => parts[name])
    .join("\n")
    .replace(/^import [^;]*;$/gm, "")
    .replace(/^export /gm, "");
  return vm.runInThisContext(`(() => { ${joined}; return createMachine; })()`);
}

/** Whether a vector notices; the first that does is asked first the next time. */
function isNoticed(parts) {
  globalThis.playAll = () => {
    const createMachine = machineOf(parts);
    for (const [index, vector] of vectors.entries()) {
      try {
        play(vector, createMachine);
      } catch {
        vectors.unshift(...vectors.splice(index, 1));
        return true;
      }
    }
    return false;
  };
  try {
    return vm.runInThisContext("playAll()", { timeout: patience });
  } catch {
    return true; // no program any more, or one that runs in a circle
  }
}

if (isNoticed(texts)) throw new Error("the machine itself does not pass");
const begun = performance.now(); // when it is compiled, and as busy as this computer is
isNoticed(texts);
patience = Math.max(300, Math.ceil(30 * (performance.now() - begun)));
let noticed = 0;
const survivors = [];
for (const module of MODULES) {
  for (const { name, text } of mutantsOf(module, texts[module])) {
    if (isNoticed({ ...texts, [module]: text })) noticed += 1;
    else survivors.push(name);
  }
}
const all = noticed + survivors.length;
for (const name of survivors) console.log(name);
console.log(`${noticed} of ${all} noticed`);
process.exitCode = noticed / all < 0.95 ? 1 : 0;
