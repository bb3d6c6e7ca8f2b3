"""The toolkit is fast, by the seconds of the processor, which other work does not change much."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from typing import Literal

import pytest

from chanx.core.decorators import ws_handler
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import MemoryLayer
from chanx.messages import BaseMessage, PingMessage, PongMessage
from chanx.testing import WebsocketCommunicator
from tests.untraced import untraced

pytest_plugins = ["pytester"]

ECHO_TESTS = """
import time
import pytest
from chanx.core.decorators import ws_handler
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import PingMessage, PongMessage

class Echo(AsyncJsonWebsocketConsumer):
    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()

@pytest.mark.parametrize("number", range(500))
async def test_echo(number, chanx_communicator):
    client = chanx_communicator(Echo.as_asgi(), "/", consumer=Echo)
    await client.connect()
    await client.request(PingMessage(), expect=PongMessage)
"""

REPORT = """
import time

def pytest_unconfigure():
    print("seconds:", time.process_time())
"""


class Count(BaseMessage):
    action: Literal["count"] = "count"
    payload: int


class Number(BaseMessage):
    action: Literal["number"] = "number"
    payload: int


class Room(AsyncJsonWebsocketConsumer):
    groups = ("room",)

    @ws_handler
    async def count(self, message: Count) -> AsyncIterator[Number | PongMessage]:
        for number in range(message.payload):
            yield Number(payload=number)
            await asyncio.sleep(0)
        yield PongMessage()

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        await self.broadcast_message(PongMessage())
        return PongMessage()


def test_five_hundred_echo_tests_take_less_than_five_seconds(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As untraced() does here.
    for name in [*os.environ]:
        if name.startswith("COV"):
            monkeypatch.delenv(name)
    pytester.makepyfile(ECHO_TESTS)
    pytester.makeconftest(REPORT)
    scope = "asyncio_default_fixture_loop_scope=function"
    result = pytester.runpytest_subprocess("-q", "-o", "asyncio_mode=auto", "-o", scope)
    result.assert_outcomes(passed=500)
    [report] = [line for line in result.outlines if line.startswith("seconds:")]
    assert float(report.split()[1]) < 5


async def test_a_thousand_communicators_take_less_than_two_seconds(
    chanx_layer: MemoryLayer,
) -> None:
    with untraced():
        began = time.process_time()
        clients = [WebsocketCommunicator(Room.as_asgi(), "/", consumer=Room) for _ in range(1000)]
        for client in clients:
            await client.connect()
        replies = [client.request(PingMessage(), expect=PongMessage) for client in clients[:1]]
        await asyncio.gather(*replies)
        for client in clients:
            assert await client.receive_message() == PongMessage()
        for client in clients:
            await client.disconnect()
        took = time.process_time() - began
    assert took < 2
    assert chanx_layer.groups() == frozenset()


async def test_each_of_two_hundred_communicators_refutes_in_less_than_four_seconds(
    chanx_communicator: Callable[..., WebsocketCommunicator],
    chanx_layer: MemoryLayer,
) -> None:
    clients = [chanx_communicator(Room.as_asgi(), "/", consumer=Room) for _ in range(200)]
    for client in clients:
        await client.connect()
    with untraced():
        began = time.process_time()
        for client in clients:
            await client.refute(PongMessage, timeout=60)
        took = time.process_time() - began
    assert took < 4


async def test_a_message_behind_two_thousand_others_is_found_in_less_than_five_seconds() -> None:
    async with WebsocketCommunicator(Room.as_asgi(), "/", consumer=Room) as client:
        with untraced():
            began = time.process_time()
            await client.request(Count(payload=2000), expect=PongMessage, timeout=60)
            await client.send_message(Count(payload=2000))
            await client.expect(PongMessage, timeout=60)
            took = time.process_time() - began
        assert took < 5
        left = await client.receive_all_json(timeout=60)
        assert sum(message["action"] == "number" for message in left) == 4000
