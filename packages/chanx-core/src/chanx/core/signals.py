"""Signals that tell a server to stop: connections end first, and the server hears of it then.

A server that is told to stop closes its connections itself, each in its way: at once and without a
reason (uvicorn), after some seconds (hypercorn), or never (daphne, gunicorn's quick end, the
workers of hypercorn).
"""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, TypeAlias

from chanx.core.left_threads import leave_threads
from chanx.core.loops import when_loop_ends
from chanx.core.shutdown import Drain, drain

Handler: TypeAlias = Callable[[int, Any], Any] | int

SIGNALS: Final = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGQUIT") if hasattr(signal, name)
)
"""What servers are stopped with; gunicorn tells its workers the last when it gets SIGINT."""

MARGIN: Final = 0.1
"""Seconds beyond those of a drain after which the server is told in any case."""

LOOK_EVERY: Final = 1.0
"""Seconds for which connections trust that nobody else has set handlers: asking costs 2 µs, a
tenth of what a connection costs Starlette."""


class SignalChain:
    """Stands before whatever handles these signals.

    What was there is put back when a signal comes: the next one, of somebody who does not want to
    wait, is the server's alone. It is put back when the event loop ends as well.

    SIGTERM alone is also watched where nothing handles it, as in workers of hypercorn, which get it
    twice within a moment; it ends the process when all have ended, and the second says nothing new.
    """

    __slots__ = (
        "_before",
        "_beneath",
        "_end",
        "_is_draining",
        "_is_in_place",
        "_looks_at",
        "_loop",
        "_passed",
        "_process",
    )

    def __init__(self) -> None:
        self._before: dict[int, Handler] = {}
        self._beneath: dict[int, Handler] = {}
        self._end: object = None
        self._is_draining = False
        self._is_in_place = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looks_at = 0.0
        self._passed: Handler | None = None
        self._process = 0

    def watch(self) -> None:
        """Stand before the handlers that there are now, if the main thread serves."""
        now = time.monotonic()
        if now < self._looks_at and self._loop is asyncio.get_running_loop():
            return
        present = signal.getsignal(signal.SIGTERM)
        # `==` and never `is`, here and below: a bound method is a new object each time it is asked
        # for.
        if present == self._heard:
            if self._loop is not None and self._loop.is_closed():
                self._loop = asyncio.get_running_loop()
            self._looks_at = now + LOOK_EVERY
            return
        if present is None or present == self._passed:
            return  # not Python's, or of a server that is told already
        if not callable(present) and present != signal.SIG_DFL:
            return  # ignored
        if threading.current_thread() is not threading.main_thread():
            return  # Python lets no other one set handlers
        self._stand_before(present)

    def _stand_before(self, present: Handler) -> None:
        """Stand before the handler of SIGTERM, and before those of others that a server has."""
        self._loop = asyncio.get_running_loop()
        self._process = os.getpid()
        self._is_draining = False
        known = self._before if self._is_in_place else {}
        beneath = self._beneath if self._is_in_place else {}
        # Who took a signal over may pass it on to what it found there, which is this chain; then
        # it is for whoever was there first.
        self._beneath = {
            number: beneath.get(number, handler)
            for number, handler in known.items()
            if number in beneath or signal.getsignal(number) != self._heard
        }
        self._is_in_place = True
        before = self._before = {signal.SIGTERM: present}
        self._end = when_loop_ends(partial(self._loop_ends, before))
        for number in SIGNALS:
            handler = signal.getsignal(number)
            if handler == self._heard:
                # Somebody took over SIGTERM alone: here it is still ours, and never to be its own.
                handler = known.get(number)
            elif not callable(present):
                continue  # SIGINT is of asyncio.run or of Python then: neither is a server
            if callable(handler) and handler is not signal.default_int_handler:
                before[number] = handler
        for number in before:
            # Not loop.add_signal_handler(), which would take the place of the server's own on the
            # same loop, and does not tell what was there.
            signal.signal(number, self._heard)

    async def _loop_ends(self, before: Mapping[int, Handler]) -> None:
        if before is self._before:  # else it was set anew, for the next server in that loop
            self._put_back()

    def _put_back(self) -> None:
        """Put back what was there, unless others have set handlers meanwhile."""
        self._looks_at = 0.0
        self._is_in_place = False
        for number, handler in self._before.items():
            # Somebody who set a handler after this chain keeps it: to put back what was below would
            # undo it.
            if signal.getsignal(number) == self._heard:
                signal.signal(number, handler)

    def _heard(self, number: int, frame: Any) -> None:
        before = dict(self._before)
        if signal.getsignal(number) != self._heard:
            # Passed on by who took it over, behind which it drains as ever, if it did not before.
            beneath = self._beneath.get(number, before[number] if self._is_draining else None)
            if callable(beneath):
                beneath(number, frame)
                return
        # SIG_DFL is not put back, as the next signal would end the process in the middle of the
        # drain.
        if before[number] != signal.SIG_DFL:
            self._put_back()
        elif self._is_draining:
            return
        self._is_draining = True
        # Who is told already is not stood before again by the next connection, while the server
        # stops.
        self._passed = before.get(signal.SIGTERM)
        loop = self._loop
        # A process that was forked from this one has the handlers, and no loop that runs.
        if loop is None or not loop.is_running() or self._process != os.getpid():
            _pass_on(number, before)
        else:
            # Within the loop, since a handler interrupts whatever holds whichever locks.
            loop.call_soon_threadsafe(self._begin, number, before)

    def _begin(self, number: int, before: Mapping[int, Handler]) -> None:
        assert self._loop is not None
        draining = drain()
        passing = _Passing(self._loop, draining, number, before)
        passing.in_time()
        draining.when_done(passing.soon)


class _Passing:
    """Passes a signal on to the server, once."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        draining: Drain,
        number: int,
        before: Mapping[int, Handler],
    ) -> None:
        self._loop = loop
        self._draining = draining
        self._number = number
        self._before = before
        self._is_passed = False

    def soon(self) -> None:
        """Pass it on, from any thread."""
        self._loop.call_soon_threadsafe(self.once)

    def in_time(self) -> None:
        """Pass it on in any case, within the loop of the main thread, once all should have ended.

        A server that never hears of its signal is worse than a connection that is cut.
        """
        # Asked at each turn of the timer, as handlers of other loops may have postponed it.
        left = self._draining.until + MARGIN - time.monotonic()
        if left > 0:
            self._loop.call_later(left, self.in_time)
        else:
            self.once()

    def once(self) -> None:
        """Pass it on, within the loop of the main thread."""
        if not self._is_passed:
            self._is_passed = True
            # Before the server hears of it: what looks for threads has to be there when its loop
            # ends.
            if self._draining.has_cut:
                leave_threads()
            _pass_on(self._number, self._before)


def _pass_on(number: int, before: Mapping[int, Handler]) -> None:
    # Put back only here, for raise_signal() to do what the system does by default: end the process.
    if before[number] == signal.SIG_DFL:
        signal.signal(number, signal.SIG_DFL)
    handler = before[number]
    if not _is_of_loop(handler):
        # Raised, whoever took it over would pass it on to the chain once more.
        if callable(handler) and signal.getsignal(number) != handler:
            handler(number, None)
        else:
            signal.raise_signal(number)
    elif number != signal.SIGTERM and not _is_of_loop(before[signal.SIGTERM]):
        # gunicorn's workers of uvicorn: they hear SIGQUIT, of which their server knows nothing.
        signal.raise_signal(signal.SIGTERM)


def _is_of_loop(handler: Handler) -> bool:
    """Return whether an event loop has heard the signal itself (``loop.add_signal_handler``)."""
    module: str = getattr(handler, "__module__", None) or ""
    # asyncio sets a function of its own that does nothing, and reads signals from a pipe
    # (signal.set_wakeup_fd): called by us, it would tell the server nothing that it has not heard.
    return module.partition(".")[0] in ("asyncio", "uvloop")


_chain: Final = SignalChain()

watch_signals: Final = _chain.watch
"""Have signals end connections first, if the main thread serves them; most calls do nothing."""


__all__ = ["LOOK_EVERY", "MARGIN", "SIGNALS", "SignalChain", "watch_signals"]
