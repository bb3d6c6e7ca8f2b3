"""A clock that stands still, for connections and layers that count by it."""

import asyncio
from collections.abc import Callable

import pytest

from chanx.core.decorators import ws_handler
from chanx.core.limits import Limits
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import MemoryLayer
from chanx.messages import PingMessage, PongMessage
from chanx.testing import FrozenClock, WebsocketCommunicator


class Echo(AsyncJsonWebsocketConsumer):
    limits = Limits(max_messages_per_second=1, max_burst=2, handshake_timeout=30)

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()


async def test_a_rate_recovers_when_the_test_lets_time_pass(
    chanx_communicator: Callable[..., WebsocketCommunicator], chanx_clock: FrozenClock
) -> None:
    client = chanx_communicator(Echo.as_asgi(), "/", consumer=Echo)
    await client.connect()
    for _ in range(2):
        await client.request(PingMessage(), expect=PongMessage)
    await client.send_message(PingMessage())
    await client.expect_error("too_many_requests")
    chanx_clock.advance(0.5)
    await client.send_message(PingMessage())
    await client.expect_error("too_many_requests")
    chanx_clock.advance(0.5)
    await client.request(PingMessage(), expect=PongMessage)


async def test_a_handshake_times_out_when_the_test_lets_time_pass(
    chanx_communicator: Callable[..., WebsocketCommunicator], chanx_clock: FrozenClock
) -> None:
    begun = asyncio.Event()

    class Slow(Echo):
        async def connect(self) -> None:
            begun.set()
            await asyncio.Event().wait()

    client = chanx_communicator(Slow.as_asgi(), "/", consumer=Slow)
    connecting = asyncio.create_task(client.connect())
    await begun.wait()
    chanx_clock.advance(29)
    await asyncio.sleep(0)
    assert not connecting.done()
    chanx_clock.advance(1)
    assert await connecting == (True, None)
    await client.expect_error("refused")
    await client.expect_closed(4408)


async def test_a_layers_messages_expire_when_the_test_lets_time_pass(
    chanx_layer: MemoryLayer, chanx_clock: FrozenClock
) -> None:
    await chanx_layer.send("old", {"type": "letter"})
    chanx_clock.advance(60)
    await chanx_layer.send("new", {"type": "letter"})
    assert chanx_layer.channels() == {"new"}
    await chanx_layer.receive("new")


async def test_a_time_out_without_an_end_and_one_in_time_raise_nothing() -> None:
    clock = FrozenClock()
    async with clock.timeout(None) as endless, clock.timeout(1) as short:
        clock.advance(0.5)
        await asyncio.sleep(0)
    clock.advance(60)
    assert not endless.expired()
    assert not short.expired()


async def test_what_is_due_is_cancelled_once() -> None:
    clock = FrozenClock()
    deadline = clock.timeout(1)

    async def wait() -> None:
        async with deadline:
            clock.advance(1)
            clock.advance(1)
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await wait()
    assert deadline.expired()


async def test_another_thread_may_let_time_pass() -> None:
    clock = FrozenClock()

    async def wait() -> None:
        async with clock.timeout(1):
            await asyncio.to_thread(clock.advance, 1)
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await wait()


async def test_what_ends_before_its_event_loop_runs_next_is_in_time() -> None:
    clock = FrozenClock()
    async with clock.timeout(1) as deadline:
        clock.advance(1)
    await asyncio.sleep(0)
    assert not deadline.expired()


def test_time_only_passes() -> None:
    clock = FrozenClock()
    clock.advance(0)
    with pytest.raises(ValueError, match="goes back"):
        clock.advance(-1)
    assert clock.time() == 0


async def test_what_is_to_be_called_later_is_called_in_its_order_and_once() -> None:
    clock = FrozenClock()
    called: list[int] = []
    clock.call_later(2, lambda: called.append(2))
    clock.call_later(1, lambda: called.append(1))
    clock.call_later(1, lambda: called.append(0)).cancel()
    late = clock.call_later(3, lambda: called.append(3))
    clock.advance(3)
    late.cancel()  # it is due, and its event loop has not come to it
    await asyncio.sleep(0)
    assert called == [1, 2]
    clock.advance(3)
    await asyncio.sleep(0)
    assert called == [1, 2]


async def test_a_time_out_can_be_over_before_its_time() -> None:
    clock = FrozenClock()

    async def wait() -> None:
        async with clock.timeout(60) as deadline:
            deadline.reschedule(asyncio.get_running_loop().time())
            clock.advance(60)
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await wait()


async def test_what_is_due_when_it_is_asked_for_is_called_when_the_loop_runs_next() -> None:
    clock, called = FrozenClock(), asyncio.Event()
    clock.call_later(0, called.set)
    assert not called.is_set()
    async with asyncio.timeout(30):
        await called.wait()
    deadline = clock.timeout(0)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(30), deadline:
            await asyncio.Event().wait()
    assert deadline.expired()
    assert clock.pending == 0


def test_time_passes_for_a_timer_whose_event_loop_has_ended() -> None:
    clock = FrozenClock()

    async def begin() -> None:
        clock.call_later(1, asyncio.get_running_loop().stop)

    asyncio.run(begin())
    clock.advance(2)
    assert (clock.time(), clock.pending) == (2, 0)
