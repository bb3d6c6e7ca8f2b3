"""From a document to what it says of the wire."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final, TypeAlias

from chanx.asyncapi.diffing.wire import (
    PARAMETER,
    Sender,
    WireChannel,
    WireDocument,
    WireMessage,
    WireOperation,
    shape_of,
)
from chanx.asyncapi.reading import Channel, Contents, Message, Operation
from chanx.asyncapi.telling import Tags, telling_of, telling_property
from chanx.asyncapi.walk import array_of, is_object, located, object_of, pointer, resolve

_NOT_ON_THE_WIRE: Final = frozenset({"description", "bearerFormat", "title", "summary", "tags"})

_Made: TypeAlias = Callable[[Message], WireMessage]


def describe(contents: Contents, beside: Contents | None = None) -> WireDocument:
    """Return what a document says of the wire.

    Args:
        contents: What is read of the document.
        beside: What is read of one that it is compared with: both then tell their messages apart
            by the same properties, which one may list where the other has a type. None for none.
    """
    others = None if beside is None else _Describer(beside)
    return _Describer(contents, others).document()


class _Describer:
    """Describes one document.

    Args:
        contents: What is read of it.
        beside: Describes the one that it is compared with.
    """

    def __init__(self, contents: Contents, beside: "_Describer | None" = None) -> None:
        self._contents = contents
        self._beside = beside
        self._document = contents.document
        info = object_of(self._document.get("info"))
        self._is_of_client = info.get("x-perspective") == "client"
        self._version = str(info.get("version", ""))
        self._telling: dict[str, str] = {}
        self._tags: dict[str, Tags] = {}

    @cached_property
    def _groups(self) -> dict[str, list[tuple[str, Channel]]]:
        """The channels by their shapes, with their keys."""
        channels = {channel.pointer: channel for channel in self._contents.channels}
        groups: dict[str, list[tuple[str, Channel]]] = {}
        for key, at in self._keys("channels"):
            if at in channels:
                channel = channels[at]
                shape = shape_of(channel.address) if channel.address is not None else f"#{key}"
                groups.setdefault(shape, []).append((key, channel))
        return groups

    def document(self) -> WireDocument:
        groups = self._groups
        operations = {operation.pointer: operation for operation in self._contents.operations}
        named = [(key, operations[at]) for key, at in self._keys("operations") if at in operations]
        servers = {
            self._server_name(object_of(self._resolved(at))): self._security(self._resolved(at))
            for _, at in self._keys("servers")
        }
        return WireDocument(
            document=self._document,
            is_of_client=self._is_of_client,
            version=self._version,
            servers=servers,
            channels={shape: self._channel(shape, group, named) for shape, group in groups.items()},
        )

    def _keys(self, kind: str) -> Iterator[tuple[str, str]]:
        for key, given in object_of(self._document.get(kind)).items():
            found, at = located(self._document, given, pointer(kind, key))
            if is_object(found):
                yield key, at

    def _resolved(self, at: str) -> Any:
        try:
            return resolve(self._document, at)
        except LookupError:
            return None

    def _server_name(self, given: Mapping[str, Any]) -> str:
        return f"{given.get('protocol', '')}://{given.get('host', '')}{given.get('pathname', '')}"

    def _channel(
        self, shape: str, group: list[tuple[str, Channel]], named: list[tuple[str, Operation]]
    ) -> WireChannel:
        _, first = group[0]
        places = {channel.pointer for _, channel in group}
        own = [
            (key, item)
            for key, item in named
            if item.channel.target and item.channel.target.pointer in places
        ]
        telling = telling_property(self.all_tags(shape))
        keys = {
            link.target.pointer: key
            for _, channel in group
            for key, link in channel.messages.items()
            if link.target
        }
        made: dict[str, WireMessage] = {}

        def message(given: Message) -> WireMessage:
            if given.pointer not in made:
                made[given.pointer] = self._message(given, telling, keys.get(given.pointer, ""))
            return made[given.pointer]

        operations = [self._operation(key, item, message) for key, item in own]
        sent: dict[Sender, dict[str, WireMessage]] = {"client": {}, "server": {}}
        for operation in operations:
            for item in operation.messages:
                sent[operation.sender][item.pointer] = item
            for item in operation.replies or ():
                sent[_other(operation.sender)][item.pointer] = item
        if not own:
            everything = {
                link.target.pointer: message(link.target)
                for _, channel in group
                for link in channel.messages.values()
                if link.target
            }
            sent = {"client": everything, "server": everything}
        extensions = {
            key: value for _, channel in group for key, value in channel.extensions.items()
        }
        if is_object(beat := extensions.get("x-heartbeat")) and "operation" in beat:
            # By what is sent, not by the operation's key.
            sent_by = self._names_of(beat["operation"], message)
            extensions["x-heartbeat"] = {**beat, "operation": sent_by}
        if is_object(told := extensions.get("x-reconnect")) and "message" in told:
            extensions["x-reconnect"] = {
                **told,
                "message": self._names_of(told["message"], message),
            }
        if "x-ready" in extensions:
            extensions["x-ready"] = self._names_of(extensions["x-ready"], message)
        return WireChannel(
            keys=tuple(key for key, _ in group),
            address=first.address if first.address is not None else shape[1:],
            shape=shape,
            pointer=first.pointer,
            parameters=tuple(self._parameters(first)),
            query=first.query,
            headers=first.headers,
            messages={sender: tuple(found.values()) for sender, found in sent.items()},
            operations=tuple(operations),
            extensions=extensions,
        )

    def _parameters(self, channel: Channel) -> Iterator[tuple[str, Any]]:
        for name in PARAMETER.findall(channel.address or ""):
            given, _ = located(self._document, channel.parameters.get(name), "")
            described = object_of(given)
            parts: list[Any] = [{"type": "string"}]
            if "enum" in described:
                parts.append({"enum": described["enum"]})
            if is_object(described.get("x-schema")):
                # The address has it as text, whatever it is read as.
                parts = [described["x-schema"], *parts[1:]]
            default = {"default": described["default"]} if "default" in described else {}
            yield name, {"allOf": parts, **default}

    def all_tags(self, shape: str) -> list[Tags]:
        """Return the tags of the messages of an address, in both documents."""
        messages = {
            link.target.pointer: link.target
            for _, channel in self._groups.get(shape, ())
            for link in channel.messages.values()
            if link.target
        }
        others = [] if self._beside is None else self._beside.all_tags(shape)
        # Values of the two count apart: what has changed does not tell more than what has not.
        apart = [
            {name: frozenset(f"{value} beside" for value in tags[name]) for name in tags}
            for tags in others
        ]
        return [*map(self._tags_of, messages.values()), *apart]

    def _tags_of(self, message: Message) -> Tags:
        if message.pointer not in self._tags:
            telling = telling_of(self._document, message)
            self._tags[message.pointer] = telling.tags if telling else {}
        return self._tags[message.pointer]

    def _message(self, message: Message, telling: str, key: str) -> WireMessage:
        values = self._tags_of(message).get(telling, frozenset[str]())
        raw = object_of(self._resolved(message.pointer))
        payload = message.payload.schema if message.payload else None
        reference = str(payload.get("$ref", "")) if is_object(payload) else ""
        correlation, _ = located(self._document, self._said(raw, "correlationId"), "")
        content_type = self._said(raw, "contentType") or self._document.get("defaultContentType")
        return WireMessage(
            values=values,
            name=", ".join(sorted(map(_plain, values))) or message.name or key,
            key=key,
            payload=message.payload,
            schema_name=reference.rpartition("/")[2],
            pointer=message.pointer,
            correlation=str(object_of(correlation).get("location", "")),
            content_type=_content_type(str(content_type or "application/json")),
            extensions=message.extensions,
        )

    def _said(self, raw: Mapping[str, Any], key: str) -> Any:
        """Return what a part or the last of its traits says."""
        traits = (located(self._document, item, "")[0] for item in array_of(raw.get("traits")))
        given = [object_of(item).get(key) for item in traits]
        return next((item for item in (raw.get(key), *given[::-1]) if item is not None), None)

    def _operation(self, key: str, operation: Operation, message: _Made) -> WireOperation:
        raw = object_of(self._resolved(operation.pointer))
        is_read = (operation.action == "receive") != self._is_of_client
        replies = operation.reply
        extensions = dict(operation.extensions)
        if "x-cancel" in extensions:
            extensions["x-cancel"] = self._names_of(extensions["x-cancel"], message)
        if is_object(stream := extensions.get("x-stream")) and operation.channel.target:
            links = operation.channel.target.messages
            ends = [links.get(str(end)) for end in array_of(stream.get("end"))]
            extensions["x-stream"] = sorted(
                message(link.target).name if link and link.target else "?" for link in ends
            )
        return WireOperation(
            key=key,
            pointer=operation.pointer,
            sender="client" if is_read else "server",
            messages=tuple(message(link.target) for link in operation.messages if link.target),
            replies=None
            if replies is None
            else tuple(message(link.target) for link in replies.messages if link.target),
            security=self._security(raw),
            extensions=extensions,
        )

    def _names_of(self, given: Any, message: _Made) -> list[str]:
        """Return the names of the messages that a reference leads to, or those of its operation."""
        found, at = located(self._document, given, "")
        for operation in self._contents.operations:
            if operation.pointer == at:
                return sorted(
                    message(link.target).name for link in operation.messages if link.target
                )
        for item in self._contents.messages:
            if item.pointer == at:
                return [message(item).name]
        return [json.dumps(found, sort_keys=True, default=str)]

    def _security(self, raw: Any) -> frozenset[str]:
        return frozenset(
            json.dumps(
                {
                    key: value
                    for key, value in object_of(located(self._document, item, "")[0]).items()
                    if key not in _NOT_ON_THE_WIRE
                    and (not key.startswith("x-") or key == "x-subprotocol")
                },
                sort_keys=True,
            )
            for item in array_of(self._said(object_of(raw), "security"))
        )


def _other(sender: Sender) -> Sender:
    return "server" if sender == "client" else "client"


def _plain(value: str) -> str:
    return value[1:-1] if value[:1] in "'\"" else value


def _content_type(given: str) -> str:
    bare = given.partition(";")[0].strip().lower()
    return "json" if bare in ("application/json", "text/json") or bare.endswith("+json") else bare


__all__ = ["describe"]
