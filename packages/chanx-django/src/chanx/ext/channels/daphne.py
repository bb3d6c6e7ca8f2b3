"""What daphne does not do for its applications: to wait for clients that do not read.

daphne buffers whatever is written, without bound and without telling (as of 4.2). Twisted knows
better: its transports tell a producer when they hold too much (``IPushProducer``). So sends to a
connection of daphne wait until there is room, as they do with other servers; all bounds of what
waits for a client then hold.
"""

import asyncio
import sys
from functools import partial
from typing import Any

from chanx.core.asgi import Event, Send
from chanx.core.transports import within


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
        # After what was sent, and not before it: daphne has taken it, so it counts as sent.
        if self._writable is not None:
            # Shielded, as a sender that is cancelled would cancel the future that others wait for.
            await asyncio.shield(self._writable)

    def pauseProducing(self) -> None:  # Twisted's name
        """Be told that there is no room."""
        # Twisted may say so again while it holds too much.
        if self._writable is None:
            self._writable = asyncio.get_running_loop().create_future()

    def resumeProducing(self) -> None:  # Twisted's name
        """Be told that there is room again."""
        writable, self._writable = self._writable, None
        if writable is not None:
            writable.set_result(None)

    def stopProducing(self) -> None:  # Twisted's name
        """Be told that the connection is lost."""
        # Who waits goes on, and learns by its next send that the client has left.
        self.resumeProducing()


def paced(send: Send) -> Send:
    """Return a send that waits for its client where the server is daphne, and else the same.

    Args:
        send: What the application is given, by the server or by middleware.
    """
    # Not imported for the question: where it is not loaded, no send can be its.
    server = sys.modules.get("daphne.server")
    if server is None:
        return send
    for each in within(send):
        if isinstance(each, partial) and isinstance(
            getattr(each.func, "__self__", None), server.Server
        ):
            # daphne gives each application a partial of Server.handle_reply with the protocol
            # first; that is where its transport is found, and nothing public has it.
            return Outflow(send, each.args[0].transport)
    return send


__all__ = ["Outflow", "paced"]
