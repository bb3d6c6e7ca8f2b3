"""The memory of an idle connection under uvicorn."""

from functools import partial
from typing import Final

import psutil

from benchmarks.candidates import CAMEL, CHANX, ECHOES, STARLETTE
from benchmarks.client import close_all, connect_all
from benchmarks.plan import Plan
from benchmarks.report import KIBIBYTES, Row, Target, absolute
from benchmarks.rounds import Samples, interleave
from benchmarks.server import serving

TARGET: Final = Target(6 * 1024)
WARMUP_CONNECTIONS: Final = 20


async def memory_per_connection(name: str, count: int) -> float:
    """Return the bytes by which a fresh server's resident memory grows for each connection.

    Each connection echoes one message and is idle then.

    Args:
        name: The candidate.
        count: Connections.
    """
    async with serving(name) as server:
        process = psutil.Process(server.process_id)
        await close_all(await connect_all(server.port, WARMUP_CONNECTIONS))
        before = process.memory_info().rss
        clients = await connect_all(server.port, count)
        after = process.memory_info().rss
        await close_all(clients)
    return (after - before) / count


async def measure(plan: Plan) -> list[Row]:
    """Return the row."""
    trials = {
        name: partial(memory_per_connection, name, plan.idle_connections)
        for name in ECHOES
        if name != CAMEL
    }
    samples = Samples(await interleave(trials, rounds=plan.idle_rounds))
    title = f"memory per idle connection under uvicorn, {plan.idle_connections:,} open"
    return [absolute(title, samples, KIBIBYTES, TARGET, name=CHANX, base=STARLETTE)]
