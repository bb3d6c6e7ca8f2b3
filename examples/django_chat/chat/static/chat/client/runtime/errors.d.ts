// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

import type { CloseInfo, State } from "./protocol.js";
/** Of all of them. `facts` become its properties. */
export declare class ClientError extends Error {
  name: string;
  constructor(message?: string, facts?: object);
}
/** There is no connection, so that nothing was sent. */
export declare class NotConnected extends ClientError {
  name: string;
  readonly state: State;
}
/** The connection broke; `sent` says whether the server may have done what was asked. */
export declare class ConnectionLost extends ClientError {
  name: string;
  readonly close: CloseInfo;
  readonly sent: boolean;
}
/** No reply came within `after` milliseconds. */
export declare class TimedOut extends ClientError {
  name: string;
  readonly after: number;
}
/** The frame is larger than the server reads; both are bytes. */
export declare class FrameTooLarge extends ClientError {
  name: string;
  readonly size: number;
  readonly limit: number;
}
/** As much is queued as may be. */
export declare class QueueFull extends ClientError {
  name: string;
}
/** There was no connection for as long as a message may wait for one. */
export declare class Expired extends ClientError {
  name: string;
}
/** Its caller wanted it no longer; by `name` it is what aborting gives elsewhere. */
export declare class Cancelled extends ClientError {
  name: string;
}
/** More came than was taken. */
export declare class Overflow extends ClientError {
  name: string;
}
/** The server refused; `reply` says why. */
export declare class Refused<Reply = unknown> extends ClientError {
  name: string;
  readonly reply: Reply;
}
/** The reply is no message of the document, or `validate` finds it wrong. */
export declare class InvalidReply extends ClientError {
  name: string;
}
/** For a token provider to throw: there is no token, and there will be none. */
export declare class Unauthorized extends ClientError {
  name: string;
}
/** The client is closed for good. */
export declare class ConnectionClosed extends ClientError {
  name: string;
  readonly close: CloseInfo;
  constructor(close: CloseInfo);
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
