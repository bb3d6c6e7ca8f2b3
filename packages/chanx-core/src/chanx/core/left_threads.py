"""Threads that a handler waited for, which nothing can end, and for which a process would wait."""

import asyncio
import atexit
import logging
import os
import sys
import threading
import time
from typing import Any, Final

from chanx.core.loops import when_loop_ends

logger: Final = logging.getLogger("chanx.websocket")

GRACE: Final = 0.5
"""Seconds that threads get, once their server has ended."""


class _Watch:
    """Ends the process when its server has ended, and nothing but threads keeps it.

    Python waits for these twice: an event loop at its end, for those of its executor, and the
    interpreter, for all. A cancellation reaches none of them.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._is_waiting = threading.Event()
        self._is_exiting = False
        self._end = when_loop_ends(self._note_end)
        # What the interpreter calls when its main thread has ended, before it waits for others,
        # has no public name. Without it, a thread that blocks delays the end of daphne.
        register: Any = getattr(threading, "_register_atexit", None)
        if register is not None:
            register(self._note_exit)
        # Started now: at the interpreter's end no thread can be (RuntimeError from Python 3.12 on).
        threading.Thread(target=self._run, name="chanx end", daemon=True).start()

    async def _note_end(self) -> None:
        self._is_waiting.set()

    def _note_exit(self) -> None:
        self._is_exiting = True
        self._is_waiting.set()

    def _run(self) -> None:
        while not self._is_exiting:
            self._is_waiting.wait()
            self._is_waiting.clear()
            # In a thread of its own, which keeps nobody: asyncio.run() may just be joining the
            # executor's.
            time.sleep(GRACE)
            if not self._loop.is_closed():
                break
            # Else it waited for none, and whatever the main thread does now is its own affair.
        names = [
            each.name
            for each in threading.enumerate()
            if not each.daemon and each is not threading.main_thread()
        ]
        if names:
            _leave(names)


def _leave(names: list[str]) -> None:
    logger.warning(
        "The process ends though threads still run for which handlers waited when the server "
        "stopped: %s. Have them end within Limits.drain_timeout.",
        ", ".join(names),
    )
    # What the interpreter would do at its end, which it does not come to.
    atexit._run_exitfuncs()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]  # there is no other way
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    # Nothing else ends a process whose main thread is joining another one: sys.exit() raises in the
    # thread that calls it. 0, as the server was told to stop and has.
    os._exit(0)


def leave_threads() -> None:
    """End the process once its server has ended, though threads go on, but for GRACE seconds.

    It is for a process that was told to stop, and in which a handler was cancelled for that.
    """
    _Watch()


__all__ = ["GRACE", "leave_threads"]
