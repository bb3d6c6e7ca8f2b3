# SPDX-License-Identifier: 0BSD
"""What every client may be given."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, TypedDict

from .connection import TokenRequest
from .states import Close, Verdict

TokenProvider = Callable[[TokenRequest], Awaitable[str | None]]
"""Returns a token; None connects without one. It raises ``Unauthorized`` where there is none to be
had, which is final; anything else is tried again later."""


class Options(TypedDict, total=False):
    """What a user may choose. Times are seconds.

    Attributes:
        timeout: For a reply, or the first item of a stream. 10.
        item_timeout: Between two items of a stream; None, if left out, for endless.
        open_timeout: For the socket, the ready message and the hook together. 10.
        ping_interval: Of silence, before a ping. The document's, else 25.
        pong_timeout: For any frame after a ping. 10.
        send_timeout: How long a socket may take nothing of what is sent. 10.
        max_attempts: Failures in a row before the client gives up; None, if left out, for endless.
        offline: What becomes of what is sent while there is no connection: ``refuse``, if left out,
            or ``queue``.
        max_queued: How much is queued at most. 100.
        max_age: How long a message is queued. 30.
        pace: Whether frames are spaced as the document's limits ask. True.
        resend: Whether idempotent requests are sent again after a loss. False.
        decide: Chooses what follows a close; None leaves it, and so does failing.
        lazy: Whether the client waits for ``connect()``. False.
        max_buffered: Items that an iterator keeps for one who is slow to take. 1,024.
        max_frame: Bytes of a frame that are read at most; for a larger one it closes with 1009.
            4 MiB.
        extra_headers: Further headers of the handshake.
        subprotocols: Further subprotocols.
        on_error: Is told what handlers, hooks, providers and ``decide`` raise; else the log is.
        socket_options: Further arguments of ``connect`` of the library ``websockets``, as ``ssl``.
    """

    timeout: float
    item_timeout: float | None
    open_timeout: float
    ping_interval: float | None
    pong_timeout: float
    send_timeout: float
    max_attempts: int | None
    offline: Literal["refuse", "queue"]
    max_queued: int
    max_age: float
    pace: bool
    resend: bool
    decide: Callable[[Close], Verdict | None] | None
    lazy: bool
    max_buffered: int
    max_frame: int
    extra_headers: Mapping[str, str]
    subprotocols: Sequence[str]
    on_error: Callable[[Exception], None]
    socket_options: Mapping[str, Any]


__all__ = ["Options", "TokenProvider"]
