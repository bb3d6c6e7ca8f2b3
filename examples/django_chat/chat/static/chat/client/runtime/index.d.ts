// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

export type {
  BareRequest,
  BareStreamRequest,
  CallOptions,
  Request,
  Result,
  Stream,
  StreamRequest,
} from "./calls.js";
export type {
  AddressOptions,
  Channel,
  Client,
  MessageContext,
  Options,
  TokenRequest,
  Unknown,
  WebSocketClass,
  WebSocketLike,
} from "./client.js";
export { connect } from "./connection.js";
export * from "./errors.js";
export type { CloseInfo, State, Verdict } from "./protocol.js";
