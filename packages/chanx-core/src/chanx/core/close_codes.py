"""The codes with which chanx closes a WebSocket (RFC 6455, 7.4.2: 4000-4999 are private use)."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Final, Literal, TypeAlias

NO_CODE: Final = 1005
"""RFC 6455, 7.4.1: what ``disconnect`` is told when the client closed without a code."""

ABNORMAL_CLOSURE: Final = 1006
"""RFC 6455, 7.4.1: what ``disconnect`` is told when the connection broke."""

Retry: TypeAlias = Literal["never", "refresh", "backoff", "spread"]
"""``never``: the same would happen again. ``refresh``: connect again with new credentials.
``backoff``: connect again, after waits that grow. ``spread``: the same, and at a moment that chance
decides, since many clients were closed at once."""

# What the ranges below do not say. Clients that chanx writes have the same table (rule R6 of
# docs/client-rules.md), for servers that say nothing of a code in their document.
_VERDICTS: Final[Mapping[int, Retry]] = {
    1000: "never",
    1001: "spread",
    1002: "never",
    1003: "never",
    1007: "never",
    1008: "refresh",
    1010: "never",
    1012: "spread",
    1013: "spread",
    4401: "refresh",
    4408: "backoff",
    4413: "backoff",
    4425: "backoff",
    4429: "spread",
}


def verdict_of(code: int) -> Retry:
    """Return what a client does after a close code, as far as the code itself says it.

    Args:
        code: The code.

    Example:
        >>> verdict_of(4404), verdict_of(4503), verdict_of(4001)
        ('never', 'spread', 'backoff')
    """
    if code in _VERDICTS:
        return _VERDICTS[code]
    if 4400 <= code <= 4499:
        return "never"
    return "spread" if 4500 <= code <= 4599 else "backoff"


class CloseCode(IntEnum):
    """Why the server closed: 44xx ask not to retry unchanged, 45xx to retry with back-off.

    Three of the former say that the moment or a frame was wrong and not the connection: 4408, 4413
    and 4429 are to be retried with back-off as well (:attr:`is_retryable`). Two are the
    protocol's own: 1000, and 1012 of IANA's registry. Where a server does not send that one, as
    daphne does not, it is 4503. Those after which many clients may come back at once (1012, 4429,
    45xx) have the moment to do so in the reason, another one for each client.

    A refusal closes with 4000 plus the HTTP status that says why, so other codes of the two
    ranges occur where an authenticator or ``connect()`` chose the status.

    Example:
        >>> CloseCode.TOO_LARGE.description
        'A frame exceeded the size limit.'
        >>> CloseCode.SLOW_CONSUMER.is_retryable
        True
    """

    description: str

    def __new__(cls, value: int, description: str) -> "CloseCode":
        """Make a member, which is its code and has a description."""
        member = int.__new__(cls, value)
        # The number alone, without the description, so that CloseCode(4401) finds the member.
        member._value_ = value
        member.description = description
        return member

    NORMAL = 1000, "The connection has served its purpose."
    SERVICE_RESTART = 1012, "The server restarts."
    BAD_REQUEST = 4400, "The handshake's parameters are wrong."
    UNAUTHORIZED = 4401, "Credentials are missing or wrong."
    FORBIDDEN = 4403, "The credentials do not permit this connection, or its origin is foreign."
    NOT_FOUND = 4404, "What the address names does not exist."
    HANDSHAKE_TIMEOUT = 4408, "The handshake took too long."
    TOO_LARGE = 4413, "A frame exceeded the size limit."
    INVALID_PARAMETERS = 4422, "The handshake's parameters do not validate."
    TOO_MANY_REQUESTS = 4429, "Too many connections or requests."
    INTERNAL_ERROR = 4500, "The server failed; what happened stands in its log."
    UNAVAILABLE = 4503, "The server cannot serve the connection for now."
    SLOW_CONSUMER = 4509, "The client did not read fast enough what it was sent."
    SILENT = 4510, "The client was silent for too long."
    AGED = 4511, "The connection has reached its greatest age; connect again."

    @property
    def is_retryable(self) -> bool:
        """Whether a client may come back unchanged: :func:`verdict_of` says when."""
        return verdict_of(self) in ("backoff", "spread")


_DESCRIPTIONS: Final[Mapping[int, str]] = {each: each.description for each in CloseCode}

SUBSTITUTES: Final[Mapping[int, CloseCode]] = {
    1001: CloseCode.UNAVAILABLE,
    1002: CloseCode.BAD_REQUEST,
    1003: CloseCode.BAD_REQUEST,
    1007: CloseCode.BAD_REQUEST,
    1008: CloseCode.FORBIDDEN,
    1009: CloseCode.TOO_LARGE,
    1010: CloseCode.BAD_REQUEST,
    1011: CloseCode.INTERNAL_ERROR,
    1012: CloseCode.UNAVAILABLE,
    1013: CloseCode.UNAVAILABLE,
    1014: CloseCode.UNAVAILABLE,
}
"""What stands for the protocol's own codes where a server does not send them, as daphne does not.
These are all that an endpoint may send (RFC 6455, 7.4.1, and IANA's registry)."""


def is_sendable(code: Any) -> bool:
    """Return whether a close frame may carry a code: 1000, 3000 to 4999, or of the protocol's own.

    Args:
        code: What an application gave as one.
    """
    # Typed Any, as it may come from a layer or a project without types. True is an int, and 1 is no
    # code.
    if not isinstance(code, int) or isinstance(code, bool):
        return False
    # RFC 6455, 7.4.2: 3000-3999 are registered with IANA, 4000-4999 private, and 1000-2999 the
    # protocol's own, of which 7.4.1 has 1005, 1006 and 1015 never stand in a frame, and 1004 mean
    # nothing yet.
    return code == 1000 or 3000 <= code <= 4999 or code in SUBSTITUTES


def close_code_for(status_code: int) -> int:
    """Return the close code that mirrors an HTTP status.

    Args:
        status_code: An HTTP status, 400 to 599.
    """
    return 4000 + status_code


def status_of(code: int) -> int:
    """Return the HTTP status that a handshake is refused with when it is closed with a code.

    Args:
        code: The close code: one that mirrors a status or has a substitute that does, or another,
            for which 403 stands.
    """
    code = SUBSTITUTES.get(code, code)
    return code - 4000 if is_refusal(code) else 403


def is_refusal(code: int) -> bool:
    """Return whether a close code mirrors an HTTP status that refuses.

    Args:
        code: A close code.
    """
    return 4400 <= code <= 4599


def description_of(code: int) -> str:
    """Return what the table says of a close code; an empty text where it says nothing.

    Args:
        code: A close code.
    """
    return _DESCRIPTIONS.get(code, "")


__all__ = [
    "ABNORMAL_CLOSURE",
    "NO_CODE",
    "SUBSTITUTES",
    "CloseCode",
    "Retry",
    "close_code_for",
    "description_of",
    "is_refusal",
    "is_sendable",
    "status_of",
    "verdict_of",
]
