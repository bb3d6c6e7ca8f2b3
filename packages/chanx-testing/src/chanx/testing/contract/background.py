"""What runs beside a connection's lanes: its tasks, and handlers that finish once they began."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, ClassVar, TypeVar

import pytest

from chanx.core.decorators import event_handler, ws_handler
from chanx.core.errors import ConfigurationError, MessageError, TooManyTasks
from chanx.core.limits import Limits
from chanx.core.shutdown import drain
from chanx.testing.contract.adapter import Consumer, Contract
from chanx.testing.contract.client import logged, settled
from chanx.testing.contract.messages import News, Order, Said, Say, Wait, Waited


def failures(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]


class Starting(Consumer):
    """Starts a task for each message, which does what the message says."""

    notes: ClassVar[list[str]]
    closes: ClassVar[int | None] = None

    @ws_handler
    async def say(self, message: Say) -> Said:
        self.start_task(self.work(message.payload), closes=self.closes)
        return Said(payload="started")

    async def work(self, what: str) -> None:
        try:
            if what == "fail":
                raise RuntimeError("secret of the task")
            if what == "leak":
                raise asyncio.CancelledError("of something that it awaited")
            if what == "expected":
                raise MessageError("done", "That was all.", closes=4000)
            if what == "close":
                await self.close(4001)
            await self.send_message(Waited())
            await asyncio.Event().wait()
        finally:
            self.notes.append(f"{what} ended")

    async def disconnect(self, code: int) -> None:
        self.notes.append(f"disconnect {code}")


NotedT = TypeVar("NotedT", bound=Consumer)


def noted(base: type[NotedT], **attributes: Any) -> tuple[type[NotedT], list[str]]:
    notes: list[str] = []
    derived: Any = type(base.__name__, (base,), {"notes": notes, **attributes})
    return derived, notes


class Shielded(Consumer):
    groups: Sequence[str] = ("room",)
    notes: ClassVar[list[str]]
    may_end: ClassVar[asyncio.Event]
    has_begun: ClassVar[asyncio.Event]

    @ws_handler(shield=True)
    async def say(self, message: Say) -> Said:
        return await self.finish("say")

    @ws_handler(shield=True, concurrent=True)
    async def wait(self, message: Wait) -> AsyncIterator[Waited]:
        yield Waited(payload=1)
        await self.finish("wait")

    @event_handler(shield=True)
    async def news(self, event: News) -> Said:
        return await self.finish("news")

    async def finish(self, name: str) -> Said:
        try:
            self.has_begun.set()
            await self.may_end.wait()
            await self.broadcast_message(Said(payload=name))
        except asyncio.CancelledError:
            self.notes.append(f"{name} cut")
            raise
        self.notes.append(f"{name} done")
        return Said(payload=name)

    async def disconnect(self, code: int) -> None:
        self.notes.append("disconnect")


def shielded(**attributes: Any) -> tuple[type[Shielded], list[str]]:
    events = {"may_end": asyncio.Event(), "has_begun": asyncio.Event()}
    return noted(Shielded, **events, **attributes)


class BackgroundContract(Contract):
    async def test_open_a_task_runs_beside_the_handlers_and_ends_with_the_connection(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        consumer, notes = noted(Starting)
        async with self.client(consumer) as client:
            await client.open()
            client.send(action="say", payload="first", ref=1)
            client.send(action="say", payload="second", ref=2)
            got = await client.messages(4)
            answered = [message for message in got if message["action"] == "said"]
            assert [message["ref"] for message in answered] == [1, 2]
            # It answers no request: its handler's is answered.
            others = [message for message in got if message["action"] == "waited"]
            assert others == [{"action": "waited", "payload": 0}] * 2
            assert notes == []
            client.vanish()
            await client.ended()
        assert sorted(notes[:2]) == ["first ended", "second ended"]
        assert notes[2:] == ["disconnect 1006"]
        assert failures(caplog) == []

    async def test_open_a_tasks_failure_is_logged_once_and_harms_nothing(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        consumer, notes = noted(Starting)
        async with self.client(consumer) as client:
            await client.open()
            for _ in range(2):
                client.send(action="say", payload="fail")
                await client.message()
            await settled()
            assert notes == ["fail ended"] * 2
            client.send(action="say", payload="alive")
            assert (await client.message())["payload"] == "started"
        assert len([text for text in failures(caplog) if "Starting.work failed" in text]) == 2
        assert len(failures(caplog)) == 2

    @pytest.mark.parametrize("failure", ["fail", "leak"])
    async def test_open_a_tasks_failure_may_close(
        self, failure: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        consumer, _ = noted(Starting, closes=4500)
        async with self.client(consumer) as client:
            await client.open()
            client.send(action="say", payload=failure)
            await client.message()
            assert await client.closed() == 4500
        assert len(failures(caplog)) == 1

    async def test_closing_a_task_that_has_not_begun_leaves_no_warning(
        self, recwarn: pytest.WarningsRecorder, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Hasty(Starting):
            @ws_handler
            async def say(self, message: Say) -> Said:
                self.start_task(self.work("hasty"))
                await self.close(4001)
                return Said()

        consumer, notes = noted(Hasty)
        async with self.client(consumer) as client:
            await client.open()
            client.send(action="say")
            assert await client.closed() == 4001
            await client.ended()
        assert notes == ["disconnect 4001"]
        assert [str(warning.message) for warning in recwarn] == []
        assert failures(caplog) == []

    async def test_open_an_expected_error_of_a_task_is_told(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        consumer, _ = noted(Starting, closes=4500)
        async with self.client(consumer) as client:
            await client.open()
            client.send(action="say", payload="expected", ref=1)
            await client.message()
            assert await client.message() == {
                "action": "error",
                "payload": {"code": "done", "detail": "That was all."},
            }
            assert await client.closed() == 4000
        assert failures(caplog) == []

    async def test_open_a_task_may_close_the_connection_and_ends_with_it(self) -> None:
        consumer, notes = noted(Starting)
        async with self.client(consumer) as client:
            await client.open()
            client.send(action="say", payload="close")
            await client.message()
            assert await client.closed() == 4001
            await client.ended()
        assert notes == ["close ended", "disconnect 4001"]

    async def test_open_a_tasks_result_can_be_awaited_and_its_failure_too(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Awaiting(Consumer):
            @ws_handler
            async def say(self, message: Say) -> Said:
                task = self.start_task(self.double(message.payload))
                try:
                    return Said(payload=await task)
                except ValueError as error:
                    return Said(payload=str(error))

            async def double(self, text: str) -> str:
                if not text:
                    raise ValueError("nothing")
                return text * 2

        async with self.client(Awaiting) as client:
            await client.open()
            client.send(action="say", payload="ab")
            client.send(action="say")
            assert [m["payload"] for m in await client.messages(2)] == ["abab", "nothing"]
        assert len(failures(caplog)) == 1

    async def test_open_there_are_so_many_tasks_at_most(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        consumer, _ = noted(Starting, limits=Limits(max_tasks=2))

        @consumer.exception_handler(TooManyTasks)
        def too_many(consumer: Starting, error: TooManyTasks) -> MessageError:
            return MessageError("enough", str(error))

        async with self.client(consumer) as client:
            await client.open()
            for _ in range(3):
                client.send(action="say", payload="x")
            got = await client.messages(5)
            codes = [m["payload"]["code"] for m in got if m["action"] == "error"]
            assert codes == ["enough"]
        assert failures(caplog) == []

    async def test_closing_no_task_begins(self) -> None:
        outcomes: list[str] = []

        class Late(Starting):
            notes: ClassVar[list[str]] = []

            async def disconnect(self, code: int) -> None:
                try:
                    self.start_task(self.work("late"))
                except RuntimeError as error:
                    outcomes.append(str(error))

        async with self.client(Late) as client:
            await client.open()
        assert outcomes == ["The connection has ended, and starts no task: work."]

    async def test_open_a_close_code_that_no_frame_may_carry_is_refused(self) -> None:
        outcomes: list[str] = []

        class Wrong(Starting):
            notes: ClassVar[list[str]] = []

            async def post_authentication(self) -> None:
                try:
                    self.start_task(self.work("wrong"), closes=1006)
                except ConfigurationError as error:
                    outcomes.append(str(error))

        async with self.client(Wrong) as client:
            await client.open()
            await settled()
        assert "1006" in outcomes[0]

    async def test_open_what_is_not_a_coroutine_is_refused(self) -> None:
        outcomes: list[str] = []

        class Uncalled(Starting):
            notes: ClassVar[list[str]] = []

            async def post_authentication(self) -> None:
                work: Any = self.work
                for closes in (None, 1006):
                    try:
                        self.start_task(work, closes=closes)
                    except ConfigurationError as error:
                        outcomes.append(str(error))

        async with self.client(Uncalled) as client:
            await client.open()
            await settled()
        assert len(outcomes) == 2
        for text in outcomes:
            assert "given an object of type method: call the method" in text

    async def test_closing_a_task_that_connect_started_ends_where_the_client_is_refused(
        self,
    ) -> None:
        class Refusing(Starting):
            async def connect(self) -> None:
                self.start_task(self.work("early"))
                await settled()
                await self.close(4404)

        consumer, notes = noted(Refusing)
        async with self.client(consumer) as client:
            await client.open()
            while (await client.event())["type"] != "websocket.close":
                pass
            await client.ended()
        assert notes == ["early ended", "disconnect 4404"]

    async def test_closing_a_task_that_swallows_its_cancellation_is_left_behind(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Stubborn(Consumer):
            limits = Limits(close_timeout=0.05)

            async def post_authentication(self) -> None:
                self.start_task(self.work(), name="stubborn")

            async def work(self) -> None:
                while True:
                    try:
                        await asyncio.Event().wait()
                    except asyncio.CancelledError:
                        continue

        async with self.client(Stubborn) as client:
            await client.open()
            await settled()
            client.vanish()
            await client.ended()
            await logged(caplog, "Stubborn.stubborn was left behind")

    @pytest.mark.parametrize("action", ["say", "wait"])
    async def test_closing_a_shielded_handler_finishes_although_the_client_has_left(
        self, action: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        consumer, notes = shielded()
        async with self.client(consumer) as other, self.client(consumer) as client:
            await other.open()
            await client.open()
            client.send(action=action)
            await consumer.has_begun.wait()
            client.vanish()
            await settled()
            assert notes == []
            consumer.may_end.set()
            await client.ended()
            assert notes == [f"{action} done", "disconnect"]
            assert await other.message() == {"action": "said", "payload": action}
        assert failures(caplog) == []

    async def test_closing_a_shielded_event_handler_finishes(self) -> None:
        consumer, notes = shielded()
        async with self.client(consumer) as client:
            await client.open()
            await consumer.broadcast_event(News(), ["room"])
            await consumer.has_begun.wait()
            client.vanish()
            await settled()
            assert notes == []
            consumer.may_end.set()
            await client.ended()
        assert notes == ["news done", "disconnect"]

    async def test_open_a_shielded_handler_is_answered_in_its_turn(self) -> None:
        consumer, _ = shielded()
        async with self.client(consumer) as client:
            await client.open()
            client.send(action="say", ref=1)
            client.send(action="nothing", ref=2)
            await consumer.has_begun.wait()
            await settled()
            assert client.unseen == 0
            consumer.may_end.set()
            got = await client.messages(3)
        assert [message.get("ref") for message in got if "ref" in message] == [1, 2]

    async def test_closing_a_shielded_handler_has_its_time(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        consumer, notes = shielded(limits=Limits(handler_timeout=7))
        client, clock = self.timed(consumer)
        async with client:
            await client.open()
            client.send(action="say")
            await consumer.has_begun.wait()
            client.vanish()
            await settled()
            clock.advance(7)
            await client.ended()
        assert notes == ["say cut", "disconnect"]

    async def test_over_a_server_that_stops_cuts_a_shielded_handler_in_time(self) -> None:
        for has_left in (False, True):
            consumer, notes = shielded(limits=Limits(drain_timeout=0.05))
            async with self.client(consumer) as client:
                await client.open()
                client.send(action="say")
                await consumer.has_begun.wait()
                if has_left:
                    client.vanish()
                    await settled()
                await drain()
                await client.ended()
            assert notes == ["say cut", "disconnect"]

    async def test_over_a_server_that_stops_lets_a_shielded_handler_end(self) -> None:
        consumer, notes = shielded()
        async with self.client(consumer) as client:
            await client.open()
            client.send(action="say")
            await consumer.has_begun.wait()
            draining = asyncio.ensure_future(drain())
            await settled()
            consumer.may_end.set()
            await draining
            assert notes == ["say done", "disconnect"]

    async def test_over_cancelling_the_connection_gives_a_shielded_handler_some_time(self) -> None:
        for seconds, expected in ((5.0, "say done"), (0.05, "say cut")):
            consumer, notes = shielded(limits=Limits(close_timeout=seconds))
            async with self.client(consumer) as client:
                await client.open()
                client.send(action="say")
                await consumer.has_begun.wait()
                assert client.running is not None
                client.running.cancel()
                if expected == "say done":
                    await settled()
                    assert notes == []
                    consumer.may_end.set()
                await asyncio.wait([client.running])
                assert client.running.cancelled()
                assert notes == [expected, "disconnect"]
                with pytest.raises(asyncio.CancelledError):
                    await client.ended()
                client.running = asyncio.create_task(asyncio.sleep(0))

    async def test_over_a_cancellation_while_other_handlers_end_gives_it_some_time_too(
        self,
    ) -> None:
        is_running, is_ending, may_stop = asyncio.Event(), asyncio.Event(), asyncio.Event()

        async def order(self: Any, message: Order) -> None:
            is_running.set()
            try:
                await asyncio.Event().wait()
            finally:
                is_ending.set()
                await may_stop.wait()
                notes.append("order cut")

        slow = ws_handler(concurrent=True)(order)
        consumer, notes = shielded(limits=Limits(close_timeout=5), order=slow)
        async with self.client(consumer) as client:
            await client.open()
            client.send(action="order", payload=[])
            client.send(action="say")
            await is_running.wait()
            await consumer.has_begun.wait()
            client.vanish()
            await is_ending.wait()
            assert client.running is not None
            client.running.cancel()
            await settled()
            assert notes == []
            consumer.may_end.set()
            may_stop.set()
            await asyncio.wait([client.running])
            assert client.running.cancelled()
            assert {*notes[:-1]} == {"order cut", "say done"}
            assert notes[-1] == "disconnect"
            with pytest.raises(asyncio.CancelledError):
                await client.ended()
            client.running = asyncio.create_task(asyncio.sleep(0))


__all__ = ["BackgroundContract"]
