// Who wants to hear of messages and states; what they throw changes nothing (R14).

import type { MessageContext, Options, Unknown } from "./client.ts";
import { createItems, onAbort } from "./items.ts";
import type { State } from "./protocol.ts";

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

type Handler = (...facts: readonly never[]) => unknown;

export interface Handlers {
  on(
    key: string,
    handler: (message: never, context: MessageContext) => unknown,
    options?: { readonly replies?: boolean | undefined },
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
export function createHandlers(
  { maxBuffered = 1024, onError = console.error }: Options,
  over: AbortSignal,
): Handlers {
  const handlers = new Set<readonly [keyof Told, Handler]>();

  function add<Kind extends keyof Told>(
    kind: Kind,
    handler: Told[Kind],
  ): () => void {
    const own = [kind, handler as Handler] as const;
    handlers.add(own);
    return () => void handlers.delete(own);
  }

  async function call(
    handler: Handler,
    facts: readonly unknown[],
  ): Promise<void> {
    try {
      await handler(...(facts as never[]));
    } catch (error) {
      onError(error);
    }
  }

  return {
    on: (wanted, handler, { replies } = {}) =>
      add(
        "message",
        (key, message, context, isReply) =>
          (wanted === key || wanted === "*") &&
          (replies || !isReply) &&
          handler(message, context),
      ),
    onUnknown: (handler) => add("unknown", handler),
    onState: (handler) => add("state", handler),
    messages({ signal } = {}) {
      let forget: (() => void)[] = [];
      const leave = () => forget.forEach((each) => each());
      const items = createItems<never>(maxBuffered, leave);
      const put: Told["message"] = (_, message, __, isReply) =>
        isReply || items.put(message);
      const end = (error?: unknown) => {
        items.end(error);
        leave();
      };
      forget = [
        add("message", put),
        onAbort(signal, end),
        onAbort(over, () => end()),
      ];
      // They called back while the list was being made, and left what was not in it yet.
      if (signal?.aborted || over.aborted) leave();
      return { [Symbol.asyncIterator]: () => items };
    },
    tell(kind, ...facts) {
      // A copy: a handler may add some, which hear of what comes after this.
      for (const [wanted, handler] of new Set(handlers))
        if (wanted === kind) void call(handler, facts);
    },
    report: async (error) => onError(error),
  };
}
