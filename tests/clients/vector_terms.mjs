// What vectors say of channels and options, as clients of TypeScript take it.

/** What vectors call errors, by their names. */
export const FAILURES = {
  NotConnected: "not_connected",
  ConnectionLost: "connection_lost",
  ConnectionClosed: "closed",
  TimedOut: "timeout",
  FrameTooLarge: "too_large",
  QueueFull: "queue_full",
  Expired: "expired",
  AbortError: "cancelled",
  Refused: "server_error",
  InvalidReply: "invalid",
  Overflow: "overflow",
};

/** Seconds as milliseconds. */
export const milliseconds = (seconds) =>
  seconds === undefined ? undefined : Math.round(seconds * 1e6) / 1e3;

/** What a vector says of the channel, as the machine takes it. */
export function protocolOf({
  messages = [],
  ready,
  ref = ["ref"],
  ref_is_text,
  heartbeat,
  server_heartbeat,
  reconnect,
  max_size,
  close_codes,
  rate,
}) {
  return {
    messages,
    complete: "complete",
    ready: ready?.action,
    ref: ref.length > 0 ? ref : undefined,
    isRefText: ref_is_text,
    heartbeat: heartbeat && {
      ping: heartbeat.ping,
      pong: heartbeat.pong.action,
      interval: milliseconds(heartbeat.interval),
    },
    serverHeartbeat: server_heartbeat && {
      ping: server_heartbeat.ping.action,
      pong: server_heartbeat.pong,
    },
    reconnect: reconnect && { message: reconnect.message, retryAfter: reconnect.retry_after },
    maxSize: max_size,
    rate: rate && { perSecond: rate.messages_per_second, burst: rate.burst },
    closeCodes: Object.fromEntries(
      Object.entries(close_codes ?? {}).map(([code, retry]) => [code, { retry }]),
    ),
  };
}

const TIMES = {
  open_timeout: "openTimeout",
  send_timeout: "sendTimeout",
  max_age: "maxAge",
  item_timeout: "itemTimeout",
  timeout: "timeout",
  ping_interval: "pingInterval",
  pong_timeout: "pongTimeout",
};
const OTHERS = {
  max_attempts: "maxAttempts",
  max_queued: "maxQueued",
  offline: "offline",
  pace: "pace",
  resend: "resend",
};

export function optionsOf(options, channel) {
  const result = { hasToken: options.token === true, hasHook: channel.hook === true };
  for (const [name, value] of Object.entries(options)) {
    if (name === "token") continue;
    if (name === "decide")
      result.decide = ({ code }) => {
        if (value[code] === "fails") throw new Error(name);
        return value[code];
      };
    else if (name in TIMES) result[TIMES[name]] = milliseconds(value);
    else if (name in OTHERS) result[OTHERS[name]] = value;
    else throw new Error(`a vector has the option ${name}, which nobody knows`);
  }
  return result;
}

export function rulesOf({ errors = ["error"], end, cancel, idempotent } = {}) {
  return { errors, end, cancel, cancelsByRef: cancel?.action === "cancel", idempotent };
}
