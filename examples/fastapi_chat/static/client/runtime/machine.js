// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

// The behaviour of a client, without sockets and clocks: inputs go in, effects come out.
//
// Rules R1 to R26 are in docs/client-rules.md; the vectors that check them also name the rows below.
// All times are milliseconds, from any origin.
//
// | phase   | state      | waits for                | vector                                           |
// | ------- | ---------- | ------------------------ | ------------------------------------------------ |
// | idle    | idle       | connect                  | connect and close                                |
// | token   | connecting | the token provider       | 4401 asks for a new token once                   |
// | opening | connecting | the socket, ready message| open only after the ready message                |
// | hooking | connecting | the hook                 | the hook runs before what is queued and may ...  |
// | open    | open       | frames, calls            | request and reply, refs are never reused         |
// | waiting | waiting    | the next attempt         | full jitter doubles up to the cap                |
// | closed  | closed     | nothing                  | closing rejects everything and wins over a timer |
import { at, isRefusal, matches } from "./frames.js";
import { createOutbox } from "./outbox.js";
import { verdictOf } from "./protocol.js";
import { createTimers } from "./timers.js";
export function createMachine(protocol, options = {}, random = Math.random) {
  const { heartbeat, ready, ref: path } = protocol;
  const { hasToken, hasHook, decide, maxAttempts = Infinity } = options;
  const {
    openTimeout = 10_000,
    sendTimeout = 10_000,
    pongTimeout = 10_000,
  } = options;
  const { pingInterval = heartbeat?.interval ?? 25_000 } = options;
  const timers = createTimers();
  let effects = [];
  const emit = (effect) => effects.push(effect);
  const outbox = createOutbox(protocol, options, timers, emit);
  let state = { name: "idle" };
  let phase = "idle";
  let token;
  let asks = hasToken ? "connect" : undefined; // before the next attempt
  let failures = 0;
  let hasRefreshed = false; // since the last good connection
  let refreshes = 0; // since the last stable one
  let untold = 0; // attempts in a row that never opened and told no reason
  let wasOpen = false;
  let isHidden = false;
  const isReady = () => phase === "hooking" || phase === "open";
  const hasSocket = () => phase === "opening" || isReady();
  function take() {
    const taken = effects;
    effects = [];
    return taken;
  }
  function become(next) {
    state = next;
    emit({ do: "state", state });
  }
  function attempt() {
    timers.clear("retry");
    become({ name: "connecting", attempt: failures });
    if (!asks) return open();
    phase = "token";
    emit({ do: "need", reason: asks });
  }
  function open() {
    phase = "opening";
    emit({ do: "open", token });
    timers.after(openTimeout, "open", drop);
  }
  function prepare() {
    phase = "hooking";
    outbox.begin();
    emit({ do: "hook", first: !wasOpen });
    if (!hasHook) begin();
  }
  function begin() {
    phase = "open";
    timers.clear("open");
    become({ name: "open", first: !wasOpen });
    wasOpen = true;
    hasRefreshed = false;
    timers.after(5_000, "stable", () => (failures = refreshes = 0));
    hear();
    outbox.release();
  }
  function drop() {
    emit({ do: "drop", code: 1006, reason: "" });
    lose(1006, "");
  }
  function lose(code, reason) {
    const { retry = verdictOf(code), meaning } =
      protocol.closeCodes?.[code] ?? {};
    const told = { code, reason, verdict: retry, meaning };
    const verdict = decide?.(told) ?? retry;
    const close = { ...told, verdict };
    untold = phase !== "open" && code === 1006 ? untold + 1 : 0;
    timers.clear("open", "stable", "silence", "pong", "send", "pace");
    outbox.lose(close);
    if (verdict === "never") return finish("refused", close);
    if (verdict !== "refresh") return wait(close);
    if (!hasToken || hasRefreshed) return finish("refused", close);
    hasRefreshed = true;
    asks = "rejected";
    refreshes += 1;
    // A server that accepts only to refuse would have the provider asked without a pause.
    if (refreshes > 2) wait(close);
    else attempt();
  }
  function wait(close) {
    failures += 1;
    if (failures > maxAttempts) return finish("gave_up", close);
    if (hasToken && untold === 3) {
      untold = 0;
      asks = "unknown";
    }
    const cap = Math.min(30_000, 500 * 2 ** (failures - 1));
    const longest = close.verdict === "spread" ? Math.max(5_000, cap) : cap;
    const retryIn = Math.max(100, random() * longest);
    phase = "waiting";
    become({ name: "waiting", attempt: failures, retryIn, close });
    timers.after(retryIn, "retry", attempt);
  }
  function finish(why, close) {
    outbox.end(close);
    timers.clearAll();
    phase = "closed";
    become({ name: "closed", why, close });
  }
  /** Any frame shows that the connection is alive (R10). */
  function hear() {
    if (phase !== "open" || !heartbeat) return;
    timers.clear("pong");
    timers.after(pingInterval, "silence", ping);
  }
  function ping() {
    if (!heartbeat) return;
    timers.clear("silence");
    timers.after(pongTimeout, "pong", () => (isHidden ? hear() : drop()));
    outbox.post(heartbeat.ping);
  }
  return {
    state: () => state,
    due: timers.due,
    advance(now) {
      timers.advance(now);
      return take();
    },
    connect() {
      if (phase === "idle") attempt();
      return take();
    },
    close(code = 1000, reason = "") {
      if (phase === "closed") return [];
      const hadSocket = hasSocket();
      const close = { code, reason, verdict: "never" };
      outbox.end(close);
      if (hadSocket) emit({ do: "drop", code, reason });
      finish("by_client", close);
      return take();
    },
    wake() {
      const isDue = isHidden || !timers.has("pong");
      isHidden = false;
      if (phase === "waiting") attempt();
      else if (phase === "open" && isDue) ping();
      return take();
    },
    hide() {
      isHidden = true;
    },
    token(given, error) {
      const isAwaited = phase === "token";
      if (!error) {
        token = given ?? undefined;
        asks = undefined;
        if (isAwaited) open();
      } else if (isAwaited) {
        const verdict = error === "failed" ? "backoff" : "never";
        const close = {
          code: 4401,
          reason: "There is no token.",
          verdict,
        };
        if (error === "failed") wait(close);
        else finish("refused", close);
      }
      return take();
    },
    opened() {
      if (phase === "opening" && !ready) prepare();
      return take();
    },
    hooked(failed) {
      if (phase === "hooking") (failed ? drop : begin)();
      return take();
    },
    lost(code, reason = "") {
      // Deno says 0 where others say 1006.
      if (hasSocket()) lose(code || 1006, reason);
      return take();
    },
    received(frame, key, problem) {
      if (!hasSocket()) return [];
      hear();
      const ref = path && at(frame, path);
      const call = outbox.find(ref);
      const isPong =
        ref === undefined && heartbeat && matches(frame, heartbeat.pong);
      if (problem) {
        emit({ do: "unknown", frame, problem });
        if (call) outbox.settle(call, "invalid");
      } else if (call) {
        outbox.answer(call, frame, key);
      } else if (!isPong && protocol.messages.includes(key)) {
        emit({ do: "message", key: key, frame: frame });
        if (phase === "opening" && key === ready && !isRefusal(frame))
          prepare();
      } else if (!isPong) {
        emit({ do: "unknown", frame, problem: "no_message" });
      }
      return take();
    },
    submit(call) {
      if (state.name === "closed")
        outbox.settle(call, "closed", { close: state.close });
      else outbox.submit(call, isReady());
      return take();
    },
    cancel(call, error = "cancelled") {
      outbox.cancel(call, error);
      return take();
    },
    blocked(isBlocked) {
      if (!isBlocked) timers.clear("send");
      else if (isReady() && !timers.has("send"))
        timers.after(sendTimeout, "send", drop);
      outbox.block(isBlocked);
      return take();
    },
  };
}
