"""What a connection runs beside its lanes: tasks that end with it, and handlers that outlive it."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from inspect import CORO_CREATED, getcoroutinestate
from types import CoroutineType
from typing import Any, TypeVar

from chanx.core.cancellation import Guard, LeftBehind
from chanx.core.clock import Clock
from chanx.core.errors import TooManyTasks
from chanx.core.limits import Limits
from chanx.core.patience import patience
from chanx.core.request import current_request
from chanx.core.runner import Runner
from chanx.core.tasks import start

ResultT = TypeVar("ResultT")


class Background:
    """The tasks of one connection, and the end of those handlers that finish once they began.

    ========  ===================================  ===============================================
    state     what runs                            what moves it on
    ========  ===================================  ===============================================
    open      tasks, shielded handlers             ``stop``, at the end of the connection: closing
    closing   shielded handlers; tasks are         they end, ``handler_timeout`` passes, ``cut``
              cancelled, and none begins           (the server stops), the session's task is
                                                   cancelled and ``close_timeout`` passes: over
    over      nothing; what was left is cancelled
    ========  ===================================  ===============================================

    Each row has tests in ``chanx/testing/contract/background.py``.

    Args:
        runner: Runs shielded handlers, and tells the client of errors.
        limits: How many tasks there may be, and how long is waited for what ends.
        clock: The time by which it is waited.
        end: Ends the connection with a close code.
    """

    __slots__ = ("_clock", "_end", "_is_open", "_limits", "_runner", "tasks")

    def __init__(
        self, runner: Runner, limits: Limits, clock: Clock, end: Callable[[int], object]
    ) -> None:
        self._runner = runner
        self._limits = limits
        self._clock = clock
        self._end = end
        self._is_open = True
        self.tasks: set[asyncio.Task[Any]] = set()
        """The tasks that run."""

    def start(
        self, coroutine: Coroutine[Any, Any, ResultT], name: str, closes: int | None
    ) -> "asyncio.Task[ResultT]":
        """Run a coroutine as long as the connection lives.

        Args:
            coroutine: What runs.
            name: Its name, for the log.
            closes: The code with which the connection closes if it fails; None to let it be.

        Raises:
            RuntimeError: If the connection has ended.
            TooManyTasks: If there are ``Limits.max_tasks``.
        """
        # What is not started is closed, or Python warns of a coroutine that was never awaited.
        if not self._is_open:
            coroutine.close()
            raise RuntimeError(f"The connection has ended, and starts no task: {name}.")
        if len(self.tasks) >= self._limits.max_tasks:
            coroutine.close()
            raise TooManyTasks(
                f"The connection has {len(self.tasks)} tasks already, as many as "
                f"Limits.max_tasks: {name} is not started."
            )
        context = copy_context()
        # What it sends answers no request: that of the handler is answered before.
        context.run(current_request.set, None)
        task = start(self._run(coroutine, name, closes), context)
        # Kept: loops refer to tasks only weakly.
        self.tasks.add(task)
        # Not in a finally of what runs: a task that is cancelled before its first step enters none.
        task.add_done_callback(partial(self._ended, coroutine))
        return task

    def _ended(self, coroutine: Coroutine[Any, Any, Any], task: "asyncio.Task[Any]") -> None:
        self.tasks.discard(task)
        if isinstance(coroutine, CoroutineType) and getcoroutinestate(coroutine) == CORO_CREATED:
            coroutine.close()  # cancelled before it began, which Python would warn of
        # exception() raises for a cancelled one.
        if not task.cancelled():
            task.exception()  # it is logged already; asyncio need not say it once more

    async def _run(
        self, coroutine: Coroutine[Any, Any, ResultT], name: str, closes: int | None
    ) -> ResultT:
        runner = self._runner
        # A guard has no result of its own.
        results: list[ResultT] = []

        async def run() -> None:
            results.append(await coroutine)

        try:
            most = self._limits.close_timeout
            await Guard(run(), most, partial(runner.note_left, name))
        except LeftBehind:
            # To whoever awaits the task it is cancelled, as it was asked to be.
            raise asyncio.CancelledError from None
        except (Exception, asyncio.CancelledError) as error:
            if runner.is_end(error):
                raise
            told = await runner.tells(name, error)
            if told is None:
                runner.note_failure(name, error)
            else:
                closes = told.closes
            # An error that is expected says itself whether it closes; of a failure start_task() was
            # told.
            if closes is not None:
                self._end(closes)
            # To whoever awaits the task, which start_task() returns.
            raise
        return results[0]

    def cut(self) -> None:
        """Let shielded handlers go on no longer, as the server stops."""
        for task in self._runner.shielded or ():
            task.cancel()

    def stop(self) -> "set[asyncio.Task[Any]]":
        """Start no further task, and return those to cancel."""
        # Before the tasks are cancelled: what they do as they end might start others.
        self._is_open = False
        return set(self.tasks)

    async def finish(self) -> None:
        """Wait for shielded handlers to end, at the end of the connection.

        Raises:
            asyncio.CancelledError: If the session's task is cancelled meanwhile; they got
                ``close_timeout`` more.
        """
        if not self._runner.shielded:
            return
        task = asyncio.current_task()
        assert task is not None
        try:
            # A server may have cancelled it before it came to this.
            if not task.cancelling():
                with suppress(TimeoutError):
                    async with self._clock.timeout(self._limits.handler_timeout):
                        await self._wait(None)
        finally:
            if task.cancelling():
                # A server that cancels is not kept for as long as handlers may take otherwise.
                await self._wait(patience(self._limits.close_timeout))
            # Also where all have ended, which leaves nothing to cancel. Those that swallow it are
            # left behind by their guards within close_timeout, for which twice as long is waited.
            self.cut()
            await self._wait(2 * patience(self._limits.close_timeout))

    async def _wait(self, seconds: float | None) -> None:
        loop = asyncio.get_running_loop()
        until = None if seconds is None else loop.time() + seconds
        # As long as any is left: where the time of all is over, asyncio.wait() returns, and neither
        # raises nor cancels.
        while tasks := self._runner.shielded:
            left = None if until is None else max(until - loop.time(), 0)
            done, _ = await asyncio.wait(set(tasks), timeout=left)
            if not done:
                return

    def release(self) -> None:
        """Let go of what refers to the connection in circles."""
        del self._runner, self._end


__all__ = ["Background", "ResultT"]
