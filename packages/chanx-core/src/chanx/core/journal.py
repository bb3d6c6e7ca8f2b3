"""What is logged of one connection: what became of it and its messages, never what was in them."""

import logging
from collections.abc import Callable, Collection, Iterable
from typing import Any, Final

from chanx.core.asgi import Event, report_failure, report_undeclared
from chanx.core.connection import Connection
from chanx.core.errors import FrameError, LayerUnavailable
from chanx.core.excerpt import excerpt
from chanx.core.frames import Ref
from chanx.core.inbox import size_of_event
from chanx.core.observer import Observer
from chanx.core.settings import Settings
from chanx.core.shown import shown

logger: Final = logging.getLogger("chanx.websocket")


class Journal:
    """Logs what goes wrong with a connection.

    Each text ends with whose connection it is; each record has :meth:`facts`.

    Args:
        owner: The name of the connection's consumer.
        connection: The connection.
        describe_user: Returns what the log calls a user; None if that is not known.
    """

    __slots__ = ("_connection", "_describe_user", "_described", "_owner")

    def __init__(
        self, owner: str, connection: Connection, describe_user: Callable[[Any], str | None]
    ) -> None:
        self._owner = owner
        self._connection = connection
        self._describe_user = describe_user
        # The last user that was described, who may change while the connection lives, what it is
        # called, and the end of texts.
        self._described: tuple[Any, str | None, str] | None = None

    def of_messages(self, settings: Settings) -> "MessageLog | None":
        """Return what logs the connection's messages; None if they are not logged.

        It is asked once for a connection, not for each message.

        Args:
            settings: The consumer's settings.
        """
        # An observer that would log nothing is none: nothing is measured for it, and replies go the
        # short way (Outbox).
        if settings.log_websocket_message and logger.isEnabledFor(logging.INFO):
            return MessageLog(self, settings.log_ignored_actions)
        return None

    def refused_frame(self, error: FrameError, event: Event) -> None:
        """Log a frame that is not a message of the consumer.

        Args:
            error: What is wrong with it.
            event: ASGI's ``websocket.receive``, which brought it.
        """
        # Asked first: the facts cost more than the question, and a client may send such frames
        # without end.
        if logger.isEnabledFor(logging.INFO):
            size = size_of_event(event)
            facts = {**self.facts(error.action), "code": error.code, "size": size}
            logger.info("Refused a frame, %d bytes%s: %s", size, self.whose(), error, extra=facts)

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
        report_failure(self._connection.scope, f"{owner}.{name}", error)
        facts = self.facts(action)
        reason, trace = account_of(error)
        whose = self.whose() + reason
        if action is None:
            logger.error("%s.%s failed%s", owner, name, whose, exc_info=trace, extra=facts)
        else:
            text = "%s.%s failed at %r%s"
            logger.error(text, owner, name, action, whose, exc_info=trace, extra=facts)

    def unreadable(self, name: str, error: UnicodeError) -> None:
        """Note for debugging where an authenticator could not read what a client presented.

        Args:
            name: The method.
            error: What it raised.
        """
        text = "%s failed%s"
        logger.debug(text, name, self.whose(), exc_info=error, extra=self.facts(None))

    def left_behind(self, owner: str, name: str, seconds: float) -> None:
        """Log that something went on although it was cancelled.

        Args:
            owner: Whose method it is.
            name: The method.
            seconds: For how long it was waited for.
        """
        logger.error(
            "%s.%s was left behind: %g s after it was cancelled it had not ended. Let "
            "asyncio.CancelledError pass, or raise it again%s.",
            owner,
            name,
            seconds,
            self.whose(),
            extra=self.facts(None),
        )

    def warning(self, text: str, *args: object, action: str | None = None) -> None:
        """Log what may need a look.

        Args:
            text: What happened, as logging takes it.
            args: The arguments of the text.
            action: The action of the message that was handled; None for none.
        """
        logger.warning(text + "%s", *args, self.whose(), extra=self.facts(action))

    def undeclared(self, name: str, code: str, declared: Iterable[str], *, is_new: bool) -> None:
        """Log a handler's answer of which its document knows nothing.

        Args:
            name: The handler.
            code: The code of its error.
            declared: Those that it declares.
            is_new: Whether it is the first of this code; others are not logged.
        """
        known = ", ".join(map(repr, declared))
        text = (
            f"{self._owner}.{name} answers with an error of code {code!r}, and declares {known} "
            f"only, so that its document and generated clients do not know it. Add "
            f"errors={{{code!r}: 'When that is.'}} to its decorator, or the code to "
            f"{self._owner}.handler_errors."
        )
        report_undeclared(self._connection.scope, code, text)
        if is_new:
            self.warning("%s", text)

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
            "user": self.user(),
        }

    def user(self) -> str | None:
        """Return what the log calls the user; None if nobody is known, or would be looked up."""
        return self._describe()[1]

    def whose(self) -> str:
        """Return whose connection it is, as the end of a text."""
        return self._describe()[2]

    def _describe(self) -> tuple[Any, str | None, str]:
        scope, known = self._connection.scope, self._described
        user = scope.get("user")
        # One that could not be described may be later: a lazy object stays the same.
        if known is not None and known[0] is user and (user is None or known[1] is not None):
            return known
        text = None if user is None else described(self._describe_user, user)
        path = shown(scope.get("path"))
        whose = f" (path {path})" if text is None else f" (path {path}, user {shown(text)})"
        # Kept, since it stands at the end of each line; only until another user is there.
        self._described = user, text, whose
        return self._described


def described(describe: Callable[[Any], str | None], user: Any) -> str | None:
    """Return what the log calls a user; None if that is not known, or it fails.

    Args:
        describe: The consumer's ``describe_user``.
        user: The user.
    """
    try:
        return describe(user)
    except Exception:  # noqa: BLE001 - a project's own code raises what it likes
        # Nothing that is logged may harm a connection, and a line without a name is one all the
        # same.
        return None


def account_of(error: BaseException) -> tuple[str, BaseException | None]:
    """Return how a failure is shown: what its text ends with, and the ``exc_info`` of logging.

    Args:
        error: What was raised. Of a layer that is away no traceback is shown: it tells of that
            itself, and who broadcasts meanwhile fails as often as its clients like, each time with
            the same two tracebacks. At DEBUG they are there.
    """
    if isinstance(error, LayerUnavailable) and not logger.isEnabledFor(logging.DEBUG):
        return f": {error}", None
    return "", error


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
        # A client chooses it, and how long it is.
        known = excerpt(ref) if isinstance(ref, str) else ref
        facts = {
            **self._journal.facts(action),
            "direction": direction,
            "ref": known,
            "size": size,
        }
        text, whose = "%s %s, %d bytes%s", self._journal.whose()
        logger.info(text, direction.capitalize(), action, size, whose, extra=facts)


__all__ = ["Journal", "MessageLog", "account_of", "described"]
