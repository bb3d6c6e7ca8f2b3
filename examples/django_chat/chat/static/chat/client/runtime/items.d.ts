// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

import { Cancelled } from "./errors.js";
/** A bounded buffer between who brings and who takes. */
export declare class Items<T> implements AsyncIterator<T, undefined> {
  #private;
  /** `onLeave` is told when nothing more is wanted, at most once. */
  constructor(
    limit: number,
    onLeave: (error: "cancelled" | "overflow") => void,
  );
  /** Brings an item; one too many ends the whole (R23). */
  put(value: T): void;
  /** Nothing more comes, because of an error if there is one; what is here is still taken. */
  end(error?: unknown): void;
  next(): Promise<IteratorResult<T, undefined>>;
  /** Leaves: this is what `break` calls. */
  return(): Promise<IteratorResult<T, undefined>>;
}
/** Calls back when a signal says so; returns what forgets that. */
export declare function onAbort(
  signal: AbortSignal | undefined,
  abort: (error: Cancelled) => void,
): () => void;
