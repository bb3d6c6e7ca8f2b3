"""A route to a consumer, whose dependencies are solved within the consumer's own handshake.

FastAPI solves a route's dependencies before it calls the endpoint. For a consumer that would be
before its origin, its caps and its authenticator are asked, and outside its time-out. So another
application stands in the route's place, and solves what FastAPI has read of the route.
"""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

from fastapi.dependencies.models import Dependant
from starlette.websockets import WebSocketState

from chanx.core.asgi import Receive, Scope, Send
from chanx.core.errors import ConfigurationError
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.ext.fast_channels.answer import serve
from chanx.ext.fast_channels.dependencies import check_dependencies, with_dependencies
from chanx.ext.fast_channels.endpoint import ConsumerEndpoint
from chanx.ext.fast_channels.handed_websocket import HandedWebSocket
from chanx.ext.fast_channels.handler_dependencies import handlers_dependants
from chanx.ext.fast_channels.handshake import handshake_of
from chanx.ext.fast_channels.solving import has_overrides, solve
from chanx.ext.fast_channels.websocket import introduce


def adopt(route: Any) -> None:
    """Have a route to a consumer solve its dependencies within the consumer's handshake.

    Args:
        route: A route of FastAPI's for WebSockets; one that leads elsewhere is left as it is.
    """
    endpoint = getattr(route, "endpoint", None)
    # Once: routes are matched for every connection.
    if isinstance(endpoint, ConsumerEndpoint) and not isinstance(route.app, ServedRoute):
        route.app = ServedRoute(endpoint, route.dependant)


class ServedRoute:
    """The ASGI application of a route to a consumer.

    Args:
        endpoint: The consumer's endpoint.
        dependant: What FastAPI read of the route, dependencies of routers and applications
            included.
    """

    __slots__ = ("_dependant", "_endpoint", "_handshake", "_is_trivial", "_readers")

    def __init__(self, endpoint: ConsumerEndpoint, dependant: Dependant) -> None:
        self._endpoint = endpoint
        self._dependant = dependant
        # Without names of a path, which are known with the connection only: a cookie is a cookie on
        # any.
        handlers = handlers_dependants(endpoint.consumer_class, ())
        self._handshake = handshake_of([dependant, *handlers])
        self._readers: dict[tuple[str, ...], list[Dependant]] = {}
        # Beside the WebSocket, which is among them always.
        has_parameters = len(endpoint.__signature__.parameters) > 1
        self._is_trivial = not (
            dependant.dependencies or has_parameters or self._read_by_handlers(())
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, from its handshake to its end.

        Args:
            scope: The ASGI connection scope.
            receive: The server's receive.
            send: The server's send.
        """
        endpoint = self._endpoint
        consumer = endpoint.consumer_class(**endpoint.consumer_initkwargs)
        introduce(consumer, self._handshake)
        if self._is_trivial:
            handed = HandedWebSocket(consumer, scope, send)
            await serve(consumer, scope, receive, send, endpoint.arguments({}, handed))
            return
        # Entered by serve(), for all of the connection, and filled in the handshake.
        stack = AsyncExitStack()
        arguments = partial(self._arguments, consumer, scope, send, stack)
        await serve(consumer, scope, receive, send, arguments, stack)

    async def _arguments(
        self,
        consumer: AsyncJsonWebsocketConsumer[Any],
        scope: Scope,
        send: Send,
        stack: AsyncExitStack,
    ) -> Mapping[str, Any]:
        handed = HandedWebSocket(consumer, scope, send)
        try:
            # Within the entrance, after the authenticator: it calls this for connect's arguments.
            values = await solve(self._dependant, handed, stack, stack)
            if not has_overrides(scope):  # which may ask for something else
                for reader in self._read_by_handlers(tuple(scope["path_params"])):
                    await solve(reader, handed, stack, stack)
        except consumer.handshake_errors:
            # The consumer has closed by then, and ends by itself.
            if handed.application_state is WebSocketState.DISCONNECTED:
                return {}  # as of a dependency that closed, and then raised
            raise
        except Exception as error:
            self._explain(error)
            raise
        return self._endpoint.arguments(values, handed)

    def _read_by_handlers(self, names: tuple[str, ...]) -> list[Dependant]:
        """Return what only reads and validates what handlers' dependencies read of the handshake.

        So a handshake that no message could be handled with is refused at once, and told why.
        """
        # By the names of the path, which routers and mounts make differ for one route.
        readers = self._readers.get(names)
        if readers is None:
            handlers = handlers_dependants(self._endpoint.consumer_class, names)
            readers = self._readers[names] = [
                Dependant(
                    path_params=part.path_params,
                    query_params=part.query_params,
                    header_params=part.header_params,
                    cookie_params=part.cookie_params,
                )
                for handler in handlers
                for part in with_dependencies(handler)
                if part.path_params or part.query_params or part.header_params or part.cookie_params
            ]
        return readers

    def _explain(self, error: Exception) -> None:
        """Say what is wrong with a dependency that no WebSocket can satisfy."""
        where = f"{self._endpoint.consumer_class.__qualname__}.connect"
        try:
            check_dependencies(where, self._dependant)
        except ConfigurationError as reason:
            raise reason from error


__all__ = ["ServedRoute", "adopt"]
