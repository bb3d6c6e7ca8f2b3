"""What stands at a route: a consumer's application, or a consumer where none works."""

from collections.abc import Callable
from typing import Any, TypeAlias, TypeGuard

from starlette.routing import BaseRoute, Route

from chanx.core import websocket
from chanx.core.errors import ConfigurationError

Consumer: TypeAlias = type[websocket.AsyncJsonWebsocketConsumer[Any]]


def is_consumer(value: object) -> TypeGuard[Consumer]:
    """Return whether a value is a consumer's class."""
    return isinstance(value, type) and issubclass(value, websocket.AsyncJsonWebsocketConsumer)


def consumer_of(endpoint: object) -> Consumer | None:
    """Return the consumer that an endpoint or application serves; None if it serves none.

    Args:
        endpoint: What a route leads to.
    """
    consumer = getattr(endpoint, "consumer_class", None)
    return consumer if is_consumer(consumer) else None


def refuse_misplaced(route: BaseRoute) -> None:
    """Refuse a route that leads to a consumer in a way that cannot work.

    Args:
        route: A route of Starlette's or FastAPI's.

    Raises:
        ConfigurationError: If it leads to a consumer's class or instance itself, or is for HTTP.
    """
    # The endpoint before the application, which Starlette and FastAPI wrap around it.
    target = getattr(route, "endpoint", None) or getattr(route, "app", None)
    where = getattr(route, "path", None) or getattr(route, "host", None)
    if is_consumer(target):
        raise ConfigurationError(f"{where}: {misplaced_class(target)}")
    if _is_instance(target):
        raise ConfigurationError(f"{where}: {misplaced_instance(target)}")
    consumer = consumer_of(target)
    if consumer is not None and isinstance(route, Route):
        raise ConfigurationError(
            f"{where}: a route for HTTP leads to {consumer.__qualname__}, which serves "
            f"WebSockets: register it with @router.consumer(path) of a ConsumerRouter, or give "
            f"{consumer.__qualname__}.as_asgi() to app.router.add_websocket_route."
        )


def _is_instance(value: object) -> bool:
    return isinstance(value, websocket.AsyncJsonWebsocketConsumer)


def misplaced_class(consumer: Consumer) -> str:
    """Return why a route cannot lead to a consumer's class itself, and the fix.

    Args:
        consumer: The consumer's class.
    """
    name = consumer.__qualname__
    return (
        f"{name} is a consumer's class, which is neither an endpoint nor an application: "
        f"register it with @router.consumer(path) of a ConsumerRouter, or give {name}.as_asgi() to "
        f"Mount, WebSocketRoute or app.router.add_websocket_route."
    )


def misplaced_instance(instance: object) -> str:
    """Return why a route cannot lead to a consumer's instance, and the fix.

    Args:
        instance: The instance.
    """
    name = type(instance).__qualname__
    return (
        f"An instance of {name} serves one connection, and a route many: give {name}.as_asgi(), "
        f"which makes one for each."
    )


class NoSignature:
    """A ``__signature__`` that says why FastAPI has no parameters to read.

    Args:
        explain: Returns why, for an object.
    """

    def __init__(self, explain: Callable[[Any], str]) -> None:
        self._explain = explain

    def __get__(self, instance: Any, owner: type) -> None:
        """Return None for the class, whose signature is its constructor's.

        Raises:
            ConfigurationError: If an object is asked.
        """
        if instance is not None:
            raise ConfigurationError(self._explain(instance))


__all__ = [
    "Consumer",
    "NoSignature",
    "consumer_of",
    "is_consumer",
    "misplaced_class",
    "misplaced_instance",
    "refuse_misplaced",
]
