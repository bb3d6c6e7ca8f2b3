# SPDX-License-Identifier: 0BSD
"""What a user chooses. All times are seconds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from .states import Close, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What a user may choose. Times are seconds.

    Attributes:
        open_timeout: For the socket, the ready message and the hook together.
        timeout: For a reply, or the first item of a stream.
        item_timeout: Between two items of a stream; None for endless.
        ping_interval: Of silence, before a ping; None for the document's, else 25.
        pong_timeout: For any frame after a ping.
        send_timeout: How long a socket may take nothing of what is sent.
        max_attempts: Failures in a row before the client gives up; None for endless.
        offline: What becomes of what is sent while there is no connection.
        max_queued: How much is queued at most.
        max_age: How long a message is queued.
        pace: Whether frames are spaced as the document's limits ask.
        resend: Whether idempotent requests are sent again after a loss.
        decide: Chooses another verdict for a close; None leaves it, and so does failing.
    """

    open_timeout: float = 10
    timeout: float = 10
    item_timeout: float | None = None
    ping_interval: float | None = None
    pong_timeout: float = 10
    send_timeout: float = 10
    max_attempts: int | None = None
    offline: Literal["refuse", "queue"] = "refuse"
    max_queued: int = 100
    max_age: float = 30
    pace: bool = True
    resend: bool = False
    decide: Callable[[Close], Verdict | None] | None = None


__all__ = ["Behaviour"]
