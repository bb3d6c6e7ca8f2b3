"""How long a connection lives: the limits that have times, and its authentication's end."""

import time
from collections.abc import Callable

from chanx.core.clock import Clock
from chanx.core.close_codes import CloseCode
from chanx.core.connection import Connection
from chanx.core.limits import Limits
from chanx.core.watch import Handling, Watch


class Lifetime:
    """Has one connection end when its time has come.

    Args:
        connection: The connection, which is heard from its accept on.
        limits: The times.
        clock: Tells them.
        ask: Sends the client a ping; returns at once.
        end: Ends the connection with a close code.

    Attributes:
        handling: Bounds the time of a handler; None if there is no bound.
    """

    __slots__ = ("_connection", "_watch", "handling")

    def __init__(
        self,
        connection: Connection,
        limits: Limits,
        clock: Clock,
        *,
        ask: Callable[[], object],
        end: Callable[[CloseCode], object],
    ) -> None:
        self._connection = connection
        self._watch = Watch(limits, clock, ask=ask, end=end)
        is_timed = limits.handler_timeout is not None
        self.handling: Handling | None = self._watch.handling if is_timed else None

    @property
    def has_expired(self) -> bool:
        """Whether a handler's time was over."""
        return self._watch.has_expired

    def begin(self) -> None:
        """Begin, once the connection is accepted."""
        # Before the lane begins, which asks the connection once for its receive.
        self._connection.receive = self._watch.hearing(self._connection.receive)
        self._watch.begin()

    def renew(self, until: float | None) -> None:
        """Take another end of the authentication.

        Args:
            until: In seconds of Unix time; None for none.
        """
        # Tokens have Unix time; the clock of the watch has another origin.
        self._watch.renew(None if until is None else until - time.time())

    def stop(self) -> None:
        """End nothing any more."""
        self._watch.stop()


__all__ = ["Lifetime"]
