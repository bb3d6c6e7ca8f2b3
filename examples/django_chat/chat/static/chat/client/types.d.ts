// Written by chanx from the AsyncAPI document of chanx chat with Django 1.0.0. Do not edit.
// SPDX-License-Identifier: 0BSD

/**
 * The first message after a handshake with an authenticator, before a
 * refusal's close too.
 *
 * On the wire: ``{"action": "authentication", "payload": {"status_code":
 * 200, "status_text":
 * "OK", "data": null}}``. A refused connection closes with code 4000 plus
 * the status.
 */
export type AuthenticationMessage = {
  action: "authentication";
  payload: AuthenticationPayload;
};

/** The outcome of a connection's authentication. */
export type AuthenticationPayload = {
  /** HTTP status code: 200, or why the connection closes. */
  status_code: number;
  /** The status in words. */
  status_text: string;
  /** What the authenticator tells the client. */
  data?: unknown;
};

/** What a member said, as it is stored. */
export type ChatMessage = {
  /** Counts up over all rooms. */
  id: number;
  /** The author's user name. */
  author: string;
  text: string;
  sent_at: string;
};

/**
 * Everything that one client message caused in its handler has been sent.
 */
export type CompleteMessage = {
  action: "complete";
  /**
   * Chosen by the client for a request; what the request causes carries it
   * too.
   */
  ref?: string | number | null;
};

/**
 * An error, carrying the ``ref`` of the request that caused it where it
 * could be read.
 *
 * On the wire: ``{"action": "error", "payload": {"code": ..., "detail": ...,
 * "errors": [...]}}``.
 * The socket stays open unless the code's description says otherwise.
 */
export type ErrorMessage = {
  action: "error";
  payload: ErrorPayload;
  /**
   * Chosen by the client for a request; what the request causes carries it
   * too.
   */
  ref?: string | number | null;
};

/** What went wrong with a frame, or why a connection is not served. */
export type ErrorPayload = {
  /** What went wrong, for a program. */
  code:
    | "invalid_json"
    | "unsupported_data"
    | "validation_error"
    | "unknown_action"
    | "too_large"
    | "too_deep"
    | "too_many_requests"
    | "handler_error"
    | "handler_timeout"
    | "refused"
    | "internal_error";
  /** What went wrong, for a person. */
  detail: string;
  /** Present on validation errors: each field that is wrong. */
  errors?: Array<FieldError> | null;
  /** Present on some refusals: what else there is to know. */
  data?: RefusalData | null;
};

/** One thing that is wrong with a client's message. */
export type FieldError = {
  /** Where: keys in the client's own spelling, and list positions. */
  loc: Array<string | number>;
  /** What is wrong, for a person. */
  msg: string;
  /** What is wrong, for a program; pydantic's error types. */
  type: string;
};

/** Somebody is writing. */
export type IsTyping = {
  action: "is_typing";
  /** The user name. */
  payload: string;
  /**
   * Chosen by the client for a request; what the request causes carries it
   * too.
   */
  ref?: string | number | null;
};

/**
 * A client asks whether the server still answers; reply with `PongMessage`.
 *
 * On the wire: ``{"action": "ping"}``.
 */
export type PingMessage = {
  action: "ping";
  /**
   * Chosen by the client for a request; what the request causes carries it
   * too.
   */
  ref?: string | number | null | undefined;
};

/** The answer to a ping: ``{"action": "pong"}``. */
export type PongMessage = {
  action: "pong";
  /**
   * Chosen by the client for a request; what the request causes carries it
   * too.
   */
  ref?: string | number | null;
};

/**
 * What an HTTP response that refuses would say besides its status and its
 * reason.
 */
export type RefusalData = {
  /** How to authenticate, as the header WWW-Authenticate has it. */
  www_authenticate?: string | null;
  /**
   * When to try again: seconds, or a date as the header Retry-After has it.
   */
  retry_after?: number | string | null;
  /** The body, where it says more. */
  body?: unknown;
};

/** Somebody said something, by WebSocket or by HTTP; it is stored by now. */
export type Said = {
  action: "said";
  payload: ChatMessage;
  /**
   * Chosen by the client for a request; what the request causes carries it
   * too.
   */
  ref?: string | number | null;
};

/** Say something to everyone in the room. */
export type Say = {
  action: "say";
  /** White space around it is stripped. */
  payload: string;
  /**
   * Chosen by the client for a request; what the request causes carries it
   * too.
   */
  ref?: string | number | null | undefined;
};

/** Tell the others that one is writing. */
export type Typing = {
  action: "typing";
  /**
   * Chosen by the client for a request; what the request causes carries it
   * too.
   */
  ref?: string | number | null | undefined;
};

/** What the page shows at first; it comes as soon as one is in the room. */
export type Welcome = {
  action: "welcome";
  payload: WelcomePayload;
  /**
   * Chosen by the client for a request; what the request causes carries it
   * too.
   */
  ref?: string | number | null;
};

/** What a newcomer needs to know. */
export type WelcomePayload = {
  /** One's own user name. */
  you: string;
  /** The room's title. */
  room: string;
  /** The latest messages, oldest first. */
  history: Array<ChatMessage>;
};

export type RoomIncoming =
  | AuthenticationMessage
  | CompleteMessage
  | ErrorMessage
  | IsTyping
  | PongMessage
  | Said
  | Welcome;

export type RoomOutgoing = PingMessage | Say | Typing;

export type RoomParameters = {
  slug: string;
};
