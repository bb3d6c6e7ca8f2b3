// One message in the conversation, which its author can edit and delete.

import { clearProblems, showProblems } from "./forms.js";
import { paintAvatar } from "./identity.js";
import { problemOf } from "./problem.js";

export const clone = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

export class MessageEntry {
  #client;
  #log;

  /** `client` returns the client; `log` is told of the replies to what the author does: `put` and `remove`. */
  constructor(message, client, log) {
    this.element = clone("message-template");
    this.message = message;
    this.#client = client;
    this.#log = log;
    this.#listen();
  }

  #find(selector) {
    return this.element.querySelector(selector);
  }

  #listen() {
    const form = this.#find(".edit");
    const remove = this.#find(".delete-button");
    this.#find(".edit-button").addEventListener("click", () => this.#edit());
    this.#find(".cancel").addEventListener("click", () => this.#stopEditing());
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#stopEditing();
      submitOnEnter(event);
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    remove.addEventListener("click", () => this.#delete());
    remove.addEventListener("blur", () => (remove.textContent = "Delete"));
  }

  /** Shows the message, or a later revision of it. */
  show(message, isOwn) {
    this.message = message;
    this.element.classList.toggle("own", isOwn);
    this.#find(".actions").hidden = !isOwn;
    this.#find(".author").textContent = message.author.name;
    this.#find(".text").textContent = message.text;
    this.#find(".edited").hidden = message.revision === 0;
    paintAvatar(this.#find(".avatar"), message.author);
    const sentAt = new Date(message.sent_at);
    const time = this.#find("time");
    time.dateTime = message.sent_at;
    time.title = sentAt.toLocaleString();
    time.textContent = sentAt.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  }

  #edit() {
    const form = this.#find(".edit");
    clearProblems(this.element);
    form.hidden = false;
    this.element.classList.add("editing");
    form.elements.text.value = this.message.text;
    form.elements.text.focus();
  }

  #stopEditing() {
    this.#find(".edit").hidden = true;
    this.element.classList.remove("editing");
    this.#find(".edit-button").focus();
  }

  async #save() {
    const form = this.#find(".edit");
    const change = { id: this.message.id, text: form.elements.text.value };
    clearProblems(form);
    try {
      const { payload } = await this.#client().edit(change);
      this.#log.put(payload);
      this.#stopEditing();
    } catch (error) {
      showProblems(form, error);
    }
  }

  async #delete() {
    const button = this.#find(".delete-button");
    clearProblems(this.element);
    if (button.textContent === "Delete") {
      button.textContent = "Delete?"; // the second press does it
      return;
    }
    try {
      const { payload } = await this.#client().delete({ id: this.message.id });
      this.#log.remove(payload.id);
    } catch (error) {
      button.textContent = "Delete";
      this.#find(".content > .problem").textContent = problemOf(error).message;
    }
  }
}

/** Enter submits a text field's form, Shift and Enter begins a new line. */
export function submitOnEnter(event) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  event.target.form.requestSubmit();
}
