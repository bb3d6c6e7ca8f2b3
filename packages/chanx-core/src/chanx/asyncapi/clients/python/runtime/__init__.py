# SPDX-License-Identifier: 0BSD
"""What every client made by chanx has in common."""

from .client import Unknown
from .connection import TokenRequest
from .errors import (
    Cancelled,
    ClientError,
    ConnectionClosed,
    ConnectionLost,
    Expired,
    FrameTooLarge,
    InvalidReply,
    NotConnected,
    Overflow,
    QueueFull,
    Refused,
    TimedOut,
    Unauthorized,
)
from .operations import Stream
from .options import Options, TokenProvider
from .states import Close, Closed, Connecting, Idle, Open, State, Verdict, Waiting

__all__ = [
    "Cancelled",
    "ClientError",
    "Close",
    "Closed",
    "Connecting",
    "ConnectionClosed",
    "ConnectionLost",
    "Expired",
    "FrameTooLarge",
    "Idle",
    "InvalidReply",
    "NotConnected",
    "Open",
    "Options",
    "Overflow",
    "QueueFull",
    "Refused",
    "State",
    "Stream",
    "TimedOut",
    "TokenProvider",
    "TokenRequest",
    "Unauthorized",
    "Unknown",
    "Verdict",
    "Waiting",
]
