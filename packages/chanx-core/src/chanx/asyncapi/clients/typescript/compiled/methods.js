// The operations of a channel as methods.
import { Stream } from "./calls.js";
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
} from "./errors.js";
import { identify } from "./frames.js";
import { createItems, onAbort } from "./items.js";
/** A method for each operation, by its name. */
export function methodsOf(channel, host, options) {
  const request = (operation) => {
    const result = (...given) =>
      new Promise((resolve) => {
        begin(channel, host, operation, given, (frame, error) => {
          const isReply =
            frame && identify(frame, channel.incoming) !== channel.complete;
          const value = isReply ? frame : undefined;
          resolve(error ? { ok: false, error } : { ok: true, value });
        });
      });
    const method = async (...given) => {
      const { ok, value, error } = await result(...given);
      if (!ok) throw error;
      return value;
    };
    return Object.assign(method, { result });
  };
  const stream =
    (operation) =>
    (...given) => {
      const items = createItems(options.maxBuffered ?? 1024, (error) =>
        host.cancel(call, error),
      );
      let last;
      let onSettled;
      const end = new Promise((resolve, reject) => {
        onSettled = (_, error) => {
          items.end(error);
          if (error) reject(error);
          else resolve(last);
        };
      });
      const onItem = (frame, isEnd) => {
        if (isEnd) last = frame;
        else items.put(frame);
      };
      const call = begin(channel, host, operation, given, onSettled, onItem);
      return new Stream(items, end);
    };
  const methods = {};
  for (const [name, operation] of Object.entries(channel.operations))
    methods[name] = (operation.kind === "stream" ? stream : request)(operation);
  return methods;
}
/** What the caller said as a frame, and the options. */
function read({ frame, argument }, [first, second]) {
  if (argument === undefined) return [frame, first ?? {}];
  const said = argument ? { [argument]: first } : first;
  return [argument === null ? said : { ...frame, ...said }, second ?? {}];
}
function begin(
  channel,
  host,
  operation,
  given,
  onSettled,
  onItem = () => undefined,
) {
  const [frame, { signal, ...times }] = read(operation, given);
  let aborted;
  let isSettled = false;
  let forget = () => {};
  const call = {
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
  { error, sent, close, frame, amount = 0 },
  state,
  { maxSize = 0 },
) {
  switch (error) {
    case "server_error":
      return new Refused(frame);
    case "connection_lost":
      return new ConnectionLost(close, sent);
    case "closed":
      return new ConnectionClosed(close);
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
