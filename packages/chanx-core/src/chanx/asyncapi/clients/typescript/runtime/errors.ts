// Why something that was asked for did not happen. No text holds a token or a query.

import type { CloseInfo, State } from "./protocol.ts";

/** Of all of them. `facts` become its properties. */
export class ClientError extends Error {
  override name = "ClientError";

  constructor(message?: string, facts?: object) {
    super(message);
    Object.assign(this, facts);
  }
}

/** There is no connection, so that nothing was sent. */
export class NotConnected extends ClientError {
  override name = "NotConnected";
  declare readonly state: State;
}

/** The connection broke; `sent` says whether the server may have done what was asked. */
export class ConnectionLost extends ClientError {
  override name = "ConnectionLost";
  declare readonly close: CloseInfo;
  declare readonly sent: boolean;
}

/** No reply came within `after` milliseconds. */
export class TimedOut extends ClientError {
  override name = "TimedOut";
  declare readonly after: number;
}

/** The frame is larger than the server reads; both are bytes. */
export class FrameTooLarge extends ClientError {
  override name = "FrameTooLarge";
  declare readonly size: number;
  declare readonly limit: number;
}

/** As much is queued as may be. */
export class QueueFull extends ClientError {
  override name = "QueueFull";
}

/** There was no connection for as long as a message may wait for one. */
export class Expired extends ClientError {
  override name = "Expired";
}

/** Its caller wanted it no longer; by `name` it is what aborting gives elsewhere. */
export class Cancelled extends ClientError {
  override name = "AbortError";
}

/** More came than was taken. */
export class Overflow extends ClientError {
  override name = "Overflow";
}

/** The server refused; `reply` says why. */
export class Refused<Reply = unknown> extends ClientError {
  override name = "Refused";
  declare readonly reply: Reply;
}

/** The reply is no message of the document, or `validate` finds it wrong. */
export class InvalidReply extends ClientError {
  override name = "InvalidReply";
}

/** For a token provider to throw: there is no token, and there will be none. */
export class Unauthorized extends ClientError {
  override name = "Unauthorized";
}

/** The client is closed for good. */
export class ConnectionClosed extends ClientError {
  override name = "ConnectionClosed";
  declare readonly close: CloseInfo;

  constructor(close: CloseInfo) {
    super(`Closed (${close.code}).`, { close });
  }
}

/** All that a call can end with, of which `Refused` has the documented replies. */
export type Problem<Reply> =
  | Cancelled
  | ConnectionClosed
  | ConnectionLost
  | Expired
  | FrameTooLarge
  | InvalidReply
  | NotConnected
  | Overflow
  | QueueFull
  | Refused<Reply>
  | TimedOut;
