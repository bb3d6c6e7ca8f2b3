"""For how long what ends is waited for: less and less, once the whole process is to end."""

import time
from typing import Final

LEAST: Final = 0.1
"""Seconds that everything gets in any case."""

# Of the process and not of a loop: what a server's manager kills when its patience is over is the
# process.
_until: float | None = None


def patience(seconds: float) -> float:
    """Return for how many seconds something that ends is waited for.

    When the process is to end by a certain moment, that is half of what is left at most, so that
    what comes after it gets its share as well, whatever does not end.

    Args:
        seconds: For how long it would be waited for otherwise.

    Example:
        >>> patience(5.0)
        5.0
    """
    # Read once: another thread may set it.
    until = _until
    if until is None:
        return seconds
    # Half of what is left, so that several waits, one after the other, end in time; LEAST, or the
    # last of them would be given up before it has had a turn of the loop.
    return min(seconds, max((until - time.monotonic()) / 2, LEAST))


def hurry(until: float | None) -> None:
    """Bound what is waited for from now on, in the whole process.

    Args:
        until: When all is to have ended, by ``time.monotonic``; None for no bound.
    """
    global _until
    _until = until


__all__ = ["LEAST", "hurry", "patience"]
