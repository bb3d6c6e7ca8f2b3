"""A consumer as an ASGI application."""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, Protocol

from typing_extensions import TypeVar

from chanx.core.asgi import Receive, Scope, Send, path_in_log
from chanx.core.errors import ConfigurationError

logger: Final = logging.getLogger("chanx.websocket")


class Serving(Protocol):
    """What serves one connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve it, from its handshake to its end."""
        ...


ConsumerT = TypeVar("ConsumerT", bound=Serving, default=Any)


class ConsumerApplication(Generic[ConsumerT]):
    """An ASGI 3 application that serves each connection with a new instance of a consumer.

    An object, not a function: routers wrap functions as endpoints of their own kind.

    Attributes:
        consumer_class: The consumer's class.
        consumer_initkwargs: Arguments for its constructor.
    """

    __slots__ = ("consumer_class", "consumer_initkwargs")

    def __init__(
        self,
        consumer_class: type[ConsumerT],
        consumer_initkwargs: Mapping[str, Any],
    ) -> None:
        self.consumer_class: type[ConsumerT] = consumer_class
        self.consumer_initkwargs: Mapping[str, Any] = consumer_initkwargs

    def __repr__(self) -> str:
        return f"{self.consumer_class.__qualname__}.as_asgi()"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one WebSocket connection; what comes by plain HTTP finds nothing here.

        Raises:
            ConfigurationError: If the scope is of a further type.
        """
        if scope["type"] == "http":
            await self._not_found(scope, send)
            return
        # ASGI: an application raises for a scope that it does not know, as of a lifespan; servers
        # take that for "not supported".
        if scope["type"] != "websocket":
            raise ConfigurationError(
                f"{self!r} serves WebSockets, and was called for {scope['type']!r}: "
                f"mount it under a router, for WebSocket connections only."
            )
        make: Callable[..., Serving] = self.consumer_class
        # An instance for each connection: what a consumer keeps on itself is its client's.
        await make(**self.consumer_initkwargs)(scope, receive, send)

    async def _not_found(self, scope: Scope, send: Send) -> None:
        # As routers answer for paths of WebSockets; `app.mount()` does not tell the two apart.
        logger.warning("%r serves WebSockets, not HTTP at %s: 404.", self, path_in_log(scope))
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        await send({"type": "http.response.start", "status": 404, "headers": headers})
        await send({"type": "http.response.body", "body": b"This path serves WebSockets.\n"})


__all__ = ["ConsumerApplication", "ConsumerT", "Serving"]
