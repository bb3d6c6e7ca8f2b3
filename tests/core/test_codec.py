"""What a codec makes of a client's frame, without a connection."""

import json
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from chanx.core.decorators import ws_handler
from chanx.core.errors import ConfigurationError, FrameError
from chanx.core.limits import Limits
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage

Consumer = AsyncJsonWebsocketConsumer[Any]


class Open(BaseMessage):
    action: Literal["open"] = "open"
    payload: Any = None


class Closed(BaseMessage):
    model_config = ConfigDict(extra="forbid")

    action: Literal["closed"] = "closed"
    payload: Any = None


class ClosedText(Closed):
    """Validated as text."""

    action: Literal["closed_text"] = "closed_text"  # type: ignore[assignment]  # another message
    payload: Decimal | None = None


class Collecting(BaseMessage):
    model_config = ConfigDict(extra="allow")

    action: Literal["collecting"] = "collecting"


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


class Tagged(BaseMessage):
    action: Literal["tagged"] = "tagged"
    payload: Annotated[Cat | Dog, Field(discriminator="kind")]


class Desk(Consumer):
    @ws_handler
    async def take(self, message: Open | Closed | ClosedText | Collecting | Tagged) -> None: ...


def decode(text: str) -> BaseMessage:
    message = Desk.current_runtime().codec.decode(text).message
    assert isinstance(message, BaseMessage)
    return message


def refused(text: str) -> FrameError:
    with pytest.raises(FrameError) as caught:
        Desk.current_runtime().codec.decode(text)
    return caught.value


RESERVED = [
    {"ref": "r"},
    {"ref": 1},
    {"ref": None},
    {"topic": "t"},
    {"offset": [1, {"ref": "]"}], "epoch": "}"},
    {"ref": "r", "topic": '"', "offset": 3, "epoch": None},
]


@pytest.mark.parametrize("reserved", RESERVED, ids=repr)
@pytest.mark.parametrize("action", ["open", "closed", "closed_text", "collecting"])
def test_the_protocols_keys_are_no_fields_with_and_without_a_ref(
    action: str, reserved: dict[str, Any]
) -> None:
    for text in (
        json.dumps({"action": action, **reserved}),
        json.dumps({**reserved, "action": action}, indent=1),
        json.dumps({"action": action, **reserved}).replace("o", "\\u006f").replace("e", "\\u0065"),
    ):
        assert decode(text).model_dump(exclude={"payload"}) == {"action": action}


@pytest.mark.parametrize("reserved", [{}, *RESERVED], ids=repr)
@pytest.mark.parametrize("action", ["closed", "closed_text"])
def test_other_keys_are_refused_with_and_without_the_protocols(
    action: str, reserved: dict[str, Any]
) -> None:
    errors = refused(json.dumps({**reserved, "action": action, "more": 1})).errors or []
    assert [(error.loc, error.type) for error in errors] == [(["more"], "extra_forbidden")]


def test_extra_keys_are_kept_but_for_the_protocols() -> None:
    message = decode('{"action": "collecting", "topic": "t", "more": {"topic": 1}, "ref": 2}')
    assert message.model_extra == {"more": {"topic": 1}}


@pytest.mark.parametrize("bottom", ["1", '"x"', "[]", "{}"])
@pytest.mark.parametrize("begin", ["[", '{"a":'])
def test_as_many_levels_are_taken_as_the_error_names(begin: str, bottom: str) -> None:
    end = "]" if begin == "[" else "}"

    def nested(levels: int) -> str:
        inner = levels - 1 - (bottom in ("[]", "{}"))  # the frame itself is one
        return f'{{"action":"open","ref":7,"payload":{begin * inner}{bottom}{end * inner}}}'

    most = Limits().max_depth
    assert isinstance(decode(nested(most)), Open)
    error = refused(nested(most + 2))
    assert (error.code, error.ref) == ("too_deep", 7)
    assert f"at most {most} levels" in error.detail
    with pytest.raises(ConfigurationError, match=str(most)):
        Limits(max_depth=most + 1)


@pytest.mark.parametrize("number", ["9" * 4301, "-" + "9" * 4301, "9" * 4301 + ".5"])
def test_a_number_of_too_many_digits_is_told_and_is_not_called_invalid_json(number: str) -> None:
    assert decode(f'{{"action": "open", "payload": {"9" * 4300}}}') == Open(payload=10**4300 - 1)
    error = refused(f'{{"action": "open", "payload": {number}, "ref": "r"}}')
    assert (error.code, error.ref) == ("validation_error", "r")
    assert error.detail == "A number has at most 4300 digits."
    assert error.errors is not None
    assert [item.type for item in error.errors] == ["int_parsing_size"]


LONG = "k" * 30_000


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (f'{{"{LONG}": 1, "{LONG}": 2}}', "invalid_json"),
        (f'{{"action": "{LONG}"}}', "unknown_action"),
        (f'{{"action": "closed", "{LONG}": 1}}', "validation_error"),
        (f'{{"action": "tagged", "payload": {{"kind": "{LONG}"}}}}', "validation_error"),
    ],
    ids=["repeated key", "action", "extra key", "tag"],
)
def test_what_a_client_wrote_is_told_again_in_part(frame: str, code: str) -> None:
    error = refused(frame)
    assert error.code == code
    told = repr((str(error), error.action, error.message().model_dump_json()))
    assert len(told) < 2_000
    if code == "invalid_json":
        assert "at line 1 column" in error.detail


@pytest.mark.parametrize(
    ("text", "code", "ref", "action", "closes"),
    [
        ("{", "invalid_json", None, None, None),
        ("", "invalid_json", None, None, None),
        ('{"ref": 1, "ref": 2}', "invalid_json", 2, None, None),
        ("[]", "validation_error", None, None, None),
        ('{"action": "open", "ref": []}', "validation_error", None, None, None),
        ('{"action": "tagged", "ref": "r"}', "validation_error", "r", "tagged", None),
        ('{"ref": 1}', "unknown_action", 1, None, None),
        ('{"action": {}, "ref": 1}', "unknown_action", 1, None, None),
        ('{"action": "nothing", "ref": 1}', "unknown_action", 1, "nothing", None),
        (
            '{"action": "open", "payload": ' + "[" * 201 + "]" * 201 + "}",
            "too_deep",
            None,
            None,
            None,
        ),
        (" " * (1024 * 1024 + 1), "too_large", None, None, 4413),
    ],
)
def test_what_is_wrong_with_a_frame_is_one_of_a_closed_set_of_codes(
    text: str, code: str, ref: str | int | None, action: str | None, closes: int | None
) -> None:
    error = refused(text)
    assert (error.code, error.ref, error.action, error.closes) == (code, ref, action, closes)


@pytest.mark.parametrize("ref", [None, 1, "r"])
def test_what_is_right_with_a_frame_is_one_value(ref: str | int | None) -> None:
    frame = {"action": "open", "payload": 1} | ({} if ref is None else {"ref": ref})
    incoming = Desk.current_runtime().codec.decode(json.dumps(frame))
    assert incoming.message == Open(payload=1)
    assert (incoming.action, incoming.ref, incoming.handler.name) == ("open", ref, "take")


def test_settings_that_make_two_keys_of_a_message_one_are_not_the_clients_fault() -> None:
    class Doubled(BaseMessage):
        action: Literal["doubled"] = "doubled"
        some_word: str
        someWord: str

    class Words(Consumer):
        camelize = True

        @ws_handler
        async def take(self, message: Doubled) -> None: ...

    # Not mounted, as where a test changes the project's settings behind that.
    with pytest.raises(ConfigurationError, match="would both be 'someWord'"):
        Words.current_runtime().codec.decode('{"action": "doubled"}')
