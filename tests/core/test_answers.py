"""Every frame with a ref is answered, once and for all: by a reply, an error or ``complete``."""

import json
from collections.abc import AsyncIterator
from typing import Any, Literal

import pytest

from chanx.core.decorators import ws_handler
from chanx.core.errors import ConfigurationError, FrameError
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage, PingMessage, PongMessage, is_error
from chanx.testing import WebsocketCommunicator


class Ask(BaseMessage):
    action: Literal["ask"] = "ask"
    payload: str = ""


class Tell(BaseMessage):
    action: Literal["tell"] = "tell"
    payload: str = ""


class Word(BaseMessage):
    action: Literal["word"] = "word"


class End(BaseMessage):
    action: Literal["end"] = "end"


class Rejected(BaseMessage, outcome="error"):
    action: Literal["rejected"] = "rejected"


KINDS: dict[str, Any] = {"word": Word, "reject": Rejected, "end": End}


class Answering(AsyncJsonWebsocketConsumer):
    """Answers in the ways that its requests ask for."""

    @ws_handler
    async def tell(self, message: Tell) -> Word | None:
        if message.payload == "raise":
            raise RuntimeError
        if message.payload == "send":
            await self.send_message(Word())
        if message.payload == "send untyped":
            await self.send_json({"action": "word"})
        return Word() if message.payload == "reply" else None

    @ws_handler
    async def ask(self, message: Ask) -> AsyncIterator[Word | Rejected | End]:
        for word in message.payload.split():
            if word == "raise":
                raise RuntimeError
            yield KINDS[word]()


class Ending(AsyncJsonWebsocketConsumer):
    """Ends its streams with a message."""

    @ws_handler(end=End)
    async def ask(self, message: Ask) -> AsyncIterator[Word | End | Rejected]:
        for word in message.payload.split():
            reply: Any = {"action": "end"} if word == "dict" else KINDS[word]()
            yield reply

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()


async def answers(consumer: Any, action: str, payload: str, ref: Any = 1) -> list[str]:
    """The actions of what a request is answered with, all of which carry its ref."""
    frame = {"action": action, "payload": payload} | ({} if ref is None else {"ref": ref})
    async with WebsocketCommunicator(consumer.as_asgi(), "/", consumer=consumer) as communicator:
        await communicator.send_text(json.dumps(frame))
        found = await communicator.receive_all_json()
    assert [answer.get("ref") for answer in found if answer["action"] != "word"] == [
        ref for answer in found if answer["action"] != "word"
    ]
    return [answer["action"] for answer in found]


NOTHING_BUT_A_REPLY = [
    ("tell", "", ["complete"]),
    ("tell", "reply", ["word"]),
    ("tell", "send", ["word"]),
    ("tell", "send untyped", ["word", "complete"]),
    ("tell", "raise", ["error"]),
    ("ask", "", ["complete"]),
    ("ask", "word word", ["word", "word", "complete"]),
    ("ask", "word raise", ["word", "error"]),
    ("ask", "word reject", ["word", "rejected"]),
    ("ask", "reject word", ["rejected", "word", "complete"]),
    ("nonsense", "", ["error"]),
]


@pytest.mark.parametrize("is_immediate", [True, False])
@pytest.mark.parametrize(("action", "payload", "expected"), NOTHING_BUT_A_REPLY)
async def test_a_frame_with_a_ref_is_answered(
    action: str, payload: str, expected: list[str], is_immediate: bool
) -> None:
    class Consumer(Answering):
        send_message_immediately = is_immediate

    assert await answers(Consumer, action, payload) == expected


@pytest.mark.parametrize(("action", "payload", "expected"), NOTHING_BUT_A_REPLY)
async def test_a_frame_without_a_ref_is_not_completed(
    action: str, payload: str, expected: list[str]
) -> None:
    without = [action for action in expected if action != "complete"]
    assert await answers(Answering, action, payload, None) == without


@pytest.mark.parametrize("ref", [1, None])
@pytest.mark.parametrize(("action", "payload", "expected"), NOTHING_BUT_A_REPLY)
async def test_a_completion_is_sent_once_where_completions_are_on(
    action: str, payload: str, expected: list[str], ref: int | None
) -> None:
    class Signalling(Answering):
        send_completion = True

    without = [action for action in expected if action != "complete"]
    assert await answers(Signalling, action, payload, ref) == [*without, "complete"]


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("word end", ["word", "end"]),
        ("word dict", ["word", "end"]),
        ("reject", ["rejected"]),
        ("end", ["end"]),
    ],
)
@pytest.mark.parametrize("ref", [1, None])
async def test_a_stream_with_an_end_needs_no_completion(
    payload: str, expected: list[str], ref: int | None
) -> None:
    assert await answers(Ending, "ask", payload, ref) == expected


@pytest.mark.parametrize("payload", ["", "word", "end word"])
async def test_a_stream_that_stops_before_its_end_has_failed(
    payload: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert await answers(Ending, "ask", payload) == [*payload.split(), "error"]
    assert "ask stopped without its end: yield End or" in caplog.text


async def test_a_hook_that_answers_nothing_leaves_nobody_waiting() -> None:
    class Silent(Answering):
        async def handle_validation_error(self, error: FrameError) -> None:
            """Say nothing."""

        async def handle_message_handler_error(
            self, error: BaseException, message: BaseMessage
        ) -> None:
            """Say nothing."""

    assert await answers(Silent, "nonsense", "") == ["complete"]
    assert await answers(Silent, "tell", "raise") == ["complete"]


def test_an_outcome_is_inherited() -> None:
    class Worse(Rejected):
        action: Literal["worse"]  # type: ignore[assignment]  # as pydantic lets it

    assert is_error(Worse)
    assert not is_error(Word)


def test_another_outcome_is_refused() -> None:
    with pytest.raises(TypeError, match="outcome='bad'"):

        class Odd(BaseMessage, outcome="bad"):  # pyright: ignore[reportUnusedClass, reportArgumentType]
            action: Literal["odd"]


class Base(AsyncJsonWebsocketConsumer):
    @ws_handler
    async def ask(self, message: Ask) -> AsyncIterator[Word]:
        yield Word()


def heartbeat(seconds: Any, returned: Any = PongMessage) -> Any:
    async def beat(self: Any, message: PingMessage) -> Any: ...

    return ws_handler(output_type=returned, heartbeat=seconds)(beat)


def stopping(**usage: Any) -> Any:
    async def stop(self: Any, message: Tell) -> None: ...

    return ws_handler(**usage)(stop)


def streaming(end: Any) -> Any:
    async def ask(self: Any, message: Ask) -> AsyncIterator[Word]:
        yield Word()

    return ws_handler(end=end)(ask)


@pytest.mark.parametrize(
    ("name", "method", "said"),
    [
        ("stop", stopping(cancels="aks"), r"Odd.stop: cancels='aks' names no other .* are ask\."),
        ("stop", stopping(cancels="stop"), "names no other handler"),
        ("stop", stopping(end=Word), "Odd.stop: end= is for streams"),
        (
            "ask",
            streaming(End),
            "Odd.ask: it ends with End, which it does not yield",
        ),
        ("ask", streaming(int), "Odd.ask: it cannot end with what it declares: int"),
        ("ping", heartbeat(0), "Odd.ping: heartbeat=0: write the seconds"),
        ("ping", heartbeat(True), "heartbeat=True"),
        ("ping", heartbeat(20, ()), "answered at once"),
    ],
)
def test_usage_that_cannot_work_is_refused_with_the_class(
    name: str, method: Any, said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        type("Odd", (Base,), {name: method})


def test_there_is_one_heartbeat() -> None:
    with pytest.raises(ConfigurationError, match="several heartbeats, one and two"):

        class Odd(AsyncJsonWebsocketConsumer):  # pyright: ignore[reportUnusedClass]
            @ws_handler(heartbeat=10)
            async def one(self, message: PingMessage) -> PongMessage:
                return PongMessage()

            @ws_handler(heartbeat=10)
            async def two(self, message: Tell) -> Word:
                return Word()
