"""The part of the ASGI 3 specification that a WebSocket application meets."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final, Protocol, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Event: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Event]]
Send: TypeAlias = Callable[[Event], Awaitable[None]]

_MOST_LOGGED: Final = 200
"""Characters of a path in a line of the log."""


class ASGIApplication(Protocol):
    """An ASGI 3 application."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one connection."""
        ...


def path_in_log(scope: Mapping[str, Any]) -> str:
    """Return a connection's path as it may stand in a line of the log; clients choose it.

    Args:
        scope: The connection scope. Its query is left out: it may hold a credential.
    """
    return repr(str(scope.get("path"))[:_MOST_LOGGED])


__all__ = ["ASGIApplication", "Event", "Receive", "Scope", "Send", "path_in_log"]
