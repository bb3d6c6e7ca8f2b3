"""Checks of protocols, of what is bound to them, and of media types and headers."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from chanx.asyncapi.linting.finding import Finding, finding
from chanx.asyncapi.linting.grammar import nearest
from chanx.asyncapi.reading import Channel, Contents
from chanx.asyncapi.walk import is_object, located, object_of, pointer, resolve

_SPEAKERS: Final[Mapping[str, tuple[str, ...]]] = {
    "amqp": ("amqp", "amqps"),
    "amqp1": ("amqp1", "amqp", "amqps"),
    "anypointmq": ("anypointmq",),
    "googlepubsub": ("googlepubsub",),
    "http": ("http", "https"),
    "ibmmq": ("ibmmq", "ibmmq-secure"),
    "jms": ("jms",),
    "kafka": ("kafka", "kafka-secure"),
    "mqtt": ("mqtt", "mqtts", "secure-mqtt", "mqtt5"),
    "nats": ("nats",),
    "pulsar": ("pulsar",),
    "redis": ("redis", "rediss"),
    "ros2": ("ros2",),
    "sns": ("sns",),
    "solace": ("solace",),
    "sqs": ("sqs",),
    "stomp": ("stomp", "stomps"),
    "ws": ("ws", "wss", "http", "https"),
}
"""Bindings, and the protocols of servers for which each is."""

_PROTOCOLS: Final = frozenset(name for names in _SPEAKERS.values() for name in names) | {"mercure"}
_MEANT: Final = {"websocket": "ws", "websockets": "ws", "websocket-secure": "wss"}
_MEDIA_TYPE: Final = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+*-]+(?:\s*;.*)?", re.ASCII | re.S)
_MEDIA_TYPES: Final = (
    *("application/json", "application/xml", "application/octet-stream", "application/x-protobuf"),
    *("application/cloudevents+json", "application/msgpack", "application/cbor", "avro/binary"),
    *("application/vnd.apache.avro", "text/plain", "text/html", "text/xml", "text/csv"),
)


def check_protocols(contents: Contents) -> Iterator[Finding]:
    """Servers speak a protocol that is known, or at least not one that is misspelt."""
    for server in contents.servers:
        protocol = server.protocol
        lower = protocol.lower()
        if protocol in _PROTOCOLS or not protocol:
            continue
        meant = lower if lower in _PROTOCOLS else _MEANT.get(lower)
        hint = f"Did you mean {meant}?" if meant else nearest(lower, _PROTOCOLS)
        if hint:
            yield finding(
                "protocol", f"{server.pointer}/protocol", f"{protocol!r} is not a protocol.", hint
            )


def check_media_types(contents: Contents) -> Iterator[Finding]:
    """Media types are such, and not near to a common one."""
    default = contents.document.get("defaultContentType", "")
    places = [("/defaultContentType", default)]
    places += [(f"{item.pointer}/contentType", item.content_type) for item in contents.messages]
    for at, media_type in places:
        if not media_type:
            continue
        name = media_type.partition(";")[0].strip().lower()
        hint = "" if name in _MEDIA_TYPES else _misspelt(name)
        if hint or not _MEDIA_TYPE.fullmatch(media_type):
            yield finding(
                "media-type",
                at,
                f"{media_type!r} is not a media type that is registered.",
                hint or "Write it as in application/json (RFC 6838).",
            )


def _misspelt(name: str) -> str:
    """Return a hint for a name that is one or two letters from a common one."""
    for known in _MEDIA_TYPES:
        if abs(len(known) - len(name)) <= 1 and _distance(known, name) <= 1:
            return f"Did you mean {known}?"
    return ""


def _distance(one: str, other: str) -> int:
    """Return 0 for equal texts, 1 for a letter too much, too few, wrong or swapped, else 2."""
    if one == other:
        return 0
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:
        return 1 if abs(len(one) - len(other)) == 1 else 2
    rest, that = one[start:], other[start:]
    is_near = rest[1:] == that[1:] or rest[1:] == that or rest == that[1:]
    return 1 if is_near or (rest[1::-1] + rest[2:] == that and len(rest) > 1) else 2


def check_bindings(contents: Contents) -> Iterator[Finding]:
    """Bindings stand where their protocol has some, and servers speak it."""
    for kind, parts in (("server", contents.servers), ("operation", contents.operations)):
        for part in parts:
            yield from _without_meaning(contents, part.pointer, kind)
    for message in contents.messages:
        yield from _without_meaning(contents, message.pointer, "message")
    for channel in contents.channels:
        yield from _unspoken(channel)


def _without_meaning(contents: Contents, at: str, kind: str) -> Iterator[Finding]:
    given = object_of(resolve(contents.document, at)).get("bindings")
    bindings, where = located(contents.document, given, f"{at}/bindings")
    if object_of(bindings).get("ws"):
        yield finding(
            "binding-place",
            f"{where}/ws",
            f"WebSocket has no bindings of a {kind}.",
            "It has those of a channel: method, query and headers of the handshake.",
        )


def _unspoken(channel: Channel) -> Iterator[Finding]:
    spoken = {server.protocol for server in channel.servers}
    for protocol in sorted(channel.protocols & _SPEAKERS.keys()):
        if spoken and spoken <= _PROTOCOLS and spoken.isdisjoint(_SPEAKERS[protocol]):
            yield finding(
                "binding-place",
                f"{channel.pointer}/bindings{pointer(protocol)}",
                f"The channel's servers do not speak {protocol}, but {', '.join(sorted(spoken))}.",
                "Remove the binding, or name a server that does.",
            )


def check_headers(contents: Contents) -> Iterator[Finding]:
    """Headers are an object (3.0, Message Object)."""
    for message in contents.messages:
        if message.headers is None:
            continue
        schema, _ = located(contents.document, message.headers.schema, "")
        if is_object(schema) and not _may_be_object(schema):
            yield finding(
                "headers-not-object",
                f"{message.pointer}/headers",
                f"Headers are an object, and this is {schema['type']!r}.",
                "Write type: object, with a property for each header.",
            )


def _may_be_object(schema: dict[str, Any]) -> bool:
    kinds: Any = schema.get("type", "object")
    return "object" in kinds if isinstance(kinds, list) else kinds == "object"


CHECKS: Final = (check_protocols, check_media_types, check_bindings, check_headers)

__all__ = ["CHECKS", "check_bindings", "check_headers", "check_media_types", "check_protocols"]
