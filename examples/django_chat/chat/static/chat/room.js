// The page of a room: what is said comes by WebSocket; one speaks by WebSocket or by HTTP.
//
// `client/` is written by chanx from the project's document.

import { connectRoom, Refused } from "./client/index.js";

const byId = (id) => document.getElementById(id);
const { slug, messages } = document.querySelector("main").dataset;
const composer = byId("composer");
const log = byId("log");

const TYPING = 3_000; // milliseconds for which somebody is said to be writing

let client;
let me = "";
let refusal = "";
let typingUntil = 0;
let typingTimer;

const labels = {
  connecting: () => "Connecting…",
  open: () => "Connected",
  waiting: () => "Reconnecting…",
  closed: ({ close }) => refusal || close.meaning || "Not let in",
};

function enter() {
  client = connectRoom({ parameters: { slug } });
  for (const [key, handler] of Object.entries(received))
    client.on(key, ({ payload }) => handler(payload));
  client.onState(showState);
  showState(client.state);
}

function showState(state) {
  if (state.name === "closed" && state.why === "by_client") return;
  const isOpen = state.name === "open";
  byId("state").textContent = labels[state.name](state);
  byId("state").classList.toggle("open", isOpen);
  for (const button of composer.querySelectorAll("button")) button.disabled = !isOpen;
}

const received = {
  authentication({ status_code: status, data }) {
    if (status !== 200) refusal = data?.detail ?? "Not let in";
  },
  welcome({ you, history }) {
    me = you;
    log.replaceChildren();
    history.forEach(show);
  },
  said(message) {
    show(message);
    byId("typing").textContent = "";
  },
  is_typing(name) {
    byId("typing").textContent = `${name} is writing…`;
    clearTimeout(typingTimer);
    typingTimer = setTimeout(() => (byId("typing").textContent = ""), TYPING);
  },
  error({ detail }) {
    byId("problem").textContent = detail;
  },
};

function show({ author, text, sent_at: sentAt }) {
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  const entry = byId("message").content.firstElementChild.cloneNode(true);
  const time = entry.querySelector("time");
  entry.classList.toggle("own", author === me);
  entry.querySelector("strong").textContent = author;
  entry.querySelector(".text").textContent = text;
  time.dateTime = sentAt;
  time.textContent = new Date(sentAt).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  log.append(entry);
  if (isAtEnd || author === me) log.scrollTop = log.scrollHeight;
}

async function post(text) {
  const response = await fetch(messages, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "X-CSRFToken": composer.elements.csrfmiddlewaretoken.value,
    },
    body: JSON.stringify({ text }),
  });
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
}

composer.addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = composer.elements.text;
  const text = field.value.trim();
  byId("problem").textContent = "";
  if (text === "") return;
  try {
    if (event.submitter?.value === "http") await post(text);
    else await client.say({ payload: text });
    if (field.value.trim() === text) field.value = "";
  } catch (error) {
    // What was typed stays.
    byId("problem").textContent =
      error instanceof Refused ? error.reply.payload.detail : error.message;
  }
});

composer.elements.text.addEventListener("input", () => {
  if (Date.now() < typingUntil || client.state.name !== "open") return;
  typingUntil = Date.now() + TYPING;
  client.typing.result(); // nothing depends on it
});

// A page that the browser keeps for going back to is not in the room any more.
addEventListener("pagehide", () => client.close());
addEventListener("pageshow", ({ persisted }) => persisted && enter());

enter();
