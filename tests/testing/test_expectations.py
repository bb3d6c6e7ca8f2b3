"""Expectations find a message among those that wait or come, and show what did arrive."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any, ClassVar, Literal

import pytest
from pydantic import BaseModel

from chanx.core.close_codes import CloseCode
from chanx.core.decorators import ws_handler
from chanx.core.errors import MessageError
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import (
    BaseMessage,
    CompleteMessage,
    ErrorMessage,
    ExpectedErrorMessage,
    PingMessage,
    PongMessage,
)
from chanx.testing import Close, ExpectationFailed, WebsocketCommunicator


class Line(BaseModel):
    text: str
    tags: list[str] = []


class Say(BaseMessage):
    action: Literal["say"] = "say"
    payload: Line


class Said(BaseMessage):
    action: Literal["said"] = "said"
    payload: Line
    by: str = "nobody"


class Typing(BaseMessage):
    action: Literal["typing"] = "typing"


class Whisper(BaseMessage):
    action: Literal["whisper"] = "whisper"


class Progress(BaseMessage):
    action: Literal["progress"] = "progress"
    payload: int


class Slow(BaseMessage):
    action: Literal["slow"] = "slow"
    payload: int = 0


class Leave(BaseMessage):
    action: Literal["leave"] = "leave"


class Fail(BaseMessage):
    action: Literal["fail"] = "fail"


class Room(AsyncJsonWebsocketConsumer):
    emits = (Said, Typing)

    @ws_handler
    async def say(self, message: Say) -> Said:
        await self.send_message(Typing())
        return Said(payload=message.payload)

    @ws_handler(concurrent=True)
    async def slow(self, message: Slow) -> AsyncIterator[Progress]:
        for _ in range(message.payload):
            await asyncio.sleep(0)
        yield Progress(payload=message.payload)

    @ws_handler
    async def ping(self, message: PingMessage) -> None:
        pass

    @ws_handler
    async def fail(self, message: Fail) -> PongMessage:
        raise LookupError

    @ws_handler
    async def leave(self, message: Leave) -> PongMessage:
        await self.close(CloseCode.NOT_FOUND, "gone")
        return PongMessage()


class Completing(Room):
    send_completion = True


class Camel(Room):
    camelize = True
    discriminator_field = "type"


def connection(consumer: type[AsyncJsonWebsocketConsumer[Any]] = Room) -> WebsocketCommunicator:
    return WebsocketCommunicator(consumer.as_asgi(), "/", consumer=consumer)


def line(text: str, *tags: str) -> Line:
    return Line(text=text, tags=[*tags])


async def test_a_message_is_found_among_others_which_stay_in_their_order() -> None:
    async with connection() as client:
        await client.send_message(Say(payload=line("one")))
        await client.send_message(Say(payload=line("two")))
        assert await client.expect(Said, payload=line("two")) == Said(payload=line("two"))
        rest = [await client.receive_message() for _ in range(3)]
    assert rest == [Typing(), Said(payload=line("one")), Typing()]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"by": "nobody"},
        {"payload": {"text": "hello"}},
        {"payload": {"tags": ["a", "b"]}, "action": "said"},
        {"payload": line("hello", "a", "b")},
    ],
)
async def test_the_fields_that_are_named_count(fields: dict[str, Any]) -> None:
    async with connection() as client:
        await client.send_message(Say(payload=line("hello", "a", "b")))
        await client.expect(Said, **fields)
        await client.refute(Said)


@pytest.mark.parametrize(
    "fields",
    [
        {"by": "somebody"},
        {"payload": {"text": "goodbye"}},
        {"payload": {"tags": ["a"]}},
        {"payload": {"text": "hello", "colour": None}},
        {"payload": "hello"},
    ],
)
async def test_a_field_with_another_value_is_no_match(fields: dict[str, Any]) -> None:
    async with connection() as client:
        await client.send_message(Say(payload=line("hello", "a", "b")))
        await client.refute(Said, **fields)
        with pytest.raises(ExpectationFailed):
            await client.expect(Said, timeout=0.01, **fields)


async def test_the_wires_spelling_is_undone() -> None:
    async with connection(Camel) as client:
        await client.request(Say(payload=line("hello")), expect=Said)
        await client.send_json({"type": "typo"})
        await client.expect_error("unknown_action")


async def test_a_base_class_expects_any_of_its_subclasses() -> None:
    async with connection() as client:
        await client.send_message(Slow())
        assert await client.expect(BaseMessage) == Progress(payload=0)


async def test_a_failure_shows_what_did_arrive() -> None:
    async with connection() as client:
        await client.send_message(Say(payload=line("x" * 1000)))
        await client.receive_message()
        with pytest.raises(ExpectationFailed) as raised:
            await client.expect(Said, by="Ada", timeout=0.01)
    heading, first, second = str(raised.value).splitlines()
    assert heading.startswith("Expected Said(by='Ada'), and it did not come within 0.01 s.")
    assert first == '  read    {"action":"typing"}'
    assert second.startswith('  unread  {"action":"said","payload":{"text":"xxx')
    assert second.endswith("...")


async def test_a_failure_tells_what_was_read_out_of_turn() -> None:
    async with connection() as client:
        await client.request(Say(payload=line("hello")), expect=Said)
        await client.send_message(Say(payload=line("hello")))
        await client.expect(Said)
        with pytest.raises(ExpectationFailed) as raised:
            await client.expect(Said, by="Eve", timeout=0.01)
    shown = [(state, frame[:16]) for state, frame in map(str.split, raised.value.arrived)]
    assert shown == [
        ("unread", '{"action":"typin'),
        ("read", '{"action":"said"'),
        ("unread", '{"action":"typin'),
        ("read", '{"action":"said"'),
    ]


async def test_a_failure_without_anything_says_so() -> None:
    async with connection() as client:
        with pytest.raises(ExpectationFailed, match=r"What did arrive: nothing\.$"):
            await client.expect(Said, timeout=0.01)


async def test_a_close_ends_the_wait_at_once_and_is_shown() -> None:
    before = time.monotonic()
    async with connection() as client:
        await client.send_message(Leave())
        with pytest.raises(ExpectationFailed, match="close   4404 gone"):
            await client.expect(Said, timeout=60)
    assert time.monotonic() - before < 30


async def test_a_message_that_cannot_come_is_a_mistake_of_the_test() -> None:
    mistake = r"declares no Whisper\. Add .* Room\.emits"
    async with connection() as client:
        with pytest.raises(TypeError, match=mistake):
            await client.expect(Whisper)
        with pytest.raises(TypeError, match=mistake):
            await client.refute(Whisper)
        with pytest.raises(TypeError, match=mistake):
            await client.request(Slow(), expect=Whisper)


@pytest.mark.parametrize("call", ["expect", "refute"])
async def test_a_field_that_cannot_be_is_a_mistake_of_the_test(call: str) -> None:
    async with connection() as client:
        with pytest.raises(TypeError, match=r"Said has no text, only: .*payload=\{"):
            await getattr(client, call)(Said, text="hello")


async def test_an_error_is_expected_by_its_code() -> None:
    async with connection() as client:
        await client.send_json({"action": "typo"})
        await client.send_json({"action": "say"})
        error = await client.expect_error("validation_error")
        assert error.payload.errors is not None
        assert (await client.expect_error()).payload.code == "unknown_action"
        with pytest.raises(ExpectationFailed, match="of code 'too_deep'"):
            await client.expect_error("too_deep", timeout=0.01)


async def test_a_close_is_expected_by_its_code() -> None:
    async with connection() as client:
        with pytest.raises(ExpectationFailed, match=r"still open after 0\.01 s"):
            await client.expect_closed(timeout=0.01)
        await client.send_message(Leave())
        assert await client.expect_closed(4404) == Close(4404, "gone")
        with pytest.raises(ExpectationFailed, match=r"code 4404, 'gone'\. Not 1000\."):
            await client.expect_closed(1000)


async def test_a_refuted_message_that_comes_is_shown() -> None:
    async with connection() as client:
        await client.refute(Said)
        await client.send_message(Say(payload=line("hello")))
        with pytest.raises(ExpectationFailed, match=r"Expected no Said\(\), and Said\(.* came"):
            await client.refute(Said)


async def test_replies_are_paired_with_requests_by_their_ref() -> None:
    async with connection() as client:
        numbers = [5, 0, 3]
        replies = await asyncio.gather(
            *(client.request(Slow(payload=number), expect=Progress) for number in numbers)
        )
        assert [reply.payload for reply in replies] == numbers


async def test_a_request_leaves_alone_what_others_were_told() -> None:
    async with connection() as client:
        await client.send_message(Say(payload=line("before")))
        said = await client.request(Say(payload=line("hello")), expect=Said)
        assert said.payload.text == "hello"
        rest = [await client.receive_message() for _ in range(3)]
    assert rest == [Typing(), Said(payload=line("before")), Typing()]


@pytest.mark.parametrize(
    ("message", "shown"),
    [(Fail(), '"handler_error"'), (PingMessage(), '"complete"'), (Leave(), "close   4404")],
)
async def test_a_request_ends_with_what_ends_its_handler(message: BaseMessage, shown: str) -> None:
    before = time.monotonic()
    async with connection(Completing) as client:
        with pytest.raises(ExpectationFailed, match=shown):
            await client.request(message, expect=PongMessage, timeout=60)
    assert time.monotonic() - before < 30


async def test_a_request_that_is_answered_by_a_broadcast_alone_says_so() -> None:
    class Told(AsyncJsonWebsocketConsumer):
        groups = ("told",)
        emits: ClassVar = [PongMessage]

        @ws_handler
        async def ping(self, message: PingMessage) -> None:
            await self.broadcast_message(PongMessage())

    async with connection(Told) as client:
        with pytest.raises(ExpectationFailed, match=r"broadcasts is for expect\(PongMessage\)\."):
            await client.request(PingMessage(), expect=PongMessage)


async def test_an_error_or_a_completion_may_be_what_a_request_expects() -> None:
    async with connection(Completing) as client:
        error = await client.request(Fail(), expect=ErrorMessage)
        assert error.payload.code == "handler_error"
        await client.request(PingMessage(), expect=CompleteMessage)


async def test_a_request_that_nothing_answers_times_out() -> None:
    async with connection() as client:
        with pytest.raises(ExpectationFailed, match="PongMessage in reply to PingMessage"):
            await client.request(PingMessage(), expect=PongMessage, timeout=0.01)


async def test_frames_that_are_no_messages_are_passed_over_and_shown() -> None:
    async def odd(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        for content in ({"text": "no JSON"}, {"bytes": b"\x00"}, {"text": '{"action": "said"}'}):
            await send({"type": "websocket.send", **content})
        await send({"type": "websocket.send", "text": '{"action": "typing"}'})
        await receive()

    async with WebsocketCommunicator(odd, "/", consumer=Room) as client:
        assert await client.expect(Typing) == Typing()
        await client.refute(Said)
        with pytest.raises(ExpectationFailed, match=r"(?s)no JSON.*b'\\x00'.*said"):
            await client.expect(BaseMessage, timeout=0.01)


class Refusing(AsyncJsonWebsocketConsumer):
    @ws_handler(errors={"busy": "Somebody speaks."})
    async def typing(self, message: Typing) -> None:
        raise MessageError("busy", "Wait.")

    @ws_handler
    async def fail(self, message: Fail) -> None:
        raise ValueError("secret")


def refusing() -> WebsocketCommunicator:
    return WebsocketCommunicator(Refusing.as_asgi(), "/", consumer=Refusing)


async def test_an_error_of_the_projects_own_is_told_with_what_to_write() -> None:
    async with refusing() as client:
        await client.send_message(Typing())
        told = r"'busy' is the project's own: .*_error\('busy'"
        with pytest.raises(ExpectationFailed, match=told):
            await client.expect(ErrorMessage, timeout=0.01)
        with pytest.raises(ExpectationFailed, match="'busy' is the project's own"):
            await client.request(Typing(), expect=ErrorMessage)
        await client.expect(ExpectedErrorMessage, payload={"code": "busy"})


async def test_no_error_of_the_projects_own_is_one_of_chanxs() -> None:
    async with refusing() as client:
        await client.send_message(Fail())
        with pytest.raises(ExpectationFailed, match="'handler_error' is chanx's own"):
            await client.expect(ExpectedErrorMessage, timeout=0.01)
        assert isinstance(await client.expect_error("handler_error"), ErrorMessage)


async def test_whoever_refutes_errors_refutes_those_of_both() -> None:
    async with refusing() as client:
        await client.send_message(Typing())
        with pytest.raises(ExpectationFailed, match=r"no ErrorMessage\(\), and ExpectedErrorM"):
            await client.refute(ErrorMessage)
        await client.refute(ErrorMessage, payload={"code": "handler_error"})
        await client.expect_error("busy")
        await client.send_message(Fail())
        with pytest.raises(ExpectationFailed, match=r"no ExpectedErrorMessage\(\), and ErrorM"):
            await client.refute(ExpectedErrorMessage)
