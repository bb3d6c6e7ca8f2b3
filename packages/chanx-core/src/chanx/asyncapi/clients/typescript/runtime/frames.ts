// Looking into frames, and putting something in.

import type { Match } from "./client.ts";
import type { Frame } from "./protocol.ts";

/** Whether a value of JSON is an object. */
export const isObject = (value: unknown): value is Frame =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** An object with other values. */
export const mapped = <Name extends string, Value, Other>(
  object: { readonly [name in Name]: Value },
  change: (value: Value) => Other,
): { [name in Name]: Other } =>
  Object.fromEntries(
    Object.entries<Value>(object).map(([name, value]) => [name, change(value)]),
  ) as { [name in Name]: Other };

/** What stands at a place of a frame; undefined for nothing. */
export function at(frame: unknown, path: readonly string[]): unknown {
  return path.reduce(
    (value, key) => (isObject(value) ? value[key] : undefined),
    frame,
  );
}

/** A copy of a frame with a value at a place. */
export function put(
  frame: unknown,
  [key, ...rest]: readonly string[],
  value: unknown,
): unknown {
  if (key === undefined) return value;
  const inner = isObject(frame) ? frame : {};
  return { ...inner, [key]: put(inner[key], rest, value) };
}

/** Whether a ready message says that the client is not let in (R3). */
export const isRefusal = (frame: unknown): boolean =>
  (at(frame, ["payload", "status_code"]) as number) >= 400;

/** The key of the message that a frame is; undefined for none. */
export const identify = (
  frame: unknown,
  incoming: { readonly [key: string]: Match },
): string | undefined =>
  Object.entries(incoming).find(
    ([, { is = {}, has = [] }]) =>
      Object.entries(is).every(([name, values]) =>
        values.includes(at(frame, [name])),
      ) && has.every((name) => at(frame, [name]) !== undefined),
  )?.[0];
