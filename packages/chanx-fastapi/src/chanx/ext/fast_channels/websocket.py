"""The consumer for FastAPI and Starlette."""

import inspect
from typing import Any, ClassVar, overload

from fastapi import params
from pydantic.fields import FieldInfo
from starlette.exceptions import HTTPException, WebSocketException
from starlette.websockets import WebSocket

from chanx.core import websocket
from chanx.core.asgi import Receive, Scope, Send
from chanx.core.errors import ConfigurationError
from chanx.core.websocket import ConsumerApplication, EventT


class AsyncJsonWebsocketConsumer(websocket.AsyncJsonWebsocketConsumer[EventT]):
    """Serves WebSocket connections of a FastAPI or Starlette application.

    Everything of :class:`chanx.core.websocket.AsyncJsonWebsocketConsumer` holds. Register it with
    a :class:`~chanx.ext.fast_channels.routing.ConsumerRouter`, and FastAPI resolves what
    ``connect`` declares: dependencies, and typed path, query, header and cookie parameters. Or
    mount ``Consumer.as_asgi()`` with ``WebSocketRoute``, ``Mount`` or
    ``app.router.add_websocket_route``, on Starlette alone too.

    ``connect`` may raise ``HTTPException`` or ``WebSocketException``: the application answers the
    handshake as it does for a dependency's, with an HTTP response or a refusal. A browser reads
    neither; what :class:`~chanx.core.errors.RefuseConnection` says, it can.

    Whichever way it is reached, ``self.scope["path_params"]`` holds the path's parameters,
    converted as the path says, and ``self.scope["app"]`` is the application that was entered last:
    within a mounted one, the mounted one.

    Example:
        >>> from typing import Annotated
        >>> from fastapi import Query
        >>> from chanx.core.decorators import ws_handler
        >>> from chanx.ext.fast_channels.routing import ConsumerRouter
        >>> from chanx.messages import PingMessage, PongMessage
        >>> router = ConsumerRouter()
        >>> @router.consumer("/rooms/{room}")
        ... class Room(AsyncJsonWebsocketConsumer):
        ...     async def connect(self, room: int, name: Annotated[str, Query()] = "") -> None:
        ...         self.name = name
        ...         await self.join_group(f"room {room}")
        ...
        ...     @ws_handler
        ...     async def answer(self, message: PingMessage) -> PongMessage:
        ...         return PongMessage()
    """

    handshake_errors: ClassVar[tuple[type[Exception], ...]] = (HTTPException, WebSocketException)

    @classmethod
    def as_asgi(cls, **initkwargs: Any) -> "EndpointApplication":
        """Return an ASGI 3 application that serves each connection with a new instance.

        Args:
            initkwargs: Arguments for the instances' constructor.

        Returns:
            An application for ``Mount``, ``WebSocketRoute`` and ``add_websocket_route``.

        Raises:
            ConfigurationError: If a message's schema cannot be built, or ``connect`` has
                parameters, which only a router of FastAPI's fills.

        Example:
            >>> from fastapi import FastAPI
            >>> app = FastAPI()
            >>> app.router.add_websocket_route("/ws", AsyncJsonWebsocketConsumer.as_asgi())
        """
        _refuse_parameters(cls)
        application = super().as_asgi(**initkwargs)
        return EndpointApplication(application.consumer_class, application.consumer_initkwargs)


class EndpointApplication(ConsumerApplication):
    """A consumer's ASGI application that is an endpoint of Starlette's too.

    Starlette tells the two apart by what is a function; its type hints ask for an endpoint.
    """

    __slots__ = ()

    @overload
    async def __call__(self, scope: WebSocket) -> None: ...
    @overload
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...
    async def __call__(
        self, scope: Scope | WebSocket, receive: Receive | None = None, send: Send | None = None
    ) -> None:
        """Serve one WebSocket connection.

        Args:
            scope: The ASGI connection scope, or a WebSocket that is not accepted yet.
            receive: The server's receive; None with a WebSocket, which has its own.
            send: The server's send; None with a WebSocket, which has its own.

        Raises:
            ConfigurationError: If the scope is of another type.
        """
        if isinstance(scope, WebSocket):
            await super().__call__(scope.scope, scope.receive, scope.send)
        else:
            assert receive is not None
            assert send is not None
            await super().__call__(scope, receive, send)


def _refuse_parameters(consumer: type[AsyncJsonWebsocketConsumer[Any]]) -> None:
    for parameter in list(inspect.signature(consumer.connect).parameters.values())[1:]:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if parameter.default is parameter.empty or isinstance(
            parameter.default, (params.Depends, FieldInfo)
        ):
            raise ConfigurationError(
                f"The parameter {parameter.name!r} of {consumer.__qualname__}.connect is for "
                f"FastAPI to fill, which as_asgi() knows nothing of: register the consumer with "
                f"@router.consumer(path) of a ConsumerRouter, or read self.scope['path_params']."
            )


__all__ = ["AsyncJsonWebsocketConsumer", "EndpointApplication"]
