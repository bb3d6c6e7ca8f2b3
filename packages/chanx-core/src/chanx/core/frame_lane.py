"""The lane of a connection's client frames: one at a time, in the order they come."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import Context, copy_context
from time import monotonic
from typing import Any, Final

from chanx.core.asgi import LAST, Event, is_restart
from chanx.core.cancellation import Guard, LeftBehind
from chanx.core.clock import Clock, Timer, leave_late
from chanx.core.connection import Connection
from chanx.core.inbox import Inbox
from chanx.core.limits import Limits
from chanx.core.lookout import lookouts
from chanx.core.tasks import start

CALM: Final = 16
"""Handlers in a row that have to end without suspending before the lane receives by itself again.
A hop costs 3 µs, and to start a reader as much as four: so handlers of which one in many suspends
have few of both, and those that always do keep their reader."""


class FrameLane:
    """Handles frames in the order of their arrival, and notices the end of the connection at once.

    While nothing is handled, or a handler does not suspend, the lane itself waits for the server:
    no hop between tasks. When a handler suspends, which its loop's :class:`Lookout` finds out, a
    reader task takes over, so that the end of the connection is noticed, and cancels the handler,
    while it runs. It gives the connection back once :data:`CALM` handlers in a row did not suspend
    and nothing waits. (What ``enter`` awaits counts as well: a consumer that joins a group of a
    layer on a network begins with a reader.)

    =========  =============================  =====================================================
    state      who receives                   what moves it on
    =========  =============================  =====================================================
    entering   nobody                         ``enter`` returns: waiting; suspends: ahead
    waiting    the lane                       a frame: handling; the last event: ended
    handling   nobody                         the handler ends: waiting; suspends: ahead
    ahead      the reader, into the inbox     the inbox is full: paused; the last event: ended;
                                              calm, and a frame finds the lane idle: waiting
    paused     nobody                         room: ahead; ``stall_timeout`` passes: refusing
    refusing   the reader, which answers,     room: ahead; the last event: ended
               for ``stall_timeout`` at most
    finishing  the reader, and drops it       the handler ends, or the last event: ended
    lost       whoever did, and drops it      the last event, or ``close_timeout``: ended
    ended      nobody                         the handler is cancelled, unless it ends the lane
    =========  =============================  =====================================================

    ``lost`` is entered when sending fails, ``finishing`` by :meth:`finish` where a handler runs,
    ``ended`` also by :meth:`stop`, from each of the others. Where the last event says that the
    server stops, and nobody else did, the handler gets ``drain_timeout`` before it is cancelled.
    The tests of each row, in ``tests/core/test_frame_lane.py``, begin with its name.

    Args:
        connection: The connection; its receive is never called twice at once, nor timed out.
        handle: Handles one frame.
        refuse: Answers a frame for which there is no room.
        limits: What is read ahead of the frame being handled; for how long reading pauses when
            that is too much, and an answer to what is refused then waits; how long a cancelled
            handler may take to end, and a server to say how a connection ended whose client is
            known to be gone.
        clock: The time by which reading pauses, a handler is waited for where the server stops, and
            the last event of a client that is gone.
        enter: Awaited before the first frame is handled, and cancelled like a handler.
        on_left: Called when a handler did not end in that time and is left behind.
    """

    __slots__ = (
        "_ahead",
        "_calm",
        "_clock",
        "_connection",
        "_context",
        "_dropped",
        "_enter",
        "_handle",
        "_is_armed",
        "_is_busy",
        "_is_cancelled",
        "_is_finishing",
        "_is_lost",
        "_last",
        "_limits",
        "_lookout",
        "_on_left",
        "_reader",
        "_refuse",
        "_task",
        "_timer",
        "_wakeup",
        "is_stopped",
    )

    def __init__(
        self,
        connection: Connection,
        handle: Callable[[Event], Awaitable[object]],
        *,
        refuse: Callable[[Event], Awaitable[None]],
        limits: Limits,
        clock: Clock,
        enter: Callable[[], Awaitable[None]],
        on_left: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._handle = handle
        self._refuse = refuse
        self._limits = limits
        self._clock = clock
        self._enter = enter
        self._on_left = on_left
        self._lookout = lookouts.get()
        self._context: Context | None = None
        self._timer: Timer | None = None
        # What the reader has read; None where the lane receives by itself.
        self._ahead: Inbox | None = None
        self._calm = 0
        self._reader: asyncio.Task[None] | None = None
        self._task: asyncio.Task[Any] | None = None
        self._wakeup: asyncio.Future[None] | None = None
        self._last: Event | None = None
        self._is_busy = False
        self._is_armed = False
        self._is_cancelled = False
        self._is_lost = False
        self._is_finishing = False
        self._dropped = 0
        self.is_stopped: bool = False

    async def run(self) -> Event | None:
        """Handle frames until the last event or :meth:`stop`, in the task that calls this.

        Returns:
            The last event; None if the lane was stopped before it came.
        """
        task = self._task = asyncio.current_task()
        assert task is not None
        try:
            await Guard(self._handle_all(), self._limits.close_timeout, self._on_left)
            if self._is_cancelled:
                # If the handler ended before the cancellation came, it comes here.
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            # Of our own the task goes on; whether somebody else cancelled it too, the count below
            # says.
            if not self._is_cancelled:
                raise
        except LeftBehind:
            # A handler whose time was over stops the lane, whose task nobody cancels for that.
            if not self._is_cancelled and (task.cancelling() or not self.is_stopped):
                raise asyncio.CancelledError from None
        finally:
            # The end of the connection cancels nothing of what comes after the lane.
            self._task = None
            if self._timer is not None:
                self._timer.cancel()
        # Our own cancellation is taken back; one that is left is somebody else's, and goes on.
        if self._is_cancelled and task.uncancel() > 0:
            raise asyncio.CancelledError
        return self._last

    def stop(self) -> None:
        """Handle no further frame; a handler is cancelled, unless it is the caller."""
        self.is_stopped = True
        # A handler that stops the lane it runs in may finish: the loop below looks at is_stopped.
        if self._task is not None and self._task is not asyncio.current_task():
            self._cancel()

    def lost(self) -> None:
        """Handle no further frame, as nobody hears; only the last event is still waited for."""
        if self._task is not None and not self.is_stopped:
            self._is_lost = True
            self._drop()
            self._timer = self._clock.call_later(self._limits.close_timeout, self.stop)

    def finish(self) -> None:
        """Handle no further frame; a handler may come to its end, which is that of the lane."""
        # Where nothing is handled, the lane waits in receive(), and only a cancellation ends that.
        if self._task is None or not self._is_busy:
            self.stop()
        elif not self.is_stopped:
            self._is_finishing = True
            self._drop()

    def _drop(self) -> None:
        self.is_stopped = True
        # Before the inbox forgets them: observers are told how many there were.
        self._dropped = self.unhandled
        if self._ahead is not None:
            self._ahead.clear()
        self._wake()

    def _cancel(self) -> None:
        """Cancel what the lane waits for, as ``asyncio.timeout`` does: the task itself goes on."""
        # Once, however many ask for it: run() takes one cancellation back.
        if self._task is not None and not self._is_cancelled:
            self._is_cancelled = True
            self._task.cancel()

    @property
    def unhandled(self) -> int:
        """How many frames were read and are not handled, nor ever will be once the lane ended."""
        return self._dropped + (0 if self._ahead is None else len(self._ahead))

    @property
    def waiting(self) -> int:
        """How many frames were read and wait for the handler before them."""
        return 0 if self._ahead is None else len(self._ahead)

    @property
    def is_idle(self) -> bool:
        """Whether everything that came is handled."""
        return not self._is_busy and not self._ahead

    def tasks(self) -> "list[asyncio.Task[Any]]":
        """Return the lane's own task that may still run, which reads ahead."""
        return [] if self._reader is None else [self._reader]

    async def _handle_all(self) -> None:
        handle = self._handle
        # What stands before the server's (Watch, Questions) was put there before the lane began.
        receive = self._connection.receive
        lookout = self._lookout
        # Of the connection's own context, since the reader calls what surrounds the application.
        self._context = copy_context()
        self._is_busy = self._is_armed = True
        lookout.add(self)
        await self._enter()
        self._is_busy = False
        while not self.is_stopped and self._last is None:
            # Between two frames, where nothing is half done. The moment is that of this turn only
            # where the lane is armed.
            # As is_over() says, which costs a call for each frame of a burst.
            if self._is_armed and monotonic() > lookout.turn_ends_at:
                await asyncio.sleep(0)
            event = await (receive() if self._ahead is None else self._next(self._ahead))
            if event["type"] == LAST:
                self._note_last(event)
                return
            if self.is_stopped:  # while it came
                break
            self._is_busy = True
            if not self._is_armed:
                self._is_armed = True
                lookout.add(self)
            await handle(event)
            self._is_busy = False
        # Only the server knows with which code the client went, which disconnect() is told.
        while self._is_lost and self._last is None:
            event = await (receive() if self._ahead is None else self._next(self._ahead))
            if event["type"] == LAST:
                self._note_last(event)

    def look_ahead(self) -> None:
        """Start to read ahead if the handler has suspended, as it has if the lane is busy now."""
        self._is_armed = False
        # Lost and finishing are stopped as well, but somebody has still to notice the last event.
        is_ended = self.is_stopped and not (self._is_lost or self._is_finishing)
        if not self._is_busy:
            return
        self._calm = 0
        if self._ahead is None and not is_ended:
            self._ahead = Inbox(self._limits)
            self._reader = start(self._read(self._ahead), self._context)

    async def _next(self, ahead: Inbox) -> Event:
        while not ahead:
            # Where the server stops, the reader cancels nothing at first, and ends: nobody would
            # wake a lane that goes to sleep now before drain_timeout is over.
            if self._last is not None:
                return self._last
            if self._reader is None:
                # The frame with which it gave the connection back was dropped meanwhile.
                self._ahead = None
                return await self._connection.receive()
            # It ends with the last event, or raises what the server's receive raises: here.
            if self._reader.done():
                await self._reader
            await self._sleep()
        # The reader sleeps only where the inbox is full, so it is woken only where that ends.
        was_full = ahead.is_full
        event = ahead.take()
        if was_full and not ahead.is_full:
            self._wake()
        # It counts as calm until look_ahead() finds that its handler has suspended.
        self._calm += 1
        if self._reader is None:  # it gave the connection back with this frame
            self._ahead = None
        return event

    async def _read(self, ahead: Inbox) -> None:
        try:
            while True:
                event = await self._connection.receive()
                if event["type"] == LAST:
                    self._note_last(event)
                    if is_restart(event) and not self._is_finishing:
                        delay = self._limits.drain_timeout
                        self._timer = self._clock.call_later(delay, self._cancel)
                    elif self._connection.close_code is None:
                        # Else it answers our own close, and whoever closed may finish.
                        self._cancel()
                    return
                if self.is_stopped:
                    self._dropped += self._is_finishing
                    continue
                if self._calm >= CALM and self.is_idle:
                    # Nobody may receive now but the lane, and it takes this frame first.
                    self._reader = None
                    ahead.put(event)
                    return
                await self._keep(ahead, event)
                del event  # or it would be kept until the next one comes
                # Some servers do not suspend while frames are queued (uvicorn), and nobody else
                # would run.
                if self._lookout.is_over():
                    await asyncio.sleep(0)
        finally:
            self._wake()

    async def _keep(self, ahead: Inbox, event: Event) -> None:
        if ahead.is_full:
            # So it has been for stall_timeout. Not to read would hide the end of the connection,
            # and the pongs by which servers know that their clients live.
            await self._answer(ahead.cut(event))
            return
        ahead.put(event)
        self._wake()
        if ahead.is_full:
            with suppress(TimeoutError):
                async with self._clock.timeout(self._limits.stall_timeout):
                    while ahead.is_full:
                        await self._sleep()

    async def _answer(self, event: Event) -> None:
        # Behind what the client does not read, and not for ever: hypercorn's send, which finds the
        # client gone, waits for room in a queue that only this reader empties.
        await leave_late(self._refuse(event), self._clock, self._limits.stall_timeout)

    def _note_last(self, event: Event) -> None:
        self._last = event
        # Before its handler is cancelled: what that sends as it ends is for nobody.
        self._connection.lost()

    async def _sleep(self) -> None:
        """Wait for the other side, which is never asleep at the same time."""
        self._wakeup = asyncio.get_running_loop().create_future()
        await self._wakeup

    def _wake(self) -> None:
        if self._wakeup is not None and not self._wakeup.done():
            self._wakeup.set_result(None)


__all__ = ["CALM", "FrameLane"]
