"""ConsumerRouter: FastAPI resolves what connect declares, before the handshake is answered."""

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from enum import Enum
from types import MappingProxyType
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from fastapi import (
    APIRouter,
    Cookie,
    Depends,
    FastAPI,
    Header,
    HTTPException,
    Path,
    Query,
    Request,
    Security,
    WebSocket,
)
from fastapi.requests import HTTPConnection
from fastapi.security import APIKeyHeader, HTTPBearer
from pydantic import BaseModel
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from chanx.core.decorators import ws_handler
from chanx.core.errors import ConfigurationError, RefuseConnection
from chanx.ext.fast_channels.routing import ConsumerRouter
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage, PingMessage

Serve = Callable[..., str]


class Seen(BaseMessage):
    action: Literal["seen"] = "seen"
    payload: dict[str, Any]


class Reporter(AsyncJsonWebsocketConsumer):
    """Answers a ping with what its connect was given."""

    given: Mapping[str, Any]

    @ws_handler
    async def report(self, message: PingMessage) -> Seen:
        return Seen(payload=dict(self.given))


async def given(url: str, **options: Any) -> Any:
    """What connect was given behind a URL."""
    async with connect(f"ws://{url}", **options) as socket:
        await socket.send('{"action": "ping"}')
        return (await received(socket))["payload"]


async def received(socket: Any) -> Any:
    async with asyncio.timeout(30):
        text = await socket.recv()
    return Seen.model_validate_json(text).model_dump()


async def refusal(url: str, **options: Any) -> int | None:
    """The code with which a refused connection closes."""
    async with connect(f"ws://{url}", **options) as socket, asyncio.timeout(30):
        await socket.wait_closed()
    return socket.close_code


def application(*routers: APIRouter, **options: Any) -> FastAPI:
    app = FastAPI(**options)
    for router in routers:
        app.include_router(router)
    return app


class Colour(Enum):
    RED = "red"


async def test_parameters_arrive_with_the_types_that_connect_declares(serve: Serve) -> None:
    router = ConsumerRouter()

    @router.consumer("/rooms/{room}/{member}")
    class Room(Reporter):
        async def connect(
            self,
            room: int,
            member: UUID,
            tags: Annotated[list[str], Query()],
            colour: Colour = Colour.RED,
            x_client: Annotated[str | None, Header()] = None,
        ) -> None:
            assert isinstance(member, UUID)
            assert isinstance(colour, Colour)
            self.given = {"room": room, "tags": tags, "client": x_client}

    address = serve(application(router))
    member = UUID(int=7)
    assert await given(
        f"{address}/rooms/3/{member}?tags=a&tags=b&colour=red",
        additional_headers={"X-Client": "tests"},
    ) == {"room": 3, "tags": ["a", "b"], "client": "tests"}


@pytest.mark.parametrize(
    "path", ["/rooms/three?limit=1", "/rooms/0?limit=1", "/rooms/1?limit=11", "/rooms/1"]
)
async def test_what_does_not_validate_never_reaches_connect(serve: Serve, path: str) -> None:
    router = ConsumerRouter()
    opened: list[int] = []

    @router.consumer("/rooms/{room}")
    class Room(Reporter):
        async def connect(
            self, room: Annotated[int, Path(ge=1)], limit: Annotated[int, Query(le=10)]
        ) -> None:
            opened.append(room)

    assert await refusal(serve(application(router)) + path) == 4422
    assert opened == []


async def test_prefixes_and_dependencies_of_nested_routers_apply(serve: Serve) -> None:
    passed: list[str] = []

    def passing(name: str) -> Any:
        async def note() -> None:
            passed.append(name)

        return Depends(note)

    inner = ConsumerRouter(prefix="/rooms", dependencies=[passing("inner")])

    @inner.consumer("/{room}", dependencies=[passing("route")])
    class Room(Reporter):
        async def connect(self, tenant: str, room: int) -> None:
            self.given = {"tenant": tenant, "room": room, "path": self.scope["path_params"]}

    middle = APIRouter(prefix="/{tenant}", dependencies=[passing("middle")])
    middle.include_router(inner, prefix="/chat")
    app = FastAPI()
    app.include_router(middle, prefix="/v1", dependencies=[passing("outer")])

    assert await given(serve(app) + "/v1/acme/chat/rooms/3") == {
        "tenant": "acme",
        "room": 3,
        "path": {"tenant": "acme", "room": "3"},
    }
    assert passed == ["outer", "middle", "inner", "route"]


async def test_dependencies_can_be_overridden(serve: Serve) -> None:
    async def user() -> str:
        raise HTTPException(401)

    async def somebody() -> str:
        return "somebody"

    router = ConsumerRouter()

    @router.consumer("/me")
    class Me(Reporter):
        async def connect(self, name: Annotated[str, Depends(user)]) -> None:
            self.given = {"name": name}

    app = application(router)
    app.dependency_overrides[user] = somebody
    assert await given(serve(app) + "/me") == {"name": "somebody"}


async def test_a_dependency_with_yield_stays_open_until_the_connection_ends(serve: Serve) -> None:
    steps: list[str] = []
    closed = asyncio.Event()

    async def session() -> AsyncIterator[str]:
        steps.append("open")
        try:
            yield "session"
        finally:
            steps.append("close")
            closed.set()

    router = ConsumerRouter()

    @router.consumer("/data")
    class Data(Reporter):
        async def connect(self, session: Annotated[str, Depends(session)]) -> None:
            self.given = {"session": session}

        async def disconnect(self, code: int) -> None:
            steps.append(f"disconnect {code}")

    async with connect(f"ws://{serve(application(router))}/data") as socket:
        await socket.send('{"action": "ping"}')
        assert (await received(socket))["payload"] == {"session": "session"}
        assert steps == ["open"]
    async with asyncio.timeout(30):
        await closed.wait()
    assert steps == ["open", "disconnect 1000", "close"]


async def test_a_dependency_with_yield_is_closed_when_the_server_closes(serve: Serve) -> None:
    steps: asyncio.Queue[str] = asyncio.Queue()

    async def session() -> AsyncIterator[None]:
        steps.put_nowait("open")
        try:
            yield
        finally:
            steps.put_nowait("close")

    router = ConsumerRouter(dependencies=[Depends(session)])

    @router.consumer("/data")
    class Data(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def end(self, message: PingMessage) -> None:
            await self.close(4001)

    async with connect(f"ws://{serve(application(router))}/data") as socket, asyncio.timeout(30):
        await socket.send('{"action": "ping"}')
        await socket.wait_closed()
        assert [await steps.get(), await steps.get()] == ["open", "close"]
    assert steps.empty()


class Key(APIKeyHeader):
    """FastAPI's own takes HTTP requests only in older releases."""

    async def __call__(self, request: HTTPConnection) -> str:
        if (key := request.headers.get("x-key")) is None:
            raise HTTPException(401, "No key.")
        return key


async def test_a_security_scheme_guards_the_handshake(serve: Serve) -> None:
    router = ConsumerRouter()

    @router.consumer("/guarded")
    class Guarded(Reporter):
        async def connect(self, key: Annotated[str, Security(Key(name="X-Key"))]) -> None:
            self.given = {"key": key}

    address = serve(application(router))
    assert await refusal(f"{address}/guarded") == 4401
    assert await given(f"{address}/guarded", additional_headers={"X-Key": "k"}) == {"key": "k"}


async def test_a_security_scheme_of_fastapi_works_or_is_refused_when_registered(
    serve: Serve,
) -> None:
    class Guarded(Reporter):
        async def connect(self, bearer: Annotated[Any, Security(HTTPBearer())]) -> None:
            self.given = {"token": bearer.credentials}

    router = ConsumerRouter()
    takes_requests_only = inspect.signature(HTTPBearer.__call__).parameters["request"]
    if takes_requests_only.annotation is Request:
        with pytest.raises(ConfigurationError, match=r"HTTPBearer.*0\.145"):
            router.add_consumer("/guarded", Guarded)
        return
    router.add_consumer("/guarded", Guarded)
    address = serve(application(router))
    assert await refusal(f"{address}/guarded") == 4401
    headers = {"Authorization": "Bearer t"}
    assert await given(f"{address}/guarded", additional_headers=headers) == {"token": "t"}


async def test_connect_can_have_the_websocket_itself(serve: Serve) -> None:
    router = ConsumerRouter()

    @router.consumer("/ws")
    class Own(Reporter):
        async def connect(self, websocket: WebSocket, other: HTTPConnection) -> None:
            self.given = {"path": websocket.url.path, "other": other.url.path}

    @router.consumer("/text")
    class Text(Reporter):
        async def connect(self, websocket: str) -> None:
            self.given = {"text": websocket}

    address = serve(application(router))
    assert await given(f"{address}/ws") == {"path": "/ws", "other": "/ws"}
    assert await given(f"{address}/text?websocket=hello") == {"text": "hello"}


class Page(BaseModel):
    limit: int = 10
    after: str | None = None


async def test_a_model_holds_the_query(serve: Serve) -> None:
    router = ConsumerRouter()

    @router.consumer("/page")
    class Pages(Reporter):
        async def connect(self, page: Annotated[Page, Query()]) -> None:
            self.given = page.model_dump()

    assert await given(serve(application(router)) + "/page?limit=3") == {"limit": 3, "after": None}


async def test_one_consumer_serves_several_paths_and_takes_constructor_arguments(
    serve: Serve,
) -> None:
    router = ConsumerRouter()

    class Named(Reporter):
        def __init__(self, name: str) -> None:
            self.given = {"name": name}

    router.add_consumer("/a", Named, initkwargs={"name": "a"})
    router.add_consumer("/b", Named, name="second", initkwargs={"name": "b"})
    app = application(router)
    address = serve(app)
    assert await given(f"{address}/a") == {"name": "a"}
    assert await given(f"{address}/b") == {"name": "b"}
    assert app.url_path_for("Named") == "/a"
    assert app.url_path_for("second") == "/b"


async def test_a_connect_that_is_inherited_counts(serve: Serve) -> None:
    router = ConsumerRouter()

    class Base(Reporter):
        class Options(BaseModel):
            verbose: bool = False

        async def connect(self, room: int, options: Annotated[Options, Query()]) -> None:
            self.given = {"room": room, "verbose": options.verbose}

    @router.consumer("/rooms/{room}")
    class Room(Base):
        pass

    @router.consumer("/open")
    class Open(Reporter):
        given = MappingProxyType({"without": "connect"})

    address = serve(application(router))
    assert await given(f"{address}/rooms/3?verbose=yes") == {"room": 3, "verbose": True}
    assert await given(f"{address}/open") == {"without": "connect"}


async def test_no_parameter_of_a_handshake_is_logged_whatever_becomes_of_it(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    router = ConsumerRouter()

    @router.consumer("/private")
    class Private(Reporter):
        async def connect(
            self,
            x_token: Annotated[str, Header(min_length=5)],
            session: Annotated[str, Cookie(min_length=5)],
            token: Annotated[str, Query(min_length=10)],
            authorization: Annotated[str, Header(min_length=10)],
        ) -> None:
            self.given = {}
            if token.startswith("refused"):
                raise RefuseConnection(403, "not that one")
            if token.startswith("failing"):
                raise LookupError("there is no such user")

    caplog.set_level(logging.DEBUG, "chanx")
    caplog.set_level(logging.DEBUG, "fastapi")
    host = serve(application(router))
    for outcome in ("accepted", "refused", "failing", ""):
        for secret in ("sEcReT", "sEc"):  # which is too short
            headers = {"X-Token": secret, "Cookie": f"session={secret}"}
            headers["Authorization"] = f"Bearer {secret}"
            with suppress(InvalidStatus, ConnectionClosed):
                async with connect(
                    f"ws://{host}/private?token={outcome}{secret}", additional_headers=headers
                ) as socket:
                    await socket.send('{"action": "ping"}')
                    await socket.recv()
    servers = {"websockets", "uvicorn"}
    records = [each for each in caplog.records if each.name.partition(".")[0] not in servers]
    logged = "".join(f"{logging.Formatter().format(each)} {vars(each)!r}" for each in records)
    assert "there is no such user" in logged
    assert "sEc" not in logged
