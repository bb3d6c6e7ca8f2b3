"""A PostgreSQL server of the tests' own, in a temporary folder and on a socket there."""

import os
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

import pytest

PROGRAMS: Final = (
    *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True),  # as Debian has it
    os.environ.get("PATH", os.defpath),
)

USER: Final = "postgres"

# What is written need not outlive the tests.
OPTIONS: Final = "-c listen_addresses= -c fsync=off -c synchronous_commit=off"


@contextmanager
def postgresql_server() -> Generator[dict[str, Any]]:
    """Run a server; the value is what Django's ``DATABASES`` say to reach its first database."""
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    # Not pytest's folder: a socket's path is short, and the server's user may not enter there.
    folder = Path(mkdtemp(prefix="chanx-"))
    # It refuses to run as root.
    other: dict[str, Any] = {}
    if os.geteuid() == 0:
        shutil.chown(folder, USER, USER)
        other = {"user": USER, "group": USER, "extra_groups": []}
    data = str(folder / "data")

    def run(*command: str) -> None:
        with (folder / "journal").open("ab") as journal:
            subprocess.run(
                command, cwd=folder, stdout=journal, stderr=journal, check=True, timeout=60, **other
            )

    try:
        run(initdb, "-D", data, "-U", USER, "-E", "UTF8", "--locale=C", "--auth=trust", "--no-sync")
        run(pg_ctl, "-D", data, "-w", "-o", f"{OPTIONS} -k {folder}", "start")
        try:
            yield {
                "ENGINE": "django.db.backends.postgresql",
                "HOST": str(folder),
                "NAME": "postgres",
                "USER": USER,
            }
        finally:
            run(pg_ctl, "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def _program(name: str) -> str:
    found = shutil.which(name, path=os.pathsep.join(PROGRAMS))
    if found is None:
        pytest.skip("NOT CHECKED: no PostgreSQL on this machine to run Django projects on")
    return found
