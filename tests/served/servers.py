"""Real servers, each in a process of its own on a port that the system chooses."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
from websockets.asyncio.client import ClientConnection, connect

from tests.bound import BOUND

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 60
"""Seconds after which what is waited for is taken not to come, be the machine ever so busy."""
ON_ASYNCIO = ["uvicorn", "--port", "0", "--loop", "asyncio"]
COMMANDS = {
    "uvicorn": [*ON_ASYNCIO, "--ws", "websockets"],
    "uvicorn-sansio": [*ON_ASYNCIO, "--ws", "websockets-sansio"],
    "uvicorn-uvloop": ["uvicorn", "--port", "0", "--loop", "uvloop", "--ws", "websockets-sansio"],
    "daphne": ["daphne", "-e", "tcp:port=0:interface=127.0.0.1"],
    "hypercorn": ["hypercorn", "--workers", "0", "--bind", "127.0.0.1:0"],
}
GUNICORN = [
    *("gunicorn", "--worker-class", "uvicorn_worker.UvicornWorker"),
    *("--workers", "2", "--bind", "127.0.0.1:0"),
]
SEVERAL = {
    "uvicorn-workers": [*ON_ASYNCIO, "--workers", "2"],
    "hypercorn-workers": ["hypercorn", "--workers", "2", "--bind", "127.0.0.1:0"],
    "gunicorn": [*GUNICORN, "--workers", "1"],
    "gunicorn-workers": GUNICORN,
    # The application is imported once, and its workers are forks.
    "gunicorn-preload": [*GUNICORN, "--preload"],
    "embedded": ["tests.served.embedded"],
}
"""Those of several processes, or none of their own, in which an application shares nothing."""
ADDRESS = re.compile(r"127\.0\.0\.1:(\d+)")


class Server:
    """A server that runs."""

    def __init__(self, kind: str, process: asyncio.subprocess.Process, journal: Path) -> None:
        self.kind = kind
        self.process = process
        self.port = 0
        self._lines: list[str] = []
        self._journal = journal
        self.reading: asyncio.Task[None] | None = None
        """Ends when the server has said its last."""
        self._is_up = asyncio.Event()

    @property
    def output(self) -> str:
        """What the server said so far."""
        return "".join(self._lines)

    async def read(self) -> None:
        """Collect the server's output, which names the port."""
        assert self.process.stderr is not None
        while line := (await self.process.stderr.readline()).decode():
            self._lines.append(line)
            if self._is_up.is_set():
                continue  # daphne says something of each message
            if self.port == 0 and (found := ADDRESS.search(line)):
                self.port = int(found[1])
            # Workers listen later than the process that names the port.
            missing = 2 if self.kind == "uvicorn-workers" else 0
            if self.port and self.output.count("Application startup complete") >= missing:
                self._is_up.set()
        self._is_up.set()

    async def up(self) -> None:
        """Wait until it listens."""
        async with asyncio.timeout(TIMEOUT):
            await self._is_up.wait()
            assert self.port, self.output
            # uvicorn's workers say that they have started a moment before they listen.
            while not await self._listens():  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except ConnectionRefusedError:
            return False
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return True

    @asynccontextmanager
    async def client(
        self, name: str, path: str = "/room", **options: Any
    ) -> AsyncGenerator[ClientConnection]:
        """Connect, under a name by which the journal knows the connection."""
        url = f"ws://127.0.0.1:{self.port}{path}?{name}"
        options = {"open_timeout": TIMEOUT, "max_size": None, "compression": None, **options}
        async with connect(url, proxy=None, **options) as client:
            yield client

    def journal(self) -> list[str]:
        """Return what the application noted so far."""
        return self._journal.read_text("utf-8").splitlines() if self._journal.exists() else []

    async def noted(self, line: str) -> str:
        """Wait for a line in the journal that begins so, and return it."""
        async with asyncio.timeout(TIMEOUT):
            while True:
                found = [noted for noted in self.journal() if noted.startswith(line)]
                if found:
                    return found[0]
                # Another process writes the file; nothing in this one tells when.
                await asyncio.sleep(0.01)

    async def let_go(self, port: int) -> None:
        """Wait until the server holds no socket of a client's port any more."""
        process = psutil.Process(self.process.pid)
        async with asyncio.timeout(TIMEOUT):
            while True:
                held = [each.raddr.port for each in process.net_connections() if each.raddr]
                if port not in held:
                    return
                # Another process holds it; nothing in this one tells when that ends.
                await asyncio.sleep(0.05)

    async def terminate(self) -> int:
        """Ask the server to end, and wait until it has."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(TIMEOUT):
            return await self.process.wait()


@asynccontextmanager
async def launched(
    kind: str,
    application: str,
    environment: Mapping[str, str],
    journal: Path,
    arguments: Sequence[str] = (),
) -> AsyncGenerator[Server]:
    """Run a server of a kind, until the block ends at the latest."""
    process = await asyncio.create_subprocess_exec(
        *BOUND,
        sys.executable,
        "-m",
        *{**COMMANDS, **SEVERAL}[kind],
        *arguments,
        application,
        cwd=ROOT,
        env={"PATH": "", "PYTHONUNBUFFERED": "1", **environment},
        stderr=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    server = Server(kind, process, journal)
    reading = server.reading = asyncio.create_task(server.read())
    try:
        await server.up()
        yield server
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # with its workers, which hold its pipe
        await process.wait()
        await reading
