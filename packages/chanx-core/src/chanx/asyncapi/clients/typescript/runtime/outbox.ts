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
  type Problem,
} from "./errors.ts";
import { put } from "./frames.ts";
import type {
  Behaviour,
  Call,
  CloseInfo,
  Emit,
  Frame,
  Protocol,
  Ref,
  State,
} from "./protocol.ts";
import type { Timers } from "./timers.ts";

/** Sends a frame of the machine itself, of which nobody waits to hear. */
type Own = () => void;

export interface Outbox<C> {
  /** The client is open: what is queued goes. */
  release(): void;
  /** Sends, or queues, or refuses to; `state` is where the client stands if it is not ready. */
  submit(call: C, state: State | undefined): void;
  /** Sends a frame of the machine itself, in its turn; `onSent` is told when it goes, if it does. */
  post(frame: Frame, onSent?: () => void): void;
  /** The socket takes nothing more, or does so again. */
  block(isBlocked: boolean): void;
  /** Ends a call that nobody waits for any more (R13, R24). */
  cancel(call: C, error: Problem<unknown>): void;
  /** The call that waits for a reply with an id. */
  find(ref: unknown): C | undefined;
  /** A frame came with the id of a call; `key` is its message's (R12, R13). */
  answer(call: C, frame: Frame, key: string): void;
  /** The socket is gone: ends what it took along (R15), and keeps what may go with the next. */
  lose(close: CloseInfo): void;
  /** Ends everything. */
  end(close: CloseInfo): void;
  /** Says what became of a call, which is over with that. */
  settle(call: C, error?: Problem<unknown>, key?: string, frame?: Frame): void;
}

export function createOutbox<C extends Call>(
  { maxSize, rate, ref: path, isRefText, complete }: Protocol,
  {
    offline,
    resend,
    pace = true,
    maxQueued = 100,
    maxAge = 30_000,
    timeout = 10_000,
    itemTimeout,
  }: Behaviour,
  timers: Timers,
  emit: Emit<C>,
): Outbox<C> {
  // In the order in which they were sent, which maps keep: a loss is told in it (R15).
  const pending = new Map<unknown, C>();
  let queue: C[] = []; // for the next socket
  let line: (C | Own)[] = []; // for the present one
  let next = 1; // the id of the next request
  let isFull = false;
  let paidUntil = 0; // up to when what was sent uses the rate up

  const isSafe = ({ kind, rules }: C): boolean | undefined =>
    kind === "request" && rules.idempotent;
  /** Whether a call may wait for a connection: a request may be out of date by then. */
  const mayWait = (call: C): boolean | undefined =>
    offline === "queue" && (call.kind === "send" || isSafe(call));

  function settle(
    call: C,
    error?: Problem<unknown>,
    key?: string,
    frame?: Frame,
  ): void {
    emit("settle", call, error, key, frame);
    timers.clear(call);
    pending.delete(call.ref);
    line = line.filter((item) => item !== call);
    queue = queue.filter((item) => item !== call);
  }

  /** Takes the calls out of the line. */
  const takeLine = (): C[] =>
    line.splice(0).filter((item): item is C => typeof item !== "function");

  function enqueue(call: C): void {
    queue.push(call);
    if (call.kind === "send")
      timers.after(maxAge, call, () =>
        settle(call, new Expired("Not in time.")),
      );
  }

  /** Ends a call unless something comes in time. What a stream would still bring is stopped. */
  function expect(call: C, time: number): void {
    timers.after(time, call, () =>
      (call.kind === "stream" ? cancel : settle)(
        call,
        new TimedOut(`No reply in ${time} ms.`, { after: time }),
      ),
    );
  }

  const nextRef = (): Ref => (isRefText ? `${next}` : next);

  /** A frame as it is sent: with the next id, where something is to answer. */
  const textOf = ({ kind, frame }: C): string =>
    JSON.stringify(
      path && kind !== "send" ? put(frame, path, nextRef()) : frame,
    );

  /** Settles a call whose frame is over the limit, with its id; returns whether it did. */
  function refuse(call: C): boolean {
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

  function transmit(item: C | Own): void {
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

  function flush(): void {
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
      transmit(line.shift()!);
    }
  }

  function post(frame: Frame, onSent?: () => void): void {
    line.push(() => {
      emit("send", JSON.stringify(frame));
      onSent?.();
    });
    flush();
  }

  function cancel(call: C, error: Problem<unknown>): void {
    const { cancel: frame, cancelsByRef } = call.rules;
    const wasSent = pending.has(call.ref);
    // What was not sent is only taken out of the line: the server never hears of it (R24).
    if (wasSent && frame)
      post(cancelsByRef ? (put(frame, path!, call.ref) as Frame) : frame);
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
