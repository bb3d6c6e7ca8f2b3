"""How long a guard waits for what is cancelled."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from chanx.core.cancellation import Guard, LeftBehind
from tests.held_time import HeldTime

PATIENCE = 0.2

Body = Callable[[], Awaitable[object]]


class Guarded:
    """A task that awaits a guard."""

    def __init__(self, body: Body) -> None:
        self.is_left = False
        self.task = asyncio.create_task(self._run(body))

    async def _run(self, body: Body) -> None:
        async def awaited() -> None:
            await body()

        await Guard(awaited(), PATIENCE, self._note_left)

    def _note_left(self) -> None:
        self.is_left = True

    async def end(self) -> BaseException | None:
        """Wait for the end; return what was raised."""
        async with asyncio.timeout(60):
            await asyncio.wait([self.task])
        if self.task.cancelled():
            return asyncio.CancelledError()
        return self.task.exception()


async def swallow() -> None:
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()


async def swallow_for_ever() -> None:
    while True:
        await swallow()


async def started(body: Body) -> Guarded:
    guarded = Guarded(body)
    await asyncio.sleep(0)
    return guarded


async def test_running_hands_on_what_a_coroutine_raises_or_does_not() -> None:
    async def fail() -> None:
        await asyncio.sleep(0)
        raise LookupError

    async def fail_in_a_future() -> None:
        future = asyncio.get_running_loop().create_future()
        future.set_exception(LookupError())
        with pytest.raises(LookupError):
            await future

    assert await (await started(lambda: asyncio.sleep(0))).end() is None
    assert await (await started(fail_in_a_future)).end() is None
    assert isinstance(await (await started(fail)).end(), LookupError)


async def test_asked_a_coroutine_that_heeds_it_is_cancelled() -> None:
    guarded = await started(asyncio.Event().wait)
    guarded.task.cancel()
    assert isinstance(await guarded.end(), asyncio.CancelledError)
    assert not guarded.is_left


async def test_left_is_one_that_never_heeds_it() -> None:
    guarded = await started(swallow_for_ever)
    guarded.task.cancel()
    assert isinstance(await guarded.end(), LeftBehind)
    assert guarded.is_left


async def test_left_is_one_that_goes_on_waiting_after_it_swallowed_one() -> None:
    async def swallow_once() -> None:
        await swallow()
        await asyncio.Event().wait()

    guarded = await started(swallow_once)
    guarded.task.cancel()
    assert isinstance(await guarded.end(), LeftBehind)


async def test_asked_by_a_time_out_within_it_runs_on(held: HeldTime) -> None:
    ends: list[str] = []

    async def time_out_twice() -> None:
        for _ in range(2):
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE / 2):
                    await asyncio.Event().wait()
        await asyncio.sleep(PATIENCE * 2)
        ends.append("by itself")

    guarded = await started(time_out_twice)
    for _ in range(6):
        await held.advance(PATIENCE / 2)
    assert await guarded.end() is None
    assert ends == ["by itself"]


async def test_asked_again_after_a_time_out_within_it_has_all_of_its_time(held: HeldTime) -> None:
    is_through = asyncio.Event()

    async def time_out_and_swallow() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(0):
                await asyncio.Event().wait()
        is_through.set()
        await swallow_for_ever()

    guarded = await started(time_out_and_swallow)
    await is_through.wait()
    await held.advance(PATIENCE / 2)
    guarded.task.cancel()
    await held.advance(0)
    await held.advance(PATIENCE * 0.9)
    assert not guarded.task.done()
    await held.advance(PATIENCE * 0.2)
    assert isinstance(await guarded.end(), LeftBehind)


async def test_asked_after_a_cancellation_leaked_from_elsewhere_has_all_of_its_time(
    held: HeldTime,
) -> None:
    waited_for: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def heed_the_second() -> None:
        with suppress(asyncio.CancelledError):
            await waited_for
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(PATIENCE * 0.75)  # what it lets go of takes some time

    guarded = await started(heed_the_second)
    waited_for.cancel()
    await held.advance(0)
    await held.advance(PATIENCE / 2)
    guarded.task.cancel()
    await held.advance(0)
    await held.advance(PATIENCE * 0.75)
    assert isinstance(await guarded.end(), asyncio.CancelledError)
    assert not guarded.is_left


async def test_a_guard_that_is_closed_closes_what_it_awaits() -> None:
    ends: list[str] = []

    async def note_end() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ends.append("closed")

    async def awaiting() -> None:
        await Guard(note_end(), PATIENCE, ends.clear)

    coroutine = awaiting()
    coroutine.send(None)
    coroutine.close()
    assert ends == ["closed"]


STUBBORN = """
import asyncio
from chanx.core.cancellation import Guard, LeftBehind

async def stubborn():
    while True:
        try:
            await asyncio.Event().wait()
        except BaseException:
            pass

async def guarded():
    await Guard(stubborn(), 0.01, lambda: print("left behind"))

async def main():
    task = asyncio.create_task(guarded())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])

asyncio.run(main())
"""


def test_a_process_ends_although_it_left_behind_what_does_not_even_end_when_closed() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STUBBORN], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout == "left behind\n"
