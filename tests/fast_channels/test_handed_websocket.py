"""What a connect does with the WebSocket it asked for, the consumer knows."""

import asyncio
import json
from collections.abc import Callable

import pytest
from fastapi import FastAPI, WebSocket
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from chanx.core.decorators import ws_handler
from chanx.ext.fast_channels.routing import ConsumerRouter
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import PingMessage, PongMessage

Serve = Callable[..., str]


class Chat(AsyncJsonWebsocketConsumer):
    @ws_handler
    async def answer(self, message: PingMessage) -> PongMessage:
        return PongMessage()


class Accepting(Chat):
    """Begins as endpoints of FastAPI's own do."""

    async def connect(self, websocket: WebSocket) -> None:
        self.websocket = websocket
        await websocket.accept(subprotocol="chat", headers=[(b"x-room", b"lobby")])
        await websocket.send_json({"hello": websocket.query_params["name"]})

    async def post_authentication(self) -> None:
        await self.websocket.send_json({"after": "accept"})


class Closing(Chat):
    async def connect(self, websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close(4001, "Full.")


class Receiving(Chat):
    async def connect(self, websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.receive_json()


def application(consumer: type[Chat]) -> FastAPI:
    router = ConsumerRouter()
    router.add_consumer("/c", consumer)
    app = FastAPI()
    app.include_router(router)
    return app


async def test_it_may_be_accepted_and_sent_on(serve: Serve) -> None:
    url = f"ws://{serve(application(Accepting))}/c?name=ada"
    offer = [Subprotocol("chat")]
    async with connect(url, subprotocols=offer) as socket, asyncio.timeout(30):
        assert socket.subprotocol == "chat"
        assert socket.response
        assert socket.response.headers["x-room"] == "lobby"
        assert json.loads(await socket.recv()) == {"hello": "ada"}
        assert json.loads(await socket.recv()) == {"after": "accept"}
        await socket.send('{"action": "ping"}')
        assert json.loads(await socket.recv()) == {"action": "pong"}


async def test_it_may_be_closed(serve: Serve) -> None:
    async with connect(f"ws://{serve(application(Closing))}/c") as socket, asyncio.timeout(30):
        await socket.wait_closed()
    assert (socket.close_code, socket.close_reason) == (4001, "Full.")


async def test_what_clients_send_is_not_received_from_it(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    async with connect(f"ws://{serve(application(Receiving))}/c") as socket, asyncio.timeout(30):
        assert json.loads(await socket.recv())["payload"]["code"] == "internal_error"
        await socket.wait_closed()
    assert socket.close_code == 4500
    assert "write a method with @ws_handler" in caplog.text
