"""The states of the lane of client frames, one step after the other and without a server."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from chanx.core.asgi import Event
from chanx.core.connection import Connection
from chanx.core.frame_lane import CALM, FrameLane
from chanx.core.inbox import Inbox
from chanx.core.limits import Limits
from chanx.testing.clock import FrozenClock
from chanx.testing.contract.client import settled

LIMITS = Limits(max_incoming_queue=2, stall_timeout=5, close_timeout=1, max_message_size=100)


class Bench:
    """A lane, and what happens at both of its ends."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.coming: asyncio.Queue[Event] = asyncio.Queue()
        self.receiving = 0
        self.handled: list[str] = []
        self.refused: list[str] = []
        self.notes: list[str] = []
        self.may_enter = asyncio.Event()
        self.may_go_on = asyncio.Event()
        self.may_refuse = asyncio.Event()
        self.may_refuse.set()
        self.clock = FrozenClock()
        scope: dict[str, Any] = {"type": "websocket", "path": "/"}
        self.connection = Connection(scope, self.receive, self.send)
        self.connection.state = "open"
        self.lane = FrameLane(
            self.connection,
            self.handle,
            refuse=self.refuse,
            limits=limits,
            clock=self.clock,
            enter=self.enter,
            on_left=lambda: self.notes.append("left behind"),
        )

    async def receive(self) -> Event:
        self.receiving += 1
        assert self.receiving == 1, "receive is called once at a time"
        try:
            return await self.coming.get()
        finally:
            self.receiving -= 1

    async def send(self, event: Event) -> None: ...

    async def enter(self) -> None:
        await self.may_enter.wait()
        self.notes.append("entered")

    async def handle(self, event: Event) -> None:
        text = event["text"]
        if text.startswith("slow"):
            try:
                await self.may_go_on.wait()
            except asyncio.CancelledError:
                self.notes.append("cancelled")
                raise
        if text == "stops":
            self.lane.stop()
        self.handled.append(text)

    async def refuse(self, event: Event) -> None:
        await self.may_refuse.wait()
        self.refused.append(event["text"])

    def give(self, *texts: str) -> None:
        for text in texts:
            self.coming.put_nowait({"type": "websocket.receive", "text": text})

    def end(self) -> None:
        self.coming.put_nowait({"type": "websocket.disconnect", "code": 1000})

    @property
    def is_read_ahead(self) -> bool:
        return bool(self.lane.tasks())


@asynccontextmanager
async def running(bench: Bench, *, entered: bool = True) -> AsyncGenerator["asyncio.Task[Any]"]:
    if entered:
        bench.may_enter.set()
    task = asyncio.create_task(bench.lane.run())
    await settled()
    yield task
    async with asyncio.timeout(30):
        await task
    for reader in bench.lane.tasks():
        reader.cancel()
        await asyncio.wait([reader])


async def test_entering_reads_ahead_once_it_suspends() -> None:
    bench = Bench()
    async with running(bench, entered=False):
        assert (bench.receiving, bench.is_read_ahead) == (1, True)
        bench.give("a")
        await settled()
        assert (bench.handled, bench.notes) == ([], [])
        bench.may_enter.set()
        await settled()
        assert (bench.handled, bench.notes) == (["a"], ["entered"])
        bench.end()


async def test_entering_that_does_not_suspend_needs_no_reader() -> None:
    bench = Bench()
    async with running(bench):
        assert (bench.receiving, bench.is_read_ahead) == (1, False)
        bench.end()


async def test_waiting_and_handling_need_no_reader() -> None:
    bench = Bench()
    async with running(bench):
        bench.give("a", "b")
        await settled()
        assert (bench.handled, bench.is_read_ahead, bench.lane.is_idle) == (["a", "b"], False, True)
        bench.end()


async def test_handling_reads_ahead_once_it_suspends() -> None:
    bench = Bench()
    async with running(bench):
        bench.give("slow")
        await settled()
        assert (bench.receiving, bench.is_read_ahead, bench.lane.is_idle) == (1, True, False)
        bench.may_go_on.set()
        bench.give("a")
        await settled()
        assert (bench.handled, bench.receiving, bench.lane.is_idle) == (["slow", "a"], 1, True)
        bench.end()


async def test_ahead_ends_with_the_connection_and_cancels_the_handler() -> None:
    bench = Bench()
    async with running(bench) as task:
        bench.give("slow", "a")
        bench.end()
    assert task.result() == {"type": "websocket.disconnect", "code": 1000}
    assert (bench.handled, bench.notes) == ([], ["entered", "cancelled"])


async def calm(bench: Bench) -> None:
    """Have the lane read ahead for a handler that suspends, and then for as many as do not."""
    bench.give("slow")
    await settled()
    bench.may_go_on.set()
    for _ in range(CALM):
        bench.give("a")
        await settled()
    assert (bench.is_read_ahead, bench.lane.is_idle) == (True, True)


async def test_ahead_ends_once_handlers_do_not_suspend() -> None:
    bench = Bench()
    async with running(bench):
        await calm(bench)
        bench.give("b", "c")
        await settled()
        assert (bench.receiving, bench.is_read_ahead, bench.lane.is_idle) == (1, False, True)
        bench.may_go_on.clear()
        bench.give("slow", "d")
        await settled()
        assert (bench.receiving, bench.is_read_ahead) == (1, True)
        bench.may_go_on.set()
        await settled()
        assert bench.handled == ["slow", *"a" * CALM, *"bc", "slow", "d"]
        bench.end()


async def test_ahead_goes_on_while_handlers_suspend_or_frames_wait() -> None:
    bench = Bench()
    async with running(bench):
        for _ in range(CALM * 2):
            bench.may_go_on.clear()
            bench.give("a", "slow", "b")
            await settled()
            bench.may_go_on.set()
            await settled()
            assert (bench.receiving, bench.is_read_ahead) == (1, True)
        assert bench.handled == ["a", "slow", "b"] * CALM * 2
        bench.end()


@pytest.mark.parametrize("end", ["lost", "stop", "finish"])
async def test_ahead_that_ends_as_the_connection_does_handles_nothing_more(end: str) -> None:
    bench = Bench()
    async with running(bench) as task:
        await calm(bench)
        bench.give("b")
        # After the reader has given the frame, before the lane takes it.
        asyncio.get_running_loop().call_soon(getattr(bench.lane, end))
        await settled()
        assert "b" not in bench.handled
        assert (task.done(), bench.receiving) == ((False, 1) if end == "lost" else (True, 0))
        bench.end()
    assert bench.handled == ["slow", *"a" * CALM]


async def test_lost_while_waiting_handles_nothing_more() -> None:
    bench = Bench()
    async with running(bench) as task:
        bench.lane.lost()
        bench.give("a")
        await settled()
        assert (bench.handled, bench.receiving, task.done()) == ([], 1, False)
        bench.end()
    assert task.result() is not None


async def test_paused_does_not_receive_until_there_is_room() -> None:
    bench = Bench()
    async with running(bench):
        bench.give("slow", "a", "b", "c")
        await settled()
        assert (bench.receiving, bench.coming.qsize(), bench.refused) == (0, 1, [])
        bench.may_go_on.set()
        await settled()
        assert (bench.receiving, bench.handled) == (1, ["slow", "a", "b", "c"])
        bench.clock.advance(5)
        bench.end()
    assert bench.refused == []


async def test_refusing_answers_what_comes_until_there_is_room() -> None:
    bench = Bench()
    async with running(bench):
        bench.give("slow", "a", "b", "c")
        await settled()
        bench.clock.advance(5)
        await settled()
        bench.give("d" * 101)
        await settled()
        assert (bench.receiving, bench.refused) == (1, ["c", ""])
        bench.may_go_on.set()
        await settled()
        bench.give("e")
        await settled()
        assert (bench.handled, bench.refused) == (["slow", "a", "b", "e"], ["c", ""])
        bench.end()


async def test_refusing_notices_the_end() -> None:
    bench = Bench()
    async with running(bench):
        bench.give("slow", "a", "b", "c")
        await settled()
        bench.clock.advance(5)
        bench.end()
    assert (bench.handled, bench.notes) == ([], ["entered", "cancelled"])


async def test_refusing_leaves_an_answer_that_waits_too_long() -> None:
    bench = Bench()
    bench.may_refuse.clear()
    async with running(bench):
        bench.give("slow", "a", "b", "c")
        await settled()
        bench.clock.advance(5)
        await settled()
        assert (bench.receiving, bench.refused) == (0, [])
        bench.end()
        bench.clock.advance(5)
    assert (bench.refused, bench.notes) == ([], ["entered", "cancelled"])


async def test_lost_handles_nothing_more_and_waits_for_the_last_event() -> None:
    bench = Bench()
    async with running(bench) as task:
        bench.give("slow", "a")
        await settled()
        bench.lane.lost()
        bench.give("b")
        bench.may_go_on.set()
        await settled()
        assert (bench.handled, task.done()) == (["slow"], False)
        bench.end()
    assert task.result() is not None


async def test_lost_ends_by_itself_if_the_server_says_nothing() -> None:
    bench = Bench()
    async with running(bench) as task:
        bench.lane.lost()
        bench.clock.advance(0.9)
        await settled()
        assert not task.done()
        bench.clock.advance(0.1)
    assert task.result() is None


async def test_ahead_of_a_server_that_stops_the_handler_has_its_time_and_no_more() -> None:
    bench = Bench(Limits(drain_timeout=3))
    async with running(bench) as task:
        bench.give("slow")
        await settled()
        bench.coming.put_nowait({"type": "websocket.disconnect", "code": 1012})
        await settled()
        bench.clock.advance(2.9)
        await settled()
        assert not task.done()
        bench.clock.advance(0.1)
    assert (bench.handled, bench.notes) == ([], ["entered", "cancelled"])


async def test_ahead_of_a_server_that_stops_ends_at_once_where_nothing_is_handled() -> None:
    bench = Bench()
    async with running(bench) as task:
        await calm(bench)
        bench.coming.put_nowait({"type": "websocket.disconnect", "code": 1012})
        await settled()
        assert task.done()
    assert bench.notes == ["entered"]


@pytest.mark.parametrize("given", [(), ("slow",), ("slow", "a", "b", "c")])
async def test_ended_by_stop_whatever_it_did_with_the_handler_cancelled(
    given: tuple[str, ...],
) -> None:
    bench = Bench()
    async with running(bench) as task:
        bench.give(*given)
        await settled()
        bench.lane.stop()
    assert (task.result(), bench.handled) == (None, [])
    assert ("cancelled" in bench.notes) is bool(given)


async def test_ended_by_its_handler_which_may_finish() -> None:
    bench = Bench()
    async with running(bench) as task:
        bench.give("stops", "a")
    assert (task.result(), bench.handled) == (None, ["stops"])


async def test_ended_by_a_cancellation_from_elsewhere_which_goes_on() -> None:
    bench = Bench()
    bench.may_enter.set()
    task = asyncio.create_task(bench.lane.run())
    await settled()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(
    ("limits", "frames", "kept"),
    [
        (Limits(max_incoming_queue=3), ["a"] * 5, 3),
        (Limits(max_incoming_bytes=3000, max_message_size=2000), ["a" * 1000] * 5, 3),
        (Limits(max_incoming_bytes=3000, max_message_size=2000), ["\U0001f600" * 500] * 5, 2),
        (Limits(max_incoming_bytes=3000, max_message_size=999), ["a" * 1000] * 5, 5),
    ],
)
def test_an_inbox_is_bounded_in_number_and_memory(
    limits: Limits, frames: list[str], kept: int
) -> None:
    inbox = Inbox(limits)
    for text in frames:
        if not inbox.is_full:
            inbox.put({"type": "websocket.receive", "text": text})
    assert len(inbox) == kept
    while len(inbox):
        inbox.take()
    assert not inbox.is_full


async def test_finishing_lets_the_handler_end_and_handles_nothing_more() -> None:
    bench = Bench()
    async with running(bench) as task:
        bench.give("slow", "a")
        await settled()
        bench.lane.finish()
        bench.give("b")
        await settled()
        assert (bench.handled, bench.receiving, task.done()) == ([], 1, False)
        bench.may_go_on.set()
    assert (task.result(), bench.handled, bench.lane.unhandled) == (None, ["slow"], 2)


async def test_finishing_ends_when_the_connection_does() -> None:
    bench = Bench()
    async with running(bench):
        bench.give("slow")
        await settled()
        bench.lane.finish()
        bench.end()
    assert (bench.handled, bench.notes) == ([], ["entered", "cancelled"])


async def test_finishing_before_the_handler_suspends_still_notices_the_end() -> None:
    class Finishing(Bench):
        async def handle(self, event: Event) -> None:
            self.lane.finish()
            await super().handle(event)

    bench = Finishing()
    async with running(bench):
        bench.give("slow")
        await settled()
        assert bench.is_read_ahead
        bench.end()
    assert bench.notes == ["entered", "cancelled"]


async def test_waiting_has_nothing_to_finish() -> None:
    bench = Bench()
    async with running(bench) as task:
        bench.lane.finish()
    assert task.result() is None


@pytest.mark.parametrize("last", [{"code": 1012}, {"code": 1012, "reason": "mine"}])
async def test_ahead_lets_the_handler_go_on_only_where_the_server_stops(
    last: dict[str, Any],
) -> None:
    bench = Bench()
    async with running(bench):
        bench.give("slow")
        await settled()
        bench.coming.put_nowait({"type": "websocket.disconnect", **last})
        await settled()
        bench.may_go_on.set()
    assert bench.handled == ([] if "reason" in last else ["slow"])
