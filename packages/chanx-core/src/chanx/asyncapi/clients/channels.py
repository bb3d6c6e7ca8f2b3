"""The connections of a document, as clients know them."""

from collections.abc import Iterable, Mapping
from typing import Any

from chanx.asyncapi.clients.description import (
    ClientChannel,
    ClientMessage,
    ClientOperation,
    Heartbeat,
    Note,
)
from chanx.asyncapi.clients.handshake import credentials_of, names_of, servers_of
from chanx.asyncapi.clients.keeping import (
    close_codes_of,
    limits_of,
    positive,
    reconnect_of,
    server_heartbeat_of,
)
from chanx.asyncapi.clients.messages import Messages, patch_for
from chanx.asyncapi.clients.naming import plain_name, unique_names
from chanx.asyncapi.clients.operations import operations_of
from chanx.asyncapi.clients.schemas import Schemas
from chanx.asyncapi.clients.shapes import Field
from chanx.asyncapi.diffing.wire import WireChannel, WireDocument, WireMessage
from chanx.asyncapi.reading import Channel, Contents, Message, SchemaRoot
from chanx.asyncapi.telling import closed_of, telling_property
from chanx.asyncapi.walk import located, object_of, pointer
from chanx.constants import PING_ACTION, PONG_ACTION


class Channels:
    """Describes the channels of a document.

    Args:
        contents: What is read of the document.
        wire: What it says of the wire.
        messages: What describes messages.
        schemas: What makes shapes.
    """

    def __init__(
        self, contents: Contents, wire: WireDocument, messages: Messages, schemas: Schemas
    ) -> None:
        self._contents = contents
        self._document = contents.document
        self._wire = wire
        self._messages = messages
        self._schemas = schemas
        self._read = _all_messages(contents)

    def channels(self) -> list[ClientChannel]:
        """Return the channels, with pointers in place of the names of types."""
        channels = sorted(self._wire.channels.values(), key=lambda channel: min(channel.keys))
        keys = {item.shape: min(item.keys, key=lambda key: (len(key), key)) for item in channels}
        names = unique_names(
            {shape: plain_name(key) for shape, key in keys.items()},
            {shape: (key,) for shape, key in keys.items()},
            (),
        )
        return [self._channel(channel, plain_name(names[channel.shape])) for channel in channels]

    def _channel(self, wire: WireChannel, name: str) -> ClientChannel:
        group = self._group(wire)
        first = group[0]
        said = {key: value for channel in group for key, value in channel.extensions.items()}
        telling = self._telling(wire)
        sent = self._described(wire.messages["client"], telling)
        received = self._described(wire.messages["server"], telling)
        correlation = self._messages.correlation_of(sent.values())
        described = {**received, **sent}
        asked = server_heartbeat_of(wire, described)
        answered = asked.pong if asked else None
        operations = operations_of(
            self._contents, wire, self._messages, described, correlation, answered
        )
        # A vendor may have ids by another name, and no correlationId: then nothing is a request.
        if not correlation:
            self._hint(wire, sent, received)
        credentials, is_needed = credentials_of(self._wire, wire, group, self._messages.notes)
        kinds = {message.correlation_kind for message in sent.values() if message.correlation}
        schemas = {
            "query": wire.query,
            "header": wire.headers,
            "cookie": SchemaRoot(f"{first.pointer}/x-cookies", object_of(said.get("x-cookies"))),
        }
        fields = {
            kind: names_of(self._schemas, kind, schema, name, credentials)
            for kind, schema in schemas.items()
        }
        ready = self._ready(said.get("x-ready"), received)
        reconnect = reconnect_of(self._document, said.get("x-reconnect"), received)
        unasked = [message for message in (ready, reconnect and reconnect.message) if message]
        return ClientChannel(
            name=name,
            keys=tuple(sorted(wire.keys)),
            address=first.address or "",
            description=first.summary or first.description,
            servers=servers_of(first.servers),
            parameters=self._parameters(wire, first, name),
            query=fields["query"],
            headers=fields["header"],
            cookies=fields["cookie"],
            credentials=credentials,
            is_credential_needed=is_needed,
            telling=telling,
            correlation=correlation,
            correlation_kind="string" if kinds == {"string"} else "integer",
            incoming=_sorted(received.values()),
            pushes=_sorted(
                message
                for message in _pushes(wire, received, operations, unasked)
                if asked is None or message != asked.ping
            ),
            outgoing=_sorted(sent.values()),
            operations=operations,
            ready=ready,
            limits=limits_of(said.get("x-limits")),
            heartbeat=self._heartbeat(wire, said.get("x-heartbeat"), operations),
            server_heartbeat=asked,
            reconnect=reconnect,
            close_codes=close_codes_of(said.get("x-close-codes")),
            pointer=first.pointer,
        )

    def _group(self, wire: WireChannel) -> list[Channel]:
        """Return the channels that are one connection, sorted by their keys."""
        read = {channel.pointer: channel for channel in self._contents.channels}
        given = object_of(self._document.get("channels"))
        places = (
            located(self._document, given[key], pointer("channels", key))[1]
            for key in sorted(wire.keys)
        )
        return [read[at] for at in places]

    def _telling(self, wire: WireChannel) -> str:
        messages = {item.pointer: item for group in wire.messages.values() for item in group}
        return telling_property(
            closed_of(self._document, self._read[at]) for at in sorted(messages)
        )

    def _described(self, messages: Iterable[WireMessage], telling: str) -> dict[str, ClientMessage]:
        """Return messages by their pointers."""
        made = {
            item.pointer: self._messages.describe(item, self._read[item.pointer], telling)
            for item in sorted(messages, key=lambda item: item.pointer)
        }
        return {at: message for at, message in made.items() if message is not None}

    def _parameters(self, wire: WireChannel, first: Channel, name: str) -> tuple[Field, ...]:
        fields: list[Field] = []
        for key, schema in wire.parameters:
            given, _ = located(self._document, first.parameters.get(key), "")
            said = object_of(given).get("description", "")
            described = {**schema, "description": said if isinstance(said, str) else ""}
            at = f"{first.pointer}/parameters{pointer(key)}"
            is_required = "default" not in schema
            fields.append(
                self._schemas.field(key, described, at, f"{name}_", is_required=is_required)
            )
        return tuple(fields)

    def _ready(self, given: Any, received: Mapping[str, ClientMessage]) -> ClientMessage | None:
        _, at = located(self._document, given, "")
        if at and at not in received:
            self._messages.notes.append(
                Note(at, "x-ready names a message that clients do not receive")
            )
        return received.get(at)

    def _hint(
        self,
        wire: WireChannel,
        sent: Mapping[str, ClientMessage],
        received: Mapping[str, ClientMessage],
    ) -> None:
        if found := self._messages.likely_correlation(sent.values(), received.values()):
            having = [
                at
                for at, message in {**received, **sent}.items()
                if self._messages.has_field(message, found)
            ]
            self._messages.notes.append(
                Note(
                    wire.pointer,
                    f"no message has a correlationId, so that nothing waits for a reply; if "
                    f"{found!r} is one, say so with --patch: {patch_for(having, found)}",
                )
            )

    def _heartbeat(
        self, wire: WireChannel, given: Any, operations: Iterable[ClientOperation]
    ) -> Heartbeat | None:
        """Return how to see that a connection is alive, by ``x-heartbeat`` or by its names."""
        _, at = located(self._document, object_of(given).get("operation"), "")
        named = [item for item in operations if at and item.pointer == at]
        usual = [
            item
            for item in operations
            if item.message.values == (PING_ACTION,)
            and [reply.values for reply in item.replies] == [(PONG_ACTION,)]
        ]
        # Nobody is asked what a ping says: it is made of what its message always says.
        for operation in named or usual:
            needed = [item.name for item in operation.arguments or () if item.is_required]
            if needed or operation.arguments is None:
                note = Note(wire.pointer, f"its heartbeat needs {', '.join(needed)}: there is none")
                self._messages.notes.append(note)
                return None
            # Without a constant, or with several answers, a pong would be told from nothing. Any
            # frame answers a ping (R10): knowing the pong only keeps it from handlers.
            pongs = [reply.key for reply in operation.replies if reply.constants]
            interval = positive(object_of(given).get("interval"))
            return Heartbeat(
                ping=operation.message.constants,
                pong=pongs[0] if len(pongs) == 1 else None,
                interval=None if interval is None else float(interval),
            )
        return None


def _pushes(
    wire: WireChannel,
    received: Mapping[str, ClientMessage],
    operations: Iterable[ClientOperation],
    unasked: Iterable[ClientMessage],
) -> list[ClientMessage]:
    """Return what comes unasked: what the server sends of itself, and what nothing waits for.

    Args:
        wire: What the document says of the connection.
        received: What is received, by its pointers.
        operations: What a client can do.
        unasked: What the channel itself names, whether or not an operation sends it.
    """
    waiting = {item.key for item in operations if item.kind != "send"}
    groups = [item.messages for item in wire.operations if item.sender == "server"]
    groups += [
        item.replies
        for item in wire.operations
        if item.sender == "client" and item.key not in waiting and item.replies
    ]
    if not wire.operations:
        groups = [wire.messages["server"]]
    found = {item.pointer: received.get(item.pointer) for group in groups for item in group}
    pushes = [message for message in found.values() if message and not message.is_complete]
    return [*pushes, *(message for message in unasked if message not in pushes)]


def _sorted(messages: Iterable[ClientMessage]) -> tuple[ClientMessage, ...]:
    """Sort messages by their keys; those that nothing tells follow, the most exact first."""
    return tuple(
        sorted(
            messages,
            key=lambda message: (
                not message.values,
                0 if message.values else -len({*message.required, *message.tags}),
                message.schema in ({}, True),
                message.key,
                message.pointer,
            ),
        )
    )


def _all_messages(contents: Contents) -> dict[str, Message]:
    """Return all messages by their pointers, those of other files too."""
    links = [link for channel in contents.channels for link in channel.messages.values()]
    for operation in contents.operations:
        links += [*operation.messages, *(operation.reply.messages if operation.reply else ())]
    found = {message.pointer: message for message in contents.messages}
    return found | {link.target.pointer: link.target for link in links if link.target}


__all__ = ["Channels"]
