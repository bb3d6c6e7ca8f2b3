# SPDX-License-Identifier: 0BSD
"""What a machine says is to be done."""

from asyncio import CancelledError
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeAlias

from .calls import AnyCall, Failure
from .protocol import Frame
from .states import Close, State

TokenReason: TypeAlias = Literal["connect", "rejected", "expiring", "unknown"]
"""Why a token is asked for: at first; the server refused the one before; it is about to end; three
attempts in a row failed, and nobody said why."""


@dataclass(frozen=True, slots=True)
class StateChange:
    """The state is another one."""

    state: State


@dataclass(frozen=True, slots=True)
class NeedToken:
    """The provider is to be asked."""

    reason: TokenReason


@dataclass(frozen=True, slots=True)
class OpenSocket:
    """A socket is to be opened, with the token if there is one."""

    token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Drop:
    """The socket is to be given up: nothing that it brings counts any more."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Send:
    """A frame is to be sent; ``text`` is how it is written."""

    frame: Frame
    text: str


@dataclass(frozen=True, slots=True)
class Hook:
    """The connection is ready, and the hook is to run, if there is one."""

    first: bool


@dataclass(frozen=True, slots=True)
class Message:
    """A message came unasked."""

    key: str
    frame: Frame


@dataclass(frozen=True, slots=True)
class UnknownFrame:
    """What came is not a message of the document."""

    frame: Frame
    problem: str


@dataclass(frozen=True, slots=True)
class Report:
    """Something of the user's failed, which changes nothing else."""

    error: Exception


@dataclass(frozen=True, slots=True)
class Item(Generic[AnyCall]):
    """A stream brought something; ``is_end`` says whether it ends it."""

    call: AnyCall
    key: str
    frame: Frame
    is_end: bool


@dataclass(frozen=True, slots=True)
class Settle(Generic[AnyCall]):
    """A call is over.

    Attributes:
        call: Which.
        error: Why it failed; None if it did not.
        sent: Of a request that failed: whether the server may have done what was asked.
        amount: The bytes that are too many, or the seconds that have passed.
        key: The key of the message that answered.
        frame: What answered.
        close: Why the connection ended, where that is the reason.
    """

    call: AnyCall
    error: Failure | None
    sent: bool
    amount: float = 0
    key: str = ""
    frame: Frame = None
    close: Close | None = None


Effect: TypeAlias = (
    StateChange
    | NeedToken
    | OpenSocket
    | Drop
    | Send
    | Hook
    | Message
    | UnknownFrame
    | Report
    | Item[AnyCall]
    | Settle[AnyCall]
)


def reportable(error: Exception | CancelledError) -> Exception:
    """Return what is reported of what a function of the user's raised.

    Args:
        error: What it raised. ``CancelledError`` is not an ``Exception``, and comes of looking at a
            future that was cancelled; going on, it would end whoever reads the socket.
    """
    if isinstance(error, Exception):
        return error
    return RuntimeError("What was looked at, or waited for, was cancelled.")


__all__ = [
    "Drop",
    "Effect",
    "Hook",
    "Item",
    "Message",
    "NeedToken",
    "OpenSocket",
    "Report",
    "Send",
    "Settle",
    "StateChange",
    "TokenReason",
    "UnknownFrame",
    "reportable",
]
