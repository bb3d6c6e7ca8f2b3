"""A token of the handshake as a dependency, and which pages may open what it lets in."""

import asyncio
import json
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal

import httpx
import pytest
from fastapi import Cookie, Depends, FastAPI, HTTPException
from fastapi.requests import HTTPConnection
from fastapi.security import APIKeyCookie, HTTPBasic
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from chanx.core.authenticator import BaseAuthenticator
from chanx.core.errors import ConfigurationError
from chanx.core.limits import Limits
from chanx.ext.fast_channels import (
    AsyncJsonWebsocketConsumer,
    BaseMessage,
    ConsumerRouter,
    Credential,
    TokenCredential,
    event_handler,
    generate_asyncapi_schema,
    ws_handler,
)
from chanx.messages import PingMessage

Serve = Callable[..., str]

SECRET = "open-sesame"
anywhere = TokenCredential(
    Credential("Authorization", "header"),
    Credential("sid", "cookie", "Of the log-in page."),
    Credential("token", "query"),
    Credential("token", "subprotocol"),
)


async def user(token: Annotated[str, Depends(anywhere)]) -> str:
    if token != SECRET:
        raise HTTPException(401, "Wrong token.")
    return "ali"


class Heard(BaseMessage):
    action: Literal["heard"] = "heard"
    payload: str


class Room(AsyncJsonWebsocketConsumer[Heard]):
    allowed_origins = ("*",)

    async def connect(self, user: Annotated[str, Depends(user)]) -> None:
        self.user = user

    @ws_handler
    async def answer(self, message: PingMessage, user: Annotated[str, Depends(user)]) -> Heard:
        return Heard(payload=user)

    @event_handler
    async def heard(self, event: Heard) -> Heard:
        return event


def application(consumer: type[AsyncJsonWebsocketConsumer[Any]] = Room, **options: Any) -> FastAPI:
    router = ConsumerRouter()
    router.add_consumer("/ws", consumer, **options)
    app = FastAPI()
    app.include_router(router)
    return app


PLACES: dict[str, dict[str, Any]] = {
    "header": {"additional_headers": {"Authorization": f"Bearer {SECRET}"}},
    "cookie": {"additional_headers": {"Cookie": f"sid={SECRET}"}},
    "query": {},
    "pair": {"subprotocols": [Subprotocol(name) for name in ("token", SECRET, "chat")]},
    "suffix": {"subprotocols": [Subprotocol(f"token.{SECRET}"), Subprotocol("chat")]},
    "alone": {"subprotocols": [Subprotocol("token"), Subprotocol(SECRET)]},
}
ANSWERS = {"pair": "chat", "suffix": "chat", "alone": "token"}


@pytest.mark.parametrize("place", PLACES)
async def test_a_token_is_taken_from_each_place_and_never_sent_back(
    serve: Serve, place: str
) -> None:
    url = f"ws://{serve(application())}/ws" + (f"?token={SECRET}" if place == "query" else "")
    async with connect(url, **PLACES[place]) as socket, asyncio.timeout(30):
        assert socket.response
        assert SECRET not in str(socket.response.headers)
        assert socket.subprotocol == ANSWERS.get(place)
        await socket.send('{"action": "ping"}')
        assert json.loads(await socket.recv()) == {"action": "heard", "payload": "ali"}


async def told(url: str, **options: Any) -> tuple[Any, int | None, str | None]:
    async with connect(f"ws://{url}", **options) as socket, asyncio.timeout(30):
        message = json.loads(await socket.recv())
        await socket.wait_closed()
    return message["payload"], socket.close_code, socket.subprotocol


async def test_who_has_none_is_told_how_to_authenticate(serve: Serve) -> None:
    payload, code, _ = await told(f"{serve(application())}/ws")
    assert code == 4401
    assert payload["detail"] == "Not authenticated"
    assert payload["data"] == {"www_authenticate": "Bearer"}


async def test_a_wrong_token_is_not_sent_back_either(serve: Serve) -> None:
    offer = [Subprotocol(name) for name in ("token", "wrong", "chat")]
    payload, code, subprotocol = await told(f"{serve(application())}/ws", subprotocols=offer)
    assert (code, subprotocol) == (4401, "chat")
    assert "wrong" not in json.dumps(payload)


async def test_it_may_be_none_where_that_is_not_an_error(serve: Serve) -> None:
    maybe = TokenCredential(auto_error=False)

    class Open(AsyncJsonWebsocketConsumer):
        async def connect(self, token: Annotated[str | None, Depends(maybe)]) -> None:
            self.token = token

        @ws_handler
        async def answer(self, message: PingMessage) -> None:
            await self.send_json({"token": self.token})

    async with connect(f"ws://{serve(application(Open))}/ws") as socket:
        await socket.send('{"action": "ping"}')
        assert json.loads(await socket.recv()) == {"token": None}


async def test_endpoints_of_http_take_it_too() -> None:
    app = FastAPI()

    @app.get("/me")
    async def me(user: Annotated[str, Depends(user)]) -> str:
        return user

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        refused = await client.get("/me")
        assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert (await client.get("/me", params={"token": SECRET})).json() == "ali"
    schemes = app.openapi()["components"]["securitySchemes"]
    assert schemes == {"TokenCredential": {"type": "http", "scheme": "bearer"}}


def test_each_location_is_a_security_scheme_of_the_document() -> None:
    document = generate_asyncapi_schema(app=application())
    schemes = document["components"]["securitySchemes"]
    assert {(each["type"], each.get("name"), each.get("in")) for each in schemes.values()} == {
        ("http", None, None),
        ("httpApiKey", "sid", "cookie"),
        ("httpApiKey", "token", "query"),
        ("httpApiKey", "Sec-WebSocket-Protocol", "header"),
    }
    (carried,) = [each for each in schemes.values() if "x-subprotocol" in each]
    assert carried["x-subprotocol"] == {"name": "token", "form": "pair"}


def test_the_document_tells_with_which_codes_a_handshake_may_be_refused() -> None:
    class Bounded(AsyncJsonWebsocketConsumer):
        limits = Limits(max_handshake_size=4096)

    def codes(consumer: Any, **options: Any) -> set[str]:
        document = generate_asyncapi_schema(app=application(consumer, **options))
        (channel,) = document["channels"].values()
        return set(channel["x-close-codes"]) & {"4401", "4431"}

    assert codes(AsyncJsonWebsocketConsumer) == set()
    assert codes(AsyncJsonWebsocketConsumer, dependencies=[Depends(anywhere)]) == {"4401"}
    assert codes(Bounded) == {"4431"}


@pytest.mark.parametrize("location", ["token", ("token", "query")])
def test_a_location_that_is_none_is_refused(location: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"give it Credential\(name, location\)"):
        TokenCredential(location)


# Pages of other hosts


class Key(APIKeyCookie):
    """FastAPI's own takes HTTP requests only in older releases."""

    async def __call__(self, request: HTTPConnection) -> str | None:
        return request.cookies.get("sid")


class Basic(HTTPBasic):
    async def __call__(self, request: HTTPConnection) -> Any:
        return None


class ByCookie(BaseAuthenticator):
    credentials: ClassVar = [Credential("sid", "cookie")]

    async def authenticate(self, scope: Any) -> bool:
        return True


class ByQuery(ByCookie):
    credentials: ClassVar = [Credential("token", "query")]


class Silent(BaseAuthenticator):
    async def authenticate(self, scope: Any) -> bool:
        return True


def visitor(sid: Annotated[str, Cookie()] = "") -> str:
    return sid


def guarded(authenticator: type[BaseAuthenticator] | None = None) -> Any:
    class Guarded(AsyncJsonWebsocketConsumer):
        authenticator_class = authenticator

    return application(Guarded)


def depending(dependency: Any) -> FastAPI:
    return application(AsyncJsonWebsocketConsumer, dependencies=[Depends(dependency)])


class Handling(AsyncJsonWebsocketConsumer):
    @ws_handler
    async def answer(self, message: PingMessage, sid: Annotated[str, Cookie()] = "") -> None:
        """Do nothing."""


def by_handler() -> FastAPI:
    return application(Handling)


def by_route_of_starlette() -> Any:
    return Starlette(routes=[WebSocketRoute("/ws", Handling.as_asgi())])


def allowing() -> FastAPI:
    class Allowing(AsyncJsonWebsocketConsumer):
        allowed_origins = ("https://elsewhere.example",)

    return application(Allowing, dependencies=[Depends(visitor)])


APPLICATIONS: dict[str, tuple[Callable[[], Any], bool]] = {
    "nothing": (lambda: guarded(), True),
    "query": (lambda: guarded(ByQuery), True),
    "cookie": (lambda: guarded(ByCookie), False),
    "silent": (lambda: guarded(Silent), False),
    "Cookie()": (lambda: depending(visitor), False),
    "APIKeyCookie": (lambda: depending(Key(name="sid", auto_error=False)), False),
    "HTTPBasic": (lambda: depending(Basic()), False),
    "token in a cookie": (
        lambda: depending(TokenCredential(Credential("sid", "cookie"), auto_error=False)),
        False,
    ),
    "token elsewhere": (
        lambda: depending(TokenCredential(Credential("sid", "query"), auto_error=False)),
        True,
    ),
    "handler": (by_handler, False),
    "handler on Starlette": (by_route_of_starlette, False),
    "allowed": (allowing, True),
}


@pytest.mark.parametrize("name", APPLICATIONS)
async def test_other_pages_may_connect_only_where_no_cookie_lets_them_in(
    serve: Serve, name: str
) -> None:
    make, is_open = APPLICATIONS[name]
    address = serve(make())

    async def code(origin: str | None) -> int | None:
        headers = {"Cookie": "sid=mine"}
        options: Any = {"origin": origin, "additional_headers": headers}
        async with connect(f"ws://{address}/ws", **options) as socket, asyncio.timeout(30):
            try:
                await socket.send('{"action": "unknown"}')
                while "unknown_action" not in str(await socket.recv()):
                    continue  # an authentication message
            except ConnectionClosed:
                return socket.close_code
        return None

    assert await code("https://elsewhere.example") == (None if is_open else 4403)
    assert await code("null") == (None if is_open and name != "allowed" else 4403)
    if name != "allowed":
        assert await code("http://127.0.0.1:3000") is None
    assert await code(None) is None
