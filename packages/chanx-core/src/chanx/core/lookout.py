"""What the lanes of client frames in one event loop share: a look at each, and their time."""

import asyncio
import time
from typing import Final, Protocol

from chanx.core.loops import PerLoop

LONG_TURN: Final = 0.005
"""Seconds after which lanes let others run before they take a second frame in a turn of the loop.
A server that has many frames of a client gives one after the other without suspending."""


class Lane(Protocol):
    """What is looked at."""

    def look_ahead(self) -> None:
        """Be told that a turn of the loop passed since the lane took a frame."""
        ...


class Lookout:
    """Looks at the lanes of one event loop that took a frame, once in a turn of the loop.

    One callback for all lanes that took a frame in the turn, and not one for each: with hundreds
    of connections that many handles wait for the next turn at once, and live long enough to be
    what makes Python collect garbage (measured at 500 connections: 1.21 times Starlette's
    processor time for a message, 1.07 with one callback).
    """

    __slots__ = ("_is_turning", "_lanes", "turn_ends_at")

    def __init__(self) -> None:
        self._lanes: list[Lane] = []
        self._is_turning = False
        self.turn_ends_at: float = 0.0
        """When lanes that took a frame in this turn let others run, by ``time.monotonic``."""

    def add(self, lane: Lane) -> None:
        """Have a look at a lane before the loop's next turn is over.

        Args:
            lane: The lane, which begins to handle something.
        """
        if not self._is_turning:
            self._begin()
        self._lanes.append(lane)

    def is_over(self) -> bool:
        """Return whether the lanes of this loop took long enough in this turn already."""
        if self._is_turning:
            return time.monotonic() > self.turn_ends_at
        self._begin()
        return False

    def _begin(self) -> None:
        self._is_turning = True
        # The real clock, and not the connection's: it bounds the processor's time of this process,
        # which no test holds still.
        self.turn_ends_at = time.monotonic() + LONG_TURN
        # Runs after all that is ready now, which is where a turn ends: whoever is busy then has
        # suspended.
        asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        # No task runs while a callback does: a lane that is busy now has suspended.
        self._is_turning = False
        lanes, self._lanes = self._lanes, []
        for lane in lanes:
            lane.look_ahead()


lookouts: PerLoop[Lookout] = PerLoop(Lookout)
"""That of the event loop that runs."""


__all__ = ["LONG_TURN", "Lane", "Lookout", "lookouts"]
