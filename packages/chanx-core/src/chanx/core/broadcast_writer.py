"""Who writes broadcasts to the connections of one event loop."""

import asyncio
from collections import deque
from contextvars import Context
from typing import Any, Protocol

from chanx.core.tasks import start


class Recipient(Protocol):
    """A connection for which a broadcast waits."""

    async def write_next(self, task: "asyncio.Task[Any]") -> None:
        """Write what waits for the connection; never raises but for a cancellation.

        Args:
            task: The task that runs this, to be cancelled if the connection ends meanwhile.
        """
        ...


class BroadcastWriter:
    """Writes to many connections one after the other, in one task instead of one for each.

    A connection that lets its write wait, since its client reads too slowly, keeps the task for
    itself, and another task goes on with those that are left: it delays nobody else. A write that
    does not wait is over within the task's first step, and a callback that comes right after that
    step finds out: so the task of a fast round is never left.

    =========  ==========================================  ======================================
    state      what there is                               what moves it on
    =========  ==========================================  ======================================
    idle       no task, and nobody who waits               ``add``: writing
    writing    a task, which takes one after the other     nobody is left: idle; a write waits, or
                                                           the task is cancelled: relieved
    relieved   the task has one recipient and no others    others are left: writing, in a new task;
                                                           nobody is: idle
    =========  ==========================================  ======================================

    The tests of each row, in ``tests/core/test_broadcast_writer.py``, begin with its name.
    """

    __slots__ = ("_task", "_waiting")

    def __init__(self) -> None:
        self._waiting: deque[Recipient] = deque()
        self._task: asyncio.Task[None] | None = None

    def add(self, recipient: Recipient) -> None:
        """Write to a connection when its turn comes.

        Args:
            recipient: The connection.
        """
        self._waiting.append(recipient)
        if self._task is None:
            self._start()

    def _start(self) -> None:
        # Of no connection's context, since it serves them all.
        self._task = start(self._run(), Context())
        # Comes right after the task's first step, before anything else can.
        asyncio.get_running_loop().call_soon(self._relieve, self._task)

    async def _run(self) -> None:
        task = self._task
        assert task is not None
        waiting = self._waiting
        try:
            # Asked after each write: one that had to wait has handed the others on to a new task.
            while waiting and self._task is task:
                await waiting.popleft().write_next(task)
        finally:
            # Also where the connection that it was writing to has ended, and cancelled it.
            self._relieve(task)

    def _relieve(self, task: "asyncio.Task[None]") -> None:
        """Let another task go on with those that are left, if this one still had them."""
        if self._task is task:
            self._task = None
            if self._waiting:
                self._start()


__all__ = ["BroadcastWriter", "Recipient"]
