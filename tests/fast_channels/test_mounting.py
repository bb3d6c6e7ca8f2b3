"""Every way to mount a consumer works, or is refused with a sentence that names the fix."""

import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from starlette.applications import Starlette
from starlette.routing import Host, Route, Router, WebSocketRoute

from chanx.core.decorators import ws_handler
from chanx.core.errors import ConfigurationError
from chanx.ext.fast_channels.routing import ConsumerRouter
from chanx.ext.fast_channels.views import generate_asyncapi_schema
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import MemoryLayer
from chanx.messages import PingMessage, PongMessage
from chanx.testing.contract.client import Client
from chanx.testing.layers import default_layer

Build = Callable[[], Any]
Converse = Callable[..., Awaitable[list[Any]]]


class Chat(AsyncJsonWebsocketConsumer):
    @ws_handler
    async def answer(self, message: PingMessage) -> PongMessage:
        return PongMessage()


class Named(Chat):
    def __init__(self, name: str = "") -> None:
        self.name = name


def fastapi(register: Callable[[FastAPI], object]) -> Build:
    def build() -> FastAPI:
        app = FastAPI()
        register(app)
        return app

    return build


def behind_a_router(register: Callable[[ConsumerRouter], object]) -> Build:
    def build() -> FastAPI:
        router = ConsumerRouter()
        register(router)
        app = FastAPI()
        app.include_router(router)
        return app

    return build


async def start(app: FastAPI) -> None:
    """Start an application, as a server does, and stop it."""
    async with app.router.lifespan_context(app):
        pass


WORKING: dict[str, tuple[Build, str]] = {
    "app.mount": (fastapi(lambda app: app.mount("/c", Chat.as_asgi())), "/c/"),
    "app.host": (fastapi(lambda app: app.host("testserver", Chat.as_asgi())), "/any"),
    "Host": (lambda: Starlette(routes=[Host("testserver", Chat.as_asgi())]), "/any"),
    "add_websocket_route": (
        fastapi(lambda app: app.router.add_websocket_route("/c", Chat.as_asgi())),
        "/c",
    ),
    "add_websocket_route of a ConsumerRouter": (
        behind_a_router(lambda router: router.add_websocket_route("/c", Chat.as_asgi())),
        "/c",
    ),
    "FastAPI(routes=...)": (
        lambda: FastAPI(routes=[WebSocketRoute("/c", Chat.as_asgi())]),
        "/c",
    ),
    "Router": (lambda: Router(routes=[WebSocketRoute("/c", Chat.as_asgi())]), "/c"),
    "bare": (Chat.as_asgi, "/c"),
}


@pytest.mark.parametrize("way", WORKING)
async def test_a_consumer_is_served(converse: Converse, way: str) -> None:
    build, path = WORKING[way]
    sent = await converse(build(), path)
    assert sent[-1] == {"type": "websocket.send", "text": '{"action":"pong"}'}


AT_REGISTRATION: dict[str, Build] = {
    "add_api_websocket_route": fastapi(
        lambda app: app.add_api_websocket_route("/c", Chat.as_asgi())
    ),
    "app.websocket": fastapi(lambda app: app.websocket("/c")(Chat.as_asgi())),
    "add_api_route": fastapi(lambda app: app.add_api_route("/c", Chat.as_asgi())),
    "app.get": fastapi(lambda app: app.get("/c")(Chat.as_asgi())),
    "api_route": fastapi(lambda app: app.api_route("/c")(Chat.as_asgi())),
}


@pytest.mark.parametrize("way", AT_REGISTRATION)
def test_an_application_where_fastapi_wants_a_function_is_refused(way: str) -> None:
    with pytest.raises(ConfigurationError, match=r"Chat\.as_asgi\(\).*add_consumer\(path, Chat\)"):
        AT_REGISTRATION[way]()


INSTANCE: Any = Chat()  # no endpoint to type checkers
A_CLASS: Any = Chat
APPLICATION: Any = Chat.as_asgi()
WITH_A_CONSTRUCTOR: Any = Named
WITH_CLASS: dict[str, tuple[Build, str]] = {
    "app.mount": (fastapi(lambda app: app.mount("/c", A_CLASS)), "/c/"),
    "app.mount with a constructor": (
        fastapi(lambda app: app.mount("/c", WITH_A_CONSTRUCTOR)),
        "/c/",
    ),
    "app.host": (fastapi(lambda app: app.host("testserver", A_CLASS)), "/any"),
    "WebSocketRoute": (lambda: Starlette(routes=[WebSocketRoute("/c", A_CLASS)]), "/c"),
    "add_websocket_route": (
        fastapi(lambda app: app.router.add_websocket_route("/c", A_CLASS)),
        "/c",
    ),
    "add_api_websocket_route": (
        fastapi(lambda app: app.add_api_websocket_route("/c", A_CLASS)),
        "/c",
    ),
    "app.websocket": (fastapi(lambda app: app.websocket("/c")(WITH_A_CONSTRUCTOR)), "/c"),
    "bare": (lambda: A_CLASS, "/c"),
}


@pytest.mark.parametrize("way", WITH_CLASS)
async def test_a_class_is_refused_at_the_handshake(converse: Converse, way: str) -> None:
    build, path = WITH_CLASS[way]
    app = build()
    with pytest.raises(ConfigurationError, match=r"as_asgi\(\) to Mount"):
        await converse(app, path)


def test_a_consumer_router_refuses_a_class_when_it_is_registered() -> None:
    router = ConsumerRouter()
    for register in (router.websocket("/c"), partial(router.add_api_websocket_route, "/c")):
        with pytest.raises(ConfigurationError, match=r"/c: Chat .*@router\.consumer"):
            register(A_CLASS)


WITH_INSTANCE: dict[str, tuple[Build, str]] = {
    "app.mount": (fastapi(lambda app: app.mount("/c", INSTANCE)), "/c/"),
    "app.host": (fastapi(lambda app: app.host("testserver", INSTANCE)), "/any"),
    "WebSocketRoute": (lambda: Starlette(routes=[WebSocketRoute("/c", INSTANCE)]), "/c"),
}


@pytest.mark.parametrize("way", WITH_INSTANCE)
async def test_an_instance_is_refused_at_the_handshake(converse: Converse, way: str) -> None:
    build, path = WITH_INSTANCE[way]
    app = build()
    with pytest.raises(ConfigurationError, match=r"An instance of Chat .*Chat\.as_asgi\(\)"):
        await converse(app, path)


async def test_an_instance_serves_no_second_connection(converse: Converse) -> None:
    instance: Any = Chat()
    assert await converse(instance)
    with pytest.raises(ConfigurationError, match=r"An instance of Chat"):
        await converse(instance)


def test_an_instance_is_no_function_of_fastapi() -> None:
    with pytest.raises(ConfigurationError, match=r"An instance of Chat"):
        FastAPI().add_api_websocket_route("/c", INSTANCE)


MISPLACED: dict[str, tuple[Callable[[FastAPI], object], str]] = {
    "mounted class": (lambda app: app.mount("/c", A_CLASS), "/c: Chat is a consumer's class"),
    "class as an endpoint": (
        lambda app: app.add_api_websocket_route("/c", A_CLASS),
        "/c: Chat is a consumer's class",
    ),
    "class of an HTTP endpoint": (lambda app: app.get("/c")(A_CLASS), "/c: Chat is a consumer's"),
    "mounted instance": (lambda app: app.mount("/c", INSTANCE), "/c: An instance of Chat"),
    "host": (lambda app: app.host("example.com", A_CLASS), "example.com: Chat is a consumer's"),
    "route for HTTP": (
        lambda app: app.router.add_route("/c", APPLICATION),
        "/c: a route for HTTP leads to Chat",
    ),
    "route in a mount": (
        lambda app: app.mount("/v1", Starlette(routes=[Route("/c", Chat.as_asgi())])),
        "/c: a route for HTTP leads to Chat",
    ),
}


@pytest.mark.parametrize("way", MISPLACED)
def test_the_document_names_what_is_misplaced(way: str) -> None:
    register, text = MISPLACED[way]
    with pytest.raises(ConfigurationError, match=text):
        generate_asyncapi_schema(app=fastapi(register)())


@pytest.mark.parametrize("way", MISPLACED)
async def test_an_application_with_a_consumer_router_does_not_start_with_what_is_misplaced(
    way: str,
) -> None:
    register, text = MISPLACED[way]
    app = behind_a_router(lambda router: router.add_consumer("/right", Chat))()
    register(app)
    with pytest.raises(ConfigurationError, match=text):
        await start(app)


def test_arguments_that_the_constructor_does_not_take_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"'nope'.*Named\.__init__"):
        ConsumerRouter().add_consumer("/c", Named, initkwargs={"nope": 1})
    with pytest.raises(ConfigurationError, match=r"'nope'.*Chat\.__init__"):
        Chat.as_asgi(nope=1)


def test_a_class_keeps_the_signature_of_its_constructor() -> None:
    assert list(inspect.signature(Named).parameters) == ["name"]
    assert list(inspect.signature(Chat).parameters) == []


async def http_only(request: Request) -> str:
    return request.method


def guarded(place: str) -> FastAPI:
    def at(name: str) -> list[Any]:
        return [Depends(http_only)] if name == place else []

    router = ConsumerRouter()
    router.add_consumer("/c", Chat)
    outer = APIRouter(dependencies=at("outer router"))
    outer.include_router(router, dependencies=at("include_router"))
    app = FastAPI(dependencies=at("app"))
    app.include_router(outer)
    return app


@pytest.mark.parametrize("place", ["app", "outer router", "include_router"])
async def test_a_dependency_on_a_request_anywhere_stops_the_start(place: str) -> None:
    text = r"'request' of http_only, a dependency of Chat\.connect, .*HTTPConnection"
    with pytest.raises(ConfigurationError, match=text):
        await start(guarded(place))


async def test_a_dependency_on_a_request_below_a_mount_stops_the_start() -> None:
    app = behind_a_router(lambda router: router.add_consumer("/right", Chat))()
    app.mount("/v1", guarded("app"))
    with pytest.raises(ConfigurationError, match=r"'request' of http_only"):
        await start(app)


async def test_a_dependency_that_sets_headers_in_vain_is_named_at_the_start(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def add_header(response: Response) -> None:
        response.headers["X-Seen"] = "yes"

    router = ConsumerRouter()
    router.add_consumer("/c", Chat)
    app = FastAPI(dependencies=[Depends(add_header)])
    app.include_router(router)
    await start(app)
    assert "add_header, a dependency of Chat.connect, sets on its Response" in caplog.text


async def test_one_of_a_handler_is_named_too(caplog: pytest.LogCaptureFixture) -> None:
    def add_header(response: Response) -> None:
        response.headers["X-Seen"] = "yes"

    class Handling(Chat):
        @ws_handler
        async def answer(
            self, message: PingMessage, nothing: Annotated[None, Depends(add_header)] = None
        ) -> PongMessage:
            return PongMessage()

    router = ConsumerRouter()
    router.add_consumer("/c", Handling)
    app = FastAPI()
    app.include_router(router)
    await start(app)
    assert "Handling.answer, sets on its Response reaches no client" in caplog.text


async def test_without_a_start_the_handshake_says_so(
    converse: Converse, caplog: pytest.LogCaptureFixture
) -> None:
    app = guarded("app")
    if not hasattr(APIRouter, "handle"):
        # Before 0.137, FastAPI forgets the router that it includes until it starts.
        with pytest.raises(TypeError, match="'request'"):
            await converse(app)
        return
    _accept, told, close = await converse(app)
    assert '"code":"internal_error"' in told["text"]
    assert close["code"] == 4500
    assert "'request' of http_only, a dependency of Chat.connect" in caplog.text


async def test_the_lifespan_of_a_router_runs_beside_the_check() -> None:
    steps: list[str] = []

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncGenerator[dict[str, Any]]:
        steps.append("start")
        yield {"pool": "the pool"}
        steps.append("stop")

    router = ConsumerRouter(lifespan=lifespan)
    router.add_consumer("/c", Chat)
    app = FastAPI()
    app.include_router(router)
    async with app.router.lifespan_context(app) as state:
        assert state == {"pool": "the pool"}
    assert steps == ["start", "stop"]


class Closable(MemoryLayer):
    """A layer that holds something for the event loop."""

    closed = 0

    async def close(self) -> None:
        self.closed += 1


async def test_layers_are_closed_after_the_lifespan_unless_connections_use_them() -> None:
    class Room(AsyncJsonWebsocketConsumer):
        groups = ("room",)

    app = FastAPI()
    router = ConsumerRouter()
    router.add_consumer("/c", Room)
    app.include_router(router)
    with default_layer(Closable()) as layer:
        async with app.router.lifespan_context(app), Client(app, "/c") as client:
            await client.open()
            async with app.router.lifespan_context(app):
                pass
            assert layer.closed == 0
            client.vanish()
            await client.ended()
        assert layer.closed == 1
