"""What FastAPI resolves for one call of a handler or hook."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from fastapi.dependencies.models import Dependant

from chanx.core.filling import Parameters, Values, resolvers
from chanx.ext.fast_channels.dependencies import check_dependencies
from chanx.ext.fast_channels.handed_websocket import HandedWebSocket
from chanx.ext.fast_channels.mounting import Consumer
from chanx.ext.fast_channels.parameters import fillable
from chanx.ext.fast_channels.plan import Plan, PlannedSolution
from chanx.ext.fast_channels.solving import Signature, Solution, dependant_of, has_overrides

if TYPE_CHECKING:
    from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer


class HandlerDependencies:
    """Resolves what a handler or hook takes beyond its message, anew for each call.

    Args:
        parameters: What the method takes.

    Raises:
        ConfigurationError: If FastAPI cannot fill one of the parameters for a WebSocket.
    """

    __slots__ = ("_known", "_signature", "_where")

    def __init__(self, parameters: Parameters) -> None:
        self._where = parameters.where
        module: Mapping[str, Any] = parameters.function.__globals__
        declared = fillable(self._where, parameters.declared, module, parameters.namespace)
        self._signature = Signature(self._where, list(declared.values()))
        self._known: dict[tuple[str, ...], tuple[Dependant, Plan | None]] = {}
        # When the class is made, as all that cannot work is refused there.
        check_dependencies(self._where, self.dependant(()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._where})"

    def dependant(self, names: tuple[str, ...]) -> Dependant:
        """Return what FastAPI makes of the parameters on a path.

        Args:
            names: The names of the path's parameters: a method's parameter of such a name is read
                from the path.
        """
        return self._planned(names)[0]

    def _planned(self, names: tuple[str, ...]) -> tuple[Dependant, Plan | None]:
        # A method may be reached by routes with other path parameters; there are as many entries as
        # such routes.
        known = self._known.get(names)
        if known is None:
            dependant = dependant_of(self._signature, names)
            known = self._known[names] = dependant, Plan.of(dependant)
        return known

    def __call__(self, consumer: "AsyncJsonWebsocketConsumer[Any]") -> Values:
        """Return the values for one call; what they hold open is closed at its end.

        Args:
            consumer: The consumer whose method is called.
        """
        dependant, plan = self._planned(tuple(consumer.scope.get("path_params", ())))
        # Asked for each call, since tests override in the middle of a connection.
        if plan is None or has_overrides(consumer.scope):
            return Solution(dependant, _websocket(consumer))
        return PlannedSolution(plan, _websocket(consumer) if plan.has_websocket else None)


def _websocket(consumer: "AsyncJsonWebsocketConsumer[Any]") -> HandedWebSocket:
    # With a scope of the call's own: handlers may run beside each other.
    return HandedWebSocket(consumer, {**consumer.scope}, consumer.asgi_send).connected()


def handlers_dependants(consumer: Consumer, names: tuple[str, ...]) -> Iterator[Dependant]:
    """Yield what FastAPI makes of each handler and hook that takes more than its message.

    Args:
        consumer: The consumer's class.
        names: The names of the path's parameters.
    """
    for resolve in resolvers(consumer):
        if isinstance(resolve, HandlerDependencies):
            yield resolve.dependant(names)


__all__ = ["HandlerDependencies", "handlers_dependants"]
