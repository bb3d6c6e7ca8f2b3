"""Sockets whose client reads nothing, which servers keep long after the application has ended.

uvicorn and hypercorn close a transport once it has written what it holds, which a client that does
not read never lets it: such sockets were held for minutes. ASGI has no word for giving one up. The
transport is found behind the ``send`` that these servers give, unless something wraps that.
"""

import asyncio
from functools import partial
from typing import Any, Final

from chanx.core.asgi import Scope, Send
from chanx.core.clock import Clock

_HOPS: Final = 4
"""How many objects of a server lie between its ``send`` and the transport, at most."""


def transport_of(send: Send) -> asyncio.WriteTransport | None:
    """Return the transport to which a server's send writes; None if it is not found.

    Args:
        send: What the server gave.
    """
    owner: Any = getattr(send, "__self__", None)
    for _ in range(_HOPS):
        if owner is None:
            return None
        for holder in (owner, getattr(owner, "writer", None)):
            transport = getattr(holder, "transport", None)
            if isinstance(transport, asyncio.WriteTransport):
                return transport
        owner = getattr(getattr(owner, "send", None), "__self__", None)
    return None


def give_up_unread(scope: Scope, send: Send, clock: Clock, seconds: float) -> None:
    """Abort a socket of a connection that has ended, unless its client reads what is left.

    Args:
        scope: The ASGI connection scope; by HTTP/2 a socket carries others as well, and stays.
        send: What the server gave.
        clock: Tells when the time is over.
        seconds: The time that the client has for that.
    """
    transport = transport_of(send) if scope.get("http_version") != "2" else None
    if transport is not None and transport.get_write_buffer_size() > 0:
        clock.call_later(seconds, partial(_abort, transport))


def _abort(transport: asyncio.WriteTransport) -> None:
    if transport.get_write_buffer_size() > 0:
        transport.abort()


__all__ = ["give_up_unread", "transport_of"]
