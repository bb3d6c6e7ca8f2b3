"""Where in an AsyncAPI 3 document the things stand that the checks look at."""

import re
from collections.abc import Iterator
from typing import Any, Final

from chanx.asyncapi.linting.finding import Document, pointer
from chanx.asyncapi.walk import (
    SCHEMA_KEYWORDS,
    Schema,
    escaped,
    is_array,
    is_object,
    resolve,
    subschemas,
)

_NAMED: Final = frozenset(
    {
        "channels",
        "definitions",
        "dependencies",
        "correlationIds",
        "messages",
        "messageTraits",
        "operations",
        "operationTraits",
        "parameters",
        "patternProperties",
        "properties",
        "replies",
        "schemas",
        "securitySchemes",
        "servers",
        "variables",
    }
)
"""Keys below which the keys are names."""

_DRAFT_07: Final = re.compile(
    r"application/(?:vnd\.aai\.asyncapi\b|schema\+(?:json|yaml);\s*version=draft-07$)"
)
"""The ``schemaFormat`` of what AsyncAPI's own schemas are."""

_DATA: Final = frozenset({"const", "default", "enum", "examples"})


def nodes(value: Any, at: str = "", is_named: bool = False) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every object of a document that is no data, with its JSON pointer.

    Args:
        value: The document, or a part of it.
        at: The pointer of the part.
        is_named: Whether the keys of the part are names.
    """
    if is_array(value):
        for index, item in enumerate(value):
            yield from nodes(item, f"{at}/{index}")
    elif is_object(value):
        if not is_named:
            yield at, value
        for key, item in value.items():
            if is_named or key in SCHEMA_KEYWORDS or not (key in _DATA or key.startswith("x-")):
                below = not is_named and key in _NAMED
                yield from nodes(item, f"{at}/{escaped(key)}", below)


def components(document: Document) -> dict[str, dict[str, Any]]:
    """Return the components of a document by kind, without extensions."""
    found: dict[str, Any] = document.get("components", {})
    return {kind: things for kind, things in found.items() if not kind.startswith("x-")}


def channels(document: Document) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the channels of a document, also those in components, each with its pointer."""
    yield from _objects(document, "channels")
    yield from _objects(document, "components", "channels")


def operations(document: Document) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the operations of a document, also those in components, each with its pointer."""
    yield from _objects(document, "operations")
    yield from _objects(document, "components", "operations")


def servers(document: Document) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the servers of a document, also those in components, each with its pointer."""
    yield from _objects(document, "servers")
    yield from _objects(document, "components", "servers")


def messages(document: Document) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the messages that are described in a document, each with its pointer."""
    for at, channel in channels(document):
        for key, message in channel.get("messages", {}).items():
            if is_object(message) and "$ref" not in message:
                yield f"{at}/messages/{escaped(key)}", message
    yield from _objects(document, "components", "messages")


def payload_schema(given: Any) -> Any:
    """Return the schema of a payload or of headers; None if it is in a language of its own.

    Args:
        given: A schema, or a Multi Format Schema Object.
    """
    if not is_object(given) or "schemaFormat" not in given:
        return given
    return given.get("schema") if _DRAFT_07.match(str(given["schemaFormat"])) else None


def schema_roots(document: Document) -> Iterator[tuple[str, Schema]]:
    """Yield the schemas that stand in none other, each with its pointer."""
    for at, schema in _objects(document, "components", "schemas"):
        yield from _root(schema, at)
    for at, message in messages(document):
        for key in ("payload", "headers"):
            yield from _root(message.get(key), f"{at}/{key}")
    for at, channel in channels(document):
        binding = channel.get("bindings", {}).get("ws", {})
        for key in ("query", "headers"):
            if is_object(schema := binding.get(key)):
                yield f"{at}/bindings/ws/{key}", schema


def _root(given: Any, at: str) -> Iterator[tuple[str, Schema]]:
    schema = payload_schema(given)
    if is_object(schema):
        yield (at if schema is given else f"{at}/schema"), schema


def schemas(document: Document) -> Iterator[tuple[str, Schema]]:
    """Yield every schema of a document, each with its pointer."""
    waiting = list(schema_roots(document))
    while waiting:
        at, schema = waiting.pop()
        yield at, schema
        waiting.extend((f"{at}/{below}", part) for below, part in subschemas(schema))


def followed(document: Document, value: Any) -> Any:
    """Return what a value stands for: where a reference leads, through others if need be.

    Args:
        document: The document.
        value: A reference object, or the thing itself.

    Returns:
        The thing; None if the reference leads nowhere.
    """
    seen: set[str] = set()
    while is_object(value) and isinstance(reference := value.get("$ref"), str):
        if reference in seen:
            return None
        seen.add(reference)
        try:
            value = resolve(document, reference)
        except LookupError:
            return None
    return value


def _objects(document: Document, *keys: str) -> Iterator[tuple[str, dict[str, Any]]]:
    found: Any = document
    for key in keys:
        found = found.get(key, {})
    for name, item in found.items():
        if is_object(item) and "$ref" not in item:
            yield pointer(*keys, name), item


__all__ = [
    "channels",
    "components",
    "followed",
    "messages",
    "nodes",
    "operations",
    "payload_schema",
    "schema_roots",
    "schemas",
    "servers",
]
