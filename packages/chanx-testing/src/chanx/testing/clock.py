"""A clock that stands still until its test moves it."""

import asyncio
from types import TracebackType
from typing import Self


class FrozenClock:
    """The time of connections and layers, which passes when the test says so.

    A communicator that is given one has its connection count by it: the rate of
    ``Limits.max_messages_per_second``, ``handshake_timeout`` and ``close_timeout``. A
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
        self._running: set[FrozenDeadline] = set()

    def time(self) -> float:
        """Return the time in seconds."""
        return self._now

    def timeout(self, delay: float | None, /) -> "FrozenDeadline":
        """Return a context that raises TimeoutError once so many seconds have passed.

        Args:
            delay: Seconds from now; None for no end.
        """
        return FrozenDeadline(self._running, None if delay is None else self._now + delay)

    def advance(self, seconds: float) -> None:
        """Let time pass. What is due is cancelled when its event loop runs next.

        Any thread may call this, such as that of a synchronous test or view.

        Args:
            seconds: How much.

        Raises:
            ValueError: If it is negative.
        """
        if seconds < 0:
            raise ValueError(f"advance({seconds!r}) goes back: time only passes.")
        self._now += seconds
        for deadline in [*self._running]:
            deadline.expire_by(self._now)


class FrozenDeadline:
    """A context that is cancelled when the time of a clock that stands still is over.

    Args:
        running: Where it is noted while it runs.
        when: The time at which it is over; None for never.
    """

    def __init__(self, running: "set[FrozenDeadline]", when: float | None) -> None:
        self._timeout = asyncio.timeout(None)
        self._running = running
        self._when = when
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __aenter__(self) -> Self:
        """Begin."""
        await self._timeout.__aenter__()
        self._loop = asyncio.get_running_loop()
        self._running.add(self)
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
        self._running.discard(self)
        self._loop = None
        await self._timeout.__aexit__(kind, error, trace)

    def expired(self) -> bool:
        """Return whether the time was over."""
        return self._timeout.expired()

    def expire_by(self, now: float) -> None:
        """Cancel what runs in the context if the time is over.

        Args:
            now: The clock's time.
        """
        loop = self._loop
        if loop is not None and self._when is not None and self._when <= now:
            self._running.discard(self)
            loop.call_soon_threadsafe(self._expire)

    def _expire(self) -> None:
        if self._loop is not None:
            self._timeout.reschedule(self._loop.time())


__all__ = ["FrozenClock", "FrozenDeadline"]
