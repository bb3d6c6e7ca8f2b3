"""FastAPIRouteDiscovery: consumers behind any nesting, and what their handshakes demand."""

import asyncio
from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import jsonschema_rs
import pytest
from fastapi import (
    APIRouter,
    Cookie,
    Depends,
    FastAPI,
    Header,
    Path,
    Query,
    Security,
    WebSocket,
)
from fastapi.requests import HTTPConnection
from fastapi.security import APIKeyHeader, HTTPBearer, OAuth2PasswordBearer
from pydantic import BaseModel, Field
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Host, Mount, Route, Router, WebSocketRoute
from starlette.staticfiles import StaticFiles
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from chanx.core.decorators import ws_handler
from chanx.ext.fast_channels import generate_asyncapi_schema
from chanx.ext.fast_channels.discovery import FastAPIRouteDiscovery
from chanx.ext.fast_channels.routing import ConsumerRouter
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import PingMessage, PongMessage
from chanx.routing import PathParameter, RouteInfo


class Echo(AsyncJsonWebsocketConsumer):
    """The consumer that is to be found."""

    @ws_handler
    async def answer(self, message: PingMessage) -> PongMessage:
        return PongMessage()


def discover(app: Any) -> list[RouteInfo]:
    return FastAPIRouteDiscovery(app).discover()


def paths(app: Any) -> list[str]:
    assert all(route.consumer is Echo for route in discover(app))
    return [route.path for route in discover(app)]


async def is_served(address: str, path: str) -> bool:
    try:
        async with connect(f"ws://{address}{path.format(number=1)}") as socket, asyncio.timeout(30):
            await socket.send('{"action": "ping"}')
            return "pong" in str(await socket.recv())
    except InvalidStatus:
        return False


def consumer_router(path: str = "/ws", **options: Any) -> ConsumerRouter:
    router = ConsumerRouter(**options)
    router.add_consumer(path, Echo)
    return router


def including(*routers: APIRouter, **options: Any) -> FastAPI:
    app = FastAPI()
    for router in routers:
        app.include_router(router, **options)
    return app


def plain_route() -> FastAPI:
    app = FastAPI()
    app.router.add_websocket_route("/ws", Echo.as_asgi())
    return app


def nested_routers() -> FastAPI:
    inner = consumer_router(prefix="/b")
    middle = APIRouter(prefix="/a")
    middle.include_router(inner)
    return including(middle, prefix="/v1")


def mounted_application() -> FastAPI:
    app = FastAPI()
    app.mount("/sub", including(consumer_router(), prefix="/v1"))
    return app


def starlette_routes_in_included_router() -> FastAPI:
    router = APIRouter(prefix="/in")
    router.add_websocket_route("/plain/{number:int}", Echo.as_asgi())
    router.mount("/sub", app=including(consumer_router()))
    router.host("127.0.0.1", app=Router([WebSocketRoute("/hosted", Echo.as_asgi())]))
    return including(router, prefix="/v1")


def routers_within_routers() -> Router:
    innermost = Router([WebSocketRoute("/ws", Echo.as_asgi())])
    return Router([Mount("/b", app=Router([Mount("/a", app=innermost)]))])


def host() -> Starlette:
    hosted = Router([WebSocketRoute("/ws", Echo.as_asgi())])
    return Starlette(routes=[Host("127.0.0.1", app=hosted)])


def mounted_consumer() -> Starlette:
    return Starlette(routes=[Mount("/ws", app=Echo.as_asgi())])


def middleware_around_everything() -> Any:
    route = WebSocketRoute(
        "/ws", CORSMiddleware(Echo.as_asgi()), middleware=[Middleware(CORSMiddleware)]
    )
    mount = Mount(
        "/sub", app=CORSMiddleware(Router([route])), middleware=[Middleware(CORSMiddleware)]
    )
    app = Starlette(routes=[mount], middleware=[Middleware(CORSMiddleware)])
    return CORSMiddleware(CORSMiddleware(app))


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (plain_route, ["/ws"]),
        (lambda: including(consumer_router()), ["/ws"]),
        (nested_routers, ["/v1/a/b/ws"]),
        (mounted_application, ["/sub/v1/ws"]),
        (routers_within_routers, ["/b/a/ws"]),
        (host, ["/ws"]),
        (mounted_consumer, ["/ws/"]),
        (middleware_around_everything, ["/sub/ws"]),
        (lambda: including(consumer_router("/a"), consumer_router("/b")), ["/a", "/b"]),
        (lambda: including(consumer_router(), consumer_router()), ["/ws"]),
        (Echo.as_asgi, ["/"]),
    ],
)
async def test_a_consumer_is_found_where_it_is_served(
    serve: Callable[..., str], build: Callable[[], Any], expected: list[str]
) -> None:
    app = build()
    assert paths(app) == expected
    address = serve(app)
    for path in expected:
        assert await is_served(address, path)


async def test_routes_of_starlette_behind_include_router_are_found_where_they_are_served(
    serve: Callable[..., str],
) -> None:
    app = starlette_routes_in_included_router()
    found = paths(app)
    address = serve(app)
    candidates = [
        f"/v1{prefix}{path}"
        for prefix in ("", "/in")
        for path in ("/plain/{number}", "/sub/ws", "/hosted")
    ]
    served = [path for path in candidates if await is_served(address, path)]
    assert sorted(found) == sorted(served)
    assert served


def test_what_is_no_consumer_is_passed_over(tmp_path: Any) -> None:
    async def socket(websocket: WebSocket) -> None: ...

    async def page(request: Any) -> PlainTextResponse:
        return PlainTextResponse("page")

    async def bare(scope: Any, receive: Any, send: Any) -> None: ...

    app = FastAPI()
    app.add_api_websocket_route("/fastapi", socket)
    app.router.add_websocket_route("/starlette", socket)
    app.router.add_route("/page", page)
    app.mount("/static", StaticFiles(directory=tmp_path))
    app.mount("/bare", bare)
    app.mount("/starlette-app", Starlette(routes=[Route("/page", page)]))
    assert discover(app) == []
    assert discover(bare) == []


def test_routes_keep_the_order_of_their_registration_and_their_names() -> None:
    app = FastAPI()
    app.include_router(consumer_router("/first"))
    app.router.add_websocket_route("/second", Echo.as_asgi(), name="second")
    app.mount("/third", including(consumer_router()))
    assert [(route.path, route.name) for route in discover(app)] == [
        ("/first", "Echo"),
        ("/second", "second"),
        ("/third/ws", "Echo"),
    ]


@pytest.mark.parametrize("is_typed", [False, True])
@pytest.mark.parametrize(
    ("convertor", "text", "fits"),
    [
        ("int", "0", True),
        ("int", "12", True),
        ("int", "-1", False),
        ("int", "1e3", False),
        ("float", "1.5", True),
        ("float", "12", True),
        ("float", "-1.5", False),
        ("float", "1e3", False),
    ],
)
async def test_numbers_in_paths_are_served_as_documented(
    serve: Callable[..., str], convertor: str, text: str, fits: bool, is_typed: bool
) -> None:
    class Typed(Echo):
        async def connect(self, number: int | float) -> None: ...

    class Untyped(Echo):
        """Reads the path itself."""

    router = ConsumerRouter()
    router.add_consumer(f"/{{number:{convertor}}}", Typed if is_typed else Untyped)
    app = including(router)
    [channel] = generate_asyncapi_schema(app=app)["channels"].values()
    schema = channel["parameters"]["number"]["x-schema"]
    assert schema["minimum"] == 0
    described = jsonschema_rs.Draft7Validator({"pattern": schema["x-pattern"]})
    assert described.is_valid(text) is fits
    assert await is_served(serve(app), f"/{text}") is fits


def test_cookies_of_dependencies_are_described() -> None:
    def visitor(
        visitor: Annotated[str, Cookie(description="A browser's secret.")],
        theme: Annotated[str | None, Cookie()] = None,
        hidden: Annotated[str | None, Cookie(include_in_schema=False)] = None,
    ) -> str:
        return visitor

    router = ConsumerRouter(dependencies=[Depends(visitor)])
    router.add_consumer("/ws", Echo)
    [channel] = generate_asyncapi_schema(app=including(router))["channels"].values()
    assert channel["x-cookies"]["properties"].keys() == {"visitor", "theme"}
    assert channel["x-cookies"]["properties"]["visitor"]["description"] == "A browser's secret."
    assert channel["x-cookies"]["required"] == ["visitor"]
    assert channel["bindings"]["ws"]["headers"]["required"] == ["Cookie"]


def test_what_handlers_take_of_the_handshake_is_described() -> None:
    class Key(APIKeyHeader):
        """FastAPI's own takes HTTP requests only in older releases."""

        async def __call__(self, request: HTTPConnection) -> str:
            return request.headers["x-key"]

    async def token(key: Annotated[str, Security(Key(name="X-Key"))]) -> str:
        return key

    class Room(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(
            self,
            message: PingMessage,
            room: int,
            limit: Annotated[int, Query(le=10)],
            tag: Annotated[str, Cookie()],
            key: Annotated[str, Depends(token)],
        ) -> None: ...

    router = ConsumerRouter()
    router.add_consumer("/{room}", Room)
    (route,) = FastAPIRouteDiscovery(router).discover()
    assert route.parameters[0].schema == {"type": "integer"}
    assert route.query == {
        "type": "object",
        "properties": {"limit": {"type": "integer", "maximum": 10}},
        "required": ["limit"],
    }
    assert route.cookies is not None
    assert route.cookies["required"] == ["tag"]
    assert list(route.security) == ["Key"]
    assert route.validates_parameters


def test_convertors_become_parameters() -> None:
    path = "/{text}/{number:int}/{ratio:float}/{member:uuid}/{rest:path}"
    app = Starlette(routes=[Mount("/{tenant:int}", routes=[WebSocketRoute(path, Echo.as_asgi())])])
    (route,) = discover(app)
    assert route.path == "/{tenant}/{text}/{number}/{ratio}/{member}/{rest}"
    assert [(each.name, each.converter) for each in route.parameters] == [
        ("tenant", "int"),
        ("text", None),
        ("number", "int"),
        ("ratio", "float"),
        ("member", "uuid"),
        ("rest", "path"),
    ]
    assert route.parameters[1] == PathParameter(name="text")
    assert route.parameters[2].pattern == "[0-9]+"
    assert (route.query, route.headers, route.security) == (None, None, {})


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


def test_types_of_path_parameters_become_schemas() -> None:
    router = ConsumerRouter()

    @router.consumer("/{room}/{member}/{colour}")
    class Room(AsyncJsonWebsocketConsumer):
        async def connect(
            self,
            tenant: Annotated[int, Path()],
            room: Annotated[int, Path(ge=1, description="Its number.")],
            member: UUID,
            colour: Colour,
        ) -> None: ...

    app = FastAPI()
    app.mount("/{tenant}", including(router))
    (route,) = discover(app)
    assert list(route.parameters) == [
        PathParameter(name="tenant", schema={"type": "integer"}),
        PathParameter(
            name="room", schema={"type": "integer", "minimum": 1}, description="Its number."
        ),
        PathParameter(name="member", schema={"type": "string", "format": "uuid"}),
        PathParameter(
            name="colour", schema={"title": "Colour", "type": "string", "enum": ["red", "blue"]}
        ),
    ]


def test_query_and_headers_of_connect_and_its_dependencies_become_schemas() -> None:
    async def paged(limit: Annotated[int, Query(le=50)] = 10, word: str = "") -> int:
        return limit

    router = ConsumerRouter()

    @router.consumer("/search")
    class Search(AsyncJsonWebsocketConsumer):
        async def connect(
            self,
            limit: Annotated[int, Depends(paged)],
            word: Annotated[str, Query(alias="q", min_length=2, description="What to find.")],
            x_client: Annotated[str, Header()],
            colours: Annotated[list[Colour], Query()] = [],  # noqa: B006
            hidden: Annotated[str, Query(include_in_schema=False)] = "",
        ) -> None: ...

    (route,) = discover(including(router))
    assert route.query == {
        "type": "object",
        "properties": {
            "q": {"type": "string", "minLength": 2, "description": "What to find."},
            "colours": {
                "type": "array",
                "items": {"title": "Colour", "type": "string", "enum": ["red", "blue"]},
                "default": [],
            },
            "limit": {"type": "integer", "maximum": 50, "default": 10},
            "word": {"type": "string", "default": ""},
        },
        "required": ["q"],
    }
    assert route.headers == {
        "type": "object",
        "properties": {"x-client": {"type": "string"}},
        "required": ["x-client"],
    }


class Page(BaseModel):
    limit: int = Field(10, le=50)
    after_id: str


def test_a_model_of_the_query_or_the_headers_becomes_their_schema() -> None:
    router = ConsumerRouter()

    @router.consumer("/pages")
    class Pages(AsyncJsonWebsocketConsumer):
        async def connect(
            self, page: Annotated[Page, Query()], headers: Annotated[Page, Header()]
        ) -> None: ...

    (route,) = discover(including(router))
    limit = {"type": "integer", "maximum": 50, "default": 10}
    assert route.query == {
        "type": "object",
        "properties": {"limit": limit, "after_id": {"type": "string"}},
        "required": ["after_id"],
    }
    assert route.headers == {
        "type": "object",
        "properties": {"limit": limit, "after-id": {"type": "string"}},
        "required": ["after-id"],
    }


class Key(APIKeyHeader):
    async def __call__(self, request: HTTPConnection) -> str | None:
        return request.headers.get(self.model.name)


class Bearer(HTTPBearer):
    async def __call__(self, request: HTTPConnection) -> Any:
        return request.headers.get("authorization")


class Password(OAuth2PasswordBearer):
    async def __call__(self, request: HTTPConnection) -> str | None:
        return request.headers.get("authorization")


def test_security_dependencies_become_security_schemes() -> None:
    one, other = Key(name="X-Key"), Key(name="X-Other")
    password = Password(tokenUrl="https://example.com/token", scopes={"chat": "Talk."})

    async def user(token: Annotated[str, Security(password, scopes=["chat"])]) -> str:
        return token

    router = ConsumerRouter(dependencies=[Depends(one), Depends(other), Depends(one)])

    @router.consumer("/me")
    class Me(AsyncJsonWebsocketConsumer):
        async def connect(
            self,
            user: Annotated[str, Depends(user)],
            bearer: Annotated[Any, Depends(Bearer(description="From your account page."))],
        ) -> None: ...

    (route,) = discover(including(router))
    assert route.security == {
        "Key": {"type": "httpApiKey", "in": "header", "name": "X-Key"},
        "Key_": {"type": "httpApiKey", "in": "header", "name": "X-Other"},
        "Password": {
            "type": "oauth2",
            "flows": {
                "password": {
                    "tokenUrl": "https://example.com/token",
                    "availableScopes": {"chat": "Talk."},
                }
            },
        },
        "Bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "From your account page.",
        },
    }


def test_a_flow_with_a_relative_url_is_described_by_how_its_token_is_sent(
    asyncapi_schema: dict[str, Any],
) -> None:
    router = ConsumerRouter(dependencies=[Depends(Password(tokenUrl="token"))])

    @router.consumer("/me")
    class Me(AsyncJsonWebsocketConsumer): ...

    document = generate_asyncapi_schema(app=including(router))
    assert document["components"]["securitySchemes"] == {
        "Password": {
            "type": "http",
            "scheme": "bearer",
            "description": "The token is got from `token`.",
        }
    }
    jsonschema_rs.Draft7Validator(asyncapi_schema).validate(document)


def test_a_parameter_without_a_schema_hides_no_other() -> None:
    class Odd:
        @classmethod
        def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
            from pydantic_core import core_schema

            return core_schema.no_info_plain_validator_function(lambda value: value)

    router = ConsumerRouter()

    @router.consumer("/odd/{first}/{second}")
    class OddOne(AsyncJsonWebsocketConsumer):
        async def connect(self, first: Odd, second: int) -> None: ...

    (route,) = discover(including(router))
    assert list(route.parameters) == [
        PathParameter(name="first"),
        PathParameter(name="second", schema={"type": "integer"}),
    ]


def test_a_route_is_read_once_and_forgotten_when_it_is_gone() -> None:
    app = Starlette(routes=[WebSocketRoute(f"/{name}", Echo.as_asgi()) for name in "abc"])
    discovery = FastAPIRouteDiscovery(app)
    first = discovery.discover()
    del app.router.routes[1]
    app.router.routes.append(WebSocketRoute("/d", Echo.as_asgi()))
    second = discovery.discover()
    assert [route.path for route in second] == ["/a", "/c", "/d"]
    assert second[0] is first[0]
    assert second[1] is first[2]


async def needs_visits(visits: Annotated[int, Cookie()]) -> None: ...


@pytest.mark.parametrize("where", ["app", "router", "route", "connect", "nowhere"])
def test_4422_is_documented_where_parameters_may_not_validate(where: str) -> None:
    def at(place: str) -> list[Any]:
        return [Depends(needs_visits)] if where == place else []

    class Numbered(Echo):
        async def connect(self, number: int) -> None: ...

    router = ConsumerRouter(dependencies=at("router"))
    consumer = Numbered if where == "connect" else Echo
    router.add_consumer("/{number}", consumer, dependencies=at("route"))
    app = FastAPI(dependencies=at("app"))
    app.include_router(router)
    [described] = generate_asyncapi_schema(app=app)["channels"].values()
    assert ("4422" in described["x-close-codes"]) == (where != "nowhere")
