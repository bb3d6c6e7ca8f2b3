import { asList, asObject, ownValue, resolve } from "./references.js";
import { canonical, discriminators, validate } from "./validator.js";

/** The schema of a message's payload, as it stands in the document, out of a Multi Format Schema. */
export function payloadSchema(document, message) {
  const payload = ownValue(resolve(document, message), "payload");
  const target = resolve(document, payload);
  return ownValue(target, "schemaFormat") === undefined ? payload : ownValue(target, "schema");
}

/** What to call a message: its name, which chanx makes its action, its title or its key. */
export function messageName(message, key) {
  const names = [ownValue(message, "name"), ownValue(message, "title")];
  return names.find((name) => typeof name === "string" && name) ?? key;
}

/**
 * Tell which of the messages, `{key, message}` each, a frame is, by what their schemas fix (as
 * "action") or else by which are valid: `{name, message, key, value, errors, isJson}`. The key
 * is null if none fits; no errors mean that the frame is valid. Pass the same list for each
 * frame, unchanged: what is found out about it is kept.
 */
export function matchMessage(document, messages, frameText) {
  let value;
  try {
    value = typeof frameText === "string" ? JSON.parse(frameText) : undefined;
  } catch {
    // Not every frame is JSON.
  }
  const isJson = value !== undefined;
  const known = candidatesFor(document, asList(messages));
  const match = isJson ? matchJson(known, value) : matchText(known, frameText);
  const { key = null, message = null, errors } = match;
  const name = message && messageName(resolve(document, message), key);
  return { name, message, key, value, errors, isJson };
}

// Reading a thousand messages' schemas anew for each frame would be felt.
const knownCandidates = new WeakMap();

function candidatesFor(document, messages) {
  const known = knownCandidates.get(messages);
  if (known && known.document === document) return known;
  const candidates = messages.map((one) => {
    const { key, message } = asObject(one);
    const schema = checkedSchema(document, message);
    return { key, message, schema, fixed: discriminators(document, schema) };
  });
  const made = { document, candidates, tag: tellingProperty(candidates) };
  knownCandidates.set(messages, made);
  return made;
}

// Only JSON Schema and its dialects can be checked; Avro or Protobuf permit anything here.
function checkedSchema(document, message) {
  const schema = payloadSchema(document, message);
  const payload = resolve(document, ownValue(resolve(document, message), "payload"));
  const format = ownValue(payload, "schemaFormat") ?? "application/schema+json";
  const known = /^application\/(schema\+|vnd\.(aai\.asyncapi|oai\.openapi))/i;
  return schema !== undefined && typeof format === "string" && known.test(format) ? schema : true;
}

function matchJson({ document, candidates, tag }, value) {
  const own = ownValue(value, tag);
  const text = own === undefined ? undefined : canonical(own);
  const standing = (wanted) =>
    candidates.filter(({ fixed }) => isTold(fixed.get(tag), text) === wanted);
  const told = standing(true);
  const [best] = (told.length ? told : standing(undefined))
    .map((one) => ({ ...one, errors: validate(document, one.schema, value) }))
    .sort((one, other) => one.errors.length - other.errors.length);
  // Among several messages of which none is told, a guess would mislead.
  if (best && (told.length || !best.errors.length || candidates.length === 1)) return best;
  const path = own === undefined ? [] : [tag];
  return { errors: [{ path, message: "belongs to none of the messages" }] };
}

// Whether a message is told by its tag: true, false, or undefined where it needs none.
function isTold({ texts, isRequired } = {}, text) {
  if (text === undefined) return isRequired ? false : undefined;
  return texts?.has(text);
}

// The property that tells the messages apart: the one with the most values of one message each.
function tellingProperty(candidates) {
  const counts = new Map();
  for (const { fixed } of candidates) {
    for (const [name, { texts }] of fixed) {
      if (!counts.has(name)) counts.set(name, new Set());
      if (texts.size === 1) counts.get(name).add([...texts][0]);
    }
  }
  const names = [...counts.keys()];
  return names.sort((one, other) => counts.get(other).size - counts.get(one).size)[0];
}

// A frame that is no JSON, as a heartbeat, may still be a text that a message describes.
function matchText({ document, candidates }, text) {
  const isText = ({ schema }) => ownValue(resolve(document, schema), "type") === "string";
  const isValid = ({ schema }) => !validate(document, schema, text).length;
  const found = typeof text === "string" && candidates.filter(isText).find(isValid);
  return found ? { ...found, errors: [] } : { errors: [{ path: [], message: "is not JSON" }] };
}
