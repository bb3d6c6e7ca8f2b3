"""Handlers that take dependencies, called by those that override them, or by anybody."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, ClassVar, Literal

import pytest
from fastapi import Depends, FastAPI
from websockets.asyncio.client import connect

from chanx.core.decorators import event_handler, ws_handler
from chanx.core.handler import Call
from chanx.ext.fast_channels.routing import ConsumerRouter
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage, PingMessage

Serve = Callable[..., str]


class Seen(BaseMessage):
    action: Literal["seen"] = "seen"
    payload: str = ""


class News(BaseMessage):
    action: Literal["news"] = "news"


class Session:
    """Stands for a database session; the class notes what becomes of all."""

    log: ClassVar[list[str]] = []


@pytest.fixture(autouse=True)
def log() -> list[str]:
    Session.log = []
    return Session.log


async def session() -> AsyncIterator[Session]:
    Session.log.append("open")
    yield Session()
    Session.log.append("close")


InSession = Annotated[Session, Depends(session)]


class Base(AsyncJsonWebsocketConsumer[Any]):
    @ws_handler
    async def ping(self, message: PingMessage, session: InSession, word: str = "no word") -> Seen:
        assert isinstance(session, Session)
        Session.log.append("base")
        return Seen(payload=word)


class Streaming(AsyncJsonWebsocketConsumer):
    @ws_handler
    async def ping(self, message: PingMessage, session: InSession) -> AsyncIterator[Seen]:
        assert isinstance(session, Session)
        for word in ("one", "two"):
            yield Seen(payload=word)


async def replies(
    serve: Serve, consumer: type[AsyncJsonWebsocketConsumer[Any]], number: int = 1
) -> list[str]:
    """Return what a client is answered that pings."""
    router = ConsumerRouter()
    router.add_consumer("/", consumer)
    app = FastAPI()
    app.include_router(router)
    async with connect(f"ws://{serve(app)}/?word=hello") as socket:
        await socket.send('{"action": "ping"}')
        return [json.loads(await socket.recv())["payload"] for _ in range(number)]


async def test_the_handler_of_a_base_has_its_dependencies_resolved(
    serve: Serve, log: list[str]
) -> None:
    class Resolved(Base):
        async def ping(self, message: PingMessage) -> Seen:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride] - takes less
            return await super().ping(message)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] - the rest is resolved

    assert await replies(serve, Resolved) == ["hello"]
    assert log == ["open", "base", "close"]


async def test_what_is_handed_to_the_handler_of_a_base_is_not_resolved_again(
    serve: Serve, log: list[str]
) -> None:
    class Handed(Base):
        async def ping(
            self, message: PingMessage, session: InSession, word: str = "no word"
        ) -> Seen:
            return await super().ping(message, session, "handed")

    class Named(Handed):
        async def ping(
            self, message: PingMessage, session: InSession, word: str = "no word"
        ) -> Seen:
            return await super().ping(message=message, session=session, word="named")

    assert await replies(serve, Handed) == ["handed"]
    assert await replies(serve, Named) == ["handed"]
    assert log == ["open", "base", "close"] * 2


async def test_what_is_handed_beside_what_is_resolved_stands(serve: Serve) -> None:
    class Partly(Base):
        async def ping(self, message: PingMessage) -> Seen:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride] - takes less
            return await super().ping(message, word="mine")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] - the rest is resolved

    class Added(Base):
        async def around(self, call: Call) -> None:
            call.arguments["word"] = "added"
            await call()

    assert await replies(serve, Partly) == ["mine"]
    assert await replies(serve, Added) == ["added"]


async def test_a_stream_of_a_base_is_resolved_too(serve: Serve, log: list[str]) -> None:
    class Resolved(Streaming):
        async def ping(self, message: PingMessage) -> AsyncIterator[Seen]:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride] - takes less
            ping: Any = super().ping  # which takes a session, for type checkers
            async for reply in ping(message):
                yield Seen(payload=reply.payload.upper())

    class Handed(Streaming):
        async def ping(self, message: PingMessage, session: InSession) -> AsyncIterator[Seen]:
            async for reply in super().ping(message, session):
                yield reply

    assert await replies(serve, Resolved, 2) == ["ONE", "TWO"]
    assert await replies(serve, Handed, 2) == ["one", "two"]
    assert log == ["open", "close"] * 2


async def test_one_handler_may_call_another(serve: Serve, log: list[str]) -> None:
    class Told(Base):
        @event_handler
        async def news(self, event: News) -> Seen:
            return await self.ping(PingMessage())  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] - the rest is resolved

        async def post_authentication(self) -> None:
            await self.send_event(News(), self.channel_name)

    assert await replies(serve, Told, 2) == ["hello", "hello"]
    assert log == ["open", "base", "close"] * 2


async def test_a_handler_is_resolved_once_however_far_down_it_is_inherited(
    serve: Serve, log: list[str]
) -> None:
    class Middle(Base):
        async def ping(
            self, message: PingMessage, session: InSession, word: str = "no word"
        ) -> Seen:
            return await super().ping(message, session, word)

    class Last(Middle):
        pass

    assert await replies(serve, Last) == ["hello"]
    assert log == ["open", "base", "close"]


async def test_a_mixin_that_is_no_consumer_gives_its_handler_to_each_that_is_made_of_it(
    serve: Serve, log: list[str]
) -> None:
    class Mixin:
        @ws_handler
        async def ping(self, message: PingMessage, session: InSession) -> Seen:
            return Seen(payload=type(session).__name__)

    class Mixed(Mixin, AsyncJsonWebsocketConsumer[Any]):
        pass

    class Resolved(Mixed):
        async def ping(self, message: PingMessage) -> Seen:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride] - takes less
            return await super().ping(message)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] - the rest is resolved

    assert await replies(serve, Resolved) == ["Session"]
    assert log == ["open", "close"]
    assert await Mixin().ping(PingMessage(), Session()) == Seen(payload="Session")


async def test_a_test_calls_a_handler_as_the_method_that_it_is(log: list[str]) -> None:
    assert await Base().ping(PingMessage(), Session(), "direct") == Seen(payload="direct")
    assert await Base().ping(PingMessage(), Session()) == Seen(payload="no word")
    assert log == ["base", "base"]
