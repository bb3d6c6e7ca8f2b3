// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

// What a page hears of the network and of being seen; elsewhere, nothing.
/** Calls back with what may have changed; returns what ends that. */
export function watchPage(wake, doubt, hide) {
  const page = globalThis;
  const { document } = page;
  if (!document) return () => undefined;
  const look = () => (document.visibilityState === "hidden" ? hide() : wake());
  const listeners = [
    [page, "online", wake],
    [page, "offline", doubt],
    [page, "pageshow", wake],
    [document, "visibilitychange", look],
  ];
  for (const [target, type, listener] of listeners)
    target.addEventListener?.(type, listener);
  if (document.visibilityState === "hidden") hide();
  return () => {
    for (const [target, type, listener] of listeners)
      target.removeEventListener?.(type, listener);
  };
}
