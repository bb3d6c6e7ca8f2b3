"""How long a connection lives: the limits that have times, and its authentication's end."""

import asyncio
import time
from collections.abc import Callable
from functools import partial

from chanx.core.authenticator import BaseAuthenticator
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

    __slots__ = ("_authenticator", "_connection", "_watch", "handling")

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
        self._authenticator: BaseAuthenticator | None = None
        is_timed = limits.handler_timeout is not None
        self.handling: Handling | None = self._watch.handling if is_timed else None

    @property
    def has_expired(self) -> bool:
        """Whether a handler's time was over."""
        return self._watch.has_expired

    def begin(self, authenticator: BaseAuthenticator | None) -> None:
        """Begin, once the connection is accepted.

        Args:
            authenticator: Who let it in, and knows until when, now or later; None for nobody.
        """
        # Before the lane begins, which asks the connection once for its receive.
        self._connection.receive = self._watch.hearing(self._connection.receive)
        self._watch.begin()
        if authenticator is None:
            return
        self._authenticator = authenticator
        loop = asyncio.get_running_loop()
        # Any thread may set it anew.
        authenticator.on_expiry = partial(loop.call_soon_threadsafe, self._renew)
        if authenticator.expires_at is not None:
            self._renew()

    def _renew(self) -> None:
        """Look at the end of the authentication, which was set anew."""
        # Called by the loop a turn after it was set: the connection may have ended meanwhile.
        if self._authenticator is not None and self._connection.state == "open":
            # Tokens have Unix time; the clock of the watch has another origin.
            until = self._authenticator.expires_at
            self._watch.renew(None if until is None else until - time.time())

    def stop(self) -> None:
        """End nothing any more."""
        self._watch.stop()
        if self._authenticator is not None:
            # The authenticator is the project's, which may keep it, and set a time when this loop
            # is long closed: call_soon_threadsafe() raises then.
            self._authenticator.on_expiry = None
            self._authenticator = None


__all__ = ["Lifetime"]
