"""A layer that has a server, as the contracts of layers use it, and consumers on it."""

import asyncio
from collections.abc import Sequence
from typing import Any, ClassVar

import pytest

from chanx.core.decorators import event_handler, ws_handler
from chanx.testing.contract.adapter import Consumer, Contract, WatchedLayer
from chanx.testing.contract.client import Client
from chanx.testing.contract.messages import News, Said, Say, Wait


class ServerLayer(WatchedLayer):
    """A layer that works as one with a server does.

    It subscribes for each channel, has to be asked for messages, ends a channel when a pending
    ``receive()`` is cancelled and not otherwise, and waits for its server in each call.
    """

    # So that consumers treat it as one with a server: no call of theirs is cut off, and none is
    # direct.
    is_local = False
    # A protocol's method that is None counts as missing (typing.runtime_checkable), so that it is
    # no PushLayer.
    subscribe: Any = None

    def __init__(self) -> None:
        super().__init__()
        self.made: int = 0
        self.subscribed: set[str] = set()
        self.calls: list[str] = []
        self.failures: list[BaseException] = []
        """What the next calls of ``receive`` raise."""
        self.brought: list[Any] = []
        """What the next calls of ``receive`` return, in place of what was sent."""
        self.may_answer: asyncio.Event = asyncio.Event()
        """Cleared: calls wait for the server."""
        self.may_answer.set()

    def left(self) -> set[str]:
        """Return the channels, and the groups with members, that are left."""
        return super().left() | self.subscribed

    async def new_channel(self) -> str:
        """Return the name of a new channel, once it is subscribed to."""
        channel = await super().new_channel()
        self.made += 1
        self.subscribed.add(channel)
        await self._answer()
        return channel

    async def receive(self, channel: str) -> Any:
        """Wait for the next message of a channel."""
        assert channel in self.subscribed, "A channel that has ended is received from."
        if self.failures:
            raise self.failures.pop(0)
        try:
            message = await super().receive(channel)
            return self.brought.pop(0) if self.brought else message
        # Only here: a channel that nobody was cancelled at is one that leaks.
        except asyncio.CancelledError:
            self.subscribed.remove(channel)
            raise

    async def group_add(self, group: str, channel: str) -> None:
        """Make a channel a member of a group, at some time before the call ends."""
        assert channel in self.subscribed, "A channel that has ended joins a group."
        self.calls.append(f"add {group}")
        await self._answer()
        await super().group_add(group, channel)
        # After the change: a cancellation may come when the server has done it and the caller does
        # not know.
        await asyncio.sleep(0)

    async def group_discard(self, group: str, channel: str) -> None:
        """Take a channel out of a group, at some time before the call ends."""
        self.calls.append(f"discard {group}")
        await self._answer()
        await super().group_discard(group, channel)
        await asyncio.sleep(0)

    async def _answer(self) -> None:
        await asyncio.sleep(0)
        await self.may_answer.wait()


class Echo(Consumer):
    """Has nothing to do with the layer."""

    @ws_handler
    async def say(self, message: Say) -> Said:
        return Said(payload=message.payload)

    @ws_handler
    async def wait(self, message: Wait) -> None:
        await asyncio.Event().wait()


class Room(Echo):
    """Is in a group."""

    groups: Sequence[str] = ("room",)

    @ws_handler
    async def say(self, message: Say) -> None:  # type: ignore[override]
        await self.broadcast_message(Said(payload=message.payload))


class Reader(Consumer):
    """Takes events."""

    groups: Sequence[str] = ("readers",)

    @event_handler
    async def news(self, event: News) -> Said:
        return Said(payload=event.payload)


async def is_idle(client: Client) -> None:
    """Not even begin."""


class ServerLayerContract(Contract):
    layer_class: ClassVar[type[WatchedLayer]] = ServerLayer

    @pytest.fixture
    def server(self, layer: WatchedLayer) -> ServerLayer:
        """The test's layer."""
        assert isinstance(layer, ServerLayer)
        return layer


__all__ = ["Echo", "Reader", "Room", "ServerLayer", "ServerLayerContract", "is_idle"]
