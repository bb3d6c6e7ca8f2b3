"""What an AsyncAPI 3 document says, as values, for whatever reads documents.

Anybody's document can be read, whether it is valid or not: a reference that leads nowhere is a link
without a target, and what is of a wrong type is as if it were not there. Documents in several
files are made one before.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Generic, TypeAlias, TypeVar

from chanx.asyncapi.walk import (
    Schema,
    array_of,
    is_object,
    located,
    object_of,
    pointer,
    subschemas,
)

Document: TypeAlias = Mapping[str, Any]
Target = TypeVar("Target")

_DRAFT_07: Final = re.compile(
    r"application/(?:vnd\.aai\.asyncapi\b|schema\+(?:json|yaml);\s*version=draft-07$)"
)
"""The ``schemaFormat`` of what AsyncAPI's own schemas are."""


@dataclass(frozen=True, slots=True)
class Link(Generic[Target]):
    """A reference.

    Attributes:
        reference: As it is written; "" where something is given without one.
        target: Where it leads; None for nowhere.
    """

    reference: str
    target: Target | None


@dataclass(frozen=True, slots=True)
class SchemaRoot:
    """A schema that stands in none other.

    Attributes:
        pointer: Where, a JSON pointer (RFC 6901).
        schema: The schema, draft-07; it may be a reference.
    """

    pointer: str
    schema: Schema | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Something that a document describes.

    Attributes:
        pointer: Where, a JSON pointer (RFC 6901).
        summary: What it or one of its traits says; "" for nothing.
        description: Likewise.
        extensions: Its own keys that begin with ``x-``.
    """

    pointer: str
    summary: str
    description: str
    extensions: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Server(Part):
    """A server.

    Attributes:
        host: With ``{name}`` for each variable; "" if there is none.
        pathname: Likewise.
        protocol: Such as ``wss``; "" if there is none.
        variables: The variables by name.
    """

    host: str
    pathname: str
    protocol: str
    variables: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Part):
    """A message.

    Attributes:
        name: What it or one of its traits says; "" for nothing.
        payload: Its schema, by which anything goes if there is none; None if it is in a language
            of its own.
        headers: Likewise.
        examples: Its own examples.
    """

    name: str
    payload: SchemaRoot | None
    headers: SchemaRoot | None
    examples: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel(Part):
    """A channel.

    Attributes:
        address: With ``{name}`` for each parameter; None if it is not known.
        parameters: The parameters by name.
        messages: Its messages by their keys.
        servers: Those by which it can be reached: its own, or all of the document.
        protocols: Those for which it has bindings.
        query: The schema of the handshake's query; None if none is given.
        headers: The schema of the handshake's headers; None if none is given.
    """

    address: str | None
    parameters: Mapping[str, Any]
    messages: Mapping[str, Link[Message]]
    servers: tuple[Server, ...]
    protocols: frozenset[str]
    query: SchemaRoot | None
    headers: SchemaRoot | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What answers an operation.

    Attributes:
        pointer: Where, a JSON pointer (RFC 6901).
        channel: Where it is sent; the operation's channel if it names none.
        messages: Those that it may be; without a list, all of the channel that it names.
    """

    pointer: str
    channel: Link[Channel]
    messages: tuple[Link[Message], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Part):
    """What the application that a document describes does.

    Attributes:
        action: ``send`` or ``receive``.
        channel: Where.
        messages: Those that it may be; without a list, all of the channel.
        reply: What answers it; None for nothing.
    """

    action: str
    channel: Link[Channel]
    messages: tuple[Link[Message], ...]
    reply: Reply | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a document describes, in the document itself and in its components.

    Attributes:
        document: The document.
        servers: The servers.
        channels: The channels.
        operations: The operations.
        messages: The messages, each where it is described.
        schema_roots: The schemas that stand in none other.
    """

    document: Document
    servers: tuple[Server, ...]
    channels: tuple[Channel, ...]
    operations: tuple[Operation, ...]
    messages: tuple[Message, ...]
    schema_roots: tuple[SchemaRoot, ...]

    def schemas(self) -> Iterator[tuple[str, Schema]]:
        """Yield every schema that has keys, with its pointer."""
        waiting = [(root.pointer, root.schema) for root in self.schema_roots]
        while waiting:
            at, schema = waiting.pop()
            if is_object(schema):
                yield at, schema
                waiting.extend((f"{at}/{below}", part) for below, part in subschemas(schema))


def read(document: Document) -> Contents:
    """Return what an AsyncAPI 3 document describes.

    Args:
        document: The document.
    """
    return _Reader(document).contents()


def payload_schema(given: object) -> Any:
    """Return the schema of a payload or of headers; None if it is in a language of its own.

    Args:
        given: A schema, or a Multi Format Schema Object.
    """
    if not is_object(given) or "schemaFormat" not in given:
        return given
    return given.get("schema") if _DRAFT_07.match(str(given["schemaFormat"])) else None


class _Reader:
    """Reads each part once, however many references lead to it.

    Args:
        document: The document.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._messages: dict[str, Message] = {}
        self._channels: dict[str, Channel] = {}

    def contents(self) -> Contents:
        channels = [self._channel(*part) for part in self._described("channels")]
        messages = [
            self._message(item, f"{channel.pointer}/messages{pointer(key)}")
            for channel, (given, _) in zip(channels, self._described("channels"), strict=True)
            for key, item in object_of(given.get("messages")).items()
            if is_object(item) and "$ref" not in item
        ]
        messages += [self._message(*part) for part in self._within("components", "messages")]
        own = [root for message in messages for root in (message.payload, message.headers)]
        own += [root for channel in channels for root in (channel.query, channel.headers)]
        own += [_root(*part) for part in self._within("components", "schemas")]
        return Contents(
            document=self._document,
            servers=tuple(self._server(*part) for part in self._described("servers")),
            channels=tuple(channels),
            operations=tuple(self._operation(*part) for part in self._described("operations")),
            messages=tuple(messages),
            schema_roots=tuple(root for root in own if root),
        )

    def _described(self, kind: str) -> Iterable[tuple[dict[str, Any], str]]:
        return *self._within(kind), *self._within("components", kind)

    def _within(self, *keys: str) -> Iterator[tuple[dict[str, Any], str]]:
        """Yield what is described under keys, each with its pointer; references are none of it."""
        found: Any = self._document
        for key in keys:
            found = object_of(found).get(key)
        for name, item in object_of(found).items():
            if is_object(item) and "$ref" not in item:
                yield item, pointer(*keys, name)

    def _server(self, given: dict[str, Any], at: str) -> Server:
        return Server(
            **self._said(given, at),
            host=_text(given.get("host")),
            pathname=_text(given.get("pathname")),
            protocol=_text(given.get("protocol")),
            variables=object_of(given.get("variables")),
        )

    def _channel(self, given: dict[str, Any], at: str) -> Channel:
        if at in self._channels:
            return self._channels[at]
        messages = {
            key: self._message_link(item, f"{at}/messages{pointer(key)}")
            for key, item in object_of(given.get("messages")).items()
        }
        bindings, bound_at = located(self._document, given.get("bindings"), f"{at}/bindings")
        handshake, ws_at = located(self._document, object_of(bindings).get("ws"), f"{bound_at}/ws")
        query, headers = (
            SchemaRoot(f"{ws_at}/{key}", schema)
            if is_object(schema := object_of(handshake).get(key))
            else None
            for key in ("query", "headers")
        )
        address = given.get("address")
        channel = self._channels[at] = Channel(
            **self._said(given, at),
            address=address if isinstance(address, str) else None,
            parameters=object_of(given.get("parameters")),
            messages=messages,
            servers=self._servers_of(given),
            protocols=frozenset(object_of(bindings)),
            query=query,
            headers=headers,
        )
        return channel

    def _servers_of(self, channel: dict[str, Any]) -> tuple[Server, ...]:
        own = array_of(channel.get("servers"))
        found = (located(self._document, item, "") for item in own)
        servers = tuple(self._server(*part) for part in found if is_object(part[0]))
        return servers if own else self._servers

    @cached_property
    def _servers(self) -> tuple[Server, ...]:
        given = object_of(self._document.get("servers")).items()
        found = (located(self._document, item, pointer("servers", key)) for key, item in given)
        return tuple(self._server(*part) for part in found if is_object(part[0]))

    def _message(self, given: dict[str, Any], at: str) -> Message:
        if at not in self._messages:
            self._messages[at] = Message(
                **self._said(given, at),
                name=self._text_of(given, "name"),
                payload=_root(given.get("payload", True), f"{at}/payload"),
                headers=_root(given.get("headers", True), f"{at}/headers"),
                examples=tuple(object_of(item) for item in array_of(given.get("examples"))),
            )
        return self._messages[at]

    def _operation(self, given: dict[str, Any], at: str) -> Operation:
        channel = self._channel_link(given.get("channel"))
        reply, replied_at = located(self._document, given.get("reply"), f"{at}/reply")
        return Operation(
            **self._said(given, at),
            action=_text(given.get("action")),
            channel=channel,
            messages=self._messages_of(given, channel),
            reply=self._reply(reply, replied_at, channel) if is_object(reply) else None,
        )

    def _reply(self, given: dict[str, Any], at: str, channel: Link[Channel]) -> Reply:
        own = self._channel_link(given["channel"]) if "channel" in given else None
        messages = self._messages_of(given, own or Link("", None))
        return Reply(pointer=at, channel=own or channel, messages=messages)

    def _messages_of(
        self, given: dict[str, Any], channel: Link[Channel]
    ) -> tuple[Link[Message], ...]:
        if "messages" in given:
            return tuple(self._message_link(item, "") for item in array_of(given["messages"]))
        if channel.target is None:
            return ()
        return tuple(
            Link(f"{channel.reference}/messages{pointer(key)}", link.target)
            for key, link in channel.target.messages.items()
        )

    def _channel_link(self, given: object) -> Link[Channel]:
        found, at = located(self._document, given, "")
        target = self._channel(found, at) if is_object(found) else None
        return Link(_text(object_of(given).get("$ref")), target)

    def _message_link(self, given: object, at: str) -> Link[Message]:
        found, at = located(self._document, given, at)
        target = self._message(found, at) if is_object(found) else None
        return Link(_text(object_of(given).get("$ref")), target)

    def _said(self, given: dict[str, Any], at: str) -> dict[str, Any]:
        return {
            "pointer": at,
            "summary": self._text_of(given, "summary"),
            "description": self._text_of(given, "description"),
            "extensions": {key: item for key, item in given.items() if key.startswith("x-")},
        }

    def _text_of(self, given: dict[str, Any], key: str) -> str:
        """Return what a part says, or the last of its traits that does (AsyncAPI 3.0, traits)."""
        if said := _text(given.get(key)):
            return said
        traits = (located(self._document, item, "")[0] for item in array_of(given.get("traits")))
        return next(filter(None, [_text(object_of(item).get(key)) for item in traits][::-1]), "")


def _root(given: object, at: str) -> SchemaRoot | None:
    schema = payload_schema(given)
    if not is_object(schema) and not isinstance(schema, bool):
        return None
    return SchemaRoot(at if schema is given else f"{at}/schema", schema)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


__all__ = [
    "Channel",
    "Contents",
    "Document",
    "Link",
    "Message",
    "Operation",
    "Part",
    "Reply",
    "SchemaRoot",
    "Server",
    "payload_schema",
    "read",
]
