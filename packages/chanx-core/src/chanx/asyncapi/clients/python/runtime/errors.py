# SPDX-License-Identifier: 0BSD
"""Why something that was asked for did not happen. No text holds a token or a query."""

from typing import Any, Generic, TypeVar

from .states import Close, State

Reply = TypeVar("Reply")


class ClientError(Exception):
    """Of all of them."""


class NotConnected(ClientError):
    """There is no connection, so that nothing was sent.

    Attributes:
        state: Where the client stands.
    """

    def __init__(self, state: State) -> None:
        super().__init__(
            f"Not connected ({type(state).__name__.lower()}): nothing was sent."
        )
        self.state = state


class ConnectionLost(ClientError):
    """The connection broke.

    Attributes:
        close: Why.
        sent: Whether the server may have done what was asked.
    """

    def __init__(self, close: Close, *, sent: bool) -> None:
        known = "it is not known whether this was done" if sent else "this was not sent"
        super().__init__(f"The connection broke ({close.code}): {known}.")
        self.close = close
        self.sent = sent


class TimedOut(ClientError, TimeoutError):
    """No reply came in time.

    Attributes:
        after: The seconds that it had.
    """

    def __init__(self, after: float) -> None:
        super().__init__(f"No reply came within {after:g} s.")
        self.after = after


class FrameTooLarge(ClientError):
    """The frame is larger than the server reads.

    Attributes:
        size: Its bytes.
        limit: Those that the server reads.
    """

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(
            f"A frame of {size} bytes is over the server's limit of {limit}."
        )
        self.size = size
        self.limit = limit


class QueueFull(ClientError):
    """As much is queued as may be."""


class Expired(ClientError):
    """There was no connection for as long as a message may wait for one."""


class Cancelled(ClientError):
    """Nobody wants it any more: the stream was left."""


class Overflow(ClientError):
    """More came than was taken."""


class Refused(ClientError, Generic[Reply]):
    """The server refused.

    Attributes:
        reply: What it said.
    """

    def __init__(self, reply: Reply) -> None:
        # It stands in tracebacks and logs, for which a reply may be much too long.
        said = repr(reply)
        said = said if len(said) <= 200 else f"{said[:200]}..."
        super().__init__(f"The server refused: {said}")
        self.reply = reply


class InvalidReply(ClientError):
    """The reply is not what the document says.

    Attributes:
        raw: The reply, as JSON is read.
        problem: What is wrong with it.
    """

    def __init__(self, raw: Any, problem: str) -> None:
        super().__init__(f"The reply is not what the document says: {problem}")
        self.raw = raw
        self.problem = problem


class Unauthorized(ClientError):
    """For a token provider to raise: there is no token, and there will be none."""


class ConnectionClosed(ClientError):
    """The client is closed for good.

    Attributes:
        close: Why.
    """

    def __init__(self, close: Close) -> None:
        meaning = f": {close.meaning}" if close.meaning else ""
        super().__init__(f"The connection is closed ({close.code}){meaning}")
        self.close = close


__all__ = [
    "Cancelled",
    "ClientError",
    "ConnectionClosed",
    "ConnectionLost",
    "Expired",
    "FrameTooLarge",
    "InvalidReply",
    "NotConnected",
    "Overflow",
    "QueueFull",
    "Refused",
    "TimedOut",
    "Unauthorized",
]
