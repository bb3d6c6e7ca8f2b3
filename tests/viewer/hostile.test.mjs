import assert from "node:assert/strict";
import { test } from "node:test";

import {
  parseMarkdown,
  safeHref,
  visible,
} from "../../packages/chanx-core/src/chanx/asyncapi/viewer/markdown.js";
import {
  matchMessage,
  messageName,
  payloadSchema,
} from "../../packages/chanx-core/src/chanx/asyncapi/viewer/matching.js";
import {
  nameOf,
  pointerTo,
  resolve,
} from "../../packages/chanx-core/src/chanx/asyncapi/viewer/references.js";
import { sampleOf } from "../../packages/chanx-core/src/chanx/asyncapi/viewer/sample.js";
import { snippets } from "../../packages/chanx-core/src/chanx/asyncapi/viewer/snippets.js";
import { validate } from "../../packages/chanx-core/src/chanx/asyncapi/viewer/validator.js";

const KEYS = `type enum const minLength maxLength pattern format minimum maximum multipleOf
  exclusiveMinimum exclusiveMaximum items additionalItems minItems maxItems uniqueItems contains
  required properties patternProperties additionalProperties propertyNames dependencies
  minProperties maxProperties allOf anyOf oneOf not if then else $ref examples example default
  schemaFormat schema payload name title key message __proto__ toString constructor a b`.split(
  /\s+/,
);
// An object that cannot be made a text or a number: doing so is an error.
const ODD = JSON.parse('{"toString": 1, "valueOf": 1, "toJSON": 1, "length": 5}');
const LEAVES = `string object array integer null ^a+$ ( date ipv6 #/a #/b/items # #/__proto__ say
  javascript:x https://a.example`.split(/\s+/);
LEAVES.push(null, true, false, 0, -1, 1.5, 1e308, "", [], {}, ODD, "\ud800", "\u202e");
const MARKS = "*_`[]()<>\\\n #->~1.a\thttps://!\"'".split("");

// The same documents in each run (a 32-bit generator of the "mulberry" kind).
function randomly(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = randomly(6);
const pick = (list) => list[Math.floor(random() * list.length)];

function anything(depth) {
  const chance = random();
  if (depth <= 0 || chance < 0.3) return pick(LEAVES);
  const some = Array.from({ length: random() * 5 }, () => anything(depth - 1));
  return chance < 0.45 ? some : Object.fromEntries(some.map((value) => [pick(KEYS), value]));
}

test("nothing throws, whatever the document, the schema and the value", () => {
  for (let count = 0; count < 4000; count += 1) {
    const [document, schema, value, other] = [5, 5, 3, 3].map(anything);
    const marks = Array.from({ length: random() * 60 }, () => pick(MARKS)).join("");
    const messages = [
      { key: "a", message: { payload: schema } },
      { key: "b", message: other },
    ];
    try {
      assert.ok(Array.isArray(validate(document, schema, value)));
      const sample = sampleOf(document, schema);
      assert.notEqual(sample, undefined);
      matchMessage(document, messages, JSON.stringify(sample));
      assert.ok(snippets({ url: marks, protocols: [marks], text: marks, headers: { [marks]: marks } }));
      assert.ok(parseMarkdown(marks) && parseMarkdown(value));
      for (const one of [schema, value, other]) {
        payloadSchema(document, one);
        messageName(one, "key");
        pointerTo(document, one);
        resolve(document, one);
        assert.equal(typeof nameOf(one), "string");
        assert.equal(typeof visible(one), "string");
        safeHref(one);
      }
    } catch (error) {
      error.message += ` with ${JSON.stringify([document, schema, value, other, marks])}`;
      throw error;
    }
  }
});
