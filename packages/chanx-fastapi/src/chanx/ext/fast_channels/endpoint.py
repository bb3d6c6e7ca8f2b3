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
        consumer.prepare(initkwargs)
        self.consumer_class = consumer
        self.consumer_initkwargs = initkwargs
        self.__name__: str = consumer.__name__
        parameters = connect_parameters(consumer)
        declared = [name for name, hint in parameters.items() if is_a(hint.annotation, WebSocket)]
        self._takes_websocket = bool(declared)
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

        Raises:
            ConfigurationError: If a dependency accepted the WebSocket.
        """
        connection: WebSocket = values.pop(self._websocket)
        if connection.application_state is not WebSocketState.CONNECTING:
            self._refuse_answered(connection)
            return
        consumer = self.consumer_class(**self.consumer_initkwargs)
        if self._takes_websocket:
            values[self._websocket] = HandedWebSocket(consumer, connection.scope, connection.send)
        await serve(consumer, connection.scope, connection.receive, connection.send, values)

    def _refuse_answered(self, connection: WebSocket) -> None:
        """Refuse what a dependency has accepted; one that it has closed is done with."""
        if connection.application_state is WebSocketState.CONNECTED:
            raise ConfigurationError(
                f"A dependency of {self.consumer_class.__qualname__}.connect accepted the "
                f"WebSocket, which is the consumer's to accept: leave accept() out, or call "
                f"self.accept() in connect."
            )


def connect_parameters(consumer: Consumer) -> dict[str, inspect.Parameter]:
    """Return the parameters of a consumer's ``connect``, keyword-only, with evaluated annotations.

    Args:
        consumer: The consumer's class. If it has no ``connect`` of its own, there are none.

    Raises:
        ConfigurationError: If FastAPI cannot fill one of them.
    """
    if consumer.connect is websocket.AsyncJsonWebsocketConsumer.connect:
        return {}
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
