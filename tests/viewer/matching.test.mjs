import assert from "node:assert/strict";
import { test } from "node:test";

import {
  matchMessage,
  messageName,
  payloadSchema,
} from "../../packages/chanx-core/src/chanx/asyncapi/viewer/matching.js";
import { processorTime } from "./processor.mjs";

const action = (name, payload) => ({
  type: "object",
  properties: { action: { const: name }, payload, ref: { type: ["string", "integer"] } },
  required: payload ? ["action", "payload"] : ["action"],
});
const DOCUMENT = {
  components: {
    schemas: {
      Say: action("say", { $ref: "#/components/schemas/Text" }),
      Text: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
      Ping: action("ping"),
      End: action("end", { enum: ["finished", "stopped"] }),
      Ack: action("ack", { const: "ok" }),
    },
  },
};
const message = (name) => ({
  key: name,
  message: { name: name.toLowerCase(), payload: { $ref: `#/components/schemas/${name}` } },
});
const MESSAGES = ["Say", "Ping", "End", "Ack"].map(message);
const match = (value, messages = MESSAGES) =>
  matchMessage(DOCUMENT, messages, typeof value === "string" ? value : JSON.stringify(value));
const inlined = (payloads) =>
  Object.entries(payloads).map(([key, payload]) => ({ key, message: { payload } }));

test("a frame is told by its action", () => {
  const value = { action: "say", payload: { text: "hi" }, ref: 1 };
  const found = match(value);
  const { key, message: wanted } = MESSAGES[0];
  assert.deepEqual(found, { name: "say", key, message: wanted, value, errors: [], isJson: true });
  assert.equal(match({ action: "ping" }).key, "Ping");
});

test("a frame that is wrong beside its action says what is wrong", () => {
  const wrong = match({ action: "say", payload: { text: 5 } });
  assert.equal(wrong.key, "Say");
  assert.deepEqual(wrong.errors, [{ path: ["payload", "text"], message: "must be a string" }]);
  assert.equal(match({ action: "end", payload: "later" }).key, "End");
  assert.deepEqual(match({ action: "ack", payload: 1 }).errors[0].path, ["payload"]);
  assert.deepEqual(match({ action: "say" }).errors, [
    { path: ["payload"], message: "is required" },
  ]);
});

test("a frame of no message has no key, and an error", () => {
  for (const value of [
    { action: "shout" },
    { action: "__proto__" },
    {},
    [],
    "5",
    "null",
    '"say"',
  ]) {
    const found = match(value);
    assert.equal(found.key, null);
    assert.equal(found.name, null);
    assert.equal(found.message, null);
    assert.equal(found.errors.length, 1);
    assert.equal(found.isJson, true);
  }
  assert.deepEqual(match({ action: "shout" }).errors[0].path, ["action"]);
});

test("a frame that is not JSON has no value", () => {
  for (const frame of ["hello", "", "{", undefined]) {
    const found = matchMessage(DOCUMENT, MESSAGES, frame);
    assert.equal(found.isJson, false);
    assert.equal(found.value, undefined);
    assert.equal(found.key, null);
    assert.deepEqual(found.errors, [{ path: [], message: "is not JSON" }]);
  }
});

test("any constant may discriminate, also an enum of one and one that is optional", () => {
  const kind = (value, more) => ({ properties: { type: { enum: [value] }, ...more } });
  const messages = inlined({
    hello: kind("hello"),
    removed: kind("emoji", { subtype: { enum: ["remove"] } }),
    added: kind("emoji", { subtype: { enum: ["add"] } }),
    other: { properties: { text: { type: "string" } }, required: ["text"] },
  });
  assert.equal(match({ type: "hello", user: 5 }, messages).key, "hello");
  assert.equal(match({ type: "emoji", subtype: "add" }, messages).key, "added");
  assert.equal(match({ type: "emoji", subtype: "remove" }, messages).key, "removed");
  assert.equal(match({ text: "a", type: "none" }, messages).key, "other");
});

test("what all messages have in common does not discriminate", () => {
  const call = (method) => ({
    properties: { jsonrpc: { const: "2.0" }, method: { const: method } },
    required: ["jsonrpc", "method"],
  });
  const messages = inlined({ first: call("first"), second: call("second") });
  assert.equal(match({ jsonrpc: "2.0", method: "second" }, messages).key, "second");
  assert.equal(match({ jsonrpc: "2.0", method: "third" }, messages).key, null);
  assert.deepEqual(match({ jsonrpc: "1.0", method: "first" }, messages).errors, [
    { path: ["jsonrpc"], message: 'must be "2.0"' },
  ]);
});

test("discriminators may stand in references and in allOf", () => {
  const schemas = { Kind: { properties: { type: { const: "update" } }, required: ["type"] } };
  const update = { allOf: [{ $ref: "#/schemas/Kind" }, { required: ["id"] }] };
  const messages = inlined({ up: update, other: { properties: { type: { const: "other" } } } });
  const found = matchMessage({ schemas }, messages, '{"type": "update"}');
  assert.deepEqual([found.key, found.errors], ["up", [{ path: ["id"], message: "is required" }]]);
});

test("a message that the discriminator does not tell wins if it alone is valid", () => {
  const either = { oneOf: [action("say", { type: "integer" }), action("quit")] };
  const messages = [...MESSAGES, ...inlined({ either })];
  assert.equal(match({ action: "say", payload: 5 }, messages).key, "either");
  assert.equal(match({ action: "quit" }, messages).key, "either");
  assert.equal(match({ action: "say", payload: "a" }, messages).key, "Say");
});

test("a message may have several actions", () => {
  const either = { properties: { action: { enum: ["start", "stop"] } }, required: ["action"] };
  const messages = [...MESSAGES, ...inlined({ either })];
  assert.equal(match({ action: "stop" }, messages).key, "either");
  assert.equal(match({ action: "stop" }, inlined({ either })).key, "either");
});

test("without discriminators the message that is valid is taken", () => {
  const messages = inlined({ number: { type: "integer" }, text: { type: "string" } });
  assert.equal(match("5", messages).key, "number");
  assert.equal(match('"a"', messages).key, "text");
  assert.equal(match("{}", messages).key, null);
});

test("a lone message is named though it is invalid", () => {
  const found = match("[]", inlined({ only: { type: "object" } }));
  assert.deepEqual([found.key, found.errors.length], ["only", 1]);
});

test("a message without a payload permits everything", () => {
  assert.deepEqual(match("[]", [{ key: "any", message: {} }]).errors, []);
});

test("a payload's schema is taken out of a multi format schema", () => {
  const document = {
    wrapped: { schemaFormat: "application/schema+json", schema: { type: "null" } },
  };
  const wrapped = { payload: { $ref: "#/wrapped" } };
  assert.deepEqual(payloadSchema(document, wrapped), { type: "null" });
  assert.deepEqual(payloadSchema(DOCUMENT, MESSAGES[0].message), {
    $ref: "#/components/schemas/Say",
  });
  assert.deepEqual(payloadSchema({ m: wrapped, ...document }, { $ref: "#/m" }), { type: "null" });
  assert.equal(payloadSchema(document, {}), undefined);
  assert.equal(payloadSchema(document, null), undefined);
  assert.equal(payloadSchema(document, { payload: true }), true);
});

test("a message is called by its name, its title or its key", () => {
  assert.equal(messageName({ name: "say", title: "Say" }, "key"), "say");
  assert.equal(messageName({ title: "Say" }, "key"), "Say");
  assert.equal(messageName({ name: 5, title: "" }, "key"), "key");
  assert.equal(messageName(null, "key"), "key");
});

test("among a thousand messages a frame is told at once", () => {
  const payloads = Array.from({ length: 1000 }, (_, index) => [`m${index}`, action(`a${index}`)]);
  const messages = inlined(Object.fromEntries(payloads));
  match({ action: "a999" }, messages);
  const start = processorTime();
  for (let count = 0; count < 20; count += 1) {
    assert.equal(match({ action: "a999" }, messages).key, "m999");
  }
  assert.ok(processorTime() - start < 1000);
});
