"""Spans of connections and of what they handle, as the SDK of OpenTelemetry exports them."""

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanContext, SpanKind, StatusCode

from chanx.core.decorators import ws_handler
from chanx.core.errors import RefuseConnection
from chanx.layers import RedisLayer
from chanx.observing.opentelemetry import OpenTelemetryTraces
from chanx.testing import WebsocketCommunicator, default_layer
from chanx.testing.contract.client import Client, settled
from chanx.testing.contract.messages import News, Said, Say, Wait, Waited
from tests.observing.rooms import Consumer, GapLayer, room
from tests.redis_server import RedisServer

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Exported:
    """The spans that ended."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.tracer = self.provider.get_tracer("a test")

    def named(self, name: str) -> list[ReadableSpan]:
        return [each for each in self.exporter.get_finished_spans() if each.name == name]

    def only(self, name: str) -> ReadableSpan:
        (span,) = self.named(name)
        return span


@pytest.fixture
def exported() -> Iterator[Exported]:
    exported = Exported()
    yield exported
    exported.provider.shutdown()


@pytest.fixture
def consumer(exported: Exported) -> Consumer:
    return room(OpenTelemetryTraces(exported.provider))


def context_of(span: ReadableSpan) -> SpanContext:
    context = span.get_span_context()
    assert context is not None
    return context


def parent_of(span: ReadableSpan) -> int | None:
    return None if span.parent is None else span.parent.span_id


async def test_a_connection_has_a_span_from_its_handshake_to_its_end(
    exported: Exported, consumer: Consumer, layer: GapLayer
) -> None:
    async with Client(consumer.as_asgi(), "/chat/7") as client:
        await client.open()
        await settled()
        layer.tell_gap(1.5)
        await settled()
        assert exported.named("CONNECT Room") == []
        client.vanish(1001)
    span = exported.only("CONNECT Room")
    assert dict(span.attributes or {}) == {
        "chanx.consumer": "Room",
        "url.path": "/chat/7",
        "chanx.close_code": 1001,
    }
    assert span.kind is SpanKind.SERVER
    assert span.parent is None
    assert [(event.name, dict(event.attributes or {})) for event in span.events] == [
        ("chanx.layer_gap", {"seconds": 1.5})
    ]


async def test_a_connection_goes_on_the_trace_that_its_client_names(
    exported: Exported, consumer: Consumer
) -> None:
    async with Client(consumer.as_asgi(), headers=[(b"traceparent", PARENT.encode())]) as client:
        await client.open()
    span = exported.only("CONNECT Room")
    assert span.parent is not None
    assert f"{span.parent.trace_id:032x}" in PARENT
    assert f"{span.parent.span_id:016x}" in PARENT


async def test_a_connection_goes_on_the_trace_of_whatever_serves_the_handshake(
    exported: Exported, consumer: Consumer
) -> None:
    with exported.tracer.start_as_current_span("GET /ws") as server:
        client = Client(consumer.as_asgi(), headers=[(b"traceparent", PARENT.encode())])
        async with client:
            await client.open()
    assert parent_of(exported.only("CONNECT Room")) == server.get_span_context().span_id


@pytest.mark.parametrize(("status", "code"), [(404, StatusCode.UNSET), (503, StatusCode.ERROR)])
async def test_a_refusal_stands_in_the_span_of_the_connection(
    exported: Exported, status: int, code: StatusCode
) -> None:
    class Refusing(room(OpenTelemetryTraces(exported.provider))):  # type: ignore[misc]  # a class that a function makes
        async def connect(self) -> None:
            raise RefuseConnection(status)

    Refusing.__qualname__ = "Refusing"
    async with Client(Refusing.as_asgi()) as client:
        await client.connect()
        await settled()
    span = exported.only("CONNECT Refusing")
    assert (span.attributes or {})["http.response.status_code"] == status
    assert span.status.status_code is code


async def test_each_message_is_handled_in_a_span_that_is_linked_to_the_connections(
    exported: Exported, consumer: Consumer
) -> None:
    async with Client(consumer.as_asgi()) as client:
        await client.open()
        client.send(action="say")
        client.send(action="say")
        client.send(action="fail")
        client.send(action="anything")
        await client.messages(4)
        await settled()
    connection = exported.only("CONNECT Room")
    spans = [
        *exported.named("Room say"),
        exported.only("Room fail"),
        exported.only("Room (no action)"),
    ]
    assert [(span.attributes or {})["chanx.outcome"] for span in spans] == [
        "done",
        "done",
        "handler_error",
        "unknown_action",
    ]
    assert [span.status.is_ok for span in spans] == [True, True, False, True]
    traces = {context_of(span).trace_id for span in (connection, *spans)}
    assert len(traces) == 5
    for span in spans:
        assert [link.context for link in span.links] == [context_of(connection)]
        assert span.parent is None
        assert span.kind is SpanKind.SERVER


async def test_spans_within_a_handler_are_children_of_its_span(exported: Exported) -> None:
    class Asking(room(OpenTelemetryTraces(exported.provider))):  # type: ignore[misc]  # a class that a function makes
        @ws_handler(concurrent=True)
        async def say(self, message: Say) -> Said:
            with exported.tracer.start_as_current_span(f"query {message.payload}"):
                await settled()
            return Said()

        async def disconnect(self, code: int) -> None:
            with exported.tracer.start_as_current_span("goodbye"):
                pass

    Asking.__qualname__ = "Asking"
    async with Client(Asking.as_asgi()) as client:
        await client.open()
        client.send(action="say", payload="1")
        client.send(action="say", payload="2")
        await client.messages(2)
        await settled()
    handled = {context_of(span).span_id for span in exported.named("Asking say")}
    queries = [exported.only("query 1"), exported.only("query 2")]
    assert {parent_of(query) for query in queries} == handled
    connection = context_of(exported.only("CONNECT Asking"))
    assert parent_of(exported.only("goodbye")) == connection.span_id


async def test_events_and_broadcasts_go_on_the_trace_in_which_they_were_sent(
    exported: Exported, consumer: Consumer
) -> None:
    async with Client(consumer.as_asgi()) as ada, Client(consumer.as_asgi()) as bob:
        await ada.open()
        await bob.open()
        ada.send(action="wait")
        await ada.messages(2)
        await bob.message()
        await settled()
        with exported.tracer.start_as_current_span("POST /news") as request:
            await consumer.broadcast_event(News())
        await settled()
    sender = context_of(exported.only("Room wait")).span_id
    news, said = exported.named("Room news"), exported.named("Room said")
    assert sorted(str(parent_of(each)) for each in news) == sorted(
        str(each) for each in [sender] * 2 + [request.get_span_context().span_id] * 2
    )
    assert [parent_of(each) for each in said] == [sender, sender]
    assert {each.kind for each in (*news, *said)} == {SpanKind.CONSUMER}
    connections = [context_of(each).span_id for each in exported.named("CONNECT Room")]
    linked = [link.context.span_id for each in said for link in each.links]
    assert sorted(linked) == sorted(connections)


async def test_broadcasts_may_have_no_spans(exported: Exported) -> None:
    consumer = room(OpenTelemetryTraces(exported.provider, traces_broadcasts=False))
    async with Client(consumer.as_asgi()) as client:
        await client.open()
        client.send(action="wait")
        await client.messages(2)
        await settled()
    assert exported.named("Room said") == []
    assert len(exported.named("Room news")) == 1


async def test_a_trace_comes_through_redis(
    exported: Exported, consumer: Consumer, redis_server: RedisServer
) -> None:
    layer = RedisLayer(redis_server.url)
    with default_layer(layer):
        async with WebsocketCommunicator(consumer.as_asgi(), "/", consumer=consumer) as client:
            await client.send_message(Wait())
            for kind in (Waited, Said):
                await client.expect(kind, timeout=20)
    sender = context_of(exported.only("Room wait"))
    for name in ("Room news", "Room said"):
        span = exported.only(name)
        assert parent_of(span) == sender.span_id
        assert context_of(span).trace_id == sender.trace_id
    await layer.close()
