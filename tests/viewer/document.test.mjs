import assert from "node:assert/strict";
import { test } from "node:test";
import { matchMessage } from "../../packages/chanx-core/src/chanx/asyncapi/viewer/matching.js";
import { sampleOf } from "../../packages/chanx-core/src/chanx/asyncapi/viewer/sample.js";
import { messagesGoing, readDocument, securityOf, wordsOf } from "../../packages/chanx-core/src/chanx/asyncapi/viewer/document.js";

const SOURCE = {
  asyncapi: "3.0.0",
  info: { title: "Talk", version: "1" },
  servers: {
    main: { host: "{region}.example.com", pathname: "/api", protocol: "wss", variables: { region: { $ref: "#/components/serverVariables/region" } }, security: [{ $ref: "#/components/securitySchemes/key" }] },
    other: { host: "kafka", protocol: "kafka" },
  },
  channels: {
    room: {
      address: "/{room}",
      servers: [{ $ref: "#/servers/main" }],
      parameters: { room: { description: "Which.", "x-schema": { type: "integer" } } },
      messages: { Ask: { $ref: "#/components/messages/Ask" }, Answer: { payload: { const: 1 } }, News: {} },
      bindings: { ws: { query: { properties: { page: { type: "integer" } }, required: ["page"] } } },
    },
    bare: {},
  },
  operations: {
    ask: {
      action: "receive",
      channel: { $ref: "#/channels/room" },
      messages: [{ $ref: "#/channels/room/messages/Ask" }],
      reply: { channel: { $ref: "#/channels/room" }, messages: [{ $ref: "#/channels/room/messages/Answer" }] },
      security: [{ $ref: "#/components/securitySchemes/key" }],
      traits: [{ $ref: "#/components/operationTraits/said" }],
    },
    all: { action: "send", channel: { $ref: "#/channels/room" } },
    lost: { action: "send", channel: { $ref: "#/channels/nowhere" } },
    wrong: 7,
  },
  components: {
    messages: { Ask: { payload: { properties: { question: {} } }, traits: [{ summary: "From a trait." }] } },
    operationTraits: { said: { summary: "Said by a trait.", description: "Long." } },
    securitySchemes: { key: { type: "httpApiKey", in: "query", name: "key" } },
    serverVariables: { region: { default: "eu", enum: ["eu", "us"] } },
    schemas: { One: {} },
  },
};

test("a document of the client is read as what its server does", () => {
  const source = { ...SOURCE, info: { ...SOURCE.info, "x-perspective": "client" } };
  const [room] = readDocument(source).channels;
  assert.deepEqual(room.operations.map(({ action }) => action), ["send", "receive", "receive", "receive"]);
  assert.deepEqual(messagesGoing(room, "receive").map(({ key }) => key), ["Answer", "Ask", "News"]);
  assert.deepEqual(messagesGoing(room, "send").map(({ key }) => key), ["Ask"]);
});

test("a document is read with references and traits followed", () => {
  const { servers, channels, schemas } = readDocument(SOURCE);
  assert.equal(servers[0].url, "wss://{region}.example.com/api");
  assert.equal(servers[0].variables.region.default, "eu");
  const [room, bare] = channels;
  assert.deepEqual(room.parameters.room, { type: "integer", description: "Which." });
  assert.deepEqual(room.query.required, ["page"]);
  assert.deepEqual(room.servers.map(({ key }) => key), ["main"]);
  assert.equal(bare.address, null);
  assert.equal(schemas.length, 1);
  const [ask, all] = room.operations;
  assert.equal(ask.summary, "Said by a trait.");
  assert.equal(ask.messages[0].message.summary, "From a trait.");
  assert.equal(all.messages.length, 1);
  const every = room.operations.filter(({ channelKey, action }) => channelKey === "room" && action === "send");
  assert.deepEqual(every.map(({ messages }) => messages[0].key), ["Ask", "Answer", "News"], "without messages of its own an operation has its channel's");
});

test("what has names stands in the order in which people count", () => {
  const channels = Object.fromEntries(["item10", "item2", "Item1"].map((name) => [name, { address: `/${name}` }]));
  const model = readDocument({ channels, components: { schemas: { B10: {}, B9: {} } } });
  assert.deepEqual(model.channels.map(({ key }) => key), ["Item1", "item2", "item10"]);
  assert.deepEqual(model.schemas.map(({ key }) => key), ["B9", "B10"]);
});

test("a message of several actions is one for each", () => {
  const payload = { $ref: "#/components/schemas/Move" };
  const Move = { properties: { action: { enum: ["up", "down"] }, by: { enum: [1, 2] } } };
  const examples = [{ payload: { action: "down", by: 2 } }];
  const channels = { lift: { messages: { Move: { name: "up|down", payload, examples } } } };
  const operations = { move: { action: "receive", channel: { $ref: "#/channels/lift" }, messages: [{ $ref: "#/channels/lift/messages/Move" }] } };
  const source = { channels, operations, components: { schemas: { Move } } };
  const [lift] = readDocument(source).channels;
  assert.deepEqual(lift.operations.map(({ key, messages }) => [key, messages.map(({ name }) => name)]), [
    ["move", ["up"]],
    ["move/Move/down", ["down"]],
  ]);
  const [up, down] = messagesGoing(lift, "receive");
  assert.deepEqual([up, down].map(({ message }) => message.examples[0].payload), [{ action: "up", by: 2 }, { action: "down", by: 2 }]);
  assert.equal(matchMessage(source, [up, down], '{"action": "down"}').name, "down");
  assert.equal(sampleOf(source, down.schema).action, "down");
});

test("messages are sorted by who sends them", () => {
  const [room, bare] = readDocument(SOURCE).channels;
  assert.deepEqual(messagesGoing(room, "receive").map(({ key }) => key), ["Ask"]);
  assert.deepEqual(messagesGoing(room, "send").map(({ key }) => key).sort(), ["Answer", "Ask", "News"]);
  assert.deepEqual(messagesGoing(bare, "receive"), []);
});

test("security of operations and servers is one list", () => {
  const [room] = readDocument(SOURCE).channels;
  assert.deepEqual(securityOf(room).map(({ name }) => name), ["key"]);
});

test("the search finds summaries and fields", () => {
  const [room] = readDocument(SOURCE).channels;
  const words = wordsOf(SOURCE, room.operations[0]);
  for (const word of ["said by a trait", "question", "ask"]) assert.ok(words.includes(word));
});

test("nothing in a document makes it unreadable", () => {
  const wrongs = [null, 7, "text", [], {}, { $ref: "#/nowhere" }, { $ref: "#/channels/a" }];
  for (const wrong of wrongs) {
    for (const key of ["info", "servers", "channels", "operations", "components"]) readDocument({ [key]: wrong });
    readDocument({ channels: { a: wrong }, operations: { b: { channel: { $ref: "#/channels/a" }, messages: wrong, reply: wrong, security: wrong, traits: wrong } } });
    readDocument({ channels: { a: { messages: { m: wrong }, parameters: { p: wrong }, bindings: wrong, tags: wrong, servers: wrong } }, servers: { s: wrong } });
    readDocument({ channels: { a: { messages: { m: { payload: wrong, traits: wrong, examples: wrong } }, bindings: { ws: wrong } } } });
  }
});
