"""The cost of a test: the toolkit's communicator beside that of channels, on one application."""

from collections.abc import Awaitable, Callable
from functools import partial
from time import perf_counter
from typing import Final

from channels.testing.websocket import WebsocketCommunicator as ChannelsCommunicator

from benchmarks.candidates import CHANNELS, CHANX
from benchmarks.plan import Plan
from benchmarks.report import MICROSECONDS, MILLISECONDS, Row, Target, relative
from benchmarks.rounds import Samples, interleave
from chanx.core.decorators import ws_handler
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import PingMessage, PongMessage
from chanx.testing import WebsocketCommunicator

TARGET: Final = Target(1.0)
PING: Final = {"action": "ping"}
PONG: Final = {"action": "pong"}


class Echo(AsyncJsonWebsocketConsumer):
    """Answers pings."""

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        """Answer a ping."""
        return PongMessage()


async def echo_with_chanx() -> None:
    """Connect, echo and disconnect."""
    communicator = WebsocketCommunicator(Echo.as_asgi(), "/", consumer=Echo)
    await communicator.connect()
    await communicator.send_json(PING)
    assert await communicator.receive_json() == PONG
    await communicator.disconnect()


async def echo_with_channels() -> None:
    """Connect, echo and disconnect."""
    communicator = ChannelsCommunicator(Echo.as_asgi(), "/")
    await communicator.connect()
    await communicator.send_json_to(PING)
    assert await communicator.receive_json_from() == PONG
    await communicator.disconnect()


async def nothing_with_chanx() -> None:
    """Connect, see that nothing comes, and disconnect."""
    communicator = WebsocketCommunicator(Echo.as_asgi(), "/", consumer=Echo)
    await communicator.connect()
    assert await communicator.receive_nothing()
    await communicator.disconnect()


async def nothing_with_channels() -> None:
    """Connect, see that nothing comes, and disconnect."""
    communicator = ChannelsCommunicator(Echo.as_asgi(), "/")
    await communicator.connect()
    assert await communicator.receive_nothing()
    await communicator.disconnect()


async def tests(test: Callable[[], Awaitable[None]], count: int) -> float:
    """Run a test again and again; return the seconds for each."""
    began = perf_counter()
    for _ in range(count):
        await test()
    return (perf_counter() - began) / count


async def measure(plan: Plan) -> list[Row]:
    """Return the rows."""
    echo = {
        CHANX: partial(tests, echo_with_chanx, plan.connects),
        CHANNELS: partial(tests, echo_with_channels, plan.connects),
    }
    nothing = {
        CHANX: partial(tests, nothing_with_chanx, 1),
        CHANNELS: partial(tests, nothing_with_channels, 1),
    }
    rows: list[Row] = []
    for title, unit, trials in (
        ("a test that connects, echoes, disconnects", MICROSECONDS, echo),
        ("a test that connects and sees that nothing comes", MILLISECONDS, nothing),
    ):
        samples = Samples(await interleave(trials, rounds=plan.rounds, warmups=plan.warmups))
        rows.append(relative(title, samples, unit, TARGET, name=CHANX, base=CHANNELS))
    return rows


__all__ = ["measure"]
