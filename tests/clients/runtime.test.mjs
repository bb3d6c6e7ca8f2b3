import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { mock, test } from "node:test";
import {
  Cancelled,
  ConnectionClosed,
  ConnectionLost,
  InvalidReply,
  Overflow,
  Refused,
  connect,
} from "../../packages/chanx-core/src/chanx/asyncapi/clients/typescript/compiled/index.js";

/** A socket that does what a test says. */
class Socket {
  static last;
  bufferedAmount = 0;
  sent = [];
  constructor(url, given) {
    Object.assign(this, { url, given });
    Socket.last = this;
  }
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  close(code, reason = "") {
    this.closed ??= code;
    if (reason.length > 123) throw new RangeError("as a WebSocket does");
    queueMicrotask(() => this.onclose?.({ code, reason: "" }));
  }
  tell(frame) {
    this.onmessage({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }
}

const CHANNEL = {
  address: "/rooms/{room}",
  ref: ["ref"],
  complete: "complete",
  messages: ["told"],
  incoming: {
    told: { is: { action: ["told"] } },
    answer: { is: { action: ["answer"] } },
    error: { is: { action: ["error"] } },
    complete: { is: { action: ["complete"] } },
  },
  operations: {
    ask: { kind: "request", frame: { action: "ask" }, argument: "", errors: ["error"] },
    list: { kind: "stream", frame: { action: "list" }, errors: ["error"], end: ["answer"] },
  },
};

function begin(options = {}, channel = {}) {
  const client = connect(
    { ...CHANNEL, ...channel },
    { server: "ws://127.0.0.1", parameters: { room: "a b" }, WebSocket: Socket, ...options },
  );
  Socket.last.onopen?.({});
  return [client, Socket.last];
}

const taken = async (items) => {
  const found = [];
  for await (const item of items) found.push(item);
  return found;
};

test("the address has what is said of it", () => {
  const [client, socket] = begin({ query: { a: 1, b: [2, 3], c: undefined, d: null } });
  assert.equal(String(socket.url), "ws://127.0.0.1/rooms/a%20b?a=1&b=2&b=3");
  void client.close();
});

test("what is missing is told at once", () => {
  assert.throws(() => begin({ parameters: {} }), /`parameters.room` is missing/);
  assert.throws(() => begin({ server: undefined }), /`server` is missing/);
  assert.throws(() => begin({ token: "a" }), /no place for `token`/);
});

test("the first place for a token is used", () => {
  const credentials = [
    { in: "header", name: "Authorization", scheme: "Bearer" },
    { in: "query", name: "token" },
  ];
  const [client, socket] = begin({ token: "t" }, { credentials });
  assert.deepEqual(socket.given.headers, { Authorization: "Bearer t" });
  void client.close();
});

test("a page, which sets no headers, uses another place", () => {
  globalThis.document = { visibilityState: "visible" };
  try {
    const pair = [{ in: "subprotocol", name: "token" }];
    const [one, first] = begin({ token: "t" }, { credentials: pair });
    assert.deepEqual(first.given, ["token", "t"]);
    const cookie = [{ in: "cookie", name: "a" }];
    assert.throws(() => begin({ token: "t" }, { credentials: cookie }), /no place for `token`/);
    void one.close();
  } finally {
    delete globalThis.document;
  }
});

test("messages end with the client, also when that is over already", async () => {
  const [client, socket] = begin();
  const before = client.messages();
  socket.tell({ action: "told", n: 1 });
  await client.close();
  assert.deepEqual(await taken(before), [{ action: "told", n: 1 }]);
  assert.deepEqual(await taken(client.messages()), []);
});

test("a signal ends messages alone, before as well as later", async () => {
  const [client, socket] = begin();
  await assert.rejects(taken(client.messages({ signal: AbortSignal.abort() })), Cancelled);
  const leave = new AbortController();
  const messages = taken(client.messages({ signal: leave.signal }));
  leave.abort("enough");
  await assert.rejects(messages, (error) => error.cause === "enough");
  const others = client.messages();
  socket.tell({ action: "told" });
  await client.close();
  assert.equal((await taken(others)).length, 1);
});

test("one who takes nothing loses its messages, and nobody else's", async () => {
  const [client, socket] = begin({ maxBuffered: 1 });
  const slow = client.messages();
  let heard = 0;
  client.on("told", () => (heard += 1));
  for (const n of [1, 2, 3]) socket.tell({ action: "told", n });
  await assert.rejects(taken(slow), Overflow);
  assert.equal(heard, 3);
  void client.close();
});

test("a client whose signal was aborted before is closed, and opens nothing", async () => {
  Socket.last = undefined;
  const client = connect(CHANNEL, {
    server: "ws://127.0.0.1",
    parameters: { room: "a" },
    WebSocket: Socket,
    signal: AbortSignal.abort(),
  });
  assert.equal(client.state.name, "closed");
  assert.equal(Socket.last, undefined);
  await assert.rejects(client.opened, ConnectionClosed);
  await assert.rejects(client.ask({}), ConnectionClosed);
});

test("what is not JSON is unknown, even where anything is a message", () => {
  const [client, socket] = begin({}, { incoming: { anything: {} }, messages: ["anything"] });
  const heard = [];
  client.onUnknown(({ problem, text }) => heard.push([problem, text]));
  client.on("anything", (message) => heard.push(message));
  socket.tell("{");
  socket.tell({});
  assert.deepEqual(heard, [["not_json", "{"], {}]);
  void client.close();
});

test("a reply is typed, and what is only completed has none", async () => {
  const [client, socket] = begin();
  const asked = client.ask({ text: "a" });
  const other = client.ask({ text: "b" });
  const result = client.ask.result({ text: "c" });
  assert.deepEqual(socket.sent[0], { action: "ask", text: "a", ref: 1 });
  socket.tell({ action: "answer", ref: 1 });
  socket.tell({ action: "complete", ref: 2 });
  socket.tell({ action: "error", ref: 3 });
  assert.deepEqual(await asked, { action: "answer", ref: 1 });
  assert.equal(await other, undefined);
  const { ok, error } = await result;
  assert.equal(ok, false);
  assert.ok(error instanceof Refused);
  assert.deepEqual(error.reply, { action: "error", ref: 3 });
  void client.close();
});

test("what fails without being waited for is told by the platform, a stream is not", async () => {
  const [client, socket] = begin();
  const unhandled = [];
  const listen = (reason) => unhandled.push(reason.name);
  const others = process.listeners("unhandledRejection"); // the runner's
  process.removeAllListeners("unhandledRejection").once("unhandledRejection", listen);
  client.list();
  client.ask({}).catch(() => {});
  void client.ask({});
  socket.tell({ action: "error", ref: 1 });
  socket.tell({ action: "error", ref: 2 });
  socket.tell({ action: "error", ref: 3 });
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(unhandled, ["Refused"]);
  for (const other of others) process.on("unhandledRejection", other);
  void client.close();
});

test("an aborted request is not sent, or leaves with what aborted it", async () => {
  const [client, socket] = begin();
  await assert.rejects(client.ask({}, { signal: AbortSignal.abort("no") }), ({ name, cause }) => {
    assert.deepEqual([name, cause], ["AbortError", "no"]);
    return true;
  });
  assert.deepEqual(socket.sent, []);
  const leave = new AbortController();
  const asked = client.ask({}, { signal: leave.signal });
  leave.abort("later");
  await assert.rejects(asked, ({ cause }) => cause === "later");
  void client.close();
});

test("a stream has its items, and then its end", async () => {
  const [client, socket] = begin({}, { messages: [] });
  const stream = client.list();
  socket.tell({ action: "told", ref: 1 });
  socket.tell({ action: "answer", ref: 1 });
  assert.deepEqual(await taken(stream), [{ action: "told", ref: 1 }]);
  assert.deepEqual(await stream.end, { action: "answer", ref: 1 });
  void client.close();
});

test("what was sent before a loss says so", async () => {
  const [client, socket] = begin();
  const asked = client.ask({});
  socket.onclose({ code: 1006, reason: "" });
  await assert.rejects(asked, (error) => {
    assert.ok(error instanceof ConnectionLost);
    assert.deepEqual([error.sent, error.close.code], [true, 1006]);
    return /1006/.test(error.message);
  });
  void client.close();
});

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** What the platform is told of while something is done, since nobody else is. */
async function unhandledIn(work) {
  const found = [];
  const others = process.listeners("unhandledRejection"); // the runner's
  const listen = ({ message }) => found.push(message);
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", listen);
  await work();
  await turn();
  process.removeListener("unhandledRejection", listen);
  for (const other of others) process.on("unhandledRejection", other);
  return found;
}

const failing = (text) => () => {
  throw new Error(text);
};

test("a verdict that fails is told, and the client comes back", () => {
  const told = [];
  const onError = ({ message }) => told.push(message);
  const [client, socket] = begin({ decide: failing("decide"), onError });
  socket.onclose({ code: 1006, reason: "" });
  assert.equal(client.state.name, "waiting");
  client.wake();
  Socket.last.onopen({});
  assert.deepEqual([client.state.name, told], ["open", ["decide"]]);
  void client.close();
});

test("a verdict may close the client, or wake it", async () => {
  const [client, socket] = begin({ decide: () => void client.close() });
  const asked = client.ask({});
  socket.onclose({ code: 1006, reason: "" });
  await assert.rejects(asked, ConnectionLost);
  assert.deepEqual([client.state.name, client.state.why], ["closed", "by_client"]);
  const [other, lost] = begin({ decide: () => other.wake() });
  lost.onclose({ code: 1006, reason: "" });
  assert.equal(other.state.name, "connecting");
  void other.close();
});

test("a provider that fails is asked again, even if what hears of that fails too", async () => {
  const told = [];
  for (const token of [failing("at once"), async () => failing("later")()])
    for (const onError of [({ message }) => told.push(message), failing("onError")]) {
      const found = await unhandledIn(async () => {
        const [client] = begin({ token, onError }, { credentials: [{ in: "query", name: "t" }] });
        await turn();
        assert.equal(client.state.name, "waiting");
        void client.close();
      });
      told.push(...found);
    }
  assert.deepEqual(told, ["at once", "onError", "later", "onError"]);
});

test("a hook that fails drops the connection, even if what hears of that fails too", async () => {
  const found = await unhandledIn(async () => {
    const [client] = begin({ onConnect: failing("hook"), onError: failing("onError") });
    await turn();
    assert.equal(client.state.name, "waiting");
    void client.close();
  });
  assert.deepEqual(found, ["onError"]);
});

test("handlers that fail are told, and others hear of the message", async () => {
  const heard = [];
  const found = await unhandledIn(async () => {
    const [client, socket] = begin({ onError: failing("onError") });
    client.on("told", failing("on"));
    client.onState(failing("onState"));
    client.onUnknown(failing("onUnknown"));
    client.on("told", ({ n }) => heard.push(n));
    client.on("told", () => void client.on("told", () => heard.push("a later one")));
    socket.tell({ action: "told", n: 1 });
    socket.tell({ action: "nonsense" });
    void client.close();
  });
  assert.deepEqual([heard, found], [[1], Array(3).fill("onError")]);
});

test("what validation throws is what is wrong", async () => {
  const [client, socket] = begin({ validate: failing("too short") });
  const heard = [];
  client.onUnknown(({ problem }) => heard.push(problem));
  socket.tell({ action: "told" });
  const asked = client.ask({});
  socket.tell({ action: "answer", ref: 1 });
  await assert.rejects(asked, /too short/);
  assert.deepEqual(heard, Array(2).fill("Error: too short"));
  void client.close();
});

test("what nobody may close with is told, and closes nevertheless", async () => {
  const [client, socket] = begin();
  await assert.rejects(client.close(1000, "x".repeat(124)), RangeError);
  assert.deepEqual([client.state.name, socket.closed], ["closed", 1000]);
});

test("the server's heartbeat is answered, and told to nobody", () => {
  const [client, socket] = begin(
    {},
    {
      serverHeartbeat: { ping: "ping", pong: { action: "pong" } },
      incoming: { ping: { is: { action: ["ping"] } } },
    },
  );
  const heard = [];
  client.on("*", (message) => heard.push(message));
  client.onUnknown((frame) => heard.push(frame));
  socket.tell({ action: "ping" });
  assert.deepEqual([socket.sent, heard], [[{ action: "pong" }], []]);
  void client.close();
});

test("what is no JSON fails its caller alone", async () => {
  const [client, socket] = begin();
  await assert.rejects(client.ask({ n: 1n }), TypeError);
  const circle = {};
  circle.circle = circle;
  await assert.rejects(client.ask(circle), TypeError);
  const asked = client.ask({});
  socket.tell({ action: "answer", ref: 1 });
  assert.deepEqual(await asked, { action: "answer", ref: 1 });
  await client.close();
  assert.equal(client.state.name, "closed");
});

test("what is queued is sent as it was said", async () => {
  const note = { kind: "send", frame: { action: "note" }, argument: "" };
  const [client] = begin({ lazy: true, offline: "queue" }, { operations: { note } });
  const said = { text: "a" };
  const sent = client.note(said);
  said.text = "b";
  client.connect();
  Socket.last.onopen({});
  await sent;
  assert.deepEqual(Socket.last.sent, [{ action: "note", text: "a" }]);
  void client.close();
});

test("a WebSocket that throws is told of, and the client lives", async () => {
  class Failing extends Socket {
    send() {
      throw new Error("send");
    }
  }
  const told = [];
  const onError = ({ message }) => told.push(message);
  const [client, socket] = begin({ WebSocket: Failing, onError });
  const asked = client.ask({});
  socket.onclose({ code: 1006, reason: "" });
  await assert.rejects(asked, ConnectionLost);
  assert.deepEqual([client.state.name, told], ["waiting", ["send"]]);
  void client.close();
});

test("a handler that closes the client may wait until the socket is closed", async () => {
  class Slow extends Socket {
    close() {}
  }
  const [client, socket] = begin({ WebSocket: Slow });
  let isClosed = false;
  client.on("told", async () => {
    await client.close();
    isClosed = true;
  });
  socket.tell({ action: "told" });
  await turn();
  assert.deepEqual([client.state.name, isClosed], ["closed", false]);
  socket.onclose({ code: 1000, reason: "" });
  await turn();
  assert.equal(isClosed, true);
});

test("a provider that fails after its attempt is told, and counts for no other", async () => {
  const calls = [];
  const told = [];
  const token = ({ reason }) =>
    new Promise((resolve, reject) => calls.push({ reason, resolve, reject }));
  const onError = ({ message }) => told.push(message);
  const credentials = [{ in: "query", name: "token" }];
  const [client] = begin({ token, onError }, { credentials });
  const refreshed = client.refreshToken();
  calls[1].resolve("b");
  assert.equal(await refreshed, "b");
  Socket.last.onclose({ code: 4401, reason: "" });
  calls[0].reject(new Error("late"));
  await turn();
  assert.deepEqual([client.state.name, told], ["connecting", ["late"]]);
  calls[2].resolve("c");
  await turn();
  assert.equal(Socket.last.url.searchParams.get("token"), "c");
  assert.deepEqual(
    calls.map(({ reason }) => reason),
    ["connect", "expiring", "rejected"],
  );
  void client.close();
});

test("nothing looks at a socket any more that was left", () => {
  let looks = 0;
  let amount = 0;
  class Counted extends Socket {
    constructor(...given) {
      super(...given);
      const get = () => ((looks += 1), amount);
      Object.defineProperty(this, "bufferedAmount", { get });
    }
    send(text) {
      super.send(text);
      amount = 2 ** 21;
    }
  }
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const [client, socket] = begin({ WebSocket: Counted });
    client.ask({}).catch(() => {});
    client.ask({}).catch(() => {});
    assert.equal(socket.sent.length, 1);
    amount = 0;
    mock.timers.tick(50); // the second goes, and fills the socket again
    assert.equal(socket.sent.length, 2);
    void client.close();
    const before = looks;
    mock.timers.tick(1_000);
    assert.equal(looks, before);
  } finally {
    mock.timers.reset();
  }
});

test("nothing of a client that is closed holds on to a signal", async () => {
  const [client] = begin();
  const { signal } = new AbortController();
  const before = client.messages({ signal });
  await client.close();
  const after = client.messages({ signal });
  assert.deepEqual([await taken(before), await taken(after)], [[], []]);
  assert.deepEqual(getEventListeners(signal, "abort"), []);
});

test("a reply that is no message is unknown, and fails its request", async () => {
  const [client, socket] = begin();
  const heard = [];
  client.onUnknown(({ problem, raw }) => heard.push([problem, raw]));
  const asked = client.ask({});
  socket.tell({ action: "nonsense", ref: 1 });
  await assert.rejects(asked, InvalidReply);
  assert.deepEqual(heard, [["no_message", { action: "nonsense", ref: 1 }]]);
  void client.close();
});

test("a socket that takes a little at a time is not dropped", () => {
  let now = 0;
  let amount = 0;
  class Slow extends Socket {
    constructor(...given) {
      super(...given);
      Object.defineProperty(this, "bufferedAmount", { get: () => amount });
    }
  }
  const pass = () => ((now += 50), mock.timers.tick(50));
  const clock = mock.method(performance, "now", () => now);
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const [client] = begin({ WebSocket: Slow, sendTimeout: 200 });
    amount = 2 ** 22;
    client.ask({}).catch(() => {});
    for (let turns = 0; turns < 20; turns += 1) {
      amount -= 1_000;
      pass();
    }
    assert.equal(client.state.name, "open");
    for (let turns = 0; turns < 4; turns += 1) pass();
    assert.equal(client.state.name, "waiting");
    void client.close();
  } finally {
    mock.timers.reset();
    clock.mock.restore();
  }
});

test("the state is one object until it changes", async () => {
  const [client, socket] = begin();
  const before = client.state;
  assert.equal(before, client.state);
  socket.tell({ action: "told" });
  assert.equal(before, client.state);
  const closing = client.close();
  assert.notEqual(before, client.state);
  await closing;
});
