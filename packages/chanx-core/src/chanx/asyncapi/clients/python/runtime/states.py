# SPDX-License-Identifier: 0BSD
"""Where a client stands, and why a connection ended."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Verdict: TypeAlias = Literal["never", "refresh", "backoff", "spread"]
"""What follows a close. ``never``: nothing, it is final. ``refresh``: another token, at once.
``backoff``: another attempt, after waits that grow. ``spread``: the same, at a moment that chance
decides, since many were closed at once."""


Why: TypeAlias = Literal["by_client", "refused", "gave_up"]


@dataclass(frozen=True, slots=True)
class Close:
    """Why a connection ended, and what follows.

    Attributes:
        code: The close code; 1006 if there was none, 4000 plus the status of a refused handshake.
        reason: What the server said.
        verdict: What follows.
        meaning: What the document says of the code; None for nothing.
    """

    code: int
    reason: str
    verdict: Verdict
    meaning: str | None = None


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing has begun."""


@dataclass(frozen=True, slots=True)
class Connecting:
    """An attempt is under way.

    Attributes:
        attempt: How many have failed before it, in a row.
    """

    attempt: int


@dataclass(frozen=True, slots=True)
class Open:
    """What is sent goes.

    Attributes:
        first: Whether it is the first time.
    """

    first: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """The next attempt follows.

    Attributes:
        attempt: How many have failed, in a row.
        retry_in: Seconds until then.
        close: Why.
    """

    attempt: int
    retry_in: float
    close: Close


@dataclass(frozen=True, slots=True)
class Closed:
    """It is over.

    Attributes:
        why: Who ended it.
        close: How.
    """

    why: Why
    close: Close


State: TypeAlias = Idle | Connecting | Open | Waiting | Closed


__all__ = [
    "Close",
    "Closed",
    "Connecting",
    "Idle",
    "Open",
    "State",
    "Verdict",
    "Waiting",
    "Why",
]
