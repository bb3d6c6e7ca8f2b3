"""What a dependency adds to the cost of a message under FastAPI, beside a handler without one."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any, Final

from benchmarks.candidates import chanx_fastapi
from benchmarks.driver import Socket
from benchmarks.echo import latency
from benchmarks.payloads import SMALL
from benchmarks.plan import Plan
from benchmarks.report import MICROSECONDS, Row, Target, absolute
from benchmarks.rounds import Samples, interleave

WITHOUT: Final = "chanx in FastAPI"
TARGET: Final = Target(40e-6)
"""Seconds that one dependency may cost a message."""


async def value() -> int:
    """Return something."""
    return 1


async def held() -> AsyncIterator[int]:
    """Hold something open, as a session of a database."""
    yield 1


DEPENDENCIES: Final[dict[str, Callable[..., Any]]] = {
    "an asynchronous dependency": value,
    "one with yield": held,
}


async def measure(plan: Plan) -> list[Row]:
    """Return a row for each kind of dependency."""
    sockets = {WITHOUT: Socket(chanx_fastapi.echo(SMALL))}
    for name, dependency in DEPENDENCIES.items():
        sockets[name] = Socket(chanx_fastapi.depending_echo(SMALL, dependency))
    frame = SMALL.frame()
    for socket in sockets.values():
        await socket.connect()
        await socket.echo(frame)
    trials = {
        name: partial(latency, socket, frame, plan.echoes[1]) for name, socket in sockets.items()
    }
    samples = Samples(await interleave(trials, rounds=plan.rounds, warmups=plan.warmups))
    for socket in sockets.values():
        await socket.disconnect()
    return [
        absolute(
            f"a message that takes {name}",
            samples.only(name, WITHOUT),
            MICROSECONDS,
            TARGET,
            name=name,
            base=WITHOUT,
        )
        for name in DEPENDENCIES
    ]
