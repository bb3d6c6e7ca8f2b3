"""Whatever refuses a handshake, and wherever: the client can read why."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import parse_qs

import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Query, Request, WebSocket
from fastapi.exceptions import WebSocketRequestValidationError
from fastapi.responses import JSONResponse
from starlette.applications import Starlette
from starlette.exceptions import WebSocketException
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, WebSocketRoute
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from chanx.core.authenticator import BaseAuthenticator
from chanx.core.decorators import ws_handler
from chanx.core.errors import RefuseConnection
from chanx.core.limits import Limits
from chanx.core.observer import ConnectionFacts, Observer
from chanx.ext.fast_channels.routing import ConsumerRouter
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import PingMessage, PongMessage

Serve = Callable[..., str]


SOON = "SOON"
"""Stands for the moment to come back, which chance decides."""


class Banned(Exception):
    """An exception of the application's own, for which it has a handler."""


ERRORS: dict[str, Callable[[], Exception]] = {
    "http": lambda: HTTPException(
        401, "Who are you?", headers={"WWW-Authenticate": "Bearer", "Retry-After": "30"}
    ),
    "http-object": lambda: HTTPException(400, {"field": "room"}),
    "http-busy": lambda: HTTPException(503, headers={"Retry-After": "tomorrow"}),
    "websocket": lambda: WebSocketException(4321, "Not today."),
    "websocket-policy": lambda: WebSocketException(1008, "Not today."),
    "websocket-status": lambda: WebSocketException(401),
    "refuse": lambda: RefuseConnection(404, "No such room."),
    "own": lambda: Banned("ali"),
    "bug": lambda: ZeroDivisionError("secret"),
}
TOLD: dict[str, tuple[dict[str, Any], int, str]] = {
    "http": (
        {
            "code": "refused",
            "detail": "Who are you?",
            "data": {"www_authenticate": "Bearer", "retry_after": 30},
        },
        4401,
        "",
    ),
    "http-object": (
        {
            "code": "refused",
            "detail": "Bad Request",
            "data": {"body": {"detail": {"field": "room"}}},
        },
        4400,
        "",
    ),
    "http-busy": (
        {
            "code": "refused",
            "detail": "Service Unavailable",
            "data": {"retry_after": "tomorrow"},
        },
        4503,
        "",
    ),
    "websocket": ({"code": "refused", "detail": "Not today."}, 4321, "Not today."),
    "websocket-policy": ({"code": "refused", "detail": "Not today."}, 1008, "Not today."),
    "websocket-status": ({"code": "refused", "detail": "The connection is refused."}, 4401, ""),
    "refuse": ({"code": "refused", "detail": "No such room."}, 4404, ""),
    "own": (
        {"code": "refused", "detail": "I'm a Teapot", "data": {"body": {"banned": "ali"}}},
        4418,
        "",
    ),
    "bug": (
        {
            "code": "internal_error",
            "detail": "The server failed; what happened stands in its log.",
            "data": {"retry_after": SOON},
        },
        4500,
        "Retry in SOON s.",
    ),
}


async def refusing(error: str) -> None:
    raise ERRORS[error]()


def refusing_in_a_thread(error: str) -> None:
    raise ERRORS[error]()


async def refusing_before_yield(error: str) -> AsyncIterator[None]:
    raise ERRORS[error]()
    yield


async def refusing_below(refused: Annotated[None, Depends(refusing)]) -> None: ...


class Refusing:
    def __init__(self, error: str) -> None:
        raise ERRORS[error]()


class Room(AsyncJsonWebsocketConsumer):
    @ws_handler
    async def answer(self, message: PingMessage) -> PongMessage:
        return PongMessage()


class RefusingConnect(AsyncJsonWebsocketConsumer):
    async def connect(self) -> None:
        raise ERRORS[parse_qs(self.scope["query_string"].decode())["error"][0]]()


class RefusingAuthenticator(BaseAuthenticator):
    async def authenticate(self, scope: Any) -> bool:
        raise ERRORS[parse_qs(scope["query_string"].decode())["error"][0]]()


class Guarded(AsyncJsonWebsocketConsumer):
    authenticator_class = RefusingAuthenticator


def application(where: str, dependency: Any = refusing) -> FastAPI:
    """An application with a dependency at one place before its consumer."""

    def at(place: str) -> list[Any]:
        return [Depends(dependency)] if where == place else []

    router = ConsumerRouter(dependencies=at("router"))
    router.add_consumer("/ws", Room, dependencies=at("route"))
    middle = APIRouter(dependencies=at("outer router"))
    middle.include_router(router, dependencies=at("include_router"))
    app = FastAPI(dependencies=at("app"))
    app.include_router(middle)
    with_handler(app)
    return app


def with_handler(app: Any) -> Any:
    async def answer(request: Any, error: Exception) -> JSONResponse:
        return JSONResponse({"banned": str(error)}, 418)

    app.add_exception_handler(Banned, answer)
    return app


def registered(consumer: type[AsyncJsonWebsocketConsumer]) -> Any:
    router = ConsumerRouter()
    router.add_consumer("/ws", consumer)
    app = with_handler(FastAPI())
    app.include_router(router)
    return app


async def told(url: str, **options: Any) -> tuple[dict[str, Any], int | None, str | None]:
    """What a client reads that its handshake was accepted for, then code and reason of the end."""
    async with connect(f"ws://{url}", **options) as socket, asyncio.timeout(30):
        message = json.loads(await socket.recv())
        with pytest.raises(ConnectionClosed):
            await socket.recv()
    assert message.pop("action") == "error"
    payload, reason = message["payload"], socket.close_reason
    if reason and reason.startswith("Retry in"):
        seconds = payload["data"]["retry_after"]
        assert 0 <= seconds <= Limits().reconnect_within
        payload["data"]["retry_after"] = SOON
        reason = reason.replace(str(seconds), SOON)
    return payload, socket.close_code, reason


@pytest.mark.parametrize("where", ["app", "include_router", "outer router", "router", "route"])
async def test_a_dependency_refuses_readably_wherever_it_is_declared(
    serve: Serve, where: str
) -> None:
    address = serve(application(where))
    for error in ("http", "refuse"):
        assert await told(f"{address}/ws?error={error}") == TOLD[error]


async def test_every_kind_of_dependency_refuses_readably(serve: Serve) -> None:
    kinds = (refusing_in_a_thread, refusing_before_yield, refusing_below, Refusing)
    router = ConsumerRouter()
    for kind in kinds:
        router.add_consumer(f"/{kind.__name__}", Room, dependencies=[Depends(kind)])
    app = with_handler(FastAPI())
    app.include_router(router)
    address = serve(app)
    for kind in kinds:
        for error in ("http", "websocket", "refuse", "own"):
            assert await told(f"{address}/{kind.__name__}?error={error}") == TOLD[error]


@pytest.mark.parametrize(
    "app",
    [
        pytest.param(application("app"), id="dependency"),
        pytest.param(registered(RefusingConnect), id="connect"),
        pytest.param(registered(Guarded), id="authenticator"),
        pytest.param(
            with_handler(Starlette(routes=[WebSocketRoute("/ws", RefusingConnect.as_asgi())])),
            id="route of Starlette",
        ),
        pytest.param(
            with_handler(Starlette(routes=[Mount("/ws", RefusingConnect.as_asgi())])), id="mount"
        ),
    ],
)
async def test_every_exception_is_told_in_one_way(serve: Serve, app: Any) -> None:
    address = serve(app)
    path = "/ws/" if isinstance(app.routes[0], Mount) else "/ws"
    # Details that are not a text are FastAPI's: what answers on Starlette alone takes none.
    errors = [error for error in ERRORS if isinstance(app, FastAPI) or error != "http-object"]
    for error in errors:
        assert (error, await told(f"{address}{path}?error={error}")) == (error, TOLD[error])


async def test_a_failing_dependency_is_logged_once(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    address = serve(application("app"))
    assert await told(f"{address}/ws?error=bug") == TOLD["bug"]
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.getMessage() for record in errors] == [
        "Room.connect's arguments failed (path '/ws')"
    ]
    assert "ZeroDivisionError: secret" in caplog.text


@pytest.mark.parametrize("app", [application("app"), registered(RefusingConnect)])
async def test_a_refusal_is_logged_once(
    serve: Serve, caplog: pytest.LogCaptureFixture, app: Any
) -> None:
    address = serve(app)
    for error in ("http", "refuse", "own"):
        assert await told(f"{address}/ws?error={error}") == TOLD[error]
    said = [record.getMessage() for record in caplog.records if record.name == "chanx.websocket"]
    assert [text.partition(":")[0] for text in said] == [
        "Refused a client at '/ws' with 401",
        "Refused a client at '/ws' with 404",
        "Refused a client at '/ws' with 418",
    ]


async def test_a_code_that_no_frame_may_carry_is_logged_with_the_fix(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    address = serve(application("app"))
    assert await told(f"{address}/ws?error=websocket-status") == TOLD["websocket-status"]
    assert "closes with 4401. Raise HTTPException(status)" in caplog.text


class Denying(Room):
    deny_with_http = True


async def test_an_http_response_answers_where_it_is_asked_for(serve: Serve) -> None:
    router = ConsumerRouter()
    router.add_consumer("/ws", Denying, dependencies=[Depends(refusing)])
    app = with_handler(FastAPI())
    app.include_router(router)
    address = serve(app)

    async def denial(error: str) -> tuple[int, Any, str | None]:
        with pytest.raises(InvalidStatus) as refused:
            async with connect(f"ws://{address}/ws?{error}"):
                pass
        response = refused.value.response
        challenge = response.headers.get("WWW-Authenticate")
        return response.status_code, json.loads(bytes(response.body)), challenge

    # What FastAPI answers is left as it is.
    assert await denial("error=http") == (401, {"detail": "Who are you?"}, "Bearer")
    assert await denial("error=own") == (418, {"banned": "ali"}, None)
    # What it would answer with a bare 403 is told.
    status, body, _challenge = await denial("error=websocket")
    assert (status, body["payload"]["detail"]) == (403, "Not today.")
    status, body, _challenge = await denial("error=refuse")
    assert (status, body["payload"]["detail"]) == (404, "No such room.")
    status, body, _challenge = await denial("error=bug")
    assert (status, body["payload"]["code"]) == (500, "internal_error")
    status, body, _challenge = await denial("")
    assert (status, body["payload"]["errors"][0]["loc"]) == (422, ["query", "error"])


@pytest.mark.parametrize("consumer", [RefusingConnect, Guarded])
async def test_an_http_response_has_the_headers_of_an_exception_that_no_application_answers(
    serve: Serve, consumer: type[AsyncJsonWebsocketConsumer]
) -> None:
    denying: Any = type("Denying", (consumer,), {"deny_with_http": True})
    with pytest.raises(InvalidStatus) as refused:
        async with connect(f"ws://{serve(denying.as_asgi())}/?error=http"):
            pass
    headers = refused.value.response.headers
    assert (headers["WWW-Authenticate"], headers["Retry-After"]) == ("Bearer", "30")
    assert headers.get_all("Content-Type") == ["application/json"]


async def test_an_http_response_is_logged_and_observed_as_other_refusals_are(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[tuple[str, int]] = []

    class Noting(Observer):
        def __init__(self, facts: ConnectionFacts) -> None: ...

        def refused(self, status: int) -> None:
            seen.append(("refused", status))

        def closed(self, code: int) -> None:
            seen.append(("closed", code))

    class Observed(RefusingConnect):
        deny_with_http = True
        observers = (Noting,)

    with pytest.raises(InvalidStatus):
        async with connect(f"ws://{serve(registered(Observed))}/ws?error=http"):
            pass
    assert seen == [("refused", 401), ("closed", 4401)]
    said = [record.getMessage() for record in caplog.records if record.name == "chanx.websocket"]
    assert said == ["Refused a client at '/ws' with 401: 'Unauthorized'."]


class Numbered(Room):
    async def connect(self, number: int, limit: Annotated[int, Query(le=10)] = 1) -> None: ...


def numbered() -> FastAPI:
    router = ConsumerRouter()
    router.add_consumer("/{number}", Numbered)
    app = FastAPI()
    app.include_router(router)
    return app


async def test_parameters_that_do_not_validate_are_told_as_fastapi_tells_them(
    serve: Serve,
) -> None:
    payload, code, _reason = await told(f"{serve(numbered())}/one?limit=11")
    assert code == 4422
    assert payload["code"] == "refused"
    assert [(error["loc"], error["type"]) for error in payload["errors"]] == [
        (["path", "number"], "int_parsing"),
        (["query", "limit"], "less_than_equal"),
    ]


async def test_the_log_names_parameters_that_are_missing_and_nothing_that_a_client_says(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    class Misspelt(Room):
        async def connect(
            self, nmber: int, key: Annotated[str, Header()], limit: Annotated[int, Query(le=10)] = 1
        ) -> None: ...

    router = ConsumerRouter()
    router.add_consumer("/rooms/{number}", Misspelt)
    app = FastAPI()
    app.include_router(router)
    await told(f"{serve(app)}/rooms/7?limit=secret")
    (said,) = [record.getMessage() for record in caplog.records if record.name == "chanx.websocket"]
    assert said == (
        "Refused a client at '/rooms/7' with 422: \"The handshake's parameters do not validate; "
        'query nmber and header key are missing".'
    )


async def test_a_handler_of_the_application_answers_what_does_not_validate(serve: Serve) -> None:
    app = numbered()

    @app.exception_handler(WebSocketRequestValidationError)
    async def answer(websocket: WebSocket, error: WebSocketRequestValidationError) -> None:
        await websocket.close(4000, "Look at the manual.")

    assert await told(f"{serve(app)}/one") == (
        {"code": "refused", "detail": "Look at the manual."},
        4000,
        "Look at the manual.",
    )


async def test_a_handler_of_the_application_may_answer_by_itself(serve: Serve) -> None:
    app = application("app")

    @app.exception_handler(Banned)
    async def answer(websocket: WebSocket, error: Exception) -> None:
        await websocket.accept()
        await websocket.send_json({"action": "error", "payload": {"mine": True}})
        await websocket.close(4999)

    assert await told(f"{serve(app)}/ws?error=own") == ({"mine": True}, 4999, "")


@pytest.mark.parametrize("denies", [False, True])
async def test_a_response_of_a_handler_may_be_without_headers(serve: Serve, denies: bool) -> None:
    class Bare(Room):
        deny_with_http = denies

    router = ConsumerRouter()
    router.add_consumer("/ws", Bare, dependencies=[Depends(refusing)])
    app = FastAPI()
    app.include_router(router)

    @app.exception_handler(Banned)
    async def answer(websocket: WebSocket, error: Exception) -> Any:
        async def response(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "websocket.http.response.start", "status": 410})
            await send({"type": "websocket.http.response.body", "body": b"gone"})

        return response

    url = f"{serve(app)}/ws?error=own"
    if not denies:
        assert await told(url) == ({"code": "refused", "detail": "Gone"}, 4410, "")
        return
    with pytest.raises(InvalidStatus) as refused:
        async with connect(f"ws://{url}"):
            pass
    assert refused.value.response.status_code == 410


async def test_a_text_of_a_handler_is_the_detail(serve: Serve) -> None:
    app = application("app")

    @app.exception_handler(Banned)
    async def answer(request: Request, error: Exception) -> PlainTextResponse:
        return PlainTextResponse("Banned until Friday.", 403)

    assert await told(f"{serve(app)}/ws?error=own") == (
        {"code": "refused", "detail": "Banned until Friday."},
        4403,
        "",
    )


@dataclass(frozen=True)
class ClosingItself:
    raises: bool

    async def __call__(self, websocket: WebSocket) -> None:
        await websocket.close(1008, "Closed.")
        if self.raises:
            raise HTTPException(403)


@pytest.mark.parametrize("raises", [False, True])
async def test_a_dependency_may_close_the_websocket_itself(
    serve: Serve, caplog: pytest.LogCaptureFixture, raises: bool
) -> None:
    address = serve(application("app", ClosingItself(raises)))
    assert await told(f"{address}/ws") == (
        {"code": "refused", "detail": "Closed."},
        1008,
        "Closed.",
    )
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_a_dependency_may_accept_the_websocket_as_connect_may(serve: Serve) -> None:
    async def accept(websocket: WebSocket) -> None:
        await websocket.accept(headers=[(b"x-by", b"dependency")])

    async with connect(f"ws://{serve(application('app', accept))}/ws") as socket:
        assert socket.response
        assert socket.response.headers["x-by"] == "dependency"
        await socket.send('{"action": "ping"}')
        assert json.loads(await socket.recv()) == {"action": "pong"}


@pytest.mark.parametrize("raises", ["dependency", "connect"])
async def test_a_response_of_a_websocket_refuses_readably(serve: Serve, raises: str) -> None:
    async def deny(websocket: WebSocket) -> None:
        await websocket.send_denial_response(JSONResponse({"detail": "Pay first."}, 402))

    class Denied(Room):
        async def connect(self, websocket: WebSocket) -> None:
            await deny(websocket)

    app = registered(Denied) if raises == "connect" else application("route", deny)
    assert await told(f"{serve(app)}/ws") == ({"code": "refused", "detail": "Pay first."}, 4402, "")


async def test_a_refusal_answers_with_an_offered_subprotocol(serve: Serve) -> None:
    address = serve(application("app"))
    offer = [Subprotocol("chat")]
    async with connect(f"ws://{address}/ws?error=http", subprotocols=offer) as socket:
        assert socket.subprotocol == "chat"


async def test_a_foreign_page_learns_no_more_than_that_it_is_one(serve: Serve) -> None:
    class Own(Room):
        allowed_origins = ("https://example.com",)

    router = ConsumerRouter(dependencies=[Depends(refusing)])
    router.add_consumer("/ws", Own)
    app = FastAPI()
    app.include_router(router)
    url = f"{serve(app)}/ws?error=http"
    payload, code, _reason = await told(url, origin="https://elsewhere.example")
    assert (payload, code) == ({"code": "refused", "detail": "This origin may not connect."}, 4403)
    assert await told(url, origin="https://example.com") == TOLD["http"]


async def test_endpoints_of_fastapi_are_refused_as_fastapi_does(serve: Serve) -> None:
    router = ConsumerRouter(dependencies=[Depends(refusing)])

    @router.websocket("/own")
    async def own(websocket: WebSocket) -> None: ...

    app = FastAPI()
    app.include_router(router)
    with pytest.raises(InvalidStatus) as refused:
        async with connect(f"ws://{serve(app)}/own?error=http"):
            pass
    assert refused.value.response.status_code == 401


async def test_a_mounted_router_tells_its_refusals(serve: Serve) -> None:
    router = ConsumerRouter(dependencies=[Depends(refusing)])
    router.add_consumer("/ws", Room)
    app = with_handler(Starlette(routes=[Mount("/chat", router)]))
    assert await told(f"{serve(app)}/chat/ws?error=http") == TOLD["http"]


@pytest.mark.parametrize("error", ["http", "websocket", "own"])
@pytest.mark.parametrize("raises", ["dependency", "connect"])
async def test_an_observer_is_told_of_a_refusal_once_whoever_decides_on_it(
    serve: Serve, raises: str, error: str
) -> None:
    seen: list[list[tuple[str, int]]] = []

    class Noting(Observer):
        def __init__(self, facts: ConnectionFacts) -> None:
            assert facts.path == "/ws"
            seen.append([])

        def refused(self, status: int) -> None:
            seen[-1].append(("refused", status))

        def closed(self, code: int) -> None:
            seen[-1].append(("closed", code))

    def refuse() -> None:
        if raises == "dependency":
            raise ERRORS[error]()

    class Observed(AsyncJsonWebsocketConsumer):
        observers = (Noting,)

        async def connect(self, nothing: Annotated[None, Depends(refuse)]) -> None:
            raise ERRORS[error]()

    _, code, _ = await told(f"{serve(registered(Observed))}/ws")
    status = {"http": 401, "websocket": 403, "own": 418}[error]
    assert seen == [[("refused", status), ("closed", code)]]
