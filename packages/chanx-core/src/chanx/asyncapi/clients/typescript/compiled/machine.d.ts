import { type Problem } from "./errors.js";
import type { Behaviour, Call, Emit, Protocol, State } from "./protocol.js";
/** What the host knows of a user's choices: whether there are a provider and a hook. */
export interface MachineOptions extends Behaviour {
  readonly hasToken?: boolean | undefined;
  readonly hasHook?: boolean | undefined;
}
/** Of one client. */
export interface Machine<C extends Call> {
  readonly inputs: Inputs<C>;
  state(): State;
  /** When `advance` is to be called; undefined for never. */
  due(): number | undefined;
  /** It is `now`. To be called before any input, and when something is due. */
  advance(now: number): void;
}
/** What a machine is told. Each input has its effects done, in order. */
export interface Inputs<C extends Call> {
  connect(): void;
  /** The user has had enough (R19). */
  close(code: number, reason: string): void;
  /** The network is back, or the page is seen again: waits no longer (R8). */
  wake(): void;
  /** The page is not seen: its timers may be late, so that nothing counts as missed (R8). */
  hide(): void;
  /** What the provider gave; null for no token (R9). */
  token(token: string | null): void;
  /** The provider failed; `isFinal` says whether there will be no token (R9). */
  failed(isFinal: boolean): void;
  /** The socket is open. */
  opened(): void;
  /** The hook has ended (R16). */
  hooked(failed?: boolean): void;
  /** The socket is closed; a refused handshake has 4000 and the status as its code. */
  lost(code: number, reason: string): void;
  /** A frame came. `key` is its message's; undefined for none, `problem` where it is wrong. */
  received(frame: unknown, key: string | undefined, problem?: string): void;
  /** Sends, now or in its turn; what becomes of it is settled. */
  submit(call: C): void;
  /** Nobody waits for it any more (R24); of a stream, this is how it is left (R13). */
  cancel(call: C, error: Problem<unknown>): void;
  /** The socket takes nothing more, or does so again (R23); true once more if it took some. */
  blocked(isBlocked: boolean): void;
}
export declare function createMachine<C extends Call>(
  protocol: Protocol,
  options: MachineOptions,
  emit: Emit<C>,
  random?: () => number,
): Machine<C>;
