"""What a client is told that is refused, and what the log says of it."""

import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from chanx.core.asgi import Header, report_failure
from chanx.core.clock import Clock
from chanx.core.close_codes import CloseCode, close_code_for, is_refusal, status_of
from chanx.core.connection import Connection
from chanx.core.farewell import hint
from chanx.core.hooks import Hooks
from chanx.core.journal import account_of, described
from chanx.core.observer import Observer
from chanx.core.runtime import Runtime
from chanx.core.shown import shown
from chanx.core.subprotocols import plain_subprotocol, subprotocol_credentials
from chanx.messages import (
    BaseMessage,
    ErrorCode,
    ErrorMessage,
    ErrorPayload,
    FieldError,
    RefusalData,
)

logger: Final = logging.getLogger("chanx.websocket")

REFUSED: Final = "The connection is refused."
"""What a client is told where nothing is said of the reason."""


_PLACES: Final = frozenset({"path", "query", "header", "cookie"})
"""Where the parameters of a handshake stand."""


def missing_parameters(errors: Sequence[FieldError] | None) -> str:
    """Return what the log says of parameters that a handshake does not have; else nothing.

    A parameter of ``connect`` that is spelt otherwise than in the route is one of the query, which
    no client sends. These are names that the application declares: whatever else is wrong may be
    told in words of the client, which no log has.

    Args:
        errors: What is wrong with the parameters.
    """
    names = [
        f"{each.loc[0]} {each.loc[1]}"
        for each in errors or ()
        if each.type == "missing" and len(each.loc) == 2 and each.loc[0] in _PLACES
    ]
    return f"; {' and '.join(names)} {'is' if len(names) == 1 else 'are'} missing" if names else ""


class Refusal:
    """Tells one client that it is refused, and says once in the log who was, where and why.

    Args:
        consumer: The consumer.
        runtime: The consumer's declarations and settings.
        connection: The connection.
        observer: Who is told of the refusal; None for nobody.
        clock: The time by which the client is waited for.
    """

    __slots__ = ("_clock", "_connection", "_consumer", "_is_said", "_observer", "_runtime")

    def __init__(
        self,
        consumer: Hooks,
        runtime: Runtime,
        connection: Connection,
        observer: Observer | None,
        clock: Clock,
    ) -> None:
        self._consumer = consumer
        self._runtime = runtime
        self._connection = connection
        self._observer = observer
        self._clock = clock
        self._is_said = False

    async def tell(
        self,
        status_code: int,
        told: BaseMessage | None,
        code: int | None = None,
        reason: str = "",
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Refuse the connection where its client can read why (a browser cannot before accept).

        Args:
            status_code: The HTTP status that says why.
            told: The message that tells the client; None to tell nothing but the close code.
            code: The close code; None for the one that mirrors the status.
            reason: The reason of the close frame.
            retry_after: Seconds after which the client is to come back, which it is told in the
                message, too; None to tell nothing of it.
            headers: Further headers of an HTTP response that refuses; None for none.
        """
        code = code or close_code_for(status_code)
        try:
            # Around all of it: a client that reads nothing may hold up the accept, the message and
            # the close.
            async with self._clock.timeout(self._runtime.limits.close_timeout):
                await self._tell(status_code, told, code, reason, retry_after, headers)
        except TimeoutError:
            # What the client leaves unread is given up at the session's end, with its socket.
            self._connection.lost()

    async def tell_failure(self, code: CloseCode) -> None:
        """Refuse a connection that the server cannot serve.

        Args:
            code: The close code that says so.
        """
        retry_after = self._runtime.retry_after(code)
        told = refused_with("internal_error", code.description, retry_after=retry_after)
        reason = "" if retry_after is None else hint(retry_after)
        await self.tell(status_of(code), told, code, reason, retry_after)

    async def _tell(
        self,
        status_code: int,
        told: BaseMessage | None,
        code: int,
        reason: str,
        retry_after: float | None,
        headers: Mapping[str, str] | None,
    ) -> None:
        connection = self._connection
        # Only where the server can: daphne never answers what it does not know, and the client
        # would wait.
        if self._runtime.settings.deny_with_http and connection.can_deny:
            body = b"" if told is None else self._runtime.codec.encode(told).encode()
            await connection.deny(status_code, denial_headers(retry_after, headers), body)
            return
        if connection.state == "connecting":
            scope = connection.scope
            others = self._consumer.handshake_credentials
            names = subprotocol_credentials(scope, self._consumer.authenticator_class, others)
            # Accepted to be refused: of an earlier close a browser sees 1006 and nothing else.
            await connection.accept(plain_subprotocol(scope, names))
        if told is not None:
            await self._consumer.send_message(told)
        await connection.close(code, reason)

    def say(self, status_code: int, why: str) -> None:
        """Log a refusal.

        Args:
            status_code: The HTTP status that says why.
            why: The reason in words; the client may have been told another one.
        """
        # A refusal has one cause, but several who may tell it: an error that connect() raised, and
        # the close that it had called before.
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
        report_failure(self._connection.scope, name, error)
        facts = self._facts(status_code)
        user = "" if facts["user"] is None else f", user {shown(facts['user'])}"
        text, where = "%s failed (path %s%s)%s", shown(facts["path"])
        reason, trace = account_of(error)
        logger.error(text, name, where, user, reason, exc_info=trace, extra=facts)

    def say_own_close(self) -> None:
        """Log the refusal of a ``connect`` that accepted, and closed with a code that refuses."""
        code = self._connection.close_code
        # Other codes are the consumer's own ways to end, as 1000 after it has answered all in
        # connect().
        if code is not None and is_refusal(code):
            self.say(status_of(code), f"{type(self._consumer).__qualname__}.connect closed it")

    def _facts(self, status_code: int) -> dict[str, Any]:
        if self._observer is not None and not self._is_said:
            # Once, as the log says it once, whichever of the two ways comes first.
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
        # The authenticator's own comes first: it has looked at credentials, while middleware may
        # have left an anonymous user in the scope.
        user = self._connection.scope.get("user") if known is None else known
        return None if user is None else described(type(self._consumer).describe_user, user)


def refused_with(
    code: ErrorCode,
    detail: str,
    errors: list[FieldError] | None = None,
    retry_after: float | None = None,
) -> ErrorMessage:
    """Return the message that tells a client why it is refused.

    Args:
        code: The error's code.
        detail: The reason in words.
        errors: Each parameter of the handshake that is wrong; None where it is not for such.
        retry_after: Seconds after which it is to come back; None to tell nothing of it.
    """
    sendable = detail.encode(errors="ignore").decode()  # half a surrogate pair has no encoding
    data = None if retry_after is None else RefusalData(retry_after=retry_after)
    return ErrorMessage(payload=ErrorPayload(code=code, detail=sendable, errors=errors, data=data))


_ITS_OWN: Final = frozenset(
    {"connection", "content-encoding", "content-length", "content-type", "transfer-encoding"}
)
"""What a response says of its body and of its connection, which is for nobody else to say."""


def denial_headers(
    retry_after: float | None, further: Mapping[str, str] | None = None
) -> list[Header]:
    """Return the headers of an HTTP response that refuses, and whose body is a message.

    Args:
        retry_after: Seconds after which the client is to come back, of which the header takes
            whole ones (RFC 9110, 10.2.3); None to tell nothing of it.
        further: Headers of who refuses; None for none. Those that say something of a body count
            for nothing, as that is another one here.
    """
    named = {name.lower(): value for name, value in (further or {}).items()}
    if retry_after is not None:
        # Rounded up: rounded down, the client would come back before its moment.
        named["retry-after"] = str(math.ceil(retry_after))
    return [
        (b"content-type", b"application/json"),
        *(
            # Headers are bytes, which servers read as latin-1 (RFC 9110, 5.5): what does not fit is
            # spoilt, where it would else spoil the refusal.
            (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
            for name, value in named.items()
            if name not in _ITS_OWN
        ),
    ]


__all__ = ["REFUSED", "Refusal", "denial_headers", "missing_parameters", "refused_with"]
