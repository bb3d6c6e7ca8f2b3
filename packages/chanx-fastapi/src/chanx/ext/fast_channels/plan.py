"""Dependencies that run in the event loop: what is called for them, decided once.

FastAPI looks at a whole tree of dependencies each time that it solves it, which is what a message
with a database session would cost most for. Where nothing in the tree runs in a thread and nothing
is overridden, all that is left of it is the order of the calls. A :class:`Plan` has that order, and
leaves everything else to FastAPI.
"""

import inspect
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, fields
from types import FunctionType, MethodType
from typing import Any, Final, Self

from anyio import CancelScope
from fastapi.dependencies.models import Dependant
from starlette.websockets import WebSocket

from chanx.ext.fast_channels.solving import read_handshake, reads_handshake

_UNDERSTOOD: Final = frozenset(
    {
        "cache_key",
        "call",
        "cookie_params",
        "dependencies",
        "header_params",
        "http_connection_param_name",
        "name",
        "path",
        "path_params",
        "query_params",
        "scope",
        "use_cache",
        "websocket_param_name",
    }
)
"""What a plan knows of a dependant. Whatever else one has, of a newer FastAPI too, that one's own
code has to solve."""

# By its defaults it is known whether a field of a dependant says anything.
_BLANK: Final = Dependant()


@dataclass(frozen=True, slots=True)
class _Arguments:
    """What something is called with: results of calls before it, the handshake, the WebSocket.

    Attributes:
        results: The number of the call for each name.
        reader: The dependant that says what is read from the handshake; None if nothing is.
        websockets: The names of the WebSocket.
    """

    results: tuple[tuple[str, int], ...]
    reader: Dependant | None
    websockets: tuple[str, ...]

    @property
    def has_websocket(self) -> bool:
        return self.reader is not None or bool(self.websockets)

    def values(self, results: list[Any], websocket: WebSocket | None) -> dict[str, Any]:
        # Results by number and not by name: one dependency may be taken under several names.
        values = {name: results[number] for name, number in self.results}
        if websocket is None:
            return values
        if self.reader is not None:
            values.update(read_handshake(self.reader, websocket))
        for name in self.websockets:
            values[name] = websocket
        return values


@dataclass(frozen=True, slots=True)
class _Step:
    """The call of one dependency.

    Attributes:
        call: What is called: a coroutine function, or what makes a context manager.
        opens: Whether it makes a context manager, which stays open until the end.
        arguments: What it is called with.
    """

    call: Callable[..., Any]
    opens: bool
    arguments: _Arguments


@dataclass(frozen=True, slots=True)
class Plan:
    """What is called for the values of a dependant, in FastAPI's order and as often.

    Attributes:
        steps: The calls, each after those whose results it takes.
        arguments: The values.
        has_websocket: Whether somebody takes the WebSocket, or reads its handshake.
        opens: Whether something stays open until the end.
    """

    steps: tuple[_Step, ...]
    arguments: _Arguments
    has_websocket: bool
    opens: bool

    @classmethod
    def of(cls, dependant: Dependant) -> Self | None:
        """Return the plan of a dependant; None if FastAPI has to solve it.

        Args:
            dependant: What FastAPI made of parameters.
        """
        steps: list[_Step] = []
        arguments = _planned(dependant, steps, {})
        if arguments is None:
            return None
        every = (arguments, *(step.arguments for step in steps))
        has_websocket = any(each.has_websocket for each in every)
        return cls(tuple(steps), arguments, has_websocket, any(step.opens for step in steps))

    async def values(self, websocket: WebSocket | None, stack: AsyncExitStack) -> dict[str, Any]:
        """Return the values.

        Args:
            websocket: What dependencies see; None where none takes it.
            stack: Takes what they hold open.

        Raises:
            WebSocketRequestValidationError: If what is read from the handshake does not validate;
                where it is accepted, it was validated before.
        """
        results: list[Any] = []
        # One after the other, as FastAPI calls them; each may take the result of an earlier one.
        for step in self.steps:
            called = step.call(**step.arguments.values(results, websocket))
            results.append(await (stack.enter_async_context(called) if step.opens else called))
        return self.arguments.values(results, websocket)


class PlannedSolution:
    """The values of one call of a plan, as a context: what they hold open is closed at its end.

    Args:
        plan: The plan.
        websocket: What dependencies see; None where none takes it.
    """

    __slots__ = ("_plan", "_scope", "_stack", "_websocket")

    def __init__(self, plan: Plan, websocket: WebSocket | None) -> None:
        self._plan = plan
        self._websocket = websocket
        self._stack = AsyncExitStack()
        # Entered before what is opened, since scopes end in the reverse order.
        self._scope = CancelScope() if plan.opens else None

    async def __aenter__(self) -> Mapping[str, Any]:
        if self._scope is not None:
            self._scope.__enter__()
        try:
            return await self._plan.values(self._websocket, self._stack)
        except BaseException as error:
            # As in Solution: nobody else closes what is open by then.
            await self.__aexit__(type(error), error, error.__traceback__)
            raise  # also if one that was open already swallows it: there are no values

    async def __aexit__(self, *error: Any) -> None:
        # A dependency that swallows an exception does not undo that its method failed.
        if self._scope is None:
            return
        # As in FastAPI: anyio's cancellation, which is repeated, does not keep it from closing.
        self._scope.shield = True
        try:
            await self._stack.__aexit__(*error)
        finally:
            self._scope.__exit__(None, None, None)


def _planned(
    dependant: Dependant, steps: list[_Step], known: dict[tuple[Any, str], int]
) -> _Arguments | None:
    """Add the calls of a dependant's dependencies; return what itself is called with.

    Args:
        dependant: The dependant.
        steps: The calls so far.
        known: The number of the call whose result is cached.
    """
    if not _is_understood(dependant):
        return None
    results: list[tuple[str, int]] = []
    for each in dependant.dependencies:
        arguments = _planned(each, steps, known)
        made = _context_or_coroutine(each.call)
        if arguments is None or made is None:
            return None
        call, opens = made
        # FastAPI's own key, without the scopes of Security, which no plan understands.
        key = (each.call, getattr(each, "scope", None) or ("request" if opens else ""))
        number = known.get(key) if each.use_cache else None
        if number is None:
            number = len(steps)
            steps.append(_Step(call, opens, arguments))
            # Also of one without use_cache, whose result FastAPI keeps for later ones that do use
            # it.
            known.setdefault(key, number)
        if each.name is not None:
            results.append((each.name, number))
    names = (dependant.http_connection_param_name, dependant.websocket_param_name)
    return _Arguments(
        tuple(results),
        dependant if reads_handshake(dependant) else None,
        tuple(name for name in names if name is not None),
    )


def _is_understood(dependant: Dependant) -> bool:
    named = ((each.name, getattr(dependant, each.name)) for each in fields(Dependant))
    # Field by field of whatever release is installed: one that is not known and says something is
    # left to FastAPI.
    return all(
        name in _UNDERSTOOD or not value or value == getattr(_BLANK, name) for name, value in named
    )


def _context_or_coroutine(
    call: Callable[..., Any] | None,
) -> tuple[Callable[..., Any], bool] | None:
    """Return what to call, and whether it makes a context; None for what runs in a thread."""
    if call is None or hasattr(call, "__wrapped__"):
        return None  # FastAPI looks into what is decorated
    function = call if isinstance(call, FunctionType | MethodType) else type(call).__call__
    if not isinstance(function, FunctionType | MethodType) or hasattr(function, "__wrapped__"):
        return None  # a class, or a partial
    # As FastAPI makes contexts of them.
    if inspect.isasyncgenfunction(function):
        context: Callable[..., AbstractAsyncContextManager[Any]] = asynccontextmanager(call)
        return context, True
    return (call, False) if inspect.iscoroutinefunction(function) else None


__all__ = ["Plan", "PlannedSolution"]
