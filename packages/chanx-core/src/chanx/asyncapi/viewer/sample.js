import { asList, asNumber, asObject, ownValue, resolve } from "./references.js";
import { validate } from "./validator.js";

const BY_FORMAT = {
  date: "2025-01-31",
  "date-time": "2025-01-31T12:00:00Z",
  duration: "PT1H",
  email: "ada@example.com",
  hostname: "example.com",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  time: "12:00:00Z",
  uri: "https://example.com/",
  uuid: "123e4567-e89b-42d3-a456-426614174000",
};

// Patterns are not solved, but most are content with one of these.
const TEXTS = ["text", "1", "a", "A1", "ABC", "a-b", "1.0", "12345", "#00ff00", "/a", "A/B", "+1"];

/**
 * An example value for a schema: the author's own if a valid one is there, else a small one that
 * is built, always the same. It may share parts with the document; do not change it.
 */
export function sampleOf(document, schema) {
  if (schema === undefined) return null;
  return buildSample({ document, steps: 0 }, schema, []) ?? null;
}

// Undefined where nothing fits, as where a schema requires itself: whoever has an alternative
// then takes that. `within` are the schemas that led here.
function buildSample(run, schema, within) {
  const flat = flattenSchema(run, schema, within);
  if (!flat) return undefined;
  const inner = [...within, resolve(run.document, schema)];
  const { anyOf, oneOf, ...rest } = flat;
  const own = [flat.const, ...asList(flat.examples), flat.example, flat.default];
  own.push(...asList(flat.enum).slice(0, 20));
  const isValid = (one) => one !== undefined && !validate(run.document, schema, one).length;
  const found = own.find(isValid);
  if (found !== undefined) return found;
  const branches = asList(anyOf ?? oneOf);
  if (!branches.length) return buildTyped(run, flat, inner);
  const isNull = (one) => ownValue(resolve(run.document, one), "type") === "null";
  for (const one of [...branches.filter((each) => !isNull(each)), ...branches.filter(isNull)]) {
    const value = buildSample(run, { allOf: [rest, one] }, inner);
    if (value !== undefined) return value;
  }
  return undefined;
}

// The schema with its `allOf` merged in; undefined if nothing fits it or it leads in a circle.
function flattenSchema(run, schema, within) {
  const target = resolve(run.document, schema);
  run.steps += 1;
  if (target === false || within.includes(target)) return undefined;
  if (within.length > 60 || run.steps > 2000) return undefined;
  const { allOf, ...own } = asObject(target);
  const parts = asList(allOf).map((part) => flattenSchema(run, part, [...within, target]));
  return parts.includes(undefined) ? undefined : [...parts, own].reduce(mergeSchemas);
}

function mergeSchemas(first, second) {
  const merged = { ...first, ...second };
  for (const [key, value] of Object.entries(second)) {
    const other = ownValue(first, key);
    if (other === undefined) continue;
    if (key === "required") merged.required = [...asList(other), ...asList(value)];
    else if (key === "properties") merged.properties = mergeProperties(other, value);
    else if (typeof value === "number" && typeof other === "number") {
      merged[key] = /max/i.test(key) ? Math.min(value, other) : Math.max(value, other);
    }
  }
  return merged;
}

function mergeProperties(first, second) {
  const both = (name, one) => (ownValue(first, name) ? { allOf: [first[name], one] } : one);
  const added = Object.entries(asObject(second)).map(([name, one]) => [name, both(name, one)]);
  return { ...asObject(first), ...Object.fromEntries(added) };
}

function buildTyped(run, schema, within) {
  const type = asList(schema.type).find((name) => name !== "null") ?? schema.type;
  if (type === "null") return null;
  if (type === "boolean") return true;
  if (type === "object" || schema.properties || schema.required) {
    return buildObject(run, schema, within);
  }
  if (type === "array" || schema.items) return buildArray(run, schema, within);
  const candidates =
    type === "integer" || type === "number" ? numbersFor(schema) : textsFor(schema);
  return candidates.find((one) => !validate(run.document, schema, one).length) ?? candidates[0];
}

function buildObject(run, { properties, required, additionalProperties }, within) {
  const needed = new Set(asList(required).filter((name) => typeof name === "string"));
  const known = Object.entries(asObject(properties))
    .filter(([name, one]) => needed.has(name) || ownValue(one, "const") !== undefined)
    .map(([name]) => name);
  const entries = [];
  for (const name of new Set([...known, ...needed])) {
    const value = buildSample(run, ownValue(properties, name) ?? additionalProperties, within);
    if (value === undefined) return undefined;
    entries.push([name, value]);
  }
  // Unlike an assignment, this makes a field even of "__proto__".
  return Object.fromEntries(entries);
}

function buildArray(run, { items, additionalItems, minItems, maxItems, uniqueItems }, within) {
  const [tuple, rest] = Array.isArray(items) ? [items, additionalItems] : [[], items];
  const least = Math.min(asNumber(minItems, 0), 100);
  const count = Math.min(Math.max(least, tuple.length || 1), asNumber(maxItems, 100));
  const values = [];
  while (values.length < count) {
    const index = values.length;
    const value = buildSample(run, index < tuple.length ? tuple[index] : rest, within);
    if (value === undefined) return index < least ? undefined : values;
    const isSame = uniqueItems === true && index > 0 && /^[ns]/.test(typeof value);
    values.push(isSame ? value + index : value);
  }
  return values;
}

function numbersFor(schema) {
  const keys = ["minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf"];
  const [low, above, high, below, step] = keys.map((key) => asNumber(schema[key], undefined));
  const [start, end] = [low ?? above, high ?? below];
  const next = (Math.floor(start / step) + 1) * step;
  const bounds = [low, high, above + 1, below - 1, (start + end) / 2, step, next];
  return [1, 0, 1.5, ...bounds].filter(Number.isFinite);
}

function textsFor({ minLength, maxLength, format }) {
  const least = Math.min(asNumber(minLength, 0), 10_000);
  const texts = [ownValue(BY_FORMAT, format) ?? "text", ...TEXTS];
  return texts.flatMap((text) => {
    const cut = text.slice(0, asNumber(maxLength, undefined));
    return [cut, cut.padEnd(least, "x"), cut.padEnd(least, "1")];
  });
}
