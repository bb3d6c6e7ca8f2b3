"""Connections whose server stops its event loop and leaves them as they are.

ASGI has no word for that. uvicorn and hypercorn end or cancel every connection on SIGTERM; daphne
4.2 means to, but fails before it does, and its process then goes to its end with handlers
suspended, groups joined and no ``disconnect`` called.
"""

import asyncio
import atexit
from typing import Any, Final

from chanx.core.loops import PerLoop

PATIENCE: Final = 10.0
"""Seconds that connections may take at the end of the process, all together."""

_serving = PerLoop(set["asyncio.Task[Any]"])


def serving() -> "set[asyncio.Task[Any]]":
    """Return the tasks that serve connections in the event loop that runs.

    A connection adds its own when it begins, and takes it out at its very end.
    """
    return _serving.get()


@atexit.register
def end_connections() -> None:
    """Cancel the connections of event loops that stopped, and run these until they have ended."""
    for loop, tasks in _serving.items():
        if not tasks or loop.is_closed() or loop.is_running():
            continue
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.wait(tasks, timeout=PATIENCE))


__all__ = ["end_connections", "serving"]
