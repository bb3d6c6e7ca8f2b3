"""Plans of dependencies, held against FastAPI's own way to solve the same."""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any

import pytest
from anyio import CancelScope, move_on_after
from fastapi import Cookie, Depends, Header, Query, WebSocket
from fastapi.exceptions import WebSocketRequestValidationError
from fastapi.params import Depends as Marker
from fastapi.security import SecurityScopes
from pydantic import BaseModel
from starlette.requests import HTTPConnection

from chanx.ext.fast_channels.plan import Plan, PlannedSolution
from chanx.ext.fast_channels.solving import Solution, dependant_of
from tests.fast_channels.test_solving import signature, websocket

log: list[str] = []


@pytest.fixture(autouse=True)
def clean() -> None:
    log.clear()


async def plain() -> int:
    log.append("plain")
    return len(log)


async def held() -> AsyncIterator[str]:
    log.append("open held")
    try:
        yield "held"
    except BaseException as error:
        log.append(f"held sees {type(error).__name__}")
        raise
    finally:
        log.append("close held")


async def upon(held: Annotated[str, Depends(held)], plain: Annotated[int, Depends(plain)]) -> str:
    log.append("upon")
    return f"{held} {plain}"


async def held_upon(upon: Annotated[str, Depends(upon)]) -> AsyncIterator[str]:
    log.append("open upon")
    yield f"<{upon}>"
    log.append("close upon")


async def anew(plain: Annotated[int, Depends(plain, use_cache=False)]) -> int:
    log.append("anew")
    return plain


async def seeing(socket: WebSocket, connection: HTTPConnection) -> str:
    assert socket is connection
    return socket.url.path


async def swallowing() -> AsyncIterator[None]:
    try:
        yield
    except LookupError:
        log.append("swallowed")


async def failing(held: Annotated[str, Depends(held)]) -> None:
    raise LookupError("failing")


async def reading(word: str) -> str:
    return word


async def reading_header(word: Annotated[str, Header()]) -> str:
    return word


async def within(value: Annotated[str, Depends(reading)]) -> str:
    return value


class Called:
    async def __call__(self, word: str) -> str:
        log.append("called")
        return f"called {word}"


class CalledHeld:
    async def __call__(self) -> AsyncIterator[int]:
        log.append("open called")
        yield 1
        log.append("close called")


class Bound:
    async def method(self, plain: Annotated[int, Depends(plain)]) -> int:
        return plain


class Page(BaseModel):
    size: int = 5


PLANNED: dict[str, dict[str, Any]] = {
    "nothing": {},
    "one": {"value": Annotated[int, Depends(plain)]},
    "held": {"value": Annotated[str, Depends(held)]},
    "nested": {"value": Annotated[str, Depends(held_upon)]},
    "cached": {
        "one": Annotated[int, Depends(plain)],
        "two": Annotated[int, Depends(plain)],
        "three": Annotated[str, Depends(upon)],
    },
    "not cached": {
        "one": Annotated[int, Depends(plain, use_cache=False)],
        "two": Annotated[int, Depends(plain)],
        "three": Annotated[int, Depends(plain, use_cache=False)],
        "four": Annotated[int, Depends(anew)],
        "five": Annotated[int, Depends(anew)],
    },
    "handshake": {
        "number": int,
        "value": Annotated[str, Depends(reading)],
        "header": Annotated[str, Depends(reading_header)],
        "within": Annotated[str, Depends(within)],
        "page": Annotated[Page, Query()],
        "session": Annotated[str, Cookie()],
        "room": int,
    },
    "called": {
        "value": Annotated[str, Depends(Called())],
        "held": Annotated[int, Depends(CalledHeld())],
        "bound": Annotated[int, Depends(Bound().method)],
    },
    "wrong handshake": {
        "value": Annotated[str, Depends(held)],
        "number": Annotated[int, Header()],
    },
    "websocket": {"value": Annotated[str, Depends(seeing)], "socket": WebSocket},
    "swallowing": {
        "value": Annotated[None, Depends(swallowing)],
        "other": Annotated[str, Depends(held)],
    },
    "failing": {
        "value": Annotated[None, Depends(swallowing)],
        "other": Annotated[None, Depends(failing)],
    },
}
if "scope" in Marker.__init__.__annotations__:  # not before FastAPI 0.121
    PLANNED["function"] = {
        "one": Annotated[str, Depends(held, scope="function")],
        "two": Annotated[str, Depends(held, scope="request")],
        "three": Annotated[str, Depends(held)],
    }


async def outcome(context: Any, error: Exception | None) -> list[Any]:
    """Return what becomes of a call whose method raises an error, or none."""
    log.clear()
    try:
        async with context as values:
            shown = {name: type(value).__name__ for name, value in values.items()}
            numbers = {name: value for name, value in values.items() if type(value) in (int, str)}
            log.append("method")
            if error is not None:
                raise error
    except (LookupError, ValueError) as raised:
        return [repr(raised), *log]
    except WebSocketRequestValidationError as refused:
        return [[error["loc"] for error in refused.errors()]]
    return [shown, numbers, *log]


def seen() -> WebSocket:
    headers = [(b"word", b"high"), (b"cookie", b"session=mine"), (b"number", b"none")]
    query = b"number=3&word=low&size=7"
    return websocket(path="/x", headers=headers, query_string=query, path_params={"room": "4"})


@pytest.mark.parametrize("error", [None, LookupError("x"), ValueError("x")], ids=repr)
@pytest.mark.parametrize("name", PLANNED)
async def test_a_plan_does_what_fastapi_does(name: str, error: Exception | None) -> None:
    dependant = dependant_of(signature(**PLANNED[name]), ["room"])
    plan = Plan.of(dependant)
    assert plan is not None, "FastAPI's dependants have something that plans do not know"
    planned = await outcome(PlannedSolution(plan, seen() if plan.has_websocket else None), error)
    assert planned == await outcome(Solution(dependant, seen()), error)


def threaded() -> int:
    return 1


def threaded_held() -> Iterator[int]:
    yield 1


async def scoped(scopes: SecurityScopes) -> None:
    """Reads the scopes of who depends on it."""


@functools.wraps(held)
async def decorated() -> Any:
    raise NotImplementedError


class Made:
    """A class as a dependency."""


class CalledInThread:
    def __call__(self) -> None:
        """Do nothing, as a dependency."""


@pytest.mark.parametrize(
    "dependency",
    [
        *(threaded, threaded_held, scoped, decorated, Made, CalledInThread()),
        functools.partial(plain),
    ],
    ids=range(7),
)
def test_what_runs_in_a_thread_or_is_more_than_a_function_is_fastapis(
    dependency: Callable[..., Any],
) -> None:
    assert Plan.of(dependant_of(signature(value=Annotated[Any, Depends(dependency)]), [])) is None


def test_what_a_plan_does_not_know_of_a_dependant_is_fastapis() -> None:
    dependant = dependant_of(signature(value=Annotated[int, Depends(plain)]), [])
    dependant.dependencies[0].security_scopes_param_name = "scopes"
    assert Plan.of(dependant) is None


async def test_anyios_cancellation_lets_what_is_open_close() -> None:
    async def slow() -> AsyncIterator[None]:
        yield
        await asyncio.sleep(0)
        log.append("closed")

    async def with_scope() -> AsyncIterator[None]:
        with CancelScope():
            yield

    declared = {
        "one": Annotated[None, Depends(slow)],
        "two": Annotated[None, Depends(with_scope)],
    }
    plan = Plan.of(dependant_of(signature(**declared), []))
    assert plan is not None
    with move_on_after(60) as scope:
        async with PlannedSolution(plan, None):
            scope.cancel()
    assert log == ["closed"]
