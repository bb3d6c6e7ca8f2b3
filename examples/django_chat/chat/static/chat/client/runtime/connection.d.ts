// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

import type { AddressOptions, Channel, Options } from "./client.js";
/** A client of a channel, with a method for each of its operations. */
export declare function connect<Type>(
  channel: Channel,
  options: Options & AddressOptions,
): Type;
