"""What the log says of a connection that is refused."""

import logging
from typing import Any, Final

from chanx.core.close_codes import is_refusal, status_of
from chanx.core.connection import Connection
from chanx.core.hooks import Hooks
from chanx.core.journal import described
from chanx.core.observer import Observer
from chanx.core.shown import shown

logger: Final = logging.getLogger("chanx.websocket")

REFUSED: Final = "The connection is refused."
"""What a client is told where nothing is said of the reason."""


class RefusalLog:
    """Says once of a refused connection who was refused, where and why.

    Args:
        consumer: The consumer.
        connection: The connection.
        observer: Who is told of the refusal; None for nobody.
    """

    __slots__ = ("_connection", "_consumer", "_is_said", "_observer")

    def __init__(
        self,
        consumer: Hooks,
        connection: Connection,
        observer: Observer | None,
    ) -> None:
        self._consumer = consumer
        self._connection = connection
        self._observer = observer
        self._is_said = False

    def say(self, status_code: int, why: str) -> None:
        """Log a refusal.

        Args:
            status_code: The HTTP status that says why.
            why: The reason in words; the client may have been told another one.
        """
        if self._is_said:
            return
        facts = self._facts(status_code)
        who, where = facts["user"] or "a client", shown(facts["path"])
        # A reason may hold what has no encoding, which a log is not written with either.
        reason = why.rstrip(".").encode("utf-8", "backslashreplace").decode()
        logger.warning(
            "Refused %s at %s with %d: %s.", who, where, status_code, reason, extra=facts
        )

    def fail(self, name: str, error: BaseException, status_code: int) -> None:
        """Log a refusal whose reason is a failure of the server.

        Args:
            name: What failed.
            error: The failure.
            status_code: The HTTP status of such a failure.
        """
        facts = self._facts(status_code)
        user = "" if facts["user"] is None else f", user {shown(facts['user'])}"
        text, where = "%s failed (path %s%s)", shown(facts["path"])
        logger.error(text, name, where, user, exc_info=error, extra=facts)

    def say_own_close(self) -> None:
        """Log the refusal of a ``connect`` that accepted, and closed with a code that refuses."""
        code = self._connection.close_code
        if code is not None and is_refusal(code):
            self.say(status_of(code), f"{type(self._consumer).__qualname__}.connect closed it")

    def _facts(self, status_code: int) -> dict[str, Any]:
        if self._observer is not None and not self._is_said:
            self._observer.refused(status_code)
        self._is_said = True
        return {
            "channel": self._connection.channel,
            "consumer": type(self._consumer).__qualname__,
            "path": self._connection.scope.get("path"),
            "status": status_code,
            "user": self._user(),
        }

    def _user(self) -> str | None:
        """Return who connects, as far as the authenticator or middleware came to know."""
        known = getattr(self._consumer.authenticator, "user", None)
        user = self._connection.scope.get("user") if known is None else known
        return None if user is None else described(type(self._consumer).describe_user, user)


__all__ = ["REFUSED", "RefusalLog"]
