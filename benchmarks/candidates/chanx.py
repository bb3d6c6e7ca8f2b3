"""chanx, with its default settings."""

import asyncio
from collections.abc import Sequence
from typing import Literal

from benchmarks.driver import Application
from benchmarks.payloads import Line, LineMessage, Reading, Shape
from chanx.core.decorators import ws_handler
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage


class ChatLine(BaseMessage):
    """One text, short or long."""

    action: Literal["line"] = "line"
    payload: Line


class Readings(BaseMessage):
    """A list of small objects."""

    action: Literal["readings"] = "readings"
    payload: list[Reading]


def echo(shape: Shape, *, camelize: bool = False, groups: Sequence[str] = ()) -> Application:
    """Return an application that sends each typed message of a shape back.

    Args:
        shape: The shape.
        camelize: Spell declared names in camelCase.
        groups: Groups that each connection joins.
    """
    kind = ChatLine if shape.message is LineMessage else Readings

    class Echo(AsyncJsonWebsocketConsumer):
        @ws_handler(input_type=kind, output_type=kind)
        async def echo(self, message: BaseMessage) -> BaseMessage:
            return message

    Echo.camelize = camelize
    Echo.groups = groups
    return Echo.as_asgi()


def member(group: str, present: "asyncio.Queue[AsyncJsonWebsocketConsumer]") -> Application:
    """Return an application whose connections receive what is broadcast to a group.

    Args:
        group: The group.
        present: Receives the consumer of each connection that has joined it.
    """

    class Member(AsyncJsonWebsocketConsumer):
        groups = (group,)

        async def post_authentication(self) -> None:
            present.put_nowait(self)

    return Member.as_asgi()
