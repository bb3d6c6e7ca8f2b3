import assert from "node:assert/strict";
import { test } from "node:test";

import { channelFacts, closeMeaning, operationFacts } from "../../packages/chanx-core/src/chanx/asyncapi/viewer/facts.js";

const to = (path) => ({ $ref: `#/${path}` });

test("a channel says when and within what it is used", () => {
  const limits = { maxMessageSize: 1000, messagesPerSecond: 2.5, burst: 7 };
  const heartbeat = { operation: to("operations/room.ping"), interval: 20 };
  const reconnect = { message: to("channels/room/messages/Reconnect"), retryAfter: "$message.payload#/seconds" };
  const channel = { "x-ready": to("channels/room/messages/Welcome"), "x-reconnect": reconnect, "x-limits": limits, "x-heartbeat": heartbeat };
  assert.deepEqual(channelFacts(channel), [
    "Ready with Welcome.",
    "Reconnect says when to come back.",
    "Frames of up to 1000 bytes.",
    "Up to 2.5 frames a second, 7 at once.",
    "Heartbeat: room.ping after 20 s of silence.",
  ]);
  assert.deepEqual(channelFacts({ "x-heartbeat": { operation: to("operations/ping") } }), ["Heartbeat: ping."]);
});

test("a channel says how many there may be", () => {
  const limits = {
    maxHandshakeSize: 4096,
    messagesPerSecondPerUser: 2.5,
    burstPerUser: 7,
    connectionsPerProcess: 1000,
    connectionsPerAddress: 20,
    connectionsPerUser: 5,
    handshakesPerAddress: 4,
    groups: 3,
  };
  assert.deepEqual(channelFacts({ "x-limits": limits }), [
    "Connecting with up to 4096 bytes of path, query and headers.",
    "Up to 2.5 frames a second of all connections of a user, 7 at once.",
    "Up to 5 connections of a user.",
    "Up to 20 connections from an address.",
    "Up to 4 handshakes from an address at once.",
    "Up to 1000 connections to a process of the server.",
    "In up to 3 groups.",
  ]);
});

test("an operation says how it is used", () => {
  const operation = { "x-stream": { end: ["End", "Gone"] }, "x-cancel": to("operations/room.stop"), "x-idempotent": true, "x-refresh": true };
  assert.deepEqual(operationFacts(operation), [
    "Ends with End or Gone.",
    "Cancelled by room.stop.",
    "May be sent again when its answer was lost.",
    "Takes new credentials.",
  ]);
});

test("a close code says why, and what to do where it does", () => {
  assert.deepEqual(closeMeaning("Gone."), ["Gone.", ""]);
  assert.deepEqual(closeMeaning({ description: "Gone.", retry: "never" }), ["Gone.", "Do not reconnect."]);
  assert.deepEqual(closeMeaning({ description: "Gone.", retry: "later" }), ["Gone.", ""]);
});

test("what is not an extension of this kind says nothing and breaks nothing", () => {
  for (const wrong of [undefined, null, 1, "text", [], {}, true]) {
    const everywhere = Object.fromEntries(["x-limits", "x-reconnect", "x-heartbeat", "x-stream"].map((name) => [name, wrong]));
    assert.deepEqual(channelFacts(everywhere), []);
    assert.deepEqual(operationFacts(everywhere), []);
    assert.equal(closeMeaning(wrong).length, 2);
  }
});
