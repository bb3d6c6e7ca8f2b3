import { type Problem } from "./errors.js";
import type {
  Behaviour,
  Call,
  CloseInfo,
  Emit,
  Frame,
  Protocol,
  State,
} from "./protocol.js";
import type { Timers } from "./timers.js";
export interface Outbox<C> {
  /** The client is open: what is queued goes. */
  release(): void;
  /** Sends, or queues, or refuses to; `state` is where the client stands if it is not ready. */
  submit(call: C, state: State | undefined): void;
  /** Sends a frame of the machine itself, in its turn; `onSent` is told when it goes, if it does. */
  post(frame: Frame, onSent?: () => void): void;
  /** The socket takes nothing more, or does so again. */
  block(isBlocked: boolean): void;
  /** Ends a call that nobody waits for any more (R13, R24). */
  cancel(call: C, error: Problem<unknown>): void;
  /** The call that waits for a reply with an id. */
  find(ref: unknown): C | undefined;
  /** A frame came with the id of a call; `key` is its message's (R12, R13). */
  answer(call: C, frame: Frame, key: string): void;
  /** The socket is gone: ends what it took along (R15), and keeps what may go with the next. */
  lose(close: CloseInfo): void;
  /** Ends everything. */
  end(close: CloseInfo): void;
  /** Says what became of a call, which is over with that. */
  settle(call: C, error?: Problem<unknown>, key?: string, frame?: Frame): void;
}
export declare function createOutbox<C extends Call>(
  { maxSize, rate, ref: path, isRefText, complete }: Protocol,
  { offline, resend, pace, maxQueued, maxAge, timeout, itemTimeout }: Behaviour,
  timers: Timers,
  emit: Emit<C>,
): Outbox<C>;
