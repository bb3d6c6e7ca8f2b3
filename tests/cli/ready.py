"""Processes of commands that are forked from one which has imported what commands import.

Importing pydantic, FastAPI and ``chanx`` takes many times as long as what most commands do.
"""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

SECONDS: Final = 60


class Ready:
    """A process from which commands are forked, one after the other."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._connection, theirs = socket.socketpair()
        self._connection.settimeout(SECONDS)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                env=environment,
                pass_fds=[theirs.fileno()],
            )

    def run(self, arguments: Sequence[str], cwd: Path, given: bytes) -> tuple[int, bytes, bytes]:
        """Run ``chanx`` in a folder; its code, and what it writes to its output and its errors."""
        with TemporaryFile() as source, TemporaryFile() as out, TemporaryFile() as error:
            source.write(given)
            source.seek(0)
            request = json.dumps([str(cwd), *arguments]).encode()
            files = [source.fileno(), out.fileno(), error.fileno()]
            socket.send_fds(self._connection, [request], files)
            code = int(self._connection.recv(16))
            out.seek(0)
            error.seek(0)
            return code, out.read(), error.read()

    def close(self) -> None:
        self._connection.close()
        self._process.wait(SECONDS)


def serve(connection: socket.socket) -> None:
    """Fork for each request, until there is nobody to ask."""
    # What a command imports before it reads its arguments, and what its applications are made of.
    for module in ("chanx.core.websocket", "fastapi"):
        import_module(module)
    from chanx.cli.main import main

    while True:
        request, files, _, _ = socket.recv_fds(connection, 65536, 3)
        if not request:
            return
        if os.fork() == 0:
            connection.close()
            for number, file in enumerate(files):
                os.dup2(file, number)
                os.close(file)
            folder, *arguments = json.loads(request)
            os.chdir(folder)
            sys.argv = ["chanx", *arguments]
            sys.exit(main())
        for file in files:
            os.close(file)
        connection.send(b"%d" % os.waitstatus_to_exitcode(os.wait()[1]))


if __name__ == "__main__":
    del sys.path[0]  # this folder, of which a command knows nothing
    with socket.socket(fileno=int(sys.argv[1])) as ours:
        serve(ours)
