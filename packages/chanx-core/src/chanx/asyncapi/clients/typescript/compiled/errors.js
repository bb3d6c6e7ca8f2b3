// Why something that was asked for did not happen. No text holds a token or a query.
/** Of all of them. `facts` become its properties. */
export class ClientError extends Error {
  name = "ClientError";
  constructor(message, facts) {
    super(message);
    Object.assign(this, facts);
  }
}
/** There is no connection, so that nothing was sent. */
export class NotConnected extends ClientError {
  name = "NotConnected";
}
/** The connection broke; `sent` says whether the server may have done what was asked. */
export class ConnectionLost extends ClientError {
  name = "ConnectionLost";
}
/** No reply came within `after` milliseconds. */
export class TimedOut extends ClientError {
  name = "TimedOut";
}
/** The frame is larger than the server reads; both are bytes. */
export class FrameTooLarge extends ClientError {
  name = "FrameTooLarge";
}
/** As much is queued as may be. */
export class QueueFull extends ClientError {
  name = "QueueFull";
}
/** There was no connection for as long as a message may wait for one. */
export class Expired extends ClientError {
  name = "Expired";
}
/** Its caller wanted it no longer; by `name` it is what aborting gives elsewhere. */
export class Cancelled extends ClientError {
  name = "AbortError";
}
/** More came than was taken. */
export class Overflow extends ClientError {
  name = "Overflow";
}
/** The server refused; `reply` says why. */
export class Refused extends ClientError {
  name = "Refused";
}
/** The reply is no message of the document, or `validate` finds it wrong. */
export class InvalidReply extends ClientError {
  name = "InvalidReply";
}
/** For a token provider to throw: there is no token, and there will be none. */
export class Unauthorized extends ClientError {
  name = "Unauthorized";
}
/** The client is closed for good. */
export class ConnectionClosed extends ClientError {
  name = "ConnectionClosed";
  constructor(close) {
    super(`Closed (${close.code}).`, { close });
  }
}
