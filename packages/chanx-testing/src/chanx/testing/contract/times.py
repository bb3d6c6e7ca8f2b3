"""The times of a connection: silence, heartbeats, age, and handlers that take long."""

import asyncio
import time
from typing import Any

import pytest

from chanx.core.authenticator import BaseAuthenticator
from chanx.core.decorators import event_handler, ws_handler
from chanx.core.frames import Ref
from chanx.core.limits import Limits
from chanx.core.observer import ConnectionFacts, Observer
from chanx.core.shutdown import drain
from chanx.messages import BaseMessage, PingMessage, PongMessage
from chanx.testing.clock import FrozenClock
from chanx.testing.contract.adapter import Consumer, Contract
from chanx.testing.contract.client import settled
from chanx.testing.contract.messages import Said, Say, Wait, Waited


class Talker(Consumer):
    @ws_handler
    async def say(self, message: Say) -> Said:
        return Said(payload=message.payload)

    @ws_handler
    async def wait(self, message: Wait) -> Waited:
        await asyncio.Event().wait()
        return Waited()


async def passed(clock: FrozenClock, *seconds: float) -> None:
    """Let time pass in steps, and whatever is due happen before and after each."""
    await settled()
    for each in seconds:
        clock.advance(each)
        await settled()


class TimesContract(Contract):
    # Silence

    async def test_a_client_that_is_silent_for_too_long_is_closed(self) -> None:
        class Quiet(Talker):
            limits = Limits(idle_timeout=60)

        client, clock = self.timed(Quiet)
        async with client:
            await client.open()
            await passed(clock, 59)
            client.send(action="say", payload="here")
            assert (await client.message())["payload"] == "here"
            await passed(clock, 30, 29)
            assert client.unseen == 0
            await passed(clock, 1.1)
            assert await client.closed() == 4510
            await client.ended()

    async def test_a_frame_counts_when_it_comes_whatever_runs(self) -> None:
        class Quiet(Talker):
            limits = Limits(idle_timeout=60)

        client, clock = self.timed(Quiet)
        async with client:
            await client.open()
            client.send(action="wait")
            await passed(clock, 50)
            client.send_text("no JSON, and not looked at before the handler ends")
            await passed(clock, 50)
            assert client.unseen == 0
            await passed(clock, 11)
            assert await client.closed() == 4510

    async def test_a_connection_without_times_has_no_timer(self) -> None:
        client, clock = self.timed(Talker)
        async with client:
            await client.open()
            client.send(action="say", payload="here")
            await client.message()
            assert clock.pending == 0

    # Heartbeats

    async def test_a_silent_client_is_asked_and_lives_while_it_answers(self) -> None:
        class Beating(Talker):
            limits = Limits(heartbeat=25)

        client, clock = self.timed(Beating)
        async with client:
            await client.open()
            for _ in range(3):
                await passed(clock, 25)
                assert await client.message() == {"action": "ping"}
                client.send(action="pong")
                await settled()
                assert client.unseen == 0
            await passed(clock, 25)
            assert await client.message() == {"action": "ping"}
            client.send(action="say", payload="any frame is an answer")
            await client.message()
            await passed(clock, 24)
            assert client.unseen == 0

    async def test_a_client_that_does_not_answer_is_closed(self) -> None:
        class Beating(Talker):
            limits = Limits(heartbeat=25)

        client, clock = self.timed(Beating)
        async with client:
            await client.open()
            await passed(clock, 20)
            client.send(action="say", payload="still here")
            await client.message()
            await passed(clock, 24.9)
            assert client.unseen == 0
            await passed(clock, 0.2)
            assert await client.message() == {"action": "ping"}
            await passed(clock, 24)
            assert client.unseen == 0
            await passed(clock, 1.1)
            assert await client.closed() == 4510

    async def test_a_client_is_asked_while_replies_wait_for_their_handler(self) -> None:
        class Letting(BaseAuthenticator):
            async def authenticate(self, scope: Any) -> bool:
                return True

        class Beating(Talker):
            authenticator_class = Letting
            send_message_immediately = False
            limits = Limits(heartbeat=25)

            @ws_handler
            async def wait(self, message: Wait) -> Waited:
                assert self.authenticator is not None
                # Has the timer set anew, in the context of this handler.
                self.authenticator.expires_at = time.time() + 3600
                await asyncio.Event().wait()
                return Waited()

        client, clock = self.timed(Beating)
        async with client:
            await client.open()
            assert (await client.message())["action"] == "authentication"
            client.send(action="wait")
            await passed(clock, 25.1)
            assert await client.message() == {"action": "ping"}

    async def test_a_client_that_reads_nothing_is_given_up(self) -> None:
        codes: list[int] = []

        class Beating(Talker):
            limits = Limits(heartbeat=25, close_timeout=5)

            async def disconnect(self, code: int) -> None:
                codes.append(code)

        client, clock = self.timed(Beating)
        async with client:
            await client.open()
            client.stall()
            await passed(clock, 25)
            await client.is_stalled.wait()
            await passed(clock, 25.1, 5.1)
            assert codes == [4510]
            client.vanish()

    async def test_a_pong_with_a_ref_is_completed_and_one_of_the_consumers_own_is_its(
        self,
    ) -> None:
        class Beating(Talker):
            limits = Limits(heartbeat=25)

        class Own(Beating):
            @ws_handler
            async def pong(self, message: PongMessage) -> Said:
                return Said(payload="mine")

        async with self.client(Beating) as client:
            await client.open()
            client.send(action="pong", ref=1)
            assert await client.message() == {"action": "complete", "ref": 1}
        async with self.client(Own) as client:
            await client.open()
            client.send(action="pong")
            assert (await client.message())["payload"] == "mine"

    async def test_a_pong_counts_with_its_bytes(self) -> None:
        frame = '{"action":"pong","ref":"ü"}'
        sizes: list[int] = []

        class Weighing(Observer):
            def __init__(self, facts: ConnectionFacts) -> None: ...

            def received(self, action: str | None, size: int, ref: Ref | None) -> None:
                sizes.append(size)

        class Beating(Talker):
            limits = Limits(heartbeat=25)
            observers = (Weighing,)

        async with self.client(Beating) as client:
            await client.open()
            client.send_text(frame)
            assert (await client.message())["ref"] == "ü"
        assert sizes == [len(frame.encode())]

    async def test_without_a_heartbeat_a_pong_is_no_message(self) -> None:
        async with self.client(Talker) as client:
            await client.open()
            client.send(action="pong")
            assert (await client.message())["payload"]["code"] == "unknown_action"

    # Age

    async def test_a_connection_of_the_greatest_age_is_closed_at_a_moment_of_its_own(self) -> None:
        class Aging(Talker):
            limits = Limits(max_connection_age=1000)

        pairs = [self.timed(Aging) for _ in range(20)]
        ages: list[int] = []
        for client, clock in pairs:
            async with client:
                await client.open()
                await passed(clock, 899)
                assert client.unseen == 0
                age = 899
                while not client.unseen:
                    await passed(clock, 10)
                    age += 10
                ages.append(age)
                event = await client.event()
                assert (event["code"], "connect again" in event["reason"]) == (4511, True)
        assert max(ages) <= 1009
        assert len({*ages}) > 1

    @pytest.mark.parametrize("concurrent", [False, True], ids=["ordered", "concurrent"])
    @pytest.mark.parametrize("is_in_time", [True, False], ids=["in time", "too late"])
    async def test_a_handler_may_end_before_the_greatest_age_ends_its_connection(
        self, is_in_time: bool, concurrent: bool
    ) -> None:
        may_end = asyncio.Event()
        notes: list[str] = []

        class Aging(Talker):
            limits = Limits(max_connection_age=1000, drain_timeout=20)

            @ws_handler(concurrent=concurrent)
            async def wait(self, message: Wait) -> Waited:
                try:
                    await may_end.wait()
                except asyncio.CancelledError:
                    notes.append("cut")
                    raise
                notes.append("ended")
                return Waited()

            async def disconnect(self, code: int) -> None:
                notes.append(f"left {code}")

        client, clock = self.timed(Aging)
        async with client:
            await client.open()
            client.send(action="wait")
            await passed(clock, 1000)
            client.send(action="say", payload="too late to be handled")
            await passed(clock, 19)
            assert (client.unseen, notes) == (0, [])
            if is_in_time:
                may_end.set()
                assert (await client.message())["action"] == "waited"
            else:
                await passed(clock, 1)
            assert await client.closed() == 4511
            await client.ended()
        assert notes == ["ended" if is_in_time else "cut", "left 4511"]

    async def test_the_end_of_the_server_counts_where_the_greatest_age_is_waiting(self) -> None:
        may_end = asyncio.Event()

        class Aging(Talker):
            limits = Limits(max_connection_age=1000, drain_timeout=20, reconnect_within=5)

            @ws_handler
            async def wait(self, message: Wait) -> Waited:
                await may_end.wait()
                return Waited()

        client, clock = self.timed(Aging)
        async with client:
            await client.open()
            client.send(action="wait")
            await passed(clock, 1000)
            draining = drain()
            await passed(clock, 15)
            may_end.set()
            assert (await client.message())["action"] == "waited"
            event = await client.event()
            assert (event["code"], "Retry in" in event["reason"]) == (1012, True)
            await draining
            assert not draining.has_cut

    # Handlers that take long

    async def test_a_handler_that_takes_too_long_is_cancelled_and_answered(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        outcomes: list[tuple[str | None, str]] = []

        class Noting(Observer):
            def __init__(self, facts: ConnectionFacts) -> None: ...

            def handled(self, action: str | None, seconds: float, outcome: str, kind: str) -> None:
                outcomes.append((action, outcome))

        class Slow(Talker):
            limits = Limits(handler_timeout=30)
            observers = (Noting,)

        client, clock = self.timed(Slow)
        async with client:
            await client.open()
            client.send(action="wait", ref=1)
            client.send(action="say", payload="next", ref=2)
            await passed(clock, 29)
            assert client.unseen == 0
            await passed(clock, 1.1)
            error, said = await client.messages(2)
            assert (error["payload"]["code"], error["ref"]) == ("handler_timeout", 1)
            assert (said["payload"], said["ref"]) == ("next", 2)
        assert outcomes == [("wait", "handler_timeout"), ("say", "done")]
        assert "HandlerTimeout" in caplog.text

    async def test_each_handler_has_its_own_time_and_all_one_timer(self) -> None:
        class Slow(Talker):
            limits = Limits(handler_timeout=30)

            @ws_handler(concurrent=True)
            async def wait(self, message: Wait) -> Waited:
                await asyncio.Event().wait()
                return Waited()

        client, clock = self.timed(Slow)
        async with client:
            await client.open()
            client.send(action="wait", ref=1)
            await passed(clock, 20)
            client.send(action="wait", ref=2)
            await settled()
            assert clock.pending == 1
            await passed(clock, 10.1)
            assert (await client.message())["ref"] == 1
            assert client.unseen == 0
            await passed(clock, 20)
            assert (await client.message())["ref"] == 2
            await passed(clock, 30)
            assert clock.pending == 0

    async def test_a_handler_that_swallows_its_cancellation_ends_the_connection(self) -> None:
        class Stubborn(Talker):
            limits = Limits(handler_timeout=30, close_timeout=0.01)

            @ws_handler
            async def wait(self, message: Wait) -> Waited:
                while True:
                    try:
                        await asyncio.Event().wait()
                    except asyncio.CancelledError:
                        continue

        client, clock = self.timed(Stubborn)
        async with client:
            await client.open()
            client.send(action="wait", ref=1)
            await settled()
            await passed(clock, 30.1)
            assert await client.closed() == 4500
            await client.ended()

    async def test_events_and_error_hooks_have_that_time_too(self) -> None:
        failed: list[str] = []

        class Slow(Consumer):
            groups = ("room",)
            limits = Limits(handler_timeout=30)

            @ws_handler
            async def wait(self, message: Wait) -> None:
                await self.broadcast_event(Waited(), ["room"])

            @event_handler
            async def waited(self, event: Waited) -> None:
                await asyncio.Event().wait()

            async def handle_event_handler_error(
                self, error: BaseException, event: BaseMessage | None
            ) -> None:
                failed.append(type(error).__name__)

            async def handle_validation_error(self, error: Any) -> None:
                await asyncio.Event().wait()

        client, clock = self.timed(Slow)
        async with client:
            await client.open()
            client.send(action="wait")
            await settled()
            client.send_text("no JSON")
            await settled()
            await passed(clock, 30.1)
            assert (await client.message())["payload"]["code"] == "invalid_json"
            assert failed == ["HandlerTimeout"]

    async def test_hooks_that_take_too_long_end(self) -> None:
        class Slow(Talker):
            limits = Limits(handler_timeout=30)

            async def post_authentication(self) -> None:
                await asyncio.Event().wait()

            async def disconnect(self, code: int) -> None:
                await asyncio.Event().wait()

        client, clock = self.timed(Slow)
        async with client:
            await client.open()
            await passed(clock, 30.1)
            assert await client.closed() == 4500
            await passed(clock, 30.1)
            await client.ended()

    async def test_a_ping_of_the_client_is_a_frame_like_any(self) -> None:
        class Both(Talker):
            limits = Limits(heartbeat=25)

            @ws_handler
            async def ping(self, message: PingMessage) -> PongMessage:
                return PongMessage()

        client, clock = self.timed(Both)
        async with client:
            await client.open()
            for _ in range(5):
                await passed(clock, 20)
                client.send(action="ping")
                assert await client.message() == {"action": "pong"}


__all__ = ["TimesContract", "passed"]
