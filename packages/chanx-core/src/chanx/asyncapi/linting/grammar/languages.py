"""Schemas of other languages, as far as the official schema looks: OpenAPI 3.0's, and Avro's."""

from collections.abc import Mapping
from typing import Any, Final

from chanx.asyncapi.linting.grammar.formats import regex, uri, uri_reference
from chanx.asyncapi.linting.grammar.look import Look, Place, Shape, Thing
from chanx.asyncapi.linting.grammar.shapes import (
    Record,
    anything,
    boolean,
    integer,
    leaf,
    list_of,
    map_of,
    matching,
    number,
    one_of,
    positive,
    record,
    text,
)
from chanx.asyncapi.walk import is_array, is_object

_natural: Final = integer(0)
_openapi_fields: dict[str, Shape] = {}
_openapi: Final = Record(_openapi_fields)
OPENAPI: Final = Thing("schema of OpenAPI", _openapi)


def _openapi_or_boolean(value: Any, place: Place, look: Look) -> None:
    if not isinstance(value, bool):
        OPENAPI(value, place, look)


_openapi_fields.update(
    {
        **dict.fromkeys(("title", "description", "format"), text),
        **dict.fromkeys(("maximum", "minimum"), number),
        **dict.fromkeys(
            ("maxItems", "maxLength", "maxProperties", "minItems", "minLength", "minProperties"),
            _natural,
        ),
        **dict.fromkeys(("allOf", "anyOf", "oneOf"), list_of(OPENAPI)),
        **dict.fromkeys(("items", "not"), OPENAPI),
        **dict.fromkeys(("exclusiveMaximum", "exclusiveMinimum", "uniqueItems"), boolean),
        **dict.fromkeys(("deprecated", "nullable", "readOnly", "writeOnly"), boolean),
        **dict.fromkeys(("default", "example"), anything),
        "multipleOf": positive,
        "pattern": regex,
        "required": list_of(text, least=1, is_set=True),
        "enum": list_of(anything, least=1),
        "type": one_of("array", "boolean", "integer", "number", "object", "string"),
        "properties": map_of(OPENAPI),
        "additionalProperties": _openapi_or_boolean,
        "discriminator": record(
            "propertyName", is_open=True, propertyName=text, mapping=map_of(text)
        ),
        "externalDocs": record("url", description=text, url=uri_reference),
        "xml": record(name=text, namespace=uri, prefix=text, attribute=boolean, wrapped=boolean),
    }
)

_PRIMITIVES: Final = frozenset(
    {"null", "boolean", "int", "long", "float", "double", "bytes", "string"}
)


def _is_name(value: str) -> bool:
    return value.isascii() and value.replace(".", "_").isidentifier()


def avro(value: Any, place: Place, look: Look) -> None:
    """Check an Avro schema.

    Args:
        value: The schema.
        place: Where it stands.
        look: Who is told what is wrong.
    """
    if is_array(value):
        _avro_union(value, place, look)
    elif not is_object(value):
        _avro_name(value, place, look)
    elif value.get("type") in _COMPLEX if isinstance(value.get("type"), str) else False:
        _COMPLEX[value["type"]](value, place, look)
    else:
        _avro_plain(value, place, look)


_avro_union: Final = list_of(avro, least=1)
_avro_name: Final = matching("wrong-value", "a name of Avro", _is_name)
_avro_simple: Final = matching(
    "wrong-value",
    "a name of Avro without a namespace",
    lambda value: _is_name(value) and "." not in value,
)
_avro_names: Final = list_of(_avro_simple)
_avro_plain: Final = record(
    "type",
    is_open=True,
    type=leaf(
        "a primitive type of Avro",
        lambda value: value in _PRIMITIVES if isinstance(value, str) else False,
    ),
)
_avro_fields: Final[Mapping[str, Shape]] = {
    "doc": text,
    "aliases": _avro_names,
    "name": _avro_simple,
    "namespace": matching(
        "wrong-value", "a namespace of Avro", lambda value: not value or _is_name(value)
    ),
}
_avro_field: Final = record(
    "name type",
    is_open=True,
    type=avro,
    order=one_of("ascending", "descending", "ignore"),
    name=_avro_simple,
    doc=text,
    aliases=_avro_names,
)
_COMPLEX: Final[Mapping[str, Shape]] = {
    "record": record("name fields", is_open=True, more=_avro_fields, fields=list_of(_avro_field)),
    "enum": record("name symbols", is_open=True, more=_avro_fields, symbols=_avro_names),
    "array": record("items", is_open=True, more=_avro_fields, items=avro),
    "map": record("values", is_open=True, more=_avro_fields, values=avro),
    "fixed": record("name size", is_open=True, more=_avro_fields, size=number),
}


__all__ = ["OPENAPI", "avro"]
