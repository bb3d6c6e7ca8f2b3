"""What a consumer declares to ask, and what documents say of it; the rest is in the contract."""

from types import new_class
from typing import Any, ClassVar, Literal

import pytest

from chanx.asyncapi import AsyncAPIGenerator
from chanx.asyncapi.linting import lint
from chanx.core.decorators import binary_handler
from chanx.core.errors import ConfigurationError
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage, ExpectedErrorMessage
from chanx.routing import RouteInfo
from chanx.testing import WebsocketCommunicator
from chanx.testing.contract.messages import Said, Say
from chanx.testing.contract.requests import Asking, Confirm, Confirmed, Declined

Consumer = AsyncJsonWebsocketConsumer[Any]


class Other(BaseMessage):
    action: Literal["confirmed"] = "confirmed"


class Talking(Asking):
    """Asks."""

    asks: ClassVar[Any] = {Said: Confirmed}


def test_what_is_asked_is_merged_along_the_mro() -> None:
    assert Talking.ask_table.answers == {Confirm: (Confirmed, Declined), Said: (Confirmed,)}


@pytest.mark.parametrize(
    ("asks", "text"),
    [
        ([Confirm], r"write \{Question: Answer\}"),
        ({5: Confirmed}, "ask by a message class"),
        ({BaseMessage: Confirmed}, "ask by a message class"),
        ({Confirm: 5}, "5 is not a BaseMessage"),
        ({Confirm: None}, "name the message classes that answer it"),
        ({Confirm: BaseMessage}, "name the message classes that answer it"),
        ({Confirm: [Confirmed, Other]}, "share the action 'confirmed'"),
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_refused_when_the_class_is_created(asks: Any, text: str) -> None:
    with pytest.raises(ConfigurationError, match=text):
        new_class("Wrong", (Consumer,), {}, lambda body: body.update({"asks": asks}))


def test_a_document_has_what_is_asked_with_its_answers() -> None:
    described = AsyncAPIGenerator([RouteInfo(path="/room", consumer=Talking)]).generate()
    operation = described["operations"]["talking.request.confirm"]
    assert operation["action"] == "send"
    assert operation["messages"] == [{"$ref": "#/channels/talking/messages/Confirm"}]
    answers = [answer["$ref"].rpartition("/")[2] for answer in operation["reply"]["messages"]]
    assert answers == ["Confirmed", "Declined", "ExpectedErrorMessage"]
    said = described["operations"]["talking.say"]["reply"]["messages"]
    assert {"$ref": "#/channels/talking/messages/NoAnswerError"} in said
    assert [each for each in lint(described) if each.severity != "info"] == []


async def test_a_handler_of_binary_frames_asks_and_its_document_says_so() -> None:
    class Scanning(Consumer):
        asks: ClassVar[Any] = {Confirm: Confirmed}

        @binary_handler
        async def scan(self, data: bytes) -> Said:
            answer = await self.request(Confirm(payload="sure?"), expect=Confirmed, timeout=5)
            return Said(payload=str(answer.payload))

    described = AsyncAPIGenerator([RouteInfo(path="/room", consumer=Scanning)]).generate()
    said = described["operations"]["scanning.scan"]["reply"]["messages"]
    assert {"$ref": "#/channels/scanning/messages/NoAnswerError"} in said
    async with WebsocketCommunicator(Scanning.as_asgi(), "/", consumer=Scanning) as client:
        await client.send_bytes(b"...")
        await client.answer(
            Confirm,
            ExpectedErrorMessage.model_validate({"payload": {"code": "no", "detail": "No."}}),
        )
        await client.expect_error("no_answer")


async def test_a_test_client_answers() -> None:
    async with WebsocketCommunicator(Talking.as_asgi(), "/", consumer=Talking) as client:
        await client.send_message(Say(payload="sure?"))
        question = await client.answer(Confirm, Confirmed(payload=3))
        assert question.payload == "sure?"
        assert (await client.expect(Said)).payload == "3"
        await client.send_message(Say())
        error = ExpectedErrorMessage.model_validate({"payload": {"code": "no", "detail": "No."}})
        await client.answer(Confirm, error)
        await client.expect_error("no_answer")
