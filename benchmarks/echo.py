"""The cost of one message echoed within the process: alone, and in a row."""

import json
from functools import partial
from time import perf_counter

from benchmarks.candidates import CAMEL, CHANX, ECHOES, FLOOR, MEMBER
from benchmarks.driver import Event, Socket
from benchmarks.payloads import SHAPES, SMALL, Shape
from benchmarks.plan import Plan
from benchmarks.report import MICROSECONDS, Row, Target, relative
from benchmarks.rounds import Samples, interleave

LATENCY_TARGET = Target(1.4)
PIPELINE_TARGET = Target(1.6)
LARGE_TARGET = Target(1.3)
CAMEL_TARGET = Target(1.15)


async def latency(socket: Socket, frame: str, count: int) -> float:
    """Send a message and await its echo, again and again; return the seconds for each."""
    began = perf_counter()
    for _ in range(count):
        await socket.echo(frame)
    return (perf_counter() - began) / count


async def pipeline(socket: Socket, frame: str, count: int) -> float:
    """Send all messages at once and await their echoes; return the seconds for each."""
    events: list[Event] = [{"type": "websocket.receive", "text": frame} for _ in range(count)]
    began = perf_counter()
    echoed = socket.arrivals.expect(count)
    socket.feed(*events)
    await echoed
    return (perf_counter() - began) / count


async def measure(plan: Plan) -> list[Row]:
    """Return the rows of every shape."""
    return [row for shape in SHAPES for row in await _measure_shape(shape, plan)]


async def _measure_shape(shape: Shape, plan: Plan) -> list[Row]:
    sockets = {name: Socket(ECHOES[name](shape)) for name in ECHOES if name != MEMBER}
    frames = {name: shape.frame(camelize=name == CAMEL) for name in sockets}
    for name, socket in sockets.items():
        await socket.connect()
        reply = await socket.echo(frames[name])
        if json.loads(reply) != json.loads(frames[name]):
            raise RuntimeError(f"{name} did not echo {shape.name}.")
    least, most = plan.echoes
    count = max(least, min(most, plan.echo_bytes // shape.size))
    rows: list[Row] = []
    for title, way, target in (
        ("latency", latency, LATENCY_TARGET),
        ("pipelined", pipeline, PIPELINE_TARGET),
    ):
        trials = {
            name: partial(way, socket, frames[name], count) for name, socket in sockets.items()
        }
        samples = Samples(await interleave(trials, rounds=plan.rounds, warmups=plan.warmups))
        aim = target if shape is SMALL else LARGE_TARGET
        rows += _rows(f"echo of {shape.name}, {title}", samples, aim)
    for socket in sockets.values():
        await socket.disconnect()
    return rows


def _rows(title: str, samples: Samples, target: Target) -> list[Row]:
    camel = samples.only(CAMEL, CHANX)
    return [
        relative(title, samples, MICROSECONDS, target, name=CHANX, base=FLOOR),
        relative(f"{title}, camelCase", camel, MICROSECONDS, CAMEL_TARGET, name=CAMEL, base=CHANX),
    ]
