"""The end of every connection at once, from the server's side."""

import asyncio
from typing import Final

from chanx.testing.connection import ClientConnection

SERVICE_RESTART: Final = 1012
"""The close code of a server that restarts (registered with IANA for RFC 6455, 7.4.2)."""


async def restart_server(
    *connections: ClientConnection, is_orderly: bool = True, timeout: float = 1
) -> None:
    """End connections as a server does that restarts; ``reconnect()`` is up to the test.

    What the process held in memory besides is the test's to renew, a ``MemoryLayer`` included.

    Args:
        connections: The connections, all of which are told before any is waited for.
        is_orderly: Whether the server tells the application of its close with 1012 and waits for
            its end, as on SIGTERM; if not, it cancels it, and the connection breaks (1006).
        timeout: Seconds to wait for each application's end.

    Raises:
        ApplicationStillRunning: If an application has not ended by then; it is cancelled.
        Exception: What an application raised.

    Example:
        >>> from chanx.core.websocket import AsyncJsonWebsocketConsumer
        >>> from chanx.testing import WebsocketCommunicator
        >>> class Room(AsyncJsonWebsocketConsumer):
        ...     pass
        >>> async def test_a_client_comes_back() -> None:
        ...     async with WebsocketCommunicator(Room.as_asgi(), "/", consumer=Room) as client:
        ...         await restart_server(client)
        ...         await client.expect_closed(1012)
        ...         assert await client.reconnect() == (True, None)
        >>> asyncio.run(test_a_client_comes_back())
    """
    ends = [
        connection.disconnect(SERVICE_RESTART, timeout) if is_orderly else connection.abort(timeout)
        for connection in connections
    ]
    # All are waited for, so that the first failure leaves no other connection half ended.
    for outcome in await asyncio.gather(*ends, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


__all__ = ["SERVICE_RESTART", "restart_server"]
