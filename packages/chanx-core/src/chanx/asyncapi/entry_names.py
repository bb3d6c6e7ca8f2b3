"""The names of a dictionary's entries: texts in JSON, whatever its keys are in Python."""

from collections.abc import Callable
from typing import Any, Final

from chanx.asyncapi.walk import Schema, is_array

_INTEGER: Final = "^-?(0|[1-9][0-9]*)$"
_NUMBER: Final = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$"
_SENT_NUMBER: Final = rf"{_NUMBER}|^(nan|-?inf)$"
_UNIONS: Final = ("anyOf", "oneOf", "allOf")
_LABELS: Final = frozenset({"title", "description", "type", "writeOnly"})
"""What says nothing of a name that is a text anyway."""


def schema_of_names(
    schema: Schema, lookup: Callable[[str], Schema], *, is_sent: bool
) -> dict[str, Any]:
    """Return the JSON Schema of the names of entries; an empty one if any text is a name.

    Args:
        schema: That of the keys.
        lookup: Returns what a reference in it leads to.
        is_sent: Whether the server sends them.

    Example:
        >>> schema_of_names({"enum": [1, 2], "type": "integer"}, dict, is_sent=False)
        {'enum': ['1', '2']}
    """
    if "$ref" in schema:
        referred = lookup(schema["$ref"])
        if referred.get("type") == "string":
            return {"$ref": schema["$ref"]}
        return schema_of_names(referred, lookup, is_sent=is_sent)
    for key in ("enum", "const"):
        if key in schema:
            values: Any = schema[key] if key == "enum" else [schema[key]]
            return {"enum": list(dict.fromkeys(map(_name, values)))} if values else {"not": {}}
    for key in _UNIONS:
        if is_array(parts := schema.get(key)):
            named = [schema_of_names(part, lookup, is_sent=is_sent) for part in parts]
            return {key: named} if all(named) else {}
    kind = schema.get("type")
    if kind == "integer":
        return {"pattern": _INTEGER}
    if kind == "number":
        return {"pattern": _SENT_NUMBER if is_sent else _NUMBER}
    if kind == "boolean":
        return {"enum": ["true", "false"]}
    if kind == "null":
        return {"const": "None"}
    return {key: value for key, value in schema.items() if key not in _LABELS}


def _name(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


__all__ = ["schema_of_names"]
