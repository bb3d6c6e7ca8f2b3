"""What consumers' connections leave on Redis, over the layer that is made for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib import import_module
from typing import Any

import pytest

from chanx.core.decorators import ws_handler
from chanx.layers import LocalLayer, RedisLayer
from chanx.testing.contract.client import PATIENCE, Client
from chanx.testing.contract.layers import (
    Addressed,
    Broken,
    Echo,
    Keen,
    Reader,
    Refused,
    Refusing,
    Room,
    breaks,
    hurries,
    leaves,
)
from chanx.testing.contract.messages import Fail, News, Said, Wait
from chanx.testing.faults import FaultyLayer
from chanx.testing.layers import default_layer
from tests.redis_server import RedisServer

Redis: Any = import_module("redis.asyncio").Redis


@pytest.fixture
async def layer(shared_redis: RedisServer) -> AsyncIterator[RedisLayer]:
    """A layer of its own on Redis, which is the default one."""
    layer = RedisLayer(shared_redis.url, prefix="connections")
    with default_layer(layer):
        yield layer
    await layer.close()


async def clean(server: RedisServer) -> None:
    """Wait until no group of the layer is subscribed to."""
    client = Redis.from_url(server.url)
    async with asyncio.timeout(PATIENCE):
        while left := await client.pubsub_channels("connections:*:live"):
            try:
                await asyncio.sleep(0.01)  # Redis tells nobody.
            except asyncio.CancelledError:
                pytest.fail(f"left: {left}")
    await client.aclose()


def test_a_layer_on_redis_is_not_taken_for_one_within_the_process(
    shared_redis: RedisServer,
) -> None:
    layer = RedisLayer(shared_redis.url)
    assert not isinstance(layer, LocalLayer)
    assert not FaultyLayer(layer).is_local


@pytest.mark.usefixtures("layer")
@pytest.mark.parametrize("end", [leaves, breaks, hurries])
async def test_connections_leave_nothing_whatever_ends_them(
    end: Callable[[Client], Awaitable[None]],
    shared_redis: RedisServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def connect(consumer: Any, query: str) -> None:
        async with Client(consumer.as_asgi(), query=query) as client:
            await end(client)

    kinds = (Echo, Refused, Refusing, Broken, Room, Reader, Addressed, Keen)
    await asyncio.gather(*(connect(kind, query) for kind in kinds * 5 for query in ("", "refuse")))
    await clean(shared_redis)


@pytest.mark.usefixtures("layer")
async def test_rounds_of_joining_leaving_and_being_cancelled_leave_no_ghost(
    shared_redis: RedisServer,
) -> None:
    class Restless(Echo):
        @ws_handler(concurrent=True)
        async def fail(self, message: Fail) -> Said:
            await self.join_group("a")
            return Said()

        @ws_handler(concurrent=True)
        async def news(self, message: News) -> Said:
            await self.leave_group("a")
            return Said()

        @ws_handler(concurrent=True)
        async def wait(self, message: Wait) -> Said:  # type: ignore[override]
            joining = asyncio.create_task(self.join_group("a"))
            await asyncio.sleep(0)
            joining.cancel()
            await asyncio.wait([joining])
            return Said()

    async def move(rounds: int) -> None:
        async with Client(Restless.as_asgi()) as client:
            await client.open()
            for _ in range(rounds):
                for action in ("fail", "news", "wait", "news"):
                    client.send(action=action)
            # The last of some are cut off.
            await client.messages(2 * rounds)

    await asyncio.gather(*(move(rounds) for rounds in range(1, 20)))
    await clean(shared_redis)


@pytest.mark.usefixtures("layer")
async def test_a_join_goes_on_though_its_handler_is_cancelled(shared_redis: RedisServer) -> None:
    class Hasty(Echo):
        @ws_handler
        async def fail(self, message: Fail) -> Said:
            joining = asyncio.create_task(self.join_group("a"))
            await asyncio.sleep(0)
            joining.cancel()
            await asyncio.wait([joining])
            # Comes after the join, which nothing cut off.
            await self.join_group("a")
            return Said(payload=f"{joining.cancelled()} {[*self.groups]}")

    async with Client(Hasty.as_asgi()) as client:
        await client.open()
        client.send(action="fail")
        assert (await client.message())["payload"] == "True ['a']"
    await clean(shared_redis)
