"""The connections that are being served: how many, whose, and the end of them all.

ASGI has no word for a server that stops its event loop and leaves its connections as they are.
uvicorn and hypercorn end or cancel every connection on SIGTERM; daphne 4.2 means to, but fails
before it does, and its process then goes to its end with handlers suspended, groups joined and no
``disconnect`` called.
"""

import asyncio
import atexit
import random
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final, NamedTuple, Protocol

from chanx.core.connection import Connection
from chanx.core.loops import PerLoop

PATIENCE: Final = 10.0
"""Seconds that connections may take at the end of the process, all together."""


class Waiting(NamedTuple):
    """What waits within a connection.

    Attributes:
        incoming: Frames of the client that were read, and wait for the handler before them.
        outgoing: Replies, broadcasts and events behind the frame that the client is to read.
    """

    incoming: int
    outgoing: int


class LiveSession(Protocol):
    """A connection that is being served, from its handshake to its end."""

    @property
    def connection(self) -> Connection:
        """The connection: its scope, its state, its channel."""
        ...

    @property
    def consumer(self) -> Any:
        """The consumer's instance, which is any class that a project writes."""
        ...

    @property
    def user(self) -> Any:
        """Who is connected, as the consumer says; None if nobody is known."""
        ...

    @property
    def waiting(self) -> Waiting:
        """What waits within it."""
        ...

    def end_with(self, code: int, reason: str = "", *, retry_after: float | None = None) -> None:
        """End it, from within its event loop: it is told, and its handlers are cancelled.

        Args:
            code: The close code.
            reason: For the client; an empty one for what the table of close codes says.
            retry_after: Seconds after which the client is to come back, told behind the reason;
                None for none, unless the reason is empty, and the code is one after which many
                may come back at once: then a moment that chance decides.
        """
        ...

    def drain(self, on_cut: Callable[[], object]) -> float:
        """End it once its handlers have ended, from within its event loop.

        Args:
            on_cut: Called when handlers had not ended in time.

        Returns:
            The seconds that they get.
        """
        ...


Predicate = Callable[[LiveSession], bool]


def _nothing() -> None:
    """Stand for whoever would be told."""


class LiveSessions:
    """The sessions of one event loop.

    Example:
        >>> async def log_out(name: str) -> int:
        ...     leaving = live_sessions().of_user(name)
        ...     for session in leaving:
        ...         session.end_with(4401)
        ...     return len(leaving)
        >>> asyncio.run(log_out("ada"))
        0
    """

    __slots__ = ("_loop", "_on_cut", "_on_drained", "_stays", "_tasks")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        # With the server's task, as a loop that has stopped hears of nothing but its cancellation.
        self._tasks: dict[LiveSession, asyncio.Task[Any]] = {}
        # While they are drained: those that were there, and who is told.
        self._stays: set[LiveSession] | None = None
        self._on_cut: Callable[[], object] = _nothing
        self._on_drained: Callable[[], object] = _nothing

    @property
    def is_served(self) -> bool:
        """Whether there are any, and their event loop runs."""
        return bool(self._tasks) and self._loop.is_running()

    def add(self, session: LiveSession, task: "asyncio.Task[Any]") -> None:
        """Note a session, when it begins.

        Args:
            session: The session.
            task: The server's task, which serves it.
        """
        self._tasks[session] = task
        if self._stays is not None:
            # The handshake is still to come, and is refused with 1012: whoever comes now is told to
            # come back as those are who were here.
            session.drain(self._on_cut)

    def discard(self, session: LiveSession) -> None:
        """Forget a session, at its very end."""
        self._tasks.pop(session, None)
        if self._stays is not None:
            self._stays.discard(session)
            if not self._stays:
                self._drained()

    def __len__(self) -> int:
        """Return how many there are, those included whose handshake or end is under way."""
        return len(self._tasks)

    def __iter__(self) -> Iterator[LiveSession]:
        """Iterate over those that there are now, whatever begins or ends meanwhile."""
        return iter([*self._tasks])

    def where(self, predicate: Predicate) -> list[LiveSession]:
        """Return the sessions that a predicate finds.

        Args:
            predicate: Returns whether a session is meant.
        """
        return [session for session in self if predicate(session)]

    def of_user(self, user: Any) -> list[LiveSession]:
        """Return the sessions of a user.

        Args:
            user: What the consumers' ``user`` is equal to.
        """
        return self.where(lambda session: session.user is not None and session.user == user)

    def end(
        self,
        code: int,
        reason: str = "",
        *,
        where: Predicate | None = None,
        retry_within: float | None = None,
    ) -> None:
        """End sessions. Any thread may call this; the sessions end in their event loop.

        Args:
            code: The close code.
            reason: For the client; an empty one for what the table of close codes says.
            where: Finds those that are meant, in their event loop; None for all.
            retry_within: Seconds over which clients are to spread their return: each is told
                another moment, at random, behind the reason. None for none, unless the reason is
                empty, and the code asks for that, as :meth:`LiveSession.end_with` says.
        """
        self._call(partial(self._end, code, reason, where, retry_within))

    def _end(
        self, code: int, reason: str, where: Predicate | None, retry_within: float | None
    ) -> None:
        for session in self if where is None else self.where(where):
            retry_after = None if retry_within is None else random.uniform(0, retry_within)
            session.end_with(code, reason, retry_after=retry_after)

    def drain(
        self,
        postpone: Callable[[float], float],
        on_cut: Callable[[], object],
        on_drained: Callable[[], object],
    ) -> None:
        """End all once their handlers have ended; also those that begin before all have.

        Any thread may call this.

        Args:
            postpone: Called with the seconds that handlers get; returns by when all is to have
                ended, by ``time.monotonic``.
            on_cut: Called when handlers had not ended in time.
            on_drained: Called when all that were there have ended, or are given up.
        """
        if not self._call(partial(self._drain, postpone, on_cut, on_drained)):
            on_drained()

    def _drain(
        self,
        postpone: Callable[[float], float],
        on_cut: Callable[[], object],
        on_drained: Callable[[], object],
    ) -> None:
        self._on_cut, self._on_drained = on_cut, on_drained
        # From here on whoever begins is drained as well, and whoever ends is noted.
        self._stays = {*self._tasks}
        until = postpone(max((session.drain(on_cut) for session in self), default=0.0))
        # By real time and the process's own end, whatever clock a connection has. The callback
        # names its drain, since the timer of one that is over would end the next.
        self._loop.call_later(until - time.monotonic(), self._drained, on_drained)
        if not self._stays:
            self._drained()

    def _drained(self, on_drained: Callable[[], object] | None = None) -> None:
        if self._stays is None or on_drained not in (None, self._on_drained):
            return  # it is over, and perhaps another one under way
        # Forgotten before it is told: who is told may begin another drain at once.
        on_drained, self._on_cut, self._on_drained = self._on_drained, _nothing, _nothing
        self._stays = None
        on_drained()

    def _call(self, function: Callable[[], object]) -> bool:
        """Call a function in the event loop of the sessions; return False if that is closed."""
        try:
            running = asyncio.get_running_loop()
        except RuntimeError:
            running = None
        if running is self._loop:
            function()
            return True
        try:
            self._loop.call_soon_threadsafe(function)
        except RuntimeError:  # a loop that is closed has none left
            return False
        return True

    def cancel(self) -> "set[asyncio.Task[Any]]":
        """Cancel whatever serves a session, and return it, for whoever runs the loop meanwhile."""
        tasks = {*self._tasks.values()}
        for task in tasks:
            task.cancel()
        return tasks


_of_loops = PerLoop(LiveSessions)


def live_sessions() -> LiveSessions:
    """Return the sessions of the event loop that runs."""
    return _of_loops.get()


def all_live_sessions() -> list[LiveSessions]:
    """Return those of each event loop of the process, from any thread."""
    return [sessions for _, sessions in _of_loops.items()]


@atexit.register
def end_connections() -> None:
    """End the connections of event loops that stopped, which are run until that is done."""
    for loop, sessions in _of_loops.items():
        # A closed loop has ended its tasks, as asyncio.run() does. One that runs does so in another
        # thread, of which this one knows nothing.
        if loop.is_closed() or loop.is_running():
            continue
        if tasks := sessions.cancel():
            # atexit calls first what was registered last, so that logging still works, which
            # asyncio imports before. Executors take nothing any more by then: what needs one fails,
            # and is logged.
            loop.run_until_complete(asyncio.wait(tasks, timeout=PATIENCE))
        # What asyncio.run does as well; layers in use are closed by it.
        loop.run_until_complete(loop.shutdown_asyncgens())


__all__ = [
    "LiveSession",
    "LiveSessions",
    "Predicate",
    "Waiting",
    "all_live_sessions",
    "end_connections",
    "live_sessions",
]
