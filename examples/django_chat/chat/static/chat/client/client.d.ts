// Written by chanx from the AsyncAPI document of chanx chat with Django 1.0.0. Do not edit.
// SPDX-License-Identifier: 0BSD

import type { BareRequest, Client, Options, Request } from "./runtime/index.js";
import type {
  AuthenticationMessage,
  ErrorMessage,
  IsTyping,
  PongMessage,
  RoomParameters,
  Said,
  Say,
  Welcome,
} from "./types.js";

/** What may come, by the key under which handlers ask for it. */
export type RoomEvents = {
  authentication: AuthenticationMessage;
  error: ErrorMessage;
  is_typing: IsTyping;
  said: Said;
  welcome: Welcome;
};

/** What a user may choose, and has to say. */
export interface RoomOptions extends Options {
  readonly parameters: RoomParameters;
}

/** One member in one room. */
export interface RoomClient extends Client<RoomEvents, Welcome> {
  /** Answer, so that the page knows that the connection is alive. */
  readonly ping: BareRequest<PongMessage, ErrorMessage>;
  /** Store a message; it comes back as `said`, to everyone in the room. */
  readonly say: Request<Omit<Say, "action" | "ref">, void, ErrorMessage>;
  /** Tell the others that one is writing. */
  readonly typing: BareRequest<void, ErrorMessage>;
}

/** Connects to `/ws/rooms/{slug}/`, and keeps connected. */
export declare function connectRoom(options: RoomOptions): RoomClient;
