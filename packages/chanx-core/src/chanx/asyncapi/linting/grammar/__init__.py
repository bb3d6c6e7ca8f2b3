"""What AsyncAPI's objects may look like, in tables, instead of its official JSON Schemas."""

from collections.abc import Mapping
from typing import Any

from chanx.asyncapi.linting.grammar.look import Look, Place, Thing, pointer_of
from chanx.asyncapi.linting.grammar.objects import COMPONENTS, DOCUMENT
from chanx.asyncapi.linting.grammar.schemas import PAYLOAD, SCHEMA_KEYS
from chanx.asyncapi.linting.grammar.shapes import nearest, nearest_of


def look_at(document: Mapping[str, Any]) -> Look:
    """Return what a look at a document finds.

    Args:
        document: The document.
    """
    look = Look(document.get("asyncapi"))
    DOCUMENT(document, (), look)
    return look


def is_schema(value: object) -> bool:
    """Return whether a value is a schema, as far as what reads schemas takes for granted.

    Args:
        value: The value, as where a reference leads.
    """
    look = Look()
    if not isinstance(value, bool):
        PAYLOAD(value, (), look)
    return not any(found.code == "wrong-type" for found in look.findings)


__all__ = [
    "COMPONENTS",
    "SCHEMA_KEYS",
    "Look",
    "Place",
    "Thing",
    "is_schema",
    "look_at",
    "nearest",
    "nearest_of",
    "pointer_of",
]
