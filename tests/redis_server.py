"""A Redis of a test's own, which can be stopped, killed, restarted and held up.

The environment variable ``REDIS_SERVER`` names another binary than ``redis-server``: Valkey's, or
an older release's.
"""

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from tests.bound import BOUND

BINARY = os.environ.get("REDIS_SERVER", "redis-server")


def skip_without_redis() -> None:
    """Skip the test that runs, where there is no server to start."""
    if shutil.which(BINARY) is None:
        pytest.skip(f"NOT CHECKED: no {BINARY} on this machine to carry messages")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Process:
    """A server of Redis, and what it says."""

    def __init__(self, *command: str) -> None:
        self._process = subprocess.Popen([*BOUND, *command], stdout=subprocess.PIPE, text=True)

    def wait_for(self, text: str) -> None:
        """Return once it says this."""
        assert self._process.stdout
        for line in self._process.stdout:
            if text in line:
                return
        raise RuntimeError(f"it ended before it said {text!r}")

    def kill(self) -> None:
        """End it."""
        with self._process as process:
            process.send_signal(signal.SIGKILL)


class RedisServer:
    """``redis-server`` on a socket file, which needs no port.

    Args:
        folder: Where its socket is.
        options: Further options of its command line.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        self.socket = folder / "redis.sock"
        self._options = options
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"unix://{self.socket}"

    def client(self) -> Any:
        """Return an asynchronous client, to be entered; redis-py's types are not complete."""
        import redis.asyncio  # not installed in the core-only environment

        kind: Any = redis.asyncio.Redis
        return kind.from_url(self.url)

    def start(self) -> None:
        """Start it, and return once it accepts connections."""
        command = [BINARY, "--port", "0", "--unixsocket", str(self.socket), "--save", ""]
        self._process = subprocess.Popen(
            [*BOUND, *command, *self._options], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        for line in self._process.stdout:
            if "ready to accept connections" in line.lower():
                return
        raise RuntimeError("redis-server did not start")

    def stop(self) -> None:
        """Ask it to end, and return once it has ended."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as the power does, and all that it holds."""
        self._end(signal.SIGKILL)

    def hold(self) -> None:
        """Have it answer nothing, as one that cannot be reached."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def release(self) -> None:
        """Have it answer again."""
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        skip_without_redis()
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self.kill()

    def _end(self, how: signal.Signals) -> None:
        assert self._process
        with self._process as process:
            process.send_signal(how)
        self._process = None
