"""Which messages may be validated from a parsed frame instead of from its text.

Every frame is parsed once, to find repeated keys, its action and its ref. pydantic takes the
result as it takes the text, unless the schema tells the two apart; then the text is validated,
which parses it again.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeGuard

_ALIKE: Final = frozenset(
    {
        "any",
        "bool",
        "dataclass",
        "dataclass-args",
        "dataclass-field",
        "date",
        "datetime",
        "default",
        "definition-ref",
        "definitions",
        "dict",
        "enum",
        "float",
        "function-after",
        "function-before",
        "function-wrap",
        "int",
        "list",
        "literal",
        "model",
        "model-field",
        "model-fields",
        "none",
        "nullable",
        "str",
        "tagged-union",
        "time",
        "typed-dict",
        "typed-dict-field",
        "url",
        "uuid",
    }
)
"""Core schemas that take a parsed value as they take JSON text.

Not among them: ``decimal`` (text keeps the digits that a float loses), ``bytes`` (may be base64 in
text), ``timedelta`` (takes true and false only when parsed), plain unions (they rank by other
rules), ``json-or-python`` and what looks at a value's class.
"""

_OPTIONS: Final = ("strict", "coerce_numbers_to_str")
"""What makes the two differ: strict is stricter on parsed values, and 1.0 is "1" in text."""

_OPAQUE: Final = frozenset(
    {"config", "default", "discriminator", "expected", "function", "metadata", "serialization"}
)


def takes_parsed(schema: Any) -> bool:
    """Return whether a core schema takes a parsed value exactly as it takes JSON text.

    Args:
        schema: A core schema, or a part of one.
    """
    # Not by recursion: schemas may nest as deep as pydantic builds them.
    waiting: list[Any] = [schema]
    while waiting:
        part = waiting.pop()
        if _is_dict(part):
            kind = part.get("type")
            if isinstance(kind, str) and (kind not in _ALIKE or _tells_apart(part)):
                return False
            waiting.extend(_parts(part))
        elif _is_sequence(part):
            waiting.extend(part)
    return True


def _tells_apart(schema: Mapping[str, Any]) -> bool:
    """Whether it has an option that does, or calls what may ask which of the two it is given."""
    config = schema.get("config")
    for options in (schema, config if _is_dict(config) else {}):
        if any(options.get(option) for option in _OPTIONS):
            return True
    function = schema.get("function")
    return _is_dict(function) and function.get("type") != "no-info"


def _parts(schema: Mapping[str, Any]) -> Iterator[Any]:
    return (value for key, value in schema.items() if key not in _OPAQUE)


def _is_dict(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _is_sequence(value: object) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    return isinstance(value, list | tuple)


__all__ = ["takes_parsed"]
