"""What a connect does with the WebSocket it asked for, the consumer knows."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI, WebSocket
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from chanx.core.decorators import ws_handler
from chanx.ext.fast_channels.routing import ConsumerRouter
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import PingMessage, PongMessage


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


@pytest.fixture
def client() -> Callable[[type[Chat]], TestClient]:
    def serve(consumer: type[Chat]) -> TestClient:
        router = ConsumerRouter()
        router.add_consumer("/c", consumer)
        app = FastAPI()
        app.include_router(router)
        return TestClient(app)

    return serve


def test_it_may_be_accepted_and_sent_on(client: Callable[[type[Chat]], TestClient]) -> None:
    with client(Accepting).websocket_connect("/c?name=ada", subprotocols=["chat"]) as socket:
        assert socket.accepted_subprotocol == "chat"
        assert (b"x-room", b"lobby") in (socket.extra_headers or [])
        assert socket.receive_json() == {"hello": "ada"}
        assert socket.receive_json() == {"after": "accept"}
        socket.send_json({"action": "ping"})
        assert socket.receive_json() == {"action": "pong"}


def test_it_may_be_closed(client: Callable[[type[Chat]], TestClient]) -> None:
    with client(Closing).websocket_connect("/c") as socket:
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert (closed.value.code, closed.value.reason) == (4001, "Full.")


def test_what_clients_send_is_not_received_from_it(
    client: Callable[[type[Chat]], TestClient], caplog: pytest.LogCaptureFixture
) -> None:
    with client(Receiving).websocket_connect("/c") as socket:
        told: Any = socket.receive_json()
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert (told["payload"]["code"], closed.value.code) == ("internal_error", 4500)
    assert "write a method with @ws_handler" in caplog.text
