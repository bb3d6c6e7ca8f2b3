// What is to be sent, in its turn, and who waits for what comes of it.
//
// | a call is    | until                         | vector                                       |
// | ------------ | ----------------------------- | -------------------------------------------- |
// | in `queue`   | the client is open, it expires| a queue is bounded, ordered and ages         |
// | in `line`    | the socket and the rate allow | frames beyond the burst are spaced; one ...  |
// | in `pending` | a reply, the end, its time    | replies out of order find their requests     |
// | settled      | -                             | cancelling what is settled does nothing      |
import {
  ConnectionClosed,
  ConnectionLost,
  Expired,
  FrameTooLarge,
  NotConnected,
  QueueFull,
  Refused,
  TimedOut,
} from "./errors.js";
import { put } from "./frames.js";
export function createOutbox(
  { maxSize, rate, ref: path, isRefText, complete },
  {
    offline,
    resend,
    pace = true,
    maxQueued = 100,
    maxAge = 30_000,
    timeout = 10_000,
    itemTimeout,
  },
  timers,
  emit,
) {
  // In the order in which they were sent, which maps keep: a loss is told in it (R15).
  const pending = new Map();
  let queue = []; // for the next socket
  let line = []; // for the present one
  let next = 1; // the id of the next request
  let isFull = false;
  let paidUntil = 0; // up to when what was sent uses the rate up
  const isSafe = ({ kind, rules }) => kind === "request" && rules.idempotent;
  /** Whether a call may wait for a connection: a request may be out of date by then. */
  const mayWait = (call) =>
    offline === "queue" && (call.kind === "send" || isSafe(call));
  function settle(call, error, key, frame) {
    emit("settle", call, error, key, frame);
    timers.clear(call);
    pending.delete(call.ref);
    line = line.filter((item) => item !== call);
    queue = queue.filter((item) => item !== call);
  }
  /** Takes the calls out of the line. */
  const takeLine = () =>
    line.splice(0).filter((item) => typeof item !== "function");
  function enqueue(call) {
    queue.push(call);
    if (call.kind === "send")
      timers.after(maxAge, call, () =>
        settle(call, new Expired("Not in time.")),
      );
  }
  /** Ends a call unless something comes in time. What a stream would still bring is stopped. */
  function expect(call, time) {
    timers.after(time, call, () =>
      (call.kind === "stream" ? cancel : settle)(
        call,
        new TimedOut(`No reply in ${time} ms.`, { after: time }),
      ),
    );
  }
  const nextRef = () => (isRefText ? `${next}` : next);
  /** A frame as it is sent: with the next id, where something is to answer. */
  const textOf = ({ kind, frame }) =>
    JSON.stringify(
      path && kind !== "send" ? put(frame, path, nextRef()) : frame,
    );
  /** Settles a call whose frame is over the limit, with its id; returns whether it did. */
  function refuse(call) {
    const size = maxSize && new TextEncoder().encode(textOf(call)).length;
    if (!size || size <= maxSize) return false;
    settle(
      call,
      new FrameTooLarge(`${size} bytes are over ${maxSize}.`, {
        size,
        limit: maxSize,
      }),
    );
    return true;
  }
  function transmit(item) {
    if (typeof item === "function") return item();
    // The id is known only now: it may be longer than the one that was counted with.
    if (refuse(item)) return;
    emit("send", textOf(item));
    if (item.kind === "send" || !path) return settle(item);
    // Counted as it goes, and not before: ids stand in the order of what was sent, and what is
    // cancelled in the line takes none.
    item.ref = nextRef();
    next += 1;
    pending.set(item.ref, item);
  }
  function flush() {
    while (line.length && !isFull) {
      if (rate && pace) {
        // One of the burst is kept for frames that the network brings closer together.
        // A bucket of tokens, kept as one number: each frame moves `paidUntil` one interval on, and one
        // may go while that is no more than `burst - 2` intervals ahead. So `burst - 1` go at once.
        const interval = 1000 / rate.perSecond;
        const wait =
          paidUntil - Math.max(rate.burst - 2, 0) * interval - timers.now();
        if (wait > 0) return timers.after(wait, "pace", flush);
        paidUntil = Math.max(paidUntil, timers.now()) + interval;
      }
      transmit(line.shift());
    }
  }
  function post(frame, onSent) {
    line.push(() => {
      emit("send", JSON.stringify(frame));
      onSent?.();
    });
    flush();
  }
  function cancel(call, error) {
    const { cancel: frame, cancelsByRef } = call.rules;
    const wasSent = pending.has(call.ref);
    // What was not sent is only taken out of the line: the server never hears of it (R24).
    if (wasSent && frame)
      post(cancelsByRef ? put(frame, path, call.ref) : frame);
    if (wasSent || line.includes(call) || queue.includes(call))
      settle(call, error);
  }
  return {
    release() {
      for (const call of queue.splice(0)) {
        // From here on it waits for its turn, not for a connection: that is no reason to expire.
        if (call.kind === "send") timers.clear(call);
        line.push(call);
      }
      flush();
    },
    submit(call, state) {
      if (state && !mayWait(call))
        return settle(
          call,
          new NotConnected(`Not connected (${state.name}).`, { state }),
        );
      if (state && queue.length >= maxQueued)
        return settle(call, new QueueFull("The queue is full."));
      if (refuse(call)) return;
      // Before it goes: what is settled as it goes has its timer cleared then.
      if (call.kind !== "send") expect(call, call.timeout ?? timeout);
      if (state) enqueue(call);
      else line.push(call);
      flush();
    },
    post,
    block(isBlocked) {
      isFull = isBlocked;
      flush();
    },
    cancel,
    find: (ref) => pending.get(ref),
    answer(call, frame, key) {
      const { errors, end } = call.rules;
      // Before errors and items: it says that nothing comes, of any operation.
      if (key === complete) return settle(call);
      const refusal = errors?.includes(key)
        ? new Refused("See `reply`.", { reply: frame })
        : undefined;
      if (refusal || call.kind === "request")
        return settle(call, refusal, key, frame);
      const isEnd = !!end?.includes(key);
      // The message that ends it is an item too: it may carry something.
      emit("item", call, key, frame, isEnd);
      if (isEnd) return settle(call);
      timers.clear(call);
      const time = call.itemTimeout ?? itemTimeout;
      if (time !== undefined) expect(call, time);
    },
    lose(close) {
      // Copied: each of them is settled, or goes to the queue, and so leaves where it was.
      const calls = [...pending.values(), ...takeLine()];
      isFull = false;
      paidUntil = 0; // the next socket's rate is unused
      for (const call of calls) {
        const sent = call.ref !== undefined;
        // The line is as long as the user made it; the queue has its bound (R11).
        const isUnsent = !sent && mayWait(call) && queue.length < maxQueued;
        if (isUnsent || (resend && isSafe(call))) enqueue(call);
        else
          settle(
            call,
            new ConnectionLost(`Connection lost (${close.code}).`, {
              close,
              sent,
            }),
          );
      }
      pending.clear();
    },
    end(close) {
      for (const call of [...pending.values(), ...takeLine(), ...queue])
        settle(call, new ConnectionClosed(close));
    },
    settle,
  };
}
