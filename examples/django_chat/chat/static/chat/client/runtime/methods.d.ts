// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

import { type Pending } from "./calls.js";
import type { Channel, Options } from "./client.js";
/** Who sends. */
export interface Host {
  submit(call: Pending): void;
  cancel(call: Pending, error: "cancelled" | "overflow"): void;
}
type Method = (...given: readonly unknown[]) => unknown;
/** A method for each operation, by its name. */
export declare function methodsOf(
  channel: Channel,
  host: Host,
  options: Options,
): {
  readonly [name: string]: Method;
};
export {};
