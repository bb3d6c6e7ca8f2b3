"""Checks of the extensions by which chanx says what AsyncAPI has no field for.

All of them are optional, and others than these are anybody's own.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from chanx.asyncapi.extensions import EXTENSIONS
from chanx.asyncapi.linting.finding import Finding, finding
from chanx.asyncapi.reading import Channel, Contents, Document, Operation
from chanx.asyncapi.validation import matches, mismatches
from chanx.asyncapi.walk import (
    Schema,
    array_of,
    is_array,
    is_object,
    located,
    object_of,
    pointer,
    tokens_of,
)

_EXTENSIONS: Final = {extension.name: extension for extension in EXTENSIONS}
_REQUESTS: Final = frozenset({"x-stream", "x-cancel", "x-idempotent", "x-refresh"})
"""The extensions of operations that a client asks for."""

_PLACES: Final = {
    "info": "the info",
    "operation": "an operation",
    "scheme": "a security scheme",
}
"""What places are called, where it is not their name behind an article."""

_INNER: Final = frozenset({"additionalProperties", "anyOf", "items", "properties", "propertyNames"})
"""The keywords by which a schema speaks of what is within a value."""

Thing: TypeAlias = tuple[str, str, Mapping[str, Any]]
"""A kind, a JSON pointer, and what may have extensions."""


def check_extensions(contents: Contents) -> Iterator[Finding]:
    """Extensions of chanx have values that mean something, where they do."""
    for kind, at, given in _things(contents):
        for name in sorted(given.keys() & _EXTENSIONS.keys()):
            where, extension = at + pointer(name), _EXTENSIONS[name]
            if extension.place != kind:
                yield finding(
                    "extension-place",
                    where,
                    f"{name} means nothing on {_PLACES.get(kind, f'a {kind}')}.",
                    f"It belongs to {_PLACES.get(extension.place, f'a {extension.place}')}.",
                )
                continue
            hint = f"Write for example {json.dumps(extension.example)}."
            for place, reason in _misfits(extension.schema, given[name], where):
                yield finding("extension-value", place, f"{reason}.", hint)


def _things(contents: Contents) -> Iterator[Thing]:
    yield "info", "/info", object_of(contents.document.get("info"))
    for kind, parts in (
        ("channel", contents.channels),
        ("operation", contents.operations),
        ("message", contents.messages),
    ):
        for part in parts:
            yield kind, part.pointer, part.extensions
    for channel in contents.channels:
        for name, item in channel.parameters.items():
            at = f"{channel.pointer}/parameters{pointer(name)}"
            given, where = located(contents.document, item, at)
            yield "parameter", where, object_of(given)
    for at, schema in contents.schemas():
        yield "schema", at, schema
    schemes = object_of(object_of(contents.document.get("components")).get("securitySchemes"))
    for name, scheme in schemes.items():
        yield "scheme", pointer("components", "securitySchemes", name), object_of(scheme)


def _misfits(schema: Schema | bool, value: Any, at: str) -> Iterator[tuple[str, str]]:
    """Yield where a value does not match the schema of an extension, and why: as deep as can be.

    Args:
        schema: The schema, which has no references.
        value: The value.
        at: The pointer of the value.
    """
    if isinstance(schema, bool):
        if not schema:
            yield at, f"{tokens_of('#' + at)[-1]!r} is not known here"
        return
    own = {keyword: part for keyword, part in schema.items() if keyword not in _INNER}
    for reason in mismatches(own, value, _no_reference):
        yield at, reason
    if "anyOf" in schema:
        yield from _misfits(_meant(schema["anyOf"], value), value, at)
    for key, part, item in _within(schema, value):
        yield from _misfits(part, item, at + pointer(key))


def _meant(alternatives: list[Schema], value: object) -> Schema:
    """Return the alternative that a value is measured by: the first of its type, or the last."""
    typed = ({"type": part["type"]} if "type" in part else part for part in alternatives)
    fitting = (
        part
        for part, kind in zip(alternatives, typed, strict=True)
        if matches(kind, value, _no_reference)
    )
    return next(fitting, alternatives[-1])


def _within(schema: Schema, value: Any) -> Iterator[tuple[object, Schema | bool, Any]]:
    """Yield the key of each part of a value, a schema of it, and the part; keys are parts too."""
    if is_object(value):
        properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        for name, item in value.items():
            if "propertyNames" in schema:
                yield name, schema["propertyNames"], name
            yield name, properties.get(name, others), item
    elif is_array(value):
        for index, item in enumerate(value):
            yield index, schema.get("items", True), item


def _no_reference(reference: str) -> bool:
    raise LookupError(reference)  # no schema of ours has one


@dataclass(frozen=True, slots=True)
class _Sides:
    """Which action is whose.

    Attributes:
        asked: The action of an operation that a client asks for.
        told: The action of one by which the server tells something.
    """

    asked: str
    told: str


def check_sides(contents: Contents) -> Iterator[Finding]:
    """Extensions of requests stand on requests, and name what there is."""
    info = object_of(contents.document.get("info"))
    is_client = info.get("x-perspective") == "client"
    sides = _Sides("send", "receive") if is_client else _Sides("receive", "send")
    for operation in contents.operations:
        for name in sorted(_REQUESTS & operation.extensions.keys()):
            if operation.action != sides.asked:
                yield finding(
                    "extension-place",
                    f"{operation.pointer}/{name}",
                    f"{name} is for what a client asks for, and this is what the server sends.",
                    f"Put it on an operation of action {sides.asked}.",
                )
        yield from _ends(operation)
        yield from _cancels(contents, operation, sides)
    for channel in contents.channels:
        yield from _ready(contents, channel, sides)
        yield from _reconnect(contents, channel, sides)
        yield from _heartbeat(contents, channel, sides)


def _ends(operation: Operation) -> Iterator[Finding]:
    ends = array_of(object_of(operation.extensions.get("x-stream")).get("end"))
    links = operation.reply.messages if operation.reply else ()
    names = {tokens_of(link.reference)[-1] for link in links if tokens_of(link.reference)}
    names |= {link.target.name for link in links if link.target}
    for index, name in enumerate(ends):
        if isinstance(name, str) and name not in names:
            yield _target(
                f"{operation.pointer}/x-stream/end/{index}",
                f"{name!r} is not a message of the reply.",
                "Name messages of the reply by their keys.",
            )


def _cancels(contents: Contents, operation: Operation, sides: _Sides) -> Iterator[Finding]:
    given = operation.extensions.get("x-cancel")
    if not is_object(given):
        return
    other = _operation(contents, given)
    at = f"{operation.pointer}/x-cancel"
    if other is None:
        yield _target(at, f"{given.get('$ref')} is not an operation.", "Refer to an operation.")
    elif other.action != sides.asked or other.channel.reference != operation.channel.reference:
        yield _target(
            at,
            f"{other.pointer} is not a request on the same channel.",
            f"Refer to an operation of action {sides.asked} on {operation.channel.reference}.",
        )


def _ready(contents: Contents, channel: Channel, sides: _Sides) -> Iterator[Finding]:
    given = channel.extensions.get("x-ready")
    at, otherwise = f"{channel.pointer}/x-ready", "so that it never is ready"
    yield from _said(contents, channel, sides, given, at, otherwise)


def _reconnect(contents: Contents, channel: Channel, sides: _Sides) -> Iterator[Finding]:
    given = object_of(channel.extensions.get("x-reconnect")).get("message")
    at, otherwise = f"{channel.pointer}/x-reconnect/message", "and tells nobody when to come back"
    yield from _said(contents, channel, sides, given, at, otherwise)


def _said(
    contents: Contents, channel: Channel, sides: _Sides, given: Any, at: str, otherwise: str
) -> Iterator[Finding]:
    """Yield what is wrong with a reference to a message that the server sends on a channel.

    Args:
        contents: The document's.
        channel: The channel.
        sides: Which action is whose.
        given: The reference.
        at: The pointer of where it stands.
        otherwise: What follows, where the server does not send it.
    """
    if not is_object(given) or not isinstance(reference := given.get("$ref"), str):
        return
    found = _pointer_of(contents.document, given)
    own = {link.target.pointer for link in channel.messages.values() if link.target}
    if found not in own:
        yield _target(
            at, f"{reference} is not a message of the channel.", "Refer to one of its messages."
        )
    elif found not in _told(contents, sides):
        yield finding(
            "extension-place",
            at,
            f"{reference} is not sent by the server, {otherwise}.",
            "Refer to a message that the server sends.",
        )


def _told(contents: Contents, sides: _Sides) -> set[str]:
    """Return the pointers of the messages that the server sends, replies among them."""
    links = [
        link
        for operation in contents.operations
        for link in (
            operation.messages
            if operation.action == sides.told
            else (operation.reply.messages if operation.reply else ())
        )
    ]
    return {link.target.pointer for link in links if link.target}


def _heartbeat(contents: Contents, channel: Channel, sides: _Sides) -> Iterator[Finding]:
    given = object_of(channel.extensions.get("x-heartbeat")).get("operation")
    if not is_object(given):
        return
    other = _operation(contents, given)
    at = f"{channel.pointer}/x-heartbeat/operation"
    if other is None or other.channel.target is not channel:
        told = f"{given.get('$ref')} is not an operation of the channel."
        yield _target(at, told, "Refer to one that a client asks for, and that is answered.")
    elif other.action != sides.asked or other.reply is None:
        yield finding(
            "extension-place",
            at,
            f"{other.pointer} is not a request that is answered.",
            "Refer to one that a client asks for, and that has a reply.",
        )


def _operation(contents: Contents, given: dict[str, Any]) -> Operation | None:
    at = _pointer_of(contents.document, given)
    return next((item for item in contents.operations if item.pointer == at), None)


def _pointer_of(document: Document, given: dict[str, Any]) -> str:
    found, at = located(document, given, "")
    return at if is_object(found) else ""


def _target(at: str, message: str, hint: str) -> Finding:
    return finding("extension-target", at, message, hint)


CHECKS: Final = (check_extensions, check_sides)

__all__ = ["CHECKS", "check_extensions", "check_sides"]
