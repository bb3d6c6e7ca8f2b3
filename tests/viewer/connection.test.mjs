import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection, MOST_ENTRIES } from "../../packages/chanx-core/src/chanx/asyncapi/viewer/connection.js";

const SOURCE = {};
const message = (key, properties, extra) => ({
  key,
  message: { name: key, payload: { type: "object", properties: { action: { const: key }, ...properties }, required: ["action"] }, ...extra },
});

/** A socket whose server is the test. */
class FakeSocket extends EventTarget {
  sent = [];
  protocol = "";

  send(text) {
    this.sent.push(text);
  }

  close(code, reason) {
    if (code === 1234) throw new Error("no such code");
    this.closed = [code, reason];
  }

  tell(type, facts = {}) {
    this.dispatchEvent(Object.assign(new Event(type), facts));
  }
}

function connected(options = {}) {
  const sockets = [];
  let time = 1000;
  const connection = new Connection({
    source: SOURCE,
    sent: [message("ask", { ref: {} })],
    received: [message("answer", { text: { type: "string" } })],
    open: (url, protocols) => (sockets.push(Object.assign(new FakeSocket(), { url, protocols })), sockets.at(-1)),
    now: () => (time += 5),
    ...options,
  });
  connection.connect("ws://h/", ["chat"]);
  sockets[0].tell("open");
  return { connection, sockets, socket: sockets[0] };
}

test("frames are logged with their message and whether they are valid", () => {
  const { connection, socket } = connected();
  socket.tell("message", { data: '{"action":"answer","text":"hi"}' });
  socket.tell("message", { data: '{"action":"answer","text":1}' });
  socket.tell("message", { data: "ä" });
  const [valid, invalid, text] = connection.entries.slice(-3);
  assert.deepEqual([valid.match.name, valid.match.errors, valid.size], ["answer", [], 31]);
  assert.deepEqual(invalid.match.errors.map(({ path }) => path), [["text"]]);
  assert.deepEqual([text.match.isJson, text.size], [false, 2]);
});

test("replies find their request by ref", () => {
  const { connection, socket } = connected();
  connection.send('{"action":"ask","ref":7}');
  socket.tell("message", { data: '{"action":"answer","ref":7}' });
  const [request, reply] = connection.entries.slice(-2);
  assert.equal(reply.request, request);
  assert.equal(reply.elapsed, 5);
  assert.deepEqual(socket.sent, ['{"action":"ask","ref":7}']);
});

test("replies find their request where the document says that the correlation id is", () => {
  const correlationId = { location: "$message.payload#/meta/id" };
  const { connection, socket } = connected({
    sent: [message("ask", {}, { correlationId })],
    received: [message("answer", {}, { correlationId })],
  });
  connection.send('{"action":"ask","meta":{"id":"x"}}');
  socket.tell("message", { data: '{"action":"answer","meta":{"id":"x"}}' });
  assert.equal(connection.entries.at(-1).request, connection.entries.at(-2));
});

test("nothing is sent while there is no connection", () => {
  const { connection, socket } = connected();
  socket.tell("close", { code: 1006, reason: "", wasClean: false });
  assert.equal(connection.send("{}"), false);
  assert.match(connection.entries.at(-1).text, /1006.*refused/);
});

test("a socket that was replaced says nothing any more", () => {
  const { connection, sockets } = connected();
  connection.reconnect();
  assert.deepEqual(sockets[1].protocols, ["chat"]);
  const before = connection.entries.length;
  sockets[0].tell("message", { data: "late" });
  sockets[0].tell("close", { code: 1000 });
  assert.equal(connection.entries.length, before);
  assert.equal(connection.state, "connecting");
});

test("what the browser refuses is told", () => {
  const { connection } = connected();
  connection.close(1234);
  assert.match(connection.entries.at(-1).text, /no such code/);
  assert.equal(connection.state, "open");
  const refusing = new Connection({ source: SOURCE, sent: [], received: [], open: () => { throw new SyntaxError("bad address"); } });
  refusing.connect("nonsense", []);
  assert.match(refusing.entries.at(-1).text, /bad address/);
});

test("binary frames are counted by their bytes", () => {
  const { connection, socket } = connected();
  socket.tell("message", { data: new ArrayBuffer(9) });
  assert.equal(connection.entries.at(-1).size, 9);
});

test("the log is bounded, and says what it dropped", () => {
  const { connection, socket } = connected();
  const before = connection.entries.length;
  for (let count = 0; count < MOST_ENTRIES; count += 1) socket.tell("message", { data: "{}" });
  assert.equal(connection.entries.length, MOST_ENTRIES);
  assert.equal(connection.dropped, before);
  connection.clear();
  assert.deepEqual([connection.entries.length, connection.dropped], [0, 0]);
});

test("the log is data to save", () => {
  const { connection, socket } = connected();
  connection.send('{"action":"ask","ref":1}');
  socket.tell("message", { data: '{"action":"answer","ref":1}' });
  const [request, reply] = connection.export().slice(-2);
  assert.deepEqual([reply.kind, reply.message, reply.valid, reply.ref, reply.answers, reply.milliseconds], ["received", "answer", true, 1, request.id, 5]);
  assert.ok(!Number.isNaN(Date.parse(reply.time)));
});
