// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

import type { MessageContext, Options, Unknown } from "./client.js";
import type { State } from "./protocol.js";
/** What is told, by its kind. */
interface Told {
  message(
    key: string,
    message: never,
    context: MessageContext,
    isReply: boolean,
  ): unknown;
  unknown(frame: Unknown): unknown;
  state(state: State): unknown;
}
export interface Handlers {
  on(
    key: string,
    handler: (message: never, context: MessageContext) => unknown,
    options?: {
      readonly replies?: boolean | undefined;
    },
  ): () => void;
  onUnknown(handler: Told["unknown"]): () => void;
  onState(handler: Told["state"]): () => void;
  messages(options?: {
    readonly signal?: AbortSignal | undefined;
  }): AsyncIterable<never>;
  tell<Kind extends keyof Told>(
    kind: Kind,
    ...facts: Parameters<Told[Kind]>
  ): void;
  /** Tells the user of what user code has thrown; what that throws, the platform is told. */
  report(error: unknown): void;
}
/** `over` is aborted when nothing more comes. */
export declare function createHandlers(
  { maxBuffered, onError }: Options,
  over: AbortSignal,
): Handlers;
export {};
