/** Whether a value is a JSON object. */
export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value if it is a list, else an empty one. */
export function asList(value) {
  return Array.isArray(value) ? value : [];
}

/** The value if it is a JSON object, else an empty one. */
export function asObject(value) {
  return isObject(value) ? value : {};
}

/** The value if it is a finite number, else the other. */
export function asNumber(value, otherwise) {
  return Number.isFinite(value) ? value : otherwise;
}

/** An object's own value at a key, not what it inherits. */
export function ownValue(object, key) {
  return typeof key === "string" && Object.hasOwn(asObject(object), key) ? object[key] : undefined;
}

// RFC 6901, section 6: the fragment is percent-decoded first, then read as a pointer.
function segmentsOf(reference) {
  let pointer = reference;
  try {
    pointer = decodeURIComponent(pointer);
  } catch {
    // A stray "%" stands for itself.
  }
  return pointer.split("/").map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The value at a reference like "#/components/schemas/A%20b~1c"; undefined if there is none. */
export function pointerTo(document, reference) {
  if (typeof reference !== "string" || !/^#(\/|$)/.test(reference)) return undefined;
  const step = (value, segment) => ownValue(Array.isArray(value) ? { ...value } : value, segment);
  return segmentsOf(reference).slice(1).reduce(step, document);
}

/** Follow `$ref`; undefined if it leads nowhere or in a circle. */
export function resolve(document, value) {
  let target = value;
  for (let hops = 0; hops < 100; hops += 1) {
    const reference = ownValue(target, "$ref");
    if (typeof reference !== "string") return target;
    target = pointerTo(document, reference);
  }
  return undefined;
}

const collator = new Intl.Collator("en", { numeric: true });

/** A copy in the order in which people look for names: item2 before item10. */
export function sortedBy(list, textOf) {
  return [...list].sort((one, other) => collator.compare(textOf(one), textOf(other)));
}

/** The last segment of a reference. */
export function nameOf(reference) {
  return typeof reference === "string" ? (segmentsOf(reference).slice(1).at(-1) ?? "") : "";
}
