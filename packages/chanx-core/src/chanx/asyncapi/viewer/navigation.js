import { button, el } from "./dom.js";

// A part is read once it has come up to here, below the bar.
const LINE = 90;
// So many operations are listed at once; of more, and of schemas, only those of what is read.
const FEW = 40;
const FEW_FOUND = 200;

/**
 * The list of the page's parts, which follows the reading position: `{node, refresh, hold}`. Its
 * groups are lists of `{id, node, title, kind}`, the head of each first.
 */
export function contents(groups) {
  const isFew = groups.flat().filter(({ kind }) => kind !== "schema").length <= FEW;
  const made = groups.map((parts) => groupOf(parts, isFew && parts[1]?.kind !== "schema", () => mark(current)));
  const places = made.flatMap((group) => group.places);
  const node = el("nav", { id: "contents", "aria-label": "Contents" }, el("ul", made.map((group) => group.node)));
  let shown = places;
  let current = null;
  let isUnfolded = false;

  /** Lists what is not hidden, and of what a search found all, if a reader can take it in. */
  function refresh(isSearch) {
    shown = places.filter((place) => place.refresh());
    isUnfolded = isSearch && shown.length < FEW_FOUND;
    heldAt = null;
    mark(shown[0]);
    schedule();
  }

  function mark(place) {
    current?.tell(false);
    current = place ?? null;
    for (const group of made) group.unfold(isUnfolded, current);
    current?.tell(true);
  }

  function moveTo(place) {
    if (!place || place === current) return;
    mark(place);
    bringInto(node, place.shownLink());
  }

  // Measured once for each paint.
  let isScheduled = false;
  function schedule() {
    if (isScheduled) return;
    isScheduled = true;
    requestAnimationFrame(() => {
      isScheduled = false;
      if (!isHeld()) moveTo(placeRead(shown));
    });
  }
  document.addEventListener("scroll", schedule, { passive: true });

  // At the page's end a part that a link names may not come up to the line: it is the one meant.
  let heldAt = null;
  const isHeld = () => heldAt !== null && Math.abs(window.scrollY - heldAt) < 2;

  /** Marks the part that a link led to, until its reader scrolls on. */
  function hold(id) {
    heldAt = window.scrollY;
    moveTo(shown.find((one) => one.id === id));
  }

  return { node, refresh, hold };
}

function groupOf(parts, isFew, toggled) {
  const id = `contents-${parts[0].id}`;
  const group = {};
  let chosen = isFew ? true : null;
  const toggle = button("", () => {
    chosen = list.hidden;
    toggled();
  }, { class: "fold", "aria-controls": id, "aria-label": `Parts of ${parts[0].title}` });
  const isOpen = () => !list.hidden;
  const [head, ...others] = (group.places = parts.map((part) => placeOf(part, () => head, isOpen)));
  const list = el("ul", { id }, others.map((place) => place.item));
  head.item.append(others.length ? toggle : "", list);

  function show(isShown) {
    list.hidden = !isShown;
    toggle.setAttribute("aria-expanded", String(isShown));
  }

  // What holds the focus does not vanish.
  group.unfold = (isForced, current) => show(isForced || (chosen ?? (group.places.includes(current) || list.contains(document.activeElement))));
  group.node = head.item;
  return group;
}

function placeOf({ id, node, title, kind }, head, isOpen) {
  const link = el("a", { class: kind, href: `#${id}` }, title);
  const item = el("li", link);
  // A link within a folded list is told by the list's head.
  const shownLink = () => (head().link === link || isOpen() ? link : head().link);
  return {
    id,
    node,
    link,
    item,
    shownLink,
    refresh: () => !(item.hidden = Boolean(node.closest("[hidden]"))),
    tell: (isCurrent) => (isCurrent ? shownLink().setAttribute("aria-current", "location") : [link, head().link].forEach((one) => one.removeAttribute("aria-current"))),
  };
}

// The parts' tops are in order, and measuring all of a thousand at each step would be felt. Towards the
// end of the page the line moves down, as the last parts never come up.
function placeRead(places) {
  const most = document.documentElement.scrollHeight - window.innerHeight;
  const start = Math.max(0, most - window.innerHeight);
  const share = most > start ? Math.max(0, (window.scrollY - start) / (most - start)) : 0;
  const line = LINE + share * (window.innerHeight - LINE);
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle].node.getBoundingClientRect().top <= line) low = middle + 1;
    else high = middle;
  }
  return places[Math.max(0, low - 1)];
}

// Not scrollIntoView, which scrolls the page as well.
function bringInto(box, link) {
  const [outer, inner] = [box, link].map((one) => one.getBoundingClientRect());
  box.scrollTop += Math.min(0, inner.top - outer.top - 40) + Math.max(0, inner.bottom - outer.bottom + 40);
}
