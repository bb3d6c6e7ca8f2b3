// Who wants to hear of messages and states; what they throw changes nothing (R14).

import type { MessageContext, Options, Unknown } from "./client.ts";
import { createItems, onAbort, type Items } from "./items.ts";
import type { State } from "./protocol.ts";

type Handler = (message: never, context: MessageContext) => unknown;

export interface Handlers {
  on(
    key: string,
    handler: Handler,
    options?: { readonly replies?: boolean | undefined },
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

export function createHandlers({
  maxBuffered = 1024,
  onError = console.error,
}: Options): Handlers {
  const ofMessages = new Set<(key: string, ...told: unknown[]) => unknown>();
  const ofUnknown = new Set<(frame: Unknown) => unknown>();
  const ofState = new Set<(state: State) => unknown>();
  const iterators = new Set<Items<never>>();

  const add = <Own>(all: Set<Own>, own: Own) => {
    all.add(own);
    return () => void all.delete(own);
  };

  async function call(handler: () => unknown): Promise<void> {
    try {
      await handler();
    } catch (error) {
      onError(error);
    }
  }

  return {
    on: (wanted, handler, { replies } = {}) =>
      add(ofMessages, (key, message, context, isReply) => {
        if ((wanted === key || wanted === "*") && (replies || !isReply))
          return handler(message as never, context as MessageContext);
        return undefined;
      }),
    onUnknown: (handler) => add(ofUnknown, (frame) => handler(frame)),
    onState: (handler) => add(ofState, (state) => handler(state)),
    messages({ signal } = {}) {
      const leave = () => {
        forget();
        iterators.delete(items);
      };
      const items = createItems<never>(maxBuffered, leave);
      iterators.add(items);
      const forget = onAbort(signal, (error) => {
        items.end(error);
        iterators.delete(items);
      });
      return { [Symbol.asyncIterator]: () => items };
    },
    tell(key, message, context, isReply) {
      for (const handler of ofMessages)
        void call(() => handler(key, message, context, isReply));
      if (!isReply) for (const items of iterators) items.put(message as never);
    },
    tellUnknown(frame) {
      for (const handler of ofUnknown) void call(() => handler(frame));
    },
    tellState(state) {
      for (const handler of ofState) void call(() => handler(state));
    },
    report: onError,
    end() {
      for (const items of iterators) items.end();
    },
  };
}
