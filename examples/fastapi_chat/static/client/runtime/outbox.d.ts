// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

import type {
  Behaviour,
  Call,
  CloseInfo,
  Effect,
  Failure,
  Frame,
  Protocol,
} from "./protocol.js";
import type { Timers } from "./timers.js";
interface More {
  readonly frame?: Frame;
  readonly close?: CloseInfo;
  readonly amount?: number;
}
export interface Outbox<C> {
  /** A new socket is ready: its rate is unused. */
  begin(): void;
  /** The client is open: what is queued goes. */
  release(): void;
  /** Sends, or queues, or refuses to; `isReady` says whether the socket is. */
  submit(call: C, isReady: boolean): void;
  /** Sends a frame of the machine itself. */
  post(own: Frame): void;
  /** The socket takes nothing more, or does so again. */
  block(isBlocked: boolean): void;
  /** Ends a call that nobody waits for any more (R13, R24). */
  cancel(call: C, error: Failure, more?: More): void;
  /** The call that waits for a reply with an id. */
  find(ref: unknown): C | undefined;
  /** A frame came with the id of a call; `key` is its message's (R12, R13). */
  answer(call: C, frame: Frame, key: string | undefined): void;
  /** The socket is gone: ends what it took along (R15), and keeps what may go with the next. */
  lose(close: CloseInfo): void;
  /** Ends everything. */
  end(close: CloseInfo): void;
  /** Says what became of a call, which is over with that. */
  settle(call: C, error?: Failure, more?: More): void;
}
export declare function createOutbox<C extends Call>(
  { maxSize, rate, ref: path, isRefText, complete }: Protocol,
  { offline, resend, pace, maxQueued, maxAge, timeout, itemTimeout }: Behaviour,
  timers: Timers,
  emit: (effect: Effect<C>) => void,
): Outbox<C>;
export {};
