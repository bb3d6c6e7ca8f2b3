import { button, codeBlock, el, refill } from "./dom.js";
import { MOST_ENTRIES } from "./connection.js";

const ARROWS = { sent: "↑", received: "↓", event: "•" };

/** The live log of a connection, with a filter, a pause, and the means to clear and to save it. */
export function logView(connection, name) {
  const list = el("ol.log", { tabindex: "0", "aria-label": `Frames of ${name}` });
  const filter = el("input", { type: "search", placeholder: "Filter frames", "aria-label": "Filter frames", input: redraw });
  const dropped = el("small");
  const pauseButton = button("Pause", togglePause, { "aria-pressed": "false" });
  let pending = [];
  let isPaused = false;
  let isScheduled = false;

  const fits = (entry) => entry.text.toLowerCase().includes(filter.value.toLowerCase());

  function togglePause() {
    isPaused = !isPaused;
    pauseButton.setAttribute("aria-pressed", String(isPaused));
    if (!isPaused) schedule();
    tell();
  }

  function tell() {
    pauseButton.textContent = isPaused ? `Resume (${pending.length} new)` : "Pause";
    dropped.textContent = connection.dropped ? `${connection.dropped} older ones dropped` : "";
  }

  function redraw() {
    pending = [];
    refill(list, connection.entries.filter(fits).map(entryView));
    tell();
  }

  // Many frames may come between two paints: they are shown together.
  function schedule() {
    if (isScheduled) return;
    isScheduled = true;
    requestAnimationFrame(() => {
      isScheduled = false;
      if (!isPaused && !isPressed) flush();
      tell();
    });
  }

  // Nothing may move under a press: what came meanwhile is shown after it.
  let isPressed = false;
  list.addEventListener("pointerdown", () => (isPressed = true));
  for (const end of ["pointerup", "pointercancel"]) {
    window.addEventListener(end, () => {
      if (isPressed) schedule();
      isPressed = false;
    });
  }

  function flush() {
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    list.append(...pending.filter(fits).map(entryView));
    pending = [];
    while (list.childElementCount > MOST_ENTRIES) list.firstElementChild.remove();
    if (isAtEnd) list.scrollTop = list.scrollHeight;
  }

  function add(entry) {
    if (entry === null) return redraw();
    pending.push(entry);
    if (pending.length > MOST_ENTRIES) pending.shift();
    schedule();
  }

  const others = [button("Clear", () => connection.clear()), button("Save as JSON", () => save(connection, name))];
  const tools = el("div.actions", filter, pauseButton, others, dropped);
  return { node: el("div", tools, list), add };
}

function entryView(entry) {
  const { kind, text, at, size, match, request, elapsed, ref } = entry;
  const time = new Date(at).toISOString().slice(11, 23);
  const head = [
    el("span.arrow", { title: kind }, ARROWS[kind], el("span.offscreen", kind)),
    el("time", { datetime: new Date(at).toISOString() }, time),
  ];
  if (kind === "event") return el("li.entry.event", head, el("span", { dir: "auto" }, text));
  const line = [
    head,
    el("strong", match.name ?? "?"),
    verdict(match),
    request && el("span.pair", `answers ref ${ref} after ${elapsed} ms`),
    !request && ref !== undefined && el("span.pair", `ref ${ref}`),
    el("span.soft", `${size} B`),
    el("code.glance", text.slice(0, 200)),
  ];
  const details = el("details", el("summary", line));
  details.addEventListener("toggle", () => details.childElementCount === 1 && details.append(content(text, match)));
  return el(`li.entry.${kind}`, details);
}

function verdict(match) {
  if (!match.isJson) return el("span.mark.bad", "no JSON");
  if (match.key === null) return el("span.mark.bad", "undocumented");
  return match.errors.length ? el("span.mark.bad", "invalid") : el("span.mark.good", "valid");
}

function content(text, match) {
  const pretty = match.isJson ? JSON.stringify(match.value, null, 2) : text;
  const errors = match.errors.map(({ path, message }) => el("li", `${path.join(".")} ${message}`));
  return el("div", errors.length > 0 && el("ul.problems.bad", errors), codeBlock(pretty));
}

function save(connection, name) {
  const text = JSON.stringify(connection.export(), null, 2);
  const link = el("a", { download: `${name.replace(/[^\w.-]+/g, "-") || "channel"}.json` });
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.click();
  URL.revokeObjectURL(link.href);
}
