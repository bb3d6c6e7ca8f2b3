// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

import { type Pending } from "./calls.js";
import type { Channel, Options } from "./client.js";
import type { Problem } from "./errors.js";
/** Who sends. */
export interface Host {
  submit(call: Pending): void;
  cancel(call: Pending, error: Problem<unknown>): void;
}
type Method = (...given: readonly unknown[]) => unknown;
/** A method for each operation, by its name. */
export declare function methodsOf(
  channel: Channel,
  { maxBuffered }: Options,
  host: Host,
): {
  readonly [name: string]: Method;
};
export {};
