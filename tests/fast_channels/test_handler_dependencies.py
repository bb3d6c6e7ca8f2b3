"""What a handler or hook takes beyond its message, FastAPI resolves for that one call."""

import asyncio
import gc
import json
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any, ClassVar, Literal

import pytest
from fastapi import (
    Body,
    Depends,
    FastAPI,
    Header,
    HTTPException,
    Query,
    Request,
    Response,
    WebSocket,
)
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from websockets.asyncio.client import connect

from chanx.core.decorators import event_handler, ws_handler
from chanx.core.errors import ConfigurationError
from chanx.core.limits import Limits
from chanx.ext.fast_channels.routing import ConsumerRouter
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import MemoryLayer
from chanx.messages import BaseMessage, PingMessage
from chanx.testing import FrozenClock
from tests.held_time import timed

Serve = Callable[..., str]


class Seen(BaseMessage):
    action: Literal["seen"] = "seen"
    payload: Any = ""


SEEN = {"action": "seen", "payload": ""}


class News(BaseMessage):
    action: Literal["news"] = "news"
    payload: str


class Session:
    """Stands for a database session: notes what becomes of each one."""

    log: ClassVar[list[str]] = []
    closed: ClassVar[asyncio.Event]

    def note(self, what: str) -> None:
        type(self).log.append(what)


@pytest.fixture(autouse=True)
def sessions() -> list[str]:
    Session.log = []
    Session.closed = asyncio.Event()
    return Session.log


async def session() -> AsyncIterator[Session]:
    """As for SQLAlchemy: commits what went well, takes back the rest, and closes."""
    made = Session()
    made.note("open")
    try:
        yield made
        made.note("commit")
    except BaseException as error:
        made.note(f"rollback {type(error).__name__}")
        raise
    finally:
        await asyncio.sleep(0)
        made.note("close")
        Session.closed.set()


InSession = Annotated[Session, Depends(session)]


def application(*consumers: type[AsyncJsonWebsocketConsumer[Any]]) -> FastAPI:
    router = ConsumerRouter()
    for consumer in consumers:
        router.add_consumer("/rooms/{room}", consumer)
    app = FastAPI()
    app.include_router(router)
    return app


@asynccontextmanager
async def opened(address: str, rest: str = "/rooms/3", **options: Any) -> AsyncGenerator[Any]:
    async with connect(f"ws://{address}{rest}", **options) as socket, asyncio.timeout(30):
        yield socket


async def asked(socket: Any, action: str = "ping") -> Any:
    await socket.send(json.dumps({"action": action}))
    return json.loads(await socket.recv())


class Plain(AsyncJsonWebsocketConsumer):
    @ws_handler
    async def answer(self, message: PingMessage, session: InSession) -> Seen:
        session.note("handler")
        return Seen(payload="answer")


async def test_a_session_is_opened_for_each_message_and_closed_before_its_reply(
    serve: Serve, sessions: list[str]
) -> None:
    async with opened(serve(application(Plain))) as socket:
        for _ in range(2):
            assert sessions == []
            assert await asked(socket) == {"action": "seen", "payload": "answer"}
            assert sessions == ["open", "handler", "commit", "close"]
            sessions.clear()


async def test_many_idle_connections_hold_no_session(serve: Serve, sessions: list[str]) -> None:
    """Where ``connect`` holds one for each, a pool of fifteen has none for the sixteenth."""
    pool = asyncio.Semaphore(15)

    async def pooled() -> AsyncIterator[None]:
        async with pool:
            yield

    class Crowd(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(
            self, message: PingMessage, taken: Annotated[None, Depends(pooled)]
        ) -> Seen:
            return Seen()

    address = serve(application(Crowd))
    sockets = [await connect(f"ws://{address}/rooms/{number}") for number in range(40)]
    async with asyncio.timeout(30):
        for socket in sockets:
            assert await asked(socket) == SEEN
            await socket.close()


class Failing(AsyncJsonWebsocketConsumer):
    @ws_handler
    async def answer(self, message: PingMessage, session: InSession) -> Seen:
        raise ZeroDivisionError


async def test_a_session_sees_that_its_handler_failed_and_is_closed(
    serve: Serve, sessions: list[str]
) -> None:
    async with opened(serve(application(Failing))) as socket:
        reply = await asked(socket)
        assert reply["payload"]["code"] == "handler_error"
        assert sessions == ["open", "rollback ZeroDivisionError", "close"]
        assert (await asked(socket))["payload"]["code"] == "handler_error"


async def test_a_session_is_closed_when_its_handler_took_too_long(
    serve: Serve, sessions: list[str]
) -> None:
    entered = asyncio.Event()

    class Slow(AsyncJsonWebsocketConsumer):
        limits = Limits(handler_timeout=30)

        @ws_handler
        async def answer(self, message: PingMessage, session: InSession) -> None:
            entered.set()
            await asyncio.Event().wait()

    clock = FrozenClock()
    async with opened(serve(timed(application(Slow), clock))) as socket:
        await socket.send('{"action": "ping"}')
        await entered.wait()
        clock.advance(30)
        reply = json.loads(await socket.recv())
        assert reply["payload"]["code"] == "handler_timeout"
        assert sessions == ["open", "rollback CancelledError", "close"]


async def test_a_session_is_closed_when_its_client_leaves(
    serve: Serve, sessions: list[str]
) -> None:
    entered = asyncio.Event()

    class Waiting(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(self, message: PingMessage, session: InSession) -> None:
            entered.set()
            await asyncio.Event().wait()

    async with opened(serve(application(Waiting))) as socket:
        await socket.send('{"action": "ping"}')
        await entered.wait()
    async with asyncio.timeout(30):
        await Session.closed.wait()
    assert sessions == ["open", "rollback CancelledError", "close"]


async def swallowing() -> AsyncIterator[None]:
    with suppress(ZeroDivisionError):
        yield


async def test_a_failure_that_a_dependency_swallows_is_told_all_the_same(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    failing: list[bool] = []

    class Swallowed(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(
            self, message: PingMessage, nothing: Annotated[None, Depends(swallowing)]
        ) -> Seen:
            raise ZeroDivisionError

        @ws_handler
        async def stream(
            self, message: News, nothing: Annotated[None, Depends(swallowing)]
        ) -> AsyncIterator[Seen]:
            yield Seen(payload=1)
            raise ZeroDivisionError

        async def post_authentication(self, nothing: Annotated[None, Depends(swallowing)]) -> None:
            if failing:
                raise ZeroDivisionError

    address = serve(application(Swallowed))
    async with opened(address) as socket:
        assert (await asked(socket))["payload"]["code"] == "handler_error"
        await socket.send('{"action": "news", "payload": ""}')
        assert json.loads(await socket.recv()) == {"action": "seen", "payload": 1}
        assert json.loads(await socket.recv())["payload"]["code"] == "handler_error"
    failing.append(True)
    async with opened(address) as socket:
        await socket.wait_closed()
    assert socket.close_code == 4500
    assert caplog.text.count("\nZeroDivisionError") == 3


async def test_a_dependency_that_fails_fails_the_message(
    serve: Serve, sessions: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    async def failing(session: InSession) -> None:
        raise ZeroDivisionError

    class Never(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(
            self, message: PingMessage, nothing: Annotated[None, Depends(failing)]
        ) -> None:
            raise AssertionError

    async with opened(serve(application(Never))) as socket:
        assert (await asked(socket))["payload"]["code"] == "handler_error"
    assert sessions == ["open", "rollback ZeroDivisionError", "close"]
    assert "ZeroDivisionError" in caplog.text


async def test_a_dependency_may_refuse_a_message_as_an_endpoints_does(
    serve: Serve, sessions: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    async def nowhere(session: InSession) -> None:
        raise HTTPException(404, "No such thing.")

    class Looking(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(
            self, message: PingMessage, nothing: Annotated[None, Depends(nowhere)]
        ) -> None:
            raise AssertionError

    async with opened(serve(application(Looking))) as socket:
        reply = await asked(socket)
        assert (reply["payload"]["code"], reply["payload"]["detail"]) == (
            "not_found",
            "No such thing.",
        )
        assert (await asked(socket))["payload"]["code"] == "not_found"
    assert sessions[:3] == ["open", "rollback HTTPException", "close"]
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_stream_has_its_session_until_its_last_item(
    serve: Serve, sessions: list[str]
) -> None:
    class Streaming(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(self, message: PingMessage, session: InSession) -> AsyncIterator[Seen]:
            for number in range(3):
                yield Seen(payload=[number, *session.log])
            session.note("last")

    async with opened(serve(application(Streaming))) as socket:
        await socket.send('{"action": "ping", "ref": 1}')
        items = [json.loads(await socket.recv()) for _ in range(4)]
    assert [item.get("payload") for item in items] == [[0, "open"], [1, "open"], [2, "open"], None]
    assert items[-1]["action"] == "complete"
    assert sessions == ["open", "last", "commit", "close"]


async def test_a_stream_whose_client_leaves_closes_its_session(
    serve: Serve, sessions: list[str]
) -> None:
    class Endless(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(self, message: PingMessage, session: InSession) -> AsyncIterator[Seen]:
            yield Seen()
            await asyncio.Event().wait()

    async with opened(serve(application(Endless))) as socket:
        assert await asked(socket) == SEEN
    async with asyncio.timeout(30):
        await Session.closed.wait()
    assert sessions == ["open", "rollback CancelledError", "close"]


async def test_handlers_beside_each_other_have_a_session_each(
    serve: Serve, sessions: list[str]
) -> None:
    both = asyncio.Barrier(2)
    kept: list[Session] = []

    class Beside(AsyncJsonWebsocketConsumer):
        @ws_handler(concurrent=True)
        async def answer(
            self, message: PingMessage, session: InSession, websocket: WebSocket
        ) -> Seen:
            kept.append(session)
            websocket.scope["mine"] = session
            await both.wait()
            return Seen(payload=websocket.scope["mine"] is session)

    async with opened(serve(application(Beside))) as socket:
        for _ in range(2):
            await socket.send('{"action": "ping"}')
        assert [json.loads(await socket.recv())["payload"] for _ in range(2)] == [True, True]
    assert kept[0] is not kept[1]
    assert sorted(sessions) == ["close", "close", "commit", "commit", "open", "open"]


async def test_events_and_hooks_have_theirs(
    serve: Serve, sessions: list[str], layer: MemoryLayer
) -> None:
    left = asyncio.Event()

    class Hooked(AsyncJsonWebsocketConsumer[News]):
        groups = ("news",)

        async def post_authentication(self, session: InSession) -> None:
            session.note("post_authentication")

        @event_handler
        async def news(self, event: News, session: InSession) -> Seen:
            session.note("event")
            return Seen()

        async def disconnect(self, code: int, session: InSession) -> None:
            session.note(f"disconnect {code}")

    async def closing() -> AsyncIterator[Session]:
        made = Session()
        yield made
        if made.log[-1].startswith("disconnect"):
            left.set()

    app = application(Hooked)
    app.dependency_overrides[session] = closing
    async with opened(serve(app)) as socket:
        await socket.send('{"action": "unknown"}')
        assert json.loads(await socket.recv())["payload"]["code"] == "unknown_action"
        assert sessions == ["post_authentication"]
        await Hooked.broadcast_event(News(payload=""))
        assert json.loads(await socket.recv()) == SEEN
    async with asyncio.timeout(30):
        await left.wait()
    assert sessions == ["post_authentication", "event", "disconnect 1000"]


async def test_a_hook_may_call_that_of_its_base(serve: Serve, sessions: list[str]) -> None:
    class Base(AsyncJsonWebsocketConsumer):
        async def post_authentication(self, session: InSession) -> None:
            session.note("base")

    class Resolved(Base):
        async def post_authentication(self, *args: Any, **kwargs: Any) -> None:
            await super().post_authentication(*args, **kwargs)

    class Handed(Base):
        async def post_authentication(self, session: InSession) -> None:
            await super().post_authentication(session)

    router = ConsumerRouter()
    router.add_consumer("/resolved", Resolved)
    router.add_consumer("/handed", Handed)
    app = FastAPI()
    app.include_router(router)
    address = serve(app)
    for path in ("/resolved", "/handed"):
        async with opened(address, path) as socket:
            await socket.send('{"action": "unknown"}')
            await socket.recv()
        assert sessions == ["open", "base", "commit", "close"]
        sessions.clear()


class Pages(BaseModel):
    page: int = 1


async def name(websocket: WebSocket, room: int) -> str:
    return f"{websocket.query_params['name']} in {room}"


def loud(name: Annotated[str, Depends(name)]) -> str:
    return name.upper()


calls: list[str] = []


async def counted() -> int:
    calls.append("counted")
    return len(calls)


async def half(count: Annotated[int, Depends(counted)]) -> int:
    return count


class Greeter:
    """A class as a dependency."""

    def __init__(
        self, name: Annotated[str, Depends(name)], x_word: Annotated[str, Header()]
    ) -> None:
        self.text = f"{x_word}, {name}"


class Asking(AsyncJsonWebsocketConsumer):
    user = "nobody"

    async def connect(self, room: int) -> None:
        self.user = "ada"

    @ws_handler
    async def answer(
        self,
        message: PingMessage,
        room: int,
        name: Annotated[str, Query()],
        loud: Annotated[str, Depends(loud)],
        greeter: Annotated[Greeter, Depends()],
        once: Annotated[int, Depends(counted)],
        again: Annotated[int, Depends(half)],
        websocket: WebSocket,
        *,
        default: int = 7,
    ) -> Seen:
        return Seen(payload=[room, name, loud, greeter.text, once, again, default])


async def test_dependencies_see_the_handshake_and_share_what_one_call_has_resolved(
    serve: Serve,
) -> None:
    calls.clear()
    headers = {"X-Word": "hello"}
    url = "/rooms/3?name=ada"
    async with opened(serve(application(Asking)), url, additional_headers=headers) as socket:
        for count in (1, 2):
            assert (await asked(socket))["payload"] == [
                *(3, "ada", "ADA IN 3", "hello, ada in 3", count, count, 7)
            ]


async def test_a_dependency_can_be_overridden(serve: Serve) -> None:
    async def instead() -> str:
        return "instead"

    app = application(Asking)
    app.dependency_overrides[name] = instead
    headers = {"X-Word": "hello"}
    url = "/rooms/3?name=ada"
    async with opened(serve(app), url, additional_headers=headers) as socket:
        assert (await asked(socket))["payload"][2:4] == ["INSTEAD", "hello, instead"]


async def test_they_are_resolved_where_starlette_mounts_a_consumer(
    serve: Serve, sessions: list[str]
) -> None:
    app = Starlette(routes=[WebSocketRoute("/rooms/{room}", Plain.as_asgi())])
    async with opened(serve(app)) as socket:
        assert await asked(socket) == {"action": "seen", "payload": "answer"}
    assert sessions == ["open", "handler", "commit", "close"]


async def test_the_websocket_is_the_consumers(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    class Closing(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(self, message: PingMessage, websocket: WebSocket) -> None:
            await websocket.close(4001, "Full.")

        @ws_handler
        async def receive_more(self, message: News, websocket: WebSocket) -> None:
            await websocket.receive_text()

    address = serve(application(Closing))
    async with opened(address) as socket:
        await socket.send('{"action": "news", "payload": ""}')
        assert json.loads(await socket.recv())["payload"]["code"] == "handler_error"
        assert "write a method with @ws_handler for it" in caplog.text
        await socket.send('{"action": "ping"}')
        await socket.wait_closed()
    assert (socket.close_code, socket.close_reason) == (4001, "Full.")


async def test_nothing_of_a_connection_waits_for_the_collector(
    converse: Callable[..., Awaitable[list[Any]]],
) -> None:
    alive: list[weakref.ref[Any]] = []

    class Leaving(AsyncJsonWebsocketConsumer):
        async def connect(self, room: int, session: InSession) -> None:
            alive.extend((weakref.ref(self), weakref.ref(session)))

        @ws_handler
        async def answer(
            self, message: PingMessage, session: InSession, websocket: WebSocket
        ) -> Seen:
            alive.extend((weakref.ref(session), weakref.ref(websocket)))
            return Seen()

        async def disconnect(self, code: int, session: InSession) -> None:
            alive.append(weakref.ref(session))

    app = application(Leaving)
    gc.collect()
    gc.disable()
    try:
        await converse(app, "/rooms/3")
        assert len(alive) == 5
        assert [each() for each in alive if each() is not None] == []
    finally:
        gc.enable()


# What cannot be filled is refused when the class is created.


async def of_http(request: Request) -> str:
    return request.method


class Item(BaseModel):
    name: str


class Unknown:
    """Nothing that pydantic knows."""


def positional() -> object:
    class Refused(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(self, message: PingMessage, room: int, /) -> None: ...

    return Refused


def body() -> object:
    class Refused(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(self, message: PingMessage, item: Item) -> None: ...

    return Refused


def explicit_body() -> object:
    class Refused(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(self, message: PingMessage, item: Annotated[int, Body()]) -> None: ...

    return Refused


def request() -> object:
    class Refused(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(self, message: PingMessage, request: Request) -> None: ...

    return Refused


def request_below() -> object:
    class Refused(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(
            self, message: PingMessage, method: Annotated[str, Depends(of_http)]
        ) -> None: ...

    return Refused


def response() -> object:
    class Refused(AsyncJsonWebsocketConsumer):
        async def disconnect(self, code: int, response: Response) -> None: ...

    return Refused


def unknown() -> object:
    class Refused(AsyncJsonWebsocketConsumer):
        async def post_authentication(self, thing: Unknown) -> None: ...

    return Refused


async def postponed(self: Any, message: PingMessage, thing: Any) -> None: ...


postponed.__annotations__["thing"] = "Nowhere"


def undefined() -> object:
    return type("Refused", (AsyncJsonWebsocketConsumer,), {"answer": ws_handler(postponed)})


def marked_message() -> object:
    class Refused(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(self, message: Annotated[PingMessage, Depends(name)]) -> None: ...

    return Refused


@pytest.mark.parametrize(
    ("declare", "parts"),
    [
        (positional, ["'room'", "answer", "behind the slash"]),
        (body, ["'item'", "answer", "a body", "Depends()"]),
        (explicit_body, ["'item'", "answer", "a body", "Depends()"]),
        (request, ["request", "answer", "HTTPConnection"]),
        (request_below, ["'request'", "of_http, a dependency of", "answer", "HTTPConnection"]),
        (response, ["response", "disconnect", "self.accept()"]),
        (unknown, ["post_authentication", "FastAPI cannot resolve"]),
        (undefined, ["answer", "'Nowhere'", "outside TYPE_CHECKING"]),
        (marked_message, ["'message'", "answer", "nobody resolves Depends(...)"]),
    ],
)
def test_what_fastapi_cannot_fill_is_refused_when_the_class_is_created(
    declare: Callable[[], object], parts: list[str]
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        declare()
    assert [part for part in ["Refused", *parts] if part not in str(refused.value)] == []
