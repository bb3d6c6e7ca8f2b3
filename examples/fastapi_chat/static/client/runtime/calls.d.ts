// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

import type { Problem } from "./errors.js";
import type { Items } from "./items.js";
import type { Call, Effect, Frame, State } from "./protocol.js";
/** For one call. The times are milliseconds. */
export interface CallOptions {
  /** For the reply, or the first item. */
  readonly timeout?: number | undefined;
  /** Between two items of a stream. */
  readonly itemTimeout?: number | undefined;
  /** Ends it; it fails with `Cancelled`. */
  readonly signal?: AbortSignal | undefined;
}
/** How a request ended, for those who do not want exceptions. */
export type Result<Value, Refusal> =
  | {
      readonly ok: true;
      readonly value: Value;
      readonly error?: never;
    }
  | {
      readonly ok: false;
      readonly error: Problem<Refusal>;
      readonly value?: never;
    };
/** Asks for one reply; fails with a `ClientError`, and with `Refused` where that is the reply. */
export interface Request<Argument, Reply, Refusal> {
  (argument: Argument, options?: CallOptions): Promise<Reply>;
  /** The same without exceptions. */
  result(
    argument: Argument,
    options?: CallOptions,
  ): Promise<Result<Reply, Refusal>>;
}
/** A request that says nothing but what it is. */
export interface BareRequest<Reply, Refusal> {
  (options?: CallOptions): Promise<Reply>;
  /** The same without exceptions. */
  result(options?: CallOptions): Promise<Result<Reply, Refusal>>;
}
/** Asks for any number of replies. */
export type StreamRequest<Argument, Item, End> = (
  argument: Argument,
  options?: CallOptions,
) => Stream<Item, End>;
/** A stream whose request says nothing but what it is. */
export type BareStreamRequest<Item, End> = (
  options?: CallOptions,
) => Stream<Item, End>;
export type Settled = Extract<
  Effect<Pending>,
  {
    readonly do: "settle";
  }
>;
/** Something under way; the machine knows it as a call. */
export interface Pending extends Call {
  readonly onSettled: (effect: Settled, state: State) => void;
  readonly onItem: (frame: Frame, isEnd: boolean) => void;
}
export declare const asyncDispose: typeof Symbol.asyncDispose;
/**
 * Items as they come. Leaving the loop, or `await using`, ends it at the server too.
 *
 * `end` is the message that ended it, if one did; it fails as the loop does, and with `Cancelled`
 * after it was left.
 */
export declare class Stream<Item, End = void>
  implements AsyncIterable<Item>, AsyncDisposable
{
  #private;
  readonly end: Promise<End>;
  constructor(items: Items<Item>, end: Promise<End>);
  [Symbol.asyncIterator](): AsyncIterator<Item, undefined>;
  /** Ends it before its time. */
  cancel(): Promise<void>;
  [asyncDispose](): Promise<void>;
}
