// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

import type { MessageContext, Options, Unknown } from "./client.js";
import type { State } from "./protocol.js";
type Handler = (message: never, context: MessageContext) => unknown;
export interface Handlers {
  on(
    key: string,
    handler: Handler,
    options?: {
      readonly replies?: boolean | undefined;
    },
  ): () => void;
  onUnknown(handler: (frame: Unknown) => unknown): () => void;
  onState(handler: (state: State) => unknown): () => void;
  messages(options?: {
    readonly signal?: AbortSignal | undefined;
  }): AsyncIterable<never>;
  tell(
    key: string,
    message: unknown,
    context: MessageContext,
    isReply: boolean,
  ): void;
  tellUnknown(frame: Unknown): void;
  tellState(state: State): void;
  /** Tells the user of what user code has thrown. */
  report(error: unknown): void;
  /** Nothing more comes. */
  end(): void;
}
export declare function createHandlers({
  maxBuffered,
  onError,
}: Options): Handlers;
export {};
