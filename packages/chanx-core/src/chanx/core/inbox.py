"""The frames of one client that wait while its handler runs."""

from collections import deque
from sys import getsizeof
from typing import Final

from chanx.core.asgi import Event
from chanx.core.backlog import size_of
from chanx.core.limits import Limits

OVERSIZED: Final = "chanx.oversized"
"""Key of an event whose frame was larger than may be, and is not kept: its number of characters."""


class Inbox:
    """Keeps frames in their order, within bounds of number and memory.

    Args:
        limits: The connection's limits.
    """

    __slots__ = ("_limits", "_size", "_waiting")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        # Each with its size, so that what is given back is what was counted.
        self._waiting: deque[tuple[Event, int]] = deque()
        self._size = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def is_full(self) -> bool:
        """Whether no further frame should be kept."""
        limits = self._limits
        return (
            # Asked before a frame is kept: the last one may go beyond, by its own bounded size.
            self._size >= limits.max_incoming_bytes
            or len(self._waiting) >= limits.max_incoming_queue
        )

    def put(self, event: Event) -> None:
        """Keep a frame, but nothing of one that is refused for its size anyway.

        Args:
            event: ASGI's ``websocket.receive``.
        """
        # First, so that a text of many megabytes is neither kept nor counted.
        event = self.cut(event)
        size = _size_of(event)
        self._waiting.append((event, size))
        self._size += size

    def take(self) -> Event:
        """Return the frame that has waited longest."""
        event, size = self._waiting.popleft()
        self._size -= size
        return event

    def clear(self) -> None:
        """Drop what waits."""
        self._waiting.clear()
        self._size = 0

    def cut(self, event: Event) -> Event:
        """Return a frame, or what stands for one that is refused for its size.

        Args:
            event: ASGI's ``websocket.receive``.
        """
        text = event.get("text")
        most = self._limits.max_message_size
        if text is None:
            data: bytes = event.get("bytes") or b""
            if len(data) <= most:
                return event
            # A new event: the server's own is not ours to change, and to keep it would keep the
            # frame.
            return {"type": event["type"], "bytes": b"", OVERSIZED: len(data)}
        # At least as many bytes as characters.
        if len(text) <= most:
            return event
        return {"type": event["type"], "text": "", OVERSIZED: len(text)}


def size_of_event(event: Event) -> int:
    """Return the bytes of a frame; of one that is not kept, its characters.

    Args:
        event: ASGI's ``websocket.receive``.
    """
    text: str | None = event.get("text")
    size: int = event.get(OVERSIZED, 0)
    # `or b""`: ASGI allows both keys, one of them None.
    return size or (size_of(text) if text else len(event.get("bytes") or b""))


def _size_of(event: Event) -> int:
    """Return the bytes of memory that a frame takes, up to four for each of its characters."""
    # Of Python's memory and not of the wire: a text with one emoji takes four bytes a character.
    # getsizeof is exact for both kinds and looks at no character.
    return getsizeof(event.get("text")) + getsizeof(event.get("bytes"))


__all__ = ["OVERSIZED", "Inbox", "size_of_event"]
