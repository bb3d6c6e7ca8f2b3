"""The layer on Redis under load: connections that come and go, and senders at full speed."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import count
from time import perf_counter
from typing import Any, ClassVar, Literal

import pytest

from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import RedisLayer
from chanx.messages import BaseMessage
from chanx.testing.contract.client import Client
from chanx.testing.layers import default_layer
from tests.redis_server import RedisServer

CONNECTS = 10_000
BROADCASTS = 3_000
CHURNERS = 20
CONNECTS_PER_BROADCAST = 3
"""So that connections come and go until the last broadcast."""


class Said(BaseMessage):
    action: Literal["said"] = "said"
    payload: int


class Entered(BaseMessage):
    action: Literal["entered"] = "entered"


class Room(AsyncJsonWebsocketConsumer[Said]):
    passthrough_events = (Said,)
    emits = (Entered,)
    numbers: ClassVar[Iterator[int]] = count()

    async def connect(self) -> None:
        self.groups = ["room", f"own-{next(self.numbers)}"]

    async def post_authentication(self) -> None:
        await self.send_message(Entered())


async def entered(client: Client) -> None:
    """Connect, and wait until the groups are joined."""
    await client.open()
    assert (await client.message())["action"] == "entered"


@pytest.fixture
async def layer(redis_server: RedisServer) -> AsyncIterator[RedisLayer]:
    layer = RedisLayer(redis_server.url)
    with default_layer(layer):
        yield layer
    await layer.close()


async def test_four_receivers_miss_nothing_beside_10_000_connections_that_come_and_go(
    redis_server: RedisServer, layer: RedisLayer
) -> None:
    application = Room.as_asgi()
    connected = asyncio.Semaphore(0)

    async def churn() -> None:
        for _ in range(CONNECTS // CHURNERS):
            async with Client(application) as client:
                await entered(client)
                connected.release()

    async def broadcast() -> None:
        for number in range(BROADCASTS):
            await Room.broadcast_event(Said(payload=number), ["room"])
            for _ in range(CONNECTS_PER_BROADCAST):
                await connected.acquire()

    async def steady(client: Client) -> list[int]:
        return [each["payload"] for each in await client.messages(BROADCASTS)]

    async with (
        Client(application) as one,
        Client(application) as two,
        Client(application) as three,
        Client(application) as four,
    ):
        clients = (one, two, three, four)
        for client in clients:
            await entered(client)
        receiving = [asyncio.create_task(steady(client)) for client in clients]
        await asyncio.gather(broadcast(), *(churn() for _ in range(CHURNERS)))
        for received in await asyncio.gather(*receiving):
            assert received == [*range(BROADCASTS)]
    async with redis_server.client() as redis:
        # The last to leave are told to Redis without anybody waiting.
        while await redis.pubsub_channels("*:live"):
            pass


SENDERS = 10
ROUNDS = 5
MESSAGES = 100
"""Of each sender in each round."""
GROUPS = 5


async def test_ten_tasks_at_full_speed_keep_order_in_each_group_and_cost_little_more_than_redis(
    redis_server: RedisServer, layer: RedisLayer
) -> None:
    received: dict[tuple[str, int], list[int]] = {}
    coming = asyncio.Semaphore(0)

    def receiver(message: Any) -> bool:
        received.setdefault((message["group"], message["sender"]), []).append(message["number"])
        coming.release()
        return False

    channel = await layer.new_channel()
    layer.subscribe(channel, receiver)
    groups = [f"room{number}" for number in range(GROUPS)]
    for group in groups:
        await layer.group_add(group, channel)

    async def send(sender: int, begin: int) -> None:
        for number in range(begin, begin + MESSAGES):
            group = groups[number % GROUPS]
            message = {"type": "n", "group": group, "sender": sender, "number": number}
            await layer.group_send(group, message)

    async def publish(redis: Any) -> None:
        for _ in range(MESSAGES):
            await redis.publish("bare", b"x" * 60)

    ours: list[float] = []
    bare: list[float] = []
    async with redis_server.client() as redis:
        for number in range(ROUNDS):
            began = perf_counter()
            await asyncio.gather(*(send(each, number * MESSAGES) for each in range(SENDERS)))
            async with asyncio.timeout(30):
                for _ in range(SENDERS * MESSAGES):
                    await coming.acquire()
            ours.append(perf_counter() - began)
            began = perf_counter()
            await asyncio.gather(*(publish(redis) for _ in range(SENDERS)))
            bare.append(perf_counter() - began)
    assert len(received) == SENDERS * GROUPS
    for (group, _), numbers in received.items():
        assert numbers == [*range(groups.index(group), ROUNDS * MESSAGES, GROUPS)]
    # The best round of each, since other work on the machine disturbs some.
    assert min(ours) < 10 * min(bare), (ours, bare)
