"""Titles of enumerations within other schemas, by which code generators name their types."""

from collections.abc import Mapping
from itertools import count
from typing import Any, Final

from chanx.asyncapi.names import pascal_case
from chanx.asyncapi.walk import Schema, is_object, map_subschemas

_LABELS: Final = {
    "additionalProperties": "Value",
    "items": "Item",
    "patternProperties": "Value",
    "propertyNames": "Key",
}


def with_titles(schemas: Mapping[str, Schema]) -> dict[str, dict[str, Any]]:
    """Copy schemas, with a title for each enumeration that has none.

    It is made of where the enumeration stands: ``state`` of ``Task`` is ``TaskState``.

    Args:
        schemas: Schemas by name, each with its name as title.
    """
    taken = {name.casefold() for name in schemas}
    return {name: _titled(schema, name, taken) for name, schema in schemas.items()}


def _titled(schema: Schema, place: str, taken: set[str]) -> dict[str, Any]:
    titled: dict[str, Any] = {}
    if "enum" in schema and "title" not in schema:
        titled["title"] = _free(place, taken)
    for key, value in schema.items():
        titled |= _part(key, value, place, taken)
    return titled


def _part(key: str, value: Any, place: str, taken: set[str]) -> dict[str, Any]:
    if key == "properties" and is_object(value):
        return {
            key: {
                name: _titled(item, place + pascal_case(name), taken) if is_object(item) else item
                for name, item in value.items()
            }
        }
    below = place + _LABELS.get(key, "")
    return map_subschemas({key: value}, lambda item: _titled(item, below, taken))


def _free(title: str, taken: set[str]) -> str:
    names = (title if number == 1 else f"{title}{number}" for number in count(1))
    found = next(name for name in names if name.casefold() not in taken)
    taken.add(found.casefold())
    return found


__all__ = ["with_titles"]
