"""Expected errors, where they are declared; what clients are told is in the contract."""

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import pytest

from chanx.asyncapi import AsyncAPIGenerator
from chanx.asyncapi.linting import lint
from chanx.core.decorators import event_handler, ws_handler
from chanx.core.errors import ConfigurationError, MessageError
from chanx.core.expected import code_of_status, declared_errors
from chanx.core.handler import HandlerOption
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import MemoryLayer
from chanx.messages import ExpectedErrorMessage
from chanx.routing import RouteInfo
from chanx.testing import ExpectationFailed, WebsocketCommunicator
from chanx.testing.contract.messages import News, Said, Say, Wait, Waited

Consumer = AsyncJsonWebsocketConsumer[Any]


class Full(Exception):
    pass


class Paid(HandlerOption):
    errors: Mapping[str, str] = MappingProxyType({"unpaid": "It is not paid."})


class Room(Consumer):
    """A room."""

    handler_errors: ClassVar[Mapping[str, str]] = {"closed": "It is night."}

    @ws_handler(errors={"busy": "Somebody speaks."}, options=[Paid()])
    async def say(self, message: Say) -> Said:
        raise NotImplementedError

    @ws_handler
    async def wait(self, message: Wait) -> Waited:
        raise NotImplementedError

    @event_handler(errors={"busy": "Somebody speaks."})
    async def news(self, event: News) -> None: ...


@Room.exception_handler(Full, errors={"full": "All seats are taken."})
def full(consumer: Room, error: Full) -> MessageError:
    return MessageError("full", "All seats are taken.")


class Hall(Room):
    """A large room."""

    handler_errors: ClassVar[Mapping[str, str]] = {"dark": "The lamp is broken."}


def nothing(consumer: object, error: Exception) -> None: ...


def document(consumer: type[Consumer]) -> dict[str, Any]:
    return AsyncAPIGenerator([RouteInfo(path="/room", consumer=consumer)]).generate()


def replies(described: dict[str, Any], operation: str) -> list[str]:
    references = described["operations"][operation]["reply"]["messages"]
    return [reference["$ref"].rpartition("/")[2] for reference in references]


def test_a_handlers_errors_are_its_own_its_options_and_those_of_the_classes() -> None:
    say, wait, _ = Hall.handler_table.handlers
    common = {"closed", "full", "dark"}
    assert {*declared_errors(Hall, say)} == {*common, "unpaid", "busy"}
    assert {*declared_errors(Hall, wait)} == common
    assert {*declared_errors(Room, wait)} == common - {"dark"}


def test_a_document_has_a_message_for_each_code_that_a_handler_declares() -> None:
    described = document(Hall)
    errors = ["ErrorMessage", "ClosedError", "FullError", "DarkError"]
    assert replies(described, "hall.say") == ["Said", *errors, "UnpaidError", "BusyError"]
    assert replies(described, "hall.wait") == ["Waited", *errors]
    busy = described["components"]["messages"]["BusyError"]
    assert (busy["name"], busy["x-outcome"]) == ("error", "error")
    assert busy["summary"] == "Somebody speaks."
    schema = described["components"]["schemas"]["BusyErrorPayload"]
    assert schema["properties"]["code"]["const"] == "busy"
    sent = described["operations"]["hall.news"]["messages"]
    assert {"$ref": "#/channels/hall/messages/BusyError"} in sent


def test_the_linter_takes_such_a_document() -> None:
    assert [f for f in lint(document(Hall)) if f.severity != "info"] == []


@pytest.mark.parametrize(
    ("errors", "text"),
    [
        ({"too_large": "x"}, "'too_large' is an error code of chanx's own"),
        ({"handler_error": "x"}, "'handler_error' is an error code of chanx's own"),
        ({"a b": "x"}, "'a b' is not an error code"),
        ({5: "x"}, "5 is not an error code"),
        ({"busy": " "}, "say when the error 'busy' comes"),
        ({"busy": None}, "say when the error 'busy' comes"),
        (["busy"], r"write \{'busy': 'When that is\.'\}"),
    ],
    ids=str,
)
def test_codes_that_may_not_be_used_are_refused_when_the_class_is_created(
    errors: Any, text: str
) -> None:
    async def say(self: Any, message: Say) -> None: ...

    class Declaring(HandlerOption): ...

    Declaring.errors = errors
    for attributes in (
        {"say": ws_handler(errors=errors)(say)},
        {"say": ws_handler(options=[Declaring()])(say)},
        {"handler_errors": errors},
    ):
        with pytest.raises(ConfigurationError, match=text) as refused:
            type("Wrong", (AsyncJsonWebsocketConsumer,), attributes)
        assert str(refused.value).startswith("Wrong.")
    with pytest.raises(ConfigurationError, match=text):
        Consumer.exception_handler(Full, errors=errors)(nothing)


@pytest.mark.parametrize("kinds", [(), (5,), (BaseException,), (int,)], ids=str)
def test_an_exception_handler_names_exceptions(kinds: Any) -> None:
    decorate: Any = Consumer.exception_handler(*kinds)
    with pytest.raises(ConfigurationError, match="takes subclasses of Exception"):
        decorate(nothing)


def test_an_exception_handler_takes_the_consumer_and_the_exception() -> None:
    def wrong(error: Full) -> None: ...

    decorate: Any = Consumer.exception_handler(Full)
    with pytest.raises(ConfigurationError, match=r"declare it as `def name\(consumer, error\)`"):
        decorate(wrong)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"code": "refused", "detail": "No."}, "chanx's own"),
        ({"code": "busy", "detail": "No.", "closes": 1006}, "no close frame may carry"),
        ({"code": "busy", "detail": "No.", "status_code": 200}, "an HTTP error status"),
    ],
    ids=str,
)
def test_an_error_that_cannot_be_told_is_refused_where_it_is_raised(
    arguments: dict[str, Any], text: str
) -> None:
    with pytest.raises(ConfigurationError, match=text):
        MessageError(**arguments)


def test_every_status_has_a_code_that_a_project_may_use() -> None:
    codes = [code_of_status(status) for status in range(400, 600)]
    for code in codes:
        MessageError(code, "No.")
    assert code_of_status(413) == "content_too_large"


class Undeclaring(Consumer):
    """Answers with what it is told, and declares one code."""

    @ws_handler(errors={"busy": "Somebody speaks."})
    async def say(self, message: Say) -> Said:
        raise MessageError(message.payload, "No.")

    @ws_handler
    async def wait(self, message: Wait) -> Waited:
        raise MessageError("late", "It is.")

    @event_handler(errors={"busy": "Somebody speaks."})
    async def news(self, event: News) -> None:
        raise MessageError("old", "Everybody knows.")


def client_of(consumer: type[Consumer]) -> WebsocketCommunicator:
    return WebsocketCommunicator(consumer.as_asgi(), "/", consumer=consumer)


async def test_a_code_that_a_handler_does_not_declare_fails_a_test_with_the_fix() -> None:
    async with client_of(Undeclaring) as client:
        await client.send_message(Say(payload="busy"))
        await client.expect_error("busy")
        await client.send_message(Say(payload="bussy"))
        with pytest.raises(ExpectationFailed) as failed:
            await client.expect_error("bussy")
        with pytest.raises(ExpectationFailed, match="'bussy', and declares 'busy' only"):
            await client.request(Say(payload="bussy"), expect=ExpectedErrorMessage)
    assert "Undeclaring.say answers with an error of code 'bussy', and declares 'busy'" in str(
        failed.value
    )
    assert "Add errors={'bussy': 'When that is.'}" in str(failed.value)


async def test_any_code_will_do_where_none_is_declared() -> None:
    async with client_of(Undeclaring) as client:
        await client.send_message(Wait(payload=0))
        await client.expect_error("late")


async def test_a_code_of_the_class_is_declared_for_all_its_handlers() -> None:
    class Late(Undeclaring):
        handler_errors: ClassVar[Mapping[str, str]] = {"late": "It is."}

    class Strict(Undeclaring):
        handler_errors: ClassVar[Mapping[str, str]] = {"closed": "It is night."}

    async with client_of(Late) as client:
        await client.send_message(Wait(payload=0))
        await client.expect_error("late")
    async with client_of(Strict) as client:
        await client.send_message(Wait(payload=0))
        with pytest.raises(ExpectationFailed, match="'late', and declares 'closed' only"):
            await client.expect_error()


async def test_an_undeclared_code_is_logged_once(
    caplog: pytest.LogCaptureFixture, chanx_layer: MemoryLayer
) -> None:
    class Logged(Undeclaring):
        """Its log is its own."""

        groups = ("room",)

    caplog.set_level(logging.WARNING, "chanx.websocket")
    for _ in range(2):
        async with client_of(Logged) as client:
            for code in ("busy", "full", "full"):
                await client.send_message(Say(payload=code))
            await client.send_message(Wait(payload=0))
            await Logged.broadcast_event(News(payload="x"), ["room"])
            await client.receive_all_json()
    said = [record.getMessage() for record in caplog.records]
    assert [text.partition(", and")[0].partition("<locals>.")[2] for text in said] == [
        "Logged.say answers with an error of code 'full'",
        "Logged.news answers with an error of code 'old'",
    ]
    assert "(path '/')" in said[0]


async def test_codes_without_end_are_logged_up_to_some(caplog: pytest.LogCaptureFixture) -> None:
    class Endless(Undeclaring):
        """Its log is its own."""

    async with client_of(Endless) as client:
        for number in range(150):
            await client.send_message(Say(payload=f"code{number}"))
        await client.receive_all_json(timeout=60)
    assert len(caplog.records) == 100
