// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

/// <reference lib="esnext.disposable" preserve="true" />
import type { Problem } from "./errors.js";
import type { Call, Frame } from "./protocol.js";
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
/** Something under way; the machine knows it as a call. */
export interface Pending extends Call {
  readonly onSettled: (
    error: Problem<unknown> | undefined,
    reply?: Frame,
  ) => void;
  readonly onItem: (frame: Frame, isEnd: boolean) => void;
}
export declare const asyncDispose: typeof Symbol.asyncDispose;
/** A promise and what settles it; it may fail without anybody to hear of it. */
export declare function promised<Value>(): {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
};
/** Items as they come. Leaving the loop, or `await using`, ends it at the server too. */
export interface Stream<Item, End = void>
  extends AsyncIterable<Item, undefined>, AsyncDisposable {
  /**
   * The message that ended it, if one did; fails as the loop does, and with `Cancelled` after it
   * was left.
   */
  readonly end: Promise<End>;
  /** Ends it before its time. */
  cancel(): Promise<void>;
}
