// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

import type { Behaviour, Call, Effect, Protocol, State } from "./protocol.js";
/** What the host knows of a user's choices: whether there are a provider and a hook. */
export interface MachineOptions extends Behaviour {
  readonly hasToken?: boolean | undefined;
  readonly hasHook?: boolean | undefined;
}
/** Of one client; every input returns its effects, in order. */
export interface Machine<C extends Call> {
  state(): State;
  /** When `advance` is to be called; undefined for never. */
  due(): number | undefined;
  /** It is `now`. To be called before any other input, and when something is due. */
  advance(now: number): Effect<C>[];
  connect(): Effect<C>[];
  /** The user has had enough (R19). */
  close(code?: number, reason?: string): Effect<C>[];
  /** The network is back, or the page is seen again: waits no longer (R8). */
  wake(): Effect<C>[];
  /** The page is not seen: its timers may be late, so that nothing counts as missed (R8). */
  hide(): void;
  /** What the provider gave, null for no token; or why it gave none (R9). */
  token(token: string | null, error?: "failed" | "unauthorized"): Effect<C>[];
  /** The socket is open. */
  opened(): Effect<C>[];
  /** The hook has ended (R16). */
  hooked(failed?: boolean): Effect<C>[];
  /** The socket is closed; a refused handshake has 4000 and the status as its code. */
  lost(code: number, reason?: string): Effect<C>[];
  /** A frame came. `key` is its message's; undefined for none, `problem` where it is wrong. */
  received(
    frame: unknown,
    key: string | undefined,
    problem?: string,
  ): Effect<C>[];
  /** Sends, now or in its turn; what becomes of it is settled. */
  submit(call: C): Effect<C>[];
  /** Nobody waits for it any more (R24); of a stream, this is how it is left (R13). */
  cancel(call: C, error?: "cancelled" | "overflow"): Effect<C>[];
  /** The socket takes nothing more, or does so again (R23). */
  blocked(isBlocked: boolean): Effect<C>[];
}
export declare function createMachine<C extends Call>(
  protocol: Protocol,
  options?: MachineOptions,
  random?: () => number,
): Machine<C>;
