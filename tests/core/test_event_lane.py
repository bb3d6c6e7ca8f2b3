"""The lane of layer events, step by step: each row of the table of its states."""

import asyncio
from typing import Any

import pytest

from chanx.core.backlog import Backlog
from chanx.core.event_lane import EventLane
from chanx.core.events import BROADCAST, EVENT
from chanx.core.limits import Limits, SlowClient


def broadcast(text: str) -> dict[str, Any]:
    return {"type": BROADCAST, "text": text}


def event(text: str) -> dict[str, Any]:
    return {"type": EVENT, "text": text}


class Bench:
    """A lane, and what it does with what is put into it."""

    def __init__(self, most: int = 3, most_bytes: int = 1000, policy: SlowClient = "close") -> None:
        self.dropped: list[tuple[str, int]] = []
        self.log: list[str] = []
        self.tasks: list[asyncio.Task[Any] | None] = []
        self.left: list[int] = []
        self.failure: BaseException = LookupError("bad")
        self.failures: list[BaseException] = []
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self.lane = EventLane(
            deliver=self.deliver,
            handle=self.handle,
            on_failure=self.failures.append,
            backlog=Backlog(Limits(max_outgoing_queue=most, max_outgoing_bytes=most_bytes)),
            policy=policy,
            on_dropped=lambda reason, count: self.dropped.append((reason, count)),
            on_full=self.left.append,
        )

    async def deliver(self, envelope: Any) -> None:
        await self._note("delivers", envelope)

    async def handle(self, envelope: Any) -> None:
        await self._note("handles", envelope)

    async def _note(self, what: str, envelope: Any) -> None:
        self.tasks.append(asyncio.current_task())
        if envelope["text"] == "bad":
            raise self.failure
        await self.may_go_on.wait()
        self.log.append(f"{what} {envelope['text']}")

    async def settle(self) -> None:
        # As many as it takes where this process was kept from its processor: a lane whose turn is
        # over has one more for each message.
        for _ in range(20):
            await asyncio.sleep(0)


async def test_idle_queues_a_broadcast_for_the_writer_and_is_idle_again() -> None:
    first, second = Bench(), Bench()
    assert first.lane.is_idle
    for bench in (first, second):
        bench.lane.put(broadcast("a"))
        assert not bench.lane.is_idle
        assert bench.lane.tasks() == []  # queued: nobody handles it yet
    await first.settle()
    assert (first.log, second.log) == (["delivers a"], ["delivers a"])
    assert first.tasks == second.tasks  # one task for both
    assert first.lane.is_idle
    assert first.lane.tasks() == []


async def test_working_is_a_task_of_its_own_for_anything_but_broadcasts() -> None:
    first, second = Bench(), Bench()
    for bench in (first, second):
        bench.lane.put(event("a"))
        bench.lane.put(event("b"))
        bench.lane.put(broadcast("c"))
        assert len(bench.lane.tasks()) == 1
    await first.settle()
    assert first.log == ["handles a", "handles b", "delivers c"]
    assert len({*first.tasks}) == len({*second.tasks}) == 1
    assert first.tasks != second.tasks
    assert first.lane.is_idle


async def test_queued_handles_what_came_meanwhile_after_the_broadcast() -> None:
    bench = Bench()
    bench.lane.put(broadcast("a"))
    bench.lane.put(event("b"))
    assert (bench.log, bench.lane.tasks()) == ([], [])
    await bench.settle()
    assert bench.log == ["delivers a", "handles b"]


async def test_writing_leaves_what_comes_meanwhile_to_a_task_of_its_own_in_order() -> None:
    bench = Bench()
    bench.may_go_on.clear()
    bench.lane.put(broadcast("a"))
    await bench.settle()
    assert len(bench.lane.tasks()) == 1  # the writer's, which is cancelled if the connection ends
    bench.lane.put(broadcast("b"))
    bench.lane.put(event("c"))
    bench.may_go_on.set()
    await bench.settle()
    assert bench.log == ["delivers a", "delivers b", "handles c"]
    assert bench.tasks[0] is not bench.tasks[1]
    assert bench.tasks[1] is bench.tasks[2]
    assert bench.lane.is_idle


async def test_stopped_by_more_than_may_wait_says_how_many_are_left() -> None:
    bench = Bench(most=3)
    bench.may_go_on.clear()
    bench.lane.put(event("a"))
    await bench.settle()
    assert [bench.lane.put(event(str(number))) for number in range(4)] == [
        False,
        True,  # more than half of what may wait: let others run
        True,
        False,
    ]
    assert bench.left == [4]
    assert not bench.lane.put(event("late"))
    bench.may_go_on.set()
    await bench.settle()
    assert bench.log == ["handles a"]
    assert bench.left == [4]


@pytest.mark.parametrize("make", [broadcast, event])
async def test_stopped_in_time_handles_nothing(make: Any) -> None:
    bench = Bench()
    bench.lane.put(make("a"))
    bench.lane.is_stopped = True
    await bench.settle()
    assert bench.log == []


@pytest.mark.parametrize("failure", [LookupError(), asyncio.CancelledError("of another task")])
@pytest.mark.parametrize("make", [broadcast, event])
async def test_what_fails_is_told_and_the_next_is_handled(
    make: Any, failure: BaseException
) -> None:
    bench = Bench()
    bench.failure = failure
    for text in ("bad", "good"):
        bench.lane.put(make(text))
    await bench.settle()
    assert bench.failures == [failure]
    assert len(bench.log) == 1
    assert bench.log[0].endswith("good")
    assert bench.lane.is_idle


async def test_what_is_not_a_layers_message_is_handled_as_one() -> None:
    bench = Bench()
    bench.lane.put(["text"])  # type: ignore[arg-type]  # as a broken layer may bring it
    await bench.settle()
    assert [type(failure) for failure in bench.failures] == [TypeError]


async def stalled(bench: Bench) -> Bench:
    """Let a lane have a client that does not read."""
    bench.may_go_on.clear()
    bench.lane.put(broadcast("first"))
    await bench.settle()
    return bench


async def test_what_waits_is_bounded_in_bytes_as_well() -> None:
    bench = await stalled(Bench(most=100, most_bytes=10))
    bench.lane.put(broadcast("\u00e9" * 4))
    assert bench.left == []
    bench.lane.put(broadcast("abc"))
    assert (bench.left, bench.lane.is_stopped) == ([2], True)


async def test_the_oldest_make_room_where_the_policy_is_so() -> None:
    bench = await stalled(Bench(policy="drop_oldest"))
    bench.lane.put(event("kept"))
    for text in "abcde":
        bench.lane.put(broadcast(text))
    assert (bench.left, bench.dropped) == ([], [("oldest", 1)] * 3)
    bench.may_go_on.set()
    await bench.settle()
    assert bench.log == ["delivers first", "handles kept", "delivers d", "delivers e"]


async def test_what_is_not_to_be_dropped_closes_under_any_policy() -> None:
    for policy in ("drop_oldest", "coalesce"):
        bench = await stalled(Bench(policy=policy))
        for text in "abcd":
            bench.lane.put(event(text))
        assert bench.left == [4]


async def test_a_broadcast_stands_in_the_place_of_one_with_its_key() -> None:
    bench = await stalled(Bench(policy="coalesce"))
    for number in range(50):
        for key in ("rook", "king"):
            bench.lane.put({**broadcast(f"{key} {number}"), "key": key})
    bench.lane.put(broadcast("other"))
    assert (bench.left, bench.dropped) == ([], [("coalesced", 1)] * 98)
    bench.may_go_on.set()
    await bench.settle()
    assert bench.log[1:] == ["delivers rook 49", "delivers king 49", "delivers other"]


async def test_one_that_takes_anothers_place_may_not_be_larger_than_there_is_room() -> None:
    bench = await stalled(Bench(policy="coalesce", most_bytes=100))
    bench.lane.put({**broadcast("x" * 40), "key": 1})
    bench.lane.put({**broadcast("x" * 40), "key": 2})
    bench.lane.put({**broadcast("x" * 60), "key": 2})
    assert (bench.left, bench.dropped) == ([], [("coalesced", 1)])
    bench.lane.put({**broadcast("x" * 61), "key": 2})
    assert (bench.left, bench.lane.is_stopped) == ([3], True)


async def test_nothing_is_counted_once_nothing_waits() -> None:
    bench = Bench(policy="coalesce")
    for _ in range(5):
        await stalled(bench)
        bench.lane.put({**broadcast("a"), "key": "k"})
        bench.lane.put({**broadcast("b"), "key": "k"})
        bench.lane.put(event("c"))
        bench.may_go_on.set()
        await bench.settle()
    assert bench.left == []
    assert bench.lane.is_idle


@pytest.mark.parametrize("later", ["", "x" * 900])
async def test_nothing_is_counted_once_nothing_waits_of_what_its_sender_changes(later: str) -> None:
    bench = Bench(most=9)
    for _ in range(5):
        await stalled(bench)
        sent = [event("x" * 100) for _ in range(3)]
        for each in sent:
            bench.lane.put(each)
        for each in sent:
            each["text"] = later
        bench.may_go_on.set()
        await bench.settle()
        assert bench.lane.is_idle
        assert bench.lane.make_room(1000)
        assert not bench.lane.make_room(1001)
    assert bench.left == []


async def test_stopped_leaves_the_room_of_what_waited_to_replies() -> None:
    bench = Bench()
    bench.may_go_on.clear()
    for text in "abcd":
        bench.lane.put(event(text))
    await bench.settle()
    assert not bench.lane.make_room(1)
    bench.lane.is_stopped = True  # as a server does that lets handlers end
    bench.may_go_on.set()
    await bench.settle()
    assert bench.log == ["handles a"]
    assert bench.lane.make_room(1)
