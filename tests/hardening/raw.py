"""A client that keeps no rule of RFC 6455, and the frames that it sends."""

import asyncio
import base64
import json
import os
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Any, Final

TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA
FIN: Final = 0x80


def frame(payload: bytes, *, first: int = FIN | TEXT, masked: bool = True) -> bytes:
    """Return a frame as a client writes it (RFC 6455, 5.2), or not quite.

    Args:
        payload: What it carries.
        first: Its first byte.
        masked: Whether it is masked, as a client has to.
    """
    bit = 0x80 if masked else 0
    size = len(payload)
    if size < 126:
        head = bytes((first, bit | size))
    elif size < 65536:
        head = bytes((first, bit | 126)) + struct.pack("!H", size)
    else:
        head = bytes((first, bit | 127)) + struct.pack("!Q", size)
    # A mask of zeros leaves the payload as it is.
    return head + (bytes(4) if masked else b"") + payload


class RawClient:
    """A connection on which anything may be written."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.received = 0
        """Frames that came."""
        self.last = b""
        """What the last of them carried."""
        self.code: int | None = None
        """The code with which the server closed."""
        self.reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                first, size = await self._reader.readexactly(2)
                if size == 126:
                    (size,) = struct.unpack("!H", await self._reader.readexactly(2))
                elif size == 127:
                    (size,) = struct.unpack("!Q", await self._reader.readexactly(8))
                payload = await self._reader.readexactly(size)
                self.received += 1
                if first & 0xF == PING:
                    # Or servers that ping would take it for gone while a test lasts.
                    self._writer.write(frame(payload, first=FIN | PONG))
                elif first & 0xF == CLOSE:
                    self.code = int.from_bytes(payload[:2]) if payload else 1005
                else:
                    self.last = payload

    @property
    def is_open(self) -> bool:
        """Whether the server has not ended the connection."""
        is_gone = self.reading.done() or self._writer.transport.is_closing()
        return self.code is None and not is_gone

    async def write(self, data: bytes) -> None:
        """Write bytes, whatever they are; nothing happens once the connection has ended."""
        if self.is_open:
            with suppress(OSError):
                self._writer.write(data)
                await self._writer.drain()
                # Which suspends only where much is unread: else nobody would hear of the end of a
                # connection while a burst is written, and much of it would never reach a server.
                await asyncio.sleep(0)

    async def ended(self, patience: float) -> None:
        """Wait until the server has ended the connection, but not for long."""
        await asyncio.wait([self.reading], timeout=patience)

    async def send(self, **message: Any) -> None:
        """Send a message."""
        await self.write(frame(json.dumps(message).encode()))

    def abort(self) -> None:
        """Vanish."""
        self._writer.transport.abort()


@asynccontextmanager
async def raw_client(port: int, path: str = "/room") -> AsyncGenerator[RawClient]:
    """Connect, and vanish at the end.

    Args:
        port: The server's.
        path: Where.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        "\r\n".encode()
    )
    answer = await reader.readuntil(b"\r\n\r\n")
    assert b" 101 " in answer, answer
    client = RawClient(reader, writer)
    try:
        yield client
    finally:
        client.abort()
        with suppress(OSError):
            await writer.wait_closed()
        await asyncio.wait([client.reading])


VALUES: Final[list[Any]] = [
    *(None, True, False, 0, -1, 2**63, 10**400, 1.5, -0.0, 1e308, "", "x", "é", "\x00", "\u2028"),
    *("2026-01-01T00:00:00Z", "12345678-1234-5678-1234-567812345678", "1.50", "\U0001f600", [], {}),
    *([[[]]], {"": {}}, {"kind": "circle", "radius": "1"}, {"left": 1, "child": {"right": 2}}),
]
KEYS: Final = (
    *("action", "payload", "ref", "topic", "numbers", "leaves", "shape", "tree", "at", "id"),
    *("price", "either", "anything", "kind", "name", "size", "left", "right", "child", "", "x"),
)
ACTIONS: Final = (
    *("take", "say", "slow", "beside", "stream", "ping", "report", "error", "complete", "TAKE"),
)


def value(random: Random, depth: int = 0) -> Any:
    """Return any JSON value."""
    kind = random.random()
    if depth > 4 or kind < 0.6:
        return random.choice(VALUES)
    if kind < 0.8:
        return [value(random, depth + 1) for _ in range(random.randrange(4))]
    return {random.choice(KEYS): value(random, depth + 1) for _ in range(random.randrange(4))}


def message(random: Random) -> str:
    """Return the text of something like a message."""
    content: dict[str, Any] = {"action": random.choice(ACTIONS)}
    for key in random.sample(("payload", "ref", "topic", "x"), random.randrange(4)):
        content[key] = value(random)
    if random.random() < 0.5:
        content["payload"] = {
            key: value(random) for key in random.sample(KEYS, random.randrange(5))
        }
    return json.dumps(content, ensure_ascii=random.random() < 0.5)


def spoiled(random: Random, text: str) -> bytes:
    """Return the text with a few bytes changed, taken away, doubled or put in."""
    data = bytearray(text.encode("utf-8", "replace"))
    for _ in range(random.randrange(1, 4)):
        at = random.randrange(len(data) + 1)
        change = random.randrange(4)
        if change == 0:
            data[at : at + 1] = bytes((random.randrange(256),))
        elif change == 1:
            del data[at : at + random.randrange(1, 8)]
        elif change == 2:
            data[at:at] = data[at : at + random.randrange(1, 40)]
        else:
            data[at:at] = random.choice(
                (b"[" * 60, b'"ref":', b"\xff", b"\\ud800", b"NaN", b"1e999")
            )
    return bytes(data)


def usual(random: Random) -> bytes:
    """Return a frame that keeps the rules of WebSockets, if not those of the application."""
    text = message(random)
    kind = random.random()
    if kind < 0.4:
        return frame(text.encode("utf-8", "replace"))
    if kind < 0.8:
        data = spoiled(random, text).decode("utf-8", "replace")
        return frame(data.encode())
    if kind < 0.9:
        return frame(random.randbytes(random.randrange(100)), first=FIN | BINARY)
    parts = text.encode("utf-8", "replace")
    at = random.randrange(len(parts) + 1)
    pieces = frame(parts[:at], first=TEXT) + frame(b"ping", first=FIN | PING)
    return pieces + frame(parts[at:], first=FIN)


def faulty(random: Random) -> bytes:
    """Return bytes that break a rule of RFC 6455."""
    text = message(random).encode("utf-8", "replace")
    return random.choice(
        (
            lambda: frame(text, first=FIN | random.choice((3, 4, 5, 6, 7, 11, 12, 13, 14, 15))),
            lambda: frame(text, first=FIN | TEXT | random.choice((0x10, 0x20, 0x40, 0x70))),
            lambda: frame(text, masked=False),
            lambda: frame(b"x", first=PING),  # a control frame in fragments
            lambda: frame(b"x" * 200, first=FIN | PING),
            lambda: frame(text, first=FIN),  # goes on with nothing
            lambda: frame(text, first=TEXT) + frame(text, first=FIN | TEXT),
            lambda: frame(spoiled(random, "é" * 10) + b"\xff"),
            lambda: frame(b"\x03", first=FIN | CLOSE),
            lambda: frame(
                struct.pack("!H", random.choice((0, 999, 1004, 1005, 1006, 5000))) + b"why",
                first=FIN | CLOSE,
            ),
            lambda: frame(struct.pack("!H", 1000) + b"\xff\xfe", first=FIN | CLOSE),
            lambda: frame(text)[: random.randrange(1, 8)],
            lambda: bytes((FIN | TEXT, 0xFF)) + b"\xff" * 8 + bytes(4),  # 2**64 - 1 bytes follow
            lambda: frame(b"x" * 70_000),
            lambda: random.randbytes(random.randrange(1, 200)),
            lambda: b"".join(frame(b"", first=TEXT if not n else 0) for n in range(50)),
            lambda: frame(b"", first=FIN | PING) * 200,
        )
    )()
