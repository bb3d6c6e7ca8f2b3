import { button, el } from "./dom.js";
import { readDocument } from "./document.js";
import { failureView, pageOf, unfoldAll } from "./page.js";

const THEMES = ["auto", "light", "dark"];
const KEPT_THEME = "chanx-asyncapi-theme";

async function start() {
  const documents = documentsOf();
  const chosen = documents.find(({ title }) => title === new URLSearchParams(location.search).get("document")) ?? documents[0];
  const { address } = chosen;
  try {
    const model = readDocument("content" in chosen ? chosen.content : await fetched(address));
    const page = pageOf(model, address);
    const { node, clear } = topBar(page, chooser(documents, chosen, model.info.title));
    document.body.replaceChildren(node, page.node);
    clear();
    // What a search hides is found without it.
    const follow = () => page.open(location.hash.slice(1)) || (clear(), page.open(location.hash.slice(1)));
    window.addEventListener("hashchange", follow);
    if (location.hash) follow();
  } catch (error) {
    document.body.replaceChildren(...[chooser(documents, chosen, ""), failureView(error, address)].filter(Boolean));
  }
  document.documentElement.dataset.ready = "";
}

/**
 * The documents that the page has within it or knows the addresses of.
 * @returns {{ title: any, content?: any, address?: string }[]}
 */
function documentsOf() {
  const scripts = [...document.querySelectorAll("script")].filter(({ type }) => type === "application/json");
  const within = scripts.map(({ textContent, dataset: { address, title } }) => ({ content: JSON.parse(textContent), address, title }));
  const names = within.map(({ content, address, title }) => title || `${content?.info?.title ?? address}`);
  const titles = names.map((name, index) => (names.indexOf(name) === names.lastIndexOf(name) ? name : `${name} (${within[index].address})`));
  const { document: own, documents } = document.body.dataset;
  const others = Object.entries(JSON.parse(documents ?? "{}")).map(([title, address]) => ({ title, address }));
  return [...(within.length ? within.map((one, index) => ({ ...one, title: titles[index] })) : [{ title: null, address: own }]), ...others];
}

/** Links to the documents, if there are several: each is this page with another query. */
function chooser(documents, chosen, title) {
  if (documents.length < 2) return null;
  const items = documents.map((one) => {
    const query = new URLSearchParams(location.search);
    if (one === documents[0]) query.delete("document");
    else query.set("document", one.title);
    const current = one === chosen && "page";
    return el("li", el("a", { href: `${location.pathname}?${query}`, "aria-current": current }, one.title ?? (current ? title : "This application")));
  });
  return el("details.documents", el("summary", "Documents"), el("ul.plain", items));
}

async function fetched(address) {
  const response = await fetch(address, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`${address} answers ${response.status} ${response.statusText}.`);
  return response.json();
}

function topBar(page, documents) {
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
    documents ?? "",
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
