// What is to be sent, in its turn, and who waits for what comes of it.
//
// | a call is    | until                         | vector                                       |
// | ------------ | ----------------------------- | -------------------------------------------- |
// | in `queue`   | the client is open, it expires| a queue is bounded, ordered and ages         |
// | in `line`    | the socket and the rate allow | frames beyond the burst are spaced; one ...  |
// | in `pending` | a reply, the end, its time    | replies out of order find their requests     |
// | settled      | -                             | cancelling what is settled does nothing      |

import { put } from "./frames.ts";
import type {
  Behaviour,
  Call,
  CloseInfo,
  Effect,
  Failure,
  Frame,
  Protocol,
  Ref,
} from "./protocol.ts";
import type { Timers } from "./timers.ts";

/** A frame of the machine itself, of which nobody waits to hear. */
interface Own {
  readonly own: Frame;
}

interface More {
  readonly frame?: Frame;
  readonly close?: CloseInfo;
  readonly amount?: number;
}

export interface Outbox<C> {
  /** A new socket is ready: its rate is unused. */
  begin(): void;
  /** The client is open: what is queued goes. */
  release(): void;
  /** Sends, or queues, or refuses to; `isReady` says whether the socket is. */
  submit(call: C, isReady: boolean): void;
  /** Sends a frame of the machine itself. */
  post(own: Frame): void;
  /** The socket takes nothing more, or does so again. */
  block(isBlocked: boolean): void;
  /** Ends a call that nobody waits for any more (R13, R24). */
  cancel(call: C, error: Failure, more?: More): void;
  /** The call that waits for a reply with an id. */
  find(ref: unknown): C | undefined;
  /** A frame came with the id of a call; `key` is its message's (R12, R13). */
  answer(call: C, frame: Frame, key: string | undefined): void;
  /** The socket is gone: ends what it took along (R15), and keeps what may go with the next. */
  lose(close: CloseInfo): void;
  /** Ends everything. */
  end(close: CloseInfo): void;
  /** Says what became of a call, which is over with that. */
  settle(call: C, error?: Failure, more?: More): void;
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
  emit: (effect: Effect<C>) => void,
): Outbox<C> {
  const pending = new Map<unknown, C>();
  let queue: C[] = []; // for the next socket
  let line: (C | Own)[] = []; // for the present one
  let refs = 0;
  let isFull = false;
  let paidUntil = 0; // up to when what was sent uses the rate up

  /** Whether a call may wait for a connection: a request may be out of date by then. */
  const mayWait = ({ kind, rules }: C): boolean =>
    kind === "send" || (kind === "request" && rules.idempotent === true);
  const isPending = (call: C): boolean => pending.get(call.ref) === call;

  function settle(call: C, error?: Failure, more: More = {}): void {
    const sent = call.ref !== undefined || error === undefined;
    emit({ do: "settle", call, sent, error, ...more });
    timers.clear(call);
    pending.delete(call.ref);
    line = line.filter((item) => item !== call);
    queue = queue.filter((item) => item !== call);
  }

  function enqueue(call: C): void {
    queue.push(call);
    if (call.kind === "send")
      timers.after(maxAge, call, () => settle(call, "expired"));
  }

  /** Ends a call unless something comes in time. What a stream would still bring is stopped. */
  function expect(call: C, time: number): void {
    timers.after(time, call, () =>
      (call.kind === "stream" ? cancel : settle)(call, "timeout", {
        amount: time,
      }),
    );
  }

  /** A call's frame, with the next id where it has one. */
  function dressed(call: C): { readonly frame: Frame; readonly ref?: Ref } {
    if (call.kind === "send" || !path) return { frame: call.frame };
    const ref = isRefText ? String(refs + 1) : refs + 1;
    return { frame: put(call.frame, path, ref) as Frame, ref };
  }

  function transmit(item: C | Own): void {
    const { frame, ref } = isCall(item) ? dressed(item) : { frame: item.own };
    emit({ do: "send", frame, text: JSON.stringify(frame) });
    if (!isCall(item)) return;
    if (ref === undefined) return settle(item);
    refs += 1;
    item.ref = ref;
    pending.set(ref, item);
  }

  function flush(): void {
    while (line.length && !isFull) {
      if (rate && pace) {
        // One of the burst is kept for frames that the network brings closer together.
        const interval = 1000 / rate.perSecond;
        const wait =
          paidUntil - Math.max(rate.burst - 2, 0) * interval - timers.now();
        if (wait > 0) return timers.after(wait, "pace", flush);
        paidUntil = Math.max(paidUntil, timers.now()) + interval;
      }
      transmit(line.shift()!);
    }
  }

  function post(own: Frame): void {
    line.push({ own });
    flush();
  }

  function cancel(call: C, error: Failure, more?: More): void {
    const { cancel: frame, cancelsByRef } = call.rules;
    const wasSent = isPending(call);
    if (wasSent && frame)
      post(cancelsByRef ? (put(frame, path!, call.ref) as Frame) : frame);
    if (wasSent || line.includes(call) || queue.includes(call))
      settle(call, error, more);
  }

  return {
    begin: () => (paidUntil = 0),
    release() {
      for (const call of queue.splice(0)) {
        if (call.kind === "send") timers.clear(call);
        line.push(call);
      }
      flush();
    },
    submit(call, isReady) {
      const amount =
        maxSize &&
        new TextEncoder().encode(JSON.stringify(dressed(call).frame)).length;
      if (!isReady && !(offline === "queue" && mayWait(call)))
        return settle(call, "not_connected");
      if (!isReady && queue.length >= maxQueued)
        return settle(call, "queue_full");
      if (amount && amount > maxSize)
        return settle(call, "too_large", { amount });
      if (call.kind !== "send") expect(call, call.timeout ?? timeout);
      if (isReady) line.push(call);
      else enqueue(call);
      flush();
    },
    post,
    block(isBlocked) {
      isFull = isBlocked;
      flush();
    },
    cancel,
    find: (ref) => pending.get(ref),
    answer(call, frame, key = "") {
      const { errors = ["error"], end = [] } = call.rules;
      if (errors.includes(key)) return settle(call, "server_error", { frame });
      if (call.kind === "request") return settle(call, undefined, { frame });
      const isComplete = key === complete;
      const isEnd = end.includes(key);
      if (!isComplete) emit({ do: "item", call, frame, isEnd });
      if (isComplete || isEnd) return settle(call);
      timers.clear(call);
      const time = call.itemTimeout ?? itemTimeout;
      if (time !== undefined) expect(call, time);
    },
    lose(close) {
      const calls = [...pending.values(), ...line.splice(0).filter(isCall)];
      isFull = false;
      for (const call of calls) {
        const { kind, rules } = call;
        const mayRepeat = resend && kind === "request" && rules.idempotent;
        const mayGo = offline === "queue" && mayWait(call) && !isPending(call);
        if (mayRepeat || mayGo) enqueue(call);
        else settle(call, "connection_lost", { close });
      }
      pending.clear();
    },
    end(close) {
      const own = line.splice(0).filter(isCall);
      for (const call of [...pending.values(), ...own, ...queue])
        settle(call, "closed", { close });
    },
    settle,
  };
}

const isCall = <C extends Call>(item: C | Own): item is C => !("own" in item);
