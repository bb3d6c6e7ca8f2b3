// What a page hears of the network and of being seen; elsewhere, nothing.

interface Target {
  addEventListener?(
    type: string,
    listener: () => void,
    options: { readonly signal: AbortSignal },
  ): void;
}

/** Calls back with what may have changed, until a signal ends that. */
export function watchPage(
  signal: AbortSignal,
  wake: () => void,
  doubt: () => void,
  hide: () => void,
): void {
  const page = globalThis as Target & {
    document?: Target & { visibilityState: string };
  };
  const { document } = page;
  // Nothing else is hidden. A worker that hears of networks may call `wake()`.
  if (!document) return;
  const look = () => (document.visibilityState === "hidden" ? hide() : wake());
  const listen = (target: Target, type: string, listener: () => void) =>
    target.addEventListener?.(type, listener, { signal });
  listen(page, "online", wake);
  listen(page, "offline", doubt);
  listen(page, "pageshow", wake);
  listen(document, "visibilitychange", look);
  // A page may be opened in the background: its timers are late from the beginning.
  look();
}
