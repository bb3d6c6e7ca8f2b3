// Written by chanx from the AsyncAPI document of Chat 1.0.0. Do not edit.
// SPDX-License-Identifier: 0BSD

import type {
  BareRequest,
  Client,
  Options,
  Request,
  StreamRequest,
} from "./runtime/index.js";
import type {
  Announcement,
  AnswerEnd,
  AnswerWord,
  DeletePayload,
  Deleted,
  EditPayload,
  Edited,
  ErrorMessage,
  PongMessage,
  Presence,
  Rejected,
  RoomParameters,
  RoomQuery,
  Said,
  TextPayload,
  Welcome,
} from "./types.js";

/** What may come, by the key under which handlers ask for it. */
export type RoomEvents = {
  announcement: Announcement;
  deleted: Deleted;
  edited: Edited;
  error: ErrorMessage;
  presence: Presence;
  said: Said;
  welcome: Welcome;
};

/** What a user may choose, and has to say. */
export interface RoomOptions extends Options {
  readonly parameters: RoomParameters;
  readonly query: RoomQuery;
}

/** One person in one room. */
export interface RoomClient extends Client<RoomEvents, Welcome> {
  /** Stream the assistant's answer word by word, to the asker alone. */
  readonly ask: StreamRequest<TextPayload, AnswerWord, AnswerEnd>;
  /** Delete a message of one's own. */
  readonly delete: Request<DeletePayload, Deleted, Rejected | ErrorMessage>;
  /** Change a message of one's own. */
  readonly edit: Request<EditPayload, Edited, Rejected | ErrorMessage>;
  /** Answer, so that the page knows that the connection is alive. */
  readonly ping: BareRequest<PongMessage, ErrorMessage>;
  /** Say something to everyone in the room. */
  readonly say: Request<TextPayload, Said, ErrorMessage>;
  /** Stop the answer; it then ends with its `answer_end`. */
  readonly stop: BareRequest<void, ErrorMessage>;
}

/** Connects to `/ws/rooms/{room}`, and keeps connected. */
export declare function connectRoom(options: RoomOptions): RoomClient;
