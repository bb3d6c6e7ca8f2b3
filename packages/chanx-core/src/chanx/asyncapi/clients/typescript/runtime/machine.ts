// The behaviour of a client, without sockets and clocks: inputs go in, effects come out.
//
// Rules R1 to R27 are in docs/client-rules.md; the vectors that check them also name the rows below.
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

import { ConnectionClosed, InvalidReply, type Problem } from "./errors.ts";
import { at, isRefusal } from "./frames.ts";
import { createOutbox } from "./outbox.ts";
import type {
  Behaviour,
  Call,
  CloseInfo,
  Emit,
  Frame,
  Protocol,
  State,
  TokenReason,
} from "./protocol.ts";
import { verdictOf } from "./protocol.ts";
import { createTimers } from "./timers.ts";

/** What the host knows of a user's choices: whether there are a provider and a hook. */
export interface MachineOptions extends Behaviour {
  readonly hasToken?: boolean | undefined;
  readonly hasHook?: boolean | undefined;
}

/** Of one client. */
export interface Machine<C extends Call> {
  readonly inputs: Inputs<C>;
  state(): State;
  /** When `advance` is to be called; undefined for never. */
  due(): number | undefined;
  /** It is `now`. To be called before any input, and when something is due. */
  advance(now: number): void;
}

/** What a machine is told. Each input has its effects done, in order. */
export interface Inputs<C extends Call> {
  connect(): void;
  /** The user has had enough (R19). */
  close(code: number, reason: string): void;
  /** The network is back, or the page is seen again: waits no longer (R8). */
  wake(): void;
  /** The page is not seen: its timers may be late, so that nothing counts as missed (R8). */
  hide(): void;
  /** What the provider gave; null for no token (R9). */
  token(token: string | null): void;
  /** The provider failed; `isFinal` says whether there will be no token (R9). */
  failed(isFinal: boolean): void;
  /** The socket is open. */
  opened(): void;
  /** The hook has ended (R16). */
  hooked(failed?: boolean): void;
  /** The socket is closed; a refused handshake has 4000 and the status as its code. */
  lost(code: number, reason: string): void;
  /** A frame came. `key` is its message's; undefined for none, `problem` where it is wrong. */
  received(frame: unknown, key: string | undefined, problem?: string): void;
  /** Sends, now or in its turn; what becomes of it is settled. */
  submit(call: C): void;
  /** Nobody waits for it any more (R24); of a stream, this is how it is left (R13). */
  cancel(call: C, error: Problem<unknown>): void;
  /** The socket takes nothing more, or does so again (R23); true once more if it took some. */
  blocked(isBlocked: boolean): void;
}

export function createMachine<C extends Call>(
  protocol: Protocol,
  options: MachineOptions,
  emit: Emit<C>,
  random: () => number = Math.random,
): Machine<C> {
  const { heartbeat, serverHeartbeat, ready, reconnect, ref: path } = protocol;
  const {
    hasToken,
    hasHook,
    decide,
    maxAttempts,
    openTimeout = 10_000,
    sendTimeout = 10_000,
    pongTimeout = 10_000,
    pingInterval = heartbeat?.interval ?? 25_000,
  } = options;
  // Shared with the outbox, which times its calls under themselves. "phase" is one timer for what
  // no two phases have at once: the next attempt, the time for opening, the time until R5 forgets.
  const timers = createTimers();
  const outbox = createOutbox<C>(protocol, options, timers, emit);
  let state: State = { name: "idle" };
  let phase: State["name"] | "token" | "opening" | "hooking" = "idle";
  let token: string | undefined;
  let asks: TokenReason | undefined = hasToken ? "connect" : undefined; // before the next attempt
  let failures = 0;
  let hasRefreshed = false; // since the last good connection
  let refreshes = 0; // since the last stable one
  let told = 0; // seconds after which the server wants the client back; 0 for nothing said
  let untold = 0; // attempts in a row that never opened and told no reason
  let wasOpen = false;
  let isAsked = false; // whether a ping, sent or not, waits for its answer
  let isHidden = false;

  const isReady = (): boolean => phase === "hooking" || phase === "open";
  const hasSocket = (): boolean => phase === "opening" || isReady();

  function become(next: State): void {
    state = next;
    phase = state.name;
    emit("state", state);
  }

  function attempt(): void {
    // What the server said of coming back counts for one attempt, however that is begun (R27).
    told = 0;
    // Waking comes before it is due. Left alone, it would open a second socket (R21).
    timers.clear("phase");
    become({ name: "connecting", attempt: failures });
    if (!asks) return open();
    phase = "token";
    emit("need", asks);
  }

  function open(): void {
    phase = "opening";
    emit("open", token);
    // Not before: how long a provider takes is its own affair (R2), as where it shows a form.
    timers.after(openTimeout, "phase", drop);
  }

  function prepare(): void {
    phase = "hooking";
    emit("hook", !wasOpen);
    if (!hasHook) begin();
  }

  function begin(): void {
    // The state is told before what was queued goes (R16): whoever hears of it may send, and comes
    // after the queue, since the host takes that in its turn.
    become({ name: "open", first: !wasOpen });
    wasOpen = true;
    hasRefreshed = false;
    timers.after(5_000, "phase", () => (failures = refreshes = 0));
    hear();
    outbox.release();
  }

  function drop(): void {
    // First: the host has left the socket when those hear of it who may send again.
    emit("drop", 1006, "");
    lose(1006, "");
  }

  function lose(code: number, reason: string): void {
    const { retry = verdictOf(code), meaning } =
      protocol.closeCodes?.[code] ?? {};
    // The user decides before anything has changed; what `decide` asks of the client, the host takes
    // when this is over (R14).
    let close: CloseInfo = { code, reason, verdict: retry, meaning };
    try {
      close = { ...close, verdict: decide?.(close) ?? retry };
    } catch (error) {
      emit("report", error);
    }
    const isRefresh = close.verdict === "refresh";
    untold = phase !== "open" && code === 1006 ? untold + 1 : 0;
    // `finish` sends no `drop` then: there is no socket any more.
    phase = "waiting";
    told ||= +(/Retry in (\d+\.\d) s\.$/.exec(reason)?.[1] ?? 0);
    timers.clearNamed();
    // Before the state is told: nobody waits any more when `waiting` is seen (R15).
    outbox.lose(close);
    if (isRefresh ? !hasToken || hasRefreshed : close.verdict === "never")
      return finish(close);
    if (isRefresh) {
      hasRefreshed = true;
      asks = "rejected";
      refreshes += 1;
      // A server that accepts only to refuse would have the provider asked without a pause.
      if (refreshes < 3) return attempt();
    }
    wait(close);
  }

  function wait(close: CloseInfo): void {
    failures += 1;
    // Without a bound this compares with undefined, which nothing is greater than.
    if (failures > maxAttempts!) return finish(close, "gave_up");
    // One or two may be the network. A 401 at the handshake, which no page sees, comes each time.
    if (hasToken && untold === 3) {
      untold = 0;
      asks = "unknown";
    }
    const least = close.verdict === "spread" && !told ? 5_000 : 0;
    const cap = Math.max(least, Math.min(30_000, 500 * 2 ** (failures - 1)));
    const retryIn = Math.max(100, random() * cap, told * 1_000 || 0);
    become({ name: "waiting", attempt: failures, retryIn, close });
    timers.after(retryIn, "phase", attempt);
  }

  function finish(
    close: CloseInfo,
    why: "by_client" | "refused" | "gave_up" = "refused",
  ): void {
    // Whoever waits for a call hears of the close before the socket goes and the state is told.
    outbox.end(close);
    if (hasSocket()) emit("drop", close.code, close.reason);
    timers.clearNamed();
    become({ name: "closed", why, close });
  }

  /** Any frame shows that the connection is alive (R10). */
  function hear(): void {
    // While the hook runs, `openTimeout` is what ends a dead connection.
    if (phase !== "open" || !heartbeat) return;
    isAsked = false;
    timers.after(pingInterval, "heartbeat", ping);
  }

  function ping(): void {
    if (!heartbeat) return;
    isAsked = true;
    // It may wait for its turn: silence would ask once more meanwhile.
    timers.clear("heartbeat");
    // The answer is timed from when the ping goes: what is sent before it may take its time.
    outbox.post(heartbeat.ping, () => {
      // Again: a frame that came while the ping waited is no answer to it.
      isAsked = true;
      timers.after(pongTimeout, "heartbeat", () => (isHidden ? hear : drop)());
    });
  }

  return {
    state: () => state,
    due: timers.due,
    advance: timers.advance,
    inputs: {
      connect() {
        if (phase === "idle") attempt();
      },
      close(code, reason) {
        if (phase !== "closed")
          finish({ code, reason, verdict: "never" }, "by_client");
      },
      wake() {
        isHidden = false;
        if (phase === "waiting") attempt();
        // A second ping would have its answer timed anew: a network that wakes the client every few
        // seconds would keep a dead socket open for ever.
        else if (phase === "open" && !isAsked) ping();
      },
      hide() {
        isHidden = true;
        isAsked = false; // so that being seen again pings at once, and times the answer then
      },
      token(given) {
        // Kept where no attempt waits, too: `refreshToken()` brings it for the next one, which has
        // nothing to ask for any more.
        token = given ?? undefined;
        asks = undefined;
        if (phase === "token") open();
      },
      failed(isFinal) {
        if (phase !== "token") return;
        const verdict = isFinal ? "never" : "backoff";
        const reason = "There is no token.";
        (isFinal ? finish : wait)({ code: 4401, reason, verdict });
      },
      opened() {
        // Else the socket says nothing yet: some servers accept to say in a message why they refuse.
        if (phase === "opening" && !ready) prepare();
      },
      hooked(failed) {
        if (phase === "hooking") (failed ? drop : begin)();
      },
      lost(code, reason) {
        // Deno says 0 where others say 1006.
        if (hasSocket()) lose(code || 1006, reason);
      },
      received(frame, key = "", problem = key ? undefined : "no_message") {
        if (!hasSocket()) return;
        // Before it is looked at: what is wrong shows as well that the other side is there (R10).
        hear();
        const ref = path && at(frame, path);
        const call = outbox.find(ref);
        if (problem) {
          emit("unknown", frame, problem);
          if (call) outbox.settle(call, new InvalidReply(problem));
        } else if (serverHeartbeat && key === serverHeartbeat.ping) {
          outbox.post(serverHeartbeat.pong); // with an id, too, it is no reply
        } else if (call) {
          outbox.answer(call, frame as Frame, key);
        } else if (ref == null && key === heartbeat?.pong) {
          // It is told to nobody. With an id it is the late reply to a ping that the user sent.
        } else if (protocol.messages.includes(key)) {
          if (key === reconnect?.message)
            told = +(at(frame, reconnect.retryAfter) as number);
          // Told before the hook runs, which may look at it.
          emit("message", key, frame as Frame);
          if (phase === "opening" && key === ready && !isRefusal(frame))
            prepare();
        } else {
          emit("unknown", frame, "no_message");
        }
      },
      submit(call) {
        if (state.name === "closed")
          outbox.settle(call, new ConnectionClosed(state.close));
        else outbox.submit(call, isReady() ? undefined : state);
      },
      cancel: outbox.cancel,
      blocked(isBlocked) {
        // Told again, it took some: that begins anew. Before the client is ready `openTimeout` ends it.
        if (isBlocked && isReady()) timers.after(sendTimeout, "send", drop);
        else timers.clear("send");
        outbox.block(isBlocked);
      },
    },
  };
}
