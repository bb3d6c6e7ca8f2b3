"""Registers consumers with FastAPI, which resolves what their ``connect`` declares."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from fastapi import APIRouter
from fastapi.exceptions import FastAPIError
from fastapi.params import Depends
from fastapi.routing import APIWebSocketRoute

from chanx.core.errors import ConfigurationError
from chanx.ext.fast_channels.endpoint import (
    Consumer,
    ConsumerEndpoint,
    check_dependencies,
    is_consumer,
)

ConsumerT = TypeVar("ConsumerT", bound=Consumer)


class ConsumerRouter(APIRouter):
    """A FastAPI router that takes consumers beside FastAPI's own routes.

    FastAPI itself resolves what a consumer's ``connect`` declares, as it does for the parameters
    of a WebSocket endpoint: ``Depends``, typed path, query, header and cookie parameters,
    ``Security``. Prefixes, router dependencies, ``dependency_overrides`` and ``include_router``
    apply as to any route.

    All of it happens before the handshake is answered, before the consumer's origin check and
    authenticator, and outside its handshake timeout. A value that does not validate closes the
    handshake, which the client sees as HTTP 403; an ``HTTPException`` of a dependency answers it
    with that status. A dependency with ``yield`` stays open until the connection has ended: for a
    database session per message, open one in the handler instead.

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
        check_dependencies(consumer, route.dependant)
        self.add_api_websocket_route(path, endpoint, name, dependencies=dependencies)


def _require_consumer(path: str, consumer: object) -> None:
    if not is_consumer(consumer):
        raise ConfigurationError(
            f"{path}: {consumer!r} is no consumer: give a subclass of AsyncJsonWebsocketConsumer "
            f"itself, not what its as_asgi() returns."
        )


__all__ = ["ConsumerRouter"]
