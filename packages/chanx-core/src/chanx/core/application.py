"""A consumer as an ASGI application."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chanx.core.asgi import Receive, Scope, Send
from chanx.core.errors import ConfigurationError

if TYPE_CHECKING:
    from chanx.core.websocket import AsyncJsonWebsocketConsumer


class ConsumerApplication:
    """An ASGI 3 application that serves each connection with a new instance of a consumer.

    An object, not a function: routers wrap functions as endpoints of their own kind.

    Attributes:
        consumer_class: The consumer's class.
        consumer_initkwargs: Arguments for its constructor.
    """

    __slots__ = ("consumer_class", "consumer_initkwargs")

    def __init__(
        self,
        consumer_class: "type[AsyncJsonWebsocketConsumer[Any]]",
        consumer_initkwargs: Mapping[str, Any],
    ) -> None:
        self.consumer_class = consumer_class
        self.consumer_initkwargs = consumer_initkwargs

    def __repr__(self) -> str:
        return f"{self.consumer_class.__qualname__}.as_asgi()"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one WebSocket connection.

        Raises:
            ConfigurationError: If the scope is of another type.
        """
        if scope["type"] != "websocket":
            raise ConfigurationError(
                f"{self!r} serves WebSockets, and was called for {scope['type']!r}: "
                f"mount it under a router, for WebSocket connections only."
            )
        await self.consumer_class(**self.consumer_initkwargs)(scope, receive, send)


__all__ = ["ConsumerApplication"]
