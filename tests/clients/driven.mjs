// A client that a test drives: a line of JSON in for each thing to do, a line out for what came of
// it, and one for each thing that happens by itself.

import { createInterface } from "node:readline";

const write = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const tell = (...event) => write({ event });
let client;
let runtime;
let room;

const does = {
  async connect({ index, connect, options, tokens }) {
    runtime = await import(index);
    client = runtime[connect];
    const token = ({ reason }) => {
      tell("asked", reason);
      return tokens.length > 1 ? tokens.shift() : tokens[0];
    };
    room = client({ ...options, ...(tokens && { token }), lazy: true });
    room.onState(({ name, close, retryIn }) =>
      tell("state", name, close?.code ?? null, retryIn === undefined ? null : retryIn / 1e3),
    );
    room.on("*", ({ action, payload }) => tell("message", action, payload ?? null));
    room.onUnknown(({ problem }) => tell("unknown", problem));
    room.connect();
  },
  async call({ name, say }) {
    const given = say === null ? [] : [say];
    const { ok, value, error } = await room[name].result(...given);
    return ok ? [value?.action ?? null, value?.payload ?? null] : [error.name, codeOf(error)];
  },
  /** Takes the first of a stream, and lets others come before it takes the rest. */
  async takeSlowly({ name, say, meanwhile }) {
    const taken = [];
    try {
      for await (const { payload } of room[name](say)) {
        taken.push(payload);
        if (taken.length === 1) await room[meanwhile]();
      }
      return [taken.length, null];
    } catch (error) {
      return [taken.length, error.name];
    }
  },
  refreshToken: async () => room.refreshToken(),
  wake: async () => room.wake(),
  close: async () => room.close(),
};

const codeOf = ({ reply, close }) => reply?.payload?.code ?? close?.code ?? null;

for await (const line of createInterface({ input: process.stdin })) {
  const [id, name, given] = JSON.parse(line);
  does[name](given).then(
    (done) => write({ id, done: done ?? null }),
    (error) => write({ id, failed: String(error?.stack ?? error) }),
  );
}
process.exit(0);
