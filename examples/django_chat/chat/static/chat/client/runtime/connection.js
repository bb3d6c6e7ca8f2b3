// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

// Drives a machine with a WebSocket, timers, and the events of the page.
import { handshakeOf } from "./address.js";
import { asyncDispose, promised } from "./calls.js";
import { ConnectionClosed, Unauthorized } from "./errors.js";
import { at, identify, mapped } from "./frames.js";
import { createHandlers } from "./handlers.js";
import { onAbort } from "./items.js";
import { createMachine } from "./machine.js";
import { methodsOf } from "./methods.js";
import { watchPage } from "./page.js";
import { openSocket } from "./socket.js";
/** A client of a channel, with a method for each of its operations. */
export function connect(channel, options) {
  const { token: provider, onConnect, validate, signal } = options;
  const hasToken = typeof provider === "function";
  const handshake = (token) =>
    handshakeOf(channel, options, hasToken ? token : provider);
  handshake(hasToken ? "" : undefined); // what is wrong with the options fails here
  const over = new AbortController(); // aborted when the client is closed
  const opened = promised();
  const waiting = []; // inputs and effects, in order
  const machine = createMachine(
    channel,
    { ...options, hasToken, hasHook: onConnect !== undefined },
    (kind, ...facts) => waiting.push(() => effects[kind](...facts)),
  );
  const inputs = mapped(machine.inputs, (input) => run.bind(null, input));
  const { tell, report, ...handlers } = createHandlers(options, over.signal);
  let isBusy = false;
  let text = ""; // of the frame that came last
  let ready;
  let socket;
  let closing = Promise.resolve();
  let timer;
  const effects = {
    state(state) {
      if (state.name === "open") opened.resolve(ready);
      if (state.name === "closed") {
        over.abort();
        opened.reject(new ConnectionClosed(state.close));
      }
      tell("state", state);
    },
    need: (reason) => void ask(reason),
    open(token) {
      const { WebSocket = globalThis.WebSocket } = options;
      try {
        const events = { ...inputs, received };
        socket = openSocket(WebSocket, handshake(token), events);
      } catch {
        // What was thrown may name the token.
        inputs.lost(1002, "No such address or subprotocol.");
      }
    },
    drop(code, reason) {
      closing = socket?.close(code, reason) ?? closing;
    },
    send: (text) => socket?.send(text),
    async hook(first) {
      const own = socket;
      let hasFailed;
      try {
        await onConnect?.({ first });
      } catch (error) {
        hasFailed = true;
        report(error);
      }
      if (own === socket) inputs.hooked(hasFailed);
    },
    message(key, frame) {
      if (key === channel.ready) ready = frame;
      tellMessage(key, frame, false);
    },
    unknown: (raw, problem) => tell("unknown", { raw, text, problem }),
    report,
    item(call, key, frame, isEnd) {
      call.onItem(frame, isEnd);
      tellMessage(key, frame, true);
    },
    settle(call, error, key, frame) {
      call.onSettled(error, frame);
      if (frame) tellMessage(key, frame, true);
    },
  };
  function tellMessage(key, frame, isReply) {
    const ref = channel.ref && at(frame, channel.ref);
    tell("message", key, frame, { ref }, isReply);
  }
  /** Gives the machine an input, and does what comes of it; what that causes comes after it. */
  function run(input, ...given) {
    waiting.push(() => {
      machine.advance(performance.now());
      input?.(...given);
    });
    if (isBusy) return;
    isBusy = true;
    for (let next = waiting.shift(); next; next = waiting.shift()) next();
    isBusy = false;
    clearTimeout(timer);
    const due = machine.due();
    // No timer can wait for many more milliseconds.
    if (due !== undefined)
      timer = setTimeout(run, Math.min(2e9, due - performance.now()));
  }
  /** Asks the provider. What it gives counts for the attempt that waits for it, if one does. */
  async function ask(reason) {
    if (!hasToken) return provider ?? null;
    try {
      const token = await provider({ reason, signal: over.signal });
      inputs.token(token);
      return token;
    } catch (error) {
      if (reason === "expiring") throw error;
      const isFinal = error instanceof Unauthorized;
      if (!isFinal) report(error);
      inputs.failed(isFinal);
      return null;
    }
  }
  function received(given) {
    text = given ?? "";
    let frame;
    let key;
    let problem;
    try {
      frame = JSON.parse(text);
      key = identify(frame, channel.incoming);
      if (key !== undefined) problem = validate?.(key, frame);
    } catch (error) {
      problem = key === undefined ? "not_json" : String(error);
    }
    inputs.received(frame, key, problem);
  }
  function close(code = 1000, reason = "") {
    inputs.close(code, reason);
    return closing;
  }
  const { connect, wake } = inputs;
  const client = {
    ...handlers,
    get state() {
      return machine.state();
    },
    opened: opened.promise,
    connect,
    wake,
    refreshToken: () => ask("expiring"),
    close,
    [asyncDispose]: () => close(),
  };
  const doubt = () => machine.state().name === "open" && wake();
  watchPage(over.signal, wake, doubt, inputs.hide);
  over.signal.addEventListener(
    "abort",
    onAbort(signal, () => void close()),
  );
  if (!options.lazy) connect();
  return Object.assign(client, methodsOf(channel, options, inputs));
}
