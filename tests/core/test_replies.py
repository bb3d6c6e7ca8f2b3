"""What a handler may return: what it declares, or what validates into it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

import pytest
from pydantic import BaseModel, Field

from chanx.core.decorators import event_handler, ws_handler
from chanx.core.errors import ConfigurationError
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import MemoryLayer
from chanx.messages import BaseMessage, PingMessage, PongMessage
from chanx.testing import WebsocketCommunicator

T = TypeVar("T")


class Item(BaseModel):
    name: str
    price: int = Field(default=0, alias="unitPrice")


class Created(BaseMessage, Generic[T]):
    action: Literal["created"] = "created"
    payload: T


class Failed(BaseMessage):
    action: Literal["failed"] = "failed"


class Make(BaseMessage):
    action: Literal["make"] = "make"
    payload: str


class Made(BaseMessage):
    action: Literal["made"] = "made"


@dataclass
class Row:
    name: str
    price: int = 3


@dataclass
class Found:
    payload: Row


GIVEN: dict[str, Any] = {
    "unbound": Created(payload=Item(name="tea", unitPrice=3)),
    "of anything": Created[Any](payload={"name": "tea", "price": 3}),
    "dictionary": {"action": "created", "payload": {"name": "tea", "unitPrice": "3"}},
    "without action": {"payload": {"name": "tea", "price": 3}},
    "object": Found(Row("tea")),
    "another's": PongMessage(),
    "wrong": Created(payload="tea"),
    "text": "tea",
    "number": 1,
    "unknown action": {"action": "failed", "payload": {}},
}
TAKEN = ("unbound", "of anything", "dictionary", "without action", "object")


class Shop(AsyncJsonWebsocketConsumer[Made]):
    groups = ("shop",)
    made: Any = None

    @ws_handler
    async def make(self, message: Make) -> Created[Item]:
        return GIVEN[message.payload]  # type: ignore[no-any-return]

    @ws_handler
    async def pings(self, message: PingMessage) -> AsyncIterator[Created[int] | Created[str]]:
        yield Created(payload=1)
        yield Created(payload="x")

    @event_handler
    async def on_made(self, event: Made) -> Created[int]:
        return Created(payload=1)


@pytest.mark.parametrize("given", GIVEN)
async def test_a_reply_is_validated_into_what_its_handler_declares(
    given: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with WebsocketCommunicator(Shop.as_asgi(), "/", consumer=Shop) as client:
        await client.send_json({"action": "make", "payload": given, "ref": 7})
        if given in TAKEN:
            reply = await client.receive_json()
            item = {"name": "tea", "unitPrice": 3}
            assert reply == {"action": "created", "payload": item, "ref": 7}
            assert caplog.records == []
        else:
            await client.expect_error("handler_error")
            assert "make returned" in caplog.text


async def test_streams_and_event_handlers_are_validated_likewise(
    chanx_layer: MemoryLayer,
) -> None:
    async with WebsocketCommunicator(Shop.as_asgi(), "/", consumer=Shop) as client:
        await client.send_message(PingMessage())
        assert [await client.receive_json(), await client.receive_json()] == [
            {"action": "created", "payload": 1},
            {"action": "created", "payload": "x"},
        ]
        await Shop.broadcast_event(Made())
        assert await client.receive_json() == {"action": "created", "payload": 1}


class Loud(AsyncJsonWebsocketConsumer):
    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        what: Any
        for what in ({"action": "made"}, Made, "made"):
            for send in (self.send_message, self.broadcast_message):
                with pytest.raises(ConfigurationError, match=r"SomeMessage\(payload=\.\.\.\)"):
                    await send(what)
        return PongMessage()


async def test_what_is_no_message_is_not_sent_as_one_and_the_fix_is_told() -> None:
    async with WebsocketCommunicator(Loud.as_asgi(), "/", consumer=Loud) as client:
        await client.send_message(PingMessage())
        assert await client.receive_message() == PongMessage()
    what: Any
    for what in ({"action": "made"}, Made, "made"):
        with pytest.raises(ConfigurationError, match=r"SomeMessage\(payload=\.\.\.\)"):
            await Shop.broadcast_event(what)
        with pytest.raises(ConfigurationError, match=r"SomeMessage\(payload=\.\.\.\)"):
            await Shop.send_event(what, "channel")


class Deaf(AsyncJsonWebsocketConsumer[Made | Failed]): ...


class PartlyDeaf(AsyncJsonWebsocketConsumer[Made | Failed]):
    @event_handler
    async def made(self, event: Made) -> None: ...


class Passing(AsyncJsonWebsocketConsumer[Made]):
    passthrough_events = (Made,)


class Heir(Deaf):
    @ws_handler
    async def ping(self, message: PingMessage) -> None: ...


def test_a_consumer_that_is_typed_with_an_event_takes_it() -> None:
    with pytest.raises(ConfigurationError, match=r"^Deaf is typed .* Made, Failed, .*@event_h"):
        Deaf.as_asgi()
    for consumer in (PartlyDeaf, Passing, Heir, Shop):
        assert consumer.as_asgi().consumer_class is consumer
