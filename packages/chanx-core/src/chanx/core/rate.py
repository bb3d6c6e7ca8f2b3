"""How many frames a client may send over time."""

import time
from collections.abc import Callable


class TokenBucket:
    """Admits bursts up to a size, and a steady rate over a longer time.

    Args:
        rate: Tokens a second.
        burst: Tokens that may be taken at once after a pause.
        clock: Returns the time in seconds, from any origin.

    Example:
        >>> bucket = TokenBucket(rate=1, burst=2, clock=lambda: 0.0)
        >>> [bucket.take() for _ in range(3)]
        [True, True, False]
    """

    __slots__ = ("_burst", "_clock", "_filled_at", "_rate", "_tokens")

    def __init__(
        self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        # Full at first: a client may begin with a burst.
        self._tokens = float(burst)
        self._filled_at = clock()

    def take(self) -> bool:
        """Take a token, and return whether there was one."""
        now = self._clock()
        # Filled as it is asked, so that no timer runs for it. A refused frame costs no token: who
        # slows down to the rate is served again at once.
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


__all__ = ["TokenBucket"]
