// What a client offers, whatever its channel.

export {
  Stream,
  type BareRequest,
  type BareStreamRequest,
  type CallOptions,
  type Request,
  type Result,
  type StreamRequest,
} from "./calls.ts";
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
} from "./client.ts";
export { connect } from "./connection.ts";
export * from "./errors.ts";
export type { CloseInfo, State, Verdict } from "./protocol.ts";
