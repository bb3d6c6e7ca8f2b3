"""Echoes over many connections under uvicorn: how many, how slow the slowest, how much work."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from statistics import quantiles
from time import perf_counter
from typing import Final

import psutil

from benchmarks.candidates import CHANX, IN_DJANGO, IN_FASTAPI, SERVED, STARLETTE
from benchmarks.client import EchoClient, close_all, connect_all
from benchmarks.plan import Plan
from benchmarks.report import MICROSECONDS, MILLISECONDS, PER_SECOND, Row, Target, relative
from benchmarks.rounds import Samples, interleave
from benchmarks.server import serving

THROUGHPUT_TARGET: Final = Target(0.8, "at least")
P99_TARGET: Final = Target(2.0)
WORK_TARGET: Final = Target(1.1)


@dataclass(frozen=True, slots=True)
class Load:
    """What one load showed.

    Attributes:
        throughput: Echoes per second.
        p99: Seconds within which 99 of 100 echoes came back.
        work: Seconds of the server's processor time for each echo.
    """

    throughput: float
    p99: float
    work: float


async def echoes(process: psutil.Process, clients: Sequence[EchoClient], seconds: float) -> Load:
    """Echo over all connections at once, one message on each at a time."""
    worked, began = _worked(process), perf_counter()
    lists = await asyncio.gather(*[client.echo_until(began + seconds) for client in clients])
    elapsed, work = perf_counter() - began, _worked(process) - worked
    latencies = [latency for list_ in lists for latency in list_]
    p99 = quantiles(latencies, n=100, method="inclusive")[-1]
    return Load(len(latencies) / elapsed, p99, work / len(latencies))


def _worked(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def measure(plan: Plan) -> list[Row]:
    """Return the rows of every load."""
    return [row for count in plan.load_connections for row in await _measure_load(count, plan)]


async def _measure_load(count: int, plan: Plan) -> list[Row]:
    """Measure with so many connections; all servers run, one at a time has work."""
    async with AsyncExitStack() as stack:
        trials: dict[str, Callable[[], Awaitable[Load]]] = {}
        for name in SERVED:
            server = await stack.enter_async_context(serving(name))
            clients = await connect_all(server.port, count)
            stack.push_async_callback(close_all, clients)
            process = psutil.Process(server.process_id)
            trials[name] = partial(echoes, process, clients, plan.load_seconds)
        loads = await interleave(trials, rounds=plan.served_rounds, warmups=plan.served_warmups)
    title = f"{count} connections echoing under uvicorn"
    rates = _samples(loads, lambda load: load.throughput)
    p99s = _samples(loads, lambda load: load.p99)
    works = _samples(loads, lambda load: load.work)
    return [
        relative(
            f"{title}, throughput", rates, PER_SECOND, THROUGHPUT_TARGET, name=CHANX, base=STARLETTE
        ),
        relative(f"{title}, p99", p99s, MILLISECONDS, P99_TARGET, name=CHANX, base=STARLETTE),
        *[
            relative(
                f"{title}, processor time of {name}",
                works if name == CHANX else works.only(name, STARLETTE),
                MICROSECONDS,
                WORK_TARGET,
                name=name,
                base=STARLETTE,
            )
            for name in (CHANX, IN_FASTAPI, IN_DJANGO)
        ],
    ]


def _samples(loads: dict[str, tuple[Load, ...]], figure: Callable[[Load], float]) -> Samples:
    return Samples({name: tuple(map(figure, row)) for name, row in loads.items()})
