import { asList, asNumber, asObject, ownValue, resolve } from "./references.js";
import { validate } from "./validator.js";

const BY_FORMAT = {
  date: "2025-01-31",
  "date-time": "2025-01-31T12:00:00Z",
  email: "ada@example.com",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  time: "12:00:00Z",
  uri: "https://example.com/",
  uuid: "123e4567-e89b-42d3-a456-426614174000",
};

// Patterns are not solved, but most are content with one of these.
const TEXTS = ["text", "1", "a", "A1", "ABC", "a-b", "#00ff00"];

/** An example for a schema: the author's own if one is valid, else a small one. Do not change it. */
export function sampleOf(document, schema) {
  return schema === undefined ? null : (build({ document, steps: 0 }, schema, []) ?? null);
}

// Undefined where nothing fits, as where a schema requires itself; `within` are those that led here.
function build(run, schema, within) {
  const flat = flatten(run, schema, within);
  if (!flat) return undefined;
  const own = [flat.const, ...asList(flat.examples), flat.example, flat.default, ...asList(flat.enum)];
  const found = own.slice(0, 20).find(validFor(run, schema));
  if (found !== undefined) return found;
  const inner = [...within, resolve(run.document, schema)];
  const { anyOf, oneOf, ...rest } = flat;
  const branches = asList(anyOf ?? oneOf);
  for (const one of branches) {
    const value = build(run, { allOf: [rest, one] }, inner);
    if (value !== undefined) return value;
  }
  return branches.length ? undefined : buildTyped(run, flat, inner);
}

function validFor({ document }, schema) {
  return (value) => value !== undefined && !validate(document, schema, value).length;
}

// The schema with its `allOf` merged in; undefined if it leads in a circle or nothing fits.
function flatten(run, schema, within) {
  const target = resolve(run.document, schema);
  run.steps += 1;
  if (target === false || within.includes(target) || within.length > 60 || run.steps > 2000) return undefined;
  const { allOf, ...own } = asObject(target);
  const parts = asList(allOf).map((part) => flatten(run, part, [...within, target]));
  return parts.includes(undefined) ? undefined : [...parts, own].reduce(merge, {});
}

function merge(first, second) {
  const properties = { ...asObject(first.properties), ...asObject(second.properties) };
  const required = [...asList(first.required), ...asList(second.required)];
  return { ...first, ...second, properties, required: required.filter((name) => typeof name === "string") };
}

function buildTyped(run, schema, within) {
  const type = asList(schema.type).find((name) => name !== "null") ?? schema.type;
  if (type === "null") return null;
  if (type === "boolean") return true;
  const names = [...Object.keys(schema.properties), ...schema.required];
  if (type === "object" || names.length) return buildObject(run, schema, within);
  if (type === "array" || schema.items) return buildArray(run, schema, within);
  const candidates = ["integer", "number"].includes(type) ? numbersFor(schema) : textsFor(schema);
  return candidates.find(validFor(run, schema)) ?? candidates[0];
}

function buildObject(run, { properties, required, additionalProperties }, within) {
  const isNeeded = (name) => required.includes(name) || properties[name]?.const !== undefined;
  const names = [...Object.keys(properties).filter(isNeeded), ...required];
  const valueOf = (name) => build(run, ownValue(properties, name) ?? additionalProperties, within);
  const entries = Array.from(new Set(names), (name) => [name, valueOf(name)]);
  // Unlike an assignment, this makes a field even of "__proto__".
  return entries.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(entries);
}

function buildArray(run, { items, minItems, maxItems }, within) {
  const least = Math.min(asNumber(minItems, 0), 100);
  const length = Math.min(Math.max(least, asList(items).length || 1), asNumber(maxItems, 100));
  const itemAt = (index) => (Array.isArray(items) ? items[index] : items);
  const values = Array.from({ length }, (_, index) => build(run, itemAt(index), within));
  if (!values.includes(undefined)) return values;
  return least ? undefined : [];
}

function numbersFor(schema) {
  const low = asNumber(schema.minimum, asNumber(schema.exclusiveMinimum, 0));
  const high = asNumber(schema.maximum, asNumber(schema.exclusiveMaximum, low + 2));
  const step = asNumber(schema.multipleOf, 1) || 1;
  return [1, low, low + 1, high, high - 1, (low + high) / 2, (Math.floor(low / step) + 1) * step];
}

function textsFor({ minLength, maxLength, format }) {
  const least = Math.min(asNumber(minLength, 0), 10_000);
  return [ownValue(BY_FORMAT, format) ?? "text", ...TEXTS].flatMap((text) => {
    const cut = text.slice(0, asNumber(maxLength));
    return [cut, cut.padEnd(least, "x"), cut.padEnd(least, "1")];
  });
}
