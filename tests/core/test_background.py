"""How long the end of a connection waits for handlers that finish once they began."""

import asyncio
from typing import ClassVar

import pytest

from chanx.core.decorators import ws_handler
from chanx.core.limits import Limits
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.testing.contract.client import Client, settled
from chanx.testing.contract.messages import Said, Say, Wait
from tests.held_time import HeldTime


class Room(AsyncJsonWebsocketConsumer):
    limits = Limits(close_timeout=1.0)
    may_end: ClassVar[asyncio.Event]
    ends: ClassVar[list[str]]

    @ws_handler(shield=True, concurrent=True)
    async def say(self, message: Say) -> Said:
        await self.may_end.wait()
        self.ends.append("say")
        return Said(payload="said")

    @ws_handler(shield=True, concurrent=True)
    async def wait(self, message: Wait) -> Said:
        try:
            await asyncio.Event().wait()
        finally:
            self.ends.append("wait")
        return Said(payload="waited")


async def test_those_of_a_connection_that_its_server_cancels_share_one_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Room.may_end, Room.ends = asyncio.Event(), []
    async with Client(Room.as_asgi()) as client:
        await client.open()
        client.send(action="say", payload="first")
        client.send(action="wait")
        await settled()
        held = HeldTime(monkeypatch)
        assert client.running is not None
        client.running.cancel()
        await held.advance(0)
        await held.advance(0.9)
        Room.may_end.set()
        await held.advance(0)
        assert Room.ends == ["say"]
        await held.advance(0.2)
        assert Room.ends == ["say", "wait"]
        with pytest.raises(asyncio.CancelledError):
            await client.ended()
        client.running = asyncio.create_task(asyncio.sleep(0))
