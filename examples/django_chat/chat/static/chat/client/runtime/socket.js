// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

// One WebSocket, of which nothing is heard any more once it is left.
const FULL = 1024 * 1024; // bytes that wait to be sent
const LOOK_EVERY = 50; // milliseconds: nothing tells when they are fewer
const CLOSE_WITHIN = 2_000; // milliseconds
export class Socket {
  #socket;
  #isLeft = false;
  #look;
  #events;
  /** Connects; throws where the handshake cannot even be tried. */
  constructor(WebSocket, { url, protocols, headers }, events) {
    this.#events = events;
    // Node.js, Deno and Bun take an object in place of the subprotocols.
    const extended = { protocols, headers };
    this.#socket = new WebSocket(
      url,
      Object.keys(headers).length ? extended : protocols,
    );
    const socket = this.#socket;
    socket.onopen = () => this.#isLeft || events.opened();
    socket.onmessage = ({ data }) =>
      this.#isLeft || events.received(typeof data === "string" ? data : null);
    socket.onclose = ({ code, reason }) => {
      if (this.#isLeft) return;
      this.#leave();
      events.closed(code, reason);
    };
    socket.onerror = () => undefined; // a close follows
  }
  send(text) {
    this.#socket.send(text);
    if (this.#socket.bufferedAmount > FULL && this.#look === undefined) {
      this.#events.blocked(true);
      this.#watch();
    }
  }
  /** Closes, and is heard of no more; ends when the server has answered, or does not. */
  close(code, reason) {
    if (this.#isLeft) return Promise.resolve();
    this.#leave();
    return new Promise((resolve) => {
      const patience = setTimeout(resolve, CLOSE_WITHIN);
      this.#socket.onclose = () => {
        clearTimeout(patience);
        resolve();
      };
      if (code === 1006) this.#socket.close();
      else this.#socket.close(code, reason);
    });
  }
  #leave() {
    this.#isLeft = true;
    clearTimeout(this.#look);
  }
  #watch() {
    this.#look = setTimeout(() => {
      if (this.#socket.bufferedAmount > FULL) return this.#watch();
      this.#look = undefined;
      this.#events.blocked(false);
    }, LOOK_EVERY);
  }
}
