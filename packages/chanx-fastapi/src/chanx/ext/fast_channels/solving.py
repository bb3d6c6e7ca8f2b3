"""How FastAPI solves dependencies: the one module that calls its functions for it.

``get_dependant``, ``solve_dependencies`` and ``request_params_to_args`` are what FastAPI's own
routes are made of, and not documented. They have had these arguments since 0.115; what is new since
then are two places in the scope for what a dependency holds open.
``tests/fast_channels/test_solving.py`` says which of it is gone when a release of FastAPI changes
it.
"""

import inspect
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, Final

from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import (
    get_dependant,
    request_params_to_args,
    solve_dependencies,
)
from fastapi.exceptions import FastAPIError, WebSocketRequestValidationError
from starlette.websockets import WebSocket

from chanx.core.asgi import Scope
from chanx.core.errors import ConfigurationError

REQUEST_STACK: Final = "fastapi_inner_astack"
"""Where a scope holds the stack of what dependencies hold open, from FastAPI 0.117 on."""

FUNCTION_STACK: Final = "fastapi_function_astack"
"""The same for dependencies of ``scope="function"``."""

PLACES: Final[Mapping[str, str]] = {
    "path": "path_params",
    "query": "query_params",
    "header": "headers",
    "cookie": "cookies",
}
"""Where a dependant's parameters are read from, in FastAPI's order, and what a connection calls
it."""


class Signature:
    """Parameters in the form in which FastAPI takes them: as those of something to call.

    Args:
        name: What it is, for FastAPI's texts.
        parameters: The parameters, their annotations evaluated.
    """

    def __init__(self, name: str, parameters: Sequence[inspect.Parameter]) -> None:
        self.__name__: str = name
        self.__signature__: inspect.Signature = inspect.Signature(list(parameters))

    def __call__(self, **values: Any) -> None:
        """Do nothing; FastAPI asks only what it would be called with."""


def dependant_of(signature: Signature, names: Iterable[str]) -> Dependant:
    """Return what FastAPI makes of parameters.

    Args:
        signature: The parameters.
        names: The names of the path's parameters.

    Raises:
        ConfigurationError: If FastAPI cannot resolve one of them.
    """
    # FastAPI takes for a path parameter what stands in braces in the path; the rest of it does not
    # matter.
    path = "".join(f"/{{{name}}}" for name in names)
    try:
        return get_dependant(path=path, call=signature)
    except (AssertionError, FastAPIError) as error:
        raise ConfigurationError(
            f"FastAPI cannot resolve the parameters of {signature.__name__}: {error}"
        ) from error


async def solve(
    dependant: Dependant,
    websocket: WebSocket,
    stack: AsyncExitStack,
    function_stack: AsyncExitStack,
) -> Mapping[str, Any]:
    """Return the values of a dependant's parameters.

    Args:
        dependant: What FastAPI made of the parameters.
        websocket: What dependencies see; its scope is this call's alone, or the connection's.
        stack: Takes what dependencies with ``yield`` hold open.
        function_stack: Takes what those of ``scope="function"`` do.

    Raises:
        WebSocketRequestValidationError: If what is read from the handshake does not validate.
    """
    scope = websocket.scope
    # FastAPI's own routes put them there; older releases take the stack as an argument alone.
    scope[REQUEST_STACK], scope[FUNCTION_STACK] = stack, function_stack
    solution = await solve_dependencies(
        request=websocket,
        dependant=dependant,
        dependency_overrides_provider=overrides_provider(scope),
        async_exit_stack=stack,
        # There is no body.
        embed_body_fields=False,
    )
    if solution.errors:
        raise WebSocketRequestValidationError(solution.errors)
    return solution.values


def reads_handshake(dependant: Dependant) -> bool:
    """Return whether parameters of a dependant itself are read from the handshake.

    Args:
        dependant: What FastAPI made of the parameters.
    """
    return any(getattr(dependant, f"{place}_params") for place in PLACES)


def read_handshake(dependant: Dependant, websocket: WebSocket) -> dict[str, Any]:
    """Return the values of those parameters of a dependant that are read from the handshake.

    Args:
        dependant: What FastAPI made of the parameters.
        websocket: Whose handshake it is.

    Raises:
        WebSocketRequestValidationError: If one does not validate.
    """
    read: dict[str, Any] = {}
    wrong: list[Any] = []
    for place, name in PLACES.items():
        if fields := getattr(dependant, f"{place}_params"):
            # In FastAPI's order, so that errors stand in the same one.
            values, errors = request_params_to_args(fields, getattr(websocket, name))
            read.update(values)
            wrong += errors
    if wrong:
        raise WebSocketRequestValidationError(wrong)
    return read


class Solution:
    """The values of one call, as a context: what they hold open is closed at its end.

    Args:
        dependant: What FastAPI made of the parameters.
        websocket: What dependencies see, with a scope of this call's own.
    """

    __slots__ = ("_dependant", "_stack", "_websocket")

    def __init__(self, dependant: Dependant, websocket: WebSocket) -> None:
        self._dependant = dependant
        self._websocket = websocket
        # Of both scopes, which end together: a stack closes what was opened last first.
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Mapping[str, Any]:
        stack = self._stack
        try:
            return await solve(self._dependant, self._websocket, stack, stack)
        except BaseException as error:
            # A context whose __aenter__ raises is not exited: what dependencies before the failing
            # one hold open would stay so.
            await stack.__aexit__(type(error), error, error.__traceback__)
            raise  # also if one that was open already swallows it: there are no values

    async def __aexit__(self, *error: Any) -> None:
        # A dependency that swallows an exception does not undo that its method failed.
        await self._stack.__aexit__(*error)


def overrides_provider(scope: Scope) -> Any:
    """Return the application whose ``dependency_overrides`` count; None on Starlette alone.

    Args:
        scope: The ASGI connection scope.
    """
    app = scope.get("app")
    # As FastAPI's routes: the application that was entered last (scope["app"]) counts.
    return app if hasattr(app, "dependency_overrides") else None


def has_overrides(scope: Scope) -> bool:
    """Return whether dependencies are overridden, as tests do.

    Args:
        scope: The ASGI connection scope.
    """
    return bool(getattr(overrides_provider(scope), "dependency_overrides", None))


__all__ = [
    "FUNCTION_STACK",
    "PLACES",
    "REQUEST_STACK",
    "Signature",
    "Solution",
    "dependant_of",
    "has_overrides",
    "overrides_provider",
    "read_handshake",
    "reads_handshake",
    "solve",
]
