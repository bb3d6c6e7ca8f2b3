// Plays a scenario of scenario.json with a client that was written, and prints what comes of it.
//
// Its argument is JSON: the client's index.js, the name of its function, options, and the steps.

const { index, connect, options, steps } = JSON.parse(process.argv[2]);
const client = await import(index);
const room = client[connect](options);
const told = [["open", (await room.opened).action]];

async function play({ do: what, say, take }) {
  const given = Object.keys(say).length > 0 ? [say] : [];
  try {
    if (take === undefined) return [(await room[what](...given))?.action ?? null];
    const taken = [];
    for await (const item of room[what](...given)) {
      taken.push(item.action);
      if (taken.length === take) break;
    }
    return taken;
  } catch (error) {
    if (!(error instanceof client.Refused)) throw error;
    return ["refused", error.reply.action, error.reply.payload.code];
  }
}

for (const step of steps) told.push([step.do, ...(await play(step))]);
await room.close();
told.push(["closed", room.state.name]);
console.log(JSON.stringify(told));
