"""What can go wrong: one tree of exceptions, with :class:`ChanxError` at its root."""

import math
import re
from collections.abc import Sequence
from typing import Any, Final, get_args

from chanx.core.close_codes import CloseCode, close_code_for, is_sendable
from chanx.messages import (
    ErrorCode,
    ErrorMessage,
    ErrorPayload,
    ExpectedErrorMessage,
    ExpectedErrorPayload,
    FieldError,
)


class ChanxError(Exception):
    """The root of every exception that chanx raises of its own accord."""


# A TypeError, as Python's own for a class that cannot work. So no `except TypeError` may stand
# around what builds classes (Codec.decode).
class ConfigurationError(ChanxError, TypeError):
    """A declaration or setting cannot work; the text names the place and the fix.

    Raised when a class is created, a consumer is mounted or an application starts, never for
    what a client sends.
    """


class MissingPackageError(ChanxError, RuntimeError):
    """A feature needs an optional package that is not installed; the text has the pip line."""


class UnknownLayerError(ChanxError, LookupError):
    """No channel layer is registered under the alias; the text lists those that are."""


class ChannelFull(ChanxError):
    """A channel holds as many messages as its layer's capacity allows; this one was not added."""


# A ConnectionError, so that code which expects a server to be away need not know chanx.
class LayerUnavailable(ChanxError, ConnectionError):
    """A channel layer's server cannot be reached at present; what was to be sent is not sent.

    Attributes:
        retry_after: Seconds after which the layer itself tries again; None if it does not know.
    """

    def __init__(self, text: str, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class TooManyGroups(ChanxError):
    """A connection is to join more groups than ``Limits.max_groups``."""


class TooManyTasks(ChanxError):
    """A connection is to start more tasks than ``Limits.max_tasks``."""


class RequestError(ChanxError):
    """What the server asked a client got no answer.

    A handler that lets it pass answers with an error of code ``no_answer``, which is expected.
    """


# Of both families, so that `except TimeoutError` finds it as asyncio's own.
class RequestTimeout(RequestError, TimeoutError):
    """The client did not answer in time."""


class ConnectionEnded(RequestError, ConnectionError):
    """The connection ended before the client answered."""


class RequestRefused(RequestError):
    """The client answered with an error, or with what is not an answer.

    Attributes:
        code: The error's code: the client's, or that with which its answer was refused.
        detail: What went wrong, in words.
        data: What else the client told; None for nothing.
    """

    def __init__(self, code: str, detail: str, data: Any) -> None:
        # All of them as args: what is pickled, as for another process, is made again of these.
        super().__init__(code, detail, data)
        self.code = code
        self.detail = detail
        self.data = data

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


class RefuseConnection(ChanxError):
    """Raise in ``connect()`` to refuse a connection.

    The client receives ``{"action": "error", "payload": {"code": "refused", "detail": ...}}`` and
    close code 4000 plus the status.

    Args:
        status_code: The HTTP status that says why, 400 to 599.
        detail: The reason, shown to the client.
        errors: Each parameter of the handshake that is wrong, shown to the client; None where it
            is not for such.
        retry_after: Seconds after which the client may come back: it is told in
            ``payload.data.retry_after``, in the reason of the close frame, and where consumers deny
            with HTTP by Retry-After (RFC 9110, 10.2.3). None to tell nothing of it.

    Raises:
        ValueError: If the status is not an HTTP error status, or the seconds are not a number from
            zero on.

    Example:
        >>> raise RefuseConnection(404, "No such room.")
        Traceback (most recent call last):
            ...
        chanx.core.errors.RefuseConnection: 404: No such room.
    """

    def __init__(
        self,
        status_code: int = 403,
        detail: str = "The connection is refused.",
        *,
        errors: Sequence[FieldError] | None = None,
        retry_after: float | None = None,
    ) -> None:
        # The close code is 4000 plus this: below 400 it would be none of those that mean a refusal.
        if not 400 <= status_code <= 599:
            raise ValueError(f"{status_code} is not an HTTP error status: use 400 to 599.")
        # It is told in JSON, in the reason of a close frame and in Retry-After, none of which has
        # infinity or NaN.
        if retry_after is not None and not 0 <= retry_after < math.inf:
            raise ValueError(f"retry_after={retry_after!r}: use seconds, from zero on.")
        super().__init__(status_code, detail)
        self.status_code = status_code
        self.detail = detail
        self.errors: list[FieldError] | None = None if errors is None else list(errors)
        self.retry_after = retry_after

    def __str__(self) -> str:
        return f"{self.status_code}: {self.detail}"


# Names, for they become labels of metrics and stand in documents.
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")


def misnamed(code: object) -> str | None:
    """Return why a project's own error may not have a code; None if it may.

    Args:
        code: The code.
    """
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        return (
            f"{code!r} is not an error code: write a name such as 'busy', of at most 64 letters, "
            f"digits and '_.-'."
        )
    # That set stays closed: clients know what each of them means, whatever server they talk to.
    if code in get_args(ErrorCode):
        return f"{code!r} is an error code of chanx's own: choose another, such as 'busy'."
    return None


class MessageError(ChanxError):
    """Raise in a handler to answer with an error of the project's own.

    The client receives ``{"action": "error", "payload": {"code": ..., "detail": ...}}`` with the
    ``ref`` of its request, and nothing is logged as a failure: this is expected. Observers count it
    by its code, so that codes are names, and not made of what clients send.

    In an event's handler, and in ``post_authentication``, the client is told without a ``ref``. In
    ``connect`` and ``post_authentication`` the connection closes then.

    Args:
        code: What went wrong, for a program: a name of the project's own, none of
            :data:`~chanx.messages.ErrorCode`.
        detail: What went wrong, for a person.
        data: What else the client is told, anything that pydantic can turn into JSON; None for
            nothing.
        closes: The code with which the connection closes once the client is told; None if it stays
            open.
        status_code: The HTTP status, 400 to 599, with which ``connect`` refuses by this error; it
            closes with 4000 plus the status if ``closes`` is None.

    Raises:
        ConfigurationError: If the code is not a name or is chanx's own, no close frame may carry
            ``closes``, or the status is not an HTTP error status.

    Example:
        >>> raise MessageError("busy", "An answer is being written.", data={"seconds": 3})
        Traceback (most recent call last):
            ...
        chanx.core.errors.MessageError: busy: An answer is being written.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        data: Any = None,
        closes: int | None = None,
        status_code: int = 403,
    ) -> None:
        if (trouble := misnamed(code)) is not None:
            raise ConfigurationError(f"MessageError: {trouble}")
        # Raised in the place of the error: a code that cannot be sent would else be found out when
        # nobody hears any more.
        if closes is not None and not is_sendable(closes):
            raise ConfigurationError(
                f"MessageError(closes={closes!r}): no close frame may carry that code (RFC 6455, "
                f"7.4): use 1000, or 3000 to 4999."
            )
        if not 400 <= status_code <= 599:
            raise ConfigurationError(
                f"MessageError(status_code={status_code!r}): use an HTTP error status, 400 to 599."
            )
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.data = data
        self.closes = closes
        self.status_code = status_code

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"

    @property
    def closing(self) -> int:
        """The code with which a connection closes that cannot go on after this error."""
        return close_code_for(self.status_code) if self.closes is None else self.closes

    def message(self) -> ExpectedErrorMessage:
        """Return the message that tells the client."""
        # Half a surrogate pair has no encoding.
        detail = str(self.detail).encode(errors="ignore").decode()
        return ExpectedErrorMessage(
            payload=ExpectedErrorPayload(code=self.code, detail=detail, data=self.data)
        )


class FrameError(ChanxError):
    """A client's frame is not a message that the consumer takes.

    Attributes:
        code: One of the closed set of error codes.
        detail: What is wrong, safe to show the client.
        errors: For validation errors, each field that is wrong; otherwise None.
        ref: The request's correlation id, None where there is none to read.
        action: The frame's action, None where there is none to read.
        closes: The code with which the connection closes once the client is told; None if it
            stays open, as it does for almost all.
    """

    def __init__(
        self,
        code: ErrorCode,
        detail: str,
        *,
        errors: Sequence[FieldError] | None = None,
        ref: str | int | None = None,
        action: str | None = None,
        closes: CloseCode | None = None,
    ) -> None:
        super().__init__(code, detail)
        self.code: ErrorCode = code
        self.detail = detail
        self.errors: list[FieldError] | None = None if errors is None else list(errors)
        self.ref = ref
        self.action = action
        self.closes = closes

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"

    def message(self) -> ErrorMessage:
        """Return the message that tells the client."""
        return ErrorMessage(
            payload=ErrorPayload(code=self.code, detail=self.detail, errors=self.errors)
        )


__all__ = [
    "ChannelFull",
    "ChanxError",
    "ConfigurationError",
    "ConnectionEnded",
    "FrameError",
    "LayerUnavailable",
    "MessageError",
    "MissingPackageError",
    "RefuseConnection",
    "RequestError",
    "RequestRefused",
    "RequestTimeout",
    "TooManyGroups",
    "TooManyTasks",
    "UnknownLayerError",
    "misnamed",
]
