// The room page: brings together the connection, the conversation and the forms.
//
// `client/` is written by chanx from the application's document.

import { ask } from "./answer.js";
import { connectRoom } from "./client/index.js";
import { clearProblems, post, showProblems } from "./forms.js";
import { joinedName, lastName, paintAvatar, rememberName } from "./identity.js";
import { Log } from "./log.js";
import { clone, submitOnEnter } from "./message.js";
import { Problem } from "./problem.js";

const byId = (id) => document.getElementById(id);
const room = location.pathname.split("/").at(-1);
const announcements = `/api/rooms/${room}/announcements`;

const log = new Log(() => client);
let client;
let refusal = "";
let me;
let countdown;

function join(name) {
  client?.close();
  client = connectRoom({ parameters: { room }, query: { name } });
  const own = client;
  for (const [key, handler] of Object.entries(received))
    own.on(key, ({ payload }) => own === client && handler(payload));
  own.onState((state) => own === client && showState(state));
  refusal = "";
  showState(own.state);
}

function askForName(problem = "") {
  const form = byId("join").querySelector("form");
  clearProblems(form);
  if (!byId("join").open) {
    form.elements.name.value = lastName();
    byId("join").showModal();
  }
  form.elements.name.select();
  if (problem) showProblems(form, new Problem(problem));
}

function showPeople(members) {
  byId("people-count").textContent = members.length;
  byId("people").replaceChildren(
    ...members.map((member) => {
      const entry = clone("person-template");
      entry.querySelector(".name").textContent = member.name;
      entry.querySelector(".you").hidden = member.id !== me.id;
      paintAvatar(entry.querySelector(".avatar"), member);
      return entry;
    }),
  );
}

const received = {
  welcome(payload) {
    me = payload.you;
    rememberName(me.name);
    byId("join").close();
    showPeople(payload.members);
    log.welcome(payload);
    clearProblems(byId("composer"));
    byId("composer").elements.text.focus();
  },
  // The welcome is the first message in the usual case only: what others do comes beside it.
  presence: (members) => me && showPeople(members),
  said: (message) => log.put(message),
  edited: (message) => log.put(message),
  deleted: ({ id }) => log.remove(id),
  announcement: ({ text }) => log.announce(text),
  error: ({ code, detail, errors }) => {
    if (code === "refused") refusal = detail;
    else showProblems(byId("composer"), new Problem(detail, errors ?? []));
  },
};

const labels = {
  connecting: () => "Connecting…",
  open: () => "Connected",
  closed: () => "Not connected",
  waiting: (retryAt) => {
    const seconds = Math.max(1, Math.ceil((retryAt - Date.now()) / 1000));
    return `Reconnecting in ${seconds} s`;
  },
};

function showState(state) {
  const isWaiting = state.name === "waiting";
  const retryAt = Date.now() + (state.retryIn ?? 0);
  const showLabel = () => {
    for (const label of document.querySelectorAll(".connection-label")) {
      label.textContent = labels[state.name](retryAt);
    }
  };
  clearInterval(countdown);
  if (isWaiting) countdown = setInterval(showLabel, 1000);
  showLabel();
  byId("connection").dataset.state = state.name;
  byId("retry").hidden = !isWaiting;
  if (state.name === "closed" && state.why !== "by_client") {
    askForName(refusal || state.close.meaning || "The server ended the connection.");
  }
}

async function submit(event, form, action) {
  event.preventDefault();
  clearProblems(form);
  const field = form.elements.text;
  const text = field.value;
  field.value = "";
  try {
    await action(text);
  } catch (error) {
    field.value = [text, field.value].filter(Boolean).join("\n"); // nothing typed is lost
    showProblems(form, error);
  }
}

byId("composer").addEventListener("submit", (event) =>
  submit(event, byId("composer"), async (text) => {
    if (event.submitter?.value === "ask") {
      await ask(text, client, log);
    } else {
      const { payload } = await client.say({ text });
      log.put(payload);
      log.follow();
    }
  }),
);
byId("composer").elements.text.addEventListener("keydown", submitOnEnter);
byId("announce").addEventListener("submit", (event) =>
  submit(event, byId("announce"), (text) => post(announcements, { text })),
);
byId("join").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  const name = form.elements.name.value.trim();
  clearProblems(form);
  if (name === "") showProblems(form, new Problem("Choose a name that the others see."));
  else join(name);
});
byId("join").addEventListener("cancel", () => location.assign("/"));
byId("retry").addEventListener("click", () => client.wake());
byId("side-toggle").addEventListener("click", () => {
  const isOpen = byId("side").classList.toggle("open");
  byId("side-toggle").setAttribute("aria-expanded", isOpen);
});
// A page that the browser keeps for going back to is not in the room any more.
addEventListener("pagehide", () => client?.close());
addEventListener("pageshow", ({ persisted }) => persisted && client && join(joinedName()));

document.title = `#${room} · chanx chat`;
byId("room-name").textContent = `#${room}`;
byId("join-title").textContent = `Join #${room}`;
byId("curl").textContent =
  `curl ${location.origin}${announcements} \\\n  --json '{"text": "Tea is ready."}'`;

const name = joinedName();
if (name === null) askForName();
else join(name);
