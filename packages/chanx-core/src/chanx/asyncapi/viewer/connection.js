import { matchMessage } from "./matching.js";
import { pointerTo, resolve } from "./references.js";

export const MOST_ENTRIES = 2000;

/**
 * One WebSocket and the log of what went over it; `changed` is called when there is something new.
 * Entries are `{id, at, kind, text, size, match, ref, request, elapsed}`: the kind is "sent",
 * "received" or "event", the size in bytes, times in milliseconds, `request` what a reply answers.
 */
export class Connection {
  /** @param {{ source: any, sent: any, received: any, changed: any, open?: any, now?: () => number }} options */
  constructor({ source, sent, received, changed, open, now }) {
    this.source = source;
    this.messages = { sent, received };
    this.changed = changed ?? (() => {});
    this.openSocket = open ?? ((url, protocols) => new WebSocket(url, protocols));
    this.now = now ?? (() => Date.now());
    this.state = "closed";
    this.entries = [];
    this.dropped = 0;
    this.requests = new Map();
    this.nextId = 1;
    this.nextRef = 1;
  }

  /** Connects; `shown` is the address without its credentials, for the log. */
  connect(url, protocols, shown = url) {
    this.disconnect();
    this.requests.clear();
    this.target = [url, protocols, shown];
    let socket;
    try {
      socket = this.openSocket(url, protocols);
    } catch (error) {
      this.note(`The browser refuses this address: ${error.message}`);
      return;
    }
    this.socket = socket;
    this.state = "connecting";
    socket.binaryType = "arraybuffer";
    this.note(`Connecting to ${shown}`);
    const whileCurrent = (react) => (event) => this.socket === socket && react(event);
    socket.addEventListener("open", whileCurrent(() => this.opened(socket)));
    socket.addEventListener("message", whileCurrent(({ data }) => this.received(data)));
    socket.addEventListener("close", whileCurrent((event) => this.closed(event)));
  }

  reconnect() {
    if (this.target) this.connect(...this.target);
  }

  /** Closes the socket; whatever it still says is logged. */
  close(code = 1000, reason = "") {
    if (!this.socket) return;
    try {
      this.socket.close(code, reason);
      this.state = "closing";
      this.note(`Closing with ${code}`);
    } catch (error) {
      this.note(`The browser refuses this close: ${error.message}`);
    }
  }

  /** Lets go of the socket at once: another takes its place. */
  disconnect() {
    const socket = this.socket;
    this.socket = undefined;
    if (!socket) return;
    socket.close();
    this.state = "closed";
    this.note("Closed by a new connection");
  }

  /** Sends a frame as it is; returns whether there was a connection to send it on. */
  send(text) {
    if (this.state !== "open") return false;
    this.socket.send(text);
    const entry = this.add("sent", text);
    if (entry.ref !== undefined) this.requests.set(String(entry.ref), entry);
    return true;
  }

  opened(socket) {
    this.state = "open";
    this.note(socket.protocol ? `Open, with the subprotocol ${socket.protocol}` : "Open");
  }

  received(data) {
    const isText = typeof data === "string";
    const entry = this.add("received", isText ? data : `${data.byteLength} bytes of binary data`, isText ? undefined : data.byteLength);
    const request = entry.ref === undefined ? undefined : this.requests.get(String(entry.ref));
    if (request) Object.assign(entry, { request, elapsed: entry.at - request.at });
  }

  closed({ code, reason, wasClean }) {
    this.socket = undefined;
    this.state = "closed";
    const how = code === 1006 && !wasClean ? ": the handshake was refused, or the connection broke" : "";
    this.note(`Closed with ${code}${reason ? ` ${reason}` : ""}${how}`, code);
  }

  note(text, code) {
    this.add("event", text, 0, code);
  }

  add(kind, text, size, code) {
    const entry = { id: this.nextId++, at: this.now(), kind, text, size: size ?? new TextEncoder().encode(text).length, code };
    if (kind !== "event") {
      entry.match = matchMessage(this.source, this.messages[kind], text);
      entry.ref = correlationOf(this.source, entry.match);
    }
    this.entries.push(entry);
    if (this.entries.length > MOST_ENTRIES) this.dropped += this.entries.splice(0, 1).length;
    this.changed(entry);
    return entry;
  }

  clear() {
    this.entries = [];
    this.dropped = 0;
    this.changed(null);
  }

  /** The log as data, to be saved. */
  export() {
    return this.entries.map(({ id, at, kind, text, size, match, ref, request, elapsed }) => ({
      id,
      time: new Date(at).toISOString(),
      kind,
      text,
      size,
      ...(match && { message: match.name, valid: match.isJson && match.key !== null && !match.errors.length, errors: match.errors }),
      ...(ref !== undefined && { ref }),
      ...(request && { answers: request.id, milliseconds: elapsed }),
    }));
  }
}

const PAYLOAD = "$message.payload#";

/** A message's correlation id: where the document says that it is (3.0, Correlation ID Object), or its `ref`. */
function correlationOf(source, { message, value }) {
  const location = resolve(source, message?.correlationId)?.location;
  const pointer = typeof location === "string" && location.startsWith(PAYLOAD) ? location.slice(PAYLOAD.length) : "/ref";
  const found = pointerTo(value, `#${pointer}`);
  return typeof found === "string" || typeof found === "number" ? found : undefined;
}
