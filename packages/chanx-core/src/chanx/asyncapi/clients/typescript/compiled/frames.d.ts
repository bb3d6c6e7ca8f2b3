import type { Match } from "./client.js";
import type { Frame } from "./protocol.js";
/** Whether a value of JSON is an object. */
export declare const isObject: (value: unknown) => value is Frame;
/** An object with other values. */
export declare const mapped: <Name extends string, Value, Other>(
  object: { readonly [name in Name]: Value },
  change: (value: Value) => Other,
) => { [name in Name]: Other };
/** What stands at a place of a frame; undefined for nothing. */
export declare function at(frame: unknown, path: readonly string[]): unknown;
/** A copy of a frame with a value at a place. */
export declare function put(
  frame: unknown,
  [key, ...rest]: readonly string[],
  value: unknown,
): unknown;
/** Whether a ready message says that the client is not let in (R3). */
export declare const isRefusal: (frame: unknown) => boolean;
/** The key of the message that a frame is; undefined for none. */
export declare const identify: (
  frame: unknown,
  incoming: {
    readonly [key: string]: Match;
  },
) => string | undefined;
