"""Registers consumers with FastAPI, which resolves what their ``connect`` declares."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from fastapi import APIRouter
from fastapi.exceptions import FastAPIError
from fastapi.params import Depends
from fastapi.routing import APIWebSocketRoute
from starlette.routing import Match

from chanx.core.asgi import Scope
from chanx.core.errors import ConfigurationError
from chanx.ext.fast_channels.dependencies import check_dependencies
from chanx.ext.fast_channels.endpoint import ConsumerEndpoint
from chanx.ext.fast_channels.mounting import Consumer, is_consumer, misplaced_class
from chanx.ext.fast_channels.served_route import adopt
from chanx.ext.fast_channels.startup import checking

ConsumerT = TypeVar("ConsumerT", bound=Consumer)


class ConsumerRouter(APIRouter):
    """A FastAPI router that takes consumers beside FastAPI's own routes.

    FastAPI itself resolves what a consumer's ``connect`` declares, as it does for the parameters
    of a WebSocket endpoint: ``Depends``, typed path, query, header and cookie parameters,
    ``Security``. Prefixes, router dependencies, ``dependency_overrides`` and ``include_router``
    apply as to any route.

    All of it happens within the consumer's handshake and its time-out: its origin and its caps
    come first, then its authenticator, of which a dependency may use what it has found
    (``websocket.scope["user"]``), and then the dependencies of applications, routers, route and
    ``connect``, in that order. They are of the connection: one with ``yield`` stays open until
    it has ended. What is for one message, such as a database session, its handler takes: see
    :class:`~chanx.ext.fast_channels.websocket.AsyncJsonWebsocketConsumer`.

    A browser can read why it is refused, whatever refuses it, a dependency of the application, a
    router or the route, or ``connect`` itself: the connection is accepted, told with an
    :class:`~chanx.messages.ErrorMessage` of code ``refused``, and closed.

    ============================  ==================================================================
    ``HTTPException``             Closes with 4000 plus the status. The detail is told, and the
                                  headers ``WWW-Authenticate`` and ``Retry-After`` in ``data``.
    ``RefuseConnection``          Closes with 4000 plus the status.
    ``WebSocketException``,       Closes with its code and reason.
    ``close()``
    parameters that do not        Closes with 4422; each of them stands in ``errors``.
    validate
    exceptions of the app's own   What the app's exception handler answers is told: 4000 plus its
                                  status, and its body in ``data``.
    anything else                 Is logged; the client is told ``internal_error``, 4500.
    ============================  ==================================================================

    A consumer with ``deny_with_http`` answers with an HTTP response instead, which FastAPI's
    exception handlers make. When the application starts, every dependency on the way to a consumer
    is looked at, and one that no WebSocket can satisfy stops it. Before FastAPI 0.137.2,
    refusals by dependencies are told once the application's lifespan has begun, as under a server.

    Example:
        >>> from typing import Annotated
        >>> from fastapi import Depends, FastAPI, HTTPException
        >>> from chanx.core.decorators import ws_handler
        >>> from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
        >>> from chanx.messages import PingMessage, PongMessage
        >>> async def current_user(token: str) -> str:
        ...     if token != "open sesame":
        ...         raise HTTPException(401)
        ...     return "ali"
        >>> router = ConsumerRouter(prefix="/ws")
        >>> @router.consumer("/rooms/{room}")
        ... class Room(AsyncJsonWebsocketConsumer):
        ...     async def connect(
        ...         self, room: int, name: Annotated[str, Depends(current_user)]
        ...     ) -> None:
        ...         self.name = name
        ...
        ...     @ws_handler
        ...     async def answer(self, message: PingMessage) -> PongMessage:
        ...         return PongMessage()
        >>> app = FastAPI()
        >>> app.include_router(router)
    """

    # Set with the first consumer: a router without any is FastAPI's own.
    _checks_start = False

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match a connection for an application that includes the router (FastAPI 0.137 on).

        Args:
            scope: The ASGI connection scope.
        """
        match, child_scope = super().matches(scope)
        # The route is made by FastAPI, with the prefixes and dependencies of all that include it.
        adopt(child_scope.get("route"))
        return match, child_scope

    def consumer(
        self,
        path: str,
        *,
        name: str | None = None,
        dependencies: Sequence[Depends] | None = None,
        initkwargs: Mapping[str, Any] | None = None,
    ) -> Callable[[ConsumerT], ConsumerT]:
        """Register the decorated consumer.

        Args:
            path: Its path below the router's prefix, with ``{name}`` or ``{name:convertor}`` for
                variable parts.
            name: The route's name, for ``url_path_for``; None takes the class's name.
            dependencies: Dependencies whose values nobody needs.
            initkwargs: Arguments for the consumer's constructor.

        Returns:
            A decorator that returns the class unchanged.

        Raises:
            ConfigurationError: If ``connect`` has parameters that cannot be filled for a
                WebSocket, or a message's schema cannot be built.

        Example:
            >>> from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
            >>> router = ConsumerRouter()
            >>> @router.consumer("/status")
            ... class Status(AsyncJsonWebsocketConsumer):
            ...     groups = ["status"]
        """
        # A decorator without its parentheses is given the class for a path.
        if is_consumer(path):
            raise ConfigurationError(
                f"@router.consumer stands above {path.__qualname__} without its path: write "
                f'@router.consumer("/path").'
            )

        def register(consumer: ConsumerT) -> ConsumerT:
            self.add_consumer(
                path, consumer, name=name, dependencies=dependencies, initkwargs=initkwargs
            )
            return consumer

        return register

    def add_consumer(
        self,
        path: str,
        consumer: Consumer,
        *,
        name: str | None = None,
        dependencies: Sequence[Depends] | None = None,
        initkwargs: Mapping[str, Any] | None = None,
    ) -> None:
        """Register a consumer; :meth:`consumer` as a call.

        Args:
            path: As for :meth:`consumer`.
            consumer: The consumer's class.
            name: As for :meth:`consumer`.
            dependencies: As for :meth:`consumer`.
            initkwargs: As for :meth:`consumer`.

        Raises:
            ConfigurationError: As :meth:`consumer`.
        """
        _require_consumer(path, consumer)
        _require_path(path, consumer)
        if not self._checks_start:
            self._checks_start = True
            # include_router() merges lifespans of routers into the application's, so that this one
            # runs at its start.
            self.lifespan_context: Any = checking(self.lifespan_context)
        endpoint = ConsumerEndpoint(consumer, initkwargs or {})
        # Built once to be looked at, before anything is registered.
        try:
            route = APIWebSocketRoute(
                f"{self.prefix}{path}",
                endpoint,
                dependencies=[*self.dependencies, *(dependencies or ())],
            )
        except (AssertionError, FastAPIError) as error:
            raise ConfigurationError(
                f"{self.prefix}{path}: FastAPI cannot resolve the parameters of "
                f"{consumer.__qualname__}.connect: {error}"
            ) from error
        # Those of applications and of routers around this one are looked at when the application
        # starts.
        check_dependencies(f"{consumer.__qualname__}.connect", route.dependant)
        self.add_api_websocket_route(path, endpoint, name, dependencies=dependencies)
        # The route that was just added, for who serves this router itself; inclusions make others
        # (matches()).
        adopt(self.routes[-1])

    def add_api_websocket_route(
        self,
        path: str,
        endpoint: Callable[..., Any],
        name: str | None = None,
        *,
        dependencies: Sequence[Depends] | None = None,
    ) -> None:
        """Register an endpoint of FastAPI's own.

        Args:
            path: Its path below the router's prefix.
            endpoint: An asynchronous function.
            name: The route's name; None takes the function's.
            dependencies: Dependencies whose values nobody needs.

        Raises:
            ConfigurationError: If the endpoint is a consumer's class.
        """
        if is_consumer(endpoint):
            raise ConfigurationError(f"{path}: {misplaced_class(endpoint)}")
        super().add_api_websocket_route(path, endpoint, name, dependencies=dependencies)


def _require_consumer(path: str, consumer: object) -> None:
    if not is_consumer(consumer):
        raise ConfigurationError(
            f"{path}: {consumer!r} is not a consumer: give a subclass of "
            f"AsyncJsonWebsocketConsumer itself, not what its as_asgi() returns."
        )


def _require_path(path: object, consumer: Consumer) -> None:
    # An empty one is the prefix of the router, or of its inclusion, itself.
    if not isinstance(path, str) or not (path.startswith("/") or not path):
        raise ConfigurationError(
            f"The path of {consumer.__qualname__} is {path!r}, which no address matches: begin it "
            f"with a slash."
        )


__all__ = ["ConsumerRouter"]
