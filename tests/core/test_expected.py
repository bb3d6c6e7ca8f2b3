"""Expected errors, where they are declared; what clients are told is in the contract."""

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
from chanx.routing import RouteInfo
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
