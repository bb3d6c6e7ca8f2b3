"""What a burst of some clients costs another one: for how long the loop works until it is answered.

The time is the processor's, of the thread that serves, so that what else a machine has to do does
not count. All of a burst is there at once, and receiving it never suspends, as over uvicorn.
"""

import gc
import json
import math
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Literal

import pytest

from chanx.core import lookout
from chanx.core.decorators import event_handler, ws_handler
from chanx.core.events import event_envelope
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import MemoryLayer
from chanx.messages import BaseMessage, PingMessage, PongMessage
from chanx.testing.contract.client import Client

MOST = 0.05
"""Seconds for which a bystander waits, 99 of 100 times at most."""


class Take(BaseMessage):
    action: Literal["take"] = "take"
    payload: list[int] | dict[str, list[int]]


class News(BaseMessage):
    action: Literal["news"] = "news"


class Said(BaseMessage):
    action: Literal["said"] = "said"


class Hall(AsyncJsonWebsocketConsumer[News]):
    groups = ("hall",)

    @event_handler
    async def news(self, event: News) -> Said:
        return Said()


class Room(AsyncJsonWebsocketConsumer):
    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()

    @ws_handler
    async def take(self, message: Take) -> None: ...


WRONG = json.dumps({"action": "take", "payload": [[]] * 15_000})
BURSTS = {
    "small frames": (5, '{"action":"ping"}', 15_000),
    "bad frames": (20, '{"action":', 1_200),
    "wrong values": (5, WRONG, 13),
}
"""How many clients send what, and how much of it is there at a time."""


@pytest.fixture
def nothing_to_collect() -> Iterator[None]:
    """A burst that waits in a queue is a test's, and so is looking through it for garbage."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def waits(burst: str, times: int) -> list[float]:
    """Return the seconds of work that each answer to a bystander took, while a burst lasted.

    Args:
        burst: What the others send, over and over.
        times: How often the bystander asks.
    """
    count, frame, each = BURSTS[burst]
    application = Room.as_asgi()
    took: list[float] = []
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(Client(application)) for _ in range(count + 1)]
        for client in clients:
            await client.open()
        bystander, *others = clients
        bystander.send(action="ping")
        await bystander.message()
        while len(took) < times:
            for other in others:
                for _ in range(each - other.unread):
                    other.send_text(frame)
            began = time.thread_time()
            bystander.send(action="ping")
            await bystander.message()
            took.append(time.thread_time() - began)
    return took


def p99(took: list[float]) -> float:
    """Return the least time that 99 of 100 do not exceed."""
    return sorted(took)[math.ceil(0.99 * len(took)) - 1]


@pytest.mark.usefixtures("nothing_to_collect")
@pytest.mark.parametrize("burst", BURSTS)
async def test_a_bystander_waits_for_less_than_50_ms_in_a_burst(burst: str) -> None:
    took = await waits(burst, 100)
    assert p99(took) < MOST, sorted(took)[-5:]


@pytest.mark.usefixtures("nothing_to_collect")
@pytest.mark.parametrize("burst", BURSTS)
async def test_it_would_wait_for_longer_if_turns_had_no_end(
    burst: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookout, "LONG_TURN", 3600.0)
    assert p99(await waits(burst, 1)) > MOST  # since all of it is one turn


MEMBERS, EVENTS = 100, 200


async def waits_beside_a_hall(layer: MemoryLayer, times: int) -> list[float]:
    """Return what :func:`waits` does, while all members of a group have many events to handle.

    Args:
        layer: The default channel layer.
        times: How often the bystander asks.
    """
    application, took = Hall.as_asgi(), list[float]()
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(Client(application)) for _ in range(MEMBERS)]
        bystander = await stack.enter_async_context(Client(Room.as_asgi()))
        for client in (*clients, bystander):
            await client.open()
        for _ in range(times):
            for _ in range(EVENTS):
                await layer.group_send("hall", event_envelope(News()))
            began = time.thread_time()
            bystander.send(action="ping")
            await bystander.message()
            took.append(time.thread_time() - began)
            for client in clients:
                await client.messages(EVENTS)
    return took


@pytest.mark.usefixtures("nothing_to_collect")
async def test_a_bystander_waits_for_less_than_50_ms_while_a_group_hears_much(
    chanx_layer: MemoryLayer,
) -> None:
    took = await waits_beside_a_hall(chanx_layer, 5)
    assert max(took) < MOST, sorted(took)


@pytest.mark.usefixtures("nothing_to_collect")
async def test_it_would_wait_for_longer_beside_a_group_if_turns_had_no_end(
    chanx_layer: MemoryLayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookout, "LONG_TURN", 3600.0)
    assert max(await waits_beside_a_hall(chanx_layer, 1)) > MOST
