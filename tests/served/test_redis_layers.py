"""Connections on channels' layers over a real Redis: what they leave there, and its outages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from importlib import import_module
from typing import Any

import pytest

from chanx.core.limits import Limits
from chanx.testing.contract.adapter import Consumer
from chanx.testing.contract.client import PATIENCE, Client
from chanx.testing.contract.layers import Broken, Refused, Refusing
from chanx.testing.contract.server_layer import Echo, Room
from chanx.testing.layers import default_layer
from tests.connections_on_redis import ConnectionsLeaveNothing, Left, clean
from tests.redis_server import RedisServer

Redis: Any = import_module("redis.asyncio").Redis
# Untyped, and not in the environment of the type checkers.
RedisChannelLayer: Any = import_module("channels_redis.core").RedisChannelLayer
RedisPubSubChannelLayer: Any = import_module("channels_redis.pubsub").RedisPubSubChannelLayer

SOCKET_TIMEOUT = 2.0


class Layers:
    """The layers of a test, and what is left in them and in Redis."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = Redis.from_url(url)
        self.pubsub: Any = RedisPubSubChannelLayer(hosts=[url])
        # A pop that blocks for longer than the socket may, as redis-py 8 has it by default, but
        # sooner; and longer than a busy machine holds a process up.
        self.core: Any = RedisChannelLayer(
            hosts=[{"address": url, "socket_timeout": SOCKET_TIMEOUT}]
        )

    async def left(self) -> dict[str, Any]:
        """What is left: it is empty if nothing is."""
        here = self.pubsub._get_layer()  # noqa: SLF001 - what is left is nowhere else
        found = {
            "queues": {*here.channels},
            "members": {*here.groups},
            "subscriptions": {*await self.client.pubsub_channels()},
            "keys": {*await self.client.keys("*")},
            "receivers": self.core.receive_count,
        }
        return {kind: things for kind, things in found.items() if things}


@pytest.fixture
async def layers(redis_url: str) -> AsyncIterator[Layers]:
    """Layers on a server in which nothing is."""
    layers = Layers(redis_url)
    await layers.client.flushall()
    yield layers
    await layers.pubsub.flush()
    await layers.core.close_pools()
    await layers.client.aclose()


@pytest.fixture(params=["pubsub", "core"])
def layer(request: pytest.FixtureRequest, layers: Layers) -> Any:
    """A layer, which is the default one."""
    layer = getattr(layers, request.param)
    with default_layer(layer):
        yield layer


@pytest.fixture
def left(layers: Layers) -> Left:
    """Finds what is left."""
    return layers.left


@pytest.mark.usefixtures("layer")
class TestConnections(ConnectionsLeaveNothing):
    pass


@pytest.mark.parametrize("consumer", [Echo, Refused, Refusing, Broken])
async def test_a_connection_that_needs_no_channel_subscribes_to_none(
    consumer: type[Consumer], layers: Layers, caplog: pytest.LogCaptureFixture
) -> None:
    with default_layer(layers.pubsub):
        async with Client(consumer.as_asgi()) as client:
            await client.connect()
            assert await layers.left() == {}


async def test_a_silent_socket_outlives_the_time_outs_of_its_layer(layers: Layers) -> None:
    with default_layer(layers.core):
        async with Client(Room.as_asgi()) as ada, Client(Room.as_asgi()) as bob:
            for client in (ada, bob):
                await client.open()
            await asyncio.sleep(SOCKET_TIMEOUT * 1.5)
            ada.send(action="say", payload="x")
            for client in (ada, bob):
                assert (await client.message())["payload"] == "x"
    await clean(layers.left)


@pytest.fixture
async def on_own(redis_server: RedisServer) -> AsyncIterator[Any]:
    """A layer on that server, which is the default one."""
    layer = RedisChannelLayer(hosts=[redis_server.url])
    with default_layer(layer):
        yield layer
    await layer.close_pools()


async def joined(server: RedisServer, count: int) -> None:
    """Wait until so many channels are in the room."""
    client = Redis.from_url(server.url)
    async with asyncio.timeout(3 * PATIENCE):
        while await client.zcard("asgi:group:room") < count:  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # Redis tells nobody.
    await client.aclose()


class Tireless(Room):
    limits = Limits(close_timeout=1)
    ends: list[int]

    async def disconnect(self, code: int) -> None:
        self.ends.append(code)


async def test_after_a_restart_that_forgot_everything_all_are_reached_again(
    redis_server: RedisServer, on_own: Any, caplog: pytest.LogCaptureFixture
) -> None:
    Tireless.ends = []
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(Client(Tireless.as_asgi())) for _ in range(20)]
        for client in clients:
            await client.open()
        await joined(redis_server, len(clients))
        redis_server.kill()
        redis_server.start()
        await joined(redis_server, len(clients))
        clients[0].send(action="say", payload="x")
        assert [(await client.message())["payload"] for client in clients] == ["x"] * 20
        assert Tireless.ends == []
    assert len(Tireless.ends) == 20


async def test_connections_end_though_their_server_was_killed_under_load(
    redis_server: RedisServer, on_own: Any, caplog: pytest.LogCaptureFixture
) -> None:
    Tireless.ends = []
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(Client(Tireless.as_asgi())) for _ in range(60)]
        for client in clients:
            await client.open()
        await joined(redis_server, len(clients))
        for client in clients:
            client.send(action="say", payload="x")
        await clients[0].message()
        redis_server.kill()
        for client in clients:
            client.vanish()
    assert len(Tireless.ends) == 60
