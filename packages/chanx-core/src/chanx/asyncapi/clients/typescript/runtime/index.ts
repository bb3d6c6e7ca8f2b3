// What a client offers, whatever its channel.

export type {
  BareRequest,
  BareStreamRequest,
  CallOptions,
  Request,
  Result,
  Stream,
  StreamRequest,
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
