// Written by chanx from the AsyncAPI document of Chat 1.0.0. Do not edit.
// SPDX-License-Identifier: 0BSD

import { connect } from "./runtime/index.js";

const ROOM_CHANNEL = {
  address: "/ws/rooms/{room}",
  ref: ["ref"],
  ready: "welcome",
  complete: "complete",
  heartbeat: {
    ping: { action: "ping" },
    pong: { action: "pong" },
    interval: 20000,
  },
  maxSize: 16384,
  rate: { perSecond: 5, burst: 30 },
  closeCodes: {
    1000: { meaning: "The connection has served its purpose.", retry: "never" },
    1012: { meaning: "The server restarts.", retry: "spread" },
    4400: { meaning: "The handshake's parameters are wrong.", retry: "never" },
    4403: {
      meaning:
        "The credentials do not permit this connection, or its origin is foreign.",
      retry: "never",
    },
    4404: { meaning: "What the address names does not exist.", retry: "never" },
    4408: { meaning: "The handshake took too long.", retry: "backoff" },
    4409: {
      meaning: "Somebody else in the room has the name: choose another.",
      retry: "never",
    },
    4413: { meaning: "A frame exceeded the size limit.", retry: "backoff" },
    4422: {
      meaning: "The handshake's parameters do not validate.",
      retry: "never",
    },
    4429: { meaning: "Too many connections or requests.", retry: "spread" },
    4500: {
      meaning: "The server failed; what happened stands in its log.",
      retry: "spread",
    },
    4503: {
      meaning: "The server cannot serve the connection for now.",
      retry: "spread",
    },
    4509: {
      meaning: "The client did not read fast enough what it was sent.",
      retry: "spread",
    },
    4510: { meaning: "The client was silent for too long.", retry: "spread" },
    4511: {
      meaning: "The connection has reached its greatest age; connect again.",
      retry: "spread",
    },
  },
  incoming: {
    announcement: { is: { action: ["announcement"] } },
    answer_end: { is: { action: ["answer_end"] } },
    answer_word: { is: { action: ["answer_word"] } },
    complete: { is: { action: ["complete"] } },
    deleted: { is: { action: ["deleted"] } },
    edited: { is: { action: ["edited"] } },
    error: { is: { action: ["error"] } },
    pong: { is: { action: ["pong"] } },
    presence: { is: { action: ["presence"] } },
    rejected: { is: { action: ["rejected"] } },
    said: { is: { action: ["said"] } },
    welcome: { is: { action: ["welcome"] } },
  },
  pushes: [
    "announcement",
    "deleted",
    "edited",
    "error",
    "presence",
    "said",
    "welcome",
  ],
  operations: {
    ask: {
      kind: "stream",
      frame: { action: "ask" },
      argument: "payload",
      errors: ["rejected", "error"],
      cancel: { action: "stop" },
      end: ["answer_end"],
    },
    delete: {
      kind: "request",
      frame: { action: "delete" },
      argument: "payload",
      errors: ["rejected", "error"],
    },
    edit: {
      kind: "request",
      frame: { action: "edit" },
      argument: "payload",
      errors: ["rejected", "error"],
    },
    ping: { kind: "request", frame: { action: "ping" }, errors: ["error"] },
    say: {
      kind: "request",
      frame: { action: "say" },
      argument: "payload",
      errors: ["error"],
    },
    stop: {
      kind: "request",
      frame: { action: "stop" },
      errors: ["error"],
      idempotent: true,
    },
  },
};

/** Connects to `/ws/rooms/{room}`, and keeps connected. */
export function connectRoom(options) {
  return connect(ROOM_CHANNEL, options);
}
