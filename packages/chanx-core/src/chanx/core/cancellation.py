"""Cancellation: whose one is."""

import asyncio


def is_own(error: BaseException) -> bool:
    """Return whether an exception is the running task's cancellation.

    Args:
        error: The exception; a ``CancelledError`` may also have leaked from something that the task
            awaited, and is then an error like any other.
    """
    if not isinstance(error, asyncio.CancelledError):
        return False
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


__all__ = ["is_own"]
