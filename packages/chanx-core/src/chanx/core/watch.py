"""The times of one connection: silence, heartbeats, age and handlers, by one timer."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from types import TracebackType
from typing import Final, TypeAlias

from chanx.core.asgi import Event, Receive
from chanx.core.clock import Clock, Timer
from chanx.core.close_codes import CloseCode
from chanx.core.errors import ChanxError
from chanx.core.limits import Limits

JITTER: Final = 0.1
"""The part of ``max_connection_age`` within which chance decides, so that connections that began
together do not come back together."""


class HandlerTimeout(ChanxError):
    """A handler or hook took longer than ``Limits.handler_timeout``, and was cancelled."""


class Watch:
    """Ends a connection, or what runs on it, when the time for that has come.

    There is one timer, for what is due first. A frame only moves the moment at which the client
    was heard last; the timer looks at that when it goes off, and is set again.

    =========  =============================  =====================================================
    state      what the timer waits for       what moves it on
    =========  =============================  =====================================================
    heard      ``heartbeat`` of silence       it passes: asked
    asked      as long again                  a frame: heard; it passes: ended with 4510
    any        ``idle_timeout`` of silence    it passes: ended with 4510
    any        the end of the greatest age    it comes: ended with 4511
    any        the authentication's end and   it comes: ended with 4401; ``renew``: looks again
               ``authentication_grace``
    any        the first handler's time       it is over: that handler is cancelled
    ended      nothing
    =========  =============================  =====================================================

    Each row has a test in ``chanx/testing/contract/times.py``.

    Args:
        limits: The times.
        clock: Tells them.
        ask: Sends the client a ping; returns at once.
        end: Ends the connection with a close code.
    """

    __slots__ = (
        "_ages_at",
        "_ask",
        "_asked_at",
        "_clock",
        "_end",
        "_expires_at",
        "_handlers",
        "_heard_at",
        "_limits",
        "_timer",
        "_timer_at",
        "has_expired",
    )

    def __init__(
        self,
        limits: Limits,
        clock: Clock,
        *,
        ask: Callable[[], object],
        end: Callable[[CloseCode], object],
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._ask: Callable[[], object] | None = ask
        self._end: Callable[[CloseCode], object] | None = end
        self._heard_at = clock.time()
        self._asked_at: float | None = None
        self._ages_at: float | None = None
        # From here and not from begin(): a handshake that took its time is a part of the age.
        if (age := limits.max_connection_age) is not None:
            self._ages_at = self._heard_at + age * random.uniform(1 - JITTER, 1)
        self._expires_at: float | None = None
        self._handlers: dict[asyncio.Timeout, float] = {}
        self._timer: Timer | None = None
        self._timer_at = 0.0
        self.has_expired: bool = False
        """Whether a handler's time was over."""

    @staticmethod
    def is_needed(limits: Limits) -> bool:
        """Return whether limits have any of the times that are kept here.

        Args:
            limits: The limits.
        """
        return not (
            limits.idle_timeout
            is limits.heartbeat
            is limits.max_connection_age
            is limits.handler_timeout
            is None
        )

    def hearing(self, receive: Receive) -> Receive:
        """Return the server's receive, which notes when the client was heard.

        That is asked for the next frame as soon as one has come.

        Args:
            receive: The server's receive.
        """
        if self._limits.idle_timeout is None and self._limits.heartbeat is None:
            return receive
        now = self._clock.time

        # Not a coroutine function: each frame would cost one more. Nor a timer set anew for each
        # frame, which is what moving a number is for.
        def hear() -> Awaitable[Event]:
            self._heard_at = now()
            return receive()

        return hear

    def begin(self) -> None:
        """Begin, once the connection is accepted."""
        # A handshake is not silence.
        self._heard_at = self._clock.time()
        self._set()

    def renew(self, seconds: float | None) -> None:
        """Take another time at which the authentication ends.

        Args:
            seconds: How long it is good from now on; None for ever.
        """
        grace = self._limits.authentication_grace
        self._expires_at = None if seconds is None else self._clock.time() + seconds + grace
        self._set()

    def stop(self) -> None:
        """Watch nothing any more, and refer to nobody."""
        # First: cancel() does nothing to a callback that is running, and _set() looks at this.
        self._ask = self._end = None
        self._handlers.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def handling(self) -> "HandlerTime":
        """Return a context for a handler, which is cancelled when its time is over."""
        return HandlerTime(self, self._limits.handler_timeout)

    def enter(self, deadline: asyncio.Timeout, seconds: float) -> None:
        """Note what is to be cancelled when its time is over.

        Args:
            deadline: Cancels it, when it is rescheduled.
            seconds: Its time, the same for all.
        """
        until = self._handlers[deadline] = self._clock.time() + seconds
        # One that goes off sooner sets itself again then: most handlers cost no timer at all.
        if self._timer is None or self._timer_at > until:
            self._set()

    def leave(self, deadline: asyncio.Timeout) -> None:
        """Forget what has ended in time."""
        # The timer stays as it is: at worst it goes off for nothing, and sets itself for what is
        # due then. pop(), as _look() has taken out one whose time is over.
        self._handlers.pop(deadline, None)

    def _set(self) -> None:
        """Set the timer for what is due first."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        # A handler that enters while the connection ends is cancelled with it, and needs no time.
        if self._end is None:
            return
        due = min(self._dues(), default=None)
        if due is not None:
            self._timer_at = due
            self._timer = self._clock.call_later(max(due - self._clock.time(), 0), self._look)

    def _dues(self) -> Iterator[float]:
        limits = self._limits
        if limits.idle_timeout is not None:
            yield self._heard_at + limits.idle_timeout
        if limits.heartbeat is not None:
            # As in _over(), which knows whether the client has answered meanwhile: this may only be
            # too early, and then the timer is set again.
            since = self._heard_at if self._asked_at is None else self._asked_at
            yield since + limits.heartbeat
        if self._ages_at is not None:
            yield self._ages_at
        if self._expires_at is not None:
            yield self._expires_at
        # All have the same time, so that the first is due first.
        yield from list(self._handlers.values())[:1]

    def _look(self) -> None:
        self._timer = None
        now = self._clock.time()
        code = self._over(now)
        if code is not None and self._end is not None:
            # Stopped first, so that nothing else becomes due while the connection ends.
            end = self._end
            self.stop()
            end(code)
            return
        loop = asyncio.get_running_loop()
        for deadline, until in [*self._handlers.items()]:
            if until <= now:
                del self._handlers[deadline]
                self.has_expired = True
                # Over by the loop's time, which is what asyncio.Timeout counts by, while `until` is
                # of the clock that a test may hold still.
                deadline.reschedule(loop.time())
        self._set()

    def _over(self, now: float) -> CloseCode | None:
        """Return why the connection is over; ask the client, if it is time to."""
        limits = self._limits
        # Of several that are over at once the first here counts: 4401 asks for new credentials,
        # without which coming back is no use; 4511 comes before 4510, as a client of that age has
        # done nothing wrong.
        if self._expires_at is not None and self._expires_at <= now:
            return CloseCode.UNAUTHORIZED
        if self._ages_at is not None and self._ages_at <= now:
            return CloseCode.AGED
        if limits.idle_timeout is not None and self._heard_at + limits.idle_timeout <= now:
            return CloseCode.SILENT
        if limits.heartbeat is None:
            return None
        if self._asked_at is not None and self._heard_at >= self._asked_at:
            self._asked_at = None
        since = self._heard_at if self._asked_at is None else self._asked_at
        if since + limits.heartbeat > now:
            return None
        if self._asked_at is not None:
            return CloseCode.SILENT
        # Before it is asked: where the ping fails at once, silence is counted all the same.
        self._asked_at = now
        if self._ask is not None:
            self._ask()
        return None


class HandlerTime:
    """A context that is cancelled when a handler's time is over.

    Args:
        watch: Tells when that is.
        seconds: The time; None for any.
    """

    __slots__ = ("_deadline", "_seconds", "_watch")

    def __init__(self, watch: Watch, seconds: float | None) -> None:
        self._watch = watch
        self._seconds = seconds
        # Without a time of its own, so that it has no timer.
        self._deadline = asyncio.timeout(None)

    async def __aenter__(self) -> None:
        await self._deadline.__aenter__()
        if self._seconds is not None:
            self._watch.enter(self._deadline, self._seconds)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End.

        Raises:
            HandlerTimeout: If the time was over.
        """
        # First: a deadline that was left cannot be rescheduled (RuntimeError).
        self._watch.leave(self._deadline)
        try:
            await self._deadline.__aexit__(kind, error, trace)
        except TimeoutError:
            raise HandlerTimeout(
                f"It took longer than the {self._seconds:g} s of Limits.handler_timeout."
            ) from None


Handling: TypeAlias = Callable[[], HandlerTime]
"""Returns a context for as long as a handler runs."""


__all__ = ["JITTER", "HandlerTime", "HandlerTimeout", "Handling", "Watch"]
