"""What an event loop has one of."""

import asyncio
from collections.abc import Callable, ItemsView
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")


class PerLoop(Generic[T]):
    """Keeps one value for each event loop, for as long as the loop lives.

    Args:
        make: Makes the value of a loop when something of that loop first asks for it.
    """

    __slots__ = ("_make", "_values")

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._values: WeakKeyDictionary[asyncio.AbstractEventLoop, T] = WeakKeyDictionary()

    def get(self) -> T:
        """Return the value of the event loop that runs."""
        loop = asyncio.get_running_loop()
        value = self._values.get(loop)
        if value is None:
            value = self._values[loop] = self._make()
        return value

    def items(self) -> ItemsView[asyncio.AbstractEventLoop, T]:
        """Return the loops and their values."""
        return dict(self._values).items()


__all__ = ["PerLoop"]
