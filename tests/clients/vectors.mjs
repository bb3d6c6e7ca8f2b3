// Plays a vector on a machine of TypeScript; what it says is in docs/client-rules.md.

import assert from "node:assert/strict";
import { FAILURES, milliseconds, optionsOf, protocolOf, rulesOf } from "./vector_terms.mjs";

let first; // as the hook was told

/** Effects as vectors spell them. */
const SPELT = {
  state({ name, first: isFirst, attempt, retryIn, why, close }) {
    if (name === "open") assert.equal(isFirst, first);
    if (name === "waiting") return { state: name, delay: retryIn / 1e3, attempt };
    if (name === "closed")
      return { state: name, why, ...(why === "refused" && { code: close.code }) };
    return { state: name };
  },
  need: (reason) => ({ need: "token", reason }),
  open: (token) => ({ open: token === undefined ? {} : { token } }),
  drop: (code) => ({ drop: code }),
  send: (text) => ({ send: JSON.parse(text) }),
  hook: (isFirst) => ({ hook: "open", first: (first = isFirst) }),
  message: (_, frame) => ({ message: frame }),
  unknown: (_, problem) => ({ unknown: problem }),
  report: ({ message }) => ({ report: message }),
  item: ({ id }, _, frame) => ({ item: id, message: frame }),
  settle({ id }, error, _, frame) {
    if (error === undefined) return { settle: id, ok: frame ?? true };
    const { reply, sent } = error;
    return {
      settle: id,
      error: FAILURES[error.name],
      ...(reply && { message: reply }),
      ...(sent === false && { sent }),
    };
  },
};

/** The same without what a number leaves out. */
const rounded = (value) =>
  JSON.parse(JSON.stringify(value), (_, part) =>
    typeof part === "number" ? Number(part.toFixed(6)) : part,
  );

/** Plays a vector's steps, and compares the effects of each. */
export function play(vector, createMachine) {
  const { channel = {}, options = {}, random = [], steps } = vector;
  const chances = [...random];
  let effects = [];
  const { inputs: machine, ...clock } = createMachine(
    protocolOf(channel),
    optionsOf(options, channel),
    (kind, ...facts) => effects.push(SPELT[kind](...facts)),
    () => chances.shift() ?? 0.5,
  );
  const calls = new Map();
  let now = 0;

  function input(step) {
    if (step.advance !== undefined) return clock.advance((now += milliseconds(step.advance)));
    switch (step.do ?? step.server) {
      case "connect":
        return machine.connect();
      case "hide":
        return machine.hide();
      case "wake":
        return machine.wake();
      case "token":
        return step.error
          ? machine.failed(step.error === "unauthorized")
          : machine.token(step.token ?? null);
      case "hooked":
        return machine.hooked(step.error);
      case "blocked":
        return machine.blocked(true);
      case "drained":
        return machine.blocked(false);
      case "cancel":
        return machine.cancel(
          calls.get(step.id),
          Object.assign(new Error(), { name: step.error === "overflow" ? "Overflow" : "AbortError" }),
        );
      case "send":
      case "request":
      case "stream": {
        const { do: kind, id, frame, timeout, item_timeout } = step;
        const rules = rulesOf(channel.operations?.[frame.action]);
        calls.set(id, {
          kind,
          id,
          frame,
          rules,
          timeout: milliseconds(timeout),
          itemTimeout: milliseconds(item_timeout),
        });
        return machine.submit(calls.get(id));
      }
      case "open":
        return machine.opened();
      case "reject":
        return machine.lost(4000 + step.status, "");
      case "frame":
        return machine.received(step.frame, step.frame.action, step.problem);
      case "text":
        return received(step.text);
      case "close":
        return "server" in step ? machine.lost(step.code, step.reason ?? "") : machine.close(1000, "");
      default:
        throw new Error(`a vector has the step ${JSON.stringify(step)}, which nobody knows`);
    }
  }

  function received(text) {
    try {
      const frame = JSON.parse(text);
      return machine.received(frame, frame?.action);
    } catch {
      return machine.received(undefined, undefined, "not_json");
    }
  }

  for (const [index, step] of steps.entries()) {
    const { expect, ...action } = step;
    const place = `step ${index} of "${vector.name}": ${JSON.stringify(action)}`;
    effects = [];
    input(step);
    assert.deepEqual(rounded(effects), rounded(expect), place);
    assert.ok(
      clock.due() === undefined || clock.due() > now,
      `${place}: something is still due`,
    );
  }
}
