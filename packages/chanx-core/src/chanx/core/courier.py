"""Who writes broadcasts to the connections of one event loop."""

import asyncio
from collections import deque
from contextvars import Context
from typing import Any, Protocol

from chanx.core.tasks import start


class Stop(Protocol):
    """A connection on a courier's round."""

    async def deliver(self, carrier: "asyncio.Task[Any]") -> None:
        """Write what waits for the connection; never raises but for a cancellation.

        Args:
            carrier: The task that runs this, to be cancelled if the connection ends meanwhile.
        """
        ...


class Courier:
    """Writes to many connections one after the other, in one task instead of one for each.

    A connection that lets its write wait, since its client reads too slowly, keeps the task for
    itself, and another task goes on with the rest of the round: it delays nobody else.
    """

    __slots__ = ("_round", "_task")

    def __init__(self) -> None:
        self._round: deque[Stop] = deque()
        self._task: asyncio.Task[None] | None = None

    def add(self, stop: Stop) -> None:
        """Put a connection on the round.

        Args:
            stop: The connection.
        """
        self._round.append(stop)
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
        stops = self._round
        try:
            while stops and self._task is task:
                await stops.popleft().deliver(task)
        finally:
            self._relieve(task)

    def _relieve(self, task: "asyncio.Task[None]") -> None:
        """Let another task go on with the round, if this one still had it."""
        if self._task is task:
            self._task = None
            if self._round:
                self._start()


__all__ = ["Courier", "Stop"]
