// The page of a room: what is said comes by WebSocket; one speaks by WebSocket or by HTTP.

const byId = (id) => document.getElementById(id);
const { socket: address, messages } = document.querySelector("main").dataset;
const composer = byId("composer");
const log = byId("log");

const LONGEST_PAUSE = 30_000; // milliseconds between two attempts to connect
const TYPING = 3_000; // milliseconds for which somebody is said to be writing
const TOO_EARLY = [4408, 4429]; // the handshake took too long, too many requests
// Other codes of 44xx: the server will not change its mind.
const MAY_RETRY = (code) => code < 4400 || code >= 4500 || TOO_EARLY.includes(code);

let socket;
let attempts = 0;
let me = "";
let refusal = "";
let typingUntil = 0;
let typingTimer;

function connect() {
  const url = new URL(address, location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  socket = new WebSocket(url);
  socket.addEventListener("message", ({ data }) => {
    const { action, payload } = JSON.parse(data);
    received[action]?.(payload);
  });
  socket.addEventListener("close", ({ code }) => {
    if (MAY_RETRY(code)) retry();
    else showState(refusal || "Not let in");
  });
}

function retry() {
  const pause = Math.min(LONGEST_PAUSE, 500 * 2 ** attempts++) * (0.5 + Math.random() / 2);
  showState("Reconnecting…");
  setTimeout(connect, pause);
}

function showState(text, isOpen = false) {
  byId("state").textContent = text;
  byId("state").classList.toggle("open", isOpen);
  for (const button of composer.querySelectorAll("button")) button.disabled = !isOpen;
}

const received = {
  authentication({ status_code: status, data }) {
    if (status !== 200) refusal = data?.detail ?? "Not let in";
  },
  welcome({ you, history }) {
    me = you;
    attempts = 0;
    showState("Connected", true);
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
    else socket.send(JSON.stringify({ action: "say", payload: text }));
    field.value = "";
  } catch (error) {
    byId("problem").textContent = error.message; // what was typed stays
  }
});

composer.elements.text.addEventListener("input", () => {
  if (Date.now() < typingUntil || socket.readyState !== WebSocket.OPEN) return;
  typingUntil = Date.now() + TYPING;
  socket.send(JSON.stringify({ action: "typing" }));
});

showState("Connecting…");
connect();
