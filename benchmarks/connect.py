"""The cost of a connection within the process: connected, accepted, disconnected."""

from functools import partial
from time import perf_counter

from benchmarks.candidates import CHANX, ECHOES, STARLETTE
from benchmarks.driver import Application, Socket
from benchmarks.payloads import SMALL
from benchmarks.plan import Plan
from benchmarks.report import MICROSECONDS, Row, Target, relative
from benchmarks.rounds import Samples, interleave

TARGET = Target(2.0)


async def connects(application: Application, count: int) -> float:
    """Open and close connections one after the other; return the seconds for each."""
    began = perf_counter()
    for _ in range(count):
        socket = Socket(application)
        await socket.connect()
        await socket.disconnect()
    return (perf_counter() - began) / count


async def measure(plan: Plan) -> list[Row]:
    """Return the row."""
    trials = {name: partial(connects, make(SMALL), plan.connects) for name, make in ECHOES.items()}
    samples = Samples(await interleave(trials, rounds=plan.rounds, warmups=plan.warmups))
    title = "connect, accept, disconnect"
    return [relative(title, samples, MICROSECONDS, TARGET, name=CHANX, base=STARLETTE)]
