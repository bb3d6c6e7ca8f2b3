"""A document in which nothing is left open: what it allows is valid, whoever reads it.

JSON Schema leaves it to readers whether a ``format`` counts (draft-07, 7.2), and chanx's validator
passes over patterns that it cannot run. In the copy that is made here, texts of such schemas are
those that are known to be right. A frame is certainly valid if the copy allows it, certainly
invalid if the document does not, and in between nobody can tell.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from chanx.asyncapi.ecma_patterns import is_decided
from chanx.asyncapi.examples import NoExample, make_example
from chanx.asyncapi.format_examples import FORMAT_EXAMPLES
from chanx.asyncapi.validation import matches
from chanx.asyncapi.walk import Schema, array_of, is_array, is_object, resolve

_NAMES: Final = frozenset(
    {"definitions", "dependencies", "patternProperties", "properties", "schemas"}
)
"""Keys under which names stand, and schemas under these."""

_DATA: Final = frozenset({"const", "default", "enum", "example", "examples"})
"""Keys under which data stands."""

_NOT_TEXT: Final = ["null", "boolean", "number", "array", "object"]


def certain(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a document in which texts that nobody can tell of are listed.

    Args:
        document: The document.

    Example:
        >>> certain({"type": "string", "format": "date"})["allOf"][0]["anyOf"][0]["enum"][0]
        '2025-01-31'
    """
    return {key: _copied(document, key, value) for key, value in document.items()} | _listed(
        document, document
    )


def _copied(document: Mapping[str, Any], key: str, value: Any) -> Any:
    if key in _DATA:
        return value
    if is_array(value):
        return [_copied(document, "", item) for item in value]
    if not is_object(value):
        return value
    below = {
        name: _copied(document, "" if key in _NAMES else name, item) for name, item in value.items()
    }
    return below if key in _NAMES else below | _listed(document, value)


def _listed(document: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is added to a schema; nothing if readers agree on it."""
    if not any(_is_open(key, schema.get(key)) for key in ("pattern", *_OPEN)):
        return {}
    own = [text for text in _texts(document, schema) if isinstance(text, str)]
    # What else the schema says of texts holds as well.
    texts = {"anyOf": [{"enum": own}, {"type": _NOT_TEXT}]}
    return {"allOf": [texts, *array_of(schema.get("allOf"))]}


_OPEN: Final = ("format", "x-format", "x-pattern", "x-content-schema")


def _is_open(key: str, value: object) -> bool:
    if key == "x-content-schema":
        return is_object(value) or isinstance(value, bool)
    if key == "pattern":
        return isinstance(value, str) and not is_decided(value)
    return isinstance(value, str)


def _texts(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Any]:
    yield from array_of(schema.get("examples"))
    for key in ("format", "x-format"):
        known = FORMAT_EXAMPLES.get(str(schema.get(key)), ())
        yield from (text for text in known if matches(schema, text, _nothing))
        if known:  # one of a certain scheme, for instance
            with suppress(NoExample):
                yield make_example({**schema, "type": "string"}, _nothing)
    if "x-content-schema" in schema:
        with suppress(NoExample, LookupError):
            content = schema["x-content-schema"]
            yield json.dumps(make_example(content, lambda name: resolve(document, name)))


def _nothing(reference: str) -> Schema:
    return {}


__all__ = ["certain"]
