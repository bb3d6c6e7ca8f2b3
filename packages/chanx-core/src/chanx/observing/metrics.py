"""Counting what becomes of connections, whoever keeps the counts."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final, Protocol, TypeAlias

from chanx.core.close_codes import SUBSTITUTES, CloseCode
from chanx.core.decorators import HandlerKind
from chanx.core.frames import Ref
from chanx.core.live_sessions import all_live_sessions
from chanx.core.observer import ConnectionFacts, DropReason, Observer, Outcome
from chanx.layers.outages import watch
from chanx.observing.instruments import (
    CONNECTIONS,
    CONNECTIONS_CLOSED,
    ERRORS,
    FRAMES_RECEIVED,
    FRAMES_SENT,
    HANDLER_DURATION,
    HANDSHAKES_REFUSED,
    LAYER_ABSENCE,
    LAYER_GAPS,
    LAYER_RECONNECTS,
    MESSAGES_DROPPED,
    RECEIVED,
    SENT,
    Instrument,
)

Series: TypeAlias = Callable[[float], object]
"""Takes a value of one series: what is added to a counter, or one value of a histogram."""

# 1005 and 1006 are never on the wire (RFC 6455, 7.4.1): no code was sent, or no close came.
KNOWN_CODES: Final = frozenset({*CloseCode, *SUBSTITUTES, 1005, 1006})
"""Close codes that have a series of their own: a client may close with any of 2,000."""


class Meter(Protocol):
    """What keeps the metrics."""

    def series(self, instrument: Instrument, labels: tuple[str, ...]) -> Series:
        """Return what takes the values of one series.

        Args:
            instrument: The metric.
            labels: The values of its labels, in their order.
        """
        ...


class Metrics:
    """Counts what becomes of connections; goes into the setting ``observers``.

    One for a process is enough, whatever number of consumers share it.

    Args:
        meter: What keeps the metrics.
    """

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        # Asked for once each, as a library's own look-up locks and compares labels. Two loops that
        # ask at the same time get the same series from it, so the loss is one look-up.
        self._series: dict[tuple[str, ...], Series] = {}
        self._consumers: dict[str, _OfConsumer] = {}
        # Of layers no connection is told: their servers go and come back for all of them together.
        self._unwatch = watch(self._is_back)

    def __call__(self, facts: ConnectionFacts) -> Observer:
        """Return the observer of a connection.

        Args:
            facts: The connection.
        """
        consumer = self._consumers.get(facts.consumer)
        if consumer is None:
            consumer = self._consumers[facts.consumer] = _OfConsumer(self, facts.consumer)
        return _Counting(consumer)

    def close(self) -> None:
        """Count no more what becomes of layers; connections that are open are counted on."""
        self._unwatch()

    def series(self, instrument: Instrument, *labels: str) -> Series:
        """Return what takes the values of one series, the same for the same labels.

        Args:
            instrument: The metric.
            labels: The values of its labels, in their order.
        """
        key = instrument.name, *labels
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = self._meter.series(instrument, labels)
        return series

    def _is_back(self, server: str, seconds: float) -> None:
        self.series(LAYER_RECONNECTS, server)(1)
        self.series(LAYER_ABSENCE, server)(seconds)


class _OfConsumer:
    """The series of one consumer: those that every message counts in, once and for all."""

    __slots__ = (
        "_metrics",
        "_name",
        "connections",
        "durations",
        "frames_received",
        "frames_sent",
        "received",
        "sent",
    )

    def __init__(self, metrics: Metrics, name: str) -> None:
        self._metrics = metrics
        self._name = name
        # Made when the first connection comes, so that series of Prometheus begin at zero and not
        # with the first message: a rate misses what a series is born with.
        self.connections = self.series(CONNECTIONS)
        self.frames_received = self.series(FRAMES_RECEIVED)
        self.frames_sent = self.series(FRAMES_SENT)
        self.received = self.series(RECEIVED)
        self.sent = self.series(SENT)
        # By what every message brings, so that it makes no tuple of texts for the look-up in
        # _series.
        self.durations: dict[tuple[str | None, HandlerKind, Outcome], Series] = {}

    def series(self, instrument: Instrument, *labels: str) -> Series:
        return self._metrics.series(instrument, self._name, *labels)


class _Counting(Observer):
    """Counts what becomes of one connection."""

    __slots__ = ("_consumer", "_is_connected")

    def __init__(self, consumer: _OfConsumer) -> None:
        self._consumer = consumer
        self._is_connected = False

    def connected(self) -> None:
        self._is_connected = True
        self._consumer.connections(1)

    def refused(self, status: int) -> None:
        self._consumer.series(HANDSHAKES_REFUSED, str(status))(1)

    def received(self, action: str | None, size: int, ref: Ref | None) -> None:
        self._consumer.frames_received(1)
        self._consumer.received(size)

    def handled(
        self, action: str | None, seconds: float, outcome: Outcome, kind: HandlerKind
    ) -> None:
        consumer = self._consumer
        key: tuple[str | None, HandlerKind, Outcome] = action, kind, outcome
        durations = consumer.durations.get(key)
        if durations is None:
            durations = consumer.series(HANDLER_DURATION, action or "", kind, outcome)
            consumer.durations[key] = durations
        durations(seconds)
        # Apart from the histogram's own label, as a rate of errors should not need its buckets.
        if outcome not in ("done", "cancelled"):
            consumer.series(ERRORS, outcome)(1)

    def sent(self, action: object, size: int, ref: Ref | None) -> None:
        self._consumer.frames_sent(1)
        self._consumer.sent(size)

    def dropped(self, reason: DropReason, count: int) -> None:
        self._consumer.series(MESSAGES_DROPPED, reason)(count)

    def layer_gap(self, seconds: float) -> None:
        self._consumer.series(LAYER_GAPS)(1)

    def closed(self, code: int) -> None:
        # Also told of refused ones, which the level never counted: it would sink below zero.
        if self._is_connected:
            self._is_connected = False
            self._consumer.connections(-1)
            known = str(int(code)) if code in KNOWN_CODES else "other"
            self._consumer.series(CONNECTIONS_CLOSED, known)(1)


def queue_depths() -> Mapping[tuple[str, str], int]:
    """Return what waits in this process, by the values of the labels of ``QUEUE_DEPTH``.

    Any thread may ask.
    """
    depths: Counter[tuple[str, str]] = Counter()
    # Counted when it is collected: a level that is moved twice for each message costs all of them,
    # to be read now and then.
    for sessions in all_live_sessions():
        for session in sessions:
            try:
                name, waiting = type(session.consumer).__qualname__, session.waiting
            except AttributeError:
                continue  # it came to its end meanwhile, in its own thread
            depths[name, "incoming"] += waiting.incoming
            depths[name, "outgoing"] += waiting.outgoing
    return depths


__all__ = ["KNOWN_CODES", "Meter", "Metrics", "Series", "queue_depths"]
