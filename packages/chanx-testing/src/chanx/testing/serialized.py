"""Reading a model from what it is serialised to, which need not be what it is validated from."""

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
    copy: CoreSchema = _copy(schema)
    return copy


def _copy(schema: Any) -> Any:
    if _is_sequence(schema):
        return type(schema)(_copy(item) for item in schema)
    if not _is_dict(schema):
        return schema
    copy = {key: _value(key, value) for key, value in schema.items()}
    if copy.get("type") in FIELD_TYPES:
        copy.pop("validation_alias", None)
        if "serialization_alias" in copy:
            copy["validation_alias"] = copy["serialization_alias"]
    return copy


def _value(key: str, value: Any) -> Any:
    if key in OPAQUE:
        return value
    if key in BY_NAME and _is_dict(value):
        return {name: _copy(item) for name, item in value.items()}
    return _copy(value)


def _is_dict(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _is_sequence(value: object) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    return isinstance(value, list | tuple)


__all__ = ["read_as_serialized"]
