"""Schemas that hold together, as one: ``allOf`` and what stands beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from chanx.asyncapi.walk import array_of, is_array, is_object, located, object_of, pointer

Union: TypeAlias = list[tuple[Any, str]]
"""The alternatives of a union, each with its JSON pointer."""

_COMBINING: Final = frozenset({"$ref", "allOf", "anyOf", "oneOf"})
_SHAPING: Final = frozenset(
    {
        *("type", "const", "enum", "properties", "patternProperties", "additionalProperties"),
        *("items", "prefixItems", "format", "nullable", "required", "additionalItems", "maxItems"),
    }
)
"""Keywords that shapes have something of."""


@dataclass(slots=True)
class Leaf:
    """A schema without references and combinations.

    Attributes:
        schema: The schema.
        places: Where its properties stand, by their names.
    """

    schema: dict[str, Any] = field(default_factory=dict[str, Any])
    places: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def says_nothing(self) -> bool:
        """Whether alternatives beside it say all that there is to say."""
        return not self.schema.keys() & _SHAPING - {"type", "nullable", "required"}


def collect(
    document: Mapping[str, Any], schema: Mapping[str, Any], at: str
) -> tuple[list[Leaf], list[Union]]:
    """Return what has to hold for a schema: leaves, and one alternative of each union.

    Args:
        document: The document that references lead into.
        schema: The schema.
        at: Where it stands, a JSON pointer.
    """
    leaves: list[Leaf] = []
    unions: list[Union] = []
    seen: set[int] = set()
    waiting: list[tuple[Any, str]] = [(schema, at)]
    while waiting:
        given, place = waiting.pop(0)
        found, place = located(document, given, place)
        if not is_object(found) or id(found) in seen:
            continue
        seen.add(id(found))
        own = {key: value for key, value in found.items() if key in _SHAPING}
        if own:
            places = {
                name: f"{place}/properties{pointer(name)}"
                for name in object_of(own.get("properties"))
            }
            leaves.append(Leaf(own, places))
        waiting += [
            (part, f"{place}/allOf/{index}")
            for index, part in enumerate(array_of(found.get("allOf")))
        ]
        for word in ("anyOf", "oneOf"):
            parts = [
                (part, f"{place}/{word}/{index}")
                for index, part in enumerate(array_of(found.get(word)))
            ]
            if any(_says_something(part) for part, _ in parts):
                unions.append(parts)
    return leaves, unions


def only_part(schema: Mapping[str, Any]) -> Any:
    """Return the one schema that a combination consists of; None if there is more to it.

    Args:
        schema: The schema.
    """
    if schema.keys() & _SHAPING:
        return None
    parts = [part for word in ("allOf", "anyOf", "oneOf") for part in array_of(schema.get(word))]
    telling = [part for part in parts if _says_something(part)]
    return telling[0] if len(telling) == 1 and len(parts) - len(telling) == 0 else None


def _says_something(part: Any) -> bool:
    """Return whether an alternative is more than a choice of what is required."""
    return bool(object_of(part).keys() & (_SHAPING - {"required"} | _COMBINING))


def merge(leaves: list[Leaf]) -> Leaf | None:
    """Return one schema for several that hold together; None if nothing can match them all.

    Args:
        leaves: The schemas.
    """
    merged = Leaf()
    for leaf in leaves:
        for key, value in leaf.schema.items():
            if key == "properties":
                _merge_properties(merged, leaf)
            elif key == "required":
                known = array_of(merged.schema.get("required"))
                merged.schema[key] = [
                    *known,
                    *(name for name in array_of(value) if name not in known),
                ]
            elif key == "type" and "type" in merged.schema:
                kinds = _common(merged.schema["type"], value)
                if not kinds:
                    return None
                merged.schema[key] = kinds if len(kinds) > 1 else kinds[0]
            elif key == "enum" and is_array(merged.schema.get("enum")):
                merged.schema[key] = [item for item in merged.schema["enum"] if item in value]
            elif key == "additionalProperties":
                known_rest = merged.schema.get(key)
                merged.schema[key] = value if known_rest in (None, True) else known_rest
            else:
                merged.schema.setdefault(key, value)
    return merged


def _merge_properties(merged: Leaf, leaf: Leaf) -> None:
    properties = dict(object_of(merged.schema.get("properties")))
    for name, part in object_of(leaf.schema["properties"]).items():
        if name not in properties:
            properties[name] = part
            merged.places[name] = leaf.places.get(name, "")
        elif properties[name] != part:
            properties[name] = {"allOf": [properties[name], part]}
    merged.schema["properties"] = properties


def _common(one: Any, other: Any) -> list[str]:
    ours, theirs = ([*kinds] if is_array(kinds) else [kinds] for kinds in (one, other))
    found = [kind for kind in ours if kind in theirs]
    if "number" in ours and "integer" in theirs and "integer" not in found:
        found.append("integer")
    if "integer" in ours and "number" in theirs and "integer" not in found:
        found.append("integer")
    return found


__all__ = ["Leaf", "Union", "collect", "merge", "only_part"]
