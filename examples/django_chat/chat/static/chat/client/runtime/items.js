// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

// What comes one after the other, for one who takes it with `for await`.
import { Cancelled, Overflow } from "./errors.js";
/** `onLeave` is told when nothing more is wanted, at most once. */
export function createItems(limit, onLeave) {
  let items = [];
  const takers = [];
  let isOver = false;
  let error;
  function end(reason) {
    if (isOver) return;
    isOver = true;
    error = reason;
    for (const take of takers.splice(0)) take();
  }
  async function next() {
    while (!items.length && !isOver)
      await new Promise((resolve) => takers.push(resolve));
    if (!items.length && error) {
      const reason = error;
      error = undefined; // it is told once
      throw reason;
    }
    const done = !items.length;
    return { done, value: items.shift() };
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
export function onAbort(signal, abort) {
  const listener = () =>
    abort(new Cancelled("Cancelled.", { cause: signal.reason }));
  if (signal?.aborted) listener();
  signal?.addEventListener("abort", listener);
  return () => signal?.removeEventListener("abort", listener);
}
