"""Metrics for Prometheus, by ``prometheus_client``: the extra ``[prometheus]``."""

from collections.abc import Iterable
from typing import TypeAlias

try:
    from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
    from prometheus_client.core import GaugeMetricFamily
    from prometheus_client.registry import Collector
except ModuleNotFoundError as _missing:
    raise ImportError(
        "chanx.observing.prometheus needs the package prometheus_client: "
        'pip install "chanx-core[prometheus]"'
    ) from _missing

from chanx.core.errors import ConfigurationError
from chanx.observing.instruments import BUCKETS, INSTRUMENTS, QUEUE_DEPTH, Instrument
from chanx.observing.metrics import Metrics, Series, queue_depths

_Metric: TypeAlias = Counter | Gauge | Histogram


class PrometheusMetrics(Metrics):
    """Counts for Prometheus; goes into the setting ``observers``.

    ``docs/observability.md`` has the names. In the multiprocess mode of ``prometheus_client``
    live connections are the sum over the processes that live, and queue depths are not exported,
    since that mode knows no values that are looked up.

    Args:
        registry: Where the metrics are; None for the one that ``prometheus_client`` exports.

    Raises:
        ConfigurationError: If the registry has them already.

    Example:
        >>> registry = CollectorRegistry()
        >>> from chanx.core.websocket import AsyncJsonWebsocketConsumer
        >>> class Room(AsyncJsonWebsocketConsumer):
        ...     observers = [PrometheusMetrics(registry)]
    """

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self._registry = REGISTRY if registry is None else registry
        self._kept = _Kept(self._registry)
        super().__init__(self._kept)

    def close(self) -> None:
        """Take the metrics out of the registry."""
        super().close()
        self._kept.close()


class _Kept:
    """The metrics in a registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._metrics: dict[Instrument, _Metric] = {}
        self._readings = _Readings()
        try:
            # Each registers itself, in its constructor.
            for instrument in INSTRUMENTS:
                if instrument.kind != "reading":
                    self._metrics[instrument] = _metric(instrument, registry)
            registry.register(self._readings)
        # What prometheus_client raises for a name that is taken. Those that came in before it go
        # out again, or a second try would meet the first.
        except ValueError as error:
            self.close()
            raise ConfigurationError(
                "The registry has chanx's metrics already: make one PrometheusMetrics() for the "
                "process, and name it in the observers of all consumers."
            ) from error

    def series(self, instrument: Instrument, labels: tuple[str, ...]) -> Series:
        metric = self._metrics[instrument].labels(*labels)
        return metric.observe if isinstance(metric, Histogram) else metric.inc

    def close(self) -> None:
        for metric in (*self._metrics.values(), self._readings):
            try:
                self._registry.unregister(metric)
            except KeyError:
                continue  # it never came in


class _Readings(Collector):
    """What is looked up when metrics are collected."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        family = GaugeMetricFamily(
            QUEUE_DEPTH.prometheus_name, QUEUE_DEPTH.text, labels=QUEUE_DEPTH.labels
        )
        for labels, depth in queue_depths().items():
            family.add_metric(labels, depth)
        yield family

    # Without it the registry would call collect() to learn the names, or take the collector for one
    # that clashes with nothing.
    def describe(self) -> Iterable[GaugeMetricFamily]:
        yield GaugeMetricFamily(
            QUEUE_DEPTH.prometheus_name, QUEUE_DEPTH.text, labels=QUEUE_DEPTH.labels
        )


def _metric(instrument: Instrument, registry: CollectorRegistry) -> _Metric:
    name, text, labels = instrument.prometheus_name, instrument.text, instrument.labels
    if instrument.kind == "histogram":
        return Histogram(name, text, labels, registry=registry, buckets=BUCKETS)
    if instrument.kind == "counter":
        return Counter(name, text, labels, registry=registry)
    # Connections of a process that died are no connections any more.
    return Gauge(name, text, labels, registry=registry, multiprocess_mode="livesum")


__all__ = ["PrometheusMetrics"]
