"""The lane of a connection's layer events: broadcasts and typed events, in the order they come."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextvars import copy_context
from typing import Any

from chanx.core.backlog import Backlog, size_of_envelope
from chanx.core.broadcast_writer import BroadcastWriter
from chanx.core.cancellation import is_own
from chanx.core.events import BROADCAST, DISCONNECT
from chanx.core.limits import SlowClient
from chanx.core.lookout import lookouts
from chanx.core.loops import PerLoop
from chanx.core.observer import DropReason
from chanx.core.tasks import start

Envelope = Mapping[str, Any]

# One for all lanes of a loop: a broadcast to a thousand idle members is one task, and not a
# thousand.
_writers = PerLoop(BroadcastWriter)


class EventLane:
    """Handles what the channel layer brings to one connection, one at a time and in order.

    A broadcast to a connection that has nothing else to do is written by the event loop's
    :class:`BroadcastWriter`, in one task for all connections. Anything else is handled in a task
    of the connection's own, which lives while there is something to handle.

    =========  ========================================  ==========================================
    state      who handles                               what moves it on
    =========  ========================================  ==========================================
    idle       nobody                                    a broadcast: queued; anything else: working
    queued     nobody yet; the writer knows of the lane  its turn comes: writing
    writing    the writer's task, one broadcast          nothing else came: idle; else: working
    working    a task of the lane's own, all that came   nothing is left: idle
    stopped    whoever did, and what it has begun        it has ended; what comes, or waits, is left
    =========  ========================================  ==========================================

    ``stopped`` is entered from each of the others when more waits than may, and by whoever sets
    :attr:`is_stopped`. The tests of each row, in ``tests/core/test_event_lane.py``, begin with its
    name.

    Args:
        deliver: Sends a broadcast.
        handle: Handles any other layer message.
        on_failure: Told what one of the two raised: the messages of others may come after it.
        backlog: Counts what waits while one is handled, and says when that is too much.
        policy: What happens then; see :attr:`Limits.slow_client`.
        on_dropped: Told what is left so that others have room, and how many.
        on_end: Told to end the connection, which waits for nothing that came before.
        on_full: Called when there is no room, with how many will not be handled; from then on
            further ones are left.
    """

    __slots__ = (
        "_backlog",
        "_context",
        "_deliver",
        "_handle",
        "_is_busy",
        "_lookout",
        "_next",
        "_on_dropped",
        "_on_end",
        "_on_failure",
        "_on_full",
        "_policy",
        "_sizes",
        "_task",
        "_waiting",
        "_writer",
        "is_stopped",
    )

    def __init__(
        self,
        *,
        deliver: Callable[[Envelope], Awaitable[object]],
        handle: Callable[[Envelope], Awaitable[object]],
        on_failure: Callable[[BaseException], None],
        backlog: Backlog,
        policy: SlowClient,
        on_dropped: Callable[[DropReason, int], None],
        on_full: Callable[[int], None],
        on_end: Callable[[Envelope], None] | None = None,
    ) -> None:
        self._writer = _writers.get()
        self._lookout = lookouts.get()
        self._deliver = deliver
        self._handle = handle
        self._on_failure = on_failure
        self._backlog = backlog
        self._policy = policy
        self._on_dropped = on_dropped
        self._on_full = on_full
        self._on_end = on_end
        # The connection's own: put() is called in the context of whoever sends.
        self._context = copy_context()
        # What nothing waits before is kept as it is, which is all that most broadcasts need.
        self._next: Envelope | None = None
        # What waits behind it, and with how many bytes each is counted: whoever sent it within this
        # process may change it since. Lists, of which the first is taken: short ones cost no more
        # than deques, and nothing is made for a burst that Python's collector would have to walk,
        # though all members of a group have the same object.
        self._waiting: list[Envelope] = []
        self._sizes: list[int] = []
        self._task: asyncio.Task[Any] | None = None
        self._is_busy = False
        self.is_stopped: bool = False

    def put(self, envelope: Envelope) -> bool:
        """Take a layer message, from within the connection's event loop.

        Args:
            envelope: The layer message.

        Returns:
            Whether so many wait that the sender should let others run.
        """
        if self.is_stopped:
            return False
        if self._is_busy:
            return self._queue(envelope)
        kind = _type_of(envelope)
        if kind == DISCONNECT:
            return self._ends(envelope)
        # Set with the message, in one step: put() is called by layers, and may be again before
        # anything runs.
        self._is_busy = True
        # A layer may bring anything: None is as little a message as what has no type.
        self._next = {} if envelope is None else envelope  # pyright: ignore[reportUnnecessaryComparison]
        if kind == BROADCAST:
            # Only here, on an idle lane: the writer writes one broadcast, and knows nothing of a
            # queue.
            self._writer.add(self)
        else:
            self._work()
        return False

    def _ends(self, envelope: Envelope) -> bool:
        """End the connection; return that its sender need not let others run."""
        if self._on_end is not None:
            self._on_end(envelope)
        return False

    def _queue(self, envelope: Envelope) -> bool:
        """Have a layer message wait, or others leave, or the connection end."""
        backlog = self._backlog
        kind = _type_of(envelope)
        if kind == DISCONNECT:
            return self._ends(envelope)
        key: object = envelope.get("key") if kind == BROADCAST else None
        size = size_of_envelope(envelope)
        if key is not None and self._policy == "coalesce":
            # A walk, since what waits is bounded: an index would cost every lane. Not among it is
            # the first message, which the client gets next, or has in part.
            for index, waiting in enumerate(self._waiting):
                if _is_broadcast(waiting) and waiting.get("key") == key:
                    return self._replace(index, envelope, size)
        # Before it is counted: what is left makes room for this one, and this one is never left for
        # itself.
        if not self.make_room(size):
            return self._give_up()
        backlog.add(size)
        self._waiting.append(envelope)
        self._sizes.append(size)
        return backlog.is_crowded

    def _give_up(self) -> bool:
        """Take nothing more; return that the sender need not let others run."""
        # First: _on_full ends the connection, in which nothing further may be queued.
        self.is_stopped = True
        self._on_full(len(self._waiting) + (self._next is not None) + 1)
        return False

    def make_room(self, size: int) -> bool:
        """Return whether something may wait, for which broadcasts are left if the policy says so.

        Args:
            size: Its bytes.
        """
        # One after the other: a large one may need the room of several small ones.
        while not self._backlog.takes(size):
            if self._policy != "drop_oldest" or not self._drop_oldest():
                return False
        return True

    def _replace(self, index: int, envelope: Envelope, size: int) -> bool:
        """Put a broadcast in the place of one with the same key, as :meth:`put` returns."""
        backlog, replaced = self._backlog, self._sizes[index]
        backlog.remove(replaced)
        # The later one may be larger by any number of bytes.
        has_room = backlog.takes(size)
        backlog.add(size if has_room else replaced)
        if not has_room:
            return self._give_up()
        self._waiting[index], self._sizes[index] = envelope, size
        self._on_dropped("coalesced", 1)
        return backlog.is_crowded

    def _drop_oldest(self) -> bool:
        """Leave the broadcast that has waited longest; return whether one did."""
        for index, waiting in enumerate(self._waiting):
            if _is_broadcast(waiting):
                # This very one: two broadcasts may say the same.
                self._leave(index)
                self._on_dropped("oldest", 1)
                return True
        return False

    @property
    def is_idle(self) -> bool:
        """Whether everything that came is handled."""
        return not self._is_busy

    def tasks(self) -> "list[asyncio.Task[Any]]":
        """Return the task that handles a layer message at present, if one does."""
        return [] if self._task is None else [self._task]

    async def write_next(self, task: "asyncio.Task[Any]") -> None:
        """Handle the first message that waits; a task of the lane's own goes on from there.

        Args:
            task: The task that runs this.
        """
        if self.is_stopped:
            return
        # Cancelled, it leaves the lane busy, which is right: a lane is cancelled only at its end.
        # It is a broadcast: the writer knows of the lane for nothing else.
        envelope, self._next = self._next, None
        assert envelope is not None
        self._task = task
        # From here on the end of the connection can cancel it, and with it the writer's task, which
        # hands its others on (BroadcastWriter._relieve).
        try:
            await self._deliver(envelope)
        except (Exception, asyncio.CancelledError) as error:
            if is_own(error):
                raise
            # Whatever comes of one must not end the lane.
            self._on_failure(error)
        # The writer's task goes on with others, which the end of this connection must not cancel.
        self._task = None
        if self._waiting:
            # What came meanwhile may be an event, which could keep the writer for as long as it
            # likes.
            self._work()
        else:
            self._rest()

    def _work(self) -> None:
        self._task = start(self._run(), self._context)

    async def _run(self) -> None:
        # Between finding nothing left and _rest() nothing suspends, or put() could queue what no
        # task would ever take.
        while (self._next is not None or self._waiting) and not self.is_stopped:
            await self._take()
            # A burst waits for each member of a group at once, and to write what does not wait for
            # its client suspends nowhere: each lane by itself may be short, and all together long.
            if self._waiting and self._lookout.is_over():
                await asyncio.sleep(0)
        self._task = None
        self._rest()

    async def _take(self) -> None:
        envelope, self._next = self._next, None
        if envelope is None:
            # It waits no more: a backlog counts what is behind the frame that is being written.
            envelope = self._leave(0)
        try:
            await (self._deliver if _is_broadcast(envelope) else self._handle)(envelope)
        except (Exception, asyncio.CancelledError) as error:
            if is_own(error):
                raise
            # Whatever comes of one must not end the lane.
            self._on_failure(error)

    def _leave(self, index: int) -> Envelope:
        """Take one out of those that wait, and count it no more."""
        self._backlog.remove(self._sizes.pop(index))
        return self._waiting.pop(index)

    def _rest(self) -> None:
        self._is_busy = False
        # Left where the lane was stopped, while handlers still reply: their room is free again.
        while self._waiting:
            self._leave(-1)


def _is_broadcast(envelope: Envelope) -> bool:
    return bool(_type_of(envelope) == BROADCAST)


def _type_of(envelope: Envelope) -> object:
    # A layer may bring anything. Its type is asked first: the abstract class takes longer.
    kind = type(envelope)
    if kind is not dict and not isinstance(envelope, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        return None
    return envelope.get("type")


__all__ = ["EventLane"]
