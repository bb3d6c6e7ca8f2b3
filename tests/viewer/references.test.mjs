import assert from "node:assert/strict";
import { test } from "node:test";

import {
  asList,
  asNumber,
  asObject,
  isObject,
  nameOf,
  ownValue,
  pointerTo,
  resolve,
} from "../../packages/chanx-core/src/chanx/asyncapi/viewer/references.js";

const DOCUMENT = JSON.parse(`{
  "components": {"schemas": {
    "A b/c~d": {"type": "string"},
    "50%": {"type": "integer"},
    "__proto__": {"type": "null"},
    "": {"type": "boolean"},
    "List": [{"type": "array"}, 5],
    "One": {"$ref": "#/components/schemas/Two"},
    "Two": {"$ref": "#/components/schemas/A%20b~1c~0d"},
    "Odd": {"$ref": 5},
    "Loop": {"$ref": "#/components/schemas/Pool"},
    "Pool": {"$ref": "#/components/schemas/Loop"},
    "Text": "words"
  }}
}`);
const at = (name) => `#/components/schemas/${name}`;

test("a pointer leads to what it names, escapes and percent signs decoded", () => {
  assert.equal(pointerTo(DOCUMENT, "#"), DOCUMENT);
  assert.deepEqual(pointerTo(DOCUMENT, at("A%20b~1c~0d")), { type: "string" });
  assert.deepEqual(pointerTo(DOCUMENT, at("A b~1c~0d")), { type: "string" });
  assert.deepEqual(pointerTo(DOCUMENT, at("50%25")), { type: "integer" });
  assert.deepEqual(pointerTo(DOCUMENT, at("50%")), { type: "integer" });
  assert.deepEqual(pointerTo(DOCUMENT, at("")), { type: "boolean" });
  assert.deepEqual(pointerTo(DOCUMENT, at("List/0")), { type: "array" });
});

test("a pointer to nothing, to elsewhere or to what is inherited leads nowhere", () => {
  const wrong = ["Missing", "List/length", "List/01", "List/-", "List/9", "Text/0", "Text/length"];
  for (const name of [...wrong, "toString", "constructor/prototype", "Loop/__proto__"]) {
    assert.equal(pointerTo(DOCUMENT, at(name)), undefined, name);
  }
  for (const reference of ["", "components", "other.json#/a", "https://a.example/#/b", "#name"]) {
    assert.equal(pointerTo(DOCUMENT, reference), undefined, reference);
  }
  for (const reference of [undefined, null, 5, {}, []]) {
    assert.equal(pointerTo(DOCUMENT, reference), undefined);
  }
  assert.equal(pointerTo(null, "#/a"), undefined);
});

test("a document's own __proto__ is a name like any other", () => {
  assert.deepEqual(pointerTo(DOCUMENT, at("__proto__")), { type: "null" });
  assert.equal(ownValue({}, "__proto__"), undefined);
});

test("references are followed to the end, and circles end", () => {
  assert.deepEqual(resolve(DOCUMENT, { $ref: at("One") }), { type: "string" });
  assert.equal(resolve(DOCUMENT, { $ref: at("Loop") }), undefined);
  assert.equal(resolve(DOCUMENT, { $ref: at("Missing") }), undefined);
  assert.equal(resolve(DOCUMENT, { $ref: at("Text") }), "words");
});

test("what is not a reference stays as it is", () => {
  const schema = { type: "string" };
  assert.equal(resolve(DOCUMENT, schema), schema);
  assert.equal(resolve(DOCUMENT, DOCUMENT.components.schemas.Odd).$ref, 5);
  for (const value of [undefined, null, true, "text", 5]) {
    assert.equal(resolve(DOCUMENT, value), value);
  }
});

test("a reference's name is its last segment", () => {
  assert.equal(nameOf(at("A%20b~1c")), "A b/c");
  assert.equal(nameOf(at("50%")), "50%");
  assert.equal(nameOf("#"), "");
  assert.equal(nameOf({ toString: 1 }), "");
});

test("values of a wrong type become empty ones", () => {
  assert.deepEqual([asList({}), asList([1]), asList("a")], [[], [1], []]);
  assert.deepEqual([asObject([]), asObject({ a: 1 }), asObject(null)], [{}, { a: 1 }, {}]);
  assert.deepEqual([asNumber("1", 2), asNumber(Infinity, 2), asNumber(0, 2)], [2, 2, 0]);
  assert.deepEqual([isObject([]), isObject(null), isObject({})], [false, false, true]);
  assert.equal(ownValue({ a: 1 }, { toString: 1 }), undefined);
});
