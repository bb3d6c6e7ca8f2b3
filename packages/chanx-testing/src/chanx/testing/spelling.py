"""JSON objects in Python's spelling: the keys of the fields that a message declares, and no other.

A consumer that spells keys in camelCase gives and takes ``userName`` for the field ``user_name``.
Keys of dictionaries, and fields with an alias of their own, are the same in both.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, TypeGuard

from chanx.core.wire import built_schema
from chanx.messages import BaseMessage

Spell = Callable[[str], str]
Direction = Literal["to_wire", "from_wire"]

_FIELD_LISTS: Final = frozenset({"model-fields", "typed-dict", "dataclass-args"})
_OWN_ALIAS: Final = {"to_wire": "validation_alias", "from_wire": "serialization_alias"}
_WITHIN: Final = ("schema", "items_schema", "json_schema", "lax_schema", "choices", "steps")
"""Where schemas keep those of the same value, or of each item of it."""


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
    schema: Any = built_schema(message)
    found: dict[str, Any] = _Respelling(schema, spell, direction).of(schema, content)
    return found


class _Respelling:
    """A copy of a value in progress.

    Args:
        schema: The message's core schema.
        spell: Spells a name as on the wire.
        direction: Which spelling is wanted.
    """

    def __init__(self, schema: Any, spell: Spell, direction: Direction) -> None:
        self._definitions = {each["ref"]: each for each in schema.get("definitions", ())}
        self._spell = spell
        self._direction = direction

    def of(self, schema: Any, value: Any) -> Any:
        """Return the copy of what a part of the schema describes."""
        if not _is_object(value) and not _is_array(value):
            return value
        kind = schema["type"]
        if kind == "definition-ref":
            return self.of(self._definitions[schema["schema_ref"]], value)
        if kind in _FIELD_LISTS:
            return self._object(schema, value) if _is_object(value) else value
        if kind == "dict":
            return self._dictionary(schema.get("values_schema"), value)
        for part in _parts(schema):
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

    def _object(self, schema: Any, value: Mapping[str, Any]) -> dict[str, Any]:
        keys = {old: (new, part) for old, new, part in self._keys(schema)}
        copy: dict[str, Any] = {}
        for key, item in value.items():
            new, part = keys.get(key, (key, None))
            copy[new] = item if part is None else self.of(part, item)
        return copy

    def _keys(self, schema: Any) -> Iterator[tuple[str, str, Any]]:
        """Yield each key that may be there, what it becomes, and the schema of its value."""
        fields = schema["fields"]
        named = fields.items() if _is_object(fields) else [(each["name"], each) for each in fields]
        for name, field in named:
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


def _parts(schema: Any) -> Iterator[Any]:
    for key in _WITHIN:
        found = schema.get(key)
        if _is_object(found) and "type" in found and isinstance(found["type"], str):
            yield found
        elif _is_object(found):
            yield from found.values()
        elif _is_array(found):
            # The choices of a union may have labels.
            yield from (each[0] if isinstance(each, tuple) else each for each in found)


def _is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _is_array(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, list | tuple)


__all__ = ["respelled"]
