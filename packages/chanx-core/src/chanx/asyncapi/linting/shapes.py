"""The check that things are of the type that all other checks take for granted."""

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from chanx.asyncapi.linting.finding import Finding
from chanx.asyncapi.reading import Document, payload_schema
from chanx.asyncapi.walk import is_array, is_object, pointer

Shape: TypeAlias = Callable[[object, str], Iterator[Finding]]
"""Yields what is wrong with a value at a pointer."""

_TYPES: Final = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})


def check_shape(document: Document) -> Iterator[Finding]:
    """Things are of the type that AsyncAPI gives them.

    Only what the other checks read is looked at: it is for documents that nobody has validated.
    """
    yield from _DOCUMENT(document, "")


def is_schema(value: object) -> bool:
    """Return whether a value is a schema, as far as what reads schemas takes for granted.

    Args:
        value: The value, as where a reference leads.
    """
    return next(_schema(value, ""), None) is None


def _wrong(at: str, value: object, wanted: str) -> Finding:
    return Finding(
        "wrong-type",
        at,
        "error",
        f"This is {_kind(value)}, not {wanted}.",
        "Validate the document against the official schema first.",
    )


def _kind(value: object) -> str:
    if is_object(value):
        return "an object"
    return "an array" if is_array(value) else repr(value)


def _leaf(wanted: str, is_right: Callable[[object], bool]) -> Shape:
    def check(value: object, at: str) -> Iterator[Finding]:
        if not is_right(value):
            yield _wrong(at, value, wanted)

    return check


def _list_of(item: Shape) -> Shape:
    def check(value: object, at: str) -> Iterator[Finding]:
        if not is_array(value):
            yield _wrong(at, value, "an array")
            return
        for index, part in enumerate(value):
            yield from item(part, at + pointer(index))

    return check


def _map_of(item: Shape) -> Shape:
    def check(value: object, at: str) -> Iterator[Finding]:
        if not is_object(value):
            yield _wrong(at, value, "an object")
            return
        for name, part in value.items():
            yield from item(part, at + pointer(name))

    return check


def _record(**fields: Shape) -> Shape:
    def check(value: object, at: str) -> Iterator[Finding]:
        if not is_object(value):
            yield _wrong(at, value, "an object")
            return
        for name in {"$ref": _TEXT, **fields}.keys() & value.keys():
            yield from (fields.get(name) or _TEXT)(value[name], at + pointer(name))

    return check


def _is_type(value: object) -> bool:
    names = value if is_array(value) else [value]
    return all(isinstance(name, str) and name in _TYPES for name in names)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _schema(value: object, at: str) -> Iterator[Finding]:
    if isinstance(value, bool):
        return
    if is_object(value) and "schemaFormat" in value:
        value, at = payload_schema(value), f"{at}/schema"
        if value is None or isinstance(value, bool):
            return
    yield from _SCHEMA(value, at)


def _schema_or_list(value: object, at: str) -> Iterator[Finding]:
    yield from (_SCHEMAS if is_array(value) else _schema)(value, at)


def _schema_or_texts(value: object, at: str) -> Iterator[Finding]:
    yield from (_TEXTS if is_array(value) else _schema)(value, at)


_ANYTHING: Final = _leaf("anything", lambda value: True)
_TEXT: Final = _leaf("a string", lambda value: isinstance(value, str))
_NUMBER: Final = _leaf("a number", _is_number)
_OBJECT: Final = _map_of(_ANYTHING)
_LIST: Final = _list_of(_ANYTHING)
_TEXTS: Final = _list_of(_TEXT)
_SCHEMAS: Final = _list_of(_schema)
_SCHEMA_MAP: Final = _map_of(_schema)

_SCHEMA: Final = _record(
    type=_leaf("one or several of draft-07's types", _is_type),
    enum=_LIST,
    required=_TEXTS,
    pattern=_TEXT,
    definitions=_SCHEMA_MAP,
    dependencies=_map_of(_schema_or_texts),
    properties=_SCHEMA_MAP,
    patternProperties=_SCHEMA_MAP,
    items=_schema_or_list,
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), _SCHEMAS),
    **dict.fromkeys(
        (
            *("additionalItems", "additionalProperties", "contains", "else", "if", "not"),
            *("propertyNames", "then"),
        ),
        _schema,
    ),
    **dict.fromkeys(
        (
            *("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"),
            *("maxItems", "maxLength", "maxProperties", "minItems", "minLength", "minProperties"),
        ),
        _NUMBER,
    ),
)
_MESSAGE: Final = _record(
    payload=_schema, headers=_schema, examples=_list_of(_OBJECT), traits=_LIST
)
_CHANNEL: Final = _record(
    address=_leaf("a string or null", lambda value: value is None or isinstance(value, str)),
    messages=_map_of(_MESSAGE),
    parameters=_OBJECT,
    servers=_LIST,
    bindings=_record(ws=_record(query=_schema, headers=_schema)),
)
_REPLY: Final = _record(channel=_record(), messages=_list_of(_record()))
_OPERATION: Final = _record(
    action=_TEXT, channel=_record(), messages=_list_of(_record()), reply=_REPLY, traits=_LIST
)
_SERVER: Final = _record(host=_TEXT, pathname=_TEXT, variables=_OBJECT)
_COMPONENTS: Final[dict[str, Shape]] = {
    "schemas": _SCHEMA_MAP,
    "messages": _map_of(_MESSAGE),
    "channels": _map_of(_CHANNEL),
    "operations": _map_of(_OPERATION),
    "replies": _map_of(_REPLY),
    "servers": _map_of(_SERVER),
}


def _components(value: object, at: str) -> Iterator[Finding]:
    if not is_object(value):
        yield _wrong(at, value, "an object")
        return
    for kind, things in value.items():
        if not kind.startswith("x-"):
            yield from _COMPONENTS.get(kind, _OBJECT)(things, at + pointer(kind))


_DOCUMENT: Final = _record(
    channels=_map_of(_CHANNEL),
    operations=_map_of(_OPERATION),
    servers=_map_of(_SERVER),
    components=_components,
)

__all__ = ["check_shape", "is_schema"]
