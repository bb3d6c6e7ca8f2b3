"""The cost of one message echoed within the process: alone, and in a row."""

import json
from functools import partial
from time import perf_counter
from typing import Final

from benchmarks.candidates import (
    CAMEL,
    CHANX,
    ECHOES,
    FLOOR,
    LATER,
    MEMBER,
    STARLETTE,
    chanx,
)
from benchmarks.driver import Event, Socket
from benchmarks.payloads import SHAPES, SMALL, Shape
from benchmarks.plan import Plan
from benchmarks.report import MICROSECONDS, Row, Target, relative
from benchmarks.rounds import Samples, interleave

LATENCY_TARGET = Target(1.4)
PIPELINE_TARGET = Target(1.6)
LARGE_TARGET = Target(1.3)
CAMEL_TARGET = Target(1.15)
LATER_TARGET = Target(1.3)
DISTANT: Final = "chanx on a layer that suspends"
DISTANT_TARGET = Target(1.3)


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


WAYS: Final = (("latency", latency), ("pipelined", pipeline))


async def measure(plan: Plan) -> list[Row]:
    """Return the rows of every shape, and those of consumers that suspend."""
    rows = [row for shape in SHAPES for row in await _measure_shape(shape, plan)]
    return [*rows, *await _measure_later(plan), *await _measure_distant(plan)]


async def _measure_later(plan: Plan) -> list[Row]:
    """Measure handlers that wait once, as those do that ask a database."""
    sockets = {name: Socket(make(SMALL)) for name, make in LATER.items()}
    title = f"echo of {SMALL.name} after one await"
    return await _measure_pair(title, sockets, LATER_TARGET, CHANX, STARLETTE, plan)


async def _measure_distant(plan: Plan) -> list[Row]:
    """Measure connections whose join waited: from then on a task reads for them."""
    sockets = {
        CHANX: Socket(ECHOES[MEMBER](SMALL)),
        DISTANT: Socket(chanx.echo_on_distant_layer(SMALL)),
    }
    title = f"echo of {SMALL.name} on a layer that suspends"
    return await _measure_pair(title, sockets, DISTANT_TARGET, DISTANT, CHANX, plan)


async def _measure_pair(
    title: str, sockets: dict[str, Socket], target: Target, name: str, base: str, plan: Plan
) -> list[Row]:
    frame = SMALL.frame()
    for socket in sockets.values():
        await socket.connect()
        await socket.echo(frame)
    rows: list[Row] = []
    for way_title, way in WAYS:
        trials = {
            each: partial(way, socket, frame, plan.echoes[1]) for each, socket in sockets.items()
        }
        samples = Samples(await interleave(trials, rounds=plan.rounds, warmups=plan.warmups))
        rows.append(
            relative(f"{title}, {way_title}", samples, MICROSECONDS, target, name=name, base=base)
        )
    for socket in sockets.values():
        await socket.disconnect()
    return rows


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
    for (title, way), target in zip(WAYS, (LATENCY_TARGET, PIPELINE_TARGET), strict=True):
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
