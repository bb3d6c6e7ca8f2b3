"""The part of the ASGI 3 specification that a WebSocket application meets, as types."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Event: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Event]]
Send: TypeAlias = Callable[[Event], Awaitable[None]]


class ASGIApplication(Protocol):
    """An ASGI 3 application."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one connection."""
        ...


__all__ = ["ASGIApplication", "Event", "Receive", "Scope", "Send"]
