"""The WebSocket that a consumer's methods and dependencies are handed where they ask for it."""

from collections.abc import Iterable
from typing import Any, Self

from starlette.responses import Response
from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketState

from chanx.core.asgi import Event, Scope, Send
from chanx.core.errors import ConfigurationError
from chanx.core.websocket import AsyncJsonWebsocketConsumer


class Denied(Exception):
    """A handshake is refused with a response."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


class HandedWebSocket(WebSocket):
    """A WebSocket of which the consumer knows what is done with it.

    Endpoints of FastAPI's own begin with ``await websocket.accept()``, which is the consumer's
    ``accept`` here, as ``close`` is its ``close``.

    Args:
        consumer: The consumer.
        scope: The scope that is seen by who is handed it.
        send: The server's send.
    """

    application_state: WebSocketState
    client_state: WebSocketState

    def __init__(self, consumer: AsyncJsonWebsocketConsumer[Any], scope: Scope, send: Send) -> None:
        # Without the server's receive: frames are the consumer's, and two that receive would take
        # them from each other.
        super().__init__(scope, _nothing, send)
        self._consumer = consumer

    def connected(self) -> Self:
        """Return this, of which the connection is accepted."""
        self.client_state = self.application_state = WebSocketState.CONNECTED
        return self

    async def accept(
        self, subprotocol: str | None = None, headers: Iterable[tuple[bytes, bytes]] | None = None
    ) -> None:
        """Accept the connection.

        Args:
            subprotocol: One of those the client offered; None for none.
            headers: Further headers of the handshake's response.

        Raises:
            RuntimeError: If it was accepted already.
            ConfigurationError: If the client did not offer the subprotocol.
        """
        await self._consumer.accept(subprotocol, list(headers or ()))
        # As Starlette's own accept() leaves it, so that its send methods do not refuse.
        self.client_state = self.application_state = WebSocketState.CONNECTED

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        """Close the connection.

        Args:
            code: As for the consumer's ``close``.
            reason: For the client.

        Raises:
            ConfigurationError: If the code is not an application's to send.
        """
        await self._consumer.close(code, reason or "")
        self.application_state = WebSocketState.DISCONNECTED

    async def send_denial_response(self, response: Response) -> None:
        """Refuse the connection with a response, which the client is told.

        Args:
            response: The response.

        Raises:
            Denied: Always, so that nothing follows it.
        """
        raise Denied(response)

    async def receive(self) -> Message:
        """Refuse to take what is the consumer's.

        Raises:
            ConfigurationError: Always.
        """
        raise ConfigurationError(
            f"{type(self._consumer).__qualname__} receives what its client sends: write a method "
            f"with @ws_handler for it, instead of receiving from the WebSocket."
        )


async def _nothing() -> Event:
    raise NotImplementedError  # never called; a method of the WebSocket would be a circle


__all__ = ["Denied", "HandedWebSocket"]
