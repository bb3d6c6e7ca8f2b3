"""What consumers' connections leave on Redis, over the layer that is made for it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from chanx.core.decorators import ws_handler
from chanx.layers import LocalLayer, RedisLayer
from chanx.testing.contract.client import Client
from chanx.testing.contract.messages import Fail, Said
from chanx.testing.contract.server_layer import Echo
from chanx.testing.faults import FaultyLayer
from chanx.testing.layers import default_layer
from tests.connections_on_redis import ConnectionsLeaveNothing, Left, clean
from tests.redis_server import RedisServer


@pytest.fixture(autouse=True)
async def layer(shared_redis: RedisServer) -> AsyncIterator[RedisLayer]:
    """A layer of its own on Redis, which is the default one."""
    layer = RedisLayer(shared_redis.url, prefix="connections")
    with default_layer(layer):
        yield layer
    await layer.close()


@pytest.fixture
async def left(shared_redis: RedisServer) -> AsyncIterator[Left]:
    """Finds the groups of the layer that are subscribed to."""
    async with shared_redis.client() as client:

        async def left() -> Any:
            return await client.pubsub_channels("connections:*:live")

        yield left


def test_a_layer_on_redis_is_not_taken_for_one_within_the_process(layer: RedisLayer) -> None:
    assert not isinstance(layer, LocalLayer)
    assert not FaultyLayer(layer).is_local


class TestConnections(ConnectionsLeaveNothing):
    pass


async def test_a_join_goes_on_though_its_handler_is_cancelled(left: Left) -> None:
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
    await clean(left)
