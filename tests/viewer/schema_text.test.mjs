import assert from "node:assert/strict";
import { test } from "node:test";
import { childrenOf, factsOf, flattened, typeText } from "../../packages/chanx-core/src/chanx/asyncapi/viewer/schema_text.js";

const SOURCE = {
  components: {
    schemas: {
      Line: { type: "object", title: "Line", properties: { text: { type: "string" }, next: { $ref: "#/components/schemas/Line" } }, required: ["text"] },
      Kind: { enum: ["a", "b"] },
      Loop: { $ref: "#/components/schemas/Loop" },
      Deep: { allOf: [{ $ref: "#/components/schemas/Deep" }, { properties: { x: {} } }] },
    },
  },
};
const ref = (name) => ({ $ref: `#/components/schemas/${name}` });

test("types are told in a few words", () => {
  const told = [
    [{ type: "string", format: "uuid" }, "string (uuid)"],
    [{ type: ["string", "null"] }, "string | null"],
    [{ const: "say" }, '"say"'],
    [ref("Kind"), '"a" | "b"'],
    [{ type: "array", items: ref("Line") }, "array of Line"],
    [{ type: "array", items: [{ type: "integer" }, { type: "string" }] }, "[integer, string]"],
    [{ type: "object", additionalProperties: { type: "number" } }, "map of number"],
    [{ anyOf: [{ type: "string" }, { type: "null" }] }, "string | null"],
    [{ allOf: [ref("Line")], description: "One." }, "Line"],
    [true, "anything"],
    [false, "nothing"],
    [undefined, "anything"],
    [ref("Loop"), "Loop"],
  ];
  for (const [schema, text] of told) assert.equal(typeText(SOURCE, schema), text);
});

test("what a schema asks for is told", () => {
  assert.deepEqual(factsOf({ minLength: 1, maxLength: 9, default: "x", uniqueItems: false, additionalProperties: false }), [
    "at least 1 character",
    "at most 9 characters",
    'default "x"',
    "no other keys",
  ]);
  assert.deepEqual(factsOf(true), []);
});

test("children are fields, items, map values and alternatives", () => {
  const names = (schema) => childrenOf(SOURCE, schema).map(({ name }) => name);
  assert.deepEqual(names(ref("Line")), ["text", "next"]);
  assert.deepEqual(childrenOf(SOURCE, ref("Line")).map(({ isRequired }) => isRequired), [true, false]);
  assert.deepEqual(names({ type: "array", items: ref("Line") }), ["each item"]);
  assert.deepEqual(names({ type: "array", items: { type: "string" } }), []);
  assert.deepEqual(names({ additionalProperties: ref("Line") }), ["any other key"]);
  assert.deepEqual(names({ oneOf: [ref("Line"), { type: "null" }] }), [""]);
});

test("parts of an allOf lie over each other, and circles end", () => {
  const flat = flattened(SOURCE, { allOf: [ref("Line"), { required: ["more"], properties: { more: {} } }], title: "Both" });
  assert.deepEqual(Object.keys(flat.properties), ["text", "next", "more"]);
  assert.deepEqual(flat.required, ["text", "more"]);
  assert.equal(flat.title, "Both");
  assert.ok("x" in flattened(SOURCE, ref("Deep")).properties);
  assert.equal(flattened(SOURCE, ref("Loop")), true);
});
