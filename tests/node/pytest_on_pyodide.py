"""Runs pytest where there are neither sockets nor threads: on Pyodide, see ``python.mjs``."""

import asyncio
import os
import selectors
import sys
import time
from typing import Any

import pytest


class Nothing(selectors.SelectSelector):
    """Waits for time alone."""

    def select(self, timeout: float | None = None) -> list[Any]:
        time.sleep(timeout or 0)
        return []


class Loop(asyncio.SelectorEventLoop):
    """An event loop that nothing wakes but its own timers."""

    def __init__(self) -> None:
        super().__init__(Nothing())

    def _make_self_pipe(self) -> None: ...
    def _close_self_pipe(self) -> None: ...
    def _write_to_self(self) -> None: ...


if __name__ == "__main__":
    assert sys.version_info >= (3, 14)
    asyncio._set_running_loop(None)  # noqa: SLF001 - Pyodide's own, which is the browser's
    asyncio.new_event_loop = asyncio.events.new_event_loop = Loop
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    plugins = ("pytest_asyncio.plugin", "pytest_timeout", "chanx.testing.plugin")
    sys.exit(
        pytest.main(
            [
                *(f"-p{name}" for name in plugins),
                "--timeout=0",  # no signals either
                "-pno:cacheprovider",
                *sys.argv[1:],
            ]
        )
    )
