"""The consumer for FastAPI and Starlette."""

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self, overload

from fastapi import params
from pydantic.fields import FieldInfo
from starlette.exceptions import HTTPException, WebSocketException
from starlette.websockets import WebSocket

from chanx.core import websocket
from chanx.core.asgi import Receive, Scope, Send
from chanx.core.errors import ConfigurationError
from chanx.core.filling import Parameters, Resolver
from chanx.core.hooks import ConnectArguments
from chanx.core.origin import is_allowed, is_own_host
from chanx.core.tokens import sent_unasked
from chanx.core.websocket import ConsumerApplication, EventT
from chanx.ext.fast_channels.answer import serve
from chanx.ext.fast_channels.handler_dependencies import HandlerDependencies, handlers_dependants
from chanx.ext.fast_channels.handler_errors import expect_framework_errors
from chanx.ext.fast_channels.handshake import Handshake, handshake_of
from chanx.ext.fast_channels.mounting import NoSignature, misplaced_class, misplaced_instance


class AsyncJsonWebsocketConsumer(websocket.AsyncJsonWebsocketConsumer[EventT]):
    """Serves WebSocket connections of a FastAPI or Starlette application.

    Everything of :class:`chanx.core.websocket.AsyncJsonWebsocketConsumer` holds. Register it with
    a :class:`~chanx.ext.fast_channels.routing.ConsumerRouter`, and FastAPI resolves what
    ``connect`` declares: dependencies, and typed path, query, header and cookie parameters. Or
    mount ``Consumer.as_asgi()`` with ``WebSocketRoute``, ``Mount`` or
    ``app.router.add_websocket_route``, on Starlette alone too.

    ``connect`` and the authenticator may raise ``HTTPException``, ``WebSocketException`` and what
    the application has exception handlers for, beside
    :class:`~chanx.core.errors.RefuseConnection`: the client is told as a router's clients are. A
    ``WebSocket`` that ``connect`` asks for is for reading the handshake; its ``accept`` and
    ``close`` are the consumer's.

    What a handler, an event handler, ``post_authentication``, ``disconnect`` or ``on_layer_gap``
    takes beyond what the engine gives it, FastAPI resolves for that one call. What a dependency
    with ``yield`` holds open is closed when the call has ended, before its reply is sent, and with
    the exception or cancellation that ended it. ``connect``'s own are of the connection.

    Handlers may raise ``HTTPException`` and ``WebSocketException`` as endpoints do: the client is
    answered with an error whose code is that of the status, such as ``not_found``
    (:mod:`~chanx.ext.fast_channels.handler_errors`), and nothing is logged as a failure.

    Whichever way it is reached, ``self.scope["path_params"]`` holds the path's parameters,
    converted as the path says, and ``self.scope["app"]`` is the application that was entered last:
    within a mounted one, the mounted one.

    Example:
        >>> from typing import Annotated
        >>> from fastapi import Depends, Query
        >>> from chanx.core.decorators import ws_handler
        >>> from chanx.ext.fast_channels.routing import ConsumerRouter
        >>> from chanx.messages import PingMessage, PongMessage
        >>> async def session():
        ...     yield "a session of the database, open for one message"
        >>> router = ConsumerRouter()
        >>> @router.consumer("/rooms/{room}")
        ... class Room(AsyncJsonWebsocketConsumer):
        ...     async def connect(self, room: int, name: Annotated[str, Query()] = "") -> None:
        ...         self.name = name
        ...         await self.join_group(f"room {room}")
        ...
        ...     @ws_handler
        ...     async def answer(
        ...         self, message: PingMessage, session: Annotated[str, Depends(session)]
        ...     ) -> PongMessage:
        ...         return PongMessage()

    Raises:
        ConfigurationError: When a subclass is created whose declarations cannot work, such as a
            handler that takes what FastAPI cannot resolve for a WebSocket.
    """

    reads_ambient: bool = False
    """Whether a dependency reads what browsers send whatever page opens a connection: a cookie."""

    asgi_send: Send
    """The server's send, of which the ``WebSocket`` is made that methods may ask for."""

    handshake_errors: tuple[type[Exception], ...] = (HTTPException, WebSocketException)

    if not TYPE_CHECKING:

        def __new__(cls, *args: Any, **kwargs: Any) -> Self:
            """Refuse what Starlette would give to an application."""
            if len(args) == 3 and isinstance(args[0], dict) and "type" in args[0]:
                raise ConfigurationError(misplaced_class(cls))
            return super().__new__(cls)

        # The arguments are those of __init__; who has none takes none.
        __new__.__signature__ = inspect.Signature(
            [inspect.Parameter("cls", inspect.Parameter.POSITIONAL_ONLY)]
        )

    __signature__: ClassVar[NoSignature] = NoSignature(misplaced_instance)

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send, arguments: ConnectArguments | None = None
    ) -> None:
        """Serve the one connection of this instance, from its handshake to its end.

        Args:
            scope: The ASGI connection scope.
            receive: The server's receive.
            send: The server's send.
            arguments: Arguments for ``connect``, or what makes them; None for none.

        Raises:
            ConfigurationError: If a route leads to the instance itself.
        """
        # An instance that serves a second connection would mix the two.
        if scope.get("endpoint") is self or hasattr(self, "scope"):
            raise ConfigurationError(misplaced_instance(self))
        self.asgi_send = send
        await super().__call__(scope, receive, send, arguments)

    def admits_origin(self, origin: str | None) -> bool:
        """Return whether a page of this origin may connect.

        Where nothing is set (``allowed_origins``), only those of the server's own host may, at any
        port, if a cookie, or a name and password that browsers remember, lets clients in: browsers
        send these whatever page asks (RFC 6455, 10.2). That is so where the authenticator or a
        dependency looks at one, and, if the handshake has cookies, where the authenticator does not
        say what it looks at, or the application has sessions.

        Args:
            origin: The Origin header; None if there is none, as of clients other than browsers.
        """
        allowed = self.runtime.settings.allowed_origins
        # A setting is the project's own word, whatever is read.
        if origin is None or allowed is not None:
            return is_allowed(origin, allowed)
        return not self._is_ambient() or is_own_host(origin, self.scope)

    def _is_ambient(self) -> bool:
        if self.reads_ambient:
            return True
        authenticator = self.authenticator_class
        credentials = () if authenticator is None else authenticator.credentials
        if sent_unasked(credentials):
            return True
        # One that does not say what it looks at may look at cookies.
        is_silent = authenticator is not None and not credentials
        has_session = authenticator is None and "session" in self.scope
        has_cookies = any(name == b"cookie" for name, _ in self.scope["headers"])
        return has_cookies and (is_silent or has_session)

    @classmethod
    def resolver_of(cls, parameters: Parameters) -> Resolver | None:
        """Return what has FastAPI fill what a handler or hook takes beyond its message.

        Args:
            parameters: What the method takes.

        Raises:
            ConfigurationError: If FastAPI cannot fill one of the parameters for a WebSocket.
        """
        return HandlerDependencies(parameters)

    def __await__(self) -> NoReturn:
        """Refuse what FastAPI would do with an endpoint.

        Raises:
            ConfigurationError: Always.
        """
        raise ConfigurationError(misplaced_class(type(self)))

    @classmethod
    def as_asgi(cls, **initkwargs: Any) -> "EndpointApplication":
        """Return an ASGI 3 application that serves each connection with a new instance.

        Args:
            initkwargs: Arguments for the instances' constructor.

        Returns:
            An application for ``Mount``, ``WebSocketRoute`` and ``add_websocket_route``. What is
            mounted at ``/ws`` answers at ``/ws/``, and below.

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


expect_framework_errors(AsyncJsonWebsocketConsumer)


def _not_a_function(application: "EndpointApplication") -> str:
    name = application.consumer_class.__qualname__
    return (
        f"{application!r} is an ASGI application, and no function for FastAPI to call: register "
        f"the consumer with @router.consumer(path) or add_consumer(path, {name}) of a "
        f"ConsumerRouter, or give {application!r} to app.router.add_websocket_route."
    )


class EndpointApplication(ConsumerApplication[websocket.AsyncJsonWebsocketConsumer[Any]]):
    """A consumer's ASGI application that is an endpoint of Starlette's too.

    Starlette tells the two apart by what is a function; its type hints ask for an endpoint.
    """

    __slots__ = ("_handshake",)

    __signature__: ClassVar[NoSignature] = NoSignature(_not_a_function)

    def __init__(
        self,
        consumer_class: type[websocket.AsyncJsonWebsocketConsumer[Any]],
        consumer_initkwargs: Mapping[str, Any],
    ) -> None:
        super().__init__(consumer_class, consumer_initkwargs)
        self._handshake = handshake_of(handlers_dependants(consumer_class, ()))

    @overload
    async def __call__(self, scope: WebSocket) -> None: ...
    @overload
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...
    async def __call__(
        self, scope: Scope | WebSocket, receive: Receive | None = None, send: Send | None = None
    ) -> None:
        """Serve one WebSocket connection; what comes by plain HTTP finds nothing here.

        Args:
            scope: The ASGI connection scope, or a WebSocket that is not accepted yet.
            receive: The server's receive; None with a WebSocket, which has its own.
            send: The server's send; None with a WebSocket, which has its own.

        Raises:
            ConfigurationError: If the scope is of another type.
        """
        # Starlette calls an endpoint that is a function with a WebSocket, and its type hints ask
        # for one.
        if isinstance(scope, WebSocket):
            receive, send, scope = scope.receive, scope.send, scope.scope
        assert receive is not None
        assert send is not None
        if scope["type"] == "websocket":
            consumer = self.consumer_class(**self.consumer_initkwargs)
            introduce(consumer, self._handshake)
            await serve(consumer, scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def introduce(consumer: websocket.AsyncJsonWebsocketConsumer[Any], handshake: Handshake) -> None:
    """Tell a consumer what dependencies on the way to it, and behind it, look at.

    Args:
        consumer: The consumer, new.
        handshake: What they demand of a handshake.
    """
    consumer.handshake_credentials = handshake.credentials
    if isinstance(consumer, AsyncJsonWebsocketConsumer):
        consumer.reads_ambient = handshake.is_ambient


def _refuse_parameters(consumer: type[AsyncJsonWebsocketConsumer[Any]]) -> None:
    for parameter in list(inspect.signature(consumer.connect).parameters.values())[1:]:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        # One with a plain default needs nobody to fill it.
        if parameter.default is parameter.empty or isinstance(
            parameter.default, (params.Depends, FieldInfo)
        ):
            raise ConfigurationError(
                f"The parameter {parameter.name!r} of {consumer.__qualname__}.connect is for "
                f"FastAPI to fill, which as_asgi() knows nothing of: register the consumer with "
                f"@router.consumer(path) of a ConsumerRouter, or read self.scope['path_params']."
            )


__all__ = ["AsyncJsonWebsocketConsumer", "EndpointApplication", "introduce"]
