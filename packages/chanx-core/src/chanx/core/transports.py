"""The network connection behind what a server gives as ``send``, of a client that does not read.

ASGI has no word for giving a client up. Servers write the close frame and wait for the client to
read what comes before it: for 20 s (uvicorn with ``websockets``), or for ever (its
``websockets-sansio``, and hypercorn); so long they do not stop either.
"""

import asyncio
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from operator import attrgetter
from types import FunctionType, ModuleType
from typing import Any, Final

from chanx.core.asgi import Scope, Send
from chanx.core.clock import Clock

_MOST: Final = 50
"""How many objects are looked at, which middleware has put around what is the server's."""

_PLACES: Final = {
    "uvicorn": attrgetter("transport"),
    "hypercorn": attrgetter("writer.transport"),
}
"""Where the protocols of servers have the transport. None of it is documented:
``tests/served/test_endings.py`` fails where a release of a server changes it. daphne gives clients
up by itself, after a second."""


def abort_later(scope: Scope, send: Send, delay: float) -> None:
    """Give a client up, unless its connection has ended by then; where its server is unknown, not.

    Args:
        scope: The ASGI connection scope.
        send: What the application was given, by the server or by middleware.
        delay: Seconds from now; 0 for at once.
    """
    transport = transport_of(scope, send)
    if transport is not None:
        # Of a connection that has ended, it does nothing.
        asyncio.get_running_loop().call_later(delay, transport.abort)


def give_up_unread(scope: Scope, send: Send, clock: Clock, seconds: float) -> None:
    """Abort a socket of a connection that has ended, unless its client reads what is left.

    Args:
        scope: The ASGI connection scope.
        send: What the application was given, by the server or by middleware.
        clock: Tells when the time is over.
        seconds: The time that the client has for that.
    """
    transport = transport_of(scope, send)
    # Asked now and once more when the time is over: a client that reads slowly, but reads, is let
    # be.
    if transport is not None and transport.get_write_buffer_size() > 0:
        clock.call_later(seconds, partial(_abort_unread, transport))


def _abort_unread(transport: asyncio.WriteTransport) -> None:
    if transport.get_write_buffer_size() > 0:
        transport.abort()


def transport_of(scope: Scope, send: Send) -> asyncio.WriteTransport | None:
    """Return the transport of a connection; None where that cannot be found out.

    Args:
        scope: The ASGI connection scope.
        send: What the application was given, by the server or by middleware.
    """
    # By HTTP/2 a socket carries others as well. Where none of these servers is imported, none
    # serves, and there is nothing to look for: that is asked twice of each connection.
    if scope.get("http_version") == "2" or sys.modules.keys().isdisjoint(_PLACES):
        return None
    for each in within(send):
        owner = getattr(each, "__self__", None)
        # Of all its bases: projects derive their protocols from a server's.
        modules = [kind.__module__.partition(".")[0] for kind in type(owner).__mro__]
        for place in (_PLACES[module] for module in modules if module in _PLACES):
            # A part that the server made None, or a release that calls it otherwise: then nobody is
            # given up, which is what happens without this.
            with suppress(AttributeError):
                transport: asyncio.WriteTransport = place(owner)
                # uvloop's transports are of no class of asyncio's.
                if hasattr(transport, "get_write_buffer_size"):
                    return transport
    return None


def within(send: object) -> Iterator[object]:
    """Yield a send, and what may be the sends that it calls.

    Args:
        send: What the application was given.
    """
    # Breadth first: the server's send is a few wrappers away, while the objects that middleware
    # holds may lead anywhere.
    waiting: deque[object] = deque([send])
    # A list and identity: what middleware holds need not be hashable, and may say of itself that it
    # is equal to anything.
    seen: list[object] = []
    while waiting and len(seen) < _MOST:
        each = waiting.popleft()
        if not any(each is other for other in seen):
            seen.append(each)
            try:
                inner = [*_called_by(each)]
            except Exception:  # noqa: BLE001 - middleware holds what it likes
                # A proxy of what is not there raises for whatever it is asked, and is no send.
                continue
            yield each
            waiting.extend(inner)


def _called_by(send: Any) -> Iterator[Any]:
    """Yield what a function closes over or is a part of, and what a method's object has."""
    for cell in getattr(send, "__closure__", None) or ():
        if callable(cell.cell_contents):
            yield cell.cell_contents
    inner: Any = getattr(send, "func", None)  # a partial's
    if callable(inner):
        yield inner
    function: Any = send  # after the checks above, no longer what they narrowed it to
    owner: Any = getattr(function, "__self__", function)
    slots: Any = getattr(owner, "__slots__", ())  # of its class
    # Of a class, a module or a function the attributes are not what a send calls, but the whole
    # program.
    if not isinstance(owner, type | ModuleType | FunctionType):
        yield from filter(callable, getattr(owner, "__dict__", {}).values())
        yield from filter(callable, (getattr(owner, name, None) for name in slots))


__all__ = ["abort_later", "give_up_unread", "transport_of", "within"]
