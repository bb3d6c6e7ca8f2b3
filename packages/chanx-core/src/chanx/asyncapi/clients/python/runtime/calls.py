# SPDX-License-Identifier: 0BSD
"""What is sent, and how it may fail."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

from .protocol import Frame, Rules

Ref: TypeAlias = int | str


Failure: TypeAlias = Literal[
    "cancelled",
    "closed",
    "connection_lost",
    "expired",
    "invalid",
    "not_connected",
    "overflow",
    "queue_full",
    "server_error",
    "timeout",
    "too_large",
]


@dataclass(slots=True, kw_only=True, eq=False)
class Call:
    """Something to send.

    Attributes:
        kind: What is waited for.
        frame: The frame, without an id.
        rules: What the document says of it.
        timeout: Seconds for a reply, or the first item; None for the client's own.
        item_timeout: Seconds between two items; None for the client's own.
        ref: The id that the machine gave it; None before it was sent.
    """

    kind: Literal["send", "request", "stream"]
    frame: Frame
    rules: Rules
    timeout: float | None = None
    item_timeout: float | None = None
    ref: Ref | None = None


AnyCall = TypeVar("AnyCall", bound=Call)


__all__ = ["AnyCall", "Call", "Failure", "Ref"]
