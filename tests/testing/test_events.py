"""The names that channels gives to what its communicators do."""

import asyncio
from typing import Any, Literal

import pytest

from chanx.core.decorators import ws_handler
from chanx.core.errors import RefuseConnection
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage, PingMessage, PongMessage
from chanx.testing import (
    ApplicationStillRunning,
    UnexpectedClose,
    UnexpectedFrame,
    WebsocketCommunicator,
)

PING = {"action": "ping"}
PONG = {"action": "pong"}
CONNECT = {"type": "websocket.connect"}


class Leave(BaseMessage):
    action: Literal["leave"] = "leave"


class Room(AsyncJsonWebsocketConsumer):
    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()

    @ws_handler
    async def leave(self, message: Leave) -> PongMessage:
        await self.close(4001, "left")
        return PongMessage()


class Locked(Room):
    async def connect(self) -> None:
        raise RefuseConnection(403)


class Denied(Locked):
    deny_with_http = True


def client_of(consumer: type[Room] = Room, **options: Any) -> WebsocketCommunicator:
    return WebsocketCommunicator(consumer.as_asgi(), "/", consumer=consumer, **options)


async def test_json_is_sent_and_received_by_the_names_of_channels() -> None:
    async with client_of() as client:
        await client.send_json_to(PING)
        assert await client.receive_json_from() == PONG
        await client.send_to(text_data='{"action": "ping"}')
        assert await client.receive_from() == '{"action":"pong"}'
        await client.send_to(bytes_data=b"")
        assert (await client.receive_json_from(timeout=1))["action"] == "error"
        with pytest.raises(TypeError, match="text_data or bytes_data"):
            await client.send_to()


async def test_events_go_in_and_come_out() -> None:
    client = client_of(subprotocols=["v1"])
    await client.send_input(CONNECT)
    accept = await client.receive_output()
    assert accept["type"] == "websocket.accept"
    await client.send_input({"type": "websocket.receive", "text": '{"action": "ping"}'})
    await client.send_input({"type": "websocket.receive", "text": '{"action": "leave"}'})
    pong = {"type": "websocket.send", "text": '{"action":"pong"}'}
    assert await client.receive_output() == pong
    close = await client.receive_output()
    assert (close["type"], close["code"], close["reason"]) == ("websocket.close", 4001, "left")
    with pytest.raises(UnexpectedClose):
        await client.receive_output()
    await client.wait()


async def test_what_connecting_tells_does_not_come_again() -> None:
    client = client_of()
    assert await client.connect() == (True, None)
    await client.send_json_to(PING)
    assert (await client.receive_output())["type"] == "websocket.send"
    with pytest.raises(TimeoutError):
        await client.receive_output(timeout=0.01)
    with pytest.raises(ApplicationStillRunning):
        await client.wait(timeout=0.01)


async def test_a_client_that_leaves_is_waited_for() -> None:
    async with client_of() as client:
        await client.send_input({"type": "websocket.disconnect", "code": 1001})
        await client.wait()
        assert client.close_code == 1001


async def test_a_refusal_is_an_event() -> None:
    async def refuses(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.close", "code": 4403})

    client = WebsocketCommunicator(refuses, "/", consumer=Room)
    await client.send_input(CONNECT)
    assert await client.receive_output() == {"type": "websocket.close", "code": 4403}
    assert await client.connect() == (False, 4403)


async def test_a_denial_is_two_events() -> None:
    client = client_of(Denied)
    await client.send_input(CONNECT)
    start = await client.receive_output()
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 403)
    assert (await client.receive_output())["type"] == "websocket.http.response.body"


async def test_what_is_no_event_of_a_client_or_no_json_is_refused() -> None:
    async def talks(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "no JSON"})
        await receive()

    async with WebsocketCommunicator(talks, "/", consumer=Room) as client:
        with pytest.raises(ValueError, match=r"http\.request"):
            await client.send_input({"type": "http.request"})
        with pytest.raises(RuntimeError, match="begun already"):
            await client.send_input(CONNECT)
        with pytest.raises(UnexpectedFrame, match="JSON"):
            await client.receive_json_from()


def test_a_connection_of_another_event_loop_says_so() -> None:
    client = client_of()
    asyncio.run(client.connect())
    with pytest.raises(RuntimeError, match="another event loop"):
        asyncio.run(client.send_message(PingMessage()))
    with pytest.raises(RuntimeError, match="another event loop"):
        asyncio.run(client.receive_message())
    asyncio.run(client.disconnect())


async def test_a_handshake_that_begins_ends_with_the_first_use() -> None:
    async with client_of() as other:
        client = client_of()
        client.begin_handshake()
        await other.request(PingMessage(), expect=PongMessage)
        assert await client.request(PingMessage(), expect=PongMessage)
        await client.disconnect()
