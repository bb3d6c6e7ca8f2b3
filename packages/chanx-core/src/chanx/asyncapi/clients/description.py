"""What a client has to know of a document: connections, what is sent and received, how they end.

Everything here is seen from the client, whoever the document describes. Names are chosen once, for
all languages: types in PascalCase, all else in snake_case, which a language may spell its own way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from chanx.asyncapi.clients.shapes import Declaration, Field, Shape
from chanx.core.closing import Retry

OperationKind: TypeAlias = Literal["send", "request", "stream"]
"""``send``: nothing answers. ``request``: one reply does. ``stream``: any number of replies."""

Location: TypeAlias = Literal["header", "query", "cookie", "subprotocol"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientMessage:
    """A message, in one direction.

    Attributes:
        name: The name of its type, in PascalCase.
        key: What handlers are registered by where a language has texts for that: the value by which
            it is told from others, or else its name in snake_case. Unique in its channel.
        shape: Its payload's; a reference to the declaration of its name.
        description: "" for none.
        values: The values by which it is told from others, those of the channel's ``telling``
            property; empty if it has none.
        tags: All its properties with a closed set of values, by name, the telling one among them.
        required: The properties that it always has; empty if it is not an object.
        constants: The properties that have one value only, which nobody needs to say.
        correlation: Where the id of a request stands, key by key; empty for nowhere.
        correlation_kind: What the id may be: an integer if that is possible.
        is_error: Whether it refuses, as a reply.
        is_complete: Whether it says of a request that nothing more comes, and nothing else.
        schema: The JSON Schema of its payload, draft-07, which may refer into the document.
        pointer: Where the document describes it.
    """

    name: str
    key: str
    shape: Shape
    description: str
    values: tuple[Any, ...]
    tags: Mapping[str, tuple[Any, ...]]
    required: tuple[str, ...]
    constants: Mapping[str, Any]
    correlation: tuple[str, ...]
    correlation_kind: Literal["integer", "string"]
    is_error: bool
    is_complete: bool
    schema: Any
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOperation:
    """Something that a client can do: send one kind of message, and wait for what answers.

    Attributes:
        name: In snake_case; unique in its channel, and none of the names that clients have.
        kind: What answers.
        message: What is sent.
        wrapped: The property whose fields are the arguments; "" if the fields of the message are.
        arguments: What the caller says: the fields that are not constant, nor the correlation id.
            None if the message is not an object, so that the caller gives it whole.
        replies: The messages that may answer, in the order of the document, without those that
            refuse, and without ``complete``. Those of a stream are its items, and what ends it.
        refusals: The messages that may refuse.
        is_empty_possible: Whether ``complete`` may answer instead: there is no reply then.
        end: The messages of ``replies`` that end a stream.
        cancel: The name of the operation that ends this one before its time; "" for none.
        is_cancelled_by_ref: Whether the reserved message ``cancel`` ends it, by its id.
        is_idempotent: Whether it may be sent again when its answer was lost.
        is_refresh: Whether it takes new credentials while the connection is open.
        description: "" for none.
        key: The operation's key in the document; "" if none describes it.
        pointer: Where the document describes it, or its message.
    """

    name: str
    kind: OperationKind
    message: ClientMessage
    wrapped: str
    arguments: tuple[Field, ...] | None
    replies: tuple[ClientMessage, ...]
    refusals: tuple[ClientMessage, ...]
    is_empty_possible: bool
    end: tuple[ClientMessage, ...]
    cancel: str
    is_cancelled_by_ref: bool
    is_idempotent: bool
    is_refresh: bool
    description: str
    key: str
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A place of the handshake in which a credential may be.

    Attributes:
        location: Where.
        name: Of the header, the query's parameter, the cookie or the subprotocol.
        scheme: What stands before it in the header Authorization, such as ``Bearer``; "" for
            nothing.
        form: How a subprotocol carries it: as the next one, or as what follows the name in the same
            one.
    """

    location: Location
    name: str
    scheme: str = ""
    form: Literal["pair", "suffix"] = "pair"


@dataclass(frozen=True, slots=True)
class CloseCode:
    """What the document says of a close code.

    Attributes:
        description: Why the server closes; "" if nothing is said.
        retry: What a client does then; None leaves it to the code.
    """

    description: str
    retry: Retry | None


@dataclass(frozen=True, slots=True)
class ChannelLimits:
    """Bounds of what a client sends; None for none.

    Attributes:
        max_message_size: Bytes of a frame in UTF-8.
        messages_per_second: Frames a second, over a longer time.
        burst: Frames that may come at once before that counts.
    """

    max_message_size: int | None = None
    messages_per_second: float | None = None
    burst: int | None = None


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """How a client sees that a connection is alive.

    Attributes:
        ping: The frame that it sends.
        pong: The key of the message that answers, which nobody else is told of; None if several
            may.
        interval: Seconds of silence after which it does; None if the document does not say.
    """

    ping: Mapping[str, Any]
    pong: str | None
    interval: float | None


@dataclass(frozen=True, slots=True)
class ServerHeartbeat:
    """How a server sees that a client is there: clients answer by themselves.

    Attributes:
        ping: The message that it sends.
        pong: The message that answers, which says nothing but what it is.
    """

    ping: ClientMessage
    pong: ClientMessage


@dataclass(frozen=True, slots=True)
class Reconnect:
    """How a server says, before it closes, when a client is to come back.

    Attributes:
        message: The message that says it.
        retry_after: Where the seconds stand in it, key by key.
    """

    message: ClientMessage
    retry_after: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientChannel:
    """All channels of one address: a kind of connection.

    Attributes:
        name: In snake_case, unique.
        keys: The channels' keys in the document.
        address: The path, with ``{name}`` for each parameter; "" if it is not known.
        description: "" for none.
        servers: URLs without the path, in the order of the document; a variable without a default
            stays as ``{name}``. Empty if none is known.
        parameters: Those of the address, in its order.
        query: Those of the query, without credentials.
        headers: Those of the headers, without credentials and cookies.
        cookies: Those that the handshake reads, without credentials.
        credentials: The alternatives of a credential; empty if none is needed.
        is_credential_needed: Whether nobody may connect without one.
        telling: The property by which messages are told apart; "" if there is none.
        correlation: Where the id of a request stands, key by key; empty for nowhere.
        correlation_kind: What the id may be.
        incoming: What may be received, replies included.
        pushes: What may be received without having been asked for; handlers are for these.
        outgoing: What may be sent.
        operations: What a client can do, one for each message that may be sent.
        ready: The message by which a client knows that it can begin; None if the open socket does.
        limits: Bounds of what is sent.
        heartbeat: None if the document describes none.
        server_heartbeat: Likewise.
        reconnect: Likewise.
        close_codes: What the document says of close codes.
        pointer: Where the first is described.
    """

    name: str
    keys: tuple[str, ...]
    address: str
    description: str
    servers: tuple[str, ...]
    parameters: tuple[Field, ...]
    query: tuple[Field, ...]
    headers: tuple[Field, ...]
    cookies: tuple[Field, ...]
    credentials: tuple[Credential, ...]
    is_credential_needed: bool
    telling: str
    correlation: tuple[str, ...]
    correlation_kind: Literal["integer", "string"]
    incoming: tuple[ClientMessage, ...]
    pushes: tuple[ClientMessage, ...]
    outgoing: tuple[ClientMessage, ...]
    operations: tuple[ClientOperation, ...]
    ready: ClientMessage | None
    limits: ChannelLimits
    heartbeat: Heartbeat | None
    server_heartbeat: ServerHeartbeat | None
    reconnect: Reconnect | None
    close_codes: Mapping[int, CloseCode]
    pointer: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something of a document that a client does without, or that its author should know.

    Attributes:
        pointer: Where.
        text: What.
    """

    pointer: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What a client has to know of a document.

    Attributes:
        title: The document's.
        version: The document's, ``info.version``.
        channels: Sorted by name.
        types: What shapes refer to, sorted by name.
        notes: What ``--report`` shows, sorted.
        document: The document, of one piece.
    """

    title: str
    version: str
    channels: tuple[ClientChannel, ...]
    types: tuple[Declaration, ...]
    notes: tuple[Note, ...]
    document: Mapping[str, Any]


__all__ = [
    "ChannelLimits",
    "ClientChannel",
    "ClientMessage",
    "ClientOperation",
    "CloseCode",
    "Credential",
    "Description",
    "Heartbeat",
    "Location",
    "Note",
    "OperationKind",
    "Reconnect",
    "ServerHeartbeat",
]
