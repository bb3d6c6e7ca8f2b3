// Written by chanx from the AsyncAPI document of Chat 1.0.0. Do not edit.
// SPDX-License-Identifier: 0BSD

/** An announcement to the room, made over HTTP. */
export type Announcement = {
  action: "announcement";
  payload: TextPayload;
  /**
   * Chosen by the client for a request; what the request causes carries it
   * too.
   */
  ref?: string | number | null;
};

/** The answer ends here. */
export type AnswerEnd = {
  action: "answer_end";
  payload: "finished" | "stopped";
  /**
   * Chosen by the client for a request; what the request causes carries it
   * too.
   */
  ref?: string | number | null;
};

/** The next word of an answer, with the space after it. */
export type AnswerWord = {
  action: "answer_word";
  payload: string;
  /**
   * Chosen by the client for a request; what the request causes carries it
   * too.
   */
  ref?: string | number | null;
};

/** Ask the assistant, which answers word by word, to the asker alone. */
export type Ask = {
  action: "ask";
  payload: TextPayload;
  /**
   * Chosen by the client for a request; what the request causes carries it
   * too.
   */
  ref?: string | number | null | undefined;
};

/** What somebody said. */
export type ChatMessage = {
  /** Counts up within the room. */
  id: number;
  author: Member;
  text: string;
  sent_at: string;
  /** How often it was edited. */
  revision?: number;
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

/** Delete a message of one's own. */
export type Delete = {
  action: "delete";
  payload: DeletePayload;
  /**
   * Chosen by the client for a request; what the request causes carries it
   * too.
   */
  ref?: string | number | null | undefined;
};

/** A message to delete, or one that is gone. */
export type DeletePayload = {
  id: number;
};

/** Somebody deleted a message. */
export type Deleted = {
  action: "deleted";
  payload: DeletePayload;
  /**
   * Chosen by the client for a request; what the request causes carries it
   * too.
   */
  ref?: string | number | null;
};

/** Change a message of one's own. */
export type Edit = {
  action: "edit";
  payload: EditPayload;
  /**
   * Chosen by the client for a request; what the request causes carries it
   * too.
   */
  ref?: string | number | null | undefined;
};

/** A message's new text. */
export type EditPayload = {
  /** White space around it is stripped. */
  text: string;
  id: number;
};

/** Somebody changed a message. */
export type Edited = {
  action: "edited";
  payload: ChatMessage;
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

/** Somebody in a room. */
export type Member = {
  /** The same for the same browser and name, also after a reconnect. */
  id: string;
  name: string;
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

/** Who is in the room, whenever somebody comes or goes. */
export type Presence = {
  action: "presence";
  payload: Array<Member>;
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

/** A well-formed request that the chat does not do. */
export type Rejected = {
  action: "rejected";
  payload: RejectedPayload;
  /**
   * Chosen by the client for a request; what the request causes carries it
   * too.
   */
  ref?: string | number | null;
};

/** Why a request was not done. */
export type RejectedPayload = {
  /** For a program. */
  code: "not_found" | "not_yours" | "busy";
  /** For a person. */
  detail: string;
};

/** Somebody said something; its author receives it as the reply. */
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
  payload: TextPayload;
  /**
   * Chosen by the client for a request; what the request causes carries it
   * too.
   */
  ref?: string | number | null | undefined;
};

/** Stop the answer that is being given, if there is one. */
export type Stop = {
  action: "stop";
  /**
   * Chosen by the client for a request; what the request causes carries it
   * too.
   */
  ref?: string | number | null | undefined;
};

/** A text to say or to ask. */
export type TextPayload = {
  /** White space around it is stripped. */
  text: string;
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
  you: Member;
  members: Array<Member>;
  /** The latest messages, oldest first. */
  history: Array<ChatMessage>;
};

export type RoomIncoming =
  | Announcement
  | AnswerEnd
  | AnswerWord
  | CompleteMessage
  | Deleted
  | Edited
  | ErrorMessage
  | PongMessage
  | Presence
  | Rejected
  | Said
  | Welcome;

export type RoomOutgoing = Ask | Delete | Edit | PingMessage | Say | Stop;

export type RoomParameters = {
  /** Small letters, digits and single hyphens. */
  room: string;
};

export type RoomQuery = {
  /** What the others call you. */
  name: string;
};
