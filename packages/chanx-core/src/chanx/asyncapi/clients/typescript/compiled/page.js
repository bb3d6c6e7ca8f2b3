// What a page hears of the network and of being seen; elsewhere, nothing.
/** Calls back with what may have changed, until a signal ends that. */
export function watchPage(signal, wake, doubt, hide) {
  const page = globalThis;
  const { document } = page;
  // Nothing else is hidden. A worker that hears of networks may call `wake()`.
  if (!document) return;
  const look = () => (document.visibilityState === "hidden" ? hide() : wake());
  const listen = (target, type, listener) =>
    target.addEventListener?.(type, listener, { signal });
  listen(page, "online", wake);
  listen(page, "offline", doubt);
  listen(page, "pageshow", wake);
  listen(document, "visibilitychange", look);
  // A page may be opened in the background: its timers are late from the beginning.
  look();
}
