"""What waits for one client to read: how much there is, and how much may be."""

from collections.abc import Mapping
from typing import Any, cast

from chanx.core.limits import Limits


class Backlog:
    """Counts what waits behind the frame that is being written to a client.

    Replies wait in :class:`~chanx.core.connection.Connection`, layer messages in
    :class:`~chanx.core.event_lane.EventLane`; both are counted here, since they wait for the same
    client.

    Args:
        limits: The connection's limits.
    """

    __slots__ = ("_count", "_most", "_most_bytes", "_size")

    def __init__(self, limits: Limits) -> None:
        self._most = limits.max_outgoing_queue
        self._most_bytes = limits.max_outgoing_bytes
        self._count = self._size = 0

    def __len__(self) -> int:
        return self._count

    @property
    def is_crowded(self) -> bool:
        """Whether so much waits that whoever sends more should let others run."""
        # Half: the sender of a burst of broadcasts lets others run while there is still room for
        # those of other senders, which do not ask.
        return self._count * 2 > self._most or self._size * 2 > self._most_bytes

    def takes(self, size: int) -> bool:
        """Return whether there is room for one more.

        Args:
            size: Its bytes.
        """
        # The size of the new one counts as well, unlike in an Inbox: what is sent has no bound of
        # its own.
        return self._count < self._most and self._size + size <= self._most_bytes

    def add(self, size: int) -> None:
        """Count one more.

        Args:
            size: Its bytes.
        """
        self._count += 1
        self._size += size

    def remove(self, size: int) -> None:
        """Count one less.

        Args:
            size: Its bytes.
        """
        self._count -= 1
        self._size -= size


def size_of(text: str) -> int:
    """Return the bytes of a frame.

    Args:
        text: The frame.
    """
    # A layer may bring half a surrogate pair, which is counted before a server refuses it.
    # Python knows whether a text is ASCII, without a look at it.
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def size_of_envelope(envelope: object) -> int:
    """Return the bytes of the text in a layer message; 0 if it has none.

    Args:
        envelope: The layer message, or whatever else a layer brings.
    """
    text: object = None
    if isinstance(envelope, Mapping):
        text = cast("Mapping[str, Any]", envelope).get("text")
    return size_of(text) if isinstance(text, str) else 0


__all__ = ["Backlog", "size_of", "size_of_envelope"]
