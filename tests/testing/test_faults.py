"""Layers that fail, clients that do not read and servers that restart, as tests say."""

import asyncio
import contextlib
from typing import Any, Literal

import pytest

from chanx.core.close_codes import CloseCode
from chanx.core.decorators import event_handler, ws_handler
from chanx.core.limits import Limits
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import ChannelLayer, MemoryLayer, PushLayer
from chanx.messages import BaseMessage, PingMessage, PongMessage
from chanx.testing import (
    ApplicationStillRunning,
    FaultyLayer,
    FrozenClock,
    WebsocketCommunicator,
    default_layer,
    restart_server,
)


class Renamed(BaseMessage):
    action: Literal["renamed"] = "renamed"
    payload: int = 0


class Moved(BaseMessage):
    action: Literal["moved"] = "moved"


class Room(AsyncJsonWebsocketConsumer[Renamed | Moved]):
    groups = ("room",)
    limits = Limits(max_outgoing_queue=2, close_timeout=30)

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()

    @event_handler
    async def happened(self, event: Renamed | Moved) -> Renamed | Moved:
        return event


def connection(
    consumer: type[AsyncJsonWebsocketConsumer[Any]] = Room, **kwargs: Any
) -> WebsocketCommunicator:
    return WebsocketCommunicator(consumer.as_asgi(), "/", consumer=consumer, **kwargs)


async def rename(*numbers: int) -> None:
    for number in numbers:
        await Room.broadcast_event(Renamed(payload=number))


async def renamed(client: WebsocketCommunicator) -> list[int]:
    return [frame["payload"] for frame in await client.receive_all_json(timeout=60)]


class PulledLayer:
    """Offers what every channel layer does and nothing more."""

    def __init__(self) -> None:
        layer = MemoryLayer()
        self.new_channel = layer.new_channel
        self.send = layer.send
        self.receive = layer.receive
        self.group_add = layer.group_add
        self.group_discard = layer.group_discard
        self.group_send = layer.group_send


async def test_a_faulty_layer_calls_receivers_if_the_layer_that_it_wraps_does() -> None:
    assert isinstance(FaultyLayer(MemoryLayer()), ChannelLayer)
    assert hasattr(FaultyLayer(MemoryLayer()), "subscribe")
    pulled = FaultyLayer(PulledLayer())
    assert not hasattr(pulled, "subscribe")
    with default_layer(pulled):
        async with connection() as client:
            await rename(1)
            assert (await client.expect(Renamed)).payload == 1


async def test_messages_without_a_rule_go_through() -> None:
    with default_layer(FaultyLayer(MemoryLayer())):
        async with connection() as client:
            await rename(1, 2)
            assert await renamed(client) == [1, 2]


async def test_messages_are_dropped_by_rule() -> None:
    with default_layer(FaultyLayer(MemoryLayer())) as layer:
        fault = layer.drop("renamed", times=2)
        async with connection() as client:
            await Room.broadcast_event(Moved())
            await rename(1, 2, 3)
            await client.expect(Moved)
            assert await renamed(client) == [3]
        assert fault.hits == 2


async def test_messages_are_held_back_until_they_are_released_in_order() -> None:
    with default_layer(FaultyLayer(MemoryLayer())) as layer:
        layer.delay()
        async with connection() as client:
            await rename(1, 2, 3)
            await client.refute(Renamed, timeout=60)
            assert layer.held == 3
            await layer.release(1)
            assert await renamed(client) == [1]
            layer.heal()
            await rename(4)
            await layer.release()
            assert await renamed(client) == [4, 2, 3]


async def test_messages_are_duplicated_by_rule() -> None:
    with default_layer(FaultyLayer(MemoryLayer())) as layer:
        layer.duplicate(times=1)
        async with connection() as client:
            await rename(1, 2)
            assert await renamed(client) == [1, 1, 2]


async def test_messages_fail_by_rule_in_whoever_sends_them() -> None:
    with default_layer(FaultyLayer(MemoryLayer())) as layer:
        layer.fail("renamed", times=1)
        layer.fail(error=TimeoutError("no answer"), times=1)
        async with connection() as client:
            with pytest.raises(ConnectionError, match="as its test says"):
                await rename(1)
            with pytest.raises(TimeoutError, match="no answer"):
                await Room.send_event(Renamed(payload=2), "somebody")
            await rename(3)
            assert await renamed(client) == [3]


async def test_a_message_to_one_channel_is_struck_too() -> None:
    layer = FaultyLayer(MemoryLayer())
    layer.drop(times=1)
    channel = await layer.new_channel()
    await layer.send(channel, {"type": "count", "number": 1})
    await layer.send(channel, {"type": "count", "number": 2})
    assert (await layer.receive(channel))["number"] == 2


async def test_the_application_waits_for_a_client_that_stops_reading() -> None:
    async with connection() as client:
        client.stop_reading()
        await client.send_message(PingMessage())
        await client.expect_stalled()
        assert await client.receive_nothing(timeout=60)
        client.resume_reading()
        await client.expect(PongMessage)


async def test_a_client_that_reads_stalls_nothing() -> None:
    async with connection() as client:
        await client.send_message(PingMessage())
        with pytest.raises(AssertionError, match=r"nothing that had to wait within 0\.01 s"):
            await client.expect_stalled(timeout=0.01)


async def test_a_client_that_stops_reading_is_closed_as_too_slow_and_can_read_why() -> None:
    async with connection() as client:
        client.stop_reading()
        await rename(*range(10))
        await client.expect_stalled()
        client.resume_reading()
        await client.expect_closed(CloseCode.SLOW_CONSUMER)


async def test_a_client_that_never_reads_again_is_given_up_after_its_time() -> None:
    clock = FrozenClock()
    async with connection(clock=clock) as client:
        client.stop_reading()
        await rename(*range(10))
        await client.expect_stalled()
        await client.receive_nothing(timeout=60)
        assert client.close_code is None
        clock.advance(30)
        await client.expect_closed(1006)


async def test_a_client_that_does_not_read_can_leave() -> None:
    async with connection() as client:
        client.stop_reading()
        await client.send_message(PingMessage())
        await client.expect_stalled()


async def test_a_restarting_server_closes_with_its_code_and_is_connected_to_again() -> None:
    codes: list[int] = []

    class Noting(Room):
        async def disconnect(self, code: int) -> None:
            codes.append(code)

    async with connection(Noting) as one, connection(Noting) as other:
        await restart_server(one, other)
        assert codes == [1012, 1012]
        for client in (one, other):
            await client.expect_closed(1012)
            assert await client.reconnect() == (True, None)
            await client.request(PingMessage(), expect=PongMessage)


async def test_a_server_that_does_not_wait_cancels_its_handlers() -> None:
    ended: list[object] = []
    is_running = asyncio.Event()

    class Waiting(Room):
        @ws_handler
        async def ping(self, message: PingMessage) -> PongMessage:
            is_running.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("handler")
            return PongMessage()

        async def disconnect(self, code: int) -> None:
            ended.append(code)

    async with connection(Waiting) as client:
        await client.send_message(PingMessage())
        await is_running.wait()
        await restart_server(client, is_orderly=False)
        await client.expect_closed(1006)
        assert ended == ["handler", 1006]
        assert await client.reconnect() == (True, None)


async def test_a_layer_may_fail_to_receive_until_the_client_is_asked_to_come_back() -> None:
    clock = FrozenClock()
    layer = FaultyLayer(MemoryLayer(), pushes=False)
    outage = layer.fail_receive()
    with default_layer(layer):
        client = WebsocketCommunicator(Room.as_asgi(), "/", consumer=Room, clock=clock)
        await client.connect()
        while client.close_code is None:
            clock.advance(15)
            await asyncio.sleep(0)
        await client.expect_closed(CloseCode.UNAVAILABLE)
        assert outage.hits > 1
        layer.heal()
        await client.reconnect()
        await Room.broadcast_event(Renamed(payload=1), ["room"])
        assert await client.receive_message() == Renamed(payload=1)
        await client.disconnect()


def test_a_layer_that_nobody_asks_cannot_fail_to_receive() -> None:
    with pytest.raises(RuntimeError, match="pushes=False"):
        FaultyLayer(MemoryLayer()).fail_receive()


async def test_an_application_that_outlives_its_server_is_reported() -> None:
    class Staying(Room):
        async def disconnect(self, code: int) -> None:
            await asyncio.Event().wait()

    async with connection() as healthy:
        client = connection(Staying)
        await client.connect()
        with pytest.raises(ApplicationStillRunning):
            await restart_server(healthy, client, timeout=0.01)
        await healthy.expect_closed(1012)


async def test_an_open_connection_is_renewed_with_what_the_framework_did_not_touch() -> None:
    paths: list[str] = []

    async def mounted(scope: Any, receive: Any, send: Any) -> None:
        paths.append(scope["path"])
        scope["path"] = "/changed"
        scope["extensions"]["framework"] = {}
        await Room.as_asgi()(scope, receive, send)

    async with WebsocketCommunicator(mounted, "/room", consumer=Room) as client:
        assert await client.reconnect() == (True, None)
        assert {"websocket.http.response", "framework"} <= set(client.scope["extensions"])
    assert paths == ["/room", "/room"]


async def test_a_connection_that_never_was_can_be_made_by_reconnecting() -> None:
    client = connection()
    assert await client.reconnect() == (True, None)
    await client.disconnect()


async def test_an_application_that_ignores_its_cancellation_is_reported() -> None:
    is_released = asyncio.Event()

    async def stubborn(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while not is_released.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await is_released.wait()

    client = WebsocketCommunicator(stubborn, "/", consumer=Room)
    await client.connect()
    with pytest.raises(ApplicationStillRunning, match="ignores its cancellation"):
        await client.abort(timeout=0.01)
    is_released.set()
    await client.disconnect()


class OfItsLoop:
    """Asks an event loop's own layer for what it lacks, as channels_redis.pubsub does."""

    def __init__(self) -> None:
        self._own = MemoryLayer()

    def __getattr__(self, name: str) -> Any:
        if name in ("new_channel", "send", "receive", "group_add", "group_discard", "group_send"):
            return getattr(self._own, name)
        asyncio.get_running_loop()
        raise AttributeError(name)


def test_a_layer_that_is_of_its_event_loop_is_wrapped_where_none_runs() -> None:
    own: Any = OfItsLoop()
    layer = FaultyLayer(own)

    async def counted() -> tuple[int, Any]:
        fault = layer.duplicate()
        await layer.group_add("room", "channel")
        await layer.group_send("room", {"type": "hello"})
        return fault.hits, await layer.receive("channel")

    assert asyncio.run(counted()) == (1, {"type": "hello"})
    assert not isinstance(layer, PushLayer)
    assert not hasattr(layer, "send_sync")
