"""What chanx uses of how FastAPI solves dependencies; each failure says what a release changed."""

import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, WebSocket
from fastapi.dependencies import utils
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import WebSocketRequestValidationError
from fastapi.params import Depends as Marker

from chanx.core.errors import ConfigurationError
from chanx.ext.fast_channels.solving import Signature, Solution, dependant_of, solve

PARTS = {
    "path_params",
    "query_params",
    "header_params",
    "cookie_params",
    "body_params",
    "dependencies",
    "call",
    "request_param_name",
    "response_param_name",
    "background_tasks_param_name",
}


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (utils.get_dependant, {"path", "call"}),
        (
            utils.solve_dependencies,
            {
                "request",
                "dependant",
                "dependency_overrides_provider",
                "async_exit_stack",
                "embed_body_fields",
            },
        ),
        (utils.request_params_to_args, {"fields", "received_params"}),
    ],
    ids=["get_dependant", "solve_dependencies", "request_params_to_args"],
)
def test_fastapis_functions_take_what_they_are_called_with(
    function: Callable[..., Any], arguments: set[str]
) -> None:
    parameters = inspect.signature(function).parameters
    gone = arguments - set(parameters)
    assert not gone, f"{function.__name__} takes {gone} no more: look at solving.py"
    required = {name for name, each in parameters.items() if each.default is each.empty} - arguments
    assert not required, f"{function.__name__} asks for {required}: give it in solving.py"


def test_a_dependant_says_what_it_reads() -> None:
    gone = PARTS - {each for each in dir(Dependant()) if not each.startswith("_")}
    assert not gone, f"Dependant has {gone} no more, which checks and documents are made of"


def websocket(**scope: Any) -> WebSocket:
    async def nothing(*event: Any) -> Any:
        raise AssertionError("FastAPI reads from the socket while it solves dependencies")

    basic: dict[str, Any] = {"type": "websocket", "path": "/", "query_string": b"", "headers": []}
    return WebSocket({**basic, "path_params": {}, **scope}, nothing, nothing)


def parameter(name: str, annotation: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation)


def signature(**annotations: Any) -> Signature:
    return Signature("handler", [parameter(*each) for each in annotations.items()])


steps: list[str] = []


async def held() -> AsyncIterator[str]:
    steps.append("open")
    try:
        yield "held"
    finally:
        steps.append("close")


async def test_what_a_dependency_holds_open_is_closed_with_the_call() -> None:
    steps.clear()
    dependant = dependant_of(signature(value=Annotated[str, Depends(held)]), [])
    async with Solution(dependant, websocket()) as values:
        assert values == {"value": "held"}, "solve_dependencies returns its values otherwise"
        assert steps == ["open"], "a dependency is closed before the call is over"
    assert steps == ["open", "close"], "FastAPI puts what it opens on another stack"


async def test_what_belongs_to_the_function_is_closed_before_the_rest() -> None:
    steps.clear()
    has_scopes = "scope" in inspect.signature(Marker).parameters  # not before FastAPI 0.121
    options: Any = {"scope": "function"} if has_scopes else {}
    dependant = dependant_of(signature(value=Annotated[str, Depends(held, **options)]), [])
    async with AsyncExitStack() as stack:
        async with AsyncExitStack() as function_stack:
            await solve(dependant, websocket(), stack, function_stack)
            assert steps == ["open"]
        closed = ["close"] if has_scopes else []
        assert steps == ["open", *closed], 'FastAPI keeps scope="function" on another stack'
    assert steps == ["open", "close"]


async def test_a_path_is_told_by_the_names_of_its_parameters() -> None:
    dependant = dependant_of(signature(room=int), ["room"])
    async with Solution(dependant, websocket(path_params={"room": "3"})) as values:
        assert values == {"room": 3}


async def test_what_does_not_validate_is_listed() -> None:
    dependant = dependant_of(signature(room=int), ["room"])
    with pytest.raises(WebSocketRequestValidationError) as refused:
        async with Solution(dependant, websocket(path_params={"room": "three"})):
            raise AssertionError
    assert [error["loc"] for error in refused.value.errors()] == [("path", "room")]


async def test_overrides_are_those_of_the_application_in_the_scope() -> None:
    app = FastAPI()
    app.dependency_overrides[held] = lambda: "instead"
    dependant = dependant_of(signature(value=Annotated[str, Depends(held)]), [])
    async with Solution(dependant, websocket(app=app)) as values:
        assert values == {"value": "instead"}, "FastAPI looks for overrides elsewhere"


class Unknown:
    """Nothing that pydantic knows."""


def test_what_fastapi_cannot_resolve_is_said() -> None:
    with pytest.raises(ConfigurationError, match="FastAPI cannot resolve the parameters of handle"):
        dependant_of(signature(value=Unknown), [])
