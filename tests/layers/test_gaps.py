"""Consumers are told when their layer was away, whatever kind it is."""

import asyncio
import logging
from collections.abc import Callable
from typing import Literal

import pytest

from chanx.core.decorators import event_handler, ws_handler
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import MemoryLayer, RedisLayer
from chanx.layers.hub import OnGap, Receiver
from chanx.layers.outages import watch
from chanx.messages import BaseMessage, PingMessage, PongMessage
from chanx.testing import FaultyLayer, FrozenClock, WebsocketCommunicator, default_layer
from tests.redis_server import RedisServer

TIMEOUT = 20


class Said(BaseMessage):
    action: Literal["said"] = "said"
    payload: str


class Missed(BaseMessage):
    action: Literal["missed"] = "missed"
    payload: float


class Room(AsyncJsonWebsocketConsumer[Said]):
    groups = ("room",)
    passthrough_events = (Said,)
    emits = (Missed,)

    async def on_layer_gap(self, seconds: float) -> None:
        await self.send_message(Missed(payload=seconds))


class Careless(Room):
    async def on_layer_gap(self, seconds: float) -> None:
        raise LookupError("no such state")


async def missed(client: WebsocketCommunicator) -> float:
    async with asyncio.timeout(TIMEOUT):
        return (await client.expect(Missed, timeout=TIMEOUT)).payload


async def test_a_restart_of_redis_is_told_to_every_member(redis_server: RedisServer) -> None:
    layer = RedisLayer(redis_server.url)
    with default_layer(layer):
        async with (
            WebsocketCommunicator(Room.as_asgi(), "/", consumer=Room) as ada,
            WebsocketCommunicator(Room.as_asgi(), "/", consumer=Room) as bob,
        ):
            redis_server.kill()
            redis_server.start()
            assert await missed(ada) > 0
            assert await missed(bob) > 0
            await Room.broadcast_event(Said(payload="again"))
            for client in (ada, bob):
                assert await client.receive_message(TIMEOUT) == Said(payload="again")
        await layer.close()


async def test_a_layer_that_is_asked_for_messages_is_told_of_too() -> None:
    layer = FaultyLayer(MemoryLayer(), pushes=False)
    with default_layer(layer):
        async with WebsocketCommunicator(Room.as_asgi(), "/", consumer=Room) as client:
            layer.fail_receive(times=1)
            await Room.broadcast_event(Said(payload="wakes it"))
            received = [await client.receive_message(TIMEOUT) for _ in range(2)]
            assert Said(payload="wakes it") in received
            assert [type(each) for each in received].count(Missed) == 1


async def test_a_gap_is_not_of_the_request_whose_handler_joined_the_first_group() -> None:
    class Late(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def ping(self, message: PingMessage) -> PongMessage:
            await self.join_group("room")
            return PongMessage()

        async def on_layer_gap(self, seconds: float) -> None:
            await self.send_message(PongMessage())

    layer = FaultyLayer(MemoryLayer(), pushes=False)
    with default_layer(layer):
        async with WebsocketCommunicator(Late.as_asgi(), "/", consumer=Late) as client:
            await client.send_json({"action": "ping", "ref": 7})
            assert await client.receive_json(TIMEOUT) == {"action": "pong", "ref": 7}
            layer.fail_receive(times=1)
            await layer.group_send("room", {"type": "wakes it"})
            assert await client.receive_json(TIMEOUT) == {"action": "pong"}


class Telling(MemoryLayer):
    """A layer that tells of gaps when its test says so."""

    tell_gap: OnGap | None = None

    def subscribe(
        self, channel: str, receiver: Receiver, on_gap: OnGap | None = None
    ) -> Callable[[], None]:
        self.tell_gap = on_gap
        return super().subscribe(channel, receiver, on_gap)


async def test_a_gap_that_waits_for_its_turn_reaches_back_to_its_beginning() -> None:
    may_go_on = asyncio.Event()

    class Slow(Room):
        @event_handler
        async def said(self, event: Said) -> None:
            await may_go_on.wait()

    clock, layer = FrozenClock(), Telling()
    with default_layer(layer):
        client = WebsocketCommunicator(Slow.as_asgi(), "/", consumer=Slow, clock=clock)
        async with client:
            await Slow.broadcast_event(Said(payload="takes its time"))
            assert layer.tell_gap is not None
            layer.tell_gap(2)
            clock.advance(30)
            layer.tell_gap(5)
            clock.advance(10)
            may_go_on.set()
            assert [await missed(client), await missed(client)] == [42, 15]


async def test_a_hook_that_fails_is_logged_and_the_socket_lives(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    class Answering(Careless):
        @ws_handler
        async def ping(self, message: PingMessage) -> PongMessage:
            return PongMessage()

    caplog.set_level(logging.ERROR)
    layer = RedisLayer(redis_server.url)
    with default_layer(layer):
        async with WebsocketCommunicator(Answering.as_asgi(), "/", consumer=Answering) as client:
            async with redis_server.client() as admin:
                await admin.client_kill_filter(_type="pubsub")
            async with asyncio.timeout(TIMEOUT):
                while "on_layer_gap failed" not in caplog.text:
                    await client.request(PingMessage(), expect=PongMessage)
        await layer.close()


async def test_an_event_from_a_thread_reaches_members_over_redis(
    shared_redis: RedisServer,
) -> None:
    layer = RedisLayer(shared_redis.url, prefix="gaps")
    with default_layer(layer):
        async with WebsocketCommunicator(Room.as_asgi(), "/", consumer=Room) as client:
            await asyncio.to_thread(Room.broadcast_event_sync, Said(payload="from a thread"))
            assert await client.receive_message(TIMEOUT) == Said(payload="from a thread")
        await layer.close()


async def test_whoever_watches_is_told_which_server_is_back_and_for_how_long_it_was_away(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    returns: list[tuple[str, float]] = []

    def failing(server: str, seconds: float) -> None:
        raise LookupError("nothing")

    ends = [watch(failing), watch(lambda server, seconds: returns.append((server, seconds)))]
    layer = RedisLayer(redis_server.url)
    with default_layer(layer):
        async with WebsocketCommunicator(Room.as_asgi(), "/", consumer=Room) as ada:
            redis_server.kill()
            redis_server.start()
            assert await missed(ada) >= returns[0][1]
            for end in (*ends, *ends):
                end()
    assert [server for server, _ in returns] == [redis_server.url]
    assert "What watches the servers of layers failed" in caplog.messages
