"""What an event loop has one of, and its end."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, ItemsView
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")


class PerLoop(Generic[T]):
    """Keeps one value for each event loop, for as long as the loop lives.

    Args:
        make: Makes the value of a loop when something of that loop first asks for it.
    """

    __slots__ = ("_lock", "_make", "_values")

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        # Weak, as loops come and go: each test, each asyncio.run() and each async_to_sync() has its
        # own.
        self._values: WeakKeyDictionary[asyncio.AbstractEventLoop, T] = WeakKeyDictionary()
        # Loops of other threads begin whenever they like, also while all are listed. It can be
        # taken twice, since whatever Python finalizes meanwhile may come here as well.
        self._lock = threading.RLock()

    def get(self) -> T:
        """Return the value of the event loop that runs."""
        loop = asyncio.get_running_loop()
        # Without the lock: nobody but the loop's own thread puts its value here.
        value = self._values.get(loop)
        if value is None:
            value = self._make()
            with self._lock:
                self._values[loop] = value
        return value

    def items(self) -> ItemsView[asyncio.AbstractEventLoop, T]:
        """Return the loops and their values, from any thread."""
        with self._lock:
            return dict(self._values).items()


async def _until_the_end(finish: Callable[[], Awaitable[object]]) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        await finish()


def when_loop_ends(finish: Callable[[], Awaitable[object]]) -> AsyncGenerator[None]:
    """Have a function called when the event loop that runs ends, in that loop and after its tasks.

    asyncio has no hook for that but one: whoever ends a loop shuts its asynchronous generators
    down, as ``asyncio.run`` and with it uvicorn, hypercorn, ``async_to_sync`` and pytest's plugins
    do.

    Args:
        finish: The function.

    Returns:
        What is to be kept as long as the function is to be called.
    """
    # Known to its loop only weakly (a WeakSet), which is why the caller has to keep it.
    generator = _until_the_end(finish)
    # To its first yield, from where on its event loop knows it.
    try:
        # By hand, as this is no coroutine. The hook by which a loop hears of generators (PEP 525)
        # is set while the loop runs, in its thread.
        generator.__anext__().__await__().send(None)
    except StopIteration:
        return generator
    raise AssertionError("It does not suspend before its first yield.")


__all__ = ["PerLoop", "when_loop_ends"]
