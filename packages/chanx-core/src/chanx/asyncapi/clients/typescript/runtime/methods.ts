// The operations of a channel as methods.

import {
  asyncDispose,
  promised,
  type CallOptions,
  type Pending,
} from "./calls.ts";
import type { Channel, Operation, Options } from "./client.ts";
import type { Problem } from "./errors.ts";
import { mapped } from "./frames.ts";
import { createItems, onAbort, type Items } from "./items.ts";
import type { Frame } from "./protocol.ts";

/** Who sends. */
export interface Host {
  submit(call: Pending): void;
  cancel(call: Pending, error: Problem<unknown>): void;
}

type Method = (...given: readonly unknown[]) => unknown;

/** A method for each operation, by its name. */
export function methodsOf(
  channel: Channel,
  { maxBuffered = 1024 }: Options,
  host: Host,
): { readonly [name: string]: Method } {
  function request(operation: Operation): Method {
    const ask = async (...given: readonly unknown[]) =>
      begin(operation, given).end;
    const result = (...given: readonly unknown[]) =>
      ask(...given).then(
        (value) => ({ ok: true, value }),
        (error: unknown) => ({ ok: false, error }),
      );
    return Object.assign(ask, { result });
  }

  const stream =
    (operation: Operation): Method =>
    (...given) => {
      const items = createItems<Frame>(maxBuffered, (error) =>
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
  function begin(
    operation: Operation,
    given: readonly unknown[],
    items?: Items<Frame>,
  ): { readonly call: Pending; readonly end: Promise<Frame | undefined> } {
    const [frame, { signal, ...times }] = read(operation, given);
    const { promise: end, resolve, reject } = promised<Frame | undefined>();
    let last: Frame | undefined;
    let aborted: Problem<unknown> | undefined;
    const call: Pending = {
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
function read(
  { frame, argument }: Operation,
  [first, second]: readonly unknown[],
): [Frame, CallOptions] {
  if (argument === undefined) return [frame, (first ?? {}) as CallOptions];
  const said = argument ? { [argument]: first } : (first as Frame);
  return [
    argument === null ? said : { ...frame, ...said },
    (second ?? {}) as CallOptions,
  ];
}
