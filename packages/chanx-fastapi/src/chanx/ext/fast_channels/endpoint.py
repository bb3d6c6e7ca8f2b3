"""What FastAPI calls for a consumer: an endpoint with the parameters of the consumer's connect."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Final, TypeAlias, TypeGuard, get_args, get_origin

from fastapi import BackgroundTasks, Request, Response, WebSocket
from fastapi.dependencies.models import Dependant

from chanx.core import websocket
from chanx.core.declarations import merged
from chanx.core.errors import ConfigurationError

Consumer: TypeAlias = type[websocket.AsyncJsonWebsocketConsumer[Any]]

_FORBIDDEN_KINDS: Final[Mapping[Any, str]] = {
    inspect.Parameter.POSITIONAL_ONLY: "is positional-only, and FastAPI passes by name: "
    "move it behind the slash",
    inspect.Parameter.VAR_POSITIONAL: "cannot be filled: declare each parameter by its name",
    inspect.Parameter.VAR_KEYWORD: "cannot be filled: declare each parameter by its name",
}
_FORBIDDEN_TYPES: Final[Mapping[type, str]] = {
    Request: "is an HTTP request, which a WebSocket has none of: annotate it with WebSocket or "
    "HTTPConnection",
    Response: "is an HTTP response, which a WebSocket has none of: give headers to self.accept()",
    BackgroundTasks: "would never run for a WebSocket: start a task, or use a handler",
}


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
        ConfigurationError: If ``connect`` has parameters that FastAPI cannot fill, or a message's
            schema cannot be built.
    """

    __signature__: inspect.Signature

    def __init__(self, consumer: Consumer, initkwargs: Mapping[str, Any]) -> None:
        consumer.runtime().build(merged(consumer, "emits"))
        self.consumer_class = consumer
        self.consumer_initkwargs = initkwargs
        self.__name__ = consumer.__name__
        parameters = connect_parameters(consumer)
        declared = [name for name, hint in parameters.items() if _is_a(hint.annotation, WebSocket)]
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
        """
        connection: WebSocket = values[self._websocket]
        if not self._takes_websocket:
            del values[self._websocket]
        consumer = self.consumer_class(**self.consumer_initkwargs)
        await consumer(connection.scope, connection.receive, connection.send, values)


def is_consumer(value: object) -> TypeGuard[Consumer]:
    """Return whether a value is a consumer's class."""
    return isinstance(value, type) and issubclass(value, websocket.AsyncJsonWebsocketConsumer)


def connect_parameters(consumer: Consumer) -> dict[str, inspect.Parameter]:
    """Return the parameters of a consumer's ``connect``, keyword-only, with evaluated annotations.

    Args:
        consumer: The consumer's class. If it has no ``connect`` of its own, there are none.

    Raises:
        ConfigurationError: If FastAPI cannot fill one of them.
    """
    if consumer.connect is websocket.AsyncJsonWebsocketConsumer.connect:
        return {}
    declared = list(_connect_signature(consumer).parameters.values())[1:]
    for parameter in declared:
        trouble = _FORBIDDEN_KINDS.get(parameter.kind) or next(
            (text for kind, text in _FORBIDDEN_TYPES.items() if _is_a(parameter.annotation, kind)),
            None,
        )
        if trouble is not None:
            raise ConfigurationError(
                f"The parameter {parameter} of {consumer.__qualname__}.connect {trouble}."
            )
    return {
        parameter.name: parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in declared
    }


def _connect_signature(consumer: Consumer) -> inspect.Signature:
    owner = next(base for base in consumer.__mro__ if "connect" in vars(base))
    connect = vars(owner)["connect"]
    if not (inspect.isfunction(connect) and inspect.iscoroutinefunction(inspect.unwrap(connect))):
        raise ConfigurationError(
            f"{consumer.__qualname__}.connect is no async method: "
            f"write `async def connect(self, ...) -> None`."
        )
    try:
        return inspect.signature(connect, eval_str=True, locals=dict(vars(owner)))
    except NameError as error:
        raise ConfigurationError(
            f"An annotation of {consumer.__qualname__}.connect names {error.name!r}, which is not "
            f"known at run time: import or define it in the module, outside TYPE_CHECKING."
        ) from error


def check_dependencies(consumer: Consumer, dependant: Dependant) -> None:
    """Refuse what FastAPI registers but would fail on at every handshake.

    Args:
        consumer: The consumer's class, for the text.
        dependant: What FastAPI made of its endpoint.

    Raises:
        ConfigurationError: If a parameter is taken for a body, or a dependency needs a Request.
    """
    for part in with_dependencies(dependant):
        where = f"{consumer.__qualname__}.connect"
        if part is not dependant:
            where = f"{_name_of(part.call)}, a dependency of {where},"
        for field in part.body_params:
            raise ConfigurationError(
                f"The parameter {field.name!r} of {where} would be read from a body, which a "
                f"WebSocket has none of: annotate it with Query(), Header(), Cookie() or Depends()."
            )
        if part.request_param_name is not None and _is_required(part.call, part.request_param_name):
            raise ConfigurationError(
                f"The parameter {part.request_param_name!r} of {where} is an HTTP request, which a "
                f"WebSocket has none of: annotate it with HTTPConnection. FastAPI's own security "
                f"schemes do so in its newer releases (about 0.145)."
            )


def with_dependencies(dependant: Dependant) -> Iterator[Dependant]:
    """Yield an endpoint, then all its dependencies, and theirs.

    Args:
        dependant: What FastAPI made of the endpoint.
    """
    yield dependant
    for dependency in dependant.dependencies:
        yield from with_dependencies(dependency)


def _is_required(call: Callable[..., Any] | None, name: str) -> bool:
    return call is not None and (
        inspect.signature(call).parameters[name].default is inspect.Parameter.empty
    )


def _name_of(call: Any) -> str:
    return getattr(call, "__qualname__", None) or type(call).__qualname__


def _is_a(annotation: Any, kind: type) -> bool:
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return isinstance(annotation, type) and issubclass(annotation, kind)


def _free_name(name: str, taken: dict[str, inspect.Parameter]) -> str:
    return name if name not in taken else _free_name(f"{name}_", taken)


__all__ = [
    "Consumer",
    "ConsumerEndpoint",
    "check_dependencies",
    "connect_parameters",
    "is_consumer",
    "with_dependencies",
]
