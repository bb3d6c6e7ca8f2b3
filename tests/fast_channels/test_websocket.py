"""The consumer under FastAPI's and Starlette's own routes, behind uvicorn."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Query, WebSocket
from starlette.applications import Starlette
from starlette.routing import Mount, WebSocketRoute
from websockets.asyncio.client import connect

from chanx.core.decorators import event_handler, ws_handler
from chanx.core.errors import ConfigurationError
from chanx.ext.fast_channels.routing import ConsumerRouter
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage, PingMessage

Serve = Callable[..., str]


class Seen(BaseMessage):
    action: Literal["seen"] = "seen"
    payload: dict[str, Any]


class Where(AsyncJsonWebsocketConsumer):
    """Answers a ping with the path parameters of its connection."""

    def __init__(self, name: str = "") -> None:
        self.name = name

    @ws_handler
    async def report(self, message: PingMessage) -> Seen:
        return Seen(payload={"name": self.name, **self.scope["path_params"]})


def by_add_websocket_route(path: str) -> Any:
    app = FastAPI()
    app.router.add_websocket_route(path, Where.as_asgi(name="here"))
    return app


def by_included_router(path: str) -> Any:
    router = APIRouter()
    router.add_websocket_route(path, Where.as_asgi(name="here"))
    app = FastAPI()
    app.include_router(router)
    return app


def by_websocket_route(path: str) -> Any:
    return Starlette(routes=[WebSocketRoute(path, Where.as_asgi(name="here"))])


def by_mount(path: str) -> Any:
    return Starlette(routes=[Mount(path, app=Where.as_asgi(name="here"))])


def by_endpoint_function(path: str) -> Any:
    application = Where.as_asgi(name="here")
    app = FastAPI()

    @app.websocket(path)
    async def endpoint(websocket: WebSocket) -> None:
        await application(websocket)

    return app


@pytest.mark.parametrize(
    ("build", "rest"),
    [
        (by_add_websocket_route, ""),
        (by_included_router, ""),
        (by_websocket_route, ""),
        (by_mount, "/"),
        (by_endpoint_function, ""),
    ],
)
async def test_a_consumer_is_served_by_every_kind_of_route(
    serve: Serve, build: Callable[[str], Any], rest: str
) -> None:
    address = serve(build("/rooms/{room:int}"))
    async with connect(f"ws://{address}/rooms/3{rest}") as socket, asyncio.timeout(30):
        await socket.send('{"action": "ping"}')
        assert json.loads(await socket.recv())["payload"] == {"name": "here", "room": 3}


async def some() -> int:
    return 1


class Depending(AsyncJsonWebsocketConsumer):
    async def connect(self, number: int = Depends(some)) -> None: ...


class Asking(AsyncJsonWebsocketConsumer):
    async def connect(self, *, number: int = Query(1)) -> None: ...


class Requiring(AsyncJsonWebsocketConsumer):
    async def connect(self, number: int) -> None: ...


class Optional(AsyncJsonWebsocketConsumer):
    async def connect(self, number: int = 1, *rest: Any, **others: Any) -> None: ...


@pytest.mark.parametrize("consumer", [Depending, Asking, Requiring])
def test_parameters_that_nobody_would_fill_are_refused(
    consumer: type[AsyncJsonWebsocketConsumer],
) -> None:
    with pytest.raises(ConfigurationError, match=r"'number'.*ConsumerRouter") as refused:
        consumer.as_asgi()
    assert f"{consumer.__name__}.connect" in str(refused.value)


def test_parameters_that_need_no_filling_are_taken() -> None:
    assert Optional.as_asgi().consumer_class is Optional


class News(BaseMessage):
    action: Literal["news"] = "news"
    payload: str


class Ready(BaseMessage):
    action: Literal["ready"] = "ready"


def newsroom() -> FastAPI:
    app = FastAPI()
    router = ConsumerRouter()

    @router.consumer("/ws")
    class Newsroom(AsyncJsonWebsocketConsumer[News]):
        groups = ("newsroom",)

        async def post_authentication(self) -> None:
            await self.send_message(Ready())

        @event_handler
        async def told(self, event: News) -> News:
            return event

    app.include_router(router)

    @app.post("/async")
    async def tell(text: str) -> str:
        await Newsroom.broadcast_event(News(payload=text))
        return text

    @app.post("/sync")
    def tell_from_a_thread(text: str) -> str:
        Newsroom.broadcast_event_sync(News(payload=text))
        return text

    return app


@asynccontextmanager
async def reader(address: str) -> AsyncGenerator[Any, None]:
    async with connect(f"ws://{address}/ws") as socket, asyncio.timeout(30):
        assert json.loads(await socket.recv())["action"] == "ready"
        yield socket


@pytest.mark.parametrize("path", ["/async", "/sync"])
async def test_an_http_endpoint_reaches_every_socket(serve: Serve, path: str) -> None:
    address = serve(newsroom())
    async with reader(address) as first, reader(address) as second:
        async with httpx.AsyncClient(base_url=f"http://{address}") as client:
            response = await client.post(path, params={"text": "extra"})
        assert response.json() == "extra"
        for socket in (first, second):
            assert json.loads(await socket.recv()) == {"action": "news", "payload": "extra"}


async def test_a_broken_connection_ends_once(serve: Serve) -> None:
    ended = asyncio.Event()
    codes: list[int] = []

    class Lasting(AsyncJsonWebsocketConsumer):
        groups = ("lasting",)

        async def post_authentication(self) -> None:
            await self.send_message(Ready())

        async def disconnect(self, code: int) -> None:
            codes.append(code)
            ended.set()

    router = ConsumerRouter()
    router.add_consumer("/ws", Lasting)
    app = FastAPI()
    app.include_router(router)
    async with connect(f"ws://{serve(app)}/ws") as socket, asyncio.timeout(30):
        await socket.recv()
        socket.transport.abort()
        await ended.wait()
    assert len(codes) == 1


async def test_sending_to_a_client_that_is_gone_says_so(serve: Serve) -> None:
    outcome: asyncio.Queue[bool] = asyncio.Queue()

    class Late(AsyncJsonWebsocketConsumer):
        async def disconnect(self, code: int) -> None:
            outcome.put_nowait(await self.send_message(Ready()))

    router = ConsumerRouter()
    router.add_consumer("/ws", Late)
    app = FastAPI()
    app.include_router(router)
    async with connect(f"ws://{serve(app)}/ws"):
        pass
    async with asyncio.timeout(30):
        assert await outcome.get() is False


async def test_plain_http_finds_nothing_where_a_consumer_is_mounted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Room(AsyncJsonWebsocketConsumer):
        """Where people talk."""

    app = FastAPI()
    app.mount("/room", Room.as_asgi())
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        response = await client.get("/room/?token=secret")
    assert (response.status_code, response.text) == (404, "This path serves WebSockets.\n")
    (record,) = [record for record in caplog.records if record.name == "chanx.websocket"]
    assert record.getMessage().endswith("serves WebSockets, not HTTP at '/room/': 404.")
