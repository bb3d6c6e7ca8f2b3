"""A clock that stands still until its test moves it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from types import TracebackType
from typing import Self


class FrozenClock:
    """The time of connections and layers, which passes when the test says so.

    A communicator that is given one has its connection count by it: the rate of
    ``Limits.max_messages_per_second``, ``handshake_timeout`` and ``close_timeout``, and whatever it
    is told to call later. A
    ``MemoryLayer(clock=clock.time)`` lets messages expire by it. The time-outs of the toolkit's
    own calls are real seconds, and so are those after which a handler that swallows its
    cancellation is left behind.

    Example:
        >>> clock = FrozenClock()
        >>> before = clock.time()
        >>> clock.advance(60)
        >>> clock.time() - before
        60.0
    """

    def __init__(self) -> None:
        self._now = 0.0
        self._timers: set[FrozenTimer] = set()

    def time(self) -> float:
        """Return the time in seconds."""
        return self._now

    @property
    def pending(self) -> int:
        """How many timers are set and neither due nor cancelled."""
        return len(self._timers)

    def timeout(self, delay: float | None, /) -> "FrozenDeadline":
        """Return a context that raises TimeoutError once so many seconds have passed.

        Args:
            delay: Seconds from now; None for no end.
        """
        return FrozenDeadline(self, None if delay is None else self._now + delay)

    def call_later(self, delay: float, callback: Callable[[], object], /) -> "FrozenTimer":
        """Call a function of the event loop that runs once so many seconds have passed.

        Args:
            delay: Seconds from now.
            callback: The function.
        """
        timer = FrozenTimer(self._timers, self._now + delay, callback)
        if delay <= 0:
            # As asyncio's call_later(): nobody need let time pass for what is due already, as where
            # two limits of a connection end at one moment.
            timer.fire()
        return timer

    def advance(self, seconds: float) -> None:
        """Let time pass. What is due is called or cancelled when its event loop runs next.

        Any thread may call this, such as that of a synchronous test or view.

        Args:
            seconds: How much.

        Raises:
            ValueError: If it is negative.
        """
        if seconds < 0:
            raise ValueError(f"advance({seconds!r}) goes back: time only passes.")
        # Before anything is called, so that all that is due sees the same time.
        self._now += seconds
        # In the order of their times, as a loop calls them; a copy, as firing takes them out.
        for timer in sorted(self._timers, key=lambda timer: timer.when):
            if timer.when <= self._now:
                timer.fire()


class FrozenTimer:
    """What is called when the time of a clock that stands still has come.

    Args:
        waiting: Where it is noted until then.
        when: The time.
        callback: What is called, by the event loop that runs now.
    """

    def __init__(
        self, waiting: "set[FrozenTimer]", when: float, callback: Callable[[], object]
    ) -> None:
        self.when = when
        self._waiting = waiting
        self._callback: Callable[[], object] | None = callback
        # Its connection's, which may be another than that of who moves the clock.
        self._loop = asyncio.get_running_loop()
        # That of whoever sets it, as an event loop's call_later() keeps it.
        self._context = copy_context()
        waiting.add(self)

    def cancel(self) -> None:
        """Do not call it, if that has not happened yet."""
        self._waiting.discard(self)
        # Cancelled between fire() and its call, it is not called: as asyncio's own handles.
        self._callback = None

    def fire(self) -> None:
        """Have it called when its event loop runs next."""
        self._waiting.discard(self)
        # Not called here: callers of advance() may be within what the timer ends, or in another
        # thread. A loop that has ended calls nothing any more, as between two calls of
        # async_to_sync, and must not keep the others from their time.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._call, context=self._context)

    def _call(self) -> None:
        callback, self._callback = self._callback, None
        if callback is not None:
            callback()


class FrozenDeadline:
    """A context that is cancelled when the time of a clock that stands still is over.

    Args:
        clock: The clock.
        when: The time at which it is over; None for never.
    """

    def __init__(self, clock: FrozenClock, when: float | None) -> None:
        # asyncio's own, so that its cancellation, and what comes of two at once, are those of
        # production.
        self._timeout = asyncio.timeout(None)
        self._clock = clock
        self._when = when
        self._timer: FrozenTimer | None = None

    async def __aenter__(self) -> Self:
        """Begin."""
        await self._timeout.__aenter__()
        if self._when is not None:
            self._timer = self._clock.call_later(self._when - self._clock.time(), self._expire)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        """End.

        Raises:
            TimeoutError: If the time was over.
        """
        if self._timer is not None:
            self._timer.cancel()
        await self._timeout.__aexit__(kind, error, trace)

    def expired(self) -> bool:
        """Return whether the time was over."""
        return self._timeout.expired()

    def reschedule(self, when: float | None, /) -> None:
        """Let the time be over at a moment of the event loop, whatever the clock says.

        Args:
            when: The moment; None for never.

        Raises:
            RuntimeError: If it has not begun, or is over.
        """
        self._timeout.reschedule(when)

    def _expire(self) -> None:
        if not self.expired():  # as something else rescheduled it
            # A moment that is now ends it with the next turn of the loop
            # (asyncio.Timeout.reschedule).
            self._timeout.reschedule(asyncio.get_running_loop().time())


__all__ = ["FrozenClock", "FrozenDeadline", "FrozenTimer"]
