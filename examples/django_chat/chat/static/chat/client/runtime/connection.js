// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

// Drives a machine with a WebSocket, timers, and the events of the page.
import { handshakeOf } from "./address.js";
import { asyncDispose } from "./calls.js";
import { ConnectionClosed, Unauthorized } from "./errors.js";
import { at, identify } from "./frames.js";
import { createHandlers } from "./handlers.js";
import { onAbort } from "./items.js";
import { createMachine } from "./machine.js";
import { methodsOf } from "./methods.js";
import { watchPage } from "./page.js";
import { openSocket } from "./socket.js";
const LONGEST = 2 ** 31 - 1; // milliseconds that a timer can wait
/** A client of a channel, with a method for each of its operations. */
export function connect(channel, options) {
  const { token: provider, onConnect, validate, signal } = options;
  const hasToken = typeof provider === "function";
  const handshake = (token) =>
    handshakeOf(channel, options, hasToken ? token : provider);
  handshake(hasToken ? "" : undefined); // what is wrong with the options fails here
  const { messages, on, onUnknown, onState, ...handlers } =
    createHandlers(options);
  const machine = createMachine(
    { ...channel, messages: channel.pushes },
    { ...options, hasToken, hasHook: onConnect !== undefined },
  );
  const stopAsking = new AbortController();
  const effects = [];
  let isBusy = false;
  let text = ""; // of the frame that came last
  let ready;
  let socket;
  let closing = Promise.resolve();
  let timer;
  let timerAt = Infinity;
  let open;
  let fail;
  const opened = new Promise((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  opened.catch(() => undefined);
  /** Takes the effects of an input, and does them; what these cause comes after them. */
  function run(input) {
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
  function perform(effect) {
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
  function become(state) {
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
  function tell(frame, isReply) {
    const key = identify(frame, channel.incoming);
    const ref = channel.ref && at(frame, channel.ref);
    if (key !== undefined) handlers.tell(key, frame, { ref }, isReply);
  }
  /** Asks the provider. What it gives counts for the attempt that waits for it, if one does. */
  async function ask(reason) {
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
  async function hook(first) {
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
  function connectSocket(token) {
    const { WebSocket = globalThis.WebSocket } = options;
    try {
      socket = openSocket(WebSocket, handshake(token), {
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
  function received(given) {
    text = given ?? "";
    let frame;
    let problem;
    try {
      frame = JSON.parse(text);
    } catch {
      problem = "not_json";
    }
    const key = identify(frame, channel.incoming);
    if (key !== undefined) problem = validate?.(key, frame);
    run(() => machine.received(frame, key, problem));
  }
  function close(code = 1000, reason = "") {
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
  const client = {
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
    submit: (call) => run(() => machine.submit(call)),
    cancel: (call, error) => run(() => machine.cancel(call, error)),
  };
  if (!options.lazy) client.connect();
  return Object.assign(client, methodsOf(channel, host, options));
}
