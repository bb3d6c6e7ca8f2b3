# SPDX-License-Identifier: 0BSD
"""What the document says of a connection. All times are seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from .states import Verdict

Frame: TypeAlias = Any
"""A frame, as JSON is read: an object mostly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the document says of something that a client sends; messages go by their keys.

    Attributes:
        errors: The replies that refuse.
        end: Those that end a stream.
        cancel: The frame that ends it before its time; None if nothing does.
        cancels_by_ref: Whether that carries the id of what it ends.
        idempotent: Whether it may be sent again.
    """

    errors: tuple[str, ...] = ("error",)
    end: tuple[str, ...] = ()
    cancel: Frame | None = None
    cancels_by_ref: bool = False
    idempotent: bool = False


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """How to see that a connection is alive.

    Attributes:
        ping: The frame that asks.
        pong: The key of its answer, which nobody else is told of; None if that does not tell it.
        interval: Seconds of silence; None for the client's own.
    """

    ping: Frame
    pong: str | None
    interval: float | None = None


@dataclass(frozen=True, slots=True)
class ServerHeartbeat:
    """How the server sees that a client is there.

    Attributes:
        ping: The key of the message that asks, which nobody else is told of.
        pong: The frame that answers.
    """

    ping: str
    pong: Frame


@dataclass(frozen=True, slots=True)
class Reconnect:
    """How the server says, before it closes, when the client is to come back.

    Attributes:
        key: The key of the message.
        retry_after: Where the seconds stand in it, key by key.
    """

    key: str
    retry_after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rate:
    """How much may be sent.

    Attributes:
        per_second: Frames, over a longer time.
        burst: Frames that may come at once before that counts.
    """

    per_second: float
    burst: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """What the document says of the connection.

    Attributes:
        messages: The keys of what may come unasked.
        complete: The key of the message that says of a request that nothing more comes.
        ready: The key of the message by which a client knows that it can begin.
        ref: Where the id of a request stands, key by key; empty for nowhere.
        is_ref_text: Whether the id has to be a text.
        heartbeat: None if the document describes none.
        server_heartbeat: Likewise.
        reconnect: Likewise.
        max_size: Bytes of a frame in UTF-8; None for no limit.
        rate: None for no limit.
        close_codes: What the document says of codes: the verdict, and the meaning.
    """

    messages: frozenset[str] = frozenset()
    complete: str | None = None
    ready: str | None = None
    ref: tuple[str, ...] = ()
    is_ref_text: bool = False
    heartbeat: Heartbeat | None = None
    server_heartbeat: ServerHeartbeat | None = None
    reconnect: Reconnect | None = None
    max_size: int | None = None
    rate: Rate | None = None
    close_codes: Mapping[int, tuple[Verdict | None, str | None]] = field(
        default_factory=dict[int, tuple[Verdict | None, str | None]]
    )


__all__ = [
    "Frame",
    "Heartbeat",
    "Protocol",
    "Rate",
    "Reconnect",
    "Rules",
    "ServerHeartbeat",
]
