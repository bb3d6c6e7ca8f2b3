"""Events that are broadcast once a transaction is committed, while they wait for that."""

from typing import Final
from weakref import WeakSet


class WaitingEvent:
    """Stands for an event for as long as what would send it waits for the commit.

    Django keeps that with the connection to the database, and drops it with a rollback, so that
    this ends by itself then.

    Args:
        name: The event's class.
    """

    __slots__ = ("__weakref__", "name")

    def __init__(self, name: str) -> None:
        self.name: str = name
        waiting_events.add(self)

    def end(self) -> None:
        """Wait no more: the event is sent."""
        waiting_events.discard(self)


waiting_events: Final[WeakSet[WaitingEvent]] = WeakSet()
"""What waits for a commit in this process: tests that miss a message are told of it."""


__all__ = ["WaitingEvent", "waiting_events"]
