// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

// Looking into frames, and putting something in.
/** Whether a value of JSON is an object. */
export const isObject = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value);
/** An object with other values. */
export const mapped = (object, change) =>
  Object.fromEntries(
    Object.entries(object).map(([name, value]) => [name, change(value)]),
  );
/** What stands at a place of a frame; undefined for nothing. */
export function at(frame, path) {
  return path.reduce(
    (value, key) => (isObject(value) ? value[key] : undefined),
    frame,
  );
}
/** A copy of a frame with a value at a place. */
export function put(frame, [key, ...rest], value) {
  if (key === undefined) return value;
  const inner = isObject(frame) ? frame : {};
  return { ...inner, [key]: put(inner[key], rest, value) };
}
/** Whether a ready message says that the client is not let in (R3). */
export const isRefusal = (frame) =>
  at(frame, ["payload", "status_code"]) >= 400;
/** The key of the message that a frame is; undefined for none. */
export const identify = (frame, incoming) =>
  Object.entries(incoming).find(
    ([, { is = {}, has = [] }]) =>
      Object.entries(is).every(([name, values]) =>
        values.includes(at(frame, [name])),
      ) && has.every((name) => at(frame, [name]) !== undefined),
  )?.[0];
