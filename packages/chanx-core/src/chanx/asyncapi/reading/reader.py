"""From a document to its parts."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final, TypedDict

from chanx.asyncapi.reading.files import is_in_file
from chanx.asyncapi.reading.parts import (
    Channel,
    Contents,
    Document,
    Link,
    Message,
    Operation,
    Reply,
    SchemaRoot,
    Server,
)
from chanx.asyncapi.walk import (
    JsonObject,
    array_of,
    is_object,
    located,
    object_of,
    pointer,
)

_DRAFT_07: Final = re.compile(
    r"application/(?:vnd\.aai\.asyncapi\b|schema\+(?:json|yaml);\s*version=draft-07$)"
)
"""The ``schemaFormat`` of what AsyncAPI's own schemas are."""


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


class _Said(TypedDict):
    """The fields of a :class:`Part`."""

    pointer: str
    summary: str
    description: str
    extensions: Mapping[str, Any]


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
        operations = [self._operation(*part) for part in self._described("operations")]
        messages += [item for item in self._messages.values() if is_in_file(item.pointer)]
        own = [
            root
            for message in messages
            for root in (message.payload, message.headers, *message.more_headers)
        ]
        own += [root for channel in channels for root in (channel.query, channel.headers)]
        own += [root for channel in channels for root in self._extensions(channel)]
        own += [_root(*part) for part in self._within("components", "schemas")]
        return Contents(
            document=self._document,
            servers=tuple(self._server(*part) for part in self._described("servers")),
            channels=tuple(channels),
            operations=tuple(operations),
            messages=tuple(messages),
            schema_roots=tuple(root for root in own if root),
        )

    def _extensions(self, channel: Channel) -> Iterator[SchemaRoot]:
        """Yield the schemas of a channel's cookies, and of what its parameters stand for."""
        places = [(channel.extensions.get("x-cookies"), f"{channel.pointer}/x-cookies")]
        for name, item in channel.parameters.items():
            at = f"{channel.pointer}/parameters{pointer(name)}"
            parameter, where = located(self._document, item, at)
            places.append((object_of(parameter).get("x-schema"), f"{where}/x-schema"))
        yield from (SchemaRoot(at, schema) for schema, at in places if is_object(schema))

    def _described(self, kind: str) -> Iterable[tuple[JsonObject, str]]:
        """Return what is described of a kind, each once with its pointer.

        References of the document's own may lead to its components, or to what another file has.
        """
        found = {at: item for item, at in (*self._within(kind), *self._within("components", kind))}
        for key, given in object_of(self._document.get(kind)).items():
            item, at = located(self._document, given, pointer(kind, key))
            if is_object(item):
                found.setdefault(at, item)
        return [(item, at) for at, item in found.items()]

    def _within(self, *keys: str) -> Iterator[tuple[JsonObject, str]]:
        """Yield what is described under keys, each with its pointer.

        References are none of it, but for those to what is in another file.
        """
        found: Any = self._document
        for key in keys:
            found = object_of(found).get(key)
        for name, item in object_of(found).items():
            described, at = located(self._document, item, pointer(*keys, name))
            if is_object(described) and (described is item or is_in_file(at)):
                yield described, at

    def _server(self, given: JsonObject, at: str) -> Server:
        return Server(
            **self._said(given, at),
            host=_text(given.get("host")),
            pathname=_text(given.get("pathname")),
            protocol=_text(given.get("protocol")),
            variables=object_of(given.get("variables")),
        )

    def _channel(self, given: JsonObject, at: str) -> Channel:
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

    def _servers_of(self, channel: JsonObject) -> tuple[Server, ...]:
        own = array_of(channel.get("servers"))
        found = (located(self._document, item, "") for item in own)
        servers = tuple(self._server(*part) for part in found if is_object(part[0]))
        return servers if own else self._servers

    @cached_property
    def _servers(self) -> tuple[Server, ...]:
        given = object_of(self._document.get("servers")).items()
        found = (located(self._document, item, pointer("servers", key)) for key, item in given)
        return tuple(self._server(*part) for part in found if is_object(part[0]))

    def _message(self, given: JsonObject, at: str) -> Message:
        if at not in self._messages:
            headers, *more_headers = self._headers(given, at)
            self._messages[at] = Message(
                **self._said(given, at),
                name=self._text_of(given, "name"),
                payload=_root(given.get("payload", True), f"{at}/payload"),
                headers=headers,
                more_headers=tuple(more_headers),
                examples=tuple(object_of(item) for item in array_of(given.get("examples"))),
                content_type=self._text_of(given, "contentType"),
                correlation_id=self._correlation_id(given),
            )
        return self._messages[at]

    def _headers(self, given: JsonObject, at: str) -> list[SchemaRoot | None]:
        """Return the headers of a message: its own, and those of its traits from the last on."""
        traits = [
            located(self._document, item, f"{at}/traits/{index}")
            for index, item in enumerate(array_of(given.get("traits")))
        ]
        found = [
            _root(part["headers"], f"{where}/headers")
            for part, where in ((given, at), *reversed(traits))
            if is_object(part) and "headers" in part
        ]
        return found or [_root(True, f"{at}/headers")]

    def _correlation_id(self, given: JsonObject) -> str:
        traits = (located(self._document, item, "")[0] for item in array_of(given.get("traits")))
        for part in (given, *[*map(object_of, traits)][::-1]):
            found, _ = located(self._document, part.get("correlationId"), "")
            if location := _text(object_of(found).get("location")):
                return location
        return ""

    def _operation(self, given: JsonObject, at: str) -> Operation:
        channel = self._channel_link(given.get("channel"))
        reply, replied_at = located(self._document, given.get("reply"), f"{at}/reply")
        return Operation(
            **self._said(given, at),
            action=_text(given.get("action")),
            channel=channel,
            messages=self._messages_of(given, channel),
            reply=self._reply(reply, replied_at, channel) if is_object(reply) else None,
        )

    def _reply(self, given: JsonObject, at: str, channel: Link[Channel]) -> Reply:
        own = self._channel_link(given["channel"]) if "channel" in given else None
        messages = self._messages_of(given, own or Link("", None))
        return Reply(pointer=at, channel=own or channel, messages=messages)

    def _messages_of(self, given: JsonObject, channel: Link[Channel]) -> tuple[Link[Message], ...]:
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

    def _said(self, given: JsonObject, at: str) -> _Said:
        return {
            "pointer": at,
            "summary": self._text_of(given, "summary"),
            "description": self._text_of(given, "description"),
            "extensions": {key: item for key, item in given.items() if key.startswith("x-")},
        }

    def _text_of(self, given: JsonObject, key: str) -> str:
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


__all__ = ["payload_schema", "read"]
