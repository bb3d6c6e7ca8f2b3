import { Cancelled, Overflow } from "./errors.js";
/** A bounded buffer between who brings and who takes. */
export interface Items<T> extends AsyncIterator<T, undefined> {
  /** Brings an item; one too many ends the whole (R23). */
  put(value: T): void;
  /** Nothing more comes, because of an error if there is one; what is here is still taken. */
  end(error?: unknown): void;
  /** Leaves: this is what `break` calls. */
  return(): Promise<IteratorResult<T, undefined>>;
}
/** `onLeave` is told when nothing more is wanted, at most once. */
export declare function createItems<T>(
  limit: number,
  onLeave: (error: Cancelled | Overflow) => void,
): Items<T>;
/** Calls back when a signal says so; returns what forgets that. */
export declare function onAbort(
  signal: AbortSignal | undefined,
  abort: (error: Cancelled) => void,
): () => void;
