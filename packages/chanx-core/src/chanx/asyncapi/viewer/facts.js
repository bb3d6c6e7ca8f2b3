import { asList, asObject, isObject } from "./references.js";

const RETRIES = {
  never: "Do not reconnect.",
  refresh: "Reconnect with new credentials.",
  backoff: "Reconnect, waiting longer each time.",
  spread: "Reconnect at a random moment.",
};

/** What the extensions of a channel say, in words. */
export function channelFacts(channel) {
  const [limits, beat, reconnect] = ["x-limits", "x-heartbeat", "x-reconnect"].map((name) => asObject(channel[name]));
  return [
    channel["x-ready"] && `Ready with ${last(channel["x-ready"])}.`,
    reconnect.message && `${last(reconnect.message)} says when to come back.`,
    limits.maxMessageSize && `Frames of up to ${limits.maxMessageSize} bytes.`,
    limits.maxHandshakeSize && `Connecting with up to ${limits.maxHandshakeSize} bytes of path, query and headers.`,
    limits.messagesPerSecond && `Up to ${limits.messagesPerSecond} frames a second${limits.burst ? `, ${limits.burst} at once` : ""}.`,
    limits.messagesPerSecondPerUser && `Up to ${limits.messagesPerSecondPerUser} frames a second of all connections of a user${limits.burstPerUser ? `, ${limits.burstPerUser} at once` : ""}.`,
    limits.connectionsPerUser && `Up to ${limits.connectionsPerUser} connections of a user.`,
    limits.connectionsPerAddress && `Up to ${limits.connectionsPerAddress} connections from an address.`,
    limits.handshakesPerAddress && `Up to ${limits.handshakesPerAddress} handshakes from an address at once.`,
    limits.connectionsPerProcess && `Up to ${limits.connectionsPerProcess} connections to a process of the server.`,
    limits.groups && `In up to ${limits.groups} groups.`,
    limits.idleTimeout && `Closed after ${limits.idleTimeout} s without a frame from the client.`,
    limits.heartbeat && `Asked with a ping after ${limits.heartbeat} s without a frame from the client; any frame is an answer.`,
    limits.maxConnectionAge && `Closed after ${limits.maxConnectionAge} s at the latest, to connect again.`,
    beat.operation && `Heartbeat: ${last(beat.operation)}${beat.interval ? ` after ${beat.interval} s of silence` : ""}.`,
  ].filter(Boolean);
}

/** What the extensions of an operation say, in words. */
export function operationFacts(operation) {
  const end = asList(asObject(operation["x-stream"]).end);
  return [
    end.length > 0 && `Ends with ${end.join(" or ")}.`,
    operation["x-cancel"] && `Cancelled by ${last(operation["x-cancel"])}.`,
    operation["x-idempotent"] === true && "May be sent again when its answer was lost.",
    operation["x-refresh"] === true && "Takes new credentials.",
  ].filter(Boolean);
}

/** Why a close code comes, and what a client does then. */
export function closeMeaning(meaning) {
  const { description, retry } = isObject(meaning) ? meaning : { description: meaning };
  return [String(description ?? ""), RETRIES[retry] ?? ""];
}

/** The last name in a reference. */
function last(reference) {
  return String(asObject(reference).$ref).split("/").pop();
}
