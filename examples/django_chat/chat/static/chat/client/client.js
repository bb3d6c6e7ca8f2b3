// Written by chanx from the AsyncAPI document of chanx chat with Django 1.0.0. Do not edit.
// SPDX-License-Identifier: 0BSD

import { connect } from "./runtime/index.js";

const ROOM_CHANNEL = {
  address: "/ws/rooms/{slug}/",
  credentials: [
    { in: "header", name: "Authorization", scheme: "Token" },
    { in: "subprotocol", name: "token" },
    { in: "cookie", name: "sessionid" },
  ],
  ref: ["ref"],
  ready: "welcome",
  complete: "complete",
  heartbeat: {
    ping: { action: "ping" },
    pong: { action: "pong" },
    interval: 20000,
  },
  maxSize: 16384,
  rate: { perSecond: 10, burst: 40 },
  closeCodes: {
    1000: { meaning: "The connection has served its purpose.", retry: "never" },
    1012: { meaning: "The server restarts.", retry: "spread" },
    4400: { meaning: "The handshake's parameters are wrong.", retry: "never" },
    4401: { meaning: "Credentials are missing or wrong.", retry: "refresh" },
    4403: {
      meaning:
        "The credentials do not permit this connection, or its origin is foreign.",
      retry: "never",
    },
    4404: { meaning: "What the address names does not exist.", retry: "never" },
    4408: { meaning: "The handshake took too long.", retry: "backoff" },
    4413: { meaning: "A frame exceeded the size limit.", retry: "backoff" },
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
    authentication: { is: { action: ["authentication"] } },
    complete: { is: { action: ["complete"] } },
    error: { is: { action: ["error"] } },
    is_typing: { is: { action: ["is_typing"] } },
    pong: { is: { action: ["pong"] } },
    said: { is: { action: ["said"] } },
    welcome: { is: { action: ["welcome"] } },
  },
  pushes: ["authentication", "error", "is_typing", "said", "welcome"],
  operations: {
    ping: { kind: "request", frame: { action: "ping" }, errors: ["error"] },
    say: {
      kind: "request",
      frame: { action: "say" },
      argument: "",
      errors: ["error"],
    },
    typing: {
      kind: "request",
      frame: { action: "typing" },
      errors: ["error"],
      idempotent: true,
    },
  },
};

/** Connects to `/ws/rooms/{slug}/`, and keeps connected. */
export function connectRoom(options) {
  return connect(ROOM_CHANNEL, options);
}
