// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

// The operations of a channel as methods.
import { asyncDispose, promised } from "./calls.js";
import { mapped } from "./frames.js";
import { createItems, onAbort } from "./items.js";
/** A method for each operation, by its name. */
export function methodsOf(channel, { maxBuffered = 1024 }, host) {
  function request(operation) {
    const ask = async (...given) => begin(operation, given).end;
    const result = (...given) =>
      ask(...given).then(
        (value) => ({ ok: true, value }),
        (error) => ({ ok: false, error }),
      );
    return Object.assign(ask, { result });
  }
  const stream =
    (operation) =>
    (...given) => {
      const items = createItems(maxBuffered, (error) =>
        host.cancel(call, error),
      );
      const { call, end } = begin(operation, given, items);
      const cancel = async () => void (await items.return());
      return {
        end,
        cancel,
        [asyncDispose]: cancel,
        [Symbol.asyncIterator]: () => items,
      };
    };
  /** Sends; `end` is what came last, and the items are what came before. */
  function begin(operation, given, items) {
    const [frame, { signal, ...times }] = read(operation, given);
    const { promise: end, resolve, reject } = promised();
    let last;
    let aborted;
    const call = {
      ...times,
      kind: operation.kind,
      // As it is now: it may wait. What is no JSON, as a BigInt, is the caller's failure alone.
      frame: JSON.parse(JSON.stringify(frame)),
      rules: operation,
      onItem(item, isEnd) {
        if (isEnd) last = item;
        else items?.put(item);
      },
      onSettled(error, reply) {
        forget();
        items?.end(error);
        if (error) reject(error);
        else resolve(last ?? reply);
      },
    };
    const forget = onAbort(signal, (error) => {
      aborted = error;
      host.cancel(call, error);
    });
    // It was aborted before: no machine knows of the call, and none will say what became of it.
    if (aborted) call.onSettled(aborted);
    else host.submit(call);
    return { call, end };
  }
  return mapped(channel.operations, (operation) =>
    (operation.kind === "stream" ? stream : request)(operation),
  );
}
/** What the caller said as a frame, and the options. */
function read({ frame, argument }, [first, second]) {
  if (argument === undefined) return [frame, first ?? {}];
  const said = argument ? { [argument]: first } : first;
  return [argument === null ? said : { ...frame, ...said }, second ?? {}];
}
