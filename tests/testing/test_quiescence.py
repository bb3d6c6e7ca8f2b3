"""Waiting ends when nothing moves any more, long before its time is up."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Literal

import pytest

from chanx.core.decorators import event_handler, ws_handler
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import ChannelLayer, MemoryLayer
from chanx.messages import BaseMessage, PingMessage, PongMessage
from chanx.testing import WebsocketCommunicator
from chanx.testing.contract.client import settled
from tests.held_time import HeldTime


@pytest.fixture(autouse=True)
def no_time_is_burnt() -> Iterator[None]:
    before = time.monotonic()
    yield
    assert time.monotonic() - before < LONG / 2


LONG = 60.0


class Say(BaseMessage):
    action: Literal["say"] = "say"


class Said(BaseMessage):
    action: Literal["said"] = "said"


class Renamed(BaseMessage):
    action: Literal["renamed"] = "renamed"


class Elsewhere(BaseMessage):
    action: Literal["elsewhere"] = "elsewhere"


class Beside(BaseMessage):
    action: Literal["beside"] = "beside"


class Room(AsyncJsonWebsocketConsumer[Renamed]):
    groups = ("room",)
    emits = (Said,)

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()

    @ws_handler
    async def say(self, message: Say) -> None:
        for _ in range(3):
            await asyncio.to_thread(time.sleep, 0.005)
            await self.broadcast_message(Said())

    @ws_handler
    async def elsewhere(self, message: Elsewhere) -> AsyncIterator[PongMessage]:
        for _ in range(3):
            await asyncio.to_thread(time.sleep, 0.005)
            yield PongMessage()

    @ws_handler(concurrent=True)
    async def beside(self, message: Beside) -> PongMessage:
        await asyncio.to_thread(time.sleep, 0.01)
        return PongMessage()

    @event_handler
    async def renamed(self, event: Renamed) -> Said:
        await asyncio.to_thread(time.sleep, 0.005)
        return Said()


def connection() -> WebsocketCommunicator:
    return WebsocketCommunicator(Room.as_asgi(), "/", consumer=Room)


async def test_nothing_is_known_at_once() -> None:
    async with connection() as client:
        assert await client.receive_nothing(timeout=LONG)
        assert await client.receive_all_json(timeout=LONG) == []


async def test_what_was_sent_at_once_is_all_answered() -> None:
    async with connection() as client:
        for _ in range(100):
            await client.send_message(PingMessage())
        assert len(await client.receive_all_json(timeout=LONG)) == 100


async def test_a_handler_that_works_in_a_thread_is_waited_for() -> None:
    async with connection() as client:
        await client.send_message(Elsewhere())
        assert not await client.receive_nothing(timeout=LONG)
        assert await client.receive_all_json(timeout=LONG) == [{"action": "pong"}] * 3


async def test_a_handler_that_runs_beside_others_is_waited_for() -> None:
    async with connection() as client:
        for _ in range(3):
            await client.send_message(Beside())
        assert len(await client.receive_all_json(timeout=LONG)) == 3


async def test_a_broadcast_is_waited_for_by_every_connection() -> None:
    async with connection() as one, connection() as other:
        await one.send_message(Say())
        assert await other.receive_all_json(timeout=LONG) == [{"action": "said"}] * 3
        assert await one.receive_all_json(timeout=LONG) == [{"action": "said"}] * 3


async def test_an_event_on_its_way_is_waited_for() -> None:
    async with connection() as client:
        await Room.broadcast_event(Renamed())
        assert await client.receive_all_json(timeout=LONG) == [{"action": "said"}]


async def test_a_close_ends_the_wait() -> None:
    class Closing(Room):
        async def post_authentication(self) -> None:
            await self.close()

    async with WebsocketCommunicator(Closing.as_asgi(), "/", consumer=Closing) as client:
        assert await client.receive_all_json(timeout=LONG) == []
        assert not await client.receive_nothing(timeout=LONG)


async def test_over_a_layer_that_cannot_be_seen_into_the_time_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Late(MemoryLayer):
        """Delivers when a test says so, as a layer with a server does some time later."""

        async def group_send(self, group: str, message: object) -> None:
            pass

        async def deliver(self) -> None:
            for channel in self.members_of("room"):
                await self.send(channel, {"type": "chanx.broadcast", "text": "{}"})

    late = Late()

    class Distant(Room):
        @classmethod
        def find_channel_layer(cls) -> ChannelLayer | None:
            return late

    class Client(WebsocketCommunicator):
        local_layers = ()

    async with Client(Distant.as_asgi(), "/", consumer=Distant) as client:
        await Distant.broadcast_event(Renamed())
        with monkeypatch.context() as context:
            # Else the time is over before the message comes, where the process stalls.
            held = HeldTime(context)
            receiving = asyncio.create_task(client.receive_all_json(timeout=1))
            await settled()
            await late.deliver()
            await settled()
            assert not receiving.done()
            await held.advance(1)
            assert await receiving == [{}]
