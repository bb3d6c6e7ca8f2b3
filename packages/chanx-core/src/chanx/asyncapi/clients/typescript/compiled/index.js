// What a client offers, whatever its channel.
export { connect } from "./connection.js";
export * from "./errors.js";
