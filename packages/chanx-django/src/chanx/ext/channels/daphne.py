"""What daphne does not do for its applications: to wait for clients that do not read.

daphne buffers whatever is written, without bound and without telling (as of 4.2). Twisted knows
better: its transports tell a producer when they hold too much (``IPushProducer``). So sends to a
connection of daphne wait until there is room, as they do with other servers; all bounds of what
waits for a client then hold.
"""

import asyncio
import sys
from collections import deque
from collections.abc import Iterator
from functools import partial
from types import FunctionType, ModuleType
from typing import Any, Final

from chanx.core.asgi import Event, Send

_MOST: Final = 50
"""How many objects are looked at, which middleware has put around what is daphne's."""


class Outflow:
    """Sends to a client of daphne, and waits while its transport holds too much.

    Twisted calls the three methods with names of its own; they are ``IPushProducer``'s.

    Args:
        send: What the consumer was given.
        transport: The connection's transport, on which nobody else waits for room.
    """

    __slots__ = ("_send", "_writable")

    def __init__(self, send: Send, transport: Any) -> None:
        self._send = send
        self._writable: asyncio.Future[None] | None = None
        # Until the upgrade, that of HTTP was registered; it stops to read when there is no room.
        transport.unregisterProducer()
        transport.registerProducer(self, True)

    async def __call__(self, event: Event) -> None:
        """Send an event, and wait until there is room for another.

        Args:
            event: An event of ASGI.

        Raises:
            ConnectionResetError: If the client has left.
        """
        try:
            await self._send(event)
        except Exception as error:
            if type(error).__name__ != "Disconnected":  # autobahn's, which is not an OSError
                raise
            raise ConnectionResetError(str(error)) from error
        if self._writable is not None:
            await asyncio.shield(self._writable)

    def pauseProducing(self) -> None:  # Twisted's name
        """Be told that there is no room."""
        if self._writable is None:
            self._writable = asyncio.get_running_loop().create_future()

    def resumeProducing(self) -> None:  # Twisted's name
        """Be told that there is room again."""
        writable, self._writable = self._writable, None
        if writable is not None:
            writable.set_result(None)

    def stopProducing(self) -> None:  # Twisted's name
        """Be told that the connection is lost."""
        self.resumeProducing()


def paced(send: Send) -> Send:
    """Return a send that waits for its client where the server is daphne, and else the same.

    Args:
        send: What the application is given, by the server or by middleware.
    """
    server = sys.modules.get("daphne.server")
    if server is None:
        return send
    for each in _within(send):
        if isinstance(each, partial) and isinstance(
            getattr(each.func, "__self__", None), server.Server
        ):
            return Outflow(send, each.args[0].transport)
    return send


def _within(send: object) -> Iterator[object]:
    """Yield a send, and what may be the sends that it calls."""
    waiting: deque[object] = deque([send])
    seen: list[object] = []
    while waiting and len(seen) < _MOST:
        each = waiting.popleft()
        if not any(each is other for other in seen):
            seen.append(each)
            yield each
            waiting.extend(_called_by(each))


def _called_by(send: object) -> Iterator[object]:
    """Yield what a function closes over, and what a method's object, or an object, has."""
    for cell in getattr(send, "__closure__", None) or ():
        if callable(cell.cell_contents):
            yield cell.cell_contents
    owner = getattr(send, "__self__", send)
    if not isinstance(owner, type | ModuleType | FunctionType):
        yield from filter(callable, getattr(owner, "__dict__", {}).values())


__all__ = ["Outflow", "paced"]
