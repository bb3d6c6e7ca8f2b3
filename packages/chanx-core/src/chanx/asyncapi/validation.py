"""Does a value match a draft-07 schema? Enough of it to check examples without a dependency."""

import math
from collections.abc import Callable, Hashable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from chanx.asyncapi.ecma_patterns import finds
from chanx.asyncapi.walk import JsonArray, Schema, is_array, is_object

Lookup = Callable[[str], Schema | bool]
"""Returns the schema that a ``$ref`` leads to."""

_MAX_DEPTH: Final = 60

_COMBINING: Final = frozenset({"allOf", "anyOf", "oneOf", "not", "if"})
"""The keywords that combine schemas, which most have none of."""


class Remembering:
    """A lookup that remembers what matched, for documents of anybody's.

    References to schemas that refer to others, several times each, multiply otherwise.

    Args:
        lookup: The lookup; the values that are checked have to live as long as this.
    """

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._known: dict[tuple[str, int], list[str]] = {}

    def __call__(self, reference: str) -> Schema | bool:
        """Return the schema that a reference leads to."""
        return self._lookup(reference)

    def mismatches(self, reference: str, value: object, depth: int) -> list[str]:
        """Return the first reason why a value does not match what is referred to, if any.

        Args:
            reference: The reference.
            value: The value.
            depth: As for :func:`mismatches`.
        """
        key = reference, id(value)
        if key not in self._known:
            self._known[key] = []  # what comes back to itself asks for nothing more
            self._known[key] = [*islice(mismatches(self(reference), value, self, depth), 1)]
        return self._known[key]


def mismatches(
    schema: Schema | bool, value: object, lookup: Lookup, depth: int = 0
) -> Iterator[str]:
    """Yield why a value does not match a schema; nothing if it does.

    Formats are not checked, as draft-07 leaves it (section 7.2 of the validation specification),
    and patterns that :func:`chanx.asyncapi.ecma_patterns.finds` does not decide are passed over:
    no pattern takes longer than the text is long.

    Args:
        schema: The schema.
        value: The value, of JSON's types.
        lookup: Returns the schema that a ``$ref`` leads to.
        depth: How deep in the value this is; deeper than 60 levels nothing is checked.
    """
    if schema is True or depth > _MAX_DEPTH:
        return
    if schema is False:
        yield "nothing is allowed here"
        return
    if "$ref" in schema:
        reference = schema["$ref"]
        if isinstance(lookup, Remembering):
            yield from lookup.mismatches(reference, value, depth + 1)
        else:
            yield from mismatches(lookup(reference), value, lookup, depth + 1)
        return
    if "type" in schema and not _is_of(schema["type"], value):
        yield f"{value!r} is not of type {schema['type']}"
        return
    if "const" in schema and not _equal(schema["const"], value):
        yield f"{value!r} is not {schema['const']!r}"
    if "enum" in schema and not any(_equal(item, value) for item in schema["enum"]):
        yield f"{value!r} is not one of {schema['enum']!r}"
    if not _COMBINING.isdisjoint(schema):
        yield from _combined(schema, value, lookup, depth)
    if isinstance(value, str):
        yield from _text(schema, value)
    elif is_object(value):
        yield from _object(schema, value, lookup, depth)
    elif is_array(value):
        yield from _array(schema, value, lookup, depth)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _number(schema, value)


def matches(schema: Schema | bool, value: object, lookup: Lookup, depth: int = 0) -> bool:
    """Return whether a value matches a schema; the arguments are those of :func:`mismatches`."""
    return next(mismatches(schema, value, lookup, depth), None) is None


def _combined(schema: Schema, value: object, lookup: Lookup, depth: int) -> Iterator[str]:
    for part in schema.get("allOf", ()):
        yield from mismatches(part, value, lookup, depth + 1)
    if "anyOf" in schema and not any(
        matches(part, value, lookup, depth + 1) for part in schema["anyOf"]
    ):
        yield f"{value!r} matches no alternative"
    if "oneOf" in schema:
        count = sum(matches(part, value, lookup, depth + 1) for part in schema["oneOf"])
        if count != 1:
            yield f"{value!r} matches {count} alternatives, not one"
    if "not" in schema and matches(schema["not"], value, lookup, depth + 1):
        yield f"{value!r} is excluded"
    if "if" in schema:
        branch = "then" if matches(schema["if"], value, lookup, depth + 1) else "else"
        yield from mismatches(schema.get(branch, True), value, lookup, depth + 1)


def _text(schema: Schema, value: str) -> Iterator[str]:
    if len(value) < schema.get("minLength", 0):
        yield f"{value!r} is too short"
    if len(value) > schema.get("maxLength", math.inf):
        yield f"{value!r} is too long"
    if finds(schema.get("pattern", ""), value) is False:
        yield f"{value!r} does not match {schema['pattern']!r}"


def _number(schema: Schema, value: float) -> Iterator[str]:
    if value < schema.get("minimum", -math.inf) or value <= schema.get(
        "exclusiveMinimum", -math.inf
    ):
        yield f"{value!r} is too small"
    if value > schema.get("maximum", math.inf) or value >= schema.get("exclusiveMaximum", math.inf):
        yield f"{value!r} is too large"
    if (step := schema.get("multipleOf")) and not _is_multiple(value, step):
        yield f"{value!r} is not a multiple of {step!r}"


def _is_multiple(value: float, step: float) -> bool:
    if isinstance(value, int) and isinstance(step, int):
        return value % step == 0
    try:
        return math.isclose(value / step, round(value / step), abs_tol=1e-9)
    except OverflowError:  # too large for a float
        return False


def _object(schema: Schema, value: Mapping[str, Any], lookup: Lookup, depth: int) -> Iterator[str]:
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{name!r} is missing"
    if len(value) < schema.get("minProperties", 0):
        yield "it has too few properties"
    if len(value) > schema.get("maxProperties", math.inf):
        yield "it has too many properties"
    properties, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for name, item in value.items():
        if "propertyNames" in schema:
            yield from mismatches(schema["propertyNames"], name, lookup, depth + 1)
        known = [properties[name]] if name in properties else []
        for pattern, part in patterns.items():
            if (found := finds(pattern, name)) is not False:
                known.append(part if found else True)
        for part in known or [schema.get("additionalProperties", True)]:
            for reason in mismatches(part, item, lookup, depth + 1):
                yield f"{name}: {reason}"
    for name, wanted in schema.get("dependencies", {}).items():
        if name in value:
            part = {"required": wanted} if is_array(wanted) else wanted
            yield from mismatches(part, value, lookup, depth + 1)


def _array(schema: Schema, value: JsonArray, lookup: Lookup, depth: int) -> Iterator[str]:
    if len(value) < schema.get("minItems", 0):
        yield "it has too few items"
    if len(value) > schema.get("maxItems", math.inf):
        yield "it has too many items"
    if schema.get("uniqueItems") and len(set(map(equality_key, value))) < len(value):
        yield "its items are not unique"
    if "contains" in schema and not any(
        matches(schema["contains"], item, lookup, depth + 1) for item in value
    ):
        yield "none of its items is one that it has to contain"
    items = schema.get("items", True)
    for index, item in enumerate(value):
        part: Any = items
        if is_array(items):
            in_front = index < len(items)
            part = items[index] if in_front else schema.get("additionalItems", True)
        for reason in mismatches(part, item, lookup, depth + 1):
            yield f"{index}: {reason}"


def _is_of(kinds: str | list[str], value: object) -> bool:
    if isinstance(kinds, str):
        return _is(kinds, value)
    return any(_is(kind, value) for kind in kinds)


def _is(kind: str, value: object) -> bool:
    if kind in ("integer", "number"):
        if isinstance(value, float):
            return kind == "number" or value.is_integer()
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, _TYPES[kind])


_TYPES: Final[Mapping[str, type]] = {
    "array": list,
    "boolean": bool,
    "null": type(None),
    "object": Mapping,
    "string": str,
}


def _equal(one: object, other: object) -> bool:
    """JSON's equality: unlike Python's, true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if is_array(one) and is_array(other):
        return len(one) == len(other) and all(map(_equal, one, other))
    if is_object(one) and is_object(other):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    return bool(one == other)


def equality_key(value: object) -> Hashable:
    """Return what two values have in common if and only if they are equal in JSON.

    Args:
        value: The value, of JSON's types.
    """
    if isinstance(value, bool):
        return "boolean", value
    if is_array(value):
        return "array", tuple(map(equality_key, value))
    if is_object(value):
        return "object", frozenset((name, equality_key(item)) for name, item in value.items())
    return value if isinstance(value, Hashable) else id(value)


__all__ = ["Lookup", "Remembering", "equality_key", "matches", "mismatches"]
