// What is due at which time; whoever owns it says what time it is.
export function createTimers() {
  const timers = new Map();
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
