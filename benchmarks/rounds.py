"""Trials in interleaved rounds, and what may be said of them on a machine that has other work."""

import gc
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Final, TypeVar

ResultT = TypeVar("ResultT")

LARGEST_MAPPED_BLOCK: Final = 16 * 1024 * 1024
ARENAS_SIZE: Final = 32 * 1024 * 1024
SMALL_BLOCK: Final = 400
SURVIVORS_DISTANCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Samples:
    """One figure of every candidate, round by round.

    Attributes:
        values: By candidate, the figure of each round; those of one index were measured right
            after one another.
    """

    values: Mapping[str, tuple[float, ...]]

    def only(self, *names: str) -> "Samples":
        """Return what was measured of some candidates."""
        return Samples({name: self.values[name] for name in names})

    def median(self, name: str) -> float:
        """Return a candidate's median."""
        return median(self.values[name])

    def ratio(self, name: str, base: str) -> float:
        """Return the median of the ratios inside each round."""
        pairs = zip(self.values[name], self.values[base], strict=True)
        return median(value / floor for value, floor in pairs)

    def difference(self, name: str, base: str) -> float:
        """Return the median of the differences inside each round."""
        pairs = zip(self.values[name], self.values[base], strict=True)
        return median(value - floor for value, floor in pairs)


def settle_allocators() -> list[bytes]:
    """Make the allocators keep freed memory, as they do once a process has run for a while.

    Otherwise large messages measure where blocks happen to lie: whether freeing one lets the
    allocator return its pages, to be faulted in anew at the next message.

    Returns:
        What has to stay alive for that.
    """
    # glibc raises its thresholds for mapping and trimming when it frees a block of this size.
    bytes(LARGEST_MAPPED_BLOCK)
    # One survivor in each of Python's arenas.
    return [bytes(SMALL_BLOCK) for _ in range(ARENAS_SIZE // SMALL_BLOCK)][::SURVIVORS_DISTANCE]


async def interleave(
    trials: Mapping[str, Callable[[], Awaitable[ResultT]]], *, rounds: int, warmups: int = 0
) -> dict[str, tuple[ResultT, ...]]:
    """Measure every candidate in every round, each round in another order.

    Each trial begins with an empty garbage collector; it stays enabled, so that a candidate pays
    for the garbage it makes. What exists before the first trial is left out of its collections.

    Args:
        trials: By candidate, what measures it once.
        rounds: Rounds that count.
        warmups: Rounds before them that do not.

    Returns:
        By candidate, what was measured in each round.
    """
    values: dict[str, list[ResultT]] = {name: [] for name in trials}
    for number in range(-warmups, rounds):
        order = list(trials)
        random.Random(number).shuffle(order)
        for name in order:
            gc.collect()
            gc.freeze()
            value = await trials[name]()
            if number >= 0:
                values[name].append(value)
    return {name: tuple(measured) for name, measured in values.items()}
