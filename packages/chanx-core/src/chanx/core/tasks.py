"""Tasks of the engine's own: how they begin, and that they end."""

import asyncio
from collections.abc import Callable, Collection, Coroutine
from contextvars import Context
from typing import Any, Final, TypeVar

from chanx.core.clock import Clock

T = TypeVar("T")

CANCELLATIONS: Final = 3
"""How often a task is cancelled in the time that it has to end. Not at short intervals: one that
unsubscribes because it was cancelled must not be kept from it."""


def start(coroutine: Coroutine[Any, Any, T], context: Context | None = None) -> "asyncio.Task[T]":
    """Run a coroutine in a task that begins when the event loop comes to it, and not before.

    ``create_task`` leaves that to the loop's task factory: ``asyncio.eager_task_factory`` runs the
    first step before it returns, while whoever starts the task is still busy noting it.

    Args:
        coroutine: What the task runs.
        context: The task's own context; None for a copy of the present one.
    """
    # The class and not the factory: `eager_start` is False there in every version that has it.
    return asyncio.Task(coroutine, loop=asyncio.get_running_loop(), context=context)


def is_in_event_loop() -> bool:
    """Return whether an event loop runs in this thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def wait_through(tasks: "Collection[asyncio.Task[Any]]", seconds: float) -> None:
    """Wait until tasks have ended, also where the caller is cancelled meanwhile.

    Args:
        tasks: The tasks.
        seconds: For how long at most, by the event loop's time.

    Raises:
        asyncio.CancelledError: If the caller was cancelled meanwhile; it waited all the same.
    """
    now = asyncio.get_running_loop().time
    until = now() + seconds
    interruption: asyncio.CancelledError | None = None
    while (left := {task for task in tasks if not task.done()}) and now() < until:
        try:
            await asyncio.wait(left, timeout=until - now())
        except asyncio.CancelledError as error:
            # As in _wait() below, but they are neither urged nor timed by a connection's clock:
            # the guards that leave handlers behind go by the loop's.
            interruption = error
    if interruption is not None:
        raise interruption


async def finish(
    tasks: "Collection[asyncio.Task[Any]]", clock: Clock, patience: float
) -> "set[asyncio.Task[Any]]":
    """Wait until tasks have ended; cancel those that have not in time.

    Args:
        tasks: The tasks.
        clock: Tells when the time is over.
        patience: Seconds for them to end, and as many again once they are cancelled.

    Returns:
        Those that still run all the same.

    Raises:
        asyncio.CancelledError: If the caller was cancelled meanwhile; it waited all the same.
    """
    try:
        left = await _wait(tasks, clock, patience, lambda task: None)
    finally:
        # Also where the caller is cancelled: they are to have ended before that goes on.
        left = await cancel(tasks, clock, patience)
    return left


async def cancel(
    tasks: "Collection[asyncio.Task[Any]]", clock: Clock, patience: float
) -> "set[asyncio.Task[Any]]":
    """Cancel tasks until they have ended: one cancellation may be swallowed.

    redis-py on Python 3.11 does that, where ``wait_for`` is cancelled as its call returns.

    Args:
        tasks: The tasks.
        clock: Tells when the time is over.
        patience: Seconds for them to end.

    Returns:
        Those that still run.

    Raises:
        asyncio.CancelledError: If the caller was cancelled meanwhile; it waited all the same.
    """
    return await _wait(tasks, clock, patience, lambda task: task.cancel())


async def _wait(
    tasks: "Collection[asyncio.Task[Any]]",
    clock: Clock,
    patience: float,
    urge: "Callable[[asyncio.Task[Any]], object]",
) -> "set[asyncio.Task[Any]]":
    # The end by the connection's clock, which a test moves; the urging in between by the loop's, as
    # a clock that stands still would never urge again.
    until = clock.time() + patience
    now = asyncio.get_running_loop().time
    # So that they are urged at once.
    urged_at = -patience
    interruption: asyncio.CancelledError | None = None
    left = {task for task in tasks if not task.done()}
    while left and clock.time() < until:
        if now() >= urged_at + patience / CANCELLATIONS:
            urged_at = now()
            for task in left:
                urge(task)
        try:
            await asyncio.wait(left, timeout=urged_at + patience / CANCELLATIONS - now())
        except asyncio.CancelledError as error:
            # asyncio.wait() has cancelled none of them, and is called again.
            interruption = error
        left = {task for task in left if not task.done()}
    if interruption is not None:
        # Only now, and the last of several: the caller was asked to end, but what it waits for has
        # to have ended before it goes on to whatever comes next.
        raise interruption
    return left


__all__ = ["cancel", "finish", "is_in_event_loop", "start", "wait_through"]
