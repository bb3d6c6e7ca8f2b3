"""What is asked before a connection is accepted, from what costs least to what costs most."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, ClassVar

import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Query, WebSocket
from starlette.applications import Starlette
from starlette.routing import Mount
from websockets.asyncio.client import connect

from chanx.core.authenticator import BaseAuthenticator, Credential
from chanx.core.decorators import ws_handler
from chanx.core.limits import Limits
from chanx.ext.fast_channels.routing import ConsumerRouter
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import PingMessage, PongMessage
from chanx.testing import FrozenClock
from tests.held_time import timed

Serve = Callable[..., str]
asked: list[str] = []


@pytest.fixture(autouse=True)
def questions() -> None:
    asked.clear()


class Authenticator(BaseAuthenticator):
    credentials: ClassVar = [Credential("user", "query")]

    async def authenticate(self, scope: Any) -> bool:
        asked.append("authenticator")
        scope["user"] = scope["query_string"].decode().partition("user=")[2]
        return bool(scope["user"])


def asking(name: str) -> Any:
    async def ask(websocket: WebSocket) -> str:
        asked.append(name)
        return str(websocket.scope["user"])

    return Depends(ask)


class Room(AsyncJsonWebsocketConsumer):
    authenticator_class = Authenticator
    send_authentication_message = False
    allowed_origins = ("https://example.com",)
    limits = Limits(max_connections=1)

    async def connect(self, user: Annotated[str, asking("connect")]) -> None:
        assert user == "ada"
        asked.append("connect itself")

    @ws_handler
    async def answer(self, message: PingMessage) -> PongMessage:
        return PongMessage()


def application(consumer: type[AsyncJsonWebsocketConsumer] = Room) -> FastAPI:
    router = ConsumerRouter(dependencies=[asking("router")])
    router.add_consumer("/ws", consumer, dependencies=[asking("route")])
    outer = APIRouter()
    outer.include_router(router, dependencies=[asking("include")])
    app = FastAPI(dependencies=[asking("application")])
    app.include_router(outer)
    return app


def mounted() -> Starlette:
    router = ConsumerRouter(dependencies=[asking("router")])
    router.add_consumer("/ws", Room, dependencies=[asking("route")])
    return Starlette(routes=[Mount("/", router)])


async def refused(url: str, **options: Any) -> int | None:
    async with connect(f"ws://{url}", **options) as socket, asyncio.timeout(30):
        await socket.wait_closed()
    return socket.close_code


async def test_whoever_is_let_in_was_asked_from_outside_to_inside(serve: Serve) -> None:
    async with connect(f"ws://{serve(application())}/ws?user=ada") as socket:
        await socket.send('{"action": "ping"}')
        assert json.loads(await socket.recv()) == {"action": "pong"}
    assert asked == [
        *("authenticator", "application", "include", "router", "route"),
        *("connect", "connect itself"),
    ]


@pytest.mark.parametrize("app", [application, mounted])
async def test_a_foreign_page_and_one_too_many_cost_no_dependency(
    serve: Serve, app: Callable[[], Any]
) -> None:
    address = serve(app())
    origin: Any = "https://elsewhere.example"
    assert await refused(f"{address}/ws?user=ada", origin=origin) == 4403
    assert asked == []
    async with connect(f"ws://{address}/ws?user=ada"):
        asked.clear()
        assert await refused(f"{address}/ws?user=ada") == 4503
        assert asked == []


async def test_a_user_whom_a_dependency_finds_is_counted_before_connect(serve: Serve) -> None:
    async def log_in(websocket: WebSocket, user: str) -> None:
        websocket.scope["user"] = user

    class Counted(AsyncJsonWebsocketConsumer):
        limits = Limits(max_connections_per_user=1)

        async def connect(self, nothing: Annotated[None, Depends(log_in)]) -> None:
            asked.append(f"connect for {self.user}")

    router = ConsumerRouter()
    router.add_consumer("/ws", Counted)
    app = FastAPI()
    app.include_router(router)
    address = serve(app)
    async with connect(f"ws://{address}/ws?user=ada"), connect(f"ws://{address}/ws?user=bob"):
        assert await refused(f"{address}/ws?user=ada") == 4429
    assert asked == ["connect for ada", "connect for bob"]


async def test_whoever_does_not_authenticate_costs_no_dependency(serve: Serve) -> None:
    assert await refused(f"{serve(application())}/ws") == 4401
    assert asked == ["authenticator"]


@pytest.mark.parametrize("where", ["application", "connect"])
async def test_dependencies_are_within_the_time_of_the_handshake(
    serve: Serve, caplog: pytest.LogCaptureFixture, where: str
) -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    class Slow(AsyncJsonWebsocketConsumer):
        limits = Limits(handshake_timeout=30)

    class SlowToConnect(Slow):
        async def connect(self, nothing: Annotated[None, Depends(hang)]) -> None:
            raise AssertionError

    router = ConsumerRouter()
    router.add_consumer("/ws", SlowToConnect if where == "connect" else Slow)
    app = FastAPI(dependencies=[Depends(hang)] if where == "application" else [])
    app.include_router(router)
    clock = FrozenClock()
    refusing = asyncio.create_task(refused(f"{serve(timed(app, clock))}/ws"))
    await begun.wait()
    clock.advance(30)
    assert await refusing == 4408
    assert cancelled.is_set()
    assert re.search(r"took too long, at .*\.Slow(ToConnect)?\.connect's arguments", caplog.text)


async def test_what_a_refused_handshake_held_open_is_closed_and_sees_why(serve: Serve) -> None:
    async def session() -> AsyncIterator[None]:
        try:
            yield
        except HTTPException as error:
            asked.append(f"rollback {error.status_code}")
            raise
        finally:
            asked.append("close")

    async def refuse(session: Annotated[None, Depends(session)]) -> None:
        raise HTTPException(409)

    router = ConsumerRouter(dependencies=[Depends(refuse)])
    router.add_consumer("/ws", AsyncJsonWebsocketConsumer)
    app = FastAPI()
    app.include_router(router)
    assert await refused(f"{serve(app)}/ws") == 4409
    assert asked == ["rollback 409", "close"]


async def test_a_refusal_that_a_dependency_swallows_is_one(serve: Serve) -> None:
    async def swallow() -> AsyncIterator[None]:
        try:
            yield
        except HTTPException:
            asked.append("swallowed")

    async def refuse(session: Annotated[None, Depends(swallow)]) -> None:
        raise HTTPException(409)

    router = ConsumerRouter(dependencies=[Depends(refuse)])
    router.add_consumer("/ws", AsyncJsonWebsocketConsumer)
    app = FastAPI()
    app.include_router(router)
    assert await refused(f"{serve(app)}/ws") == 4409
    assert asked == ["swallowed"]


async def test_who_was_not_let_in_by_a_dependency_is_not_told_of_to_disconnect(
    serve: Serve,
) -> None:
    async def close(websocket: WebSocket) -> None:
        await websocket.close(4000)

    class Ended(AsyncJsonWebsocketConsumer):
        async def connect(self, nothing: Annotated[None, Depends(close)]) -> None:
            asked.append("connect")

        async def disconnect(self, code: int) -> None:
            asked.append("disconnect")

    router = ConsumerRouter()
    router.add_consumer("/ws", Ended)
    app = FastAPI()
    app.include_router(router)
    assert await refused(f"{serve(app)}/ws") == 4000
    assert asked == []


async def limit(limit: Annotated[int, Query(le=10)]) -> int:
    return limit


class Reading(AsyncJsonWebsocketConsumer):
    @ws_handler
    async def answer(
        self,
        message: PingMessage,
        room: int,
        limit: Annotated[int, Depends(limit)],
        x_tag: Annotated[str, Header()] = "",
    ) -> PongMessage:
        asked.append(f"{room} {limit} {x_tag}")
        return PongMessage()


def reading() -> FastAPI:
    router = ConsumerRouter()
    router.add_consumer("/rooms/{room}", Reading)
    app = FastAPI()
    app.include_router(router)
    return app


async def test_what_handlers_read_of_the_handshake_is_validated_there(serve: Serve) -> None:
    address = serve(reading())
    async with connect(f"ws://{address}/rooms/three?limit=11") as socket, asyncio.timeout(30):
        errors = json.loads(await socket.recv())["payload"]["errors"]
        await socket.wait_closed()
    assert socket.close_code == 4422
    assert errors[0]["loc"] == ["path", "room"]
    assert await refused(f"{address}/rooms/3?limit=11") == 4422
    async with connect(f"ws://{address}/rooms/3?limit=1") as socket:
        await socket.send('{"action": "ping"}')
        assert json.loads(await socket.recv()) == {"action": "pong"}
    assert asked == ["3 1 "]


async def test_what_a_handlers_dependency_would_read_is_not_asked_for_where_it_is_overridden(
    serve: Serve,
) -> None:
    app = reading()
    app.dependency_overrides[limit] = lambda: 7
    async with connect(f"ws://{serve(app)}/rooms/3") as socket:
        await socket.send('{"action": "ping"}')
        assert json.loads(await socket.recv()) == {"action": "pong"}
    assert asked == ["3 7 "]
