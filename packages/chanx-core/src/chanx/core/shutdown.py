"""The end of a server: every connection of the process ends in order, and in time."""

import asyncio
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future
from functools import partial
from typing import Final

from chanx.core.live_sessions import LiveSessions, all_live_sessions, live_sessions
from chanx.core.patience import hurry
from chanx.core.tasks import is_in_event_loop

AFTERMATH: Final = 1.0
"""Seconds for all that comes after the handlers: clients are told, groups are left, hooks run."""


class Drain:
    """The end of all connections that there were when it began, in every event loop.

    Await it, or wait for it in a thread that runs no event loop; or do neither, for it goes on by
    itself.

    Attributes:
        until: When all will have ended or be given up, by ``time.monotonic``.
        has_cut: Whether a handler had not ended in time, and was cancelled.
    """

    __slots__ = ("_ended", "_lock", "_timer", "_waiting", "has_cut", "until")

    def __init__(self) -> None:
        self.until: float = time.monotonic() + AFTERMATH
        self.has_cut: bool = False
        # Of concurrent.futures: loops and threads of the whole process wait for it.
        self._ended: Future[None] = Future()
        self._waiting: set[LiveSessions] = set()
        self._timer: threading.Timer | None = None
        # A signal may come while this thread holds it.
        self._lock = threading.RLock()

    @property
    def is_done(self) -> bool:
        """Whether all have ended, or were given up."""
        return self._ended.done()

    def __await__(self) -> Generator[object, None, None]:
        """Wait until all have ended, or were given up."""
        return asyncio.wrap_future(self._ended).__await__()

    def wait(self, timeout: float | None = None) -> None:
        """Wait in a thread that runs no event loop.

        Args:
            timeout: Seconds; None for as long as it takes.

        Raises:
            TimeoutError: If it took longer.
        """
        self._ended.result(timeout)

    def when_done(self, callback: Callable[[], object]) -> None:
        """Call a function at the end, at once if that is past; in any thread.

        Args:
            callback: The function.
        """
        self._ended.add_done_callback(lambda _: callback())

    def begin(self) -> None:
        """Ask all to end."""
        running = [sessions for sessions in all_live_sessions() if sessions.is_served]
        # All of them before the first is asked, which may have ended by the time that returns.
        self._waiting.update(running)
        # Before anybody is asked to end, as whatever ends asks patience() for how long it may take.
        hurry(self.until)
        for sessions in running:
            sessions.drain(self._postpone, self._note_cut, partial(self._note_end, sessions))
        self._look()
        here = live_sessions() if is_in_event_loop() else None
        # This loop is told in the lines above, and keeps its own time. Others are told through
        # their own call_soon_threadsafe(), which nobody may ever run.
        if any(sessions is not here for sessions in running):
            self._give_up_in_time()

    def _give_up_in_time(self) -> None:
        """Wait for loops of other threads no longer than they may take.

        One that stops before it hears of the end, or is kept by what does not let others run, says
        nothing, and does nothing at that moment.
        """
        # Asked at each turn of the timer, as handlers of other loops may have postponed it.
        left = self.until - time.monotonic()
        with self._lock:
            if self.is_done:
                return
            if left > 0:
                self._timer = threading.Timer(left, self._give_up_in_time)
                # Or the interpreter would wait for it at its end.
                self._timer.daemon = True
                self._timer.start()
                return
            self._waiting.clear()
        self._look()

    def _postpone(self, seconds: float) -> float:
        """Note that handlers get some time, and return by when all is to have ended."""
        with self._lock:
            # Only later, never sooner: the longest drain_timeout of all consumers counts for the
            # process.
            self.until = max(self.until, time.monotonic() + seconds + AFTERMATH)
            # A loop that hears of the end after it was given up still ends its own, but the process
            # has gone on, and nobody would take the bound away again.
            if not self.is_done:
                hurry(self.until)
        return self.until

    def _note_cut(self) -> None:
        self.has_cut = True

    def _note_end(self, sessions: LiveSessions) -> None:
        with self._lock:
            self._waiting.discard(sessions)
        self._look()

    def _look(self) -> None:
        with self._lock:
            if self._waiting or self.is_done:
                return
            # Before whoever waits goes on: what comes after the end is bounded by nothing.
            hurry(None)
            if self._timer is not None:
                self._timer.cancel()
            # Callbacks run here, in whichever thread was last: what they do of a loop goes through
            # call_soon_threadsafe().
            self._ended.set_result(None)


_lock = threading.RLock()
_last: Drain | None = None


def drain() -> Drain:
    """End every connection of the process, in all its event loops, since the server is to stop.

    From now on no further frame is handled. Handlers that run get ``Limits.drain_timeout`` to end,
    and are cancelled then. Each client is told when to come back, another moment for each, by the
    reason of the close frame and, with the setting ``send_reconnect_message``, by a
    :class:`~chanx.messages.ReconnectMessage`; the close code is 1012 (RFC 6455, 7.4; IANA: service
    restart). Groups are left, and ``disconnect`` runs. Who connects meanwhile is refused likewise.

    Servers that are told to stop by a signal need no call of this; see ``docs/production.md``.
    Call it where a server stops otherwise: in a lifespan, or a hook of the server.

    Returns:
        The end, which may be awaited. Where one is under way, that one.

    Example:
        >>> from contextlib import asynccontextmanager
        >>> @asynccontextmanager
        ... async def lifespan(app: object):
        ...     yield
        ...     await drain()
        >>> async def stop() -> bool:
        ...     await drain()
        ...     return drain().is_done
        >>> asyncio.run(stop())
        True
    """
    global _last
    with _lock:
        # A signal, a lifespan and a hook of the server may all ask for it, and wait for the same
        # end.
        if _last is not None and not _last.is_done:
            return _last
        _last = Drain()
        _last.begin()
        return _last


__all__ = ["AFTERMATH", "Drain", "drain"]
