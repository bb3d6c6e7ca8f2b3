import { asList, asNumber, asObject, isObject, ownValue, resolve } from "./references.js";

// These bounds keep a hostile or circular schema from hanging the page: what lies beyond is not
// checked. No message of a person is as deep, branched or long.
const DEEPEST = 200;
const MOST_STEPS = 50_000;
const LONGEST = 100_000;

const TYPES = {
  array: ["an array", Array.isArray],
  boolean: ["true or false", (value) => typeof value === "boolean"],
  integer: ["an integer", Number.isInteger],
  null: ["null", (value) => value === null],
  number: ["a number", (value) => typeof value === "number"],
  object: ["an object", isObject],
  string: ["a string", (value) => typeof value === "string"],
};

const BOUNDS = {
  number: ["be", "", "minimum", "maximum"],
  string: ["be", " character", "minLength", "maxLength"],
  array: ["have", " item", "minItems", "maxItems"],
  object: ["have", " field", "minProperties", "maxProperties"],
};

const FORMATS = {
  "date-time": ["a date and time, as 2025-01-31T12:00:00Z", isDateTime],
  date: ["a date, as 2025-01-31", isDate],
  time: ["a time, as 12:00:00Z", isTime],
  email: ["an email address", tester(/^(?!\.)(?!.*\.[.@])[^\s@]+@[^\s@.]+(\.[^\s@.]+)*$/)],
  uuid: ["a UUID", tester(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i)],
  uri: ["a URI", tester(/^[a-z][a-z\d+.-]*:([^\s"%<>\\^`{|}]|%[\da-f]{2})*$/i)],
  ipv4: ["an IPv4 address", tester(/^((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(?!$)|$)){4}$/)],
  ipv6: ["an IPv6 address", isIpv6],
};

/**
 * Check a value against a draft-07 schema: a list of `{path, message}`, empty if it is valid.
 * References are looked up in the document; those that lead nowhere permit everything.
 */
export function validate(document, schema, value) {
  const run = { document, depth: 0, steps: 0 };
  return errorsOf({ run, value, path: [] }, schema).map(({ path, message }) => ({ path, message }));
}

/** The expression of a `pattern`; null if a browser cannot run it as it was meant. */
export function patternOf(source) {
  for (const flags of ["u", ""]) {
    // Without "u" needless escapes pass, but these, of other languages, would mean a mere letter.
    if (typeof source !== "string" || (!flags && /\\[AGHKNPRXZhpz]/.test(source))) return null;
    try {
      return new RegExp(source, flags);
    } catch {
      continue;
    }
  }
  return null;
}

/** A text that two JSON values share if they are equal; empty for one nested too deeply. */
export function canonical(value) {
  const pairs = (one) =>
    Object.keys(one)
      .sort()
      .map((key) => [key, one[key]]);
  const sort = (_, one) => (isObject(one) ? Object.fromEntries(pairs(one)) : one);
  try {
    return JSON.stringify(value, sort);
  } catch {
    return "";
  }
}

// Without it, schemas that refer to one another would be read exponentially often.
const knownDiscriminators = new WeakMap();

/**
 * The properties that tell an object's schema from others, by `const` and `enum`, `allOf` and
 * alternatives included: a Map from each name to `{texts, isRequired}` with canonical texts.
 */
export function discriminators(document, schema, depth = 0) {
  const target = resolve(document, schema);
  const found = knownDiscriminators.get(target) ?? new Map();
  if (!isObject(target) || depth > DEEPEST || knownDiscriminators.has(target)) return found;
  knownDiscriminators.set(target, found);
  const read = (part) => discriminators(document, part, depth + 1);
  for (const [name, property] of Object.entries(asObject(target.properties))) {
    const values = fixedValues(resolve(document, property));
    if (values) found.set(name, { texts: new Set(values.map(canonical)), isRequired: false });
  }
  const shared = sharedBy(asList(target.anyOf ?? target.oneOf).map(read));
  for (const part of [...asList(target.allOf).map(read), shared]) {
    for (const [name, one] of part) found.set(name, one);
  }
  for (const name of asList(target.required)) {
    if (found.has(name)) found.set(name, { ...found.get(name), isRequired: true });
  }
  return found;
}

// What all alternatives fix, each to values of its own.
function sharedBy([first = [], ...others]) {
  const shared = new Map();
  for (const [name, one] of first) {
    const all = [one, ...others.map((other) => other.get(name))];
    if (all.includes(undefined)) continue;
    const texts = new Set(all.flatMap((each) => [...each.texts]));
    shared.set(name, { texts, isRequired: all.every((each) => each.isRequired) });
  }
  return shared;
}

function fixedValues(schema) {
  const fixed = ownValue(schema, "const");
  if (fixed !== undefined) return [fixed];
  const values = ownValue(schema, "enum");
  return Array.isArray(values) ? values : undefined;
}

function checkSchema(spot, schema) {
  const { run, value } = spot;
  if (run.depth > DEEPEST || run.steps > MOST_STEPS) return;
  const target = resolve(run.document, schema);
  if (target === false) addError(spot, "is not allowed");
  if (!isObject(target)) return;
  run.steps += 1;
  run.depth += 1;
  if (hasType(spot, target) && isListed(spot, target)) {
    checkBounds(spot, target);
    if (typeof value === "number") checkNumber(spot, target);
    else if (typeof value === "string") checkString(spot, target);
    else if (Array.isArray(value)) checkArray(spot, target);
    else if (isObject(value)) checkObject(spot, target);
    checkCombined(spot, target);
  }
  run.depth -= 1;
}

function addError({ errors, path }, message, more) {
  errors.push({ path, message, ...more });
}

function errorsOf(spot, schema) {
  const errors = [];
  checkSchema({ ...spot, errors }, schema);
  return errors;
}

function isFitting(spot, schema) {
  return !errorsOf(spot, schema).length;
}

function spotAt(spot, key) {
  return { ...spot, path: [...spot.path, key], value: spot.value[key] };
}

function hasType(spot, { type }) {
  const types = Array.isArray(type) ? type : [type];
  // A type that is not JSON Schema's, as Avro's "record", says nothing that could be checked.
  if (!types.length || !types.every((name) => ownValue(TYPES, name))) return true;
  if (types.some((name) => TYPES[name][1](spot.value))) return true;
  failType(spot, types);
  return false;
}

function failType(spot, types) {
  const names = [...new Set(types)].map((name) => TYPES[name][0]);
  const last = names.pop();
  addError(spot, `must be ${names.length ? `${names.join(", ")} or ` : ""}${last}`, { types });
}

function isListed(spot, schema) {
  const values = fixedValues(schema);
  if (!values || values.includes(spot.value)) return true;
  const text = canonical(spot.value);
  if (values.some((one) => canonical(one) === text)) return true;
  failValue(spot, values);
  return false;
}

function failValue(spot, values) {
  const choice = values.length === 1 ? "" : "one of ";
  addError(spot, `must be ${choice}${shorten(values.map(canonical).join(", "))}`, { values });
}

function shorten(text) {
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}

function checkBounds(spot, schema) {
  const { value } = spot;
  const kind = Array.isArray(value) ? "array" : typeof value;
  if (value === null || !BOUNDS[kind]) return;
  const [verb, noun, ...keys] = BOUNDS[kind];
  const [least, most] = keys.map((key) => asNumber(schema[key], undefined));
  if (least === undefined && most === undefined) return;
  // Of a text, characters count, not code units: an emoji is one.
  const parts = () => (kind === "string" ? Array.from(value) : Object.keys(value));
  const size = kind === "number" ? value : parts().length;
  const amount = (limit) => `${limit}${noun}${noun && limit !== 1 ? "s" : ""}`;
  if (size < least) addError(spot, `must ${verb} at least ${amount(least)}`);
  if (size > most) addError(spot, `must ${verb} at most ${amount(most)}`);
}

function checkNumber(spot, schema) {
  const { exclusiveMinimum: above, exclusiveMaximum: below, multipleOf: step } = schema;
  const { value } = spot;
  if (Number.isFinite(above) && value <= above) addError(spot, `must be greater than ${above}`);
  if (Number.isFinite(below) && value >= below) addError(spot, `must be less than ${below}`);
  if (!Number.isFinite(step) || step <= 0) return;
  // 0.3 is a multiple of 0.1 for a person, though not quite for a processor.
  const isExact = Number.isInteger(value) && Number.isInteger(step);
  const quotient = value / step;
  const tolerance = Number.EPSILON * 4 * Math.max(1, Math.abs(quotient));
  const rest = isExact ? value % step : Math.abs(quotient - Math.round(quotient));
  if (isExact ? rest : !(rest <= tolerance)) addError(spot, `must be a multiple of ${step}`);
}

function checkString(spot, { pattern, format }) {
  const { value } = spot;
  // On a text of millions of characters, an expression may exhaust the browser's stack.
  if (value.length > LONGEST) return;
  if (patternOf(pattern)?.test(value) === false) addError(spot, `must match ${shorten(pattern)}`);
  const [words, isWellFormed] = ownValue(FORMATS, format) ?? [];
  if (words && !isWellFormed(value)) addError(spot, `must be ${words}`);
}

function checkArray(spot, { items, additionalItems, contains, uniqueItems }) {
  const { value } = spot;
  if (uniqueItems === true && new Set(value.map(canonical)).size < value.length) {
    addError(spot, "must not have an item twice");
  }
  const [tuple, rest] = Array.isArray(items) ? [items, additionalItems] : [[], items];
  for (const index of value.keys()) {
    checkSchema(spotAt(spot, index), index < tuple.length ? tuple[index] : rest);
  }
  if (contains === undefined) return;
  for (const index of value.keys()) if (isFitting(spotAt(spot, index), contains)) return;
  addError(spot, "must have an item of a certain kind, but has none");
}

function checkObject(spot, schema) {
  const { required, propertyNames, dependencies } = schema;
  const keys = Object.keys(spot.value);
  checkPresence(spot, required, "is required");
  checkProperties(spot, schema);
  for (const key of propertyNames === undefined ? [] : keys) {
    const [wrong] = errorsOf({ ...spot, value: key }, propertyNames);
    if (wrong) addError(spotAt(spot, key), `has a name that ${wrong.message}`);
  }
  for (const [key, dependency] of Object.entries(asObject(dependencies))) {
    if (!Object.hasOwn(spot.value, key)) continue;
    checkPresence(spot, dependency, `is required beside ${shorten(key)}`);
    checkSchema(spot, dependency);
  }
}

function checkPresence(spot, names, message) {
  for (const name of asList(names)) {
    if (typeof name !== "string" || Object.hasOwn(spot.value, name)) continue;
    addError(spotAt(spot, name), message);
  }
}

function checkProperties(spot, { properties, patternProperties, additionalProperties }) {
  const patterns = Object.entries(asObject(patternProperties))
    .map(([source, one]) => [patternOf(source), one])
    .filter(([pattern]) => pattern);
  for (const key of Object.keys(spot.value)) {
    const matching = patterns.filter(([pattern]) => key.length < LONGEST && pattern.test(key));
    const schemas = matching.map(([, one]) => one);
    if (Object.hasOwn(asObject(properties), key)) schemas.push(properties[key]);
    if (!schemas.length) schemas.push(additionalProperties);
    for (const one of schemas) checkSchema(spotAt(spot, key), one);
  }
}

function checkCombined(spot, schema) {
  for (const part of asList(schema.allOf)) checkSchema(spot, part);
  for (const keyword of ["anyOf", "oneOf"]) {
    const tried = asList(schema[keyword]).map((one) => ({ one, wrong: errorsOf(spot, one) }));
    const fitting = tried.filter(({ wrong }) => !wrong.length).length;
    if (tried.length && !fitting) failAll(spot, tried);
    if (keyword === "oneOf" && fitting > 1) {
      addError(spot, `must fit one alternative only, but fits ${fitting}`);
    }
  }
  if (schema.not !== undefined && isFitting(spot, schema.not)) {
    addError(spot, "is of a kind that is not allowed");
  }
  if (schema.if === undefined) return;
  checkSchema(spot, isFitting(spot, schema.if) ? schema.then : schema.else);
}

// Alternatives that differ in type, in value or in a field's fixed value alone are told in one
// sentence; among others the one is reported that the value was most likely meant for.
function failAll(spot, tried) {
  const isHere = (error, key) => error[key] && error.path.length === spot.path.length;
  const ownErrors = (key) =>
    tried.map(({ wrong }) => wrong.find((error) => isHere(error, key))?.[key]);
  const [types, values] = [ownErrors("types"), ownErrors("values")];
  if (!types.includes(undefined)) return failType(spot, types.flat());
  if (!values.includes(undefined)) return failValue(spot, values.flat());
  const likely = tried.filter((_, index) => !types[index]);
  const pool = likely.length ? likely : tried;
  const tags = pool.map(({ wrong }) => wrongTags(spot, wrong));
  const shared = [...tags[0].keys()].find((key) => tags.every((one) => one.has(key)));
  if (shared !== undefined) {
    const all = tags.map((one) => one.get(shared));
    return failValue(spotAt(spot, shared), all);
  }
  const badness = ({ one, wrong }) =>
    mismatches(spot, one) * 1e9 +
    Math.min(wrong.length, 1e4) * 1e3 -
    Math.min(wrong[0].path.length, 999);
  const best = pool.reduce((one, other) => (badness(other) < badness(one) ? other : one));
  spot.errors.push(...best.wrong.slice(0, 100));
}

// The fields that must have one certain value, and have another.
function wrongTags({ path }, wrong) {
  const isTag = (one) => one.values?.length === 1 && one.path.length === path.length + 1;
  return new Map(wrong.filter(isTag).map((one) => [one.path.at(-1), one.values[0]]));
}

// How much the value contradicts what the schema fixes, less what it has right; one certain value
// tells more than a choice does.
function mismatches({ run, value }, schema) {
  let score = 0;
  for (const [name, { texts }] of discriminators(run.document, schema)) {
    const own = ownValue(value, name);
    const weight = texts.size === 1 ? 10 : 1;
    if (own !== undefined) score += texts.has(canonical(own)) ? -weight : weight;
  }
  return score;
}

function tester(pattern) {
  return (text) => pattern.test(text);
}

function isDate(text) {
  const date = new Date(/^\d{4}-\d\d-\d\d$/.test(text) ? text : NaN);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

// RFC 3339 asks for an offset, which Python's naive times do not have and nobody misses.
function isTime(text) {
  const time = /^([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(z|[+-]([01]\d|2[0-3]):[0-5]\d)?$/i;
  return time.test(text);
}

function isDateTime(text) {
  return isDate(text.slice(0, 10)) && /[t ]/i.test(text.charAt(10)) && isTime(text.slice(11));
}

function isIpv6(text) {
  try {
    return /^[\da-f.:]+$/i.test(text) && Boolean(new URL(`http://[${text}]/`));
  } catch {
    return false;
  }
}
