"""Holds every frame that crosses an application's sockets against the application's document."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import jsonschema_rs

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]
Direction: TypeAlias = Literal["receive", "send"]


class Channel:
    """What a document says of one address."""

    def __init__(self, key: str, document: Mapping[str, Any]) -> None:
        address: str = document["channels"][key]["address"]
        literals = map(re.escape, re.split(r"\{[^{}]*\}", address))
        self._address = re.compile("[^/]+".join(literals))
        self._messages = {
            direction: {
                reference: _validator(document, reference)
                for reference in _references(document, key, direction)
            }
            for direction in ("receive", "send")
        }

    def is_at(self, path: str) -> bool:
        """Whether a connection with this path is to this channel."""
        return self._address.fullmatch(path) is not None

    def matching(self, frame: Any, direction: Direction) -> list[str]:
        """The messages that a frame is, among those that the server receives or sends."""
        messages = self._messages[direction].items()
        return [reference for reference, validator in messages if validator.is_valid(frame)]


def _references(document: Mapping[str, Any], channel: str, direction: str) -> set[str]:
    found: set[str] = set()
    operation: dict[str, Any]
    for operation in document["operations"].values():
        reply: dict[str, Any] = {**operation.get("reply", {}), "action": "send"}
        for part in (operation, reply):
            if part["action"] == direction:
                found |= {message["$ref"] for message in part.get("messages", ())}
    return {reference for reference in found if reference.startswith(f"#/channels/{channel}/")}


def _validator(document: Mapping[str, Any], reference: str) -> jsonschema_rs.Draft7Validator:
    _, _, channel, _, key = reference.split("/")
    component = document["channels"][channel]["messages"][key]["$ref"]
    return jsonschema_rs.Draft7Validator(
        {"allOf": [{"$ref": f"{component}/payload"}], "components": document["components"]}
    )


@dataclass
class Connection:
    """The frames of one connection."""

    path: str
    received: list[Any] = field(default_factory=list[Any])
    sent: list[Any] = field(default_factory=list[Any])


class Truth:
    """Serves an application and keeps the frames of its sockets.

    Args:
        app: The application.
        document: Its AsyncAPI document, of the server's perspective.
    """

    def __init__(self, app: Any, document: Mapping[str, Any]) -> None:
        self._app = app
        self._channels = [Channel(key, document) for key in document["channels"]]
        self.connections: list[Connection] = []

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        connection = Connection(scope["path"])
        self.connections.append(connection)

        async def receive_and_keep() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive":
                connection.received.append(_frame(message))
            return message

        async def send_and_keep(message: Message) -> None:
            if message["type"] == "websocket.send":
                connection.sent.append(_frame(message))
            await send(message)

        await self._app(scope, receive_and_keep, send_and_keep)

    def check(self) -> None:
        """Fail unless each frame is exactly one message of its channel, in its direction.

        A client may send what is not a message: as often as it is told so by an error.
        """
        for connection in self.connections:
            if connection.received or connection.sent:
                [channel] = [one for one in self._channels if one.is_at(connection.path)]
                _check(connection, channel)


def _check(connection: Connection, channel: Channel) -> None:
    for frame in connection.sent:
        found = channel.matching(frame, "send")
        assert len(found) == 1, f"the server sent {frame!r}, which is {found or 'no message'}"
    nonsense: list[Any] = []
    for frame in connection.received:
        found = channel.matching(frame, "receive")
        assert len(found) <= 1, f"a client sent {frame!r}, which is {found}"
        nonsense += [] if found else [frame]
    errors = [frame for frame in connection.sent if frame["action"] == "error"]
    assert len(nonsense) <= len(errors), f"no message, and yet no error: {nonsense!r}"


def _frame(message: Message) -> Any:
    """The JSON of a frame; of one that has none a text, which no message is."""
    try:
        return json.loads(message["text"])
    except (KeyError, TypeError, ValueError):
        return repr(message)
