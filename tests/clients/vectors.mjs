// Plays a vector on a machine of TypeScript; what it says is in docs/client-rules.md.

import assert from "node:assert/strict";
import { milliseconds, optionsOf, protocolOf, rulesOf } from "./vector_terms.mjs";

let first; // as the hook was told

/** An effect as vectors spell it. */
function spelt(effect) {
  switch (effect.do) {
    case "state": {
      if (effect.state.name === "open") assert.equal(effect.state.first, first);
      const { name, attempt, retryIn, why, close } = effect.state;
      if (name === "waiting") return { state: name, delay: retryIn / 1e3, attempt };
      if (name === "closed")
        return { state: name, why, ...(why === "refused" && { code: close.code }) };
      return { state: name };
    }
    case "need":
      return { need: "token", reason: effect.reason };
    case "open":
      return { open: effect.token === undefined ? {} : { token: effect.token } };
    case "drop":
      return { drop: effect.code };
    case "send":
      assert.deepEqual(JSON.parse(effect.text), effect.frame);
      return { send: effect.frame };
    case "hook":
      first = effect.first;
      return { hook: "open", first: effect.first };
    case "message":
      return { message: effect.frame };
    case "unknown":
      return { unknown: effect.problem };
    case "item":
      return { item: effect.call.id, message: effect.frame };
    case "settle": {
      const { call, error, frame, sent } = effect;
      if (error === undefined) assert.ok(sent);
      if (error === undefined) return { settle: call.id, ok: frame ?? true };
      return {
        settle: call.id,
        error,
        ...(frame && { message: frame }),
        ...(error === "connection_lost" && !sent && { sent }),
      };
    }
  }
}

/** The same without what a number leaves out. */
const rounded = (value) =>
  JSON.parse(JSON.stringify(value), (_, part) =>
    typeof part === "number" ? Number(part.toFixed(6)) : part,
  );

/** Plays a vector's steps, and compares the effects of each. */
export function play(vector, createMachine) {
  const { channel = {}, options = {}, random = [], steps } = vector;
  const chances = [...random];
  const machine = createMachine(
    protocolOf(channel),
    optionsOf(options, channel),
    () => chances.shift() ?? 0.5,
  );
  const calls = new Map();
  let now = 0;

  function input(step) {
    if (step.advance !== undefined) return machine.advance((now += milliseconds(step.advance)));
    switch (step.do ?? step.server) {
      case "connect":
        return machine.connect();
      case "hide":
        machine.hide();
        return [];
      case "wake":
        return machine.wake();
      case "token":
        return machine.token(step.token ?? null, step.error);
      case "hooked":
        return machine.hooked(step.error);
      case "blocked":
        return machine.blocked(true);
      case "drained":
        return machine.blocked(false);
      case "cancel":
        return machine.cancel(calls.get(step.id), step.error);
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
        return machine.lost(4000 + step.status);
      case "frame":
        return machine.received(step.frame, step.frame.action, step.problem);
      case "text":
        return received(step.text);
      case "close":
        return "server" in step ? machine.lost(step.code, step.reason) : machine.close();
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
    assert.deepEqual(rounded(input(step).map(spelt)), rounded(expect), place);
    assert.ok(
      machine.due() === undefined || machine.due() > now,
      `${place}: something is still due`,
    );
  }
}
