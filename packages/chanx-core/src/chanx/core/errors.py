"""What can go wrong: one tree of exceptions, with :class:`ChanxError` at its root."""

from collections.abc import Sequence

from chanx.core.close_codes import CloseCode
from chanx.messages import ErrorCode, ErrorMessage, ErrorPayload, FieldError


class ChanxError(Exception):
    """The root of every exception that chanx raises of its own accord."""


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


class RefuseConnection(ChanxError):
    """Raise in ``connect()`` to refuse a connection.

    The client receives ``{"action": "error", "payload": {"code": "refused", "detail": ...}}`` and
    close code 4000 plus the status.

    Args:
        status_code: The HTTP status that says why, 400 to 599.
        detail: The reason, shown to the client.
        errors: Each parameter of the handshake that is wrong, shown to the client; None where it
            is not for such.

    Raises:
        ValueError: If the status is not an HTTP error status.

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
    ) -> None:
        if not 400 <= status_code <= 599:
            raise ValueError(f"{status_code} is not an HTTP error status: use 400 to 599.")
        super().__init__(status_code, detail)
        self.status_code = status_code
        self.detail = detail
        self.errors: list[FieldError] | None = None if errors is None else list(errors)

    def __str__(self) -> str:
        return f"{self.status_code}: {self.detail}"


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
    "FrameError",
    "LayerUnavailable",
    "MissingPackageError",
    "RefuseConnection",
    "TooManyGroups",
    "UnknownLayerError",
]
