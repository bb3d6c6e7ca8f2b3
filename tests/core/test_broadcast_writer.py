"""The writer of broadcasts, step by step: each row of the table of its states."""

import asyncio
from contextvars import ContextVar
from typing import Any

from chanx.core.broadcast_writer import TURN, BroadcastWriter


class Recipient:
    """A connection whose client reads when the test says so."""

    def __init__(self, log: list[str], name: str, *, is_slow: bool = False) -> None:
        self._log = log
        self._name = name
        self.may_read = asyncio.Event()
        if not is_slow:
            self.may_read.set()
        self.task: asyncio.Task[Any] | None = None

    async def write_next(self, task: asyncio.Task[Any]) -> None:
        assert task is asyncio.current_task()
        self.task = task
        self._log.append(f"{self._name} begins")
        await self.may_read.wait()
        self._log.append(f"{self._name} ends")


def tasks() -> int:
    """How many tasks there are besides the test's own."""
    return len(asyncio.all_tasks()) - 1


async def test_idle_begins_to_write_in_one_task_and_is_idle_again() -> None:
    log: list[str] = []
    writer = BroadcastWriter()
    recipients = [Recipient(log, name) for name in ("ada", "bob", "eve")]
    for recipient in recipients:
        writer.add(recipient)
    assert (log, tasks()) == ([], 1)
    await asyncio.sleep(0)
    assert log == [f"{who} {what}" for who in ("ada", "bob", "eve") for what in ("begins", "ends")]
    assert len({recipient.task for recipient in recipients}) == 1
    await asyncio.sleep(0)
    assert tasks() == 0
    writer.add(recipients[0])
    await asyncio.sleep(0)
    assert log[-1] == "ada ends"


async def test_writing_is_relieved_of_the_others_when_a_write_waits() -> None:
    log: list[str] = []
    writer = BroadcastWriter()
    slow, quick = Recipient(log, "slow", is_slow=True), Recipient(log, "quick")
    writer.add(slow)
    writer.add(quick)
    for _ in range(3):
        await asyncio.sleep(0)
    assert log == ["slow begins", "quick begins", "quick ends"]
    assert slow.task is not quick.task
    writer.add(quick)
    for _ in range(3):
        await asyncio.sleep(0)
    assert log[3:] == ["quick begins", "quick ends"]
    slow.may_read.set()
    for _ in range(3):
        await asyncio.sleep(0)
    assert log[5:] == ["slow ends"]
    assert tasks() == 0


async def test_relieved_with_nobody_left_is_idle_and_begins_anew() -> None:
    log: list[str] = []
    writer = BroadcastWriter()
    slow = Recipient(log, "slow", is_slow=True)
    writer.add(slow)
    for _ in range(3):
        await asyncio.sleep(0)
    writer.add(Recipient(log, "quick"))
    for _ in range(3):
        await asyncio.sleep(0)
    assert log == ["slow begins", "quick begins", "quick ends"]
    slow.may_read.set()


async def test_writing_lets_others_run_now_and_then_and_goes_on_in_order() -> None:
    log: list[str] = []
    writer = BroadcastWriter()
    for number in range(TURN + 2):
        writer.add(Recipient(log, str(number)))
    await asyncio.sleep(0)
    assert log[-1] == f"{TURN - 1} ends"
    await asyncio.sleep(0)
    assert log[-2:] == [f"{TURN + 1} begins", f"{TURN + 1} ends"]
    await asyncio.sleep(0)
    assert tasks() == 0


async def test_writing_leaves_the_others_to_another_task_when_it_is_cancelled() -> None:
    log: list[str] = []
    writer = BroadcastWriter()
    ending, quick = Recipient(log, "ending", is_slow=True), Recipient(log, "quick")
    writer.add(ending)
    await asyncio.sleep(0)
    writer.add(quick)
    assert ending.task is not None
    ending.task.cancel()
    for _ in range(3):
        await asyncio.sleep(0)
    assert log == ["ending begins", "quick begins", "quick ends"]
    assert tasks() == 0


async def test_writing_has_the_context_of_no_connection() -> None:
    whose: ContextVar[str] = ContextVar("whose", default="nobody's")
    seen: list[str] = []

    class Looking(Recipient):
        async def write_next(self, task: asyncio.Task[Any]) -> None:
            seen.append(whose.get())

    whose.set("ada's")
    BroadcastWriter().add(Looking([], "ada"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert seen == ["nobody's"]
