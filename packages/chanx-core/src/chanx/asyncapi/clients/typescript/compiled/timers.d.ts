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
export declare function createTimers(): Timers;
