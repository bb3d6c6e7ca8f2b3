"""Who writes broadcasts to the connections of one event loop."""

import asyncio
from collections import deque
from contextvars import Context
from typing import Any, Final, Protocol

from chanx.core.tasks import start

TURN: Final = 500
"""Connections that are written to before others run. Counted, since to ask for the time after each
write takes a tenth of what a write takes that does not suspend."""


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
    step finds out: so the task of a fast round is never left. A long one is parted, so that others
    run after each :data:`TURN`: 10,000 members would else keep them for tens of milliseconds.

    =========  ==========================================  ======================================
    state      what there is                               what moves it on
    =========  ==========================================  ======================================
    idle       no task, and nobody who waits               ``add``: writing
    writing    a task, which takes one after the other     nobody is left: idle; a write waits, its
                                                           turn is over, or it is cancelled:
                                                           relieved
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
        # A round that is under way takes it, too: of a broadcast, the first member starts the task,
        # and the others are only noted.
        if self._task is None:
            self._start()

    def _start(self) -> None:
        # Of no connection's context, since it serves them all.
        self._task = start(self._run(), Context())
        # Comes right after the task's first step, before anything else can.
        asyncio.get_running_loop().call_soon(self._relieve, self._task)

    async def _run(self) -> None:
        task = self._task
        # What _start() has noted by now, also under an eager task factory (tasks.start).
        assert task is not None
        waiting = self._waiting
        try:
            # Counted in connections, since a clock after each would take a tenth of a write (TURN).
            for _ in range(TURN):
                # Asked after each write: one that had to wait has left the others to a new task.
                if not waiting or self._task is not task:
                    break
                await waiting.popleft().write_next(task)
        finally:
            # Also where its turn is over, or a connection has ended while it was written to.
            self._relieve(task)

    def _relieve(self, task: "asyncio.Task[None]") -> None:
        """Let another task go on with those that are left, if this one still had them."""
        # Asked twice of each task, by the callback and at its end: the second finds another one
        # there, or none, and hands nothing on.
        if self._task is task:
            self._task = None
            if self._waiting:
                self._start()


__all__ = ["TURN", "BroadcastWriter", "Recipient"]
