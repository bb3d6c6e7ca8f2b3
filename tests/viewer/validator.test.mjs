import assert from "node:assert/strict";
import { test } from "node:test";

import {
  canonical,
  fixedValues,
  validate,
} from "../../packages/chanx-core/src/chanx/asyncapi/viewer/validator.js";
import { processorTime } from "./processor.mjs";

const errorsOf = (schema, value, document = {}) => validate(document, schema, value);
const messagesOf = (schema, value, document) =>
  errorsOf(schema, value, document).map(({ path, message }) => `${path.join(".")}: ${message}`);

function accepts(schema, ...values) {
  for (const value of values) {
    assert.deepEqual(errorsOf(schema, value), [], JSON.stringify({ schema, value }));
  }
}

function refuses(schema, ...values) {
  for (const value of values) {
    assert.notDeepEqual(errorsOf(schema, value), [], JSON.stringify({ schema, value }));
  }
}

test("schemas may be true, false or missing", () => {
  accepts(true, 1, null, {});
  accepts(undefined, 1);
  accepts({}, 1, null, []);
  assert.deepEqual(messagesOf(false, 1), [": is not allowed"]);
  assert.deepEqual(messagesOf({ properties: { a: false } }, { a: 1 }), ["a: is not allowed"]);
});

test("types are told apart", () => {
  const values = { string: "a", integer: 1, boolean: true, null: null, array: [], object: {} };
  for (const type of Object.keys(values)) {
    for (const [other, value] of Object.entries(values)) {
      (type === other ? accepts : refuses)({ type }, value);
    }
  }
  accepts({ type: "number" }, 1, 1.5);
  accepts({ type: "integer" }, 1.0);
  refuses({ type: "integer" }, 1.5);
  accepts({ type: ["string", "null"] }, "a", null);
});

test("messages say in plain English what a value must be", () => {
  const cases = [
    [{ type: "string" }, 5, ": must be a string"],
    [{ type: ["string", "integer", "null"] }, {}, ": must be a string, an integer or null"],
    [{ type: "boolean" }, 0, ": must be true or false"],
    [{ const: "say" }, "ask", ': must be "say"'],
    [{ enum: [1, "a", null] }, 2, ': must be 1, "a" or null'],
    [{ maxLength: 200 }, "x".repeat(201), ": must be at most 200 characters"],
    [{ minLength: 1 }, "", ": must be at least 1 character"],
    [{ minimum: 3 }, 2, ": must be at least 3"],
    [{ maximum: 3 }, 4, ": must be at most 3"],
    [{ exclusiveMinimum: 3 }, 3, ": must be greater than 3"],
    [{ exclusiveMaximum: 3 }, 3, ": must be less than 3"],
    [{ multipleOf: 5 }, 7, ": must be a multiple of 5"],
    [{ minItems: 2 }, [1], ": must have at least 2 items"],
    [{ maxItems: 1 }, [1, 2], ": must have at most 1 item"],
    [{ uniqueItems: true }, [1, 1], ": must not have an item twice"],
    [{ minProperties: 1 }, {}, ": must have at least 1 field"],
    [{ pattern: "^[a-z]+$" }, "A", ": must match ^[a-z]+$"],
    [{ format: "email" }, "a", ": must be an email address"],
    [{ required: ["a"] }, {}, "a: is required"],
    [{ additionalProperties: false }, { a: 1 }, "a: is not allowed"],
    [
      { propertyNames: { maxLength: 1 } },
      { ab: 1 },
      "ab: has a name that must be at most 1 character",
    ],
    [{ not: {} }, 1, ": is of a kind that is not allowed"],
    [{ oneOf: [{}, {}] }, 1, ": must fit one alternative only, but fits 2"],
  ];
  for (const [schema, value, message] of cases) {
    assert.deepEqual(messagesOf(schema, value), [message]);
  }
});

test("the path leads to the wrong value by keys and positions", () => {
  const schema = { properties: { list: { items: { required: ["id"] } } } };
  const [error] = errorsOf(schema, { list: [{ id: 1 }, {}] });
  assert.deepEqual(error, { path: ["list", 1, "id"], message: "is required" });
});

test("lengths count characters, not code units", () => {
  accepts({ minLength: 2, maxLength: 2 }, "😀😀");
  refuses({ minLength: 2 }, "😀");
});

test("multiples allow for what a processor makes of decimal fractions", () => {
  accepts({ multipleOf: 0.1 }, 0.3, 1.1, 4.35e5);
  accepts({ multipleOf: 0.01 }, 54350.4, 0.07, 19.99);
  refuses({ multipleOf: 0.1 }, 0.35);
  refuses({ multipleOf: 2 }, 10000000001);
  accepts({ multipleOf: 0 }, 1);
});

test("constants, enums and unique items compare by value", () => {
  accepts({ const: { a: [1, { b: null }], c: 2 } }, { c: 2, a: [1, { b: null }] });
  refuses({ const: { a: 1 } }, { a: 1, b: 1 }, { a: "1" }, [1]);
  refuses({ const: false }, 0, null, "");
  accepts({ const: null }, null);
  refuses({ const: null }, 0);
  accepts({ enum: [[1], {}] }, [1], {});
  refuses({ uniqueItems: true }, [
    { a: 1, b: 2 },
    { b: 2, a: 1 },
  ]);
  accepts({ uniqueItems: true }, [1, "1", [1], true]);
});

test("items are checked one by one, as a tuple and beyond it", () => {
  refuses({ items: { type: "integer" } }, [1, "a"]);
  const tuple = { items: [{ type: "integer" }, { type: "string" }], additionalItems: false };
  accepts(tuple, [], [1], [1, "a"]);
  refuses(tuple, ["a"], [1, "a", 2]);
  accepts({ items: [{}], additionalItems: { type: "null" } }, [1, null]);
  accepts({ items: {}, additionalItems: false }, [1, 2]);
});

test("properties are checked by name, by pattern and as what is left", () => {
  const schema = {
    properties: { a: { type: "integer" } },
    patternProperties: { "^x-": { type: "string" } },
    additionalProperties: { type: "null" },
  };
  accepts(schema, { a: 1, "x-a": "b", c: null });
  refuses(schema, { a: "1" }, { "x-a": 1 }, { c: 1 });
});

test("combinations hold together", () => {
  refuses({ allOf: [{ minimum: 1 }, { maximum: 3 }] }, 0, 4);
  accepts({ anyOf: [{ type: "string" }, { minimum: 2 }] }, "a", 2);
  accepts({ oneOf: [{ minimum: 3 }, { maximum: 1 }] }, 4, 0);
  accepts({ not: { type: "string" } }, 1);
});

test("alternatives that differ in type or value are told in one sentence", () => {
  const optional = { anyOf: [{ type: "string" }, { type: "null" }] };
  assert.deepEqual(messagesOf(optional, 5), [": must be a string or null"]);
  const nested = { anyOf: [optional, { type: "integer" }] };
  assert.deepEqual(messagesOf(nested, []), [": must be a string, null or an integer"]);
  const values = { oneOf: [{ const: "a" }, { enum: ["b", "c"] }] };
  assert.deepEqual(messagesOf(values, "d"), [': must be "a", "b" or "c"']);
});

const event = (kind, ...required) => ({
  type: "object",
  properties: { kind: { const: kind }, id: { type: "integer" } },
  required: ["kind", ...required],
});

test("of alternatives, that whose discriminator matches reports", () => {
  const schema = { oneOf: [event("a", "x", "y", "z"), event("b"), { type: "null" }] };
  assert.deepEqual(messagesOf(schema, { kind: "b", id: "1" }), ["id: must be an integer"]);
  const missing = ["x: is required", "y: is required", "z: is required"];
  assert.deepEqual(messagesOf(schema, { kind: "a" }), missing);
});

test("a discriminator that no alternative has is answered with all of them", () => {
  const schema = { oneOf: [event("a", "x"), event("b"), { type: "null" }] };
  assert.deepEqual(messagesOf(schema, { kind: "c" }), ['kind: must be "a" or "b"']);
  assert.deepEqual(messagesOf({ items: schema }, [{ kind: "c" }]), ['0.kind: must be "a" or "b"']);
});

test("a wrong choice within the alternative that was meant is answered with its choices", () => {
  const moody = (kind, ...moods) => {
    const { properties, ...rest } = event(kind);
    return { ...rest, properties: { ...properties, mood: { enum: moods } } };
  };
  const schema = { anyOf: [moody("a", "x", "y"), moody("b", "z", "y")] };
  assert.deepEqual(messagesOf(schema, { kind: "b", mood: "x" }), ['mood: must be "z" or "y"']);
});

test("a discriminator is found through references, allOf and alternatives", () => {
  const document = { Base: { properties: { kind: { enum: ["b"] } }, required: ["kind"] } };
  const branch = { allOf: [{ required: ["name"] }, { $ref: "#/Base" }] };
  const schema = { anyOf: [event("a"), { oneOf: [branch] }] };
  assert.deepEqual(messagesOf(schema, { kind: "b" }, document), ["name: is required"]);
});

test("without discriminators, the alternative with the fewest errors reports", () => {
  const far = { properties: { a: { properties: { b: { type: "string" } } } } };
  const schema = { anyOf: [{ required: ["x", "y"] }, far, { type: "null" }] };
  assert.deepEqual(messagesOf(schema, { a: { b: 1 } }), ["a.b: must be a string"]);
});

test("fixed values are those of a const or an enum", () => {
  assert.deepEqual(fixedValues({ const: null }), [null]);
  assert.deepEqual(fixedValues({ enum: ["a", 1] }), ["a", 1]);
  for (const schema of [{}, { enum: "a" }, true, null, undefined]) {
    assert.equal(fixedValues(schema), undefined);
  }
});

test("references are followed and what stands beside them is not read", () => {
  const document = { schemas: { Text: { type: "string" } } };
  const schema = { $ref: "#/schemas/Text", maxLength: 1 };
  assert.deepEqual(errorsOf(schema, "long", document), []);
  assert.deepEqual(messagesOf(schema, 1, document), [": must be a string"]);
  assert.deepEqual(errorsOf({ $ref: "#/schemas/Missing" }, 1, document), []);
});

test("recursive schemas check recursive values", () => {
  const document = {
    Tree: {
      type: "object",
      properties: { children: { type: "array", items: { $ref: "#/Tree" } } },
      additionalProperties: false,
    },
  };
  const tree = { children: [{ children: [{}, { wrong: 1 }] }] };
  const expected = ["children.0.children.1.wrong: is not allowed"];
  assert.deepEqual(messagesOf({ $ref: "#/Tree" }, tree, document), expected);
});

test("schemas that lead in circles come to an end", () => {
  const document = {
    All: { allOf: [{ $ref: "#/All" }, { $ref: "#/All" }] },
    Any: { anyOf: [{ $ref: "#/Any" }, { type: "string" }] },
    Not: { not: { $ref: "#/Not" } },
    Wide: { anyOf: Array(20).fill({ $ref: "#/Wide" }), items: { $ref: "#/Wide" } },
  };
  const start = processorTime();
  for (const name of Object.keys(document)) errorsOf({ $ref: `#/${name}` }, [[5]], document);
  assert.ok(processorTime() - start < 5000);
});

test("a value nested without end does not exhaust the stack", () => {
  const document = { List: { items: { $ref: "#/List" }, uniqueItems: true } };
  let value = [];
  for (let depth = 0; depth < 50_000; depth += 1) value = [value];
  assert.deepEqual(errorsOf({ $ref: "#/List" }, value, document), []);
  assert.equal(typeof canonical(value), "string");
});

test("patterns of other languages are skipped, not misread", () => {
  accepts({ pattern: "(?P<year>\\d+)" }, "x");
  accepts({ pattern: "\\Aa\\Z" }, "b");
  accepts({ pattern: "[" }, "x");
  accepts({ pattern: 5 }, "x");
  accepts({ pattern: "^a\\hb$" }, "b");
  refuses({ pattern: "^\\p{Lu}$" }, "a");
  accepts({ pattern: "^.$" }, "😀");
});

test("a pattern that exhausts the stack on a text of millions of characters permits it", () => {
  accepts({ pattern: "^(a|b)*$" }, "a".repeat(6_000_000));
});

test("formats are checked where they are known", () => {
  const cases = {
    "date-time": [
      ["2025-01-31T12:00:00Z", "2025-01-31t12:00:00.123+05:30", "2025-01-31T12:00:00"],
      ["2025-02-32T12:00:00Z", "2025-01-31", "2025-01-31T24:00:00Z", "now"],
    ],
    date: [
      ["2024-02-29", "0001-01-01"],
      ["2023-02-32", "2025-13-01", "2025-1-1", "20250101"],
    ],
    time: [
      ["12:00:00Z", "23:59:59Z", "12:00:00", "12:00:00.5-01:00"],
      ["25:00:00Z", "12:00"],
    ],
    email: [["a.b@c.example"], ["a", "a@", "@b", "a@b@c", "a b@c.d"]],
    uuid: [["123E4567-e89b-42d3-a456-426614174000"], ["123e4567e89b42d3a456426614174000"]],
    uri: [
      ["https://a.example/?q=%20", "urn:a:b", "mailto:a@b"],
      ["/a", "a b:c"],
    ],
    ipv4: [
      ["192.0.2.1", "0.0.0.0"],
      ["256.0.0.1", "1.2.3", "01.2.3.4", "1.2.3.4."],
    ],
    ipv6: [
      ["::", "2001:db8::1", "::ffff:192.0.2.1"],
      [":1", "12345::", "::1]/["],
    ],
    "anything-else": [["x"], []],
    toString: [["x"], []],
  };
  for (const [format, [right, wrong]] of Object.entries(cases)) {
    accepts({ format }, ...right, 5);
    refuses({ format }, ...wrong);
  }
});

test("keywords of a wrong type and foreign types are passed over", () => {
  const odd = JSON.parse('{"toString": 1, "valueOf": 1}');
  for (const junk of [odd, "a", 5, null, [odd], true, [null], [[]]]) {
    const keywords = `type enum minLength maxLength pattern format minimum maximum multipleOf
      exclusiveMinimum exclusiveMaximum items additionalItems minItems maxItems uniqueItems contains
      required properties patternProperties additionalProperties propertyNames dependencies
      minProperties maxProperties allOf anyOf oneOf not if then else $ref`.split(/\s+/);
    const schema = Object.fromEntries(keywords.map((keyword) => [keyword, junk]));
    for (const one of [schema, ...keywords.map((keyword) => ({ [keyword]: junk }))]) {
      for (const value of ["text", 5, [1, {}], { a: 1 }, null, true]) errorsOf(one, value);
    }
  }
  accepts({ type: "record", name: "avro" }, {}, 1);
  accepts({ type: ["null", "long"] }, 1);
  accepts({ type: "toString" }, 1);
  accepts({ type: [] }, 1);
});

test("names that every object inherits are names like others", () => {
  const schema = JSON.parse(
    '{"required": ["__proto__", "toString"], "properties": {"__proto__": {"type": "string"}}}',
  );
  assert.deepEqual(messagesOf(schema, {}), ["__proto__: is required", "toString: is required"]);
  const value = JSON.parse('{"__proto__": 1, "toString": 2}');
  assert.deepEqual(messagesOf(schema, value), ["__proto__: must be a string"]);
});

test("long values are checked in time", () => {
  const schema = { type: "array", items: { type: "integer", minimum: 0 }, uniqueItems: true };
  const value = Array.from({ length: 50_000 }, (_, index) => index);
  const start = processorTime();
  accepts(schema, value);
  accepts({ maxLength: 1e7, format: "email" }, `${"a".repeat(1e6)}@b`);
  assert.ok(processorTime() - start < 2000);
});

test("no pattern holds the page up", () => {
  const texts = ["a".repeat(60) + "!", "a".repeat(20_000), "a b ".repeat(5000) + "!"];
  const patterns = [
    "^(a+)+$", "^(a|aa)+$", "^(a?a?)*$", "^((a+)+)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", String.raw`^(\w+\s?)*$`,
    "^(?:(?:a{0,60}){0,60}){0,60}b$", "(.*)(.*)(.*)(.*)(.*)(.*)[^a]$", "(?<n>a+)+b", "(x+x+)+y", "^(?=(a+)+$)", "(a*)*(a*)*b",
  ];
  const start = processorTime();
  for (const pattern of patterns) {
    for (const text of texts) messagesOf({ pattern, patternProperties: { [pattern]: {} } }, text);
    messagesOf({ patternProperties: { [pattern]: false }, additionalProperties: {} }, { [texts[0]]: 1 });
  }
  assert.ok(processorTime() - start < 2000);
});

test("patterns that repeat what repeats are checked in texts that are short, others in long ones", () => {
  const slug = "^[a-z0-9]+(-[a-z0-9]+)*$";
  accepts({ pattern: slug }, "my-first-slug");
  assert.deepEqual(messagesOf({ pattern: slug }, "my-First-slug"), [`: must match ${slug}`]);
  accepts({ pattern: "^[^@]+@[^@]+$" }, `${"a".repeat(1000)}@b`);
  for (const pattern of ["^[^@]+@[^@]+$", String.raw`^\d{4}-\d{2}$`, "^(foo|bar)$", "^[(+*]{2,}$", String.raw`^\(a+\)$`]) {
    assert.deepEqual(messagesOf({ pattern }, "b".repeat(1000)), [`: must match ${pattern}`]);
  }
});
