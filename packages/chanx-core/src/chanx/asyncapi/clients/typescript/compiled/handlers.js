// Who wants to hear of messages and states; what they throw changes nothing (R14).
import { createItems, onAbort } from "./items.js";
/** `over` is aborted when nothing more comes. */
export function createHandlers(
  { maxBuffered = 1024, onError = console.error },
  over,
) {
  const handlers = new Set();
  function add(kind, handler) {
    const own = [kind, handler];
    handlers.add(own);
    return () => void handlers.delete(own);
  }
  async function call(handler, facts) {
    try {
      await handler(...facts);
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
      let forget = [];
      const leave = () => forget.forEach((each) => each());
      const items = createItems(maxBuffered, leave);
      const put = (_, message, __, isReply) => isReply || items.put(message);
      const end = (error) => {
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
