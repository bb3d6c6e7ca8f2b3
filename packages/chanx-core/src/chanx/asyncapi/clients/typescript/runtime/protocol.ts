// What a machine is told of a connection, and what it has done.

import type { Problem } from "./errors.ts";

export type Frame = { readonly [key: string]: unknown };
export type Ref = number | string;
export type Verdict = "never" | "refresh" | "backoff" | "spread";
export type TokenReason = "connect" | "rejected" | "expiring" | "unknown";

/** Why a connection ended, and what follows. `meaning` is the document's. */
export interface CloseInfo {
  readonly code: number;
  readonly reason: string;
  readonly verdict: Verdict;
  readonly meaning?: string | undefined;
}

/** Where a client stands. `retryIn` is in milliseconds; `attempt` counts failures in a row. */
export type State =
  | { readonly name: "idle" }
  | { readonly name: "connecting"; readonly attempt: number }
  | { readonly name: "open"; readonly first: boolean }
  | {
      readonly name: "waiting";
      readonly attempt: number;
      readonly retryIn: number;
      readonly close: CloseInfo;
    }
  | {
      readonly name: "closed";
      readonly why: "by_client" | "refused" | "gave_up";
      readonly close: CloseInfo;
    };

/** What the document says of something that a client sends; messages go by their keys. */
export interface Rules {
  readonly errors?: readonly string[];
  readonly end?: readonly string[];
  readonly cancel?: Frame;
  /** Whether `cancel` carries the id of what it ends. */
  readonly cancelsByRef?: boolean;
  readonly idempotent?: boolean;
}

/** What the document says of the connection. */
export interface Protocol {
  /** The keys of what may come unasked; handlers are for these. */
  readonly messages: readonly string[];
  /** The message that says of a request that nothing more comes. */
  readonly complete?: string | undefined;
  readonly ready?: string | undefined;
  /** Where the id of a request stands, key by key. */
  readonly ref?: readonly string[] | undefined;
  readonly isRefText?: boolean | undefined;
  /** What asks whether the server is there, and the key of its answer, if that tells it. */
  readonly heartbeat?:
    | {
        readonly ping: Frame;
        readonly pong?: string | undefined;
        readonly interval?: number | undefined;
      }
    | undefined;
  /** The key of the message by which the server asks whether the client is there, and its answer. */
  readonly serverHeartbeat?:
    { readonly ping: string; readonly pong: Frame } | undefined;
  /** The key of the message that says when to come back, and where the seconds stand in it. */
  readonly reconnect?:
    | { readonly message: string; readonly retryAfter: readonly string[] }
    | undefined;
  /** Bytes of a frame in UTF-8. */
  readonly maxSize?: number | undefined;
  readonly rate?:
    { readonly perSecond: number; readonly burst: number } | undefined;
  readonly closeCodes?:
    | {
        readonly [code: number]: {
          readonly meaning?: string;
          readonly retry?: Verdict;
        };
      }
    | undefined;
}

/** What a user may choose; the times are milliseconds. */
export interface Behaviour {
  /** For the socket, the ready message and the hook together. 10 s. */
  readonly openTimeout?: number | undefined;
  /** For a reply, or the first item of a stream. 10 s. */
  readonly timeout?: number | undefined;
  /** Between two items of a stream; endless unless given. */
  readonly itemTimeout?: number | undefined;
  /** Of silence, before a ping. The document's, else 25 s. */
  readonly pingInterval?: number | undefined;
  /** For any frame after a ping. 10 s. */
  readonly pongTimeout?: number | undefined;
  /** How long a socket may take nothing of what is sent. 10 s. */
  readonly sendTimeout?: number | undefined;
  /** Failures in a row before the client gives up; endless unless given. */
  readonly maxAttempts?: number | undefined;
  /** What becomes of what is sent while there is no connection. `refuse`. */
  readonly offline?: "refuse" | "queue" | undefined;
  /** How much is queued at most. 100. */
  readonly maxQueued?: number | undefined;
  /** How long it is. 30 s. */
  readonly maxAge?: number | undefined;
  /** Whether frames are spaced as the document's limits ask. true. */
  readonly pace?: boolean | undefined;
  /** Whether idempotent requests are sent again after a loss. false. */
  readonly resend?: boolean | undefined;
  /** Chooses another verdict for a close, unless it throws. */
  readonly decide?: ((close: CloseInfo) => Verdict | undefined) | undefined;
}

/** Something to send. The machine keeps `ref`. */
export interface Call {
  readonly kind: "send" | "request" | "stream";
  readonly frame: Frame;
  readonly rules: Rules;
  readonly timeout?: number | undefined;
  readonly itemTimeout?: number | undefined;
  ref?: Ref;
}

/** What a machine has done by whoever drives it. */
export interface Effects<C> {
  state(state: State): void;
  /** The provider is to be asked for a token. */
  need(reason: TokenReason): void;
  /** A socket is to be opened. */
  open(token: string | undefined): void;
  /** The socket is to be given up: nothing that it brings counts any more. */
  drop(code: number, reason: string): void;
  send(text: string): void;
  /** The connection is ready, and the hook is to run, if there is one. */
  hook(first: boolean): void;
  message(key: string, frame: Frame): void;
  unknown(frame: unknown, problem: string): void;
  /** A function of the user's has thrown, which changes nothing else. */
  report(error: unknown): void;
  item(call: C, key: string, frame: Frame, isEnd: boolean): void;
  /** A call is over: it failed, or something answered, or nothing is to be said. */
  settle(
    call: C,
    error: Problem<unknown> | undefined,
    key?: string,
    frame?: Frame,
  ): void;
}

/** Takes an effect, which is to be done once the input that caused it is over. */
export type Emit<C> = <Kind extends keyof Effects<C>>(
  kind: Kind,
  ...facts: Parameters<Effects<C>[Kind]>
) => void;

const VERDICTS: readonly (readonly [Verdict, RegExp])[] = [
  ["refresh", /^(1008|4401)$/],
  ["spread", /^(10(01|12|13)|4429|45..)$/],
  ["never", /^(10(00|02|03|07|10)|44(?!08|13|25)..)$/],
];

/** What a close code means where the document says nothing (R6). */
export const verdictOf = (code: number): Verdict =>
  VERDICTS.find(([, codes]) => codes.test(`${code}`))?.[0] ?? "backoff";
