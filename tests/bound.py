"""Starts a program that ends with whoever has started it, even if that is killed.

``python tests/bound.py PROGRAM [ARGUMENT ...]``, for which ``BOUND`` stands in a command; so a test
or a benchmark that is killed leaves no server behind. Where the system is not Linux, it may.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path
from typing import Final

BOUND: Final[tuple[str, ...]] = (
    () if sys.platform == "win32" else (sys.executable, "-I", "-S", str(Path(__file__).resolve()))
)

_PR_SET_PDEATHSIG: Final = 1
"""Which signal comes when the parent has ended; it outlasts ``execve`` (prctl(2))."""


if __name__ == "__main__":
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    os.execvp(sys.argv[1], sys.argv[1:])
