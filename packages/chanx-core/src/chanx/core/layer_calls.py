"""How connections tell their layer whom they join and leave: uncut, and not all at once."""

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any, Final

from chanx.core.clock import Clock
from chanx.core.groups import Membership
from chanx.core.loops import PerLoop
from chanx.core.tasks import finish, start

AT_ONCE: Final = 32
"""How many connections of an event loop tell a layer at the same time whom they join or leave.

Layers that open a connection for each call fail when hundreds do: as 200 sockets left at the end of
a server, ``channels_redis.core`` kept 101 of them as members. Our own layers share one connection.
"""

_turns = PerLoop(partial(asyncio.Semaphore, AT_ONCE))


class LayerCalls:
    """What one connection has its layer do, which goes on if whoever awaits it is cancelled.

    Layers with a server note things bit by bit, and are left in two minds by what is cut off.

    Args:
        clock: The time by which the layer is waited for.
        is_local: Whether nothing that the layer is told suspends; it is told directly then.
        is_crowded: Whether only some connections at a time may tell it something.
    """

    __slots__ = ("_clock", "_is_crowded", "_is_local", "_running")

    def __init__(self, clock: Clock, *, is_local: bool, is_crowded: bool) -> None:
        self._clock = clock
        self._is_local = is_local
        self._is_crowded = is_crowded
        self._running: set[asyncio.Task[Any]] | None = None

    async def uncut(self, call: Coroutine[Any, Any, None]) -> None:
        """Await a call of the layer.

        Args:
            call: The call, which has not begun.

        Raises:
            Exception: What it raises.
        """
        if self._is_local:
            # Never suspends, and so is never cut off (LocalLayer): no task, which costs more than
            # the call.
            await call
            return
        # In the caller's context, for layers and traces; its cancellation stops with the shield.
        task = start(self._in_turn(call) if self._is_crowded else call)
        if self._running is None:
            self._running = set()
        self._running.add(task)
        # Referred to until it has ended: the event loop keeps tasks by weak references only.
        task.add_done_callback(self._running.discard)
        # The caller stops waiting when it is cancelled, and the call goes on: finish() knows it.
        await asyncio.shield(task)

    async def _in_turn(self, call: Coroutine[Any, Any, None]) -> None:
        try:
            async with _turns.get():
                await call
        finally:
            # One that did not get its turn has not begun, of which Python would warn.
            call.close()

    async def finish(self, seconds: float) -> None:
        """Wait for the calls that go on.

        Args:
            seconds: For how long, until they are cancelled.

        Raises:
            asyncio.CancelledError: If the caller was cancelled meanwhile.
        """
        if self._running:
            await finish(self._running, self._clock, seconds)

    async def leave_all(self, membership: Membership, seconds: float) -> None:
        """Leave all groups.

        Args:
            membership: The connection's groups.
            seconds: For all of them, and for the turn before.

        Raises:
            BaseException: What came between first.
        """
        clock = self._clock
        # Without a channel nothing was ever joined, and there is nothing to wait a turn for.
        if not self._is_crowded or not membership.channel:
            await membership.leave_all(clock, seconds)
            return
        # One time for turn and leaving: the end of a connection is bounded as a whole.
        until = clock.time() + seconds
        turns = _turns.get()
        interruption: asyncio.CancelledError | None = None
        async with clock.timeout(seconds):
            while True:
                try:
                    await turns.acquire()
                    break
                except asyncio.CancelledError as error:
                    # That of the time-out finds the time over. A server that cancels its tasks does
                    # not end the waiting: what is not left here stays joined.
                    if clock.time() >= until:
                        raise
                    interruption = error
        try:
            await membership.leave_all(clock, until - clock.time())
        finally:
            turns.release()
        if interruption is not None:
            raise interruption


__all__ = ["AT_ONCE", "LayerCalls"]
