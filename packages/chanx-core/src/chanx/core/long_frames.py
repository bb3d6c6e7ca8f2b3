"""Whose turn it is to have a long frame validated, among the connections of an event loop."""

import asyncio
from collections import deque

from chanx.core.lookout import lookouts
from chanx.core.loops import PerLoop


class NotNow(Exception):  # nothing is wrong
    """A long frame waits for its turn."""


class LongFrames:
    """Lets an event loop validate one long frame in a turn, once its time for lanes is spent.

    ``careful.py`` bounds what one frame takes, to some 50 ms at most. Frames of many clients that
    come in one turn of the loop would add up to that many times as long for everybody else. So
    those that find the turn spent wait, in their order, and each further turn takes one of them.
    Short frames, and whatever else the loop has to do, go on in between.
    """

    __slots__ = ("_is_ones_turn", "_lookout", "_waiting")

    def __init__(self) -> None:
        self._lookout = lookouts.get()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._is_ones_turn = False

    def enter(self) -> None:
        """Begin to validate a long frame.

        Raises:
            NotNow: If that has to wait for a :meth:`turn`.
        """
        if self._is_ones_turn:
            self._is_ones_turn = False
        # Also where there is time but others wait: a frame that comes now would overtake them.
        elif self._waiting or self._lookout.is_over():
            raise NotNow

    async def turn(self) -> None:
        """Wait for a turn of the loop that has time; :meth:`enter` is to be called at once then."""
        loop = asyncio.get_running_loop()
        # From then on the callback schedules itself, as long as somebody waits.
        if not self._waiting:
            loop.call_soon(self._next)
        turn = loop.create_future()
        self._waiting.append(turn)
        await turn
        # Spent by the enter() that follows without a suspension, so that no other frame takes it.
        self._is_ones_turn = True

    def _next(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():  # or its connection has ended
                turn.set_result(None)
                break
        if self._waiting:
            # One in a turn: whatever else is ready in the loop goes on before the next one is
            # woken.
            asyncio.get_running_loop().call_soon(self._next)


long_frames: PerLoop[LongFrames] = PerLoop(LongFrames)
"""Those of the event loop that runs."""


__all__ = ["LongFrames", "NotNow", "long_frames"]
