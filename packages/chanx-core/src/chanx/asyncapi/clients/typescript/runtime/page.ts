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
  if (!document) return;
  const look = () => (document.visibilityState === "hidden" ? hide() : wake());
  const listen = (target: Target, type: string, listener: () => void) =>
    target.addEventListener?.(type, listener, { signal });
  listen(page, "online", wake);
  listen(page, "offline", doubt);
  listen(page, "pageshow", wake);
  listen(document, "visibilitychange", look);
  look();
}
