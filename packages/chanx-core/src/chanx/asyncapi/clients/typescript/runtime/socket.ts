// One WebSocket, of which nothing is heard any more once it is left.

import type { Handshake } from "./address.ts";
import type { WebSocketClass, WebSocketLike } from "./client.ts";

const FULL = 1024 * 1024; // bytes that wait to be sent
const LOOK_EVERY = 50; // milliseconds: nothing tells when they are fewer
const CLOSE_WITHIN = 2_000; // milliseconds

export interface SocketEvents {
  opened(): void;
  /** Null for a frame that is not text. */
  received(text: string | null): void;
  closed(code: number, reason: string): void;
  blocked(isBlocked: boolean): void;
}

export class Socket {
  #socket: WebSocketLike;
  #isLeft = false;
  #look: ReturnType<typeof setTimeout> | undefined;
  #events: SocketEvents;

  /** Connects; throws where the handshake cannot even be tried. */
  constructor(
    WebSocket: WebSocketClass,
    { url, protocols, headers }: Handshake,
    events: SocketEvents,
  ) {
    this.#events = events;
    // Node.js, Deno and Bun take an object in place of the subprotocols.
    const extended = { protocols, headers } as unknown as string[];
    this.#socket = new WebSocket(
      url,
      Object.keys(headers).length ? extended : protocols,
    );
    const socket = this.#socket;
    socket.onopen = () => this.#isLeft || events.opened();
    socket.onmessage = ({ data }: { readonly data: unknown }) =>
      this.#isLeft || events.received(typeof data === "string" ? data : null);
    socket.onclose = ({
      code,
      reason,
    }: {
      readonly code: number;
      readonly reason: string;
    }) => {
      if (this.#isLeft) return;
      this.#leave();
      events.closed(code, reason);
    };
    socket.onerror = () => undefined; // a close follows
  }

  send(text: string): void {
    this.#socket.send(text);
    if (this.#socket.bufferedAmount > FULL && this.#look === undefined) {
      this.#events.blocked(true);
      this.#watch();
    }
  }

  /** Closes, and is heard of no more; ends when the server has answered, or does not. */
  close(code: number, reason: string): Promise<void> {
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

  #leave(): void {
    this.#isLeft = true;
    clearTimeout(this.#look);
  }

  #watch(): void {
    this.#look = setTimeout(() => {
      if (this.#socket.bufferedAmount > FULL) return this.#watch();
      this.#look = undefined;
      this.#events.blocked(false);
    }, LOOK_EVERY);
  }
}
