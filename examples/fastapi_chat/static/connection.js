// A WebSocket of typed messages that pairs replies with requests and reconnects by itself.

const FIRST_DELAY = 500; // milliseconds; doubled after each failure
const LONGEST_DELAY = 30_000;
const PING_EVERY = 20_000;
const PONG_WITHIN = 10_000;

/** Why a request was not done: `fields` has `{loc, msg}` for each value that is wrong. */
export class RequestError extends Error {
  constructor(code, detail, fields = []) {
    super(detail);
    this.code = code;
    this.fields = fields;
  }
}

const TOO_EARLY = [4408, 4429]; // the handshake took too long, too many requests

/** Whether the same connection may succeed later: 1000 and most of 44xx are the last word. */
export const isRetryable = (code) =>
  TOO_EARLY.includes(code) || (code !== 1000 && !(code >= 4400 && code <= 4499));

/**
 * Events: `state` (detail: `{state, reason, retryAt}`; state is connecting, open, waiting or
 * closed) and `message` (detail: a frame that answers no request).
 */
export class Connection extends EventTarget {
  #url = "";
  #socket = null;
  #requests = new Map();
  #lastRef = 0;
  #failures = 0;
  #retry;
  #heartbeat;
  #refusal = "";

  constructor() {
    super();
    addEventListener("online", () => this.retryNow());
    addEventListener("offline", () => this.#socket && this.#lost(1006));
  }

  /** Connects, and keeps connected. */
  open(url = this.#url) {
    this.#url = url;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#refusal = "";
    this.#tell("connecting");
    const socket = new WebSocket(this.#url);
    this.#socket?.close();
    this.#socket = socket;
    this.#expectFrame();
    // A socket that was given up still fires; only the present one counts.
    socket.onmessage = ({ data }) => socket === this.#socket && this.#received(JSON.parse(data));
    socket.onclose = ({ code }) => socket === this.#socket && this.#lost(code);
  }

  /** Connects at once if the connection waits for its next attempt. */
  retryNow() {
    if (this.#retry !== undefined) this.open();
  }

  /** Sends a message that has no reply. Returns whether it was sent. */
  send(action, payload) {
    return this.#transmit({ action, payload });
  }

  /**
   * Sends a request.
   *
   * `onReply` is called with each reply and returns whether it was the last one; without it, the
   * first is. Returns a promise of the last reply; it fails with a RequestError.
   */
  request(action, payload, onReply = () => true) {
    const ref = ++this.#lastRef;
    return new Promise((resolve, reject) => {
      if (!this.#transmit({ action, payload, ref })) {
        reject(new RequestError("not_connected", "Not connected: this was not sent."));
        return;
      }
      this.#requests.set(ref, { resolve, reject, onReply });
    });
  }

  #transmit(frame) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #received(frame) {
    this.#expectFrame();
    if (frame.action === "error" && frame.payload.code === "refused") {
      this.#refusal = frame.payload.detail;
      return;
    }
    if (frame.action === "welcome") {
      this.#failures = 0; // not before: a server that accepts only to close is failing too
      this.#tell("open");
    }
    const request = this.#requests.get(frame.ref);
    if (request !== undefined) this.#answered(frame, request);
    else this.dispatchEvent(new CustomEvent("message", { detail: frame }));
  }

  #answered(frame, { resolve, reject, onReply }) {
    const { action, payload, ref } = frame;
    if (action === "error" || action === "rejected") {
      this.#requests.delete(ref);
      reject(new RequestError(payload.code, payload.detail, payload.errors));
    } else if (onReply(frame)) {
      this.#requests.delete(ref);
      resolve(frame);
    }
  }

  #expectFrame() {
    clearTimeout(this.#heartbeat);
    this.#heartbeat = setTimeout(() => {
      this.send("ping");
      // Networks can vanish without a word: then no answer comes, and no close either.
      this.#heartbeat = setTimeout(() => this.#lost(1006), PONG_WITHIN);
    }, PING_EVERY);
  }

  #lost(code) {
    const socket = this.#socket;
    this.#socket = null;
    socket.close();
    clearTimeout(this.#heartbeat);
    for (const { reject } of this.#requests.values()) {
      reject(new RequestError("connection_lost", "The connection broke before an answer came."));
    }
    this.#requests.clear();
    if (isRetryable(code)) this.#wait();
    else this.#tell("closed", { reason: this.#refusal || "The server ended the connection." });
  }

  #wait() {
    const longest = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.#failures++);
    // Chance spreads the pages of a server that restarts over half of the time.
    const delay = longest * (0.5 + Math.random() / 2);
    this.#retry = setTimeout(() => this.open(), delay);
    this.#tell("waiting", { retryAt: Date.now() + delay });
  }

  #tell(state, more = {}) {
    this.dispatchEvent(new CustomEvent("state", { detail: { state, ...more } }));
  }
}
