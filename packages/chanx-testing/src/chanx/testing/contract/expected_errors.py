"""Errors that a project expects: what the client is told, and that nothing is a failure."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, ClassVar

import pytest

from chanx.core.decorators import event_handler, ws_handler
from chanx.core.errors import FrameError, MessageError
from chanx.core.handler import Call
from chanx.core.observer import Observer
from chanx.messages import BaseMessage
from chanx.testing.contract.adapter import Consumer, Contract
from chanx.testing.contract.client import Client
from chanx.testing.contract.messages import Fail, News, Said, Say, Wait, Waited


class Full(Exception):
    """An exception of a project's own."""


class SoldOut(Full):
    """One that is more special."""


class Booking(Consumer):
    groups: Sequence[str] = ("room",)

    @ws_handler(errors={"busy": "Another answer is being written."})
    async def say(self, message: Say) -> Said:
        raise MessageError("busy", "An answer is being written.", data={"seconds": [3]})

    @ws_handler
    async def fail(self, message: Fail) -> Said:
        raise {"full": Full, "sold_out": SoldOut, "value": ValueError}[message.payload]("secret")

    @ws_handler
    async def wait(self, message: Wait) -> AsyncIterator[Waited]:
        yield Waited(payload=1)
        raise MessageError("busy", "Somebody else waits.")

    @event_handler
    async def news(self, event: News) -> Said:
        raise MessageError("busy", event.payload)


def failures(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]


async def answer(client: Client, **message: Any) -> tuple[str, object]:
    """Return the code and the ref of the error that a message is answered with."""
    client.send(**message)
    got = await client.message()
    assert got["action"] == "error"
    return got["payload"]["code"], got.get("ref")


class ExpectedErrorsContract(Contract):
    async def test_a_message_error_is_told_with_the_ref_and_is_not_a_failure(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with self.client(Booking) as client:
            await client.open()
            client.send(action="say", ref="r")
            assert await client.message() == {
                "action": "error",
                "payload": {
                    "code": "busy",
                    "detail": "An answer is being written.",
                    "data": {"seconds": [3]},
                },
                "ref": "r",
            }
            assert await answer(client, action="say") == ("busy", None)
        assert failures(caplog) == []

    async def test_it_ends_a_stream(self, caplog: pytest.LogCaptureFixture) -> None:
        async with self.client(Booking) as client:
            await client.open()
            client.send(action="wait", ref=1)
            assert (await client.message())["action"] == "waited"
            assert await client.message() == {
                "action": "error",
                "payload": {"code": "busy", "detail": "Somebody else waits."},
                "ref": 1,
            }
            assert await answer(client, action="say", ref=2) == ("busy", 2)
        assert failures(caplog) == []

    async def test_an_events_handler_tells_the_client_as_well(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with self.client(Booking) as client:
            await client.open()
            await Booking.broadcast_event(News(payload="Not now."), ["room"])
            assert await client.message() == {
                "action": "error",
                "payload": {"code": "busy", "detail": "Not now."},
            }
        assert failures(caplog) == []

    async def test_what_stands_around_a_handler_may_raise_it(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Guarded(Booking):
            async def around(self, call: Call) -> None:
                raise MessageError("forbidden", f"You may not {call.action}.")

        async with self.client(Guarded) as client:
            await client.open()
            assert await answer(client, action="say", ref=1) == ("forbidden", 1)
        assert failures(caplog) == []

    async def test_it_waits_for_its_turn_where_messages_are_held(self) -> None:
        class Patient(Booking):
            send_message_immediately = False
            send_completion = True

            @ws_handler
            async def say(self, message: Say) -> Said:
                await self.send_message(Said(payload="before"))
                raise MessageError("busy", "Now.", closes=4000)

        async with self.client(Patient) as client:
            await client.open()
            client.send(action="say", ref=1)
            got = await client.messages(3)
            assert [message["action"] for message in got] == ["said", "error", "complete"]
            assert await client.closed() == 4000

    @pytest.mark.parametrize("is_concurrent", [False, True])
    async def test_it_may_close_the_connection_once_the_client_is_told(
        self, is_concurrent: bool
    ) -> None:
        class Strict(Consumer):
            @ws_handler(concurrent=is_concurrent)
            async def say(self, message: Say) -> Said:
                raise MessageError("banned", "That was the last time.", closes=4403)

        async with self.client(Strict) as client:
            await client.open()
            assert await answer(client, action="say", ref=1) == ("banned", 1)
            assert await client.closed() == 4403

    async def test_exceptions_are_expected_along_the_mro_of_both(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Base(Booking): ...

        class Derived(Base): ...

        @Base.exception_handler(Full)
        def full(consumer: Base, error: Full) -> MessageError:
            return MessageError("full", f"{type(consumer).__name__} is full.")

        assert issubclass(SoldOut, Full)
        async with self.client(Derived) as client:
            await client.open()
            assert await answer(client, action="fail", payload="full", ref=1) == ("full", 1)
            assert await answer(client, action="fail", payload="sold_out") == ("full", None)

            @Derived.exception_handler(Full)
            async def derived(consumer: Derived, error: Full) -> MessageError:
                await asyncio.sleep(0)
                return MessageError("derived", "Of the derived class.")

            assert (await answer(client, action="fail", payload="sold_out"))[0] == "derived"

            @Base.exception_handler(SoldOut, KeyError)
            def sold_out(consumer: Base, error: Exception) -> MessageError:
                return MessageError("sold_out", "Nothing is left.")

            assert (await answer(client, action="fail", payload="sold_out"))[0] == "sold_out"
            assert (await answer(client, action="fail", payload="full"))[0] == "derived"
            assert (await answer(client, action="fail", payload="other"))[0] == "sold_out"
            assert failures(caplog) == []
            assert (await answer(client, action="fail", payload="value"))[0] == "handler_error"
        assert len(failures(caplog)) == 1
        async with self.client(Booking) as client:
            await client.open()
            assert (await answer(client, action="fail", payload="full"))[0] == "handler_error"

    async def test_an_exception_handler_may_leave_it_a_failure_or_fail_itself(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Doubting(Booking): ...

        answers: list[Any] = [None, "text", ZeroDivisionError("secret of the handler")]

        @Doubting.exception_handler(Full)
        def full(consumer: Doubting, error: Full) -> Any:
            told = answers.pop(0)
            if isinstance(told, Exception):
                raise told
            return told

        async with self.client(Doubting) as client:
            await client.open()
            for _ in range(3):
                got = await answer(client, action="fail", payload="full", ref=1)
                assert got == ("handler_error", 1)
        logged = failures(caplog)
        assert len([text for text in logged if ".fail failed" in text]) == 3
        assert len([text for text in logged if "fail (telling its error) failed" in text]) == 2
        assert "return a MessageError, or None for a failure" in caplog.text

    @pytest.mark.parametrize("data", [object(), {"half": "\ud800"}], ids=["object", "surrogate"])
    async def test_one_that_cannot_be_sent_is_a_failure(
        self, data: object, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Wrong(Booking):
            @ws_handler
            async def say(self, message: Say) -> Said:
                raise MessageError("busy", "No.", data=data)

        async with self.client(Wrong) as client:
            await client.open()
            assert await answer(client, action="say", ref=1) == ("handler_error", 1)
            assert await answer(client, action="nothing", ref=2) == ("unknown_action", 2)
        assert failures(caplog)

    @pytest.mark.parametrize("code", ["handler_error", "too_large", "", "a b", 5, "x" * 65])
    async def test_a_code_of_chanxs_own_or_none_at_all_is_a_failure(
        self, code: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Wrong(Booking):
            @ws_handler
            async def say(self, message: Say) -> Said:
                raise MessageError(code, "No.")

        async with self.client(Wrong) as client:
            await client.open()
            assert await answer(client, action="say", ref=1) == ("handler_error", 1)
        assert "MessageError: " in caplog.text

    async def test_error_hooks_may_raise_it(self, caplog: pytest.LogCaptureFixture) -> None:
        class Polite(Booking):
            async def handle_validation_error(self, error: FrameError) -> None:
                raise MessageError("pardon", "Say that again.")

            async def handle_message_handler_error(
                self, error: BaseException, message: BaseMessage
            ) -> None:
                raise MessageError("sorry", "That did not work.", closes=4000)

        async with self.client(Polite) as client:
            await client.open()
            assert await answer(client, action="unknown", ref=1) == ("pardon", 1)
            assert await answer(client, action="fail", payload="value", ref=2) == ("sorry", 2)
            assert await client.closed() == 4000
        assert len(failures(caplog)) == 1

    async def test_connect_may_refuse_by_it(self, caplog: pytest.LogCaptureFixture) -> None:
        class Closed(Booking):
            error: ClassVar[MessageError]

            async def connect(self) -> None:
                raise self.error

        for options, code in (({}, 4403), ({"status_code": 409}, 4409), ({"closes": 4000}, 4000)):
            Closed.error = MessageError("closed", "Not at night.", **options)
            async with self.client(Closed) as client:
                await client.open()
                assert (await client.message())["payload"] == {
                    "code": "closed",
                    "detail": "Not at night.",
                }
                assert await client.closed() == code
        assert failures(caplog) == []

    async def test_post_authentication_may_end_the_connection_by_it(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Closed(Booking):
            async def post_authentication(self) -> None:
                raise MessageError("closed", "Not at night.", status_code=409)

        async with self.client(Closed) as client:
            await client.open()
            assert (await client.message())["payload"]["code"] == "closed"
            assert await client.closed() == 4409
        assert failures(caplog) == []

    async def test_observers_count_it_by_its_code(self) -> None:
        outcomes: list[tuple[str | None, str, str]] = []

        class Counting(Observer):
            def __init__(self, facts: object) -> None: ...

            def handled(self, action: str | None, seconds: float, outcome: str, kind: str) -> None:
                outcomes.append((action, outcome, kind))

        class Observed(Booking):
            observers = (Counting,)

        async with self.client(Observed) as client:
            await client.open()
            await answer(client, action="say")
            await Observed.broadcast_event(News(), ["room"])
            await client.message()
        assert outcomes == [("say", "busy", "message"), ("news", "busy", "event")]


__all__ = ["ExpectedErrorsContract"]
