// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

// Who wants to hear of messages and states; what they throw changes nothing (R14).
import { createItems, onAbort } from "./items.js";
export function createHandlers({
  maxBuffered = 1024,
  onError = console.error,
}) {
  const ofMessages = new Set();
  const ofUnknown = new Set();
  const ofState = new Set();
  const iterators = new Set();
  const add = (all, own) => {
    all.add(own);
    return () => void all.delete(own);
  };
  async function call(handler) {
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
          return handler(message, context);
        return undefined;
      }),
    onUnknown: (handler) => add(ofUnknown, (frame) => handler(frame)),
    onState: (handler) => add(ofState, (state) => handler(state)),
    messages({ signal } = {}) {
      const leave = () => {
        forget();
        iterators.delete(items);
      };
      const items = createItems(maxBuffered, leave);
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
      if (!isReply) for (const items of iterators) items.put(message);
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
