"""Runs the command line as users do: as a process, in a folder with modules of their own."""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Final, NamedTuple

import pytest

from tests.bound import BOUND
from tests.cli.ready import Ready

CHANX = Path(sysconfig.get_path("scripts")) / ("chanx.exe" if sys.platform == "win32" else "chanx")
ENVIRONMENT: Final = {"PYTHONPATH": "", "PYTHONWARNINGS": "error"}


def environment() -> dict[str, str]:
    """What commands are given: nothing of this process's, but that coverage is measured."""
    measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    return {**ENVIRONMENT, **measured}


class Finished(NamedTuple):
    """What a command gave."""

    code: int
    out: str
    error: str


class Folder:
    """A folder in which commands run."""

    def __init__(self, path: Path, ready: Ready | None) -> None:
        self.path = path
        self._ready = ready

    def write(self, name: str, text: str) -> None:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), "utf-8")

    def read(self, name: str) -> str:
        return (self.path / name).read_text("utf-8")

    def start(self, *arguments: str, **variables: str) -> "subprocess.Popen[bytes]":
        """Start ``chanx`` with some variables of the environment."""
        return subprocess.Popen(
            [*BOUND, CHANX, *arguments],
            cwd=self.path,
            env={**environment(), **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def chanx(self, *arguments: str, given: str = "", **variables: str) -> Finished:
        """Run ``chanx`` to its end with a standard input."""
        if self._ready and not variables:
            code, written, told = self._ready.run(arguments, self.path, given.encode())
            return Finished(code, written.decode(), told.decode())
        with self.start(*arguments, **variables) as process:
            out, error = process.communicate(given.encode(), timeout=60)
            return Finished(process.returncode, out.decode(), error.decode())

    def refused(self, *arguments: str, given: str = "", **variables: str) -> str:
        """The one line on the standard error of a command that could not be carried out."""
        code, out, error = self.chanx(*arguments, given=given, **variables)
        assert (code, out) == (2, ""), (code, out, error)
        line, end, more = error.partition("\n")
        assert (end, more) == ("\n", ""), error
        return line


@pytest.fixture(scope="session")
def ready() -> Iterator[Ready | None]:
    """What commands are forked from; None where processes cannot fork."""
    if not hasattr(os, "fork"):
        yield None
        return
    process = Ready(environment())
    yield process
    process.close()


@pytest.fixture
def folder(tmp_path: Path, ready: Ready | None) -> Folder:
    return Folder(tmp_path, ready)
