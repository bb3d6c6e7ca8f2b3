"""Connections whose server stops its event loop and leaves them as they are.

ASGI has no word for that. uvicorn and hypercorn end or cancel every connection on SIGTERM; daphne
4.2 means to, but fails before it does, and its process then goes to its end with handlers
suspended, groups joined and no ``disconnect`` called.
"""

import asyncio
import atexit
from collections.abc import Callable
from functools import partial
from typing import Any, Final
from weakref import WeakKeyDictionary

PATIENCE: Final = 10.0
"""Seconds that connections may take at the end of the process, all together."""

_serving: WeakKeyDictionary[asyncio.AbstractEventLoop, set[asyncio.Task[Any]]] = WeakKeyDictionary()


def begin() -> Callable[[], None]:
    """Note that the running task serves a connection.

    Returns:
        A function that notes that the connection has ended.
    """
    tasks = _serving.setdefault(asyncio.get_running_loop(), set())
    task = asyncio.current_task()
    assert task is not None
    tasks.add(task)
    return partial(tasks.discard, task)


@atexit.register
def end_connections() -> None:
    """Cancel the connections of event loops that stopped, and run these until they have ended."""
    for loop, tasks in [*_serving.items()]:
        if not tasks or loop.is_closed() or loop.is_running():
            continue
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.wait(tasks, timeout=PATIENCE))


__all__ = ["begin", "end_connections"]
