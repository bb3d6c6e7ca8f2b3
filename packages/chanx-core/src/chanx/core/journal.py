"""What is logged of one connection: what became of it and its messages, never what was in them."""

import logging
from typing import Any, Final

from chanx.core.connection import Connection
from chanx.core.excerpt import excerpt
from chanx.core.frames import Ref
from chanx.core.runtime import Runtime

logger: Final = logging.getLogger("chanx.websocket")


class Journal:
    """Logs what becomes of a connection.

    Args:
        owner: The name of the connection's consumer.
        runtime: The consumer's settings.
        connection: The connection.

    Attributes:
        notes_messages: Whether messages are logged; asked once for a connection, not for each.
    """

    __slots__ = ("_connection", "_ignored", "_owner", "notes_messages")

    def __init__(self, owner: str, runtime: Runtime, connection: Connection) -> None:
        self._owner = owner
        self._connection = connection
        self._ignored = runtime.settings.log_ignored_actions
        logs = runtime.settings.log_websocket_message
        self.notes_messages: bool = logs and logger.isEnabledFor(logging.INFO)

    def message(self, direction: str, action: Any, ref: Ref | None, text: str) -> None:
        """Log a frame, unless its action is one that is not logged.

        Args:
            direction: ``received`` or ``sent``.
            action: The message's action; None if it has none.
            ref: The correlation id that it carries; None for none.
            text: The frame, which is not logged.
        """
        if isinstance(action, str) and action in self._ignored:
            return
        known = excerpt(ref) if isinstance(ref, str) else ref
        facts = {**self.facts(action), "direction": direction, "ref": known, "size": len(text)}
        logger.info("%s %s, %d characters", direction.capitalize(), action, len(text), extra=facts)

    def refused_frame(self, error: Exception, action: str | None, code: str) -> None:
        """Log a frame that is no message of the consumer.

        Args:
            error: What is wrong with it.
            action: Its action; None if it has none.
            code: The code of the error.
        """
        logger.info("Refused a frame: %s", error, extra={**self.facts(action), "code": code})

    def failure(
        self,
        name: str,
        error: BaseException,
        action: str | None = None,
        *,
        owner: str | None = None,
    ) -> None:
        """Log what a method of the consumer, or something that it needs, raised.

        Args:
            name: The method.
            error: What it raised.
            action: The action of the message that was handled; None for none.
            owner: Whose method it is; None for the consumer's.
        """
        owner = owner or self._owner
        facts = self.facts(action)
        if action is None:
            logger.error("%s.%s failed", owner, name, exc_info=error, extra=facts)
        else:
            logger.error("%s.%s failed at %r", owner, name, action, exc_info=error, extra=facts)

    def unreadable(self, name: str, error: UnicodeError) -> None:
        """Note for debugging where an authenticator could not read what a client presented.

        Args:
            name: The method.
            error: What it raised.
        """
        logger.debug("%s failed", name, exc_info=error, extra=self.facts(None))

    def left_behind(self, owner: str, name: str, seconds: float) -> None:
        """Log that something went on although it was cancelled.

        Args:
            owner: Whose method it is.
            name: The method.
            seconds: For how long it was waited for.
        """
        logger.error(
            "%s.%s was left behind: %g s after it was cancelled it had not ended. Let "
            "asyncio.CancelledError pass, or raise it again.",
            owner,
            name,
            seconds,
            extra=self.facts(None),
        )

    def warning(self, text: str, *args: object, action: str | None = None) -> None:
        """Log what may need a look.

        Args:
            text: What happened, as logging takes it.
            args: The arguments of the text.
            action: The action of the message that was handled; None for none.
        """
        logger.warning(text, *args, extra=self.facts(action))

    def facts(self, action: object) -> dict[str, Any]:
        """Return the attributes that every record of the connection has.

        Args:
            action: The action of the message that was handled; None for none.
        """
        return {
            "action": action,
            "channel": self._connection.channel,
            "consumer": self._owner,
            "path": self._connection.scope.get("path"),
        }


__all__ = ["Journal"]
