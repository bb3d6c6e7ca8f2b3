// The front page: the rooms, and the form to join one.

import { clearProblems, showProblems } from "./forms.js";
import { lastName, rememberName } from "./identity.js";
import { Problem } from "./problem.js";

const form = document.getElementById("join");
const ROOM = /^[a-z0-9](-?[a-z0-9]){0,31}$/;
const ROOM_PROBLEM = { loc: ["room"], msg: "Use small letters, digits and single hyphens, at most 32." };

function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

async function showRooms() {
  const list = document.getElementById("rooms");
  const problem = document.getElementById("rooms-problem");
  try {
    const response = await fetch("/api/rooms");
    if (!response.ok) throw new Error(response.statusText);
    const entries = (await response.json()).map((room) => {
      const entry = document.getElementById("room-template").content.cloneNode(true);
      entry.querySelector("a").href = `/rooms/${room.name}`;
      entry.querySelector("strong").textContent = `#${room.name}`;
      const people = room.people === 0 ? "nobody here" : `${room.people} here`;
      entry.querySelector("span").textContent = `${people} · ${count(room.messages, "message")}`;
      entry.querySelector("a").classList.toggle("lively", room.people > 0);
      return entry;
    });
    list.replaceChildren(...entries);
    problem.textContent = "";
  } catch {
    problem.textContent = "The rooms cannot be listed: the server cannot be reached.";
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearProblems(form);
  const name = form.elements.name.value.trim();
  const room = form.elements.room.value.trim().replace(/^#/, "");
  const problems = [];
  if (name === "") problems.push({ loc: ["name"], msg: "Choose a name that the others see." });
  if (!ROOM.test(room)) problems.push(ROOM_PROBLEM);
  if (problems.length) {
    showProblems(form, new Problem("", problems));
    return;
  }
  rememberName(name);
  location.assign(`/rooms/${room}`);
});

form.elements.name.value = lastName();
if (location.pathname.startsWith("/rooms/")) {
  form.elements.room.value = decodeURIComponent(location.pathname.slice("/rooms/".length));
  showProblems(form, new Problem("", [ROOM_PROBLEM]));
}
addEventListener("pageshow", showRooms);
document.addEventListener("visibilitychange", () => document.hidden || showRooms());
