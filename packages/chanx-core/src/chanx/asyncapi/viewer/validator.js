import { isMatch } from "./patterns.js";
import { asList, asNumber, asObject, isObject, ownValue, resolve } from "./references.js";

// What lies beyond is not checked, lest a hostile or circular schema hang the page.
const DEEPEST = 200;
const MOST_STEPS = 50_000;

const TYPES = {
  array: "an array",
  boolean: "true or false",
  integer: "an integer",
  null: "null",
  number: "a number",
  object: "an object",
  string: "a string",
};

const KINDS = {
  number: [checkNumber, "be", "", "minimum", "maximum"],
  string: [checkString, "be", " character", "minLength", "maxLength"],
  array: [checkArray, "have", " item", "minItems", "maxItems"],
  object: [checkObject, "have", " field", "minProperties", "maxProperties"],
};

// RFC 3339 asks for an offset, but Python's naive times have none.
const DATE = String.raw`\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])`;
const TIME = String.raw`([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(z|[+-]\d\d:\d\d)?`;

const FORMATS = {
  "date-time": ["a date and time, as 2025-01-31T12:00:00Z", new RegExp(`^${DATE}[t ]${TIME}$`, "i")],
  date: ["a date, as 2025-01-31", new RegExp(`^${DATE}$`)],
  time: ["a time, as 12:00:00Z", new RegExp(`^${TIME}$`, "i")],
  email: ["an email address", /^[^\s@]+@[^\s@]+$/],
  uuid: ["a UUID", /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i],
  uri: ["a URI", /^[a-z][a-z\d+.-]*:\S*$/i],
  ipv4: ["an IPv4 address", /^((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(?!$)|$)){4}$/],
  ipv6: ["an IPv6 address", /^[\da-f]{0,4}(:[\da-f]{0,4}){1,6}:([\da-f]{0,4}|[\d.]+)$/i],
};

/** Check a value against a draft-07 schema: a list of `{path, message}`, empty if it is valid. */
export function validate(document, schema, value) {
  const spot = { run: { document, steps: 0 }, depth: 0, path: [], value };
  return Array.from(check(spot, schema), ({ path, message }) => ({ path, message }));
}

/** A text that two JSON values share if they are equal; empty for one nested too deeply. */
export function canonical(value) {
  const pairs = (one) => Object.keys(one).sort().map((key) => [key, one[key]]);
  try {
    return JSON.stringify(value, (_, one) => (isObject(one) ? Object.fromEntries(pairs(one)) : one));
  } catch {
    return "";
  }
}

/** The values of a schema's `const` or `enum`; undefined if it has neither. */
export function fixedValues(schema) {
  if (schema?.const !== undefined) return [schema.const];
  return Array.isArray(schema?.enum) ? schema.enum : undefined;
}

function* check(spot, schema) {
  const target = resolve(spot.run.document, schema);
  if (target === false) yield failed(spot, "is not allowed");
  spot.run.steps += 1;
  if (!isObject(target) || spot.depth > DEEPEST || spot.run.steps > MOST_STEPS) return;
  const inner = { ...spot, depth: spot.depth + 1 };
  const mismatch = mismatchOf(inner, target);
  if (mismatch) return yield mismatch;
  const [checkKind, ...words] = KINDS[kindOf(spot.value)] ?? [];
  if (checkKind) {
    yield* checkBounds(inner, target, words);
    yield* checkKind(inner, target);
  }
  yield* checkCombined(inner, target);
}

function kindOf(value) {
  return Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
}

function failed({ path }, message) {
  return { path, message };
}

// A tag is the one value that a field may have: it tells alternatives apart.
function unlisted({ path }, options, isTag) {
  const names = [...new Set(options)];
  const last = names.pop();
  const text = names.length ? `${names.join(", ")} or ${last}` : String(last);
  const message = `must be ${text.length > 200 ? `${text.slice(0, 199)}…` : text}`;
  return { path, message, options, isTag };
}

function spotAt(spot, key) {
  return { ...spot, path: [...spot.path, key], value: spot.value[key] };
}

function mismatchOf(spot, schema) {
  const { value } = spot;
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  const isType = (type) => type === kindOf(value) || (type === "integer" && Number.isInteger(value));
  const names = types.map((type) => ownValue(TYPES, type));
  // A type that is not JSON Schema's, as Avro's "record", permits everything.
  if (names[0] && !names.includes(undefined) && !types.some(isType)) return unlisted(spot, names);
  const texts = fixedValues(schema)?.map(canonical);
  if (!texts || texts.includes(canonical(value))) return undefined;
  return unlisted(spot, texts, texts.length === 1);
}

function* checkBounds(spot, schema, [verb, noun, ...keys]) {
  const { value } = spot;
  const [least, most] = keys.map((key) => asNumber(schema[key]));
  // Of a text, characters count, not code units.
  const parts = typeof value === "string" ? Array.from(value) : Object.keys(value);
  const size = typeof value === "number" ? value : parts.length;
  const amount = (limit) => `${limit}${noun}${noun && limit !== 1 ? "s" : ""}`;
  if (size < least) yield failed(spot, `must ${verb} at least ${amount(least)}`);
  if (size > most) yield failed(spot, `must ${verb} at most ${amount(most)}`);
}

function* checkNumber(spot, schema) {
  const [above, below, step] = ["exclusiveMinimum", "exclusiveMaximum", "multipleOf"].map((key) => asNumber(schema[key]));
  if (spot.value <= above) yield failed(spot, `must be greater than ${above}`);
  if (spot.value >= below) yield failed(spot, `must be less than ${below}`);
  // 0.3 is a multiple of 0.1 for a person, though not quite for a processor.
  const quotient = spot.value / step;
  const rest = Math.abs(quotient - Math.round(quotient)) / Math.max(1, Math.abs(quotient));
  if (step > 0 && rest > 1e-15) yield failed(spot, `must be a multiple of ${step}`);
}

function* checkString(spot, { pattern, format }) {
  if (isMatch(pattern, spot.value) === false) yield failed(spot, `must match ${pattern}`);
  const [words, expression] = ownValue(FORMATS, format) ?? [];
  if (expression?.test(spot.value) === false) yield failed(spot, `must be ${words}`);
}

function* checkArray(spot, { items, additionalItems, uniqueItems }) {
  const { value } = spot;
  const isTwice = uniqueItems === true && new Set(value.map(canonical)).size < value.length;
  if (isTwice) yield failed(spot, "must not have an item twice");
  const [tuple, rest] = Array.isArray(items) ? [items, additionalItems] : [[], items];
  for (const index of value.keys()) {
    yield* check(spotAt(spot, index), index < tuple.length ? tuple[index] : rest);
  }
}

function* checkObject(spot, { required, properties, patternProperties, additionalProperties, propertyNames }) {
  for (const name of asList(required)) {
    const isMissing = typeof name === "string" && !Object.hasOwn(spot.value, name);
    if (isMissing) yield failed(spotAt(spot, name), "is required");
  }
  const patterns = Object.entries(asObject(patternProperties));
  for (const key of Object.keys(spot.value)) {
    const here = spotAt(spot, key);
    const schemas = patterns.filter(([pattern]) => isMatch(pattern, key)).map(([, one]) => one);
    if (Object.hasOwn(asObject(properties), key)) schemas.push(properties[key]);
    if (!schemas.length) schemas.push(additionalProperties);
    for (const one of schemas) yield* check(here, one);
    for (const { message } of check({ ...here, value: key }, propertyNames)) {
      yield failed(here, `has a name that ${message}`);
    }
  }
}

function* checkCombined(spot, schema) {
  for (const part of asList(schema.allOf)) yield* check(spot, part);
  for (const keyword of ["anyOf", "oneOf"]) {
    const tried = asList(schema[keyword]).map((one) => [...check(spot, one)]);
    const fitting = tried.filter((errors) => !errors.length).length;
    if (tried.length && !fitting) yield* likeliest(spot, tried);
    const isUnclear = keyword === "oneOf" && fitting > 1;
    if (isUnclear) yield failed(spot, `must fit one alternative only, but fits ${fitting}`);
  }
  const isBarred = schema.not !== undefined && check(spot, schema.not).next().done;
  if (isBarred) yield failed(spot, "is of a kind that is not allowed");
}

// The errors of the alternative that is meant: of the value's type, with its tags or with the fewest.
function likeliest(spot, tried) {
  const isHere = ([error]) => error.options && error.path.length === spot.path.length;
  if (tried.every(isHere)) return [unlisted(spot, tried.flatMap(([error]) => error.options))];
  const cost = (errors) => errors.reduce((sum, one) => sum + (one.isTag ? 1e4 : 1), isHere(errors) ? 1e9 : 0);
  const best = tried.reduce((one, other) => (cost(other) < cost(one) ? other : one));
  const tag = best.find((error) => error.isTag);
  if (!tag) return best;
  const isSame = (error) => error.isTag && canonical(error.path) === canonical(tag.path);
  return [unlisted(tag, tried.flat().filter(isSame).flatMap((error) => error.options))];
}
