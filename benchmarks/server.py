"""Serves one candidate under uvicorn: ``python -m benchmarks.server NAME``."""

import asyncio
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn

from benchmarks.candidates import ECHOES, SERVED
from benchmarks.payloads import SMALL
from tests.bound import BOUND

ROOT: Final = Path(__file__).resolve().parents[1]
BACKLOG: Final = 128


@dataclass(frozen=True, slots=True)
class Server:
    """A server in a process of its own.

    Attributes:
        process_id: The process.
        port: Its port on the loopback.
    """

    process_id: int
    port: int


@asynccontextmanager
async def serving(name: str) -> AsyncGenerator[Server]:
    """Run a server for one candidate, and end it.

    Args:
        name: The candidate.
    """
    command = (*BOUND, sys.executable, "-m", "benchmarks.server", name)
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    try:
        assert process.stdout is not None
        port = int(await asyncio.wait_for(process.stdout.readline(), timeout=30))
        yield Server(process.pid, port)
    finally:
        process.terminate()
        await process.wait()


def serve(name: str) -> None:
    """Serve until terminated, on a free port of the loopback that is printed first."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(
        {**ECHOES, **SERVED}[name](SMALL),
        loop="asyncio",
        log_level="error",
        lifespan="off",
        ws_ping_interval=None,
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    serve(sys.argv[1])
