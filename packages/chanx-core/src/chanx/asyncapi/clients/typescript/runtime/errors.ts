// Why something that was asked for did not happen. No text holds a token or a query.

import type { CloseInfo, State } from "./protocol.ts";

/** Of all of them. */
export class ClientError extends Error {
  override name = "ClientError";
}

/** There is no connection, so that nothing was sent. */
export class NotConnected extends ClientError {
  override name = "NotConnected";
  readonly state: State;

  constructor(state: State) {
    super(`Not connected (${state.name}).`);
    this.state = state;
  }
}

/** The connection broke; `sent` says whether the server may have done what was asked. */
export class ConnectionLost extends ClientError {
  override name = "ConnectionLost";
  readonly close: CloseInfo;
  readonly sent: boolean;

  constructor(close: CloseInfo, sent: boolean) {
    super(`Connection lost (${close.code})${sent ? "" : ": not sent"}.`);
    this.close = close;
    this.sent = sent;
  }
}

/** No reply came within `after` milliseconds. */
export class TimedOut extends ClientError {
  override name = "TimedOut";
  readonly after: number;

  constructor(after: number) {
    super(`No reply within ${after} ms.`);
    this.after = after;
  }
}

/** The frame is larger than the server reads; both are bytes. */
export class FrameTooLarge extends ClientError {
  override name = "FrameTooLarge";
  readonly size: number;
  readonly limit: number;

  constructor(size: number, limit: number) {
    super(`${size} bytes are over the limit of ${limit}.`);
    this.size = size;
    this.limit = limit;
  }
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
  readonly reply: Reply;

  constructor(reply: Reply) {
    super("Refused: see `reply`.");
    this.reply = reply;
  }
}

/** What `validate` found wrong with a reply. */
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
  readonly close: CloseInfo;

  constructor(close: CloseInfo) {
    super(`Closed (${close.code}).`);
    this.close = close;
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
