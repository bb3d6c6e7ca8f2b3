"""Can one value match two schemas? Whether that is impossible, as far as it can be seen."""

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from chanx.asyncapi.validation import equality_key
from chanx.asyncapi.walk import Schema, array_of, is_array, is_object, located, object_of

_MAX_DEPTH: Final = 20
_OBJECT: Final = frozenset({"object"})
_MOST_PARTS: Final = 50
"""Schemas of a union, or of ``allOf``; beyond, nothing is concluded from it."""


@dataclass(slots=True)
class _Facts:
    """What every value that matches a schema has in common.

    Attributes:
        types: The JSON types that it may have; None for any.
        values: Keys of the values that it may be, with the types of these; None for any.
        least: The smallest number that it may be.
        most: The largest.
        required: The properties that it has, if it is an object.
        properties: The schemas of its properties.
        allowed: The names of properties beside which there are none, once for each closed part.
        unions: Schemas of which one at least matches, once for each union.
    """

    types: frozenset[str] | None = None
    values: Mapping[Hashable, str] | None = None
    least: float = -math.inf
    most: float = math.inf
    required: set[str] = field(default_factory=set[str])
    properties: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])
    allowed: list[frozenset[str]] = field(default_factory=list[frozenset[str]])
    unions: list[list[Any]] = field(default_factory=list[list[Any]])


class Disjointness:
    """Tells schemas apart that no value matches both of. It looks at each pair once.

    Args:
        document: The document that references are of.
        is_object_meant: Whether a schema that speaks of properties and not of types is one of
            objects, as its author meant it. By draft-07 anything else matches it.
    """

    def __init__(self, document: Mapping[str, Any], *, is_object_meant: bool) -> None:
        self._document = document
        self._is_object_meant = is_object_meant
        self._facts: dict[int, _Facts] = {}
        self._known: dict[tuple[int, int], bool] = {}

    def are_apart(self, one: object, other: object, depth: int = 0) -> bool:
        """Return whether no value matches two schemas.

        Args:
            one: A schema.
            other: Another.
            depth: How deep in two schemas these are; deeper than 20 nothing is told.

        Returns:
            True if that is certain. False if a value may, or if it cannot be seen.
        """
        one, other = (located(self._document, schema, "")[0] for schema in (one, other))
        if one is False or other is False:
            return True
        if not is_object(one) or not is_object(other) or one is other or depth > _MAX_DEPTH:
            return False
        key = (id(one), id(other)) if id(one) < id(other) else (id(other), id(one))
        if key not in self._known:
            self._known[key] = False  # what comes back to itself tells nothing more
            self._known[key] = self._differ(one, other, depth + 1)
        return self._known[key]

    def contradiction(self, schema: Schema) -> str:
        """Return why nothing matches a schema, with all parts of its ``allOf``.

        Args:
            schema: The schema.

        Returns:
            The reason; "" if something may match.
        """
        facts = self._facts_of(schema)
        if facts.types is not None and not facts.types:
            return "its parts have no type in common"
        if facts.values is not None and not facts.values:
            return "its parts have no constant in common"
        if facts.values is not None and _values_differ(facts, _Facts(types=facts.types)):
            return "its constants are not of its type"
        kinds = facts.types or frozenset()
        if kinds and kinds <= {"integer", "number"} and facts.least > facts.most:
            return f"its minimum {facts.least:g} is above its maximum {facts.most:g}"
        return self._object_contradiction(facts) if kinds == _OBJECT else ""

    def _object_contradiction(self, facts: _Facts) -> str:
        for names in facts.allowed:
            if beyond := sorted(facts.required - names):
                return f"it requires {beyond[0]!r}, and a part of it has no such property"
        for name in sorted(facts.required):
            parts = facts.properties.get(name, [])[:_MOST_PARTS]
            for index, part in enumerate(parts):
                if any(self.are_apart(part, other) for other in parts[:index]):
                    return f"what its parts say of {name!r} excludes each other"
        return ""

    def _differ(self, one: Schema, other: Schema, depth: int) -> bool:
        first, second = self._facts_of(one), self._facts_of(other)
        if _types_differ(first, second) or _values_differ(first, second):
            return True
        kinds = _common(first.types, second.types)
        is_number = kinds is not None and kinds <= {"integer", "number"}
        if is_number and max(first.least, second.least) > min(first.most, second.most):
            return True
        if kinds == _OBJECT and self._objects_differ(first, second, depth):
            return True
        return any(
            all(self.are_apart(part, against, depth) for part in union)
            for facts, against in ((first, other), (second, one))
            for union in facts.unions
        )

    def _objects_differ(self, first: _Facts, second: _Facts, depth: int) -> bool:
        for name in first.required | second.required:
            mine, yours = first.properties.get(name, []), second.properties.get(name, [])
            if any(self.are_apart(part, that, depth) for part in mine for that in yours):
                return True
        return any(
            not facts.required <= names
            for facts, closed in ((first, second), (second, first))
            for names in closed.allowed
        )

    def _facts_of(self, schema: Schema) -> _Facts:
        if id(schema) not in self._facts:
            facts = self._facts[id(schema)] = _Facts()
            self._collect(schema, facts, set())
            if (
                facts.types is None
                and self._is_object_meant
                and (facts.required or facts.properties)
            ):
                facts.types = _OBJECT
        return self._facts[id(schema)]

    def _collect(self, given: object, facts: _Facts, seen: set[int]) -> None:
        """Add what a schema says, with all parts of its ``allOf``."""
        schema, _ = located(self._document, given, "")
        if not is_object(schema) or id(schema) in seen or len(seen) > _MOST_PARTS:
            return
        seen.add(id(schema))
        facts.types = _common(facts.types, _types(schema))
        facts.values = _fewer(facts.values, _values(schema))
        facts.least = max(facts.least, _bound(schema, "minimum", -math.inf))
        facts.most = min(facts.most, _bound(schema, "maximum", math.inf))
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
        for part in array_of(schema.get("allOf")):
            self._collect(part, facts, seen)


def _types_differ(first: _Facts, second: _Facts) -> bool:
    return not _common(first.types, second.types) and None not in (first.types, second.types)


def _values_differ(first: _Facts, second: _Facts) -> bool:
    if first.values is not None and second.values is not None:
        return first.values.keys().isdisjoint(second.values)
    return any(
        facts.values is not None
        and types is not None
        and not any(kind in types for kind in facts.values.values())
        for facts, types in ((first, second.types), (second, first.types))
    )


def _common(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _fewer(
    one: Mapping[Hashable, str] | None, other: Mapping[Hashable, str] | None
) -> Mapping[Hashable, str] | None:
    if one is None or other is None:
        return other if one is None else one
    return {key: kind for key, kind in one.items() if key in other}


def _types(schema: Schema) -> frozenset[str] | None:
    if "type" not in schema:
        return None
    kinds = schema["type"]
    found = frozenset(map(str, kinds) if is_array(kinds) else [str(kinds)])
    return found | {"integer"} if "number" in found else found


def _values(schema: Schema) -> Mapping[Hashable, str] | None:
    if "const" in schema:
        return {equality_key(schema["const"]): _type_of(schema["const"])}
    if is_array(enum := schema.get("enum")):
        return {equality_key(value): _type_of(value) for value in enum}
    return None


def _type_of(value: object) -> str:
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


def _bound(schema: Schema, key: str, otherwise: float) -> float:
    bound = schema.get(key)
    return bound if isinstance(bound, int | float) else otherwise


__all__ = ["Disjointness"]
