"""What is looked at when an application starts, for by then its routes are whole."""

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIWebSocketRoute

from chanx.core.layer_use import close_layers
from chanx.core.live_sessions import live_sessions
from chanx.ext.fast_channels.dependencies import check_dependencies, ignored_responses
from chanx.ext.fast_channels.discovery import websocket_routes
from chanx.ext.fast_channels.endpoint import ConsumerEndpoint
from chanx.ext.fast_channels.handler_dependencies import handlers_dependants
from chanx.ext.fast_channels.served_route import adopt

logger: Final = logging.getLogger("chanx.websocket")

Lifespan = Callable[[Any], AbstractAsyncContextManager[Any]]


def checking(lifespan: Lifespan) -> Lifespan:
    """Return a lifespan that looks at the application's routes before it begins.

    At its end the channel layers are closed, unless connections use them still, as those of
    another application of the event loop do.

    Args:
        lifespan: The lifespan.
    """

    @asynccontextmanager
    async def checked(app: Any) -> AsyncGenerator[Any]:
        # Before the application's own lifespan: what cannot be served opens no database.
        check_routes(app)
        async with lifespan(app) as state:
            yield state
        # An application that is mounted, or a test's, ends beside others of one event loop.
        if not live_sessions():
            await close_layers()

    return checked


def check_routes(app: Any) -> None:
    """Refuse consumers whose every handshake would fail.

    Applications and routers add dependencies to those of the consumer's own router.

    Args:
        app: The application that starts.

    Raises:
        ConfigurationError: If a dependency asks for what a WebSocket has none of, or a route leads
            to a consumer in a way that cannot work.
    """
    for route in websocket_routes(app):
        if isinstance(route.endpoint, ConsumerEndpoint):
            consumer = route.endpoint.consumer_class
            check_dependencies(f"{consumer.__qualname__}.connect", route.dependant)
            _warn_of_responses(f"{consumer.__qualname__}.connect", route.dependant)
            for dependant in handlers_dependants(consumer, ()):
                _warn_of_responses(getattr(dependant.call, "__name__", "a handler"), dependant)
            # Before 0.137 FastAPI copies the routes of a router that it includes, and forgets it.
            if isinstance(route, APIWebSocketRoute):
                adopt(route)


def _warn_of_responses(where: str, dependant: Dependant) -> None:
    for name in ignored_responses(dependant):
        logger.warning(
            "What %s, a dependency of %s, sets on its Response reaches no client: give headers to "
            "self.accept() in connect.",
            name,
            where,
        )


__all__ = ["check_routes", "checking"]
