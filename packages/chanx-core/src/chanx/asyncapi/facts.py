"""What a schema says of every value that matches it, with all parts of its ``allOf``."""

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from chanx.asyncapi.validation import equality_key
from chanx.asyncapi.walk import Schema, array_of, is_array, is_object, located, object_of

OBJECT: Final = frozenset({"object"})

_MOST_PARTS: Final = 50
"""Schemas of a union, or of ``allOf``; beyond, nothing is concluded from it."""

_SIZES: Final = {
    "string": ("minLength", "maxLength"),
    "array": ("minItems", "maxItems"),
    "object": ("minProperties", "maxProperties"),
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between what a number or a size is.

    Attributes:
        least: The smallest that it may be.
        most: The largest.
        above: What it is above.
        below: What it is below.
    """

    least: float = -math.inf
    most: float = math.inf
    above: float = -math.inf
    below: float = math.inf

    def with_(self, other: "Bounds") -> "Bounds":
        """Return the bounds of what is within both.

        Args:
            other: Further bounds.
        """
        return Bounds(
            max(self.least, other.least),
            min(self.most, other.most),
            max(self.above, other.above),
            min(self.below, other.below),
        )

    def is_empty(self, *, is_whole: bool) -> bool:
        """Return whether nothing is between them.

        Args:
            is_whole: Whether only whole numbers are.
        """
        if is_whole:
            low = max(_whole(self.least, math.ceil), _whole(self.above, math.floor) + 1)
            return low > min(_whole(self.most, math.floor), _whole(self.below, math.ceil) - 1)
        return (
            self.least > self.most
            or self.least >= self.below
            or self.above >= self.most
            or self.above >= self.below
        )

    def __str__(self) -> str:
        said = (
            ("at least", self.least),
            ("above", self.above),
            ("at most", self.most),
            ("below", self.below),
        )
        return " and ".join(f"{word} {bound}" for word, bound in said if not _is_infinite(bound))


def _is_infinite(number: float) -> bool:
    return isinstance(number, float) and math.isinf(number)


def _whole(number: float, rounded: Callable[[float], int]) -> float:
    return number if _is_infinite(number) else rounded(number)


@dataclass(slots=True)
class Facts:
    """What every value that matches a schema has in common.

    Attributes:
        types: The JSON types that it may have; None for any.
        values: The values that it may be, by keys that are equal for equal ones; None for any.
        number: The bounds of it as a number.
        sizes: The bounds of its length, by its type.
        required: The properties that it has, if it is an object.
        properties: The schemas of its properties.
        names: The schemas of its properties' names.
        allowed: The names of properties beside which there are none, once for each closed part.
        unions: Schemas of which one at least matches, once for each union.
        excluded: Schemas that it does not match.
    """

    types: frozenset[str] | None = None
    values: Mapping[Hashable, Any] | None = None
    number: Bounds = Bounds()
    sizes: dict[str, Bounds] = field(default_factory=lambda: dict.fromkeys(_SIZES, Bounds()))
    required: set[str] = field(default_factory=set[str])
    properties: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])
    names: list[Any] = field(default_factory=list[Any])
    allowed: list[frozenset[str]] = field(default_factory=list[frozenset[str]])
    unions: list[list[Any]] = field(default_factory=list[list[Any]])
    excluded: list[Any] = field(default_factory=list[Any])


class FactsOfSchemas:
    """Collects facts, once for each schema.

    Args:
        document: The document that references are of.
        is_object_meant: Whether a schema that speaks of properties and not of types is one of
            objects, as its author meant it. By draft-07 anything else matches it.
    """

    def __init__(self, document: Mapping[str, Any], *, is_object_meant: bool) -> None:
        self._document = document
        self._is_object_meant = is_object_meant
        self._known: dict[int, Facts] = {}

    def __call__(self, schema: Schema) -> Facts:
        """Return what a schema says."""
        if id(schema) not in self._known:
            facts = self._known[id(schema)] = Facts()
            self._collect(schema, facts, set())
            is_of_objects = facts.required or facts.properties
            if facts.types is None and self._is_object_meant and is_of_objects:
                facts.types = OBJECT
        return self._known[id(schema)]

    def _collect(self, given: object, facts: Facts, seen: set[int]) -> None:
        """Add what a schema says, with all parts of its ``allOf``."""
        schema, _ = located(self._document, given, "")
        if not is_object(schema) or id(schema) in seen or len(seen) > _MOST_PARTS:
            return
        seen.add(id(schema))
        facts.types = common(facts.types, types_of(schema))
        facts.values = _fewer(facts.values, _values(schema))
        facts.number = facts.number.with_(_number(schema))
        for kind, bounds in facts.sizes.items():
            facts.sizes[kind] = bounds.with_(_size(kind, schema))
        facts.required.update(name for name in array_of(schema.get("required")) if name)
        properties = object_of(schema.get("properties"))
        for name, part in properties.items():
            facts.properties.setdefault(name, []).append(part)
        if schema.get("additionalProperties") is False and not schema.get("patternProperties"):
            facts.allowed.append(frozenset(properties))
        for key in ("oneOf", "anyOf"):
            parts = array_of(schema.get(key))
            if parts and len(parts) <= _MOST_PARTS:
                facts.unions.append(parts)
        for key, kept in (("not", facts.excluded), ("propertyNames", facts.names)):
            if key in schema:
                kept.append(schema[key])
        for part in array_of(schema.get("allOf")):
            self._collect(part, facts, seen)


def common(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    """Return the types that are among two sets of types, each None for any."""
    if one is None or other is None:
        return other if one is None else one
    return one & other


def types_of(schema: Schema) -> frozenset[str] | None:
    """Return the types that a schema names, with ``integer`` where numbers are; None for none."""
    if "type" not in schema:
        return None
    kinds = schema["type"]
    found = frozenset(map(str, kinds) if is_array(kinds) else [str(kinds)])
    return found | {"integer"} if "number" in found else found


def type_of(value: object) -> str:
    """Return the type of a value, the narrowest."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if is_array(value) else "object"


def _values(schema: Schema) -> Mapping[Hashable, Any] | None:
    if "const" in schema:
        return {equality_key(schema["const"]): schema["const"]}
    if is_array(enum := schema.get("enum")) and enum:
        return {equality_key(value): value for value in enum}
    return None


def _fewer(
    one: Mapping[Hashable, Any] | None, other: Mapping[Hashable, Any] | None
) -> Mapping[Hashable, Any] | None:
    if one is None or other is None:
        return other if one is None else one
    return {key: value for key, value in one.items() if key in other}


def _number(schema: Schema) -> Bounds:
    return Bounds(
        _bound(schema, "minimum", -math.inf),
        _bound(schema, "maximum", math.inf),
        _bound(schema, "exclusiveMinimum", -math.inf),
        _bound(schema, "exclusiveMaximum", math.inf),
    )


def _size(kind: str, schema: Schema) -> Bounds:
    least, most = _SIZES[kind]
    bounds = Bounds(_bound(schema, least, 0), _bound(schema, most, math.inf))
    if kind == "array":
        if "contains" in schema:
            bounds = replace(bounds, least=max(bounds.least, 1))
        items = schema.get("items")
        if items is False or (is_array(items) and schema.get("additionalItems") is False):
            bounds = replace(bounds, most=min(bounds.most, len(items) if is_array(items) else 0))
    return bounds


def _bound(schema: Schema, key: str, otherwise: float) -> float:
    bound = schema.get(key)
    return bound if isinstance(bound, int | float) else otherwise


__all__ = ["OBJECT", "Bounds", "Facts", "FactsOfSchemas", "common", "type_of", "types_of"]
