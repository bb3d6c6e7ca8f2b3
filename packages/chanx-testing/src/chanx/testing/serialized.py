"""Models as a client sees them: read from what the server serialises, written as it validates."""

from collections.abc import Callable
from typing import Any, Final, TypeGuard

from pydantic_core import CoreSchema

FIELD_TYPES: Final = ("model-field", "dataclass-field", "typed-dict-field")
OPAQUE: Final = frozenset({"cls", "config", "default", "expected", "metadata"})
"""Keys of a core schema whose values are the user's own objects, not schemas."""

BY_NAME: Final = frozenset({"choices", "fields"})
"""Keys whose values are schemas by names of the user's own."""


def read_as_serialized(schema: CoreSchema) -> CoreSchema:
    """Copy a core schema so that it validates the keys that it serialises.

    Args:
        schema: The core schema of an outgoing message.
    """
    copy: CoreSchema = _copy(schema, _read)
    return copy


def written_as_validated(schema: CoreSchema) -> CoreSchema:
    """Copy a core schema so that it serialises the keys that it validates, all of them and no more.

    Args:
        schema: The core schema of an incoming message.
    """
    copy: CoreSchema = _copy(schema, _write)
    return copy


def _read(schema: dict[str, Any]) -> None:
    if schema.get("type") in FIELD_TYPES:
        given = schema.pop("validation_alias", None)
        written = schema.get("serialization_alias")
        if written is not None:
            # Where validators may return the field by its name, that is the second choice.
            is_by_name = _is_sequence(given) and len(given) == 2 and given[0] == [written]
            schema["validation_alias"] = [[written], given[1]] if is_by_name else written


def _write(schema: dict[str, Any]) -> None:
    schema.pop("computed_fields", None)
    if schema.get("type") in FIELD_TYPES:
        for key in ("serialization_alias", "serialization_exclude", "serialization_exclude_if"):
            schema.pop(key, None)
        alias = _first_key(schema.get("validation_alias"))
        if alias is not None:
            schema["serialization_alias"] = alias


def _first_key(alias: Any) -> str | None:
    """Return the first of an alias's choices that is one key; None if each is a path."""
    if isinstance(alias, str):
        return alias
    choices = [alias] if alias and not _is_sequence(alias[0]) else alias or ()
    return next((choice[0] for choice in choices if len(choice) == 1), None)


def _copy(schema: Any, change: Callable[[dict[str, Any]], None]) -> Any:
    if _is_sequence(schema):
        return type(schema)(_copy(item, change) for item in schema)
    if not _is_dict(schema):
        return schema
    copy = {key: _value(key, value, change) for key, value in schema.items()}
    change(copy)
    return copy


def _value(key: str, value: Any, change: Callable[[dict[str, Any]], None]) -> Any:
    if key in OPAQUE:
        return value
    if key in BY_NAME and _is_dict(value):
        return {name: _copy(item, change) for name, item in value.items()}
    return _copy(value, change)


def _is_dict(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _is_sequence(value: object) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    return isinstance(value, list | tuple)


__all__ = ["read_as_serialized", "written_as_validated"]
