"""What is logged of one connection: what became of it and its messages, never what was in them."""

import logging
from collections.abc import Collection
from typing import Any, Final

from chanx.core.connection import Connection
from chanx.core.excerpt import excerpt
from chanx.core.frames import Ref
from chanx.core.observer import Observer
from chanx.core.settings import Settings

logger: Final = logging.getLogger("chanx.websocket")


class Journal:
    """Logs what goes wrong with a connection.

    Args:
        owner: The name of the connection's consumer.
        connection: The connection.
    """

    __slots__ = ("_connection", "_owner")

    def __init__(self, owner: str, connection: Connection) -> None:
        self._owner = owner
        self._connection = connection

    def of_messages(self, settings: Settings) -> "MessageLog | None":
        """Return what logs the connection's messages; None if they are not logged.

        It is asked once for a connection, not for each message.

        Args:
            settings: The consumer's settings.
        """
        if settings.log_websocket_message and logger.isEnabledFor(logging.INFO):
            return MessageLog(self, settings.log_ignored_actions)
        return None

    def refused_frame(self, error: Exception, action: str | None, code: str) -> None:
        """Log a frame that is not a message of the consumer.

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


class MessageLog(Observer):
    """Logs the messages of one connection.

    Args:
        journal: The connection's log.
        ignored: Actions that are not logged.
    """

    __slots__ = ("_ignored", "_journal")

    def __init__(self, journal: Journal, ignored: Collection[str]) -> None:
        self._journal = journal
        self._ignored = ignored

    def received(self, action: str | None, size: int, ref: Ref | None) -> None:
        """Log a message of the client; other frames are logged as they are refused."""
        if action is not None:
            self._log("received", action, size, ref)

    def sent(self, action: object, size: int, ref: Ref | None) -> None:
        """Log a frame that was sent."""
        self._log("sent", action, size, ref)

    def _log(self, direction: str, action: object, size: int, ref: Ref | None) -> None:
        if isinstance(action, str) and action in self._ignored:
            return
        known = excerpt(ref) if isinstance(ref, str) else ref
        facts = {
            **self._journal.facts(action),
            "direction": direction,
            "ref": known,
            "size": size,
        }
        logger.info("%s %s, %d bytes", direction.capitalize(), action, size, extra=facts)


__all__ = ["Journal", "MessageLog"]
