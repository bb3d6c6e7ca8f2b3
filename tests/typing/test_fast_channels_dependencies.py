"""What mypy and pyright make of dependencies by message; running it proves the same of Python."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal, assert_type

from fastapi import Depends, WebSocket

from chanx.core.decorators import event_handler, ws_handler
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage, PingMessage, PongMessage


class News(BaseMessage):
    action: Literal["news"] = "news"
    payload: str


class Session:
    async def save(self, text: str) -> int:
        return len(text)


async def session() -> AsyncIterator[Session]:
    yield Session()


InSession = Annotated[Session, Depends(session)]


class Room(AsyncJsonWebsocketConsumer[News]):
    async def connect(self, room: int, session: InSession) -> None: ...

    async def post_authentication(self, session: InSession) -> None: ...

    async def disconnect(self, code: int, session: InSession) -> None: ...

    async def on_layer_gap(self, seconds: float, session: InSession) -> None: ...

    @ws_handler
    async def ping(self, message: PingMessage, session: InSession) -> PongMessage:
        assert_type(await session.save("ping"), int)
        return PongMessage()

    @event_handler(tags=["news"])
    async def news(
        self, event: News, session: InSession, *, websocket: WebSocket
    ) -> AsyncIterator[News]:
        await session.save(event.payload)
        yield event


class Quiet(Room):
    """Its hooks take less, and hand on what they are given."""

    async def post_authentication(self, *args: Any, **kwargs: Any) -> None:
        await super().post_authentication(*args, **kwargs)


class Plain(AsyncJsonWebsocketConsumer):
    async def post_authentication(self) -> None: ...

    async def disconnect(self, code: int) -> None: ...


async def test_a_handler_is_called_by_hand_with_what_it_takes() -> None:
    reply = await Room().ping(PingMessage(), Session())
    assert_type(reply, PongMessage)
    assert reply == PongMessage()


def test_hooks_may_take_more_or_nothing_more() -> None:
    assert {handler.name for handler in Quiet.handler_table.handlers} == {"ping", "news"}
    assert Plain.as_asgi().consumer_class is Plain
