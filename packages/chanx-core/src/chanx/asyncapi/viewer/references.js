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

/** The object's own value at a key; undefined for what it inherits and for what is no object. */
export function ownValue(object, key) {
  const isKey = typeof key === "string" && isObject(object);
  return isKey && Object.hasOwn(object, key) ? object[key] : undefined;
}

// RFC 6901, section 6: the fragment is percent-decoded first, then read as a pointer.
function segmentsOf(reference) {
  let pointer = reference.slice(1);
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
  return segmentsOf(reference)
    .slice(1)
    .reduce((value, segment) => {
      if (!Array.isArray(value)) return ownValue(value, segment);
      return /^(0|[1-9]\d*)$/.test(segment) ? value[segment] : undefined;
    }, document);
}

/** Follow `$ref` to a value without; undefined if it leads nowhere or in a circle. */
export function resolve(document, value) {
  const seen = new Set();
  let target = value;
  while (typeof ownValue(target, "$ref") === "string") {
    if (seen.has(target)) return undefined;
    seen.add(target);
    target = pointerTo(document, target.$ref);
  }
  return target;
}

/** The last segment of a reference: the name of what it leads to. */
export function nameOf(reference) {
  return typeof reference === "string" ? segmentsOf(reference).at(-1) : "";
}
