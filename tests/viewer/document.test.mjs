import assert from "node:assert/strict";
import { test } from "node:test";
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
  assert.equal(all.messages.length, 3, "without messages of its own an operation has its channel's");
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
  const words = wordsOf(room.operations[0]);
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
