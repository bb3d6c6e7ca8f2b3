"""Limits count by the clock of whoever serves the connection."""

import asyncio
from collections.abc import Callable

from chanx.core.clock import CLOCK, SYSTEM_CLOCK, Timer
from chanx.core.decorators import ws_handler
from chanx.core.limits import Limits
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import PingMessage, PongMessage
from chanx.testing.contract.client import Client


class StandingClock:
    """A clock that its test sets, and whose time for waiting is over at once."""

    def __init__(self) -> None:
        self.now = 0.0

    def time(self) -> float:
        return self.now

    def timeout(self, delay: float | None, /) -> asyncio.Timeout:
        return asyncio.timeout(0)

    def call_later(self, delay: float, callback: Callable[[], object], /) -> Timer:
        return asyncio.get_running_loop().call_soon(callback)


def client(consumer: type[AsyncJsonWebsocketConsumer], clock: StandingClock) -> Client:
    return Client(consumer.as_asgi(), scope={"extensions": {CLOCK: clock}})


class Echo(AsyncJsonWebsocketConsumer):
    limits = Limits(max_messages_per_second=1, max_burst=1, handshake_timeout=60)

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()


async def test_the_rate_counts_by_the_clock_of_the_server() -> None:
    clock = StandingClock()
    actions: list[str] = []
    async with client(Echo, clock) as socket:
        await socket.open()
        for second in (0, 0, 1, 1):
            clock.now = second
            socket.send(action="ping")
            actions.append((await socket.message())["action"])
    assert actions == ["pong", "error", "pong", "error"]


async def test_a_handshake_counts_by_the_clock_of_the_server() -> None:
    class Slow(Echo):
        async def connect(self) -> None:
            await asyncio.Event().wait()

    async with client(Slow, StandingClock()) as socket:
        await socket.open()
        assert (await socket.message())["payload"]["code"] == "refused"
        assert await socket.closed() == 4408


async def test_the_time_as_it_passes_calls_what_it_is_told_to() -> None:
    called = asyncio.Event()
    SYSTEM_CLOCK.call_later(60, called.clear).cancel()
    SYSTEM_CLOCK.call_later(0, called.set)
    await called.wait()
