"""chanx, with its default settings."""

import asyncio
from collections.abc import Sequence
from typing import Any, Literal

from benchmarks.driver import Application
from benchmarks.payloads import Line, LineMessage, Reading, Shape
from chanx.core.decorators import event_handler, ws_handler
from chanx.core.observer import ObserverFactory
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import DEFAULT_ALIAS, MemoryLayer, register_layer
from chanx.messages import BaseMessage


class ChatLine(BaseMessage):
    """One text, short or long."""

    action: Literal["line"] = "line"
    payload: Line


class Readings(BaseMessage):
    """A list of small objects."""

    action: Literal["readings"] = "readings"
    payload: list[Reading]


def echo(
    shape: Shape,
    *,
    camelize: bool = False,
    groups: Sequence[str] = (),
    observers: Sequence[ObserverFactory] | None = None,
) -> Application:
    """Return an application that sends each typed message of a shape back.

    Args:
        shape: The shape.
        camelize: Spell declared names in camelCase.
        groups: Groups that each connection joins.
        observers: Who observes them; None for nobody.
    """
    kind = ChatLine if shape.message is LineMessage else Readings

    class Echo(AsyncJsonWebsocketConsumer):
        @ws_handler(input_type=kind, output_type=kind)
        async def echo(self, message: BaseMessage) -> BaseMessage:
            return message

    Echo.camelize = camelize
    Echo.groups = groups
    Echo.observers = observers
    return Echo.as_asgi()


def echo_later(shape: Shape) -> Application:
    """Return one whose handler awaits once what is not there yet, as a query of a database."""
    kind = ChatLine if shape.message is LineMessage else Readings

    class Echo(AsyncJsonWebsocketConsumer):
        @ws_handler(input_type=kind, output_type=kind)
        async def echo(self, message: BaseMessage) -> BaseMessage:
            await asyncio.sleep(0)
            return message

    return Echo.as_asgi()


class DistantLayer(MemoryLayer):
    """A layer that makes a join wait, as one with a server does."""

    async def group_add(self, group: str, channel: str) -> None:
        """Make a channel a member of a group."""
        await asyncio.sleep(0)
        await super().group_add(group, channel)


def echo_on_distant_layer(shape: Shape) -> Application:
    """Return one whose connections join a group over a layer that makes them wait."""
    register_layer("distant", DistantLayer())
    kind = ChatLine if shape.message is LineMessage else Readings

    class Echo(AsyncJsonWebsocketConsumer):
        groups = ("room",)
        channel_layer_alias = "distant"

        @ws_handler(input_type=kind, output_type=kind)
        async def echo(self, message: BaseMessage) -> BaseMessage:
            return message

    return Echo.as_asgi()


def listener(group: str, present: "asyncio.Queue[AsyncJsonWebsocketConsumer[Any]]") -> Application:
    """Return one whose connections handle a typed event, and send it on.

    Args:
        group: The group.
        present: Receives the consumer of each connection that has joined it.
    """

    class Listener(AsyncJsonWebsocketConsumer[ChatLine]):
        groups = (group,)

        async def post_authentication(self) -> None:
            present.put_nowait(self)

        @event_handler
        async def pass_on(self, event: ChatLine) -> ChatLine:
            return event

    return Listener.as_asgi()


def member(
    group: str,
    present: "asyncio.Queue[AsyncJsonWebsocketConsumer[Any]]",
    alias: str = DEFAULT_ALIAS,
) -> Application:
    """Return an application whose connections receive what is broadcast to a group.

    Args:
        group: The group.
        present: Receives the consumer of each connection that has joined it.
        alias: The alias of the channel layer.
    """

    class Member(AsyncJsonWebsocketConsumer):
        groups = (group,)
        channel_layer_alias = alias

        async def post_authentication(self) -> None:
            present.put_nowait(self)

    return Member.as_asgi()
