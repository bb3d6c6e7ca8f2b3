import assert from "node:assert/strict";
import { test } from "node:test";

import { channelFacts, closeMeaning, operationFacts } from "../../packages/chanx-core/src/chanx/asyncapi/viewer/facts.js";

const to = (path) => ({ $ref: `#/${path}` });

test("a channel says when and within what it is used", () => {
  const limits = { maxMessageSize: 1000, messagesPerSecond: 2.5, burst: 7 };
  const heartbeat = { operation: to("operations/room.ping"), interval: 20 };
  const channel = { "x-ready": to("channels/room/messages/Welcome"), "x-limits": limits, "x-heartbeat": heartbeat };
  assert.deepEqual(channelFacts(channel), [
    "Ready with Welcome.",
    "Frames of up to 1000 bytes.",
    "Up to 2.5 frames a second, 7 at once.",
    "Heartbeat: room.ping after 20 s of silence.",
  ]);
  assert.deepEqual(channelFacts({ "x-heartbeat": { operation: to("operations/ping") } }), ["Heartbeat: ping."]);
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
    const everywhere = Object.fromEntries(["x-limits", "x-heartbeat", "x-stream"].map((name) => [name, wrong]));
    assert.deepEqual(channelFacts(everywhere), []);
    assert.deepEqual(operationFacts(everywhere), []);
    assert.equal(closeMeaning(wrong).length, 2);
  }
});
