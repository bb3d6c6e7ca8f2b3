"""What a schema may look like: AsyncAPI's Schema Object, and the other languages of payloads."""

from collections.abc import Mapping
from typing import Any, Final

from chanx.asyncapi.linting.grammar.formats import regex, uri, uri_reference
from chanx.asyncapi.linting.grammar.languages import OPENAPI, avro
from chanx.asyncapi.linting.grammar.look import Look, Place, Shape, Thing
from chanx.asyncapi.linting.grammar.shapes import (
    any_array,
    anything,
    boolean,
    integer,
    list_of,
    map_of,
    number,
    positive,
    record,
    text,
)
from chanx.asyncapi.walk import is_array, is_object

_TYPES: Final = ("array", "boolean", "integer", "null", "number", "object", "string")
_OWN: Final = "application/vnd.aai.asyncapi"


def schema(value: Any, place: Place, look: Look) -> None:
    """Take a schema: an object, true or false."""
    if not isinstance(value, bool):
        SCHEMA(value, place, look)


def extension_schema(value: Any, place: Place, look: Look) -> None:
    """Take an extension of chanx that is a schema; where it is no object, its own check tells."""
    if is_object(value):
        SCHEMA(value, place, look)


def _types(value: Any, place: Place, look: Look) -> None:
    names = value if is_array(value) else [value]
    if not names or any(name not in _TYPES for name in names if isinstance(name, str)):
        look.find(
            "wrong-type",
            place,
            f"This is {value!r}, not one or several of draft-07's types.",
            f"They are {', '.join(_TYPES)}.",
        )
    else:
        (_type_names if is_array(value) else text)(value, place, look)


def _items(value: Any, place: Place, look: Look) -> None:
    (_schemas if is_array(value) else schema)(value, place, look)


def _dependency(value: Any, place: Place, look: Look) -> None:
    (_names if is_array(value) else schema)(value, place, look)


def _patterns(value: Any, place: Place, look: Look) -> None:
    _schema_map(value, place, look)
    if is_object(value):
        for pattern in value:
            regex(pattern, (place, pattern), look)


_type_names: Final = list_of(text, least=1, is_set=True)
_schemas: Final = list_of(schema, least=1)
_schema_map: Final = map_of(schema)
_names: Final = list_of(text, is_set=True)
_length: Final = integer(0)
_documentation: Final = record("url", description=text, url=uri)

EXTERNAL_DOCS: Final = Thing("externalDocs", _documentation)

_fields: Final[Mapping[str, Shape]] = {
    "$comment": text,
    "$id": uri_reference,
    "$ref": uri_reference,
    "$schema": uri,
    "default": anything,
    "definitions": _schema_map,
    "dependencies": map_of(_dependency),
    "deprecated": boolean,
    "discriminator": anything,  # its own rule tells it from OpenAPI's
    "enum": list_of(anything, least=1, is_set=True),
    "examples": any_array,
    "externalDocs": EXTERNAL_DOCS,
    "items": _items,
    "pattern": regex,
    "patternProperties": _patterns,
    "properties": _schema_map,
    "required": _names,
    "type": _types,
    "x-content-schema": extension_schema,
    "multipleOf": positive,
    **dict.fromkeys(
        ("contentEncoding", "contentMediaType", "description", "format", "title"), text
    ),
    **dict.fromkeys(("readOnly", "uniqueItems", "writeOnly"), boolean),
    **dict.fromkeys(("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum"), number),
    **dict.fromkeys(
        ("maxItems", "maxLength", "maxProperties", "minItems", "minLength", "minProperties"),
        _length,
    ),
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), _schemas),
    **dict.fromkeys(
        ("additionalItems", "additionalProperties", "contains", "else", "if", "not"), schema
    ),
    **dict.fromkeys(("propertyNames", "then"), schema),
}
SCHEMA_KEYS: Final = frozenset(_fields) - {"x-content-schema"} | {"const", "schema", "schemaFormat"}
"""The keywords of schemas, and the two keys of the Multi Format Schema Object."""

_object: Final = record(is_open=True, more=_fields)
SCHEMA: Final = Thing("schema", _object, is_reference_too=True)


def inline_schema(value: Any, place: Place, look: Look) -> None:
    """Take a schema where the official schema has "a schema or a reference", and exactly one.

    A reference is both, so that the official tools refuse it.
    """
    schema(value, place, look)
    if is_object(value) and "$ref" in value:
        look.find(
            "misplaced-reference",
            place,
            "Official tools refuse a reference here.",
            "Write the schema itself, or allOf: [{$ref: ...}].",
        )


def _payload(value: Any, place: Place, look: Look) -> None:
    """Take a schema, or a Multi Format Schema Object; unlike further in, an object always."""
    if not is_object(value):
        look.wrong_type(place, value, "an object")
    elif "schema" not in value and "schemaFormat" not in value:
        _object(value, place, look)
    else:
        _multi_format(value, place, look)
        _in_language(value, place, look)


def _in_language(value: Mapping[str, Any], place: Place, look: Look) -> None:
    language = str(value.get("schemaFormat", _OWN))
    if "schema" not in value:
        return
    inner, at = value["schema"], (place, "schema")
    if language.startswith((_OWN, "application/schema+")):
        schema(inner, at, look)
    elif language.startswith("application/vnd.oai.openapi") and "=3.0." in language:
        OPENAPI(inner, at, look)
    elif language.startswith("application/vnd.apache.avro") and not (
        is_object(inner) and "$ref" in inner
    ):
        avro(inner, at, look)


_multi_format: Final = record("schema", is_open=True, schemaFormat=text, schema=anything)
PAYLOAD: Final = Thing("schema", _payload, is_reference_too=True)

__all__ = [
    "EXTERNAL_DOCS",
    "PAYLOAD",
    "SCHEMA",
    "SCHEMA_KEYS",
    "extension_schema",
    "inline_schema",
    "schema",
]
