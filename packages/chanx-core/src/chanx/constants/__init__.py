"""Names on the wire that clients, tests and tools compare with."""

from typing import Final

MESSAGE_ACTION_COMPLETE: Final = "complete"
"""Follows a handled client message when completion signals are on."""

GROUP_ACTION_COMPLETE: Final = "group_complete"
"""Follows a broadcast delivered to the client when completion signals are on."""

EVENT_ACTION_COMPLETE: Final = "event_complete"
"""Follows a handled layer event when completion signals are on."""

COMPLETE_ACTIONS: Final[frozenset[str]] = frozenset(
    {MESSAGE_ACTION_COMPLETE, GROUP_ACTION_COMPLETE, EVENT_ACTION_COMPLETE}
)
"""The actions of all completion signals."""

PING_ACTION: Final = "ping"
"""Asks the other side whether it is there: of a client, and of a server with a heartbeat."""

PONG_ACTION: Final = "pong"
"""Answers a ping."""

__all__ = [
    "COMPLETE_ACTIONS",
    "EVENT_ACTION_COMPLETE",
    "GROUP_ACTION_COMPLETE",
    "MESSAGE_ACTION_COMPLETE",
    "PING_ACTION",
    "PONG_ACTION",
]
