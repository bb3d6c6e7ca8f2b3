// The conversation: messages in their order, with announcements and answers where they came in.

import { MessageEntry, clone } from "./message.js";

const GROUPED_WITHIN = 5 * 60_000; // milliseconds between two messages under one name
const MOST_ENTRIES = 1000;
const END = 60; // pixels

export class Log {
  #list = document.getElementById("log");
  #scroll = document.getElementById("scroll");
  #newer = document.getElementById("newer");
  #empty = document.getElementById("empty");
  #entries = new Map(); // of messages, by id
  #client;
  #myId = "";
  #sticks = true; // whether the end stays in view

  /** `client` returns the client of the connection that there is. */
  constructor(client) {
    this.#client = client;
    this.#newer.addEventListener("click", () => this.follow());
    this.#scroll.addEventListener("scroll", () => {
      this.#sticks = this.#isAtEnd();
      if (this.#sticks) this.#newer.hidden = true;
    });
    new ResizeObserver(() => this.#sticks && this.follow()).observe(this.#scroll);
  }

  /** Takes over what the server knows: across a reconnect, messages may have changed or gone. */
  welcome({ you, history }) {
    this.#myId = you.id;
    const kept = new Set(history.map(({ id }) => id));
    for (const id of [...this.#entries.keys()]) if (!kept.has(id)) this.remove(id);
    for (const message of history) this.#show(message);
    this.follow();
  }

  /** Shows a message, or its later revision. */
  put(message) {
    // Replies and broadcasts come by two ways; the count of revisions puts them in order.
    const known = this.#entries.get(message.id)?.message.revision ?? -1;
    if (message.revision >= known) this.extend(() => this.#show(message));
  }

  remove(id) {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    const next = entry.element.nextElementSibling;
    this.#entries.delete(id);
    entry.element.remove();
    if (next) this.#group(next);
    this.#empty.hidden = this.#list.childElementCount > 0;
  }

  announce(text) {
    const element = clone("announcement-template");
    element.querySelector(".text").textContent = text;
    this.extend(() => this.append(element));
  }

  append(element) {
    this.#list.append(element);
  }

  /** Calls what makes the log longer, and keeps its end in view if it was. */
  extend(change) {
    const before = this.#list.childElementCount;
    change();
    while (this.#list.childElementCount > MOST_ENTRIES) this.#forget(this.#list.firstElementChild);
    if (this.#sticks) this.follow();
    else if (this.#list.childElementCount > before) this.#newer.hidden = false;
  }

  /** Brings the end of the log into view. */
  follow() {
    this.#empty.hidden = this.#list.childElementCount > 0;
    this.#sticks = true;
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
    this.#newer.hidden = true;
  }

  #show(message) {
    let entry = this.#entries.get(message.id);
    if (entry === undefined) {
      entry = new MessageEntry(message, this.#client, this);
      entry.element.dataset.id = message.id;
      this.#list.insertBefore(entry.element, this.#firstAfter(message.id));
      this.#entries.set(message.id, entry);
    }
    entry.show(message, message.author.id === this.#myId);
    this.#group(entry.element);
    if (entry.element.nextElementSibling) this.#group(entry.element.nextElementSibling);
  }

  #firstAfter(id) {
    const later = [...this.#entries.keys()].filter((other) => other > id);
    return later.length ? this.#entries.get(Math.min(...later)).element : null;
  }

  /** Marks a message that soon follows another of its author: it needs no name of its own. */
  #group(element) {
    const [message, before] = [element, element.previousElementSibling].map(
      (item) => this.#entries.get(Number(item?.dataset.id))?.message,
    );
    const isGrouped =
      message?.author.id === before?.author.id &&
      new Date(message?.sent_at) - new Date(before?.sent_at) < GROUPED_WITHIN;
    element.classList.toggle("grouped", isGrouped);
  }

  #forget(element) {
    this.#entries.delete(Number(element.dataset.id));
    element.remove();
  }

  #isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroll;
    return scrollHeight - scrollTop - clientHeight < END;
  }
}
