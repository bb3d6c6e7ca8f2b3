"""The metrics of chanx: their names, units and labels, the same wherever they are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

InstrumentKind = Literal["counter", "level", "histogram", "reading"]
"""How an instrument gets its value: it is added to; added to and taken from; told single values,
which are sorted into buckets; or looked up when metrics are collected."""

# OpenTelemetry's specification ("Prometheus and OpenMetrics Compatibility") has units in words, and
# leaves out those in braces.
_UNIT_SUFFIXES: Final[Mapping[str, str]] = {"s": "_seconds", "By": "_bytes"}


@dataclass(frozen=True, slots=True)
class Instrument:
    """One metric.

    Attributes:
        name: Its name, as OpenTelemetry writes them.
        kind: How it gets its value.
        unit: Its unit, as UCUM writes it; what is counted stands in braces.
        labels: What tells its series apart. All values come from the project, never from clients.
        text: What it says.

    Example:
        >>> HANDLER_DURATION.name, HANDLER_DURATION.prometheus_name
        ('chanx.handler.duration', 'chanx_handler_duration_seconds')
        >>> FRAMES_SENT.prometheus_name
        'chanx_frames_sent_total'
    """

    name: str
    kind: InstrumentKind
    unit: str
    labels: tuple[str, ...]
    text: str

    @property
    def prometheus_name(self) -> str:
        """The name in Prometheus, as OpenTelemetry's specification translates the other one."""
        stem = self.name.replace(".", "_") + _UNIT_SUFFIXES.get(self.unit, "")
        # prometheus_client's Counter ends its names so by itself, whether or not the name has it.
        return f"{stem}_total" if self.kind == "counter" else stem


# No label may hold what a client wrote: a series for each value of it would be kept as long as the
# process lives.
CONNECTIONS: Final = Instrument(
    "chanx.connections",
    "level",
    "{connection}",
    ("consumer",),
    "Connections that are accepted and served.",
)
CONNECTIONS_CLOSED: Final = Instrument(
    "chanx.connections.closed",
    "counter",
    "{connection}",
    ("consumer", "code"),
    "Connections that ended after they were accepted, by close code: chanx's own, RFC 6455's, "
    "or `other`.",
)
HANDSHAKES_REFUSED: Final = Instrument(
    "chanx.handshakes.refused",
    "counter",
    "{handshake}",
    ("consumer", "status"),
    "Connections that were refused, by the HTTP status that says why.",
)
FRAMES_RECEIVED: Final = Instrument(
    "chanx.frames.received", "counter", "{frame}", ("consumer",), "Frames that clients sent."
)
FRAMES_SENT: Final = Instrument(
    "chanx.frames.sent", "counter", "{frame}", ("consumer",), "Frames that were sent to clients."
)
RECEIVED: Final = Instrument(
    "chanx.received", "counter", "By", ("consumer",), "Bytes of the frames that clients sent."
)
SENT: Final = Instrument(
    "chanx.sent", "counter", "By", ("consumer",), "Bytes of the frames that were sent to clients."
)
HANDLER_DURATION: Final = Instrument(
    "chanx.handler.duration",
    "histogram",
    "s",
    ("consumer", "action", "kind", "outcome"),
    "From the beginning of a handler to its last reply. `action` is one of the consumer's, or "
    "empty where a frame leads to no handler; `kind` is `message`, `event` or `binary`; "
    "`outcome` is `done`, `cancelled`, or the code of the error.",
)
ERRORS: Final = Instrument(
    "chanx.errors",
    "counter",
    "{error}",
    ("consumer", "code"),
    "Messages and events whose handling ended with an error, by its code.",
)
MESSAGES_DROPPED: Final = Instrument(
    "chanx.messages.dropped",
    "counter",
    "{message}",
    ("consumer", "reason"),
    "Messages that are lost, by the reason: `slow_client`, `oldest`, `coalesced`, "
    "`connection_ended`, `no_handler`, `late_answer`.",
)
QUEUE_DEPTH: Final = Instrument(
    "chanx.queue.depth",
    "reading",
    "{message}",
    ("consumer", "queue"),
    "What waits at the moment, of all connections together: `incoming` frames for their handlers, "
    "`outgoing` messages for their clients to read.",
)
LAYER_GAPS: Final = Instrument(
    "chanx.layer.gaps",
    "counter",
    "{gap}",
    ("consumer",),
    "Times that a connection was told that broadcasts and events may be missing.",
)
LAYER_RECONNECTS: Final = Instrument(
    "chanx.layer.reconnects",
    "counter",
    "{reconnect}",
    ("server",),
    "Times that a Redis was away from `RedisLayer` and is back.",
)
LAYER_ABSENCE: Final = Instrument(
    "chanx.layer.absence",
    "counter",
    "s",
    ("server",),
    "Seconds for which it was away, all together.",
)

INSTRUMENTS: Final = (
    CONNECTIONS,
    CONNECTIONS_CLOSED,
    HANDSHAKES_REFUSED,
    FRAMES_RECEIVED,
    FRAMES_SENT,
    RECEIVED,
    SENT,
    HANDLER_DURATION,
    ERRORS,
    MESSAGES_DROPPED,
    QUEUE_DEPTH,
    LAYER_GAPS,
    LAYER_RECONNECTS,
    LAYER_ABSENCE,
)
"""All metrics, in the order of their table in ``docs/observability.md``."""

# From well below what a handler that awaits nothing takes to what only a limit ends.
# OpenTelemetry's default boundaries (0, 5, 10, 25 and so on) are made for milliseconds.
BUCKETS: Final = (
    *(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05),
    *(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
"""Upper bounds of the buckets of :data:`HANDLER_DURATION`, in seconds."""


__all__ = [
    "BUCKETS",
    "CONNECTIONS",
    "CONNECTIONS_CLOSED",
    "ERRORS",
    "FRAMES_RECEIVED",
    "FRAMES_SENT",
    "HANDLER_DURATION",
    "HANDSHAKES_REFUSED",
    "INSTRUMENTS",
    "LAYER_ABSENCE",
    "LAYER_GAPS",
    "LAYER_RECONNECTS",
    "MESSAGES_DROPPED",
    "QUEUE_DEPTH",
    "RECEIVED",
    "SENT",
    "Instrument",
    "InstrumentKind",
]
