"""What runs for one connection: its two lanes, the handlers beside them, and how it all stops."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from chanx.core.background import Background
from chanx.core.clock import Clock
from chanx.core.frame_lane import FrameLane
from chanx.core.patience import patience
from chanx.core.runner import Runner
from chanx.core.subscriber import Subscriber
from chanx.core.tasks import start, wait_through


class Activity:
    """Everything that runs for one connection, beside the session that serves it.

    Args:
        runner: Has the handlers that run beside the lanes.
        background: The consumer's own tasks, and handlers that finish once they began.
        subscriber: Has the lane of events, once there is one.
        clock: The time by which handlers are waited for.
        close_timeout: Seconds that what is cancelled may take to end.

    Attributes:
        background: The consumer's own tasks, and handlers that finish once they began.
        frames: The lane of frames; None before the connection is accepted, and after its end.
    """

    __slots__ = (
        "_clock",
        "_close_timeout",
        "_closer",
        "_runner",
        "_subscriber",
        "_telling",
        "background",
        "frames",
    )

    def __init__(
        self,
        runner: Runner,
        background: Background,
        subscriber: Subscriber,
        clock: Clock,
        close_timeout: float,
    ) -> None:
        self.background: Background = background
        self._runner = runner
        self._subscriber = subscriber
        self._clock = clock
        self._close_timeout = close_timeout
        self._closer: asyncio.Task[Any] | None = None
        self._telling: asyncio.Task[object] | None = None
        self.frames: FrameLane | None = None

    @property
    def is_entered(self) -> bool:
        """Whether what follows the accept is done: groups joined, ``post_authentication`` run."""
        # The lane is busy while it enters, so that its first idleness says that entering is done.
        return self.frames is not None and self.frames.is_idle

    @property
    def is_idle(self) -> bool:
        """Whether the handshake is done and everything that arrived since is handled."""
        events = self._subscriber.lane
        runner = self._runner
        is_handled = not runner.tasks and not runner.shielded
        return self.is_entered and (events is None or events.is_idle) and is_handled

    @property
    def is_finishing(self) -> bool:
        """Whether handlers run that finish once they began, whatever ends the connection."""
        return bool(self._runner.shielded)

    def tell(self, send: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Send the client something of the engine's own in a task, unless the last is still there.

        Args:
            send: Sends it, behind whatever waits for the client, which may read nothing.
        """
        # One at a time: a client that reads nothing would else have a task more for each ping.
        if self._telling is None or self._telling.done():
            self._telling = start(send())

    def note_closed(self) -> None:
        """Handle nothing further, since the task that calls this has closed the connection."""
        self._closer = asyncio.current_task()
        # Not cancelled here: the caller may be its task, and may finish. The session stops the
        # rest.
        if self._subscriber.lane is not None:
            self._subscriber.lane.is_stopped = True
        if self.frames is not None:
            self.frames.stop()

    def note_lost(self) -> None:
        """Handle nothing further, since sending has shown that the client is gone."""
        if self.frames is not None:
            # Not stopped: the server alone knows the code with which the client went, and says it
            # in its last event, for which the lane still waits.
            self.frames.lost()

    async def finish(self, seconds: float) -> None:
        """Let the handlers that run beside the lane of frames come to their end.

        Args:
            seconds: For how long at most.
        """
        # No event begins any more, or there might be no end to those that are waited for.
        lane = self._subscriber.lane
        if lane is not None:
            lane.is_stopped = True
        runner = self._runner
        # The consumer's own tasks (Background) are none of these: they have no end of their own,
        # and would use up the time of a server that stops.
        tasks: set[asyncio.Task[Any]] = {*(runner.tasks or ()), *(runner.shielded or ())}
        tasks.update([] if lane is None else lane.tasks())
        if tasks:
            with suppress(TimeoutError):
                async with self._clock.timeout(seconds):
                    # Where the time is over it cancels none of them, as gather() would.
                    await asyncio.wait(tasks)

    async def stop(self) -> None:
        """Cancel what still runs, and wait until it has ended, or is left behind."""
        tasks: set[asyncio.Task[Any]] = set(self._runner.tasks or ())
        if self._telling is not None:
            tasks.add(self._telling)
        # Stopped before their tasks are cancelled, or a lane whose task ends would begin another
        # one for what still waits.
        for lane in (self.frames, self._subscriber.lane):
            if lane is not None:
                lane.is_stopped = True
                tasks.update(lane.tasks())
        # A handler that closed the connection may finish what it does after that.
        closer = self._closer if self._closer in tasks else None
        tasks.discard(self._closer)
        # A task of the consumer's own ends with the connection, whoever closed it.
        tasks.update(self.background.stop())
        for task in tasks:
            task.cancel()
        if tasks:
            # Those that go on all the same are left behind by their guards, which takes as long.
            await wait_through(tasks, 2 * patience(self._close_timeout))
        if closer is not None:
            # Not cancelled, since what a handler does after close() is a part of it; and without a
            # bound but its own, handler_timeout. What it raises is logged where it runs.
            await asyncio.gather(closer, return_exceptions=True)

    def release(self) -> None:
        """Let go of what refers to the connection in circles."""
        self.frames = None
        self.background.release()
        del self._runner


__all__ = ["Activity"]
