// Drives a machine with a WebSocket, timers, and the events of the page.

import { handshakeOf } from "./address.ts";
import { asyncDispose, type Pending } from "./calls.ts";
import type {
  AddressOptions,
  Channel,
  Client,
  Options,
  WebSocketClass,
} from "./client.ts";
import { ConnectionClosed, Unauthorized } from "./errors.ts";
import { at, identify } from "./frames.ts";
import { createHandlers } from "./handlers.ts";
import { onAbort } from "./items.ts";
import { createMachine } from "./machine.ts";
import { methodsOf } from "./methods.ts";
import { watchPage } from "./page.ts";
import type { Effect, Frame, Ref, State, TokenReason } from "./protocol.ts";
import { openSocket, type Socket } from "./socket.ts";

const LONGEST = 2 ** 31 - 1; // milliseconds that a timer can wait

/** A client of a channel, with a method for each of its operations. */
export function connect<Type>(
  channel: Channel,
  options: Options & AddressOptions,
): Type {
  const { token: provider, onConnect, validate, signal } = options;
  const hasToken = typeof provider === "function";
  const handshake = (token: string | undefined) =>
    handshakeOf(channel, options, hasToken ? token : provider);
  handshake(hasToken ? "" : undefined); // what is wrong with the options fails here
  const { messages, on, onUnknown, onState, ...handlers } =
    createHandlers(options);
  const machine = createMachine<Pending>(
    { ...channel, messages: channel.pushes },
    { ...options, hasToken, hasHook: onConnect !== undefined },
  );
  const stopAsking = new AbortController();
  const effects: Effect<Pending>[] = [];
  let isBusy = false;
  let text = ""; // of the frame that came last
  let ready: Frame | undefined;
  let socket: Socket | undefined;
  let closing = Promise.resolve();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let timerAt = Infinity;
  let open!: (ready: unknown) => void;
  let fail!: (error: unknown) => void;
  const opened = new Promise<unknown>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  opened.catch(() => undefined);

  /** Takes the effects of an input, and does them; what these cause comes after them. */
  function run(input: () => Effect<Pending>[]): void {
    effects.push(...machine.advance(performance.now()), ...input());
    if (isBusy) return;
    isBusy = true;
    for (let effect = effects.shift(); effect; effect = effects.shift())
      perform(effect);
    isBusy = false;
    const due = machine.due() ?? Infinity;
    if (due >= timerAt && due < Infinity) return;
    clearTimeout(timer);
    timerAt = due;
    if (due < Infinity)
      timer = setTimeout(
        () => {
          timerAt = Infinity;
          run(() => []);
        },
        Math.min(LONGEST, due - performance.now()),
      );
  }

  function perform(effect: Effect<Pending>): void {
    switch (effect.do) {
      case "state":
        return become(effect.state);
      case "need":
        return void ask(effect.reason);
      case "open":
        return connectSocket(effect.token);
      case "drop":
        closing = socket?.close(effect.code, effect.reason) ?? closing;
        return;
      case "send":
        return socket?.send(effect.text);
      case "hook":
        return void hook(effect.first);
      case "message":
        if (effect.key === channel.ready) ready = effect.frame;
        return tell(effect.frame, false);
      case "unknown": {
        const { frame: raw, problem } = effect;
        return handlers.tellUnknown({ raw, text, problem });
      }
      case "item":
        effect.call.onItem(effect.frame, effect.isEnd);
        return tell(effect.frame, true);
      case "settle":
        effect.call.onSettled(effect, machine.state());
        if (effect.frame) tell(effect.frame, true);
    }
  }

  function become(state: State): void {
    if (state.name === "open") open(ready);
    if (state.name === "closed") {
      stopAsking.abort();
      forgetSignal();
      forgetPage();
      fail(new ConnectionClosed(state.close));
      handlers.end();
    }
    handlers.tellState(state);
  }

  function tell(frame: Frame, isReply: boolean): void {
    const key = identify(frame, channel.incoming);
    const ref = channel.ref && (at(frame, channel.ref) as Ref | undefined);
    if (key !== undefined) handlers.tell(key, frame, { ref }, isReply);
  }

  /** Asks the provider. What it gives counts for the attempt that waits for it, if one does. */
  async function ask(reason: TokenReason): Promise<string | null> {
    if (!hasToken) return provider ?? null;
    const isExtra = reason === "expiring";
    try {
      const token = await provider({ reason, signal: stopAsking.signal });
      run(() => machine.token(token));
      return token;
    } catch (error) {
      if (isExtra) throw error;
      const isFinal = error instanceof Unauthorized;
      if (!isFinal) handlers.report(error);
      run(() => machine.token(null, isFinal ? "unauthorized" : "failed"));
      return null;
    }
  }

  async function hook(first: boolean): Promise<void> {
    const own = socket;
    let hasFailed = false;
    try {
      await onConnect?.({ first });
    } catch (error) {
      hasFailed = true;
      handlers.report(error);
    }
    if (own === socket) run(() => machine.hooked(hasFailed));
  }

  function connectSocket(token: string | undefined): void {
    const {
      WebSocket = (globalThis as { WebSocket?: WebSocketClass }).WebSocket,
    } = options;
    try {
      socket = openSocket(WebSocket!, handshake(token), {
        opened: () => run(machine.opened),
        received,
        closed: (code, reason) => run(() => machine.lost(code, reason)),
        blocked: (isBlocked) => run(() => machine.blocked(isBlocked)),
      });
    } catch {
      // What was thrown may name the token.
      const reason = "No such address or subprotocol.";
      run(() => machine.lost(1002, reason));
    }
  }

  function received(given: string | null): void {
    text = given ?? "";
    let frame: unknown;
    let problem: string | undefined;
    try {
      frame = JSON.parse(text);
    } catch {
      problem = "not_json";
    }
    const key = identify(frame, channel.incoming);
    if (key !== undefined) problem = validate?.(key, frame);
    run(() => machine.received(frame, key, problem));
  }

  function close(code = 1000, reason = ""): Promise<void> {
    if (code !== 1000 && !(code >= 3000 && code <= 4999))
      throw new RangeError(`Close with 1000 or 3000 to 4999, not ${code}.`);
    run(() => machine.close(code, reason));
    return closing;
  }

  const wake = () => run(machine.wake);
  const forgetPage = watchPage(
    wake,
    () => machine.state().name === "open" && wake(),
    machine.hide,
  );
  const forgetSignal = onAbort(signal, () => void close());
  const client: Client<Record<string, unknown>, unknown> = {
    get state() {
      return machine.state();
    },
    opened,
    on,
    onUnknown,
    onState,
    messages,
    connect: () => run(machine.connect),
    wake,
    refreshToken: () => ask("expiring"),
    close,
    [asyncDispose]: () => close(),
  };
  const host = {
    submit: (call: Pending) => run(() => machine.submit(call)),
    cancel: (call: Pending, error: "cancelled" | "overflow") =>
      run(() => machine.cancel(call, error)),
  };
  if (!options.lazy) client.connect();
  return Object.assign(client, methodsOf(channel, host, options)) as Type;
}
