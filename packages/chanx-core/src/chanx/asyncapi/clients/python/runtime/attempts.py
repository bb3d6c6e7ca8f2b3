# SPDX-License-Identifier: 0BSD
"""What follows a close: whether there is another attempt, and after how long."""

from collections.abc import Callable
from typing import Final, Literal

from .behaviour import Behaviour
from .closing import hint_of
from .states import Close

_SHORTEST: Final = 0.1
_LONGEST: Final = 30.0
_SPREAD: Final = 5.0
# Some 30 years. JSON has numbers that Python reads as infinite, which no state should show.
_LATEST: Final = 1e9
# One or two may be the network. A 401 at the handshake, which no page sees, comes each time.
_UNTOLD: Final = 3


class Attempts:
    """The attempts of one client, of which some have failed.

    Args:
        behaviour: What the user chose.
        has_token: Whether there is a token provider.
        random: Returns a number in [0, 1).

    Attributes:
        failures: How many have failed in a row (R5).
    """

    def __init__(
        self, behaviour: Behaviour, has_token: bool, random: Callable[[], float]
    ) -> None:
        self.failures: int = 0
        self._most = behaviour.max_attempts
        self._has_token = has_token
        self._random = random
        self._refreshed = False  # since the last good connection
        self._refreshes = 0  # since the last stable one
        self._untold = 0  # attempts in a row that never opened and told no reason
        self._told = 0.0  # seconds until the server wants it back; 0 for no word

    def begin(self) -> None:
        """Take note that there is another."""
        self._told = 0.0

    def succeed(self) -> None:
        """Take note that the client is open."""
        self._refreshed = False

    def forget(self) -> None:
        """Forget failures: the server does not accept only to close (R5)."""
        self.failures = self._refreshes = 0

    def come_back(self, seconds: object) -> None:
        """Take note of when the server wants the client back (R27).

        Args:
            seconds: What it says.
        """
        self._told = min(seconds, _LATEST) if isinstance(seconds, int | float) else 0.0

    def lose(self, close: Close, *, was_open: bool) -> Literal["never", "now", "later"]:
        """Return when the next attempt is.

        Args:
            close: Why there is no connection any more.
            was_open: Whether the client was open.
        """
        is_untold = not was_open and close.code == 1006
        self._untold = self._untold + 1 if is_untold else 0
        self._told = self._told or hint_of(close.reason)
        if close.verdict == "never":
            return "never"
        if close.verdict != "refresh":
            return "later"
        if not self._has_token or self._refreshed:
            return "never"
        self._refreshed = True
        self._refreshes += 1
        # A server that accepts only to refuse would have the provider asked without a pause.
        return "later" if self._refreshes > 2 else "now"

    def fail(self, close: Close) -> float | None:
        """Return the seconds until the next attempt (R4); None for giving up (R7).

        Args:
            close: Why it has to wait.
        """
        self.failures += 1
        if self._most is not None and self.failures > self._most:
            return None
        # A power of 2 that is too large for a float is not needed to reach the longest.
        longest: float = min(_LONGEST, 0.5 * 2 ** min(self.failures - 1, 10))
        if close.verdict == "spread" and not self._told:
            longest = max(_SPREAD, longest)
        return max(_SHORTEST, self._random() * longest, self._told)

    def is_reason_unknown(self) -> bool:
        """Return, once, whether so many in a row told no reason that it may be the token (R9)."""
        if not self._has_token or self._untold != _UNTOLD:
            return False
        self._untold = 0
        return True


__all__ = ["Attempts"]
