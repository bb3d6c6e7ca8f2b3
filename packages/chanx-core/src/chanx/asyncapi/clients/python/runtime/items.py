# SPDX-License-Identifier: 0BSD
"""What comes one after the other, for one who takes it with ``async for``."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Generic, TypeVar

from .errors import Overflow

T = TypeVar("T")


class Items(AsyncIterator[T], Generic[T]):
    """A bounded buffer between who brings and who takes.

    Args:
        limit: Items that wait to be taken; one more ends the whole (R23).
        on_overflow: Is told of that.
    """

    def __init__(
        self, limit: int, on_overflow: Callable[[], None] | None = None
    ) -> None:
        self._limit = limit
        self._on_overflow = on_overflow
        self._items: deque[T] = deque()
        self._changed = asyncio.Event()
        self._is_over = False
        self._error: Exception | None = None

    def put(self, item: T) -> None:
        """Bring an item."""
        if self._is_over:
            return
        if len(self._items) >= self._limit:
            self.end(Overflow(f"More than {self._limit} items wait to be taken."))
            if self._on_overflow is not None:
                self._on_overflow()
            return
        self._items.append(item)
        self._changed.set()

    def end(self, error: Exception | None = None) -> None:
        """Bring no more; what is here is still taken.

        Args:
            error: What the taker is told then; None for nothing.
        """
        if not self._is_over:
            self._is_over, self._error = True, error
            self._changed.set()

    def __aiter__(self) -> "Items[T]":
        """Return itself: there is one taker."""
        return self

    async def __anext__(self) -> T:
        """Return the next item, when there is one.

        Raises:
            StopAsyncIteration: If no more comes.
        """
        while not self._items:
            if self._is_over:
                # Told once: who goes on taking after it gets the plain end, as of other iterators.
                error, self._error = self._error, None
                raise error or StopAsyncIteration
            # Nothing may come between this and the last look: there is no `await` here.
            self._changed.clear()
            await self._changed.wait()
        return self._items.popleft()


__all__ = ["Items"]
