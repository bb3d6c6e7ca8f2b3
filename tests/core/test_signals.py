"""Signals end connections first, and reach whoever handled them then."""

import asyncio
import gc
import signal
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any, ClassVar

import pytest

from chanx.core.decorators import ws_handler
from chanx.core.limits import Limits
from chanx.core.signals import MARGIN
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.testing.contract.client import Client, settled
from chanx.testing.contract.messages import Said, Wait


class Room(AsyncJsonWebsocketConsumer[Any]):
    may_go_on: ClassVar[asyncio.Event]

    @ws_handler
    async def wait(self, message: Wait) -> Said:
        await self.may_go_on.wait()
        return Said(payload="done")


class Server:
    """Whoever handles signals, as a server does."""

    def __init__(self) -> None:
        self.told: asyncio.Event = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.handle)

    def handle(self, number: int, frame: Any) -> None:
        self.told.set()


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Puts back what pytest has."""
    Room.may_go_on = asyncio.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_server_is_told_when_its_connections_have_ended(number: signal.Signals) -> None:
    server = Server()
    async with Client(Room.as_asgi()) as client:
        await client.open()
        client.send(action="wait")
        await settled()
        signal.raise_signal(number)
        await settled()
        assert (client.unseen, server.told.is_set()) == (0, False)
        Room.may_go_on.set()
        assert (await client.message())["payload"] == "done"
        assert not server.told.is_set()
        assert await client.closed() == 1012
        await client.ended()
        async with asyncio.timeout(30):
            await server.told.wait()
    assert signal.getsignal(number) == server.handle


async def test_the_second_signal_is_the_servers_alone() -> None:
    server = Server()
    async with Client(Room.as_asgi()) as client:
        await client.open()
        client.send(action="wait")
        await settled()
        signal.raise_signal(signal.SIGINT)
        assert not server.told.is_set()
        signal.raise_signal(signal.SIGINT)
        assert server.told.is_set()
        Room.may_go_on.set()
        assert (await client.message())["payload"] == "done"


async def test_the_next_server_of_a_loop_is_told_as_well() -> None:
    for _ in range(2):
        server = Server()
        async with Client(Room.as_asgi()) as client:
            await client.open()
            gc.collect()
            await settled()
            signal.raise_signal(signal.SIGTERM)
            assert not server.told.is_set()
            async with asyncio.timeout(30):
                await server.told.wait()


async def test_a_server_is_told_only_when_another_loop_s_handlers_have_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    aftermath = 0.5
    monkeypatch.setattr("chanx.core.shutdown.AFTERMATH", aftermath)
    server = Server()
    has_begun, has_drained = threading.Event(), threading.Event()
    told: list[bool] = []

    class Quick(Room):
        limits = Limits(drain_timeout=0.01)

    class Slow(AsyncJsonWebsocketConsumer[Any]):
        @ws_handler
        async def wait(self, message: Wait) -> Said:
            has_begun.set()
            has_drained.wait()  # so that its loop hears of the end when that has begun elsewhere
            await asyncio.sleep(aftermath + 3 * MARGIN)
            told.append(server.told.is_set())
            return Said(payload="done")

    async def be_elsewhere() -> None:
        async with Client(Slow.as_asgi()) as client:
            await client.open()
            client.send(action="wait")
            assert (await client.message())["payload"] == "done"

    elsewhere = asyncio.create_task(asyncio.to_thread(asyncio.run, be_elsewhere()))
    await asyncio.to_thread(has_begun.wait)
    async with Client(Quick.as_asgi()) as client:
        await client.open()
        signal.raise_signal(signal.SIGTERM)
        asyncio.get_running_loop().call_soon(has_drained.set)
        await elsewhere
        async with asyncio.timeout(5):
            await server.told.wait()
    assert told == [False]


@pytest.mark.parametrize("handler", [signal.SIG_DFL, signal.SIG_IGN])
def test_what_was_there_is_put_back_at_the_end_of_the_loop(handler: signal.Handlers) -> None:
    signal.signal(signal.SIGTERM, handler)
    during: list[Any] = []

    async def serve() -> None:
        async with Client(Room.as_asgi()) as client:
            await client.open()
            during.append(signal.getsignal(signal.SIGTERM))

    for _ in range(2):
        asyncio.run(serve())
        assert signal.getsignal(signal.SIGTERM) == handler
    ignored = handler == signal.SIG_IGN
    assert [each == handler for each in during] == [ignored, ignored]


async def test_a_host_may_keep_its_signals() -> None:
    class Deaf(Room):
        drain_on_signals = False

    server = Server()
    async with Client(Deaf.as_asgi()) as client:
        await client.open()
        assert signal.getsignal(signal.SIGTERM) == server.handle


async def test_a_server_is_told_though_somebody_took_another_signal_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chanx.core.signals.LOOK_EVERY", 0.0)
    server = Server()
    async with Client(Room.as_asgi()) as client, Client(Room.as_asgi()) as other:
        await client.open()
        signal.signal(signal.SIGTERM, lambda number, frame: None)
        await other.open()
        signal.raise_signal(signal.SIGINT)
        assert not server.told.is_set()
        async with asyncio.timeout(30):
            await server.told.wait()
    assert signal.getsignal(signal.SIGINT) == server.handle


def pass_on(number: signal.Signals) -> None:
    """Take a signal over, and pass it on to whoever handled it."""
    before: Any = signal.getsignal(number)
    signal.signal(number, lambda number, frame: before(number, frame))


@pytest.mark.parametrize("looks_again", [False, True])
async def test_a_server_is_told_where_whoever_took_its_signal_over_passes_it_on(
    looks_again: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chanx.core.signals.LOOK_EVERY", 0.0)
    server = Server()
    async with Client(Room.as_asgi()) as client, AsyncExitStack() as stack:
        await client.open()
        for _ in range(2):
            pass_on(signal.SIGTERM)
            if looks_again:
                other = await stack.enter_async_context(Client(Room.as_asgi()))
                await other.open()
        signal.raise_signal(signal.SIGTERM)
        assert not server.told.is_set()
        async with asyncio.timeout(30):
            await server.told.wait()
        assert await client.closed() == 1012
