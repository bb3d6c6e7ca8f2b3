// What a page hears of the network and of being seen; elsewhere, nothing.

interface Target {
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
}

/** Calls back with what may have changed; returns what ends that. */
export function watchPage(
  wake: () => void,
  doubt: () => void,
  hide: () => void,
): () => void {
  const page = globalThis as Target & {
    document?: Target & { visibilityState: string };
  };
  const { document } = page;
  if (!document) return () => undefined;
  const look = () => (document.visibilityState === "hidden" ? hide() : wake());
  const listeners: [Target, string, () => void][] = [
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
