// What is due at which time; whoever owns it says what time it is.

/** One timer for each key, which is anything. Times are milliseconds. */
export interface Timers {
  /** The time, as it was last told. */
  now(): number;
  /** When something is due next; undefined for never. */
  due(): number | undefined;
  after(delay: number, key: unknown, run: () => void): void;
  clear(key: unknown): void;
  /** Clears those whose keys are texts. */
  clearNamed(): void;
  /** It is `now`: runs what is due, the first first. */
  advance(now: number): void;
}

export function createTimers(): Timers {
  const timers = new Map<unknown, readonly [number, () => void]>();
  let now = 0;

  const first = () => [...timers].sort(([, [a]], [, [b]]) => a - b)[0];

  return {
    now: () => now,
    due: () => first()?.[1][0],
    after: (delay, key, run) => timers.set(key, [now + delay, run]),
    clear: (key) => timers.delete(key),
    clearNamed() {
      for (const key of timers.keys())
        if (typeof key === "string") timers.delete(key);
    },
    advance(time) {
      now = time;
      // Asked anew after each: what runs may set timers that are due as well, and clear others.
      for (let next = first(); next && next[1][0] <= now; next = first()) {
        timers.delete(next[0]);
        next[1][1]();
      }
    },
  };
}
