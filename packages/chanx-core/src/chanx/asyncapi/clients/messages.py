"""The messages of a document, as clients know them."""

import json
from ast import literal_eval
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from chanx.asyncapi.clients.declared import names_of, record_of
from chanx.asyncapi.clients.description import ClientMessage, Note
from chanx.asyncapi.clients.naming import plain_name, type_name
from chanx.asyncapi.clients.schemas import Schemas
from chanx.asyncapi.clients.shapes import Record, Reference, Shape
from chanx.asyncapi.diffing.wire import WireMessage
from chanx.asyncapi.reading import Message
from chanx.asyncapi.telling import closed_of
from chanx.asyncapi.walk import array_of, is_array, is_object, located, object_of, tokens_of
from chanx.constants import MESSAGE_ACTION_COMPLETE

_PAYLOAD: Final = "$message.payload#/"
_LIKELY: Final = (
    *("ref", "request_id", "requestId", "correlation_id", "correlationId", "reqid", "req_id"),
    *("msg_id", "msgId", "message_id", "messageId", "nonce", "id"),
)
"""Properties that are often the id of a request, the likelier first."""


class Messages:
    """Describes messages, each once.

    Args:
        document: The document, of one piece.
        schemas: What makes shapes.

    Attributes:
        notes: What clients do without.
    """

    def __init__(self, document: Mapping[str, Any], schemas: Schemas) -> None:
        self.notes: list[Note] = []
        self._document = document
        self._schemas = schemas
        self._records: dict[str, str] = {}  # pointers of types, each with the message that has it
        self._made: dict[tuple[str, str], ClientMessage] = {}

    def describe(self, wire: WireMessage, read: Message, telling: str) -> ClientMessage | None:
        """Return a message; None if it is not one of JSON.

        Args:
            wire: What the document says of it on the wire.
            read: What is read of it.
            telling: The property by which the messages of its channel are told apart.
        """
        if wire.content_type != "json" or wire.payload is None:
            note = Note(wire.pointer, f"{wire.name} is not JSON: clients leave it out")
            if note not in self.notes:
                self.notes.append(note)
            return None
        known = (wire.pointer, telling)
        if known not in self._made:
            self._made[known] = self._described(wire, read, telling)
        return self._made[known]

    def _described(self, wire: WireMessage, read: Message, telling: str) -> ClientMessage:
        assert wire.payload is not None
        at = wire.payload.pointer
        tags = {
            name: tuple(sorted((literal_eval(value) for value in values), key=repr))
            for name, values in sorted(closed_of(self._document, read).items())
        }
        values = tags.get(telling, ())
        name = self._name(wire, values)
        shape = self._own(self._schemas.shape(wire.payload.schema, at, name), wire, read, name)
        record = self.record(shape)
        fields = record.fields if record else ()
        correlation = self._correlation(wire)
        is_complete = values == (MESSAGE_ACTION_COMPLETE,) and {field.name for field in fields} <= {
            telling,
            *correlation,
        }
        return ClientMessage(
            name=name,
            key=values[0] if len(values) == 1 and isinstance(values[0], str) else plain_name(name),
            shape=shape,
            description=read.summary or read.description or self._said_of(shape),
            values=values,
            tags=tags,
            required=tuple(field.name for field in fields if field.is_required),
            constants={
                field.name: tags[field.name][0]
                for field in fields
                if len(tags.get(field.name, ())) == 1
                and (field.is_required or field.name == telling)
            },
            correlation=correlation,
            correlation_kind=self._correlation_kind(wire.payload.schema, correlation),
            is_error=wire.extensions.get("x-outcome") == "error" or values == ("error",),
            is_complete=is_complete,
            schema=wire.payload.schema,
            pointer=wire.pointer,
        )

    def _name(self, wire: WireMessage, values: tuple[Any, ...]) -> str:
        tokens = tokens_of(wire.pointer)
        key = tokens[-1] if len(tokens) > 1 and tokens[-2] == "messages" else wire.key
        told = values[0] if len(values) == 1 and isinstance(values[0], str) else ""
        return type_name(key or told or wire.name or "message")

    def _own(self, shape: Shape, wire: WireMessage, read: Message, name: str) -> Shape:
        """Return a shape that no other message has: handlers are found by it."""
        if isinstance(shape, Reference):
            declared = self._schemas.declared[shape.name]
            if isinstance(declared.shape, Record) and shape.name not in self._records:
                self._records[shape.name] = wire.pointer
                declared.description = declared.description or read.summary or read.description
                return shape
        said = read.summary or read.description
        return self._schemas.declare_message(wire.pointer, name, shape, said)

    def record(self, shape: Shape) -> Record | None:
        """Return what an object of a shape has; None if it is not an object with known names.

        Args:
            shape: The shape.
        """
        return record_of(self._schemas.declared, shape)

    def _said_of(self, shape: Shape) -> str:
        if not isinstance(shape, Reference):
            return ""
        return self._schemas.declared[shape.name].description

    def _correlation(self, wire: WireMessage) -> tuple[str, ...]:
        if wire.correlation.startswith(_PAYLOAD):
            return tuple(tokens_of(wire.correlation.removeprefix("$message.payload")))
        if wire.correlation:
            self.notes.append(
                Note(wire.pointer, f"its correlation id, {wire.correlation}, is not in the payload")
            )
        return ()

    def _correlation_kind(self, schema: Any, path: tuple[str, ...]) -> Literal["integer", "string"]:
        found: Any = schema
        for name in path:
            found, _ = located(self._document, found, "")
            found = object_of(object_of(found).get("properties")).get(name)
        found, _ = located(self._document, found, "")
        if not is_object(found):
            return "integer"
        union = [*array_of(found.get("anyOf")), *array_of(found.get("oneOf"))]
        parts = [object_of(located(self._document, part, "")[0]) for part in (found, *union)]
        kinds: list[Any] = []
        for part in parts:
            kind = part.get("type")
            kinds += kind if is_array(kind) else [kind] if kind else []
        return "string" if kinds and not {"integer", "number"} & set(kinds) else "integer"

    def correlation_of(self, messages: Iterable[ClientMessage]) -> tuple[str, ...]:
        """Return where most messages have the id of a request.

        Args:
            messages: Those that are sent.
        """
        paths = Counter(message.correlation for message in messages if message.correlation)
        return min(paths, key=lambda path: (-paths[path], path)) if paths else ()

    def likely_correlation(
        self, sent: Iterable[ClientMessage], received: Iterable[ClientMessage]
    ) -> str:
        """Return a property that looks like the id of a request; "" if there is none.

        Args:
            sent: What is sent.
            received: What is received.
        """
        asked, answered = (
            {name for message in group for name in self._names(message)}
            for group in (sent, received)
        )
        return next((name for name in _LIKELY if name in asked & answered), "")

    def has_field(self, message: ClientMessage, name: str) -> bool:
        """Return whether a message is an object that has a property.

        Args:
            message: The message.
            name: The property.
        """
        return name in self._names(message)

    def _names(self, message: ClientMessage) -> frozenset[str]:
        return names_of(self._schemas.declared, message.shape)


def patch_for(pointers: Iterable[str], name: str) -> str:
    """Return the JSON merge patch that says where the id of requests stands.

    Args:
        pointers: Where the messages are described.
        name: The property.
    """
    patch: dict[str, Any] = {}
    for at in sorted(pointers):
        below = patch
        for token in tokens_of(at):
            below = below.setdefault(token, {})
        below["correlationId"] = {"location": f"$message.payload#/{name}"}
    return json.dumps(patch)


__all__ = ["Messages", "patch_for"]
