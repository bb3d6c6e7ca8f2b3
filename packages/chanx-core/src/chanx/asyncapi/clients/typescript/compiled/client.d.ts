/// <reference lib="esnext.disposable" preserve="true" />
import type { Place, Values } from "./address.js";
import type {
  Behaviour,
  Frame,
  Protocol,
  Ref,
  Rules,
  State,
} from "./protocol.js";
import type { TokenReason } from "./protocol.js";
/** How a message is told from others: by the values of properties, and by what it always has. */
export interface Match {
  readonly is?: {
    readonly [property: string]: readonly unknown[];
  };
  readonly has?: readonly string[];
}
/** Something that the client can do. */
export interface Operation extends Rules {
  readonly kind: "send" | "request" | "stream";
  /** What its message always says. */
  readonly frame: Frame;
  /**
   * What its caller says: the property of that name, the rest of the message ("") or the whole of
   * it (null); nothing if it is left out.
   */
  readonly argument?: string | null;
}
/** All that is known of a channel. */
export interface Channel extends Protocol, Place {
  /** What may come, by its key. */
  readonly incoming: {
    readonly [key: string]: Match;
  };
  readonly operations: {
    readonly [name: string]: Operation;
  };
}
/** Why a token is asked for; `signal` says that it is not wanted any more. */
export interface TokenRequest {
  readonly reason: TokenReason;
  readonly signal: AbortSignal;
}
/** A constructor as browsers have it. Others also take headers, in place of subprotocols. */
export type WebSocketClass = new (
  url: string | URL,
  protocols?: string | string[],
) => WebSocketLike;
export interface WebSocketLike {
  readonly bufferedAmount: number;
  onopen: ((event: never) => unknown) | null;
  onmessage: ((event: never) => unknown) | null;
  onclose: ((event: never) => unknown) | null;
  onerror: ((event: never) => unknown) | null;
  send(data: string): void;
  close(code?: number, reason?: string): void;
}
/** What a user may choose, besides what the address needs. */
export interface Options extends Behaviour {
  /** The server, with a path if it has one; else the document's, else the page's. */
  readonly server?: string | URL | undefined;
  /** A token, or what gives one; it throws `Unauthorized` where there is none to be had. */
  readonly token?:
    | string
    | ((request: TokenRequest) => string | null | Promise<string | null>)
    | undefined;
  /** Headers of the handshake; not in browsers. */
  readonly headers?:
    | {
        readonly [name: string]: string;
      }
    | undefined;
  /** Further subprotocols. */
  readonly protocols?: readonly string[] | undefined;
  /** Closes the client. */
  readonly signal?: AbortSignal | undefined;
  /** Whether the client waits for `connect()`. false. */
  readonly lazy?: boolean | undefined;
  /** How much an iterator keeps for one who is slow to take. 1,024 items. */
  readonly maxBuffered?: number | undefined;
  /** Runs on each connection before it is `open`; failing drops the connection. */
  readonly onConnect?:
    | ((context: { readonly first: boolean }) => void | Promise<void>)
    | undefined;
  /** Is told what handlers, hooks, providers and `decide` throw; else the console is. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Says what is wrong with a message, if anything, or throws it; by its key. */
  readonly validate?:
    ((key: string, message: unknown) => string | undefined) | undefined;
  /** In place of the global class, as for tests. */
  readonly WebSocket?: WebSocketClass | undefined;
}
/** What generated options add. */
export interface AddressOptions {
  readonly parameters?: Values | undefined;
  readonly query?: Values | undefined;
}
/** A frame that is not a message of the document, or is wrong. `raw` is undefined if not JSON. */
export interface Unknown {
  readonly raw: unknown;
  readonly text: string;
  readonly problem: string;
}
export interface MessageContext {
  /** The id of the request that caused it, if it carries one. */
  readonly ref: Ref | undefined;
}
/** What every client has. `Events` has the messages that may come, by their keys. */
export interface Client<Events, Ready> extends AsyncDisposable {
  readonly state: State;
  /** The first ready message, or nothing where the open socket says so; fails if it never comes. */
  readonly opened: Promise<Ready>;
  /** Calls back with messages of one kind, or "*" for all; returns what ends that. */
  on<Key extends keyof Events>(
    key: Key,
    handler: (
      message: Events[Key],
      context: MessageContext,
    ) => void | Promise<void>,
    options?: {
      readonly replies?: boolean | undefined;
    },
  ): () => void;
  on(
    key: "*",
    handler: (
      message: Events[keyof Events],
      context: MessageContext,
    ) => void | Promise<void>,
    options?: {
      readonly replies?: boolean | undefined;
    },
  ): () => void;
  /** Calls back with what is not a message of the document. */
  onUnknown(handler: (frame: Unknown) => void | Promise<void>): () => void;
  /** Calls back with each further state. */
  onState(handler: (state: State) => void | Promise<void>): () => void;
  /** The messages that come from now on, without replies. */
  messages(options?: {
    readonly signal?: AbortSignal | undefined;
  }): AsyncIterable<Events[keyof Events]>;
  /** Connects, where `lazy` has kept it from that. */
  connect(): void;
  /** Waits no longer before the next attempt; asks whether the connection is alive. */
  wake(): void;
  /** Asks the provider for another token, for this client's next connection and for its caller. */
  refreshToken(): Promise<string | null>;
  /** Closes for good; ends when the socket is closed. `code` is 1000, or 3000 to 4999. */
  close(code?: number, reason?: string): Promise<void>;
}
