"""The network connection behind what a server gives as ``send``, of a client that does not read.

ASGI has no word for giving a client up. Servers write the close frame and wait for the client to
read what comes before it: for 20 s (uvicorn with ``websockets``), or for ever (its
``websockets-sansio``); so long they do not stop either.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from operator import attrgetter
from types import FunctionType, ModuleType
from typing import Any, Final

from chanx.core.asgi import Send

_MOST: Final = 50
"""How many objects are looked at, which middleware has put around what is the server's."""

_PLACES: Final = {
    "uvicorn": attrgetter("transport.abort"),
    "hypercorn": attrgetter("writer.transport.abort"),
}
"""Where the protocols of servers have what gives a connection up. None of it is documented:
``tests/served/test_endings.py`` fails where a release of a server changes it. daphne gives clients
up by itself, after a second."""


def abort_later(send: Send, delay: float) -> None:
    """Give a client up, unless its connection has ended by then; where its server is unknown, not.

    Args:
        send: What the application was given, by the server or by middleware.
        delay: Seconds from now; 0 for at once.
    """
    abort = _abort_of(send)
    if abort is not None:
        # Of a connection that has ended, it does nothing.
        asyncio.get_running_loop().call_later(delay, abort)


def _abort_of(send: Send) -> Callable[[], object] | None:
    for each in within(send):
        owner = getattr(each, "__self__", None)
        place = _PLACES.get(type(owner).__module__.partition(".")[0])
        if place is not None:
            with suppress(AttributeError):
                abort: Callable[[], object] = place(owner)
                return abort
    return None


def within(send: object) -> Iterator[object]:
    """Yield a send, and what may be the sends that it calls.

    Args:
        send: What the application was given.
    """
    waiting: deque[object] = deque([send])
    seen: list[object] = []
    while waiting and len(seen) < _MOST:
        each = waiting.popleft()
        if not any(each is other for other in seen):
            seen.append(each)
            yield each
            waiting.extend(_called_by(each))


def _called_by(send: object) -> Iterator[Any]:
    """Yield what a function closes over, and what a method's object, or an object, has."""
    for cell in getattr(send, "__closure__", None) or ():
        if callable(cell.cell_contents):
            yield cell.cell_contents
    owner = getattr(send, "__self__", send)
    if not isinstance(owner, type | ModuleType | FunctionType):
        yield from filter(callable, getattr(owner, "__dict__", {}).values())


__all__ = ["abort_later", "within"]
