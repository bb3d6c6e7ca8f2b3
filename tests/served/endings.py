"""What happens when a server is told to stop: how long it takes, and what its clients hear."""

import asyncio
import json
import re
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.served.servers import Server, launched

APPLICATION: Final = "tests.served.drained:application"
DRAIN: Final = 0.5
"""Seconds that handlers get."""

KINDS: Final = (
    "uvicorn",
    "uvicorn-sansio",
    "uvicorn-uvloop",
    "uvicorn-workers",
    "gunicorn",
    "hypercorn",
    "daphne",
)
LOADS: Final = (
    "idle",
    "many",
    "ordered",
    "concurrent",
    "streaming",
    "blocking",
    "flood",
    "unread",
)
"""What clients do meanwhile."""

MANY: Final = 200
HINT: Final = re.compile(r"The server restarts\. Retry in (\d+\.\d) s\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The end of a server.

    Attributes:
        seconds: From the signal to the end of its process.
        status: What its process returned.
        connections: How many there were.
        left: The codes that ``disconnect`` was told.
        closes: Codes and reasons with which the clients that read were closed.
        delays: What they were told in messages, in seconds.
        journal: What the application noted.
        output: What the server logged.
    """

    seconds: float
    status: int
    connections: int
    left: list[int]
    closes: list[tuple[int | None, str]]
    delays: list[float]
    journal: list[str]
    output: str


class _Client:
    """A client that reads until it is closed."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.delays: list[float] = []
        self.reading: asyncio.Task[None] | None = None

    async def start(self, load: str) -> None:
        assert json.loads(await self.socket.recv())["payload"] == "welcome"
        if load in ("ordered", "concurrent", "streaming", "blocking", "brief"):
            await self.socket.send(json.dumps({"action": load}))
            assert json.loads(await self.socket.recv())["payload"] == "busy"
        elif load == "unread":
            self.socket.transport.pause_reading()
            await self.socket.send('{"action": "burst"}')
            return
        self.reading = asyncio.create_task(self._read())
        if load == "flood":
            for _ in range(2000):
                await self.socket.send('{"action": "say"}')

    async def _read(self) -> None:
        with suppress(ConnectionClosed):
            while True:
                message = json.loads(await self.socket.recv())
                if message["action"] == "reconnect":
                    self.delays.append(message["payload"]["retry_after"])


async def stopped(
    kind: str,
    load: str,
    how: signal.Signals,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    *,
    application: str = APPLICATION,
    before: Callable[[], object] | None = None,
) -> Ending:
    """Stop a server while its clients do something, and return how it ended.

    Args:
        kind: The server.
        load: What the clients do, one of LOADS.
        how: The signal.
        folder: Where the application keeps its journal.
        environment: Further variables for the application.
        application: What is served.
        before: What happens before the server is stopped.
    """
    journal = folder / f"{kind}-{load}-{how.name}"
    variables = {"JOURNAL": str(journal), "DRAIN_TIMEOUT": str(DRAIN), **(environment or {})}
    async with (
        launched(kind, application, variables, journal) as server,
        AsyncExitStack() as stack,
    ):
        clients = await _connected(server, load, stack)
        if before is not None:
            before()
        seconds, status = await _stop(server, how)
        readers = [each.reading for each in clients if each.reading is not None]
        if readers:
            await asyncio.wait(readers, timeout=10)
        for each in clients:
            if each.reading is None:
                each.socket.transport.abort()
    lines = server.journal()
    return Ending(
        seconds=seconds,
        status=status,
        connections=len(clients),
        left=[int(line.split()[1]) for line in lines if line.startswith("left ")],
        closes=[
            (each.socket.close_code, each.socket.close_reason or "")
            for each in clients
            if each.reading is not None
        ],
        delays=[delay for each in clients for delay in each.delays],
        journal=lines,
        output=server.output,
    )


async def _connected(server: Server, load: str, stack: AsyncExitStack) -> list[_Client]:
    clients: list[_Client] = []
    max_queue = 1 if load == "unread" else None
    for _ in range(MANY if load == "many" else 3):
        client = _Client(await stack.enter_async_context(server.client("", max_queue=max_queue)))
        await client.start(load)
        clients.append(client)
    return clients


async def _stop(server: Server, how: signal.Signals) -> tuple[float, int]:
    began = time.monotonic()
    server.process.send_signal(how)
    async with asyncio.timeout(40):
        status = await server.process.wait()
    return time.monotonic() - began, status
