"""From a document to the description of its clients."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from chanx.asyncapi.clients.channels import Channels
from chanx.asyncapi.clients.declared import reached
from chanx.asyncapi.clients.description import (
    ClientChannel,
    ClientMessage,
    ClientOperation,
    Description,
    Note,
)
from chanx.asyncapi.clients.messages import Messages
from chanx.asyncapi.clients.naming import unique_names
from chanx.asyncapi.clients.schemas import Schemas
from chanx.asyncapi.clients.shapes import (
    Declaration,
    Field,
    ListOf,
    MapOf,
    OneOf,
    Record,
    Reference,
    Shape,
    TupleOf,
)
from chanx.asyncapi.diffing.description import describe as describe_wire
from chanx.asyncapi.reading import read
from chanx.asyncapi.walk import object_of


def describe(document: Mapping[str, Any]) -> Description:
    """Return what a client has to know of an AsyncAPI 3 document.

    Args:
        document: The document, of one piece; ``info.x-perspective`` says whom it describes.

    Returns:
        The description. References that lead nowhere are taken as anything, and noted.
    """
    contents = read(document)
    schemas = Schemas(document)
    messages = Messages(document, schemas)
    found = Channels(contents, describe_wire(contents), messages, schemas).channels()
    names = unique_names(
        {at: declared.wanted for at, declared in schemas.declared.items()},
        {at: declared.surroundings for at, declared in schemas.declared.items()},
        (),
    )
    renaming = _Renaming(names)
    channels = tuple(map(renaming.channel, sorted(found, key=lambda channel: channel.name)))
    sent, received = (
        reached(schemas.declared, shapes)
        for shapes in (
            [
                shape
                for channel in found
                for shape in (
                    *(message.shape for message in channel.outgoing),
                    *(item.shape for item in (*channel.parameters, *channel.query)),
                    *(item.shape for item in (*channel.headers, *channel.cookies)),
                )
            ],
            [message.shape for channel in found for message in channel.incoming],
        )
    )
    types = [
        Declaration(
            name=names[at],
            shape=renaming.body(declared.shape),
            description=declared.description,
            is_sent=at in sent,
            is_received=at in received,
            pointer=at,
        )
        for at, declared in schemas.declared.items()
        if at in sent or at in received
    ]
    info = object_of(document.get("info"))
    notes = [
        *messages.notes,
        *(Note(at, text) for at, text in schemas.vague.items()),
        *(Note(at, f"{text} leads nowhere") for at, text in schemas.missing.items()),
    ]
    return Description(
        title=str(info.get("title", "")),
        version=str(info.get("version", "")),
        channels=channels,
        types=tuple(sorted(types, key=lambda declaration: declaration.name)),
        notes=tuple(sorted(set(notes), key=lambda note: (note.pointer, note.text))),
        document=document,
    )


class _Renaming:
    """Puts names for pointers.

    Args:
        names: The names of types by pointers.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._messages: dict[int, ClientMessage] = {}

    def channel(self, channel: ClientChannel) -> ClientChannel:
        """Return a channel with names."""
        return replace(
            channel,
            parameters=self._fields(channel.parameters),
            query=self._fields(channel.query),
            headers=self._fields(channel.headers),
            cookies=self._fields(channel.cookies),
            incoming=self._all(channel.incoming),
            pushes=self._all(channel.pushes),
            outgoing=self._all(channel.outgoing),
            operations=tuple(map(self._operation, channel.operations)),
            ready=channel.ready and self._message(channel.ready),
        )

    def _operation(self, operation: ClientOperation) -> ClientOperation:
        given = operation.arguments
        return replace(
            operation,
            message=self._message(operation.message),
            arguments=None if given is None else self._fields(given),
            replies=self._all(operation.replies),
            refusals=self._all(operation.refusals),
            end=self._all(operation.end),
        )

    def _all(self, messages: Iterable[ClientMessage]) -> tuple[ClientMessage, ...]:
        return tuple(map(self._message, messages))

    def _message(self, message: ClientMessage) -> ClientMessage:
        if id(message) not in self._messages:
            shape = self._shape(message.shape)
            name = shape.name if isinstance(shape, Reference) else message.name
            self._messages[id(message)] = replace(message, shape=shape, name=name)
        return self._messages[id(message)]

    def body(self, shape: Shape | Record) -> Shape | Record:
        """Return what a declaration says, with names."""
        if isinstance(shape, Record):
            rest = None if shape.rest is None else self._shape(shape.rest)
            return Record(self._fields(shape.fields), rest)
        return self._shape(shape)

    def _fields(self, fields: Iterable[Field]) -> tuple[Field, ...]:
        return tuple(replace(item, shape=self._shape(item.shape)) for item in fields)

    def _shape(self, shape: Shape) -> Shape:
        match shape:
            case Reference(at):
                return Reference(self._names[at])
            case ListOf(items):
                return ListOf(self._shape(items))
            case TupleOf(items, rest):
                named = tuple(map(self._shape, items))
                return TupleOf(named, None if rest is None else self._shape(rest))
            case MapOf(values):
                return MapOf(self._shape(values))
            case OneOf(parts):
                return OneOf(tuple(map(self._shape, parts)))
            case _:
                return shape


__all__ = ["describe"]
