// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

// What a client offers, whatever its channel.
export { connect } from "./connection.js";
export * from "./errors.js";
