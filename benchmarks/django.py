"""The cost of one message in a Django project, where it uses no database."""

from functools import partial
from typing import Final

from benchmarks.candidates import CHANX, ECHOES, chanx_django
from benchmarks.driver import Socket
from benchmarks.echo import latency, pipeline
from benchmarks.payloads import SMALL
from benchmarks.plan import Plan
from benchmarks.report import MICROSECONDS, Row, Target, relative
from benchmarks.rounds import Samples, interleave

DJANGO: Final = "chanx in Django"
TARGET: Final = Target(1.3)


async def measure(plan: Plan) -> list[Row]:
    """Return the rows."""
    sockets = {
        CHANX: Socket(ECHOES[CHANX](SMALL)),
        DJANGO: Socket(chanx_django.echo(SMALL)),
    }
    frame = SMALL.frame()
    await chanx_django.open_connection()
    for socket in sockets.values():
        await socket.connect()
        await socket.echo(frame)
    _, count = plan.echoes
    rows: list[Row] = []
    for title, way in (("latency", latency), ("pipelined", pipeline)):
        trials = {name: partial(way, socket, frame, count) for name, socket in sockets.items()}
        samples = Samples(await interleave(trials, rounds=plan.rounds, warmups=plan.warmups))
        title = f"in Django, echo of {SMALL.name}, {title}"
        rows.append(relative(title, samples, MICROSECONDS, TARGET, name=DJANGO, base=CHANX))
    for socket in sockets.values():
        await socket.disconnect()
    return rows
