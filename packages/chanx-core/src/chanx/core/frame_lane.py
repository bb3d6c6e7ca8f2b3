"""The lane of a connection's client frames: one at a time, in the order they come."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

from chanx.core.asgi import Event
from chanx.core.cancellation import Guard, LeftBehind
from chanx.core.connection import Connection

LAST: Final = "websocket.disconnect"


class FrameLane:
    """Handles frames in the order of their arrival, and notices the end of the connection at once.

    While nothing is handled, or a handler does not suspend, the lane itself waits for the server:
    no hop between tasks. The first time a handler suspends, a reader task takes over, so that the
    end of the connection is noticed, and cancels the handler, while it runs.

    Args:
        connection: The connection; its receive is never called twice at once, nor timed out.
        handle: Handles one frame.
        capacity: Frames that are read ahead of the one being handled; then reading pauses.
        prelude: Awaited before the first frame is handled, and cancelled like a handler.
        patience: Seconds that a cancelled handler may take to end, and a server to say how a
            connection ended whose client is known to be gone.
        on_left: Called when a handler did not end in that time and is left behind.
    """

    __slots__ = (
        "_ahead",
        "_capacity",
        "_connection",
        "_handle",
        "_is_armed",
        "_is_busy",
        "_is_cancelled",
        "_is_lost",
        "_last",
        "_on_left",
        "_patience",
        "_prelude",
        "_reader",
        "_task",
        "_timer",
        "_wakeup",
        "is_stopped",
    )

    def __init__(
        self,
        connection: Connection,
        handle: Callable[[Event], Awaitable[None]],
        *,
        capacity: int,
        prelude: Callable[[], Awaitable[None]],
        patience: float,
        on_left: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._handle = handle
        self._capacity = capacity
        self._prelude = prelude
        self._patience = patience
        self._on_left = on_left
        self._timer: asyncio.TimerHandle | None = None
        self._ahead: deque[Event] | None = None
        self._reader: asyncio.Task[None] | None = None
        self._task: asyncio.Task[Any] | None = None
        self._wakeup: asyncio.Future[None] | None = None
        self._last: Event | None = None
        self._is_busy = False
        self._is_armed = False
        self._is_cancelled = False
        self._is_lost = False
        self.is_stopped: bool = False

    async def run(self) -> Event | None:
        """Handle frames until the last event or :meth:`stop`, in the task that calls this.

        Returns:
            The last event; None if the lane was stopped before it came.
        """
        task = self._task = asyncio.current_task()
        assert task is not None
        try:
            await Guard(self._handle_all(), self._patience, self._on_left)
            if self._is_cancelled:
                # If the handler ended before the cancellation came, it comes here.
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            if not self._is_cancelled:
                raise
        except LeftBehind:
            if not self._is_cancelled:
                raise asyncio.CancelledError from None
        finally:
            # The end of the connection cancels nothing of what comes after the lane.
            self._task = None
            if self._timer is not None:
                self._timer.cancel()
        if self._is_cancelled and task.uncancel() > 0:
            raise asyncio.CancelledError
        return self._last

    def stop(self) -> None:
        """Handle no further frame; a handler is cancelled, unless it is the caller."""
        self.is_stopped = True
        if self._task is not None and self._task is not asyncio.current_task():
            self._cancel()

    def lost(self) -> None:
        """Handle no further frame, as nobody hears; only the last event is still waited for."""
        if self._task is not None and not self.is_stopped:
            self._is_lost = self.is_stopped = True
            if self._ahead is not None:
                self._ahead.clear()
            self._wake()
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._patience, self.stop)

    def _cancel(self) -> None:
        """Cancel what the lane waits for, as ``asyncio.timeout`` does: the task itself goes on."""
        if self._task is not None and not self._is_cancelled:
            self._is_cancelled = True
            self._task.cancel()

    @property
    def is_idle(self) -> bool:
        """Whether everything that came is handled."""
        return not self._is_busy and not self._ahead

    def tasks(self) -> "list[asyncio.Task[Any]]":
        """Return the lane's own task that may still run, which reads ahead."""
        return [] if self._reader is None else [self._reader]

    async def _handle_all(self) -> None:
        handle = self._handle
        receive = self._connection.receive
        call_soon = asyncio.get_running_loop().call_soon
        self._is_busy = self._is_armed = True
        call_soon(self._look_ahead)
        await self._prelude()
        self._is_busy = False
        while not self.is_stopped and self._last is None:
            event = await (receive() if self._reader is None else self._next())
            if event["type"] == LAST:
                self._note_last(event)
                return
            self._is_busy = True
            if not self._is_armed and self._reader is None:
                # Runs only once the handler suspends; a handler that does not costs no task.
                self._is_armed = True
                call_soon(self._look_ahead)
            await handle(event)
            self._is_busy = False
        while self._is_lost and self._last is None:
            event = await (receive() if self._reader is None else self._next())
            if event["type"] == LAST:
                self._note_last(event)

    def _look_ahead(self) -> None:
        self._is_armed = False
        is_ended = self.is_stopped and not self._is_lost
        if self._is_busy and self._reader is None and not is_ended:
            self._ahead = deque()
            self._reader = asyncio.create_task(self._read())

    async def _next(self) -> Event:
        assert self._ahead is not None
        while not self._ahead:
            if self._reader is not None and self._reader.done():
                await self._reader
            await self._sleep()
        event = self._ahead.popleft()
        if len(self._ahead) == self._capacity - 1:
            self._wake()
        return event

    async def _read(self) -> None:
        assert self._ahead is not None
        try:
            while True:
                event = await self._connection.receive()
                if event["type"] == LAST:
                    self._note_last(event)
                    if self._connection.close_code is None:
                        # Else it answers our own close, and whoever closed may finish.
                        self._cancel()
                    return
                if self._is_lost:
                    continue
                self._ahead.append(event)
                self._wake()
                while len(self._ahead) >= self._capacity:
                    await self._sleep()
        finally:
            self._wake()

    def _note_last(self, event: Event) -> None:
        self._last = event
        self._connection.lost()

    async def _sleep(self) -> None:
        """Wait for the other side, which is never asleep at the same time."""
        self._wakeup = asyncio.get_running_loop().create_future()
        await self._wakeup

    def _wake(self) -> None:
        if self._wakeup is not None and not self._wakeup.done():
            self._wakeup.set_result(None)


__all__ = ["FrameLane"]
