import { asList, asObject, ownValue, resolve } from "./references.js";
import { canonical, fixedValues, validate } from "./validator.js";

/** The schema of a message's payload, out of a Multi Format Schema. */
export function payloadSchema(document, message) {
  const payload = resolve(document, message)?.payload;
  const target = resolve(document, payload);
  return target?.schemaFormat === undefined ? payload : target.schema;
}

/** What to call a message: its name, which chanx makes its action, its title or its key. */
export function messageName(message, key) {
  return [message?.name, message?.title].find((name) => typeof name === "string" && name) ?? key;
}

/**
 * Tell which of the messages, `{key, message}` each, a frame is: `{name, message, key, value, errors,
 * isJson}`, the key null if none fits. Pass the same list each time: what is found of it is kept.
 */
export function matchMessage(document, messages, frameText) {
  const value = parsed(frameText);
  const isJson = value !== undefined;
  const known = candidatesOf(document, messages);
  const { key, message, errors } = isJson ? matchValue(document, known, value) : noMatch("is not JSON");
  const name = message && messageName(resolve(document, message), key);
  return { name, message, key, value, errors, isJson };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function noMatch(message, path = []) {
  return { key: null, message: null, errors: [{ path, message }] };
}

// Reading a thousand messages' schemas anew for each frame would be felt.
const cache = new WeakMap();

function candidatesOf(document, messages) {
  if (!cache.has(messages)) {
    const candidates = messages.map(({ key, message }) => {
      const schema = payloadSchema(document, message);
      return { key, message, schema, fixed: fixedBy({ document, parts: 0 }, schema) };
    });
    cache.set(messages, { candidates, tag: tellingProperty(candidates) });
  }
  return cache.get(messages);
}

// The properties that have one of certain values: a Map from names to sets of canonical texts.
function fixedBy(run, schema) {
  const target = asObject(resolve(run.document, schema));
  run.parts += 1;
  // A schema of more parts is hostile, or leads in a circle.
  const parts = run.parts > 500 ? [] : asList(target.allOf);
  const found = new Map(parts.flatMap((part) => [...fixedBy(run, part)]));
  for (const [name, property] of Object.entries(asObject(target.properties))) {
    const values = fixedValues(resolve(run.document, property));
    if (values) found.set(name, new Set(values.map(canonical)));
  }
  return found;
}

// The property that tells the messages apart: the one with the most values of one message each.
function tellingProperty(candidates) {
  const seen = new Map();
  for (const [name, [text, ...others]] of candidates.flatMap(({ fixed }) => [...fixed])) {
    seen.set(name, (seen.get(name) ?? new Set()).add(others.length ? null : text));
  }
  return [...seen].sort(([, one], [, other]) => other.size - one.size)[0]?.[0];
}

function matchValue(document, { candidates, tag }, value) {
  const text = canonical(ownValue(value, tag));
  const isTold = ({ fixed }) => fixed.get(tag)?.has(text);
  const tried = candidates
    .filter((one) => text === undefined || (isTold(one) ?? true))
    .map((one) => ({ ...one, errors: validate(document, one.schema, value) }))
    .sort((one, other) => one.errors.length - other.errors.length);
  // Among several messages of which none is told, a guess would mislead.
  const isSure = (one) => !one.errors.length || isTold(one) || candidates.length === 1;
  return tried.find(isSure) ?? noMatch("belongs to none of the messages", text === undefined ? [] : [tag]);
}
