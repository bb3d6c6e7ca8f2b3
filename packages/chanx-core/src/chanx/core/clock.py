"""The time by which a connection's limits count, so that a test may say what it is."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Final, Protocol

CLOCK: Final = "chanx.clock"
"""ASGI extension by which a test's server gives a connection its :class:`Clock`."""


class Deadline(Protocol):
    """A context that is cancelled when its time is over, and raises TimeoutError then."""

    async def __aenter__(self) -> object:
        """Begin."""
        ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> bool | None:
        """End.

        Raises:
            TimeoutError: If the time was over.
        """
        ...

    def expired(self) -> bool:
        """Return whether the time was over."""
        ...

    def reschedule(self, when: float | None, /) -> None:
        """Let the time be over at another moment of the event loop that runs it; None for never.

        Raises:
            RuntimeError: If it has not begun, or is over.
        """
        ...


class Timer(Protocol):
    """What is to be called when some time has passed."""

    def cancel(self) -> None:
        """Do not call it, if that has not happened yet."""
        ...


class Clock(Protocol):
    """Tells the time, and when some of it has passed."""

    def time(self) -> float:
        """Return the time in seconds, from any origin."""
        ...

    def timeout(self, delay: float | None, /) -> Deadline:
        """Return a context that may take so many seconds; None for any time."""
        ...

    def call_later(self, delay: float, callback: Callable[[], object], /) -> Timer:
        """Call a function of the event loop that runs once so many seconds have passed."""
        ...


class SystemClock:
    """The time as it passes."""

    def time(self) -> float:
        """Return the time, in seconds."""
        return time.monotonic()

    def timeout(self, delay: float | None, /) -> Deadline:
        """Return a context that may take so many seconds; None for any time."""
        # Not wait_for(), which on Python 3.11 may swallow a cancellation that comes as its call
        # returns, and has no deadline that could be moved (Handshake.end).
        return asyncio.timeout(delay)

    def call_later(self, delay: float, callback: Callable[[], object], /) -> Timer:
        """Call a function of the event loop that runs once so many seconds have passed."""
        return asyncio.get_running_loop().call_later(delay, callback)


SYSTEM_CLOCK: Final[Clock] = SystemClock()


async def pause(clock: Clock, delay: float) -> None:
    """Let time pass.

    Args:
        clock: Tells when it has.
        delay: How many seconds.
    """
    with suppress(TimeoutError):
        async with clock.timeout(delay):
            # Nobody resolves it: only the clock ends this, also one that a test holds still.
            await asyncio.get_running_loop().create_future()


async def leave_late(awaited: Awaitable[object], clock: Clock, delay: float) -> None:
    """Await something for some time, and leave it where it takes longer.

    Args:
        awaited: What is awaited; it is cancelled then.
        clock: Tells when the time is over.
        delay: For how many seconds.

    Raises:
        Exception: What it raises, a ``TimeoutError`` of its own too.
    """
    deadline = clock.timeout(delay)
    try:
        async with deadline:
            await awaited
    except TimeoutError:
        if not deadline.expired():
            raise


__all__ = [
    "CLOCK",
    "SYSTEM_CLOCK",
    "Clock",
    "Deadline",
    "SystemClock",
    "Timer",
    "leave_late",
    "pause",
]
