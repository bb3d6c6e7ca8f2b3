"""A Redis server of a test's own, on a socket file, that may be killed and started anew."""

import subprocess
from pathlib import Path


class RedisServer:
    """A Redis server that keeps nothing on a disk.

    Args:
        folder: Where its socket file is; a short path, as sockets need it.
    """

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "redis.sock"
        self._process: subprocess.Popen[str] | None = None
        self.url = f"unix://{self._socket}"

    def start(self) -> None:
        """Run it, and wait until it listens."""
        command = ["redis-server", "--port", "0", "--unixsocket", str(self._socket), "--save", ""]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        for line in self._process.stdout:
            if "ready to accept connections" in line.lower():
                return
        raise RuntimeError("redis-server has ended.")

    def kill(self) -> None:
        """End it as the power does, and all that it holds."""
        if self._process is not None:
            with self._process as process:
                process.kill()
            self._process = None
