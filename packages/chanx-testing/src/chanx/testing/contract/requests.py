"""What the server asks its client: paired by ref, past the lane of frames, never for ever."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, ClassVar, Literal

import pytest
from pydantic import field_validator

from chanx.core.decorators import event_handler, ws_handler
from chanx.core.errors import (
    ConfigurationError,
    ConnectionEnded,
    RequestError,
    RequestRefused,
    RequestTimeout,
)
from chanx.core.limits import Limits
from chanx.core.observer import Observer
from chanx.core.shutdown import drain
from chanx.messages import BaseMessage
from chanx.testing.contract.adapter import Consumer, Contract
from chanx.testing.contract.client import Client, settled
from chanx.testing.contract.messages import News, Said, Say, Wait


class Confirm(BaseMessage):
    """Asks the client."""

    action: Literal["confirm"] = "confirm"
    payload: str = ""


class Confirmed(BaseMessage):
    """Its answer."""

    action: Literal["confirmed"] = "confirmed"
    payload: int

    @field_validator("payload")
    @classmethod
    def fail(cls, value: int) -> int:
        if value == 99:
            raise KeyError("secret of the validator")
        return value


class Declined(BaseMessage):
    """Its other answer."""

    action: Literal["declined"] = "declined"


class Asking(Consumer):
    groups: Sequence[str] = ("room",)
    asks: ClassVar[Any] = {Confirm: Confirmed | Declined}
    time: ClassVar[float | None] = 5

    @ws_handler
    async def say(self, message: Say) -> Said:
        return Said(payload=await self.ask(message.payload))

    @event_handler
    async def news(self, event: News) -> Said:
        return Said(payload=await self.ask(event.payload))

    @ws_handler
    async def wait(self, message: Wait) -> Said | None:
        return Said(payload="waited")

    async def ask(self, text: str) -> str:
        answer = await self.request(
            Confirm(payload=text), expect=(Confirmed, Declined), timeout=self.time
        )
        return str(answer.payload) if isinstance(answer, Confirmed) else "declined"


class Catching(Asking):
    outcomes: ClassVar[list[RequestError]]

    async def ask(self, text: str) -> str:
        try:
            return await super().ask(text)
        except RequestError as error:
            self.outcomes.append(error)
            raise


def catching(**attributes: Any) -> tuple[type[Catching], list[RequestError]]:
    outcomes: list[RequestError] = []
    consumer: Any = type("Catching", (Catching,), {"outcomes": outcomes, **attributes})
    return consumer, outcomes


async def asked(client: Client) -> str:
    """Return the ref of the question that comes next."""
    question = await client.message()
    assert question["action"] == "confirm"
    ref: str = question["ref"]
    return ref


def failures(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]


class RequestsContract(Contract):
    async def test_an_answer_reaches_the_handler_that_waits_and_holds_the_lane(self) -> None:
        async with self.client(Asking) as client:
            await client.open()
            client.send(action="say", payload="sure?", ref="mine")
            question = await client.message()
            assert (question["action"], question["payload"]) == ("confirm", "sure?")
            client.send(action="wait", ref="next")
            client.send(action="confirmed", payload=7, ref=question["ref"])
            assert await client.messages(2) == [
                {"action": "said", "payload": "7", "ref": "mine"},
                {"action": "said", "payload": "waited", "ref": "next"},
            ]

    async def test_one_of_several_answers_may_come(self) -> None:
        async with self.client(Asking) as client:
            await client.open()
            client.send(action="say")
            client.send(action="declined", ref=await asked(client))
            assert (await client.message())["payload"] == "declined"

    async def test_a_question_leaves_at_once_also_where_replies_are_held(self) -> None:
        class Patient(Asking):
            send_message_immediately = False

        async with self.client(Patient) as client:
            await client.open()
            client.send(action="say", ref=1)
            client.send(action="confirmed", payload=1, ref=await asked(client))
            assert await client.message() == {"action": "said", "payload": "1", "ref": 1}

    async def test_a_question_does_not_answer_the_request_that_is_handled(self) -> None:
        class Silent(Asking):
            @ws_handler
            async def wait(self, message: Wait) -> None:
                await self.ask("")

        async with self.client(Silent) as client:
            await client.open()
            client.send(action="wait", ref=1)
            client.send(action="confirmed", payload=1, ref=await asked(client))
            assert await client.message() == {"action": "complete", "ref": 1}

    async def test_events_and_tasks_ask_as_well_and_answers_come_in_any_order(self) -> None:
        class Several(Asking):
            async def post_authentication(self) -> None:
                for _ in range(2):
                    self.start_task(self.tell())

            async def tell(self) -> None:
                await self.send_message(Said(payload=await self.ask("task")))

        async with self.client(Several) as client:
            await client.open()
            refs = [await asked(client), await asked(client)]
            await Several.broadcast_event(News(payload="event"), ["room"])
            refs.append(await asked(client))
            assert len({*refs}) == 3
            for number in (2, 0, 1):
                client.send(action="confirmed", payload=number, ref=refs[number])
                assert (await client.message())["payload"] == str(number)

    async def test_post_authentication_may_ask(self) -> None:
        class Greeting(Asking):
            async def post_authentication(self) -> None:
                await self.send_message(Said(payload=await self.ask("who?")))

        async with self.client(Greeting) as client:
            await client.open()
            client.send(action="confirmed", payload=5, ref=await asked(client))
            assert (await client.message())["payload"] == "5"

    async def test_an_answer_passes_a_full_inbox_after_the_pause(self) -> None:
        class Small(Asking):
            limits = Limits(max_incoming_queue=2, stall_timeout=3)
            time = None

        client, clock = self.timed(Small)
        async with client:
            await client.open()
            client.send(action="say", ref="mine")
            ref = await asked(client)
            for number in range(2):
                client.send(action="wait", ref=number)
            client.send(action="confirmed", payload=1, ref=ref)
            await settled()
            assert client.unseen == 0
            clock.advance(3)
            got = await client.messages(3)
            assert [message["ref"] for message in got] == ["mine", 0, 1]

    async def test_no_answer_in_time_is_an_error_that_is_expected(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        consumer, outcomes = catching()
        client, clock = self.timed(consumer)
        async with client:
            await client.open()
            client.send(action="say", ref="mine")
            ref = await asked(client)
            clock.advance(5)
            error = await client.message()
            assert (error["payload"]["code"], error["ref"]) == ("no_answer", "mine")
            # A late answer is left.
            client.send(action="confirmed", payload=1, ref=ref)
            client.send(action="wait", ref="next")
            assert (await client.message())["ref"] == "next"
            # Of each question one is taken, so that nobody sends more than the rate allows by them.
            client.send(action="confirmed", payload=1, ref=ref)
            error = await client.message()
            assert (error["payload"]["code"], error["ref"]) == ("unknown_action", ref)
        assert [type(error) for error in outcomes] == [RequestTimeout]
        assert isinstance(outcomes[0], TimeoutError)
        assert failures(caplog) == []

    async def test_the_rate_counts_what_answers_nothing(self) -> None:
        consumer, _ = catching(limits=Limits(max_messages_per_second=1, max_burst=2))
        client, _ = self.timed(consumer)
        async with client:
            await client.open()
            client.send(action="say")
            ref = await asked(client)
            for _ in range(4):
                client.send(action="confirmed", payload=1, ref=ref)
            got = await client.messages(4)
        codes = [message["payload"]["code"] for message in got if message["action"] == "error"]
        assert codes == ["unknown_action", "too_many_requests", "too_many_requests"]

    async def test_the_answer_to_a_question_of_long_ago_is_a_frame_like_others(self) -> None:
        class Impatient(Asking):
            @ws_handler
            async def say(self, message: Say) -> Said:
                for number in range(102):
                    with suppress(RequestTimeout):
                        await self.request(
                            Confirm(payload=str(number)), expect=Confirmed, timeout=0
                        )
                return Said()

        async with self.client(Impatient) as client:
            await client.open()
            client.send(action="say")
            refs = [await asked(client) for _ in range(102)]
            await client.message()
            for ref in (refs[0], refs[2], refs[101]):
                client.send(action="confirmed", payload=1, ref=ref)
            client.send(action="wait", ref="next")
            assert [(await client.message())["ref"] for _ in range(2)] == [refs[0], "next"]

    async def test_a_client_may_answer_with_an_error(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        consumer, outcomes = catching()
        async with self.client(consumer) as client:
            await client.open()
            client.send(action="say", ref="mine")
            ref = await asked(client)
            payload = {"code": "never", "detail": "I do not.", "data": [1]}
            client.send(action="error", payload=payload, ref=ref)
            assert (await client.message())["payload"]["code"] == "no_answer"
        (error,) = outcomes
        assert isinstance(error, RequestRefused)
        assert (error.code, error.detail, error.data) == ("never", "I do not.", [1])
        assert failures(caplog) == []

    @pytest.mark.parametrize(
        "answer",
        [{"action": "confirmed", "payload": "x"}, {"action": "confirmed"}, {"action": "error"}],
        ids=str,
    )
    async def test_an_answer_that_does_not_validate_is_told_and_ends_the_wait(
        self, answer: dict[str, Any]
    ) -> None:
        consumer, outcomes = catching()
        async with self.client(consumer) as client:
            await client.open()
            client.send(action="say", ref="mine")
            ref = await asked(client)
            client.send(**answer, ref=ref)
            got = await client.messages(2)
            codes = {message["ref"]: message["payload"]["code"] for message in got}
            assert codes == {ref: "validation_error", "mine": "no_answer"}
        assert isinstance(outcomes[0], RequestRefused)
        assert outcomes[0].code == "validation_error"

    async def test_a_client_that_reads_nothing_of_its_wrong_answer_is_still_heard(self) -> None:
        class Patient(Asking):
            time = None

        client, clock = self.timed(Patient)
        async with client:
            await client.open()
            client.send(action="say")
            ref = await asked(client)
            client.stall()
            client.send(action="confirmed", payload="seven", ref=ref)
            client.send(action="wait")
            await client.is_stalled.wait()
            await settled()
            assert client.unread == 1
            clock.advance(5)
            await settled()
            assert client.unread == 0

    async def test_an_answer_that_was_not_asked_for_is_told(self) -> None:
        class Strict(Asking):
            async def ask(self, text: str) -> str:
                answer = await self.request(Confirm(), expect=Confirmed)
                return str(answer.payload)

        async with self.client(Strict) as client:
            await client.open()
            client.send(action="say", ref="mine")
            ref = await asked(client)
            client.send(action="declined", ref=ref)
            got = await client.messages(2)
            assert {message["payload"]["code"] for message in got} == {
                "validation_error",
                "no_answer",
            }

    async def test_a_validator_of_an_answer_that_fails_harms_nobody(self) -> None:
        consumer, outcomes = catching()
        async with self.client(consumer) as client:
            await client.open()
            client.send(action="say", ref="mine")
            ref = await asked(client)
            client.send(action="confirmed", payload=99, ref=ref)
            got = await client.messages(2)
            codes = {message["ref"]: message["payload"]["code"] for message in got}
            assert codes == {ref: "handler_error", "mine": "no_answer"}
        assert isinstance(outcomes[0], RequestRefused)

    async def test_frames_that_only_look_like_answers_are_handled_as_ever(self) -> None:
        async with self.client(Asking) as client:
            await client.open()
            client.send(action="say", ref="mine")
            ref = await asked(client)
            client.send(action="confirmed", payload=1, ref="chanx-request-77")
            client.send(action="confirmed", payload=1, ref="chanx-request-²")
            client.send(action="confirmed", payload=1)
            client.send(action="wait", ref=ref)
            client.send(action="wait", payload="chanx-request-1", ref="r")
            client.send_text('{"ref":"chanx-request-1"')
            client.send(action="confirmed", payload=3, ref=ref)
            assert (await client.message())["payload"] == "3"
            got = await client.messages(6)
        assert [message.get("ref") for message in got] == [
            "chanx-request-77",
            "chanx-request-²",
            None,
            ref,
            "r",
            None,
        ]
        codes = [message["payload"]["code"] for message in got if message["action"] == "error"]
        assert codes == [*["unknown_action"] * 3, "validation_error", "invalid_json"]

    async def test_the_end_of_the_connection_is_an_error_for_whoever_waits(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        ended: list[BaseException] = []
        left: list[Asking] = []

        class Leaving(Asking):
            @ws_handler(shield=True)
            async def say(self, message: Say) -> Said:
                left.append(self)
                try:
                    await self.ask("")
                except ConnectionEnded as error:
                    ended.append(error)
                try:
                    await self.ask("")
                except ConnectionEnded as error:
                    ended.append(error)
                raise NotImplementedError

        async with self.client(Leaving) as client:
            await client.open()
            client.send(action="say")
            await asked(client)
            client.vanish()
            await client.ended()
            with pytest.raises(ConnectionEnded):
                await left[0].ask("")
        assert len(ended) == 2
        assert isinstance(ended[0], ConnectionError)

    async def test_a_handler_that_waits_ends_with_the_connection(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with self.client(Asking) as client:
            await client.open()
            client.send(action="say")
            await asked(client)
            client.vanish()
            await client.ended()
        assert failures(caplog) == []

    async def test_a_server_that_stops_may_still_be_answered(self) -> None:
        async with self.client(Asking) as client:
            await client.open()
            client.send(action="say")
            ref = await asked(client)
            draining = asyncio.ensure_future(drain())
            await settled()
            client.send(action="confirmed", payload=1, ref=ref)
            assert (await client.message())["payload"] == "1"
            await draining

    async def test_what_is_not_declared_is_not_asked(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Undeclared(Consumer):
            @ws_handler
            async def say(self, message: Say) -> None:
                await self.request(Confirm(), expect=Confirmed)

        class Otherwise(Asking):
            async def ask(self, text: str) -> str:
                return str(await self.request(Confirm(), expect=Said))

        for consumer, fix in (
            (Undeclared, "asks = {Confirm: Confirmed}"),
            (Otherwise, "asks = {Confirm: Said}"),
        ):
            async with self.client(consumer) as client:
                await client.open()
                client.send(action="say", ref=1)
                assert (await client.message())["payload"]["code"] == "handler_error"
            assert fix in caplog.text

    async def test_connect_cannot_ask(self) -> None:
        outcomes: list[Exception] = []

        class Early(Asking):
            async def connect(self) -> None:
                try:
                    await self.ask("")
                except (RuntimeError, ConfigurationError) as error:
                    outcomes.append(error)

        async with self.client(Early) as client:
            await client.open()
        assert "ask after connect()" in str(outcomes[0])

    async def test_observers_hear_of_answers(self) -> None:
        heard: list[tuple[str, Any]] = []

        class Hearing(Observer):
            def __init__(self, facts: object) -> None: ...

            def received(self, action: str | None, size: int, ref: str | int | None) -> None:
                heard.append(("received", action))

            def dropped(self, reason: str, count: int) -> None:
                heard.append(("dropped", reason))

        class Observed(Asking):
            observers = (Hearing,)

        client, clock = self.timed(Observed)
        async with client:
            await client.open()
            client.send(action="say")
            ref = await asked(client)
            clock.advance(5)
            await client.message()
            client.send(action="confirmed", payload=1, ref=ref)
            await settled()
        assert heard == [
            ("received", "say"),
            ("received", "confirmed"),
            ("dropped", "late_answer"),
        ]


__all__ = ["Asking", "Confirm", "Confirmed", "Declined", "RequestsContract"]
