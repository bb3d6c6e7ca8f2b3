// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

// What a client's methods give: requests, and streams.
export const asyncDispose =
  Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");
/**
 * Items as they come. Leaving the loop, or `await using`, ends it at the server too.
 *
 * `end` is the message that ended it, if one did; it fails as the loop does, and with `Cancelled`
 * after it was left.
 */
export class Stream {
  end;
  #items;
  constructor(items, end) {
    this.#items = items;
    this.end = end;
    end.catch(() => undefined);
  }
  [Symbol.asyncIterator]() {
    return this.#items;
  }
  /** Ends it before its time. */
  async cancel() {
    await this.#items.return();
  }
  async [asyncDispose]() {
    await this.cancel();
  }
}
