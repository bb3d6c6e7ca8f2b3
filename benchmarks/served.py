"""Echoes over many connections under uvicorn: how many, and how slow the slowest."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from statistics import quantiles
from time import perf_counter
from typing import Final

from benchmarks.candidates import CAMEL, CHANX, ECHOES, MEMBER, STARLETTE
from benchmarks.client import EchoClient, close_all, connect_all
from benchmarks.plan import Plan
from benchmarks.report import MILLISECONDS, PER_SECOND, Row, Target, relative
from benchmarks.rounds import Samples, interleave
from benchmarks.server import serving

THROUGHPUT_TARGET: Final = Target(0.8, "at least")
P99_TARGET: Final = Target(2.0)
CANDIDATES: Final = [name for name in ECHOES if name not in (CAMEL, MEMBER)]


@dataclass(frozen=True, slots=True)
class Load:
    """What one load showed.

    Attributes:
        throughput: Echoes per second.
        p99: Seconds within which 99 of 100 echoes came back.
    """

    throughput: float
    p99: float


async def echoes(clients: Sequence[EchoClient], seconds: float) -> Load:
    """Echo over all connections at once, one message on each at a time."""
    began = perf_counter()
    lists = await asyncio.gather(*[client.echo_until(began + seconds) for client in clients])
    elapsed = perf_counter() - began
    latencies = [latency for list_ in lists for latency in list_]
    return Load(len(latencies) / elapsed, quantiles(latencies, n=100, method="inclusive")[-1])


async def measure(plan: Plan) -> list[Row]:
    """Return the rows of throughput and p99; all servers run, one at a time has work."""
    async with AsyncExitStack() as stack:
        trials: dict[str, Callable[[], Awaitable[Load]]] = {}
        for name in CANDIDATES:
            server = await stack.enter_async_context(serving(name))
            clients = await connect_all(server.port, plan.load_connections)
            stack.push_async_callback(close_all, clients)
            trials[name] = partial(echoes, clients, plan.load_seconds)
        loads = await interleave(trials, rounds=plan.served_rounds, warmups=plan.served_warmups)
    title = f"{plan.load_connections} connections echoing under uvicorn"
    rates = Samples({name: tuple(load.throughput for load in row) for name, row in loads.items()})
    p99s = Samples({name: tuple(load.p99 for load in row) for name, row in loads.items()})
    return [
        relative(
            f"{title}, throughput", rates, PER_SECOND, THROUGHPUT_TARGET, name=CHANX, base=STARLETTE
        ),
        relative(f"{title}, p99", p99s, MILLISECONDS, P99_TARGET, name=CHANX, base=STARLETTE),
    ]
