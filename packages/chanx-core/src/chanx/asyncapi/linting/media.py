"""Checks of protocols, of what is bound to them, and of media types and headers."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from chanx.asyncapi.disjoint import Disjointness
from chanx.asyncapi.linting.finding import Finding, finding
from chanx.asyncapi.linting.grammar import nearest_of
from chanx.asyncapi.reading import Contents, Part, Server
from chanx.asyncapi.walk import located, object_of, pointer, resolve

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
_MEANT: Final = {
    "websocket": "ws",
    "websockets": "ws",
    "websocketsecure": "wss",
    **{re.sub("[^a-z0-9]", "", name): name for name in sorted(_PROTOCOLS)},
}
"""What names mean that have nothing but letters and digits."""

_TOKEN: Final = r"[\w!#$%&'*+.^`|~-]+"
_MEDIA_TYPE: Final = re.compile(
    rf'[\w!#$&^.+-]+/[\w!#$&^.+*-]+(?:\s*;\s*(?:{_TOKEN}=(?:{_TOKEN}|"[^"]*"))?)*\s*', re.ASCII
)
"""As RFC 9110 has them, 8.3.1."""

_KINDS: Final = frozenset(
    {
        *("application", "audio", "avro", "chemical", "example", "font", "haptics", "image"),
        *("message", "model", "multipart", "text", "video"),
    }
)
"""What media types begin with: those that are registered, and two that are in use."""

_MEDIA_TYPES: Final = (
    *("application/json", "application/xml", "application/octet-stream", "application/x-protobuf"),
    *("application/cloudevents+json", "application/msgpack", "application/cbor", "avro/binary"),
    *("application/vnd.apache.avro", "text/plain", "text/html", "text/xml", "text/csv"),
)
_NEAR_TO_THEM: Final = frozenset(
    {"application/bson", "application/json5", "application/jsonc", "application/jsonl", "text/css"}
)
"""What is one letter from one of them, and another."""

_OF_OBJECTS: Final = {"type": "object"}


def check_protocols(contents: Contents) -> Iterator[Finding]:
    """Servers speak a protocol that is known, or at least not one that is misspelt."""
    for server in contents.servers:
        protocol = server.protocol
        if protocol in _PROTOCOLS or not protocol:
            continue
        lower = re.sub("[^a-z0-9]", "", protocol.lower())
        meant = _MEANT.get(lower) or nearest_of(lower, _MEANT)
        if meant:
            hint = f"Did you mean {_MEANT.get(meant, meant)}?"
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
        hint = "" if name in _MEDIA_TYPES or name in _NEAR_TO_THEM else _misspelt(name)
        if hint or not _MEDIA_TYPE.fullmatch(media_type):
            yield finding(
                "media-type",
                at,
                f"{media_type!r} is not a media type that is registered.",
                hint or "Write it as in application/json (RFC 6838).",
            )


def _misspelt(name: str) -> str:
    """Return a hint for a name that is a letter from a common one, or of no kind that there is."""
    for known in _MEDIA_TYPES:
        if abs(len(known) - len(name)) <= 1 and _distance(known, name) <= 1:
            return f"Did you mean {known}?"
    kind, _, rest = name.partition("/")
    if not rest or kind in _KINDS or kind.startswith("x-"):
        return ""
    return f"Did you mean {nearest_of(kind, _KINDS) or 'application'}/{rest}?"


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
    by_message: defaultdict[str, set[str]] = defaultdict(set)
    for channel in contents.channels:
        spoken = _spoken(channel.servers)
        yield from _bound(contents, channel, "channel", spoken)
        for link in channel.messages.values():
            if link.target:
                by_message[link.target.pointer] |= spoken
    for server in contents.servers:
        yield from _bound(contents, server, "server", _spoken((server,)))
    for operation in contents.operations:
        target = operation.channel.target
        yield from _bound(
            contents, operation, "operation", _spoken(target.servers if target else ())
        )
    for message in contents.messages:
        yield from _bound(contents, message, "message", by_message[message.pointer])


def _spoken(servers: Iterable[Server]) -> set[str]:
    return {server.protocol for server in servers}


def _bound(contents: Contents, part: Part, kind: str, spoken: set[str]) -> Iterator[Finding]:
    """Yield which bindings of a part mean nothing.

    Args:
        contents: The document's.
        part: The part.
        kind: What it is.
        spoken: The protocols of the servers that it has to do with.
    """
    given = object_of(resolve(contents.document, part.pointer)).get("bindings")
    bindings, where = located(contents.document, given, f"{part.pointer}/bindings")
    for protocol in sorted(object_of(bindings).keys() & _SPEAKERS.keys()):
        if protocol == "ws" and kind != "channel":
            if bindings["ws"]:
                yield finding(
                    "binding-place",
                    f"{where}/ws",
                    f"WebSocket has bindings of a channel, and none of {_article(kind)}.",
                    "Those of a channel are the method, query and headers of the handshake.",
                )
        elif spoken and spoken <= _PROTOCOLS and spoken.isdisjoint(_SPEAKERS[protocol]):
            yield finding(
                "binding-place",
                f"{where}{pointer(protocol)}",
                f"No server here speaks {protocol}, but {', '.join(sorted(spoken))}.",
                "Remove the binding, or name a server that does.",
            )


def _article(kind: str) -> str:
    return f"an {kind}" if kind == "operation" else f"a {kind}"


def check_headers(contents: Contents) -> Iterator[Finding]:
    """Headers are an object (3.0, Message Object), and so is a query (WebSocket bindings 0.1.0)."""
    apart = Disjointness(contents.document, is_object_meant=False)
    roots = [
        (root, "Headers are", "header")
        for message in contents.messages
        for root in (message.headers, *message.more_headers)
    ]
    for channel in contents.channels:
        roots += [(channel.headers, "Headers are", "header")]
        roots += [(channel.query, "A query is", "parameter")]
    for root, what, part in roots:
        if root and apart.are_apart(root.schema, _OF_OBJECTS):
            yield finding(
                "headers-not-object",
                root.pointer,
                f"{what} an object, and none matches this schema.",
                f"Write type: object, with a property for each {part}.",
            )


CHECKS: Final = (check_protocols, check_media_types, check_bindings, check_headers)

__all__ = ["CHECKS", "check_bindings", "check_headers", "check_media_types", "check_protocols"]
