"""Over which connections the layer on Redis sends, and what becomes of them."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from typing import Self

import pytest

from chanx.core.errors import LayerUnavailable
from chanx.layers import RedisLayer
from tests.held_time import HeldTime
from tests.redis_server import RedisServer

TIMEOUT = 20
AT_ONCE = 16
"""How many messages the layer sends before Redis has answered."""


class Way:
    """A connection through a relay.

    Args:
        reader: From the layer.
        writer: To the layer.
        is_silent: Whether answers to what is published are held back.
        may_greet: When anything is answered at all.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        is_silent: bool,
        may_greet: asyncio.Event,
    ) -> None:
        self.published = 0
        self._reader = reader
        self._writer = writer
        self._is_once = False
        self._answers = asyncio.Event()
        self._may_greet = may_greet
        if not is_silent:
            self.answer()

    def answer(self) -> None:
        """Bring answers, those that were held back first."""
        self._answers.set()

    def answer_once(self) -> None:
        """Bring the answer that is held back, and hold the next one."""
        self._is_once = True
        self._answers.set()

    def hold(self) -> None:
        """Hold answers back."""
        self._answers.clear()

    def cut(self) -> None:
        """End it."""
        self._writer.close()

    async def say(self, text: bytes) -> None:
        """Say what nobody asked for, and end."""
        self._writer.write(text)
        self._writer.close()
        await self._writer.wait_closed()

    async def reset(self) -> None:
        """End it as firewalls do."""
        linger = struct.pack("ii", 1, 0)
        own: socket.socket = self._writer.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._writer.transport.abort()
        await self._writer.wait_closed()

    async def carry(self, server: RedisServer, has_published: asyncio.Event) -> None:
        there, to_there = await asyncio.open_unix_connection(str(server.socket))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._carry_back(there))
            while data := await _read(self._reader):
                self.published += data.count(b"PUBLISH")
                if self.published:
                    has_published.set()
                to_there.write(data)
            self.answer()
            self._may_greet.set()
            to_there.close()

    async def _carry_back(self, there: asyncio.StreamReader) -> None:
        while data := await _read(there):
            await self._may_greet.wait()
            if self.published:
                await self._answers.wait()
                if self._is_once:
                    self._is_once = False
                    self.hold()
            if not self._writer.is_closing():
                self._writer.write(data)
        self._writer.close()


class Relay:
    """Stands between a layer and its Redis.

    Args:
        server: The Redis.
    """

    def __init__(self, server: RedisServer) -> None:
        self.has_sender = asyncio.Event()
        self.has_come = asyncio.Event()
        self._ways: list[Way] = []
        self._is_silent = False
        self._may_greet = _set()
        self._server = server
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"redis://127.0.0.1:{self._listener.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *error: object) -> None:
        self._listener.close()
        for way in self._ways:
            way.cut()
        await asyncio.gather(*self._tasks)

    @property
    def senders(self) -> list[Way]:
        """The connections over which something was published."""
        return [way for way in self._ways if way.published]

    @property
    def published(self) -> int:
        """How many messages were published over all of them."""
        return sum(way.published for way in self._ways)

    @property
    def hearing(self) -> Way:
        """The connection that came first."""
        return self._ways[0]

    def answer(self) -> None:
        """Bring answers on all connections."""
        self._is_silent = False
        for way in self._ways:
            way.answer()

    def hold(self) -> None:
        """Hold answers back on all connections."""
        self._is_silent = True
        for way in self._ways:
            way.hold()

    def hold_next(self) -> asyncio.Event:
        """Hold all answers back on the next connection, until what is returned is set."""
        self.has_come.clear()
        self._may_greet = asyncio.Event()
        return self._may_greet

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        way = Way(reader, writer, is_silent=self._is_silent, may_greet=self._may_greet)
        self._may_greet = _set()
        self.has_come.set()
        self._ways.append(way)
        self._tasks.add(asyncio.create_task(way.carry(self._server, self.has_sender)))


def _set() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(65536)
    except ConnectionError:
        return b""


async def _clients(server: RedisServer, left: int) -> None:
    """Wait until so many clients are connected, this one not counted."""
    now = asyncio.get_running_loop().time
    end = now() + TIMEOUT
    async with server.client() as client:
        while len(clients := await client.client_list()) != left + 1:
            assert now() < end, clients


async def _settled(server: RedisServer) -> None:
    """Let the event loop hear what its sockets have."""
    async with server.client() as client:
        for _ in range(3):
            await client.ping()


async def _send(layer: RedisLayer, count: int) -> set[type]:
    """Send so many messages at once, and return how that went."""
    sends = (layer.group_send("nobody", {"type": "x"}) for _ in range(count))
    return {type(each) for each in await asyncio.gather(*sends, return_exceptions=True)}


@pytest.fixture
async def relay(redis_server: RedisServer) -> AsyncIterator[Relay]:
    async with Relay(redis_server) as relay:
        yield relay


@pytest.mark.parametrize("protocol", [2, 3])
async def test_a_connection_to_send_over_that_was_reset_meanwhile_fails_nobody(
    redis_server: RedisServer, relay: Relay, protocol: int
) -> None:
    layer = RedisLayer(f"{relay.url}?protocol={protocol}", timeout=TIMEOUT)
    await layer.new_channel()
    await layer.group_send("nobody", {"type": "x"})
    await relay.senders[0].reset()
    await _settled(redis_server)
    await layer.group_send("nobody", {"type": "x"})
    assert len(relay.senders) == 2
    await layer.close()


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("text", [b"-ERR idle for too long\r\n", b":1\r\n"])
async def test_what_nobody_asked_for_is_no_answer_to_the_next_command(
    redis_server: RedisServer, relay: Relay, protocol: int, text: bytes
) -> None:
    layer = RedisLayer(f"{relay.url}?protocol={protocol}", timeout=TIMEOUT)
    await layer.new_channel()
    await layer.group_send("nobody", {"type": "x"})
    await relay.senders[0].say(text)
    await _settled(redis_server)
    assert (await layer.take_tokens("bucket", 2, rate=1, burst=5)).granted == 2
    await layer.close()


async def test_who_waits_to_send_is_told_with_those_before_who_had_no_answer(
    relay: Relay,
) -> None:
    layer = RedisLayer(relay.url, timeout=3.0)
    await layer.new_channel()
    await _send(layer, 50)
    relay.hold()
    before = relay.published
    assert await _send(layer, 200) == {LayerUnavailable}
    # As many as go at once, and not all of them, one time-out after the other.
    assert relay.published - before <= AT_ONCE
    relay.answer()
    assert await _send(layer, 200) == {type(None)}
    await layer.close()


async def test_who_waits_to_send_longer_than_the_time_out_waits_on_while_redis_answers(
    relay: Relay, held: HeldTime
) -> None:
    layer = RedisLayer(relay.url, timeout=TIMEOUT)
    await layer.new_channel()
    await _send(layer, AT_ONCE)
    relay.hold()
    sending = asyncio.create_task(_send(layer, 3 * AT_ONCE))
    for turn in range(3):
        while relay.published < (2 + turn) * AT_ONCE:  # noqa: ASYNC110 - Redis tells nobody
            await asyncio.sleep(0)
        await held.advance(TIMEOUT * 0.6)
        assert not sending.done()
        if turn < 2:
            for way in relay.senders:
                way.answer_once()
    relay.answer()
    assert await sending == {type(None)}
    await layer.close()


async def test_one_connection_without_answers_fails_nobody_else(relay: Relay) -> None:
    layer = RedisLayer(relay.url, timeout=3.0)
    await layer.new_channel()
    await layer.group_send("nobody", {"type": "x"})
    relay.senders[0].hold()
    lost = asyncio.create_task(layer.group_send("nobody", {"type": "x"}))
    while not lost.done():
        assert await _send(layer, 40) == {type(None)}
    assert isinstance(lost.exception(), LayerUnavailable)
    await layer.close()


async def test_a_pool_that_its_address_makes_small_is_waited_for(
    redis_server: RedisServer,
) -> None:
    layer = RedisLayer(f"{redis_server.url}?max_connections=2", timeout=TIMEOUT)
    await layer.new_channel()
    assert await _send(layer, 50) == {type(None)}
    await _clients(redis_server, 3)
    await layer.close()


async def test_a_layer_that_is_closed_leaves_no_connection_of_who_still_sends(
    redis_server: RedisServer,
) -> None:
    layer = RedisLayer(redis_server.url, timeout=TIMEOUT)
    await layer.new_channel()
    redis_server.hold()
    sending = asyncio.create_task(_send(layer, 66))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await layer.close()
    redis_server.release()
    await sending
    await _clients(redis_server, 0)


async def test_a_connection_in_use_while_redis_was_away_is_not_used_again(
    relay: Relay,
) -> None:
    layer = RedisLayer(relay.url, timeout=TIMEOUT)
    gaps: asyncio.Queue[float] = asyncio.Queue()
    layer.subscribe(await layer.new_channel(), lambda message: False, gaps.put_nowait)
    relay.hold()
    sending = asyncio.create_task(layer.group_send("nobody", {"type": "x"}))
    async with asyncio.timeout(TIMEOUT):
        await relay.has_sender.wait()
        await relay.hearing.reset()
        # Where the address leads to another server from now on, this one brings nothing to anybody.
        await gaps.get()
    relay.answer()
    await sending
    await layer.group_send("nobody", {"type": "x"})
    assert [way.published for way in relay.senders] == [1, 1]
    await layer.close()


async def test_a_connection_that_was_made_while_redis_was_away_is_not_used_again(
    relay: Relay,
) -> None:
    layer = RedisLayer(relay.url, timeout=TIMEOUT)
    gaps: asyncio.Queue[float] = asyncio.Queue()
    layer.subscribe(await layer.new_channel(), lambda message: False, gaps.put_nowait)
    may_greet = relay.hold_next()
    sending = asyncio.create_task(layer.group_send("nobody", {"type": "x"}))
    async with asyncio.timeout(TIMEOUT):
        await relay.has_come.wait()
        await relay.hearing.reset()
        await gaps.get()
    may_greet.set()
    await sending
    await layer.group_send("nobody", {"type": "x"})
    assert [way.published for way in relay.senders] == [1, 1]
    await layer.close()
