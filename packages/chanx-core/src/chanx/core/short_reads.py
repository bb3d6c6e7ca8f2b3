"""Short reads, where a server parses all that it has read before anybody else has a turn.

Event loops read up to 256 KB of a socket at once, which is ten thousand small frames, and uvicorn's
``websockets-sansio`` and ``wsproto`` parse what was read in one go: 70 ms and more for which nobody
else is served, before the first of the frames is here and could be bounded.
"""

import asyncio
from typing import Final

from chanx.core.asgi import Scope, Send
from chanx.core.loops import PerLoop
from chanx.core.transports import transport_of

LONGEST: Final = 16 * 1024
"""Bytes that are read at once: some 700 of the smallest frames."""

_buffers: Final = PerLoop(lambda: memoryview(bytearray(LONGEST)))
"""One for all sockets of a loop: what is read into it is taken before anything else is read. A
view, since asyncio's TLS writes to slices of it."""


class ShortReads(asyncio.BufferedProtocol):
    """Stands between a transport and a server's protocol, and has no more read than it has room.

    Args:
        protocol: The server's.
        buffer: Where what is read is written to.
    """

    __slots__ = ("_buffer", "_protocol")

    def __init__(self, protocol: asyncio.Protocol, buffer: memoryview) -> None:
        self._protocol = protocol
        self._buffer = buffer

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where to write to."""
        # Whatever the size hint: how much is read is what this is for.
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Hand on what was read."""
        # A copy, as the protocol may keep what it gets, while the buffer is the next socket's.
        self._protocol.data_received(bytes(self._buffer[:nbytes]))

    def eof_received(self) -> bool | None:
        """Hand on that nothing more comes."""
        return self._protocol.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Hand on the end."""
        self._protocol.connection_lost(exc)

    def pause_writing(self) -> None:
        """Hand on that too much waits to be written."""
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        """Hand on that there is room again."""
        self._protocol.resume_writing()


def read_shortly(scope: Scope, send: Send) -> None:
    """Have little of a connection read at once, if its server parses all of that in one go.

    Args:
        scope: The ASGI connection scope.
        send: What the application was given, by the server or by middleware.
    """
    transport = transport_of(scope, send)
    if transport is None:
        return
    protocol = transport.get_protocol()
    # By what such a protocol of uvicorn's does in data_received; the other one has a task for that.
    if isinstance(protocol, asyncio.Protocol) and hasattr(protocol, "handle_events"):
        # asyncio documents set_protocol() for such a change. A transport looks at the new one's
        # kind, and from then on reads into its buffer.
        transport.set_protocol(ShortReads(protocol, _buffers.get()))


__all__ = ["LONGEST", "ShortReads", "read_shortly"]
