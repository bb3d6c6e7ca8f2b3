"""The parts of a document, as values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeAlias, TypeVar

from chanx.asyncapi.reading.files import is_in_file
from chanx.asyncapi.walk import Schema, is_object, located, subschemas

Document: TypeAlias = Mapping[str, Any]
Target = TypeVar("Target")


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
        headers: Likewise; those of a trait if it has none of its own.
        more_headers: Those of further traits, which are merged with its own.
        examples: Its own examples.
        content_type: The media type of its payload, its own or a trait's; "" if neither says it.
        correlation_id: Where the id stands that it shares with others, a runtime expression such
            as ``$message.payload#/ref``, its own or a trait's; "" if neither says it.
    """

    name: str
    payload: SchemaRoot | None
    headers: SchemaRoot | None
    more_headers: tuple[SchemaRoot | None, ...]
    examples: tuple[Mapping[str, Any], ...]
    content_type: str
    correlation_id: str


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


@dataclass(frozen=True, kw_only=True)
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

    def schemas(self) -> Iterable[tuple[str, Schema]]:
        """Return every schema that has keys, with its pointer, in other files too."""
        return self._schemas

    @cached_property
    def _schemas(self) -> list[tuple[str, Schema]]:
        found: list[tuple[str, Schema]] = []
        waiting = [(root.pointer, root.schema) for root in self.schema_roots]
        in_files: set[str] = set()
        while waiting:
            at, schema = waiting.pop()
            if is_object(schema):
                found.append((at, schema))
                target, to = located(self.document, schema, at)
                if is_in_file(to) and is_object(target) and to not in in_files:
                    in_files.add(to)
                    waiting.append((to, target))
                waiting.extend((f"{at}/{below}", part) for below, part in subschemas(schema))
        return found


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
]
