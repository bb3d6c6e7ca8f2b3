"""Checks of the extensions by which chanx says what AsyncAPI has no field for.

All of them are optional, and others than these are anybody's own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, get_args

from chanx.asyncapi.linting.finding import Finding, finding
from chanx.asyncapi.linting.grammar.look import Look, Shape
from chanx.asyncapi.linting.grammar.shapes import (
    boolean,
    integer,
    list_of,
    map_of,
    one_of,
    positive,
    record,
    text,
)
from chanx.asyncapi.reading import Channel, Contents, Document, Operation
from chanx.asyncapi.walk import array_of, is_object, located, object_of, pointer, tokens_of
from chanx.core.closing import Retry

_reference: Final = record("$ref", more={"$ref": text}, is_extensible=False)


def _stream(value: Any, place: Any, look: Look) -> None:
    """Take true, or an object that names the messages by which a stream ends."""
    if not isinstance(value, bool):
        record(end=list_of(text, is_set=True), is_extensible=False)(value, place, look)


def _closing(value: Any, place: Any, look: Look) -> None:
    if not isinstance(value, str):
        record(description=text, retry=one_of(*get_args(Retry)))(value, place, look)


def _cancel(value: Any, place: Any, look: Look) -> None:
    """Take a reference to an operation, or the action of a message that chanx keeps for this."""
    if not isinstance(value, str):
        _reference(value, place, look)


_SHAPES: Final[Mapping[str, Mapping[str, Shape]]] = {
    "info": {"x-perspective": one_of("client", "server")},
    "channel": {
        "x-ready": _reference,
        "x-limits": record(
            maxMessageSize=integer(1),
            messagesPerSecond=positive,
            burst=integer(1),
            idleTimeout=positive,
            heartbeat=positive,
            maxConnectionAge=positive,
            messagesPerSecondPerUser=positive,
            burstPerUser=integer(1),
            connectionsPerProcess=integer(1),
            connectionsPerAddress=integer(1),
            connectionsPerUser=integer(1),
            handshakesPerAddress=integer(1),
            groups=integer(1),
        ),
        "x-heartbeat": record("operation", operation=_reference, interval=positive),
        "x-close-codes": map_of(_closing),
    },
    "operation": {
        "x-stream": _stream,
        "x-cancel": _cancel,
        "x-idempotent": boolean,
        "x-refresh": boolean,
    },
    "message": {"x-outcome": one_of("error", "success")},
    "security scheme": {
        "x-subprotocol": record("name form", name=text, form=one_of("pair", "suffix"))
    },
}
"""The extensions by what they stand on, and what they may be."""

_HOMES: Final = {name: kind for kind, shapes in _SHAPES.items() for name in shapes}
_REQUESTS: Final = frozenset({"x-stream", "x-cancel", "x-idempotent", "x-refresh"})
"""The extensions of operations that a client asks for."""

_CODES: Final = range(1000, 5000)

Thing: TypeAlias = tuple[str, str, Mapping[str, Any]]
"""A kind, a JSON pointer, and what may have extensions."""


def check_extensions(contents: Contents) -> Iterator[Finding]:
    """Extensions of chanx have values that mean something, where they do."""
    for kind, at, given in _things(contents):
        for name in given.keys() & _HOMES.keys():
            where = f"{at}/{name}"
            if _HOMES[name] != kind:
                yield finding(
                    "extension-place",
                    where,
                    f"{name} means nothing on a {kind}.",
                    f"It belongs to a {_HOMES[name]}.",
                )
                continue
            yield from _shaped(_SHAPES[kind][name], given[name], where)
            if name == "x-close-codes":
                yield from _codes(given[name], where)


def _things(contents: Contents) -> Iterator[Thing]:
    yield "info", "/info", object_of(contents.document.get("info"))
    for kind, parts in (
        ("channel", contents.channels),
        ("operation", contents.operations),
        ("message", contents.messages),
    ):
        for part in parts:
            yield kind, part.pointer, part.extensions
    schemes = object_of(object_of(contents.document.get("components")).get("securitySchemes"))
    for name, scheme in schemes.items():
        at = pointer("components", "securitySchemes", name)
        yield "security scheme", at, object_of(scheme)


def _shaped(shape: Shape, value: object, at: str) -> Iterator[Finding]:
    look = Look()
    shape(value, (), look)
    for found in look.findings:
        yield finding("extension-value", at + found.pointer, found.message, found.hint)


def _codes(codes: object, at: str) -> Iterator[Finding]:
    for code in object_of(codes):
        if not (code.isdecimal() and len(code) == 4 and int(code) in _CODES):
            yield finding(
                "extension-value",
                at + pointer(code),
                f"{code!r} is not a close code (RFC 6455, 7.4).",
                "Write a number from 1000 to 4999.",
            )


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
    if not is_object(given) or not isinstance(reference := given.get("$ref"), str):
        return
    at, found = f"{channel.pointer}/x-ready", _pointer_of(contents.document, given)
    own = {link.target.pointer for link in channel.messages.values() if link.target}
    if found not in own:
        yield _target(
            at, f"{reference} is not a message of the channel.", "Refer to one of its messages."
        )
    elif found not in _told(contents, sides):
        yield finding(
            "extension-place",
            at,
            f"{reference} is not sent by the server, so that it never is ready.",
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
