"""What FastAPI calls for a consumer: an endpoint with the parameters of the consumer's connect."""

import inspect
from collections.abc import Mapping
from typing import Any

from fastapi import WebSocket
from starlette.websockets import WebSocketState

from chanx.core import websocket
from chanx.core.errors import ConfigurationError
from chanx.ext.fast_channels.answer import serve
from chanx.ext.fast_channels.handed_websocket import HandedWebSocket
from chanx.ext.fast_channels.mounting import Consumer
from chanx.ext.fast_channels.parameters import fillable, is_a


class ConsumerEndpoint:
    """A WebSocket endpoint, for ``add_api_websocket_route``, that serves a consumer.

    FastAPI reads its signature, ``WebSocket`` and the parameters of the consumer's ``connect``,
    resolves them, and calls it with the values.

    Args:
        consumer: The consumer's class.
        initkwargs: Arguments for its constructor.

    Attributes:
        consumer_class: The consumer's class.
        consumer_initkwargs: Arguments for its constructor.

    Raises:
        ConfigurationError: If ``connect`` has parameters that FastAPI cannot fill, the constructor
            does not take the arguments, or a message's schema cannot be built.
    """

    __signature__: inspect.Signature

    def __init__(self, consumer: Consumer, initkwargs: Mapping[str, Any]) -> None:
        # When it is registered: schemas and constructor fail at start-up.
        consumer.prepare(initkwargs)
        self.consumer_class = consumer
        self.consumer_initkwargs = initkwargs
        # FastAPI names a route after its endpoint.
        self.__name__: str = consumer.__name__
        parameters = connect_parameters(consumer)
        declared = [name for name, hint in parameters.items() if is_a(hint.annotation, WebSocket)]
        self._takes_websocket = bool(declared)
        # FastAPI gives a WebSocket only to who declares one, and it is always needed here.
        self._websocket = declared[0] if declared else _free_name("websocket", parameters)
        if not declared:
            parameters[self._websocket] = inspect.Parameter(
                self._websocket, inspect.Parameter.KEYWORD_ONLY, annotation=WebSocket
            )
        self.__signature__ = inspect.Signature(list(parameters.values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.consumer_class.__qualname__})"

    async def __call__(self, **values: Any) -> None:
        """Serve one connection, from its handshake to its end.

        Args:
            values: What FastAPI resolved.

        FastAPI calls it so where the route is not a :class:`ServedRoute`: before FastAPI 0.137.2,
        as long as the application has not started.
        """
        connection: WebSocket = values[self._websocket]
        # FastAPI calls endpoints also after a dependency has closed the connection.
        if connection.application_state is not WebSocketState.CONNECTING:
            return  # a dependency has answered
        consumer = self.consumer_class(**self.consumer_initkwargs)
        scope, receive, send = connection.scope, connection.receive, connection.send
        handed = HandedWebSocket(consumer, scope, send)
        await serve(consumer, scope, receive, send, self.arguments(values, handed))

    def arguments(self, values: Mapping[str, Any], websocket: HandedWebSocket) -> dict[str, Any]:
        """Return the arguments for ``connect``.

        Args:
            values: What FastAPI resolved.
            websocket: What ``connect`` is handed if it asks for the WebSocket.
        """
        arguments = {**values, self._websocket: websocket}
        if not self._takes_websocket:
            del arguments[self._websocket]
        return arguments


def connect_parameters(consumer: Consumer) -> dict[str, inspect.Parameter]:
    """Return the parameters of a consumer's ``connect``, keyword-only, with evaluated annotations.

    Args:
        consumer: The consumer's class. If it has no ``connect`` of its own, there are none.

    Raises:
        ConfigurationError: If FastAPI cannot fill one of them.
    """
    if consumer.connect is websocket.AsyncJsonWebsocketConsumer.connect:
        return {}
    # For its module's and class's names, in which annotations that are text are evaluated.
    owner = next(base for base in consumer.__mro__ if "connect" in vars(base))
    connect = vars(owner)["connect"]
    where = f"{consumer.__qualname__}.connect"
    if not (inspect.isfunction(connect) and inspect.iscoroutinefunction(inspect.unwrap(connect))):
        raise ConfigurationError(
            f"{where} is not an async method: write `async def connect(self, ...) -> None`."
        )
    _self, *declared = inspect.signature(connect).parameters.values()
    return fillable(where, declared, inspect.unwrap(connect).__globals__, vars(owner))


def _free_name(name: str, taken: dict[str, inspect.Parameter]) -> str:
    return name if name not in taken else _free_name(f"{name}_", taken)


__all__ = ["ConsumerEndpoint", "connect_parameters"]
