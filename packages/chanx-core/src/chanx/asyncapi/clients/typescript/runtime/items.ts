// What comes one after the other, for one who takes it with `for await`.

import { Cancelled, Overflow } from "./errors.ts";

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
export function createItems<T>(
  limit: number,
  onLeave: (error: Cancelled | Overflow) => void,
): Items<T> {
  let items: T[] = [];
  const takers: (() => void)[] = [];
  let isOver = false;
  let error: unknown;

  function end(reason?: unknown): void {
    if (isOver) return;
    isOver = true;
    error = reason;
    for (const take of takers.splice(0)) take();
  }

  async function next(): Promise<IteratorResult<T, undefined>> {
    while (!items.length && !isOver)
      await new Promise<void>((resolve) => takers.push(resolve));
    if (!items.length && error) {
      const reason = error;
      error = undefined; // it is told once
      throw reason;
    }
    const done = !items.length;
    return { done, value: items.shift() } as IteratorResult<T, undefined>;
  }

  return {
    put(value) {
      if (isOver) return;
      if (items.length >= limit) {
        const overflow = new Overflow("The buffer is full.");
        end(overflow);
        onLeave(overflow);
      } else {
        items.push(value);
        takers.shift()?.();
      }
    },
    end,
    next,
    async return() {
      // Who leaves a loop wants nothing more, and is not told why there would have been no more.
      items = [];
      error = undefined;
      if (!isOver) {
        end();
        onLeave(new Cancelled("Cancelled."));
      }
      return next();
    },
  };
}

/** Calls back when a signal says so; returns what forgets that. */
export function onAbort(
  signal: AbortSignal | undefined,
  abort: (error: Cancelled) => void,
): () => void {
  const listener = () =>
    abort(new Cancelled("Cancelled.", { cause: signal!.reason }));
  if (signal?.aborted) listener();
  signal?.addEventListener("abort", listener);
  return () => signal?.removeEventListener("abort", listener);
}
