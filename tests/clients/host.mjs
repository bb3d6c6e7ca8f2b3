// A client on a real WebSocket whose time and chance are the test's: plays the client's side of a
// vector, in a page as well as in Node.js, and keeps what it notices.

import { FAILURES, protocolOf, optionsOf, rulesOf } from "./vector_terms.mjs";

/** What has been answered already. */
const IGNORED = { resolve: () => undefined, reject: () => undefined };

let now = 0;
const timers = new Map();
const soon = globalThis.setTimeout;

function holdTime() {
  globalThis.setTimeout = (run, delay = 0) => {
    const timer = { unref: () => timer, refresh: () => timer }; // as Node.js itself asks for
    timers.set(timer, { at: now + delay, run });
    return timer;
  };
  globalThis.clearTimeout = (timer) => timers.delete(timer);
  performance.now = () => now;
}

/** Moves the time on; what is due runs when it is. */
function advance(milliseconds) {
  const end = now + milliseconds;
  for (;;) {
    const due = [...timers].filter(([, { at }]) => at <= end + 1e-6);
    if (due.length === 0) break;
    const [key, { at, run }] = due.reduce((one, other) => (other[1].at < one[1].at ? other : one));
    timers.delete(key);
    now = Math.max(now, at);
    run();
  }
  now = end;
}

/** What happened, in order: to the connection, and to what was asked for. */
let noticed = { connection: [], calls: [] };
/** What came of the socket, to wait for. */
let heard = { count: 0 };
let client;
let calls;
let tokens;
let hooks;

/** Begins a vector. `connect` and `Unauthorized` are the runtime's. */
export async function begin(
  { connect, Unauthorized },
  { channel = {}, options = {}, random = [], steps },
  server,
) {
  holdTime();
  void client?.close();
  await turn(); // what was asked for is settled
  [now, calls, tokens, hooks] = [0, new Map(), [], []];
  const own = (heard = { count: 0 });
  timers.clear();
  noticed = { connection: [], calls: [] };
  const chances = [...random];
  Math.random = () => chances.shift() ?? 0.5;
  const { messages, complete, ...protocol } = protocolOf(channel);
  const actions = new Set(messages);
  const operations = {};
  for (const action of new Set(steps.flatMap(({ frame }) => frame?.action ?? [])))
    for (const kind of ["send", "request", "stream"])
      operations[`${kind}_${action}`] = {
        kind,
        frame: {},
        argument: null,
        ...rulesOf(channel.operations?.[action]),
      };
  const known = ["error", "rejected", "answer_word", "answer_end", "authentication", "ping", "pong", "said", "word", complete];
  const incoming = {};
  for (const action of [...actions, ...known]) incoming[action] = { is: { action: [action] } };
  const chosen = optionsOf(options, channel);
  client = connect(
    {
      address: "/",
      incoming,
      messages: [...actions],
      operations,
      complete,
      ...protocol,
      credentials: [{ in: "query", name: "token" }],
    },
    {
      ...chosen,
      server,
      lazy: true,
      token: chosen.hasToken
        ? ({ reason }) => {
            noticed.connection.push({ need: "token", reason });
            return new Promise((resolve, reject) => tokens.push({ resolve, reject }));
          }
        : undefined,
      onConnect: ({ first }) => {
        noticed.connection.push({ hook: "open", first });
        if (channel.hook) return new Promise((resolve, reject) => hooks.push({ resolve, reject }));
      },
      onError: ({ message }) => {
        if (message === "decide") noticed.connection.push({ report: message });
      },
      WebSocket: class extends WebSocket {
        constructor(...given) {
          super(...given);
          for (const type of ["open", "message", "close"])
            this.addEventListener(type, () => soon(() => (own.count += 1)));
        }
      },
    },
  );
  client.unauthorized = Unauthorized;
  client.on("*", (frame) => noticed.connection.push({ message: frame }));
  client.onUnknown(({ problem }) => noticed.connection.push({ unknown: problem }));
  client.onState(({ name, attempt, retryIn, why, close }) => {
    if (name === "waiting") noticed.connection.push({ state: name, delay: retryIn / 1e3, attempt });
    else if (name === "closed")
      noticed.connection.push({ state: name, why, ...(why === "refused" && { code: close.code }) });
    else noticed.connection.push({ state: name });
  });
}

function settled(id, error, value) {
  if (!error) noticed.calls.push({ settle: id, ok: value ?? true });
  else
    noticed.calls.push({
      settle: id,
      error: FAILURES[error.name],
      ...(error.reply && { message: error.reply }),
      ...(error.sent === false && { sent: false }),
    });
}

async function follow(id, stream) {
  try {
    for await (const frame of stream) noticed.calls.push({ item: id, message: frame });
    const end = await stream.end;
    if (end) noticed.calls.push({ item: id, message: end });
    settled(id);
  } catch (error) {
    settled(id, error);
  }
}

/** Does a step of the client. */
export async function step({
  do: what,
  id,
  frame,
  timeout,
  item_timeout,
  token,
  error,
  advance: seconds,
}) {
  if (seconds !== undefined) advance(Math.round(seconds * 1e6) / 1e3);
  else if (what === "connect" || what === "wake") client[what]();
  else if (what === "close") void client.close();
  else if (what === "token") {
    const { resolve, reject } = tokens.shift() ?? IGNORED;
    if (error) reject(error === "unauthorized" ? new client.unauthorized() : new Error(error));
    else resolve(token);
  } else if (what === "hooked") {
    const { resolve, reject } = hooks.shift() ?? IGNORED;
    if (error) reject(new Error("a hook failed"));
    else resolve();
  } else if (what === "cancel") calls.get(id)?.abort();
  else {
    const abort = new AbortController();
    calls.set(id, abort);
    const options = {
      signal: abort.signal,
      ...(timeout !== undefined && { timeout: timeout * 1e3 }),
      ...(item_timeout !== undefined && { itemTimeout: item_timeout * 1e3 }),
    };
    const method = client[`${what}_${frame.action}`];
    if (what === "stream") void follow(id, method(frame, options));
    else void method.result(frame, options).then((done) => settled(id, done.error, done.value));
  }
  await turn();
}

const turn = () => new Promise((resolve) => soon(resolve));

/** What was noticed since the last time, and how much came of sockets. */
export async function take() {
  await turn();
  const taken = noticed;
  noticed = { connection: [], calls: [] };
  return { ...taken, heard: heard.count };
}
