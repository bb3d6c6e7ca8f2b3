# SPDX-License-Identifier: 0BSD
"""What is due at which time; whoever owns it says what time it is."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

_NEARLY: Final = 1e-9
"""Seconds by which sums of times may miss each other."""


@dataclass(frozen=True, slots=True)
class _Timer:
    at: float
    run: Callable[[], None]


class Timers:
    """One timer for each key. Times are seconds.

    Attributes:
        now: The time, as it was last told.
    """

    def __init__(self) -> None:
        self.now: float = 0.0
        self._timers: dict[Hashable, _Timer] = {}

    @property
    def due(self) -> float | None:
        """When something is due next; None for never."""
        return min((timer.at for timer in self._timers.values()), default=None)

    def __contains__(self, key: Hashable) -> bool:
        """Return whether something is due for a key."""
        return key in self._timers

    def after(self, delay: float, key: Hashable, run: Callable[[], None]) -> None:
        """Have something run later, in place of what was to run for its key.

        Args:
            delay: Seconds from now.
            key: What it is for.
            run: What to run.
        """
        self._timers[key] = _Timer(self.now + delay, run)

    def clear(self, *keys: Hashable) -> None:
        """Have nothing run for some keys."""
        for key in keys:
            self._timers.pop(key, None)

    def clear_all(self) -> None:
        """Have nothing run."""
        self._timers.clear()

    def advance(self, now: float) -> None:
        """Run what is due, the first first.

        Args:
            now: The time.
        """
        self.now = now
        # Asked anew after each: what runs may set timers that are due as well, and clear others.
        while (due := self.due) is not None and due <= now + _NEARLY:
            key = next(key for key, timer in self._timers.items() if timer.at == due)
            self._timers.pop(key).run()


__all__ = ["Timers"]
