"""What observers add to the cost of an echo, beside the same consumer that nobody observes."""

import logging
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Final

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import CollectorRegistry

from benchmarks.candidates import chanx
from benchmarks.driver import Socket
from benchmarks.echo import latency
from benchmarks.payloads import SMALL
from benchmarks.plan import Plan
from benchmarks.report import MICROSECONDS, Row, Target, relative
from benchmarks.rounds import Samples, interleave
from chanx.core.observer import ConnectionFacts, Observer, ObserverFactory
from chanx.observing.opentelemetry import OpenTelemetryMetrics, OpenTelemetryTraces
from chanx.observing.prometheus import PrometheusMetrics

UNOBSERVED: Final = "chanx unobserved"
LOG: Final = "its log of messages, dropped"
IDLE: Final = "an observer that does nothing"
TARGETS: Final[Mapping[str, Target]] = {
    IDLE: Target(1.3),
    LOG: Target(3.0),
    "Prometheus": Target(2.0),
    "OpenTelemetry's metrics": Target(6.0),
    "OpenTelemetry's traces": Target(5.0),
}
"""How often a message may cost what it costs unobserved, with a handler that does nothing."""


class Idle(Observer):
    """Does nothing."""

    def __init__(self, facts: ConnectionFacts) -> None:
        pass


async def measure(plan: Plan) -> list[Row]:
    """Return a row for each kind of observer."""
    registry = CollectorRegistry()
    meters, tracers = MeterProvider([InMemoryMetricReader()]), TracerProvider()
    observers: dict[str, ObserverFactory] = {
        IDLE: Idle,
        "Prometheus": PrometheusMetrics(registry),
        "OpenTelemetry's metrics": OpenTelemetryMetrics(meters),
        "OpenTelemetry's traces": OpenTelemetryTraces(tracers),
    }
    sockets = {UNOBSERVED: Socket(chanx.echo(SMALL))}
    for name, observer in observers.items():
        sockets[name] = Socket(chanx.echo(SMALL, observers=[observer]))
    frame = SMALL.frame()
    for socket in sockets.values():
        await socket.connect()
        await socket.echo(frame)
    with _logged():
        sockets[LOG] = Socket(chanx.echo(SMALL))
        await sockets[LOG].connect()
        await sockets[LOG].echo(frame)
        trials = {
            name: partial(latency, socket, frame, plan.echoes[1])
            for name, socket in sockets.items()
        }
        samples = Samples(await interleave(trials, rounds=plan.rounds, warmups=plan.warmups))
    for socket in sockets.values():
        await socket.disconnect()
    meters.shutdown()
    tracers.shutdown()
    return [
        relative(
            f"observed by {name}",
            samples.only(name, UNOBSERVED),
            MICROSECONDS,
            target,
            name=name,
            base=UNOBSERVED,
        )
        for name, target in TARGETS.items()
    ]


@contextmanager
def _logged() -> Generator[None]:
    """Log the messages of connections that are opened meanwhile, to a handler that writes nothing.

    Others were opened before: whether the log takes them is asked once, when a connection opens.
    """
    logger = logging.getLogger("chanx.websocket")
    before = logger.level, logger.propagate
    handler = logging.NullHandler()
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before[0])  # forgets what was found out of it, too
        logger.propagate = before[1]
