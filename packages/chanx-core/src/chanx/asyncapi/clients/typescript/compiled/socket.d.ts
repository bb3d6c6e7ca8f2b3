import type { Handshake } from "./address.js";
import type { WebSocketClass } from "./client.js";
export interface SocketEvents {
  opened(): void;
  /** Null for a frame that is not text. */
  received(text: string | null): void;
  lost(code: number, reason: string): void;
  blocked(isBlocked: boolean): void;
}
export interface Socket {
  send(text: string): void;
  /** Closes, and is heard of no more; ends when the server has answered, or does not. */
  close(code: number, reason: string): Promise<void>;
}
/** Connects; throws where the handshake cannot even be tried. */
export declare function openSocket(
  WebSocket: WebSocketClass,
  { url, protocols, headers }: Handshake,
  { opened, received, lost, blocked }: SocketEvents,
): Socket;
