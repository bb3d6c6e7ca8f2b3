import { asList, isObject, nameOf, resolve } from "./references.js";

const FACTS = {
  minimum: (value) => `≥ ${value}`,
  exclusiveMinimum: (value) => `> ${value}`,
  maximum: (value) => `≤ ${value}`,
  exclusiveMaximum: (value) => `< ${value}`,
  multipleOf: (value) => `multiple of ${value}`,
  minLength: (value) => `at least ${counted(value, "character")}`,
  maxLength: (value) => `at most ${counted(value, "character")}`,
  pattern: (value) => `matches ${value}`,
  minItems: (value) => `at least ${counted(value, "item")}`,
  maxItems: (value) => `at most ${counted(value, "item")}`,
  uniqueItems: (value) => value && "no item twice",
  deprecated: (value) => value && "deprecated",
};

function counted(count, thing) {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}

/** Entries of what should be an object; none of anything else. */
export function entriesOf(value) {
  return isObject(value) ? Object.entries(value) : [];
}

/** The alternatives of a schema, null apart; empty if it has none. */
export function variantsOf(source, schema) {
  const parts = asList(schema.oneOf ?? schema.anyOf);
  const named = parts.map((part) => ({ schema: part, resolved: resolve(source, part) }));
  return named.filter((part) => !isObject(part.resolved) || part.resolved.type !== "null");
}

/** A schema with its reference followed and the parts of its allOf laid over each other. */
export function flattened(source, schema, depth = 0) {
  const resolved = resolve(source, schema);
  if (!isObject(resolved)) return resolved ?? true;
  if (!Array.isArray(resolved.allOf) || depth > 8) return resolved;
  const { allOf, ...rest } = resolved;
  const parts = [...allOf.map((part) => flattened(source, part, depth + 1)), rest].filter(isObject);
  const merged = Object.assign({}, ...parts);
  const properties = Object.assign({}, ...parts.map((part) => part.properties));
  const required = [...new Set(parts.flatMap((part) => asList(part.required)))];
  if (Object.keys(properties).length) merged.properties = properties;
  if (required.length) merged.required = required;
  return merged;
}

/** A schema's type in a few words. */
export function typeText(source, schema, depth = 0) {
  if (schema === false) return "nothing";
  if (!isObject(schema)) return "anything";
  if (depth > 6) return "…";
  const name = typeof schema.$ref === "string" ? nameOf(schema.$ref) : null;
  const flat = flattened(source, schema);
  if (!isObject(flat)) return name ?? "anything";
  if ("const" in flat) return JSON.stringify(flat.const);
  if (Array.isArray(flat.enum)) return name && flat.enum.length > 5 ? name : flat.enum.map((item) => JSON.stringify(item)).join(" | ");
  const parts = asList(flat.oneOf ?? flat.anyOf);
  if (parts.length) {
    return [...new Set(parts.map((part) => typeText(source, part, depth + 1)))].join(" | ");
  }
  const types = [flat.type ?? inferred(flat)].flat();
  return types.map((type) => oneType(source, flat, type, name, depth)).join(" | ");
}

function inferred(schema) {
  if (isObject(schema.properties)) return "object";
  return schema.items === undefined ? "anything" : "array";
}

function oneType(source, schema, type, name, depth) {
  if (type === "array") {
    if (Array.isArray(schema.items)) {
      return `[${schema.items.map((item) => typeText(source, item, depth + 1)).join(", ")}]`;
    }
    return schema.items === undefined ? "array" : `array of ${typeText(source, schema.items, depth + 1)}`;
  }
  if (type === "object") {
    const named = name ?? (typeof schema.title === "string" && isObject(schema.properties) ? schema.title : null);
    if (named) return named;
    const values = schema.additionalProperties;
    return isObject(values) && !isObject(schema.properties) ? `map of ${typeText(source, values, depth + 1)}` : "object";
  }
  const format = schema.format ?? schema["x-format"];
  return format ? `${type} (${format})` : String(type);
}

/** What else a schema asks of a value, a phrase each. */
export function factsOf(schema) {
  if (!isObject(schema)) return [];
  const facts = Object.entries(FACTS).map(([key, say]) => key in schema && say(schema[key]));
  if ("default" in schema) facts.push(`default ${JSON.stringify(schema.default)}`);
  if (schema.additionalProperties === false) facts.push("no other keys");
  return facts.filter(Boolean);
}

/** What is to be shown below a schema: `{name, schema, isRequired}` each; the name says where it is. */
export function childrenOf(source, schema) {
  const flat = flattened(source, schema);
  if (!isObject(flat)) return [];
  const required = asList(flat.required);
  /** @type {{ name: string, schema: any, isRequired?: boolean, isVariant?: boolean }[]} */
  const children = entriesOf(flat.properties).map(([name, part]) => ({ name, schema: part, isRequired: required.includes(name) }));
  for (const [pattern, part] of entriesOf(flat.patternProperties)) children.push({ name: `/${pattern}/`, schema: part });
  if (isObject(flat.additionalProperties)) children.push({ name: "any other key", schema: flat.additionalProperties });
  if (Array.isArray(flat.items)) {
    flat.items.forEach((part, index) => children.push({ name: `[${index}]`, schema: part }));
  } else if (isObject(flat.items)) {
    children.push({ name: "each item", schema: flat.items });
  }
  const variants = variantsOf(source, flat);
  for (const { schema: part } of variants) {
    children.push({ name: variants.length > 1 ? "one of" : "", schema: part, isVariant: true });
  }
  return children.flatMap((child) => (isWorthShowing(source, child) ? [child] : []));
}

/** Items and alternatives that their parent's type says everything about are not shown again. */
function isWorthShowing(source, { name, schema, isVariant = false }) {
  if (!isVariant && name !== "each item" && name !== "any other key") return true;
  const flat = flattened(source, schema);
  return isObject(flat) && (childrenOf(source, schema).length > 0 || factsOf(flat).length > 0 || Boolean(flat.description));
}
