"""Runs the command line as users do: as a process, in a folder with modules of their own."""

import subprocess
import sys
import sysconfig
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import pytest

CHANX = Path(sysconfig.get_path("scripts")) / ("chanx.exe" if sys.platform == "win32" else "chanx")


class Finished(NamedTuple):
    """What a command gave."""

    code: int
    out: str
    error: str


class Folder:
    """A folder in which commands run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, text: str) -> None:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), "utf-8")

    def read(self, name: str) -> str:
        return (self.path / name).read_text("utf-8")

    def start(self, *arguments: str, **environment: str) -> "subprocess.Popen[bytes]":
        """Start ``chanx`` with some variables of the environment."""
        return subprocess.Popen(
            [CHANX, *arguments],
            cwd=self.path,
            env={"PYTHONPATH": "", "PYTHONWARNINGS": "error", **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def chanx(self, *arguments: str, given: str = "", **environment: str) -> Finished:
        """Run ``chanx`` to its end with a standard input."""
        with self.start(*arguments, **environment) as process:
            out, error = process.communicate(given.encode(), timeout=60)
            return Finished(process.returncode, out.decode(), error.decode())

    def refused(self, *arguments: str, given: str = "", **environment: str) -> str:
        """The one line on the standard error of a command that could not be carried out."""
        code, out, error = self.chanx(*arguments, given=given, **environment)
        assert (code, out) == (2, ""), (code, out, error)
        line, end, more = error.partition("\n")
        assert (end, more) == ("\n", ""), error
        return line


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)
