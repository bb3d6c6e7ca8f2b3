"""What a document says of the wire: connections, the messages of each direction, who may connect.

Keys, titles and components are left behind, except as names that generated code has.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from chanx.asyncapi.reading import Document, SchemaRoot

Sender = Literal["client", "server"]

PARAMETER: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WireMessage:
    """A message, in one direction.

    Attributes:
        values: What the telling property may be, as Python spells it; empty if nothing tells.
        name: What it is called for readers: its telling value, or else its name or key.
        key: Its key in its channel; "" if it has none.
        payload: Its schema; None if it is in a language of its own.
        schema_name: The component that the schema refers to; "" for none.
        pointer: Where it is described.
        correlation: Where the id of a request stands; "" for nowhere.
        content_type: ``"json"`` for all that is JSON.
        extensions: Its keys that begin with ``x-``.
    """

    values: frozenset[str]
    name: str
    key: str
    payload: SchemaRoot | None
    schema_name: str
    pointer: str
    correlation: str
    content_type: str
    extensions: Mapping[str, Any]

    def is_like(self, other: "WireMessage") -> bool:
        """Return whether a frame may be of both, as far as the telling property tells."""
        return not self.values or not other.values or bool(self.values & other.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class WireOperation:
    """An operation of the server.

    Attributes:
        key: Its key in the document.
        pointer: Where it is described.
        sender: Who begins.
        messages: What is sent.
        replies: What answers; None if nothing does.
        security: The alternatives by which it may be used; empty if everybody may.
        extensions: Its keys that begin with ``x-``, where references stand for what they lead to.
    """

    key: str
    pointer: str
    sender: Sender
    messages: tuple[WireMessage, ...]
    replies: tuple[WireMessage, ...] | None
    security: frozenset[str]
    extensions: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class WireChannel:
    """All channels of one address.

    Attributes:
        keys: Their keys in the document.
        address: The address, with names of parameters.
        shape: The address without them; a key where there is no address.
        pointer: Where the first is described.
        parameters: The parameters in the order of the address, each with its schema.
        query: The schema of the handshake's query; None if none is given.
        headers: The schema of the handshake's headers; None if none is given.
        messages: What each side may send.
        operations: The operations.
        extensions: Its keys that begin with ``x-``, where references stand for what they lead to.
    """

    keys: tuple[str, ...]
    address: str
    shape: str
    pointer: str
    parameters: tuple[tuple[str, Any], ...]
    query: SchemaRoot | None
    headers: SchemaRoot | None
    messages: Mapping[Sender, tuple[WireMessage, ...]]
    operations: tuple[WireOperation, ...]
    extensions: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class WireDocument:
    """What a document says of the wire.

    Attributes:
        document: The document.
        is_of_client: Whether it describes the client (``info.x-perspective``).
        version: ``info.version``; "" if there is none.
        servers: The servers, by protocol, host and path.
        channels: The channels by their shapes.
    """

    document: Document
    is_of_client: bool
    version: str
    servers: Mapping[str, frozenset[str]]
    channels: Mapping[str, WireChannel]


def shape_of(address: str) -> str:
    """Return an address without the names of its parameters."""
    return PARAMETER.sub("{}", address)


__all__ = [
    "PARAMETER",
    "Sender",
    "WireChannel",
    "WireDocument",
    "WireMessage",
    "WireOperation",
    "shape_of",
]
