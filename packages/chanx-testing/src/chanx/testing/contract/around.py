"""What stands around handlers: who sees what, in which order, and what it may do."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from chanx.core.decorators import event_handler, ws_handler
from chanx.core.handler import Call, HandlerOption
from chanx.core.limits import Limits
from chanx.messages import PongMessage
from chanx.testing.contract.adapter import Consumer, Contract
from chanx.testing.contract.client import settled
from chanx.testing.contract.messages import Fail, News, Said, Say, Wait, Waited


@dataclass(frozen=True)
class Noted(HandlerOption):
    """Notes what it stands around."""

    name: str

    async def around(self, consumer: Any, call: Call) -> None:
        consumer.note(f"{self.name} in")
        await call()
        consumer.note(f"{self.name} out")


class Talker(Consumer):
    groups: Sequence[str] = ("room",)
    notes: ClassVar[list[str]]

    def note(self, text: str) -> None:
        self.notes.append(text)

    @ws_handler(options=[Noted("option")])
    async def say(self, message: Say) -> Said:
        self.note("handler")
        return Said(payload=message.payload)

    @ws_handler
    async def wait(self, message: Wait) -> AsyncIterator[Waited]:
        for number in range(message.payload):
            yield Waited(payload=number)

    @ws_handler
    async def fail(self, message: Fail) -> Said:
        raise RuntimeError("secret of the handler")

    @event_handler
    async def news(self, event: News) -> Said:
        return Said(payload=event.payload)


class Inner(Talker):
    async def around(self, call: Call) -> None:
        self.note(f"inner {call.kind} {call.action}")
        await call()
        self.note(f"inner saw {getattr(call.reply, 'payload', None)!r}")


class Mixed:
    async def around(self, call: Call) -> None:
        await call()
        self.note("mixin")  # type: ignore[attr-defined]  # of the consumer that it is mixed into


def noted(base: type[Talker]) -> tuple[type[Any], list[str]]:
    """Return a class of its own, and its notes."""
    notes: list[str] = []
    return type(base.__name__, (base,), {"notes": notes}), notes


class AroundContract(Contract):
    async def test_the_layers_of_all_classes_and_of_options_stand_around_a_handler(self) -> None:
        class Outer(Mixed, Inner):
            async def around(self, call: Call) -> None:
                self.note("outer")
                await call()
                self.note("outer done")

        consumer, notes = noted(Outer)
        async with self.client(consumer) as client:
            await client.open()
            client.send(action="say", payload="hello", ref=1)
            assert await client.message() == {"action": "said", "payload": "hello", "ref": 1}
        assert notes == [
            "outer",
            "inner message say",
            "option in",
            "handler",
            "option out",
            "inner saw 'hello'",
            "mixin",
            "outer done",
        ]

    async def test_an_option_stands_around_its_own_handler_only(self) -> None:
        consumer, notes = noted(Talker)
        async with self.client(consumer) as client:
            await client.open()
            client.send(action="wait", payload=1)
            client.send(action="say")
            await client.messages(2)
        assert notes == ["option in", "handler", "option out"]

    async def test_events_pass_it_as_messages_do(self) -> None:
        consumer, notes = noted(Inner)
        async with self.client(consumer) as client:
            await client.open()
            await consumer.broadcast_event(News(payload="x"), ["room"])
            assert (await client.message())["payload"] == "x"
            assert notes == ["inner event news", "inner saw 'x'"]

    async def test_a_reply_is_sent_when_all_that_stands_around_it_has_ended(self) -> None:
        may_end = asyncio.Event()

        class Committing(Talker):
            async def around(self, call: Call) -> None:
                await call()
                await may_end.wait()

        consumer, _ = noted(Committing)
        async with self.client(consumer) as client:
            await client.open()
            client.send(action="say")
            await settled()
            assert client.unseen == 0
            may_end.set()
            assert (await client.message())["action"] == "said"

    async def test_it_may_answer_in_place_of_the_handler_or_change_the_answer(self) -> None:
        class Caching(Talker):
            async def around(self, call: Call) -> None:
                assert isinstance(call.message, Say)
                if call.message.payload != "known":
                    await call()
                call.reply = Said(payload=f"instead of {call.reply!r}"[:15])

        consumer, notes = noted(Caching)
        async with self.client(consumer) as client:
            await client.open()
            client.send(action="say", payload="known", ref=1)
            client.send(action="say", payload="new", ref=2)
            first, second = await client.messages(2)
        assert (first["payload"], first["ref"]) == ("instead of None", 1)
        assert (second["payload"][:14], second["ref"]) == ("instead of Sai", 2)
        assert notes == ["option in", "handler", "option out"]

    @pytest.mark.parametrize("reply", [PongMessage(), "text", 5])
    async def test_what_it_answers_with_has_to_be_what_the_handler_declares(
        self, reply: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Wrong(Talker):
            async def around(self, call: Call) -> None:
                call.reply = reply

        consumer, _ = noted(Wrong)
        async with self.client(consumer) as client:
            await client.open()
            client.send(action="say", ref=1)
            assert (await client.message())["payload"]["code"] == "handler_error"
        assert "WrongReply: say returned" in caplog.text

    async def test_a_request_that_it_does_not_pass_on_is_completed(self) -> None:
        class Deaf(Talker):
            async def around(self, call: Call) -> None:
                pass

        consumer, notes = noted(Deaf)
        async with self.client(consumer) as client:
            await client.open()
            client.send(action="say", ref=1)
            assert await client.message() == {"action": "complete", "ref": 1}
        assert notes == []

    async def test_it_sees_what_the_handler_raises_and_may_go_on(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Repairing(Talker):
            async def around(self, call: Call) -> None:
                try:
                    await call()
                except RuntimeError as error:
                    call.reply = Said(payload=type(error).__name__)

        consumer, _ = noted(Repairing)
        async with self.client(consumer) as client:
            await client.open()
            client.send(action="fail", ref=1)
            assert await client.message() == {"action": "said", "payload": "RuntimeError", "ref": 1}
        assert not [record for record in caplog.records if record.levelname == "ERROR"]

    async def test_what_it_raises_is_a_failure_of_the_handler(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Failing(Talker):
            async def around(self, call: Call) -> None:
                await call()
                raise RuntimeError("secret of the layer")

        consumer, _ = noted(Failing)
        async with self.client(consumer) as client:
            await client.open()
            client.send(action="say", ref=1)
            text = await client.text()
            assert "handler_error" in text
            assert "secret" not in text
        assert caplog.text.count("RuntimeError: secret of the layer") == 1

    async def test_it_may_try_again(self) -> None:
        class Trying(Talker):
            tries: ClassVar[list[int]] = []

            async def around(self, call: Call) -> None:
                for _ in range(3):
                    try:
                        await call()
                    except RuntimeError:
                        continue
                    break

            @ws_handler
            async def fail(self, message: Fail) -> Said:
                self.tries.append(1)
                if len(self.tries) < 3:
                    raise RuntimeError
                return Said(payload=str(len(self.tries)))

        consumer, _ = noted(Trying)
        async with self.client(consumer) as client:
            await client.open()
            client.send(action="fail")
            assert (await client.message())["payload"] == "3"

    async def test_a_streams_replies_are_sent_as_they_come_and_the_last_one_is_seen(self) -> None:
        consumer, notes = noted(Inner)
        async with self.client(consumer) as client:
            await client.open()
            client.send(action="wait", payload=3, ref=1)
            got = await client.messages(4)
        assert [message.get("payload") for message in got] == [0, 1, 2, None]
        assert notes == ["inner message wait", "inner saw 2"]

    async def test_a_streams_reply_cannot_be_set(self, caplog: pytest.LogCaptureFixture) -> None:
        class Wrong(Talker):
            async def around(self, call: Call) -> None:
                call.reply = Waited()

        consumer, _ = noted(Wrong)
        async with self.client(consumer) as client:
            await client.open()
            client.send(action="wait", ref=1)
            assert (await client.message())["payload"]["code"] == "handler_error"
        assert "send another with send_message" in caplog.text

    async def test_it_gives_the_handler_further_arguments(self) -> None:
        class Filling(HandlerOption):
            async def around(self, consumer: Any, call: Call) -> None:
                call.arguments["word"] = "filled"
                await call()

        class Filled(Talker):
            @ws_handler(options=[Filling()])
            async def say(self, message: Say, word: str = "") -> Said:
                return Said(payload=word)

        consumer, _ = noted(Filled)
        async with self.client(consumer) as client:
            await client.open()
            client.send(action="say")
            assert (await client.message())["payload"] == "filled"

    async def test_it_ends_with_the_connection(self) -> None:
        ended: list[str] = []
        is_waiting = asyncio.Event()

        class Waiting(Talker):
            async def around(self, call: Call) -> None:
                try:
                    is_waiting.set()
                    await asyncio.Event().wait()
                finally:
                    ended.append(call.handler.name)

        consumer, _ = noted(Waiting)
        async with self.client(consumer) as client:
            await client.open()
            client.send(action="say")
            await is_waiting.wait()
            client.vanish()
            await client.ended()
        assert ended == ["say"]

    async def test_its_time_is_the_handlers(self) -> None:
        class Slow(Talker):
            limits = Limits(handler_timeout=1)

            async def around(self, call: Call) -> None:
                await asyncio.Event().wait()

        consumer, _ = noted(Slow)
        client, clock = self.timed(consumer)
        async with client:
            await client.open()
            client.send(action="say", ref=1)
            await settled()
            clock.advance(1)
            assert (await client.message())["payload"]["code"] == "handler_timeout"

    async def test_it_sees_the_request_and_what_is_known_of_its_handler(self) -> None:
        seen: list[tuple[str, object, object, object, bool]] = []

        class Looking(Talker):
            async def around(self, call: Call) -> None:
                option = call.handler.option(Noted)
                name = None if option is None else option.name
                seen.append((call.handler.name, call.ref, call.message, name, call.handler.streams))
                await call()

        consumer, _ = noted(Looking)
        async with self.client(consumer) as client:
            await client.open()
            client.send(action="say", payload="x", ref="r")
            client.send(action="wait", payload=1)
            await client.messages(2)
        assert seen == [
            ("say", "r", Say(payload="x"), "option", False),
            ("wait", None, Wait(payload=1), None, True),
        ]


__all__ = ["AroundContract"]
