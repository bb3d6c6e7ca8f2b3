"""JSON objects in Python's spelling: the keys of the fields that a message declares, and no other.

A consumer that spells keys in camelCase gives and takes ``userName`` for the field ``user_name``.
Keys of dictionaries, and fields with an alias of their own, are the same in both.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, TypeGuard, cast

from chanx.core.core_schemas import (
    Node,
    built_schema,
    definitions_of,
    fields_of,
    has_fields,
    parts_of_value,
)
from chanx.messages import BaseMessage

Spell = Callable[[str], str]
Direction = Literal["to_wire", "from_wire"]

_OWN_ALIAS: Final = {"to_wire": "validation_alias", "from_wire": "serialization_alias"}


def respelled(
    message: type[BaseMessage], content: Mapping[str, Any], spell: Spell, direction: Direction
) -> dict[str, Any]:
    """Return a message's JSON object with its declared keys in the other spelling.

    Args:
        message: The message's class.
        content: The object; it need not be valid.
        spell: Spells a name as on the wire.
        direction: Which spelling is wanted.
    """
    schema = built_schema(message)
    respelling = _Respelling(definitions_of(schema), spell, direction)
    found: dict[str, Any] = respelling.of(cast(Node, schema), content)
    return found


class _Respelling:
    """A copy of a value in progress.

    Args:
        definitions: What the references of the message's core schema stand for.
        spell: Spells a name as on the wire.
        direction: Which spelling is wanted.
    """

    def __init__(self, definitions: Mapping[str, Node], spell: Spell, direction: Direction) -> None:
        self._definitions = definitions
        self._spell = spell
        self._direction = direction

    def of(self, schema: Node, value: Any) -> Any:
        """Return the copy of what a part of the schema describes."""
        if not _is_object(value) and not _is_array(value):
            return value
        kind = schema["type"]
        if kind == "definition-ref":
            return self.of(self._definitions[schema["schema_ref"]], value)
        if has_fields(schema):
            return self._object(schema, value) if _is_object(value) else value
        if kind == "dict":
            return self._dictionary(schema.get("values_schema"), value)
        for part in parts_of_value(schema):
            if "items_schema" in schema:
                # Of a tuple, each item is described apart, and none has the keys of another.
                value = [self.of(part, item) for item in value] if _is_array(value) else value
            else:
                value = self.of(part, value)
        return value

    def _dictionary(self, values: Any, value: Any) -> Any:
        if values is None or not _is_object(value):
            return value
        return {key: self.of(values, item) for key, item in value.items()}

    def _object(self, schema: Node, value: Mapping[str, Any]) -> dict[str, Any]:
        keys = {old: (new, part) for old, new, part in self._keys(schema)}
        copy: dict[str, Any] = {}
        for key, item in value.items():
            new, part = keys.get(key, (key, None))
            copy[new] = item if part is None else self.of(part, item)
        return copy

    def _keys(self, schema: Node) -> Iterator[tuple[str, str, Any]]:
        """Yield each key that may be there, what it becomes, and the schema of its value."""
        for name, field in fields_of(schema):
            own = field.get(_OWN_ALIAS[self._direction])
            yield from self._spellings(name, own, field["schema"])
        if self._direction == "from_wire":
            for computed in schema.get("computed_fields") or ():
                name, own = computed["property_name"], computed.get("alias")
                yield from self._spellings(name, own, computed["return_schema"])

    def _spellings(self, name: str, own: Any, part: Any) -> Iterator[tuple[str, str, Any]]:
        if own is None:
            alias = self._spell(name)
            wanted = alias if self._direction == "to_wire" else name
            yield from ((alias, wanted, part), (name, wanted, part))
        elif isinstance(own, str):
            yield own, own, part


def _is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _is_array(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, list | tuple)


__all__ = ["respelled"]
