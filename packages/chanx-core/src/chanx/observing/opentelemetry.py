"""Metrics and traces for OpenTelemetry, by its API: the extra ``[opentelemetry]``.

What is exported, and where to, the SDK is told by the project.
"""

from collections.abc import Iterable, Mapping
from contextvars import ContextVar, Token
from typing import Final

try:
    from opentelemetry import context as contexts
    from opentelemetry import metrics
    from opentelemetry import trace as spans
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
except ModuleNotFoundError as _missing:
    raise ImportError(
        "chanx.observing.opentelemetry needs the package opentelemetry-api: "
        'pip install "chanx-core[opentelemetry]"'
    ) from _missing

from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind, StatusCode

from chanx.core.decorators import HandlerKind
from chanx.core.observer import ConnectionFacts, Observer, Outcome
from chanx.core.tracing import Tracer
from chanx.observing.instruments import BUCKETS, INSTRUMENTS, QUEUE_DEPTH, Instrument
from chanx.observing.metrics import Metrics, Series, queue_depths

SCOPE: Final = "chanx"
"""The name of the instrumentation scope."""

# Not the project's global propagator: what comes over a layer is read again by this, whatever the
# other process has configured, and baggage of clients goes nowhere.
_W3C: Final = TraceContextTextMapPropagator()


class OpenTelemetryMetrics(Metrics):
    """Counts for OpenTelemetry; goes into the setting ``observers``.

    ``docs/observability.md`` has the names.

    Args:
        provider: The meter provider; None for the global one, also if that is set later.

    Example:
        >>> from chanx.core.websocket import AsyncJsonWebsocketConsumer
        >>> class Room(AsyncJsonWebsocketConsumer):
        ...     observers = [OpenTelemetryMetrics()]
    """

    def __init__(self, provider: metrics.MeterProvider | None = None) -> None:
        # With None the API gives a proxy, which finds the real provider when that is set.
        super().__init__(_Kept(metrics.get_meter(SCOPE, meter_provider=provider)))


class _Kept:
    """The metrics of a meter."""

    def __init__(self, meter: metrics.Meter) -> None:
        self._added: dict[Instrument, metrics.Counter | metrics.UpDownCounter] = {}
        self._recorded: dict[Instrument, metrics.Histogram] = {}
        for each in INSTRUMENTS:
            named = each.name, each.unit, each.text
            if each.kind == "counter":
                self._added[each] = meter.create_counter(*named)
            elif each.kind == "level":
                self._added[each] = meter.create_up_down_counter(*named)
            elif each.kind == "histogram":
                # An advisory, which views of the SDK overrule.
                self._recorded[each] = meter.create_histogram(
                    *named, explicit_bucket_boundaries_advisory=BUCKETS
                )
            else:
                meter.create_observable_gauge(
                    each.name, [_depths], unit=each.unit, description=each.text
                )

    def series(self, instrument: Instrument, labels: tuple[str, ...]) -> Series:
        # Made once for a series, and not with every value.
        attributes = dict(zip(instrument.labels, labels, strict=True))
        if (histogram := self._recorded.get(instrument)) is not None:
            return lambda value: histogram.record(value, attributes)
        counter = self._added[instrument]
        return lambda value: counter.add(value, attributes)


def _depths(options: metrics.CallbackOptions) -> Iterable[metrics.Observation]:
    for labels, depth in queue_depths().items():
        yield metrics.Observation(depth, dict(zip(QUEUE_DEPTH.labels, labels, strict=True)))


class OpenTelemetryTraces(Tracer):
    """Traces connections and what is handled; goes into the setting ``observers``.

    A connection has a span, ``CONNECT Room``, which goes on the trace of whatever serves the
    handshake, or that of the client's header ``traceparent`` (W3C Trace Context). Each message is
    handled in a span of its own, ``Room say``, which begins a trace and is linked to the
    connection's. An event is handled in a span that goes on the trace in which it was sent, in
    whatever process, and so is a broadcast that reaches a client (``Room said``, a span of no
    length). Spans of libraries within a handler are children of its span.

    Args:
        provider: The tracer provider; None for the global one, also if that is set later.
        traces_broadcasts: Whether there is a span for each client that a broadcast reaches.

    Example:
        >>> from chanx.core.websocket import AsyncJsonWebsocketConsumer
        >>> class Room(AsyncJsonWebsocketConsumer):
        ...     observers = [OpenTelemetryTraces()]
    """

    def __init__(
        self, provider: spans.TracerProvider | None = None, *, traces_broadcasts: bool = True
    ) -> None:
        self._tracer = spans.get_tracer(SCOPE, tracer_provider=provider)
        self._traces_broadcasts = traces_broadcasts

    def __call__(self, facts: ConnectionFacts) -> Observer:
        """Return the observer of a connection.

        Args:
            facts: The connection.
        """
        return _Tracing(self._tracer, facts, self._traces_broadcasts)

    def trace(self) -> Mapping[str, str]:
        """Return ``traceparent`` and ``tracestate`` of the running code's span, if there is one."""
        carrier: dict[str, str] = {}
        _W3C.inject(carrier)
        return carrier


_handling: ContextVar[tuple[Span, Token[Context]] | None] = ContextVar(
    "chanx_handling_span", default=None
)
"""The span of what the running code handles, and what makes the one before it current again."""


class _Tracing(Observer):
    """Traces one connection."""

    __slots__ = ("_consumer", "_link", "_span", "_token", "_tracer", "_traces_broadcasts")

    def __init__(
        self, tracer: spans.Tracer, facts: ConnectionFacts, traces_broadcasts: bool
    ) -> None:
        self._tracer = tracer
        self._consumer = facts.consumer
        self._traces_broadcasts = traces_broadcasts
        # Begun here and ended in closed(): the span is as long as the connection, and none of its
        # handlers' parent, or a trace of a day's connection would be one trace (OpenTelemetry's
        # advice for messaging is a link).
        self._span = tracer.start_span(
            f"CONNECT {facts.consumer}",
            _context_of_handshake(facts),
            SpanKind.SERVER,
            {"chanx.consumer": facts.consumer, "url.path": facts.path},
        )
        self._link = Link(self._span.get_span_context())
        # In the server's own task, which authenticates and calls the hooks; closed() runs in it as
        # well, as detach() asks for (a token is of the context that made it, contextvars).
        self._token = contexts.attach(spans.set_span_in_context(self._span))

    def refused(self, status: int) -> None:
        self._span.set_attribute("http.response.status_code", status)
        # As OpenTelemetry has it for servers: what 4xx says is the client's error, and no failure
        # of the span.
        if status >= 500:
            self._span.set_status(StatusCode.ERROR)

    def handling(
        self, action: str | None, kind: HandlerKind, trace: Mapping[str, str] | None
    ) -> None:
        span = self._start(action, kind, trace)
        # In a variable of the context and not on self: handlers of one connection may run beside
        # each other, each in a context of its own (Observer.handling).
        _handling.set((span, contexts.attach(spans.set_span_in_context(span))))

    def handled(
        self, action: str | None, seconds: float, outcome: Outcome, kind: HandlerKind
    ) -> None:
        handling = _handling.get()
        if handling is None:
            return  # a frame that was left without being handled
        # The context may be used again for the next frame, where a handler did not suspend.
        _handling.set(None)
        span, token = handling
        contexts.detach(token)
        span.set_attribute("chanx.outcome", outcome)
        # What a client did wrong, or a limit ended, stands in chanx.outcome, and is no failure of
        # the span.
        if outcome == "handler_error":
            span.set_status(StatusCode.ERROR)
        span.end()

    def forwarding(self, action: object, trace: Mapping[str, str] | None) -> None:
        if self._traces_broadcasts and trace is not None:
            # Of no length: who is told has no moment at which it has arrived.
            self._start(str(action), "broadcast", trace).end()

    def layer_gap(self, seconds: float) -> None:
        self._span.add_event("chanx.layer_gap", {"seconds": seconds})

    def closed(self, code: int) -> None:
        self._span.set_attribute("chanx.close_code", int(code))
        self._span.end()
        contexts.detach(self._token)

    def _start(self, action: str | None, kind: str, trace: Mapping[str, str] | None) -> Span:
        # An empty context, or else the connection's span would be the parent.
        parent = Context() if trace is None else _W3C.extract(trace, Context())
        return self._tracer.start_span(
            f"{self._consumer} {action or '(no action)'}",
            parent,
            # What comes over a layer was sent by somebody who does not wait for it.
            SpanKind.SERVER if kind == "message" else SpanKind.CONSUMER,
            {"chanx.consumer": self._consumer, "chanx.action": action or "", "chanx.kind": kind},
            [self._link],
        )


def _context_of_handshake(facts: ConnectionFacts) -> Context:
    """Return the context of whatever serves the handshake, or of what the client says."""
    present = contexts.get_current()
    # An instrumentation of ASGI has read the header already, and its span is the nearer parent.
    if spans.get_current_span(present).get_span_context().is_valid:
        return present
    headers = facts.scope.get("headers") or ()
    # ASGI's headers are bytes with names in lower case, as the propagator asks for them.
    carrier = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
    return _W3C.extract(carrier, present)


__all__ = ["SCOPE", "OpenTelemetryMetrics", "OpenTelemetryTraces"]
