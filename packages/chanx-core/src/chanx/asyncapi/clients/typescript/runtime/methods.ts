// The operations of a channel as methods.

import {
  Stream,
  type CallOptions,
  type Pending,
  type Settled,
} from "./calls.ts";
import type { Channel, Operation, Options } from "./client.ts";
import {
  Cancelled,
  ConnectionClosed,
  ConnectionLost,
  Expired,
  FrameTooLarge,
  InvalidReply,
  NotConnected,
  Overflow,
  QueueFull,
  Refused,
  TimedOut,
  type Problem,
} from "./errors.ts";
import { identify } from "./frames.ts";
import { createItems, onAbort } from "./items.ts";
import type { Frame, State } from "./protocol.ts";

/** Who sends. */
export interface Host {
  submit(call: Pending): void;
  cancel(call: Pending, error: "cancelled" | "overflow"): void;
}

type Method = (...given: readonly unknown[]) => unknown;
type OnSettled = (frame: Frame | undefined, error?: Problem<unknown>) => void;

/** A method for each operation, by its name. */
export function methodsOf(
  channel: Channel,
  host: Host,
  options: Options,
): { readonly [name: string]: Method } {
  const request = (operation: Operation): Method => {
    const result = (...given: readonly unknown[]) =>
      new Promise<{ ok: boolean; value?: unknown; error?: unknown }>(
        (resolve) => {
          begin(channel, host, operation, given, (frame, error) => {
            const isReply =
              frame && identify(frame, channel.incoming) !== channel.complete;
            const value = isReply ? frame : undefined;
            resolve(error ? { ok: false, error } : { ok: true, value });
          });
        },
      );
    const method = async (...given: readonly unknown[]) => {
      const { ok, value, error } = await result(...given);
      if (!ok) throw error;
      return value;
    };
    return Object.assign(method, { result });
  };

  const stream =
    (operation: Operation): Method =>
    (...given) => {
      const items = createItems<Frame>(options.maxBuffered ?? 1024, (error) =>
        host.cancel(call, error),
      );
      let last: Frame | undefined;
      let onSettled!: OnSettled;
      const end = new Promise<unknown>((resolve, reject) => {
        onSettled = (_, error) => {
          items.end(error);
          if (error) reject(error);
          else resolve(last);
        };
      });
      const onItem = (frame: Frame, isEnd: boolean) => {
        if (isEnd) last = frame;
        else items.put(frame);
      };
      const call = begin(channel, host, operation, given, onSettled, onItem);
      return new Stream(items, end);
    };

  const methods: { [name: string]: Method } = {};
  for (const [name, operation] of Object.entries(channel.operations))
    methods[name] = (operation.kind === "stream" ? stream : request)(operation);
  return methods;
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

function begin(
  channel: Channel,
  host: Host,
  operation: Operation,
  given: readonly unknown[],
  onSettled: OnSettled,
  onItem: Pending["onItem"] = () => undefined,
): Pending {
  const [frame, { signal, ...times }] = read(operation, given);
  let aborted: Cancelled | undefined;
  let isSettled = false;
  let forget = () => {};
  const call: Pending = {
    ...times,
    kind: operation.kind,
    frame,
    rules: operation,
    onItem,
    onSettled: (effect, state) => {
      isSettled = true;
      forget();
      onSettled(effect.frame, aborted ?? problemOf(effect, state, channel));
    },
  };
  if (signal?.aborted) {
    onAbort(signal, (error) => onSettled(undefined, error));
    return call;
  }
  host.submit(call);
  if (!isSettled)
    forget = onAbort(signal, (error) => {
      aborted = error;
      host.cancel(call, "cancelled");
    });
  return call;
}

/** Why a call did not succeed; undefined if it did. */
function problemOf(
  { error, sent, close, frame, amount = 0 }: Settled,
  state: State,
  { maxSize = 0 }: Channel,
): Problem<unknown> | undefined {
  switch (error) {
    case "server_error":
      return new Refused(frame);
    case "connection_lost":
      return new ConnectionLost(close!, sent);
    case "closed":
      return new ConnectionClosed(close!);
    case "timeout":
      return new TimedOut(amount);
    case "too_large":
      return new FrameTooLarge(amount, maxSize);
    case "not_connected":
      return new NotConnected(state);
    case "queue_full":
      return new QueueFull("The queue is full.");
    case "expired":
      return new Expired("Not sent in time.");
    case "overflow":
      return new Overflow("Too many items wait.");
    case "invalid":
      return new InvalidReply("The reply is invalid.");
    case "cancelled":
      return new Cancelled("Cancelled.");
    default:
      return undefined;
  }
}
