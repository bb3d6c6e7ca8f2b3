"""A WebSocket client for short echoes, lean enough not to be what is measured."""

import asyncio
import json
from collections.abc import Sequence
from time import perf_counter
from typing import Final

from benchmarks.payloads import SMALL

FRAME: Final = SMALL.frame().encode()
# RFC 6455, 5.2 and 5.3: a final text frame of up to 125 bytes; a mask of zeros changes nothing.
REQUEST: Final = bytes([0x81, 0x80 | len(FRAME), 0, 0, 0, 0]) + FRAME
HANDSHAKE: Final = (
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
AT_ONCE: Final = 50
"""Handshakes under way at the same time."""


class EchoClient:
    """One connection, over which the 97-byte message goes back and forth.

    Args:
        reader: What the server sends, after its handshake.
        writer: Where the server receives.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, port: int) -> "EchoClient":
        """Connect to a port of the loopback.

        Raises:
            ConnectionError: If the server refuses the handshake.
        """
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HANDSHAKE)
        response = await reader.readuntil(b"\r\n\r\n")
        if not response.startswith(b"HTTP/1.1 101 "):
            raise ConnectionError(f"The server refused: {response!r}.")
        return cls(reader, writer)

    async def echo(self) -> float:
        """Send the message and await its echo; return the seconds that it took.

        Raises:
            ValueError: If something else comes back.
        """
        began = perf_counter()
        self._writer.write(REQUEST)
        _, length = await self._reader.readexactly(2)
        reply = await self._reader.readexactly(length)
        seconds = perf_counter() - began
        if reply != FRAME and json.loads(reply) != json.loads(FRAME):
            raise ValueError(f"The echo is {reply!r}.")
        return seconds

    async def echo_until(self, end: float) -> list[float]:
        """Echo again and again until a time of ``perf_counter``; return the seconds of each."""
        latencies: list[float] = []
        while perf_counter() < end:
            latencies.append(await self.echo())
        return latencies

    async def close(self) -> None:
        """Close the connection."""
        self._writer.close()
        await self._writer.wait_closed()


async def connect_all(port: int, count: int) -> list[EchoClient]:
    """Connect many clients, each of which has echoed once."""
    clients: list[EchoClient] = []
    while len(clients) < count:
        batch = min(AT_ONCE, count - len(clients))
        clients += await asyncio.gather(*[EchoClient.connect(port) for _ in range(batch)])
    await asyncio.gather(*[client.echo() for client in clients])
    return clients


async def close_all(clients: Sequence[EchoClient]) -> None:
    """Close all clients."""
    await asyncio.gather(*[client.close() for client in clients])
