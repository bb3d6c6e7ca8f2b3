import { connectRoom } from "./index.js";
import { ConnectionLost, Refused, TimedOut } from "./index.js";

declare const session: { token(how: { force: boolean; signal: AbortSignal }): Promise<string> };
declare function show(text: string): void;

const stopAll = new AbortController();
await using room = connectRoom({
  server: "wss://chat.example.org",                      // left out: the document's `servers`, then the page's origin
  parameters: { room: "lobby" },
  query: { name: "Ada" },
  token: ({ reason, signal }) => session.token({ force: reason === "rejected", signal }),
  onConnect: ({ first }) => { if (!first) show("back again"); },
  decide: (close) => (close.code === 4409 ? "backoff" : undefined),
  signal: stopAll.signal,
});

const off = room.on("said", (message) => show(`${message.payload.author.name}: ${message.payload.text}`));
room.on("presence", ({ payload }) => show(payload.map((member) => member.name).join(", ")));
room.onUnknown(({ raw, problem }) => show(problem ?? JSON.stringify(raw)));
room.onState((state) => {
  switch (state.name) {
    case "waiting": show(`again in ${state.retryIn} ms (${state.close.code} ${state.close.meaning ?? ""})`); break;
    case "closed": show(state.close.verdict === "never" ? `over: ${state.close.reason}` : "over"); break;
    case "idle": case "connecting": case "open": break;
    default: state satisfies never;
  }
});

const welcome = await room.opened;                        // the channel's ready message
const said = await room.say({ text: "hello" }, { timeout: 5_000 });
show(`${welcome.payload.you.name} said ${said.payload.id}`);

try {
  await room.edit({ id: said.payload.id, text: "hello!" });
} catch (error) {
  if (error instanceof Refused) show(JSON.stringify(error.reply));
  else if (error instanceof ConnectionLost && error.sent) show("unknown whether it was done");
  else if (error instanceof TimedOut) show(`no answer in ${error.after} ms`);
  else throw error;
}

const done = await room.delete.result({ id: 1 });         // the typed way: no exception for a documented refusal
if (done.ok) show(`gone: ${done.value.payload.id}`);
else if (done.error instanceof Refused && done.error.reply.action === "rejected") show(done.error.reply.payload.code);

await using answer = room.ask({ text: "why?" }, { signal: AbortSignal.timeout(60_000) });
for await (const word of answer) {
  show(word.payload);
  if (word.payload.endsWith("!")) break;                  // leaving the loop sends the document's cancel operation
}
show(await answer.end.then((end) => end.payload));
off();
// @ts-expect-error a wrong field
void room.say({ txt: "x" });
// @ts-expect-error an unknown message
room.on("sayd", () => undefined);
// @ts-expect-error a parameter is missing
connectRoom({ parameters: {}, query: { name: "x" } });
