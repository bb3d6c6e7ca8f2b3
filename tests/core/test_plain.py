"""Values of a framework that stand for JSON's own are sent as these."""

from typing import Any, Literal

import pytest
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from chanx.core.decorators import ws_handler
from chanx.core.errors import FrameError
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage, ErrorPayload
from chanx.messages.plain import plain
from chanx.testing import WebsocketCommunicator


class Late:
    """A text that is made when it is asked for."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


class Unknown:
    """Nothing that anybody registered."""


plain.register(Late, str)
LATE: Any = Late("hello")


class Said(BaseMessage):
    action: Literal["said"] = "said"
    payload: str | dict[str, list[str]]


class Anything(BaseMessage):
    action: Literal["anything"] = "anything"
    payload: Any = None


def test_a_message_takes_it_where_text_belongs() -> None:
    assert Said(payload=LATE).payload == "hello"
    assert Said(payload={LATE: [LATE, "you"]}).payload == {"hello": ["hello", "you"]}
    assert ErrorPayload(code="handler_error", detail=LATE).detail == "hello"
    assert FrameError("invalid_json", LATE).message().payload.detail == "hello"


def test_what_does_not_validate_is_told_as_it_was_given() -> None:
    with pytest.raises(ValidationError, match="input_type=Unknown"):
        Said(payload=Unknown())  # type: ignore[arg-type]  # the mistake
    with pytest.raises(ValidationError, match="payload"):
        Said()  # type: ignore[call-arg]  # the mistake


def test_validation_does_not_call_the_constructor() -> None:
    # It would take many times as long for each frame.
    assert not vars(Said(payload="x").__class__)["__pydantic_custom_init__"]
    assert Said.model_validate({"payload": "x"}) == Said(payload="x")


class Room(AsyncJsonWebsocketConsumer):
    @ws_handler
    async def said(self, message: Said) -> Anything:
        await self.send_json({"action": "anything", "payload": [LATE]})
        return Anything(payload={"at": (LATE, 7)})

    @ws_handler
    async def anything(self, message: Anything) -> Anything:
        return Anything(payload=Unknown())


async def test_it_is_sent_as_what_it_stands_for(caplog: pytest.LogCaptureFixture) -> None:
    async with WebsocketCommunicator(Room.as_asgi(), "/", consumer=Room) as client:
        await client.send_message(Said(payload="x"))
        assert (await client.receive_json())["payload"] == ["hello"]
        assert (await client.receive_json())["payload"] == {"at": ["hello", 7]}
        await client.send_message(Anything())
        assert (await client.receive_json())["payload"]["code"] == "handler_error"
    (record,) = [one for one in caplog.records if one.exc_info]
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], PydanticSerializationError)
    assert "Unable to serialize Unknown" in caplog.text
