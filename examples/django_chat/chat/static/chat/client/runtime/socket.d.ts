// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

import type { Handshake } from "./address.js";
import type { WebSocketClass } from "./client.js";
export interface SocketEvents {
  opened(): void;
  /** Null for a frame that is not text. */
  received(text: string | null): void;
  closed(code: number, reason: string): void;
  blocked(isBlocked: boolean): void;
}
export declare class Socket {
  #private;
  /** Connects; throws where the handshake cannot even be tried. */
  constructor(
    WebSocket: WebSocketClass,
    { url, protocols, headers }: Handshake,
    events: SocketEvents,
  );
  send(text: string): void;
  /** Closes, and is heard of no more; ends when the server has answered, or does not. */
  close(code: number, reason: string): Promise<void>;
}
