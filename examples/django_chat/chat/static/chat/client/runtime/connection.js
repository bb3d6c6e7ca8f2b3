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
  let asked; // what the provider will give for the attempt that waits
  let timer;
  const effects = {
    state(state) {
      if (state.name === "open") opened.resolve(ready);
      // Those who hear of the state find what ends with the client ended.
      if (state.name === "closed") {
        over.abort();
        opened.reject(new ConnectionClosed(state.close));
      }
      tell("state", state);
    },
    async need(reason) {
      const own = (asked = ask(reason));
      try {
        const token = await own;
        // It may end when another attempt waits: `refreshToken()` has gone before it (R22).
        if (own === asked) inputs.token(token);
      } catch (error) {
        const isFinal = error instanceof Unauthorized;
        if (!isFinal) report(error);
        if (own === asked) inputs.failed(isFinal);
      }
    },
    open(token) {
      const { WebSocket = globalThis.WebSocket } = options;
      try {
        socket = openSocket(WebSocket, handshake(token), {
          ...inputs,
          received,
        });
      } catch {
        // What was thrown may name the token.
        inputs.lost(1002, "There is no such address.");
      }
    },
    drop(code, reason) {
      // Kept for `close()`, which may come after the socket was dropped for another reason.
      closing = socket?.close(code, reason) ?? closing;
    },
    send: (text) => socket.send(text),
    async hook(first) {
      const own = socket;
      let hasFailed;
      try {
        await onConnect?.({ first });
      } catch (error) {
        hasFailed = true;
        report(error);
      }
      // It may end after its connection, and when the hook of the next one runs (R16).
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
    // The time first: what was due before this input comes before it, in the order of the clock.
    waiting.push(() => {
      machine.advance(performance.now());
      input?.(...given);
    });
    // An effect has called back: whoever runs the row comes to this too.
    if (isBusy) return;
    isBusy = true;
    for (let next = waiting.shift(); next; next = waiting.shift())
      try {
        next();
      } catch (error) {
        report(error); // a WebSocket of another's; nothing would be taken any more
      }
    isBusy = false;
    clearTimeout(timer);
    const due = machine.due();
    // No timer can wait for many more milliseconds.
    if (due !== undefined)
      timer = setTimeout(run, Math.min(2e9, due - performance.now()));
  }
  const ask = async (reason) =>
    hasToken ? provider({ reason, signal: over.signal }) : (provider ?? null);
  function received(given) {
    text = given ?? "";
    let frame;
    let key;
    let problem;
    try {
      frame = JSON.parse(text);
      key = identify(frame, channel.incoming);
      if (key) problem = validate?.(key, frame);
    } catch (error) {
      problem = key ? String(error) : "not_json";
    }
    inputs.received(frame, key, problem);
  }
  async function close(code = 1000, reason = "") {
    // A turn later: in a handler, `run` comes to the socket only after this call of it.
    await inputs.close(code, reason);
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
    async refreshToken() {
      const token = await ask("expiring");
      inputs.token(token); // for the attempt that waits for one, if one does
      return token;
    },
    close,
    [asyncDispose]: () => close(),
  };
  watchPage(
    over.signal,
    wake,
    () => client.state.name === "open" && wake(),
    inputs.hide,
  );
  over.signal.addEventListener(
    "abort",
    onAbort(signal, () => void close()),
  );
  if (!options.lazy) connect();
  return Object.assign(client, methodsOf(channel, options, inputs));
}
