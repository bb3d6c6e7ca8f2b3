"""Models as a client sees them: read from what the server serialises, written as it validates."""

from typing import Any

from pydantic_core import CoreSchema

from chanx.core.core_schemas import Node, is_field, mapped


def read_as_serialized(schema: CoreSchema) -> CoreSchema:
    """Copy a core schema so that it validates the keys that it serialises.

    Args:
        schema: The core schema of an outgoing message.
    """
    return mapped(schema, _read)


def written_as_validated(schema: CoreSchema) -> CoreSchema:
    """Copy a core schema so that it serialises the keys that it validates, all of them and no more.

    Args:
        schema: The core schema of an incoming message.
    """
    return mapped(schema, _write)


def _read(part: Node) -> Node:
    if is_field(part):
        given: Any = part.pop("validation_alias", None)
        written = part.get("serialization_alias")
        if written is not None:
            # Where validators may return the field by its name, that is the second choice.
            is_by_name = given and len(given) == 2 and given[0] == [written]
            part["validation_alias"] = [[written], given[1]] if is_by_name else written
    return part


def _write(part: Node) -> Node:
    part.pop("computed_fields", None)
    if is_field(part):
        for key in ("serialization_alias", "serialization_exclude", "serialization_exclude_if"):
            part.pop(key, None)
        alias = _first_key(part.get("validation_alias"))
        if alias is not None:
            part["serialization_alias"] = alias
    return part


def _first_key(alias: Any) -> str | None:
    """Return the first of an alias's choices that is one key; None if each is a path."""
    if isinstance(alias, str):
        return alias
    choices = [alias] if alias and not isinstance(alias[0], list) else alias or ()
    return next((choice[0] for choice in choices if len(choice) == 1), None)


__all__ = ["read_as_serialized", "written_as_validated"]
