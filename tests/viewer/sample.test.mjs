import assert from "node:assert/strict";
import { test } from "node:test";

import { sampleOf } from "../../packages/chanx-core/src/chanx/asyncapi/viewer/sample.js";
import { validate } from "../../packages/chanx-core/src/chanx/asyncapi/viewer/validator.js";
import { processorTime } from "./processor.mjs";

const DOCUMENT = {
  components: {
    schemas: {
      Say: {
        type: "object",
        properties: {
          action: { type: "string", const: "say" },
          payload: { $ref: "#/components/schemas/SayPayload" },
          ref: { type: ["string", "integer"] },
        },
        required: ["action", "payload"],
      },
      SayPayload: {
        type: "object",
        properties: {
          text: { type: "string", minLength: 1, maxLength: 500 },
          mood: { type: "string", enum: ["calm", "loud"] },
          at: { anyOf: [{ type: "string", format: "date-time" }, { type: "null" }], default: null },
          tags: { type: "array", items: { type: "string" } },
        },
        required: ["text", "mood", "tags"],
      },
      Tree: {
        type: "object",
        properties: {
          children: { type: "array", items: { $ref: "#/components/schemas/Tree" } },
          parent: { anyOf: [{ $ref: "#/components/schemas/Tree" }, { type: "null" }] },
        },
        required: ["children", "parent"],
      },
      Endless: {
        type: "object",
        properties: { next: { $ref: "#/components/schemas/Endless" } },
        required: ["next"],
      },
      Circle: { allOf: [{ $ref: "#/components/schemas/Circle" }] },
      Base: {
        type: "object",
        required: ["type", "count"],
        properties: { count: { type: "integer" } },
      },
      Update: {
        allOf: [
          { properties: { type: { const: "update" } }, required: ["type"] },
          { $ref: "#/components/schemas/Base" },
        ],
      },
      Market: { type: "object", oneOf: [{ $ref: "#/components/schemas/Update" }] },
    },
  },
};
const named = (name) => ({ $ref: `#/components/schemas/${name}` });
const sample = (schema) => sampleOf(DOCUMENT, schema);

test("a message has its required fields, in the schema's order, and no others", () => {
  const payload = { text: "text", mood: "calm", tags: ["text"] };
  assert.deepEqual(sample(named("Say")), { action: "say", payload });
  assert.deepEqual(Object.keys(sample(named("Say"))), ["action", "payload"]);
});

test("an optional constant is filled in", () => {
  assert.deepEqual(sample({ properties: { kind: { const: "a" }, other: {} } }), { kind: "a" });
});

test("the author's own values go first, where they are valid", () => {
  assert.equal(sample({ const: 0, examples: [1] }), 0);
  assert.equal(sample({ type: "string", examples: ["Ada"], default: "x" }), "Ada");
  assert.equal(sample({ type: "string", example: "Bob", default: "x" }), "Bob");
  assert.equal(sample({ type: "integer", default: 7 }), 7);
  assert.equal(sample({ type: "string", enum: ["low", "high"] }), "low");
  assert.equal(sample({ type: "integer", examples: ["Ada", 5] }), 5);
  assert.equal(sample({ type: "string", default: null }), "text");
  assert.equal(sample({ const: null }), null);
});

test("values keep to their schema's limits", () => {
  const schemas = [
    { type: "string", minLength: 30 },
    { type: "string", maxLength: 2 },
    { type: "string", maxLength: 0 },
    { type: "string", pattern: "^[a-z0-9](-?[a-z0-9]){0,31}$" },
    { type: "string", pattern: "^\\d+$", minLength: 8 },
    { type: "string", pattern: "^[A-Z]{3}$" },
    { type: "string", pattern: "^#[0-9a-f]{6}$" },
    ...["date", "date-time", "time", "email", "uuid", "uri", "ipv4", "ipv6"].map((format) => ({
      type: "string",
      format,
    })),
    { type: "integer", minimum: 10 },
    { type: "integer", exclusiveMinimum: 10, maximum: 12 },
    { type: "integer", maximum: -3 },
    { type: "integer", multipleOf: 7, minimum: 20 },
    { type: "integer", multipleOf: 7, exclusiveMinimum: 21 },
    { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 0.5 },
    { minimum: 100 },
    { type: "array", items: { type: "string" }, minItems: 3 },
    { type: "array", items: { type: "string" }, maxItems: 0 },
    { type: "array", items: [{ type: "integer" }, { type: "boolean" }], additionalItems: false },
    { items: { type: "null" } },
    { type: "object", required: ["a"], additionalProperties: { type: "null" } },
    { type: ["null", "boolean"] },
    { type: "null" },
    { allOf: [{ minimum: 3 }, { minimum: 8, maximum: 20 }, { maximum: 9 }], type: "integer" },
    {
      type: "object",
      properties: { a: {}, b: {} },
      oneOf: [{ required: ["a"] }, { required: ["b"] }],
    },
    { anyOf: [{ type: "null" }, { type: "string", minLength: 9 }] },
    { anyOf: [false, { type: "integer" }] },
    true,
    {},
    ...Object.keys(DOCUMENT.components.schemas)
      .filter((name) => !/Endless/.test(name))
      .map(named),
  ];
  for (const schema of schemas) {
    const value = sample(schema);
    assert.deepEqual(validate(DOCUMENT, schema, value), [], JSON.stringify({ schema, value }));
  }
});

test("of alternatives the first that something fits is taken", () => {
  assert.equal(sample({ anyOf: [false, { type: "integer" }, { type: "null" }] }), 1);
});

test("parts and alternatives are merged", () => {
  assert.deepEqual(sample(named("Market")), { type: "update", count: 1 });
});

test("recursion ends where the schema permits it, and with null where it does not", () => {
  assert.deepEqual(sample(named("Tree")), { children: [], parent: null });
  assert.equal(sample(named("Endless")), null);
  assert.equal(sample(named("Circle")), null);
  assert.equal(sample(false), null);
  assert.equal(sample(undefined), null);
  assert.equal(sample(named("Missing")), "text");
});

test("a field may be called __proto__", () => {
  const schema = JSON.parse(
    '{"required": ["__proto__"], "properties": {"__proto__": {"const": 5}}}',
  );
  assert.equal(JSON.stringify(sample(schema)), '{"__proto__":5}');
});

test("circular, wide and odd schemas come to an end", () => {
  const document = {
    Wide: { anyOf: Array(30).fill({ $ref: "#/Wide2" }) },
    Wide2: {
      type: "object",
      required: ["a", "b"],
      properties: {
        a: { anyOf: Array(30).fill({ $ref: "#/Wide3" }) },
        b: { $ref: "#/Wide" },
      },
    },
    Wide3: { allOf: Array(30).fill({ $ref: "#/Wide2" }) },
  };
  let deep = {};
  for (let depth = 0; depth < 20_000; depth += 1) deep = { items: deep, minItems: 1 };
  let parts = {};
  for (let depth = 0; depth < 20_000; depth += 1) parts = { allOf: [parts] };
  const start = processorTime();
  for (const name of Object.keys(document)) sampleOf(document, { $ref: `#/${name}` });
  sampleOf({}, deep);
  sampleOf({}, parts);
  const size = 1e12;
  assert.equal(sampleOf({}, { type: "array", minItems: size }).length, 100);
  assert.equal(sampleOf({}, { type: "string", minLength: size }), "text");
  assert.ok(processorTime() - start < 3000);
});

test("keywords of a wrong type are passed over", () => {
  const odd = JSON.parse('{"toString": 1, "valueOf": 1}');
  for (const junk of [odd, "a", 5, null, [odd], true, [null], [[]]]) {
    const keywords = `type enum minLength maxLength pattern format minimum maximum multipleOf
      exclusiveMinimum exclusiveMaximum items additionalItems minItems maxItems uniqueItems examples
      required properties additionalProperties dependencies minProperties example default const
      allOf anyOf oneOf not if then else $ref`.split(/\s+/);
    const all = Object.fromEntries(keywords.map((keyword) => [keyword, junk]));
    for (const type of ["string", "integer", "array", "object", undefined]) {
      sampleOf({}, { ...all, type });
      for (const keyword of keywords) sampleOf({}, { type, [keyword]: junk });
    }
  }
});
