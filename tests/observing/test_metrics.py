"""Both kinds of metrics say the same, with the same names, of whatever happens to connections."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader
from prometheus_client import CollectorRegistry

from chanx.core.errors import ConfigurationError, RefuseConnection
from chanx.core.events import broadcast_envelope
from chanx.layers.outages import tell
from chanx.observing.instruments import BUCKETS, INSTRUMENTS, Instrument
from chanx.observing.metrics import Metrics
from chanx.observing.opentelemetry import OpenTelemetryMetrics
from chanx.observing.prometheus import PrometheusMetrics
from chanx.testing.contract.client import Client, settled
from chanx.testing.contract.messages import Said, Waited
from tests.observing.rooms import Consumer, GapLayer, room

Series: TypeAlias = tuple[str, ...]
"""The name of a metric and the values of its labels."""


class Prometheus:
    """Reads what Prometheus would scrape."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.metrics: Metrics = PrometheusMetrics(self.registry)

    def values(self) -> Mapping[Series, float]:
        """Return each series by its name in OpenTelemetry; of a histogram, how many it was told."""
        named = {_sample_name(each): each for each in INSTRUMENTS}
        found: dict[Series, float] = {}
        for family in self.registry.collect():
            for sample in family.samples:
                if instrument := named.get(sample.name):
                    assert tuple(sample.labels) == instrument.labels
                    found[(instrument.name, *sample.labels.values())] = sample.value
        return found


def _sample_name(instrument: Instrument) -> str:
    suffix = "_count" if instrument.kind == "histogram" else ""
    return instrument.prometheus_name + suffix


class OpenTelemetry:
    """Reads what the SDK of OpenTelemetry would export."""

    def __init__(self) -> None:
        self.reader = InMemoryMetricReader()
        self.provider = MeterProvider([self.reader])
        self.metrics: Metrics = OpenTelemetryMetrics(self.provider)

    def points(self) -> Iterator[tuple[Any, Any]]:
        """Yield each metric with each of its points."""
        data = self.reader.get_metrics_data()
        for resource in data.resource_metrics if data else ():
            for scope in resource.scope_metrics:
                assert scope.scope.name == "chanx"
                for metric in scope.metrics:
                    for point in metric.data.data_points:
                        yield metric, point

    def values(self) -> Mapping[Series, float]:
        """Return each series; of a histogram, how many values it was told."""
        named = {each.name: each for each in INSTRUMENTS}
        found: dict[Series, float] = {}
        for metric, point in self.points():
            instrument = named[metric.name]
            assert metric.unit == instrument.unit
            assert metric.description == instrument.text
            labels = [str(point.attributes[label]) for label in instrument.labels]
            is_histogram = isinstance(point, HistogramDataPoint)
            found[(metric.name, *labels)] = point.count if is_histogram else point.value
        return found


Reader: TypeAlias = Prometheus | OpenTelemetry


@pytest.fixture(params=[Prometheus, OpenTelemetry])
def reader(request: pytest.FixtureRequest) -> Iterator[Reader]:
    reader: Reader = request.param()
    yield reader
    reader.metrics.close()
    if isinstance(reader, OpenTelemetry):
        reader.provider.shutdown()


@pytest.fixture
def consumer(reader: Reader) -> Consumer:
    return room(reader.metrics)


async def test_live_connections_go_up_and_down_and_ends_are_counted_by_code(
    reader: Reader, consumer: Consumer
) -> None:
    async with Client(consumer.as_asgi()) as ada, Client(consumer.as_asgi()) as bob:
        await ada.open()
        await bob.open()
        assert reader.values()["chanx.connections", "Room"] == 2
        bob.vanish(4321)
        await settled()
        assert reader.values()["chanx.connections", "Room"] == 1
        ada.vanish(1001)
    values = reader.values()
    assert values["chanx.connections", "Room"] == 0
    assert values["chanx.connections.closed", "Room", "other"] == 1
    assert values["chanx.connections.closed", "Room", "1001"] == 1


async def test_refusals_are_counted_by_status_and_are_no_connections(reader: Reader) -> None:
    class Refusing(room(reader.metrics)):  # type: ignore[misc]  # a class that a function makes
        async def connect(self) -> None:
            raise RefuseConnection(404)

    Refusing.__qualname__ = "Refusing"
    async with Client(Refusing.as_asgi()) as client:
        await client.connect()
        await settled()
    values = reader.values()
    assert values["chanx.handshakes.refused", "Refusing", "404"] == 1
    assert values.get(("chanx.connections", "Refusing"), 0) == 0
    assert not [name for name, *_ in values if name == "chanx.connections.closed"]


async def test_frames_and_their_bytes_are_counted_each_way(
    reader: Reader, consumer: Consumer
) -> None:
    async with Client(consumer.as_asgi()) as client:
        await client.open()
        client.send_text('{"action":"say","payload":"é"}')
        reply = await client.text()
        await settled()
        values = reader.values()
    assert values["chanx.frames.received", "Room"] == 1
    assert values["chanx.received", "Room"] == 31
    assert values["chanx.frames.sent", "Room"] == 1
    assert values["chanx.sent", "Room"] == len(reply.encode())


async def test_handlers_are_timed_by_action_kind_and_outcome_and_errors_counted_by_code(
    reader: Reader, consumer: Consumer
) -> None:
    async with Client(consumer.as_asgi()) as client:
        await client.open()
        client.send(action="wait")
        client.send(action="fail")
        client.send(action="say", payload=1)
        for client_made in ("x", "y"):
            client.send(action=client_made)
        await client.messages(6)
        await settled()
    values = reader.values()
    assert {
        series: value
        for series, value in values.items()
        if series[0] in ("chanx.handler.duration", "chanx.errors")
    } == {
        ("chanx.handler.duration", "Room", "wait", "message", "done"): 1,
        ("chanx.handler.duration", "Room", "news", "event", "done"): 1,
        ("chanx.handler.duration", "Room", "fail", "message", "handler_error"): 1,
        ("chanx.handler.duration", "Room", "say", "message", "validation_error"): 1,
        ("chanx.handler.duration", "Room", "", "message", "unknown_action"): 2,
        ("chanx.errors", "Room", "handler_error"): 1,
        ("chanx.errors", "Room", "validation_error"): 1,
        ("chanx.errors", "Room", "unknown_action"): 2,
    }


async def test_what_is_lost_is_counted_by_the_reason(reader: Reader, consumer: Consumer) -> None:
    async with Client(consumer.as_asgi()) as client:
        await client.open()
        await consumer.broadcast_event(Waited(), ["room"])
        await settled()
    assert reader.values()["chanx.messages.dropped", "Room", "no_handler"] == 1


async def test_what_waits_is_looked_up_when_metrics_are_collected(
    reader: Reader, consumer: Consumer, layer: GapLayer
) -> None:
    async with Client(consumer.as_asgi()) as client:
        await client.open()
        client.stall()
        for _ in range(3):
            client.send(action="say")
            await settled()
        values = await asyncio.to_thread(reader.values)
        assert values["chanx.queue.depth", "Room", "incoming"] == 2
        said = Said()
        for _ in range(4):
            await layer.group_send("room", broadcast_envelope(said, said.model_dump_json()))
        await settled()
        # The reply is on its way already, and so does not wait.
        assert reader.values()["chanx.queue.depth", "Room", "outgoing"] == 4
        client.is_reading.set()
        await client.messages(7)
        await settled()
        values = reader.values()
        assert values["chanx.queue.depth", "Room", "incoming"] == 0
        assert values["chanx.queue.depth", "Room", "outgoing"] == 0


async def test_gaps_are_counted_as_connections_are_told_of_them(
    reader: Reader, consumer: Consumer, layer: GapLayer
) -> None:
    async with Client(consumer.as_asgi()) as client:
        await client.open()
        await settled()
        layer.tell_gap(1.5)
        await settled()
    assert reader.values()["chanx.layer.gaps", "Room"] == 1


def test_absences_of_a_layer_are_counted_by_server(reader: Reader) -> None:
    tell("redis://localhost", 1.5)
    tell("redis://localhost", 2)
    values = reader.values()
    assert values["chanx.layer.reconnects", "redis://localhost"] == 2
    assert values["chanx.layer.absence", "redis://localhost"] == 3.5
    reader.metrics.close()
    tell("redis://localhost", 1)
    assert reader.values().get(("chanx.layer.reconnects", "redis://localhost")) in (2, None)


def test_a_registry_takes_the_metrics_once() -> None:
    registry = CollectorRegistry()
    first = PrometheusMetrics(registry)
    with pytest.raises(ConfigurationError, match="make one PrometheusMetrics"):
        PrometheusMetrics(registry)
    first.close()
    PrometheusMetrics(registry).close()
    assert list(registry.collect()) == []


async def test_buckets_are_those_of_handlers_in_both() -> None:
    prometheus, opentelemetry = Prometheus(), OpenTelemetry()
    consumer = room(prometheus.metrics, opentelemetry.metrics)
    async with Client(consumer.as_asgi()) as client:
        await client.open()
        client.send(action="say")
        await client.message()
        await settled()
    (bounds,) = {
        point.explicit_bounds
        for _, point in opentelemetry.points()
        if isinstance(point, HistogramDataPoint)
    }
    assert tuple(bounds) == BUCKETS
    scraped = {
        float(sample.labels["le"])
        for family in prometheus.registry.collect()
        for sample in family.samples
        if sample.name.endswith("_bucket")
    }
    assert scraped == {*BUCKETS, float("inf")}
    prometheus.metrics.close()
    opentelemetry.metrics.close()
    opentelemetry.provider.shutdown()
