// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

// What comes one after the other, for one who takes it with `for await`.
import { Cancelled, Overflow } from "./errors.js";
const DONE = { done: true, value: undefined };
/** A bounded buffer between who brings and who takes. */
export class Items {
  #limit;
  #onLeave;
  #items = [];
  #takers = [];
  #isOver = false;
  #error;
  /** `onLeave` is told when nothing more is wanted, at most once. */
  constructor(limit, onLeave) {
    this.#limit = limit;
    this.#onLeave = onLeave;
  }
  /** Brings an item; one too many ends the whole (R23). */
  put(value) {
    if (this.#isOver) return;
    const taker = this.#takers.shift();
    if (taker) taker.resolve({ done: false, value });
    else if (this.#items.length < this.#limit) this.#items.push(value);
    else {
      this.end(
        new Overflow(`More than ${this.#limit} items wait to be taken.`),
      );
      this.#onLeave("overflow");
    }
  }
  /** Nothing more comes, because of an error if there is one; what is here is still taken. */
  end(error) {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#error = error;
    for (const taker of this.#takers.splice(0)) this.#finish(taker);
  }
  next() {
    return new Promise((resolve, reject) => {
      if (this.#items.length > 0)
        resolve({ done: false, value: this.#items.shift() });
      else if (this.#isOver) this.#finish({ resolve, reject });
      else this.#takers.push({ resolve, reject });
    });
  }
  /** Leaves: this is what `break` calls. */
  async return() {
    this.#items = [];
    this.#error = undefined;
    if (!this.#isOver) {
      this.end();
      this.#onLeave("cancelled");
    }
    return DONE;
  }
  /** An error is told once. */
  #finish({ resolve, reject }) {
    const error = this.#error;
    this.#error = undefined;
    if (error === undefined) resolve(DONE);
    else reject(error);
  }
}
/** Calls back when a signal says so; returns what forgets that. */
export function onAbort(signal, abort) {
  if (!signal) return () => undefined;
  const listener = () =>
    abort(new Cancelled("Aborted by its signal.", { cause: signal.reason }));
  if (signal.aborted) listener();
  else signal.addEventListener("abort", listener, { once: true });
  return () => signal.removeEventListener("abort", listener);
}
