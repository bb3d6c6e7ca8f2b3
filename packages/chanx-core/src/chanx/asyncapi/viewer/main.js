import { button, el } from "./dom.js";
import { readDocument } from "./document.js";
import { failureView, pageOf, unfoldAll } from "./page.js";

const THEMES = ["auto", "light", "dark"];
const KEPT_THEME = "chanx-asyncapi-theme";

async function start() {
  const address = document.body.dataset.document;
  try {
    const model = readDocument(await fetched(address));
    const page = pageOf(model, address);
    const { node, clear } = topBar(page);
    document.body.replaceChildren(node, page.node);
    clear();
    // What a search hides is found without it.
    const follow = () => page.open(location.hash.slice(1)) || (clear(), page.open(location.hash.slice(1)));
    window.addEventListener("hashchange", follow);
    if (location.hash) follow();
  } catch (error) {
    document.body.replaceChildren(failureView(error, address));
  }
  document.documentElement.dataset.ready = "";
}

async function fetched(address) {
  const embedded = document.getElementById("document");
  if (embedded) return JSON.parse(embedded.textContent);
  const response = await fetch(address, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`${address} answers ${response.status} ${response.statusText}.`);
  return response.json();
}

function topBar(page) {
  const field = el("input", { type: "search", placeholder: "Search (press /)", "aria-label": "Search operations", input: () => page.search(field.value), keydown });
  const menu = menuButton();

  function clear() {
    field.value = "";
    page.search("");
  }

  function keydown({ key }) {
    if (key === "Escape") clear();
    if (key === "Enter" && page.first()) goTo(page.first());
  }

  function goTo(id) {
    if (location.hash === `#${id}`) page.open(id);
    location.hash = id;
    const title = document.getElementById(id).querySelector(":scope > summary, h2 a");
    if (title instanceof HTMLElement) title.focus({ preventScroll: true });
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !isWriting(event.target)) {
      event.preventDefault();
      field.focus();
      field.select();
    }
  });
  const node = el(
    "div.top", { role: "banner" },
    el("a.skip", { href: "#content" }, "Skip to the content"),
    menu,
    field,
    themeButton(),
  );
  return { node, clear };
}

/** Opens the contents where the page is too narrow to have them at its side. */
function menuButton() {
  const made = button("Contents", () => show(made.ariaExpanded !== "true"), { class: "menu", "aria-controls": "contents", "aria-expanded": "false" });
  const show = (isOpen) => {
    made.ariaExpanded = String(isOpen);
    document.getElementById("contents").classList.toggle("open", isOpen);
  };
  document.addEventListener("click", ({ target }) => target instanceof Element && target.closest("nav a") && show(false));
  document.addEventListener("keydown", ({ key }) => key === "Escape" && show(false));
  return made;
}

function isWriting(target) {
  return target instanceof Element && target.matches("input:not([type=checkbox]), textarea, select");
}

function themeButton() {
  const show = (theme) => {
    document.documentElement.dataset.theme = theme;
    made.textContent = `Theme: ${theme}`;
    kept(theme);
  };
  const made = button("", () => show(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length]));
  show(kept());
  return made;
}

/** The theme that the browser keeps, after keeping one if it is given; it may forbid both. */
function kept(theme) {
  try {
    if (theme) localStorage.setItem(KEPT_THEME, theme);
    const found = localStorage.getItem(KEPT_THEME);
    return THEMES.includes(found) ? found : "auto";
  } catch {
    return "auto";
  }
}

window.addEventListener("beforeprint", unfoldAll);
start();
