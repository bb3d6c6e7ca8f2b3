"""Can one value match two schemas? Whether that is impossible, as far as it can be seen."""

from collections.abc import Mapping
from typing import Any, Final

from chanx.asyncapi.facts import OBJECT, Facts, FactsOfSchemas, common, type_of
from chanx.asyncapi.walk import Schema, is_object, located

_MAX_DEPTH: Final = 20


class Disjointness:
    """Tells schemas apart that no value matches both of. It looks at each pair once.

    Args:
        document: The document that references are of.
        is_object_meant: Whether a schema that speaks of properties and not of types is one of
            objects, as its author meant it. By draft-07 anything else matches it.

    Attributes:
        facts_of: Returns what a schema says of every value that matches it.
    """

    def __init__(self, document: Mapping[str, Any], *, is_object_meant: bool) -> None:
        self.facts_of: FactsOfSchemas = FactsOfSchemas(document, is_object_meant=is_object_meant)
        self._document = document
        self._known: dict[tuple[int, int], bool] = {}

    def are_apart(self, one: object, other: object, depth: int = 0) -> bool:
        """Return whether no value matches two schemas.

        Args:
            one: A schema.
            other: Another; the two may be the same.
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

    def _differ(self, one: Schema, other: Schema, depth: int) -> bool:
        first, second = self.facts_of(one), self.facts_of(other)
        if _types_differ(first, second) or _values_differ(first, second):
            return True
        kinds = common(first.types, second.types)
        if kinds and all(_bounds_differ(kind, first, second) for kind in kinds):
            return True
        if kinds == OBJECT and self._objects_differ(first, second, depth):
            return True
        return any(
            all(self.are_apart(part, against, depth) for part in union)
            for facts, against in ((first, other), (second, one))
            for union in facts.unions
        )

    def _objects_differ(self, first: Facts, second: Facts, depth: int) -> bool:
        for name in first.required | second.required:
            mine, yours = first.properties.get(name, []), second.properties.get(name, [])
            if any(self.are_apart(part, that, depth) for part in mine for that in yours):
                return True
        return any(
            not facts.required <= names
            for facts, closed in ((first, second), (second, first))
            for names in closed.allowed
        )


def _types_differ(first: Facts, second: Facts) -> bool:
    return not common(first.types, second.types) and None not in (first.types, second.types)


def _values_differ(first: Facts, second: Facts) -> bool:
    if first.values is not None and second.values is not None:
        return first.values.keys().isdisjoint(second.values)
    return any(
        facts.values is not None
        and types is not None
        and not any(type_of(value) in types for value in facts.values.values())
        for facts, types in ((first, second.types), (second, first.types))
    )


def _bounds_differ(kind: str, first: Facts, second: Facts) -> bool:
    if kind in ("integer", "number"):
        return first.number.with_(second.number).is_empty(is_whole=kind == "integer")
    if kind not in first.sizes:
        return False
    return first.sizes[kind].with_(second.sizes[kind]).is_empty(is_whole=True)


__all__ = ["Disjointness"]
