"""Observers share the context of handlers, and traces come through channel layers."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, ClassVar

import pytest

from chanx.core.decorators import HandlerKind, event_handler, ws_handler
from chanx.core.observer import ConnectionFacts, Observer, ObserverFactory, Outcome
from chanx.core.tracing import Tracer
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import MemoryLayer, get_layer, register_layer
from chanx.testing.contract.client import Client, settled
from chanx.testing.contract.messages import Fail, News, Said, Say, Wait, Waited

Trace = Mapping[str, str] | None

present: ContextVar[str] = ContextVar("present", default="nothing")


class Watching(Observer):
    """Notes what it is told of traces, and runs handlers in a context of their own."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    def handling(self, action: str | None, kind: HandlerKind, trace: Trace) -> None:
        self.told.append(("handling", action, kind, trace))
        present.set(f"{action} {present.get()}")

    def handled(
        self, action: str | None, seconds: float, outcome: Outcome, kind: HandlerKind
    ) -> None:
        self.told.append(("handled", action, present.get()))
        present.set("nothing")

    def forwarding(self, action: object, trace: Trace) -> None:
        self.told.append(("forwarding", action, trace))

    def sent(self, action: object, size: int, ref: object) -> None:
        self.told.append(("sent", action, size))

    def received(self, action: str | None, size: int, ref: object) -> None:
        self.told.append(("received", action, size))

    def layer_gap(self, seconds: float) -> None:
        self.told.append(("layer_gap", seconds))


class Watcher(Tracer):
    """Traces by a name in the context."""

    def __init__(self) -> None:
        self.made: list[Watching] = []

    def __call__(self, facts: ConnectionFacts) -> Observer:
        self.made.append(Watching())
        return self.made[-1]

    def trace(self) -> Mapping[str, str]:
        return {} if present.get() == "nothing" else {"by": present.get()}

    @property
    def told(self) -> list[tuple[Any, ...]]:
        (observer,) = self.made
        return [each for each in observer.told if each[0] not in ("sent", "received")]

    @property
    def sizes(self) -> list[tuple[Any, ...]]:
        (observer,) = self.made
        return [each for each in observer.told if each[0] in ("sent", "received")]


class Recording(MemoryLayer):
    """Keeps what is sent, and may tell of a gap."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Mapping[str, Any]] = []
        self.tell_gap: Callable[[float], None] | None = None

    async def group_send(self, group: str, message: Any) -> None:
        self.sent.append(message)
        await super().group_send(group, message)

    def subscribe(self, channel: str, receiver: Any, on_gap: Any = None) -> Callable[[], None]:
        self.tell_gap = on_gap
        return super().subscribe(channel, receiver, on_gap)


@pytest.fixture(autouse=True)
def layer() -> Iterator[Recording]:
    """The default layer."""
    before, layer = get_layer(), Recording()
    register_layer("default", layer)
    yield layer
    register_layer("default", before)


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()


def room(*factories: ObserverFactory) -> type[AsyncJsonWebsocketConsumer[Any]]:
    class Room(AsyncJsonWebsocketConsumer[Any]):
        groups: Sequence[str] = ("room",)
        observers: ClassVar[Collection[ObserverFactory] | None] = factories
        passthrough_events = (Waited,)

        @ws_handler
        async def say(self, message: Say) -> Said:
            return Said(payload=present.get())

        @ws_handler(concurrent=True)
        async def wait(self, message: Wait) -> Waited:
            await settled()
            assert present.get() == "wait nothing"
            return Waited()

        @ws_handler
        async def fail(self, message: Fail) -> None:
            await self.broadcast_message(Said(payload="all"))

        @event_handler
        async def news(self, event: News) -> None: ...

    return Room


async def test_a_handler_runs_in_the_context_that_its_observer_leaves(watcher: Watcher) -> None:
    async with Client(room(watcher).as_asgi()) as client:
        await client.open()
        client.send(action="say", payload="")
        assert (await client.message())["payload"] == "say nothing"
        for _ in range(2):
            client.send(action="wait")
        assert len(await client.messages(2)) == 2
        await settled()
    assert watcher.told == [
        ("handling", "say", "message", None),
        ("handled", "say", "say nothing"),
        ("handling", "wait", "message", None),
        ("handling", "wait", "message", None),
        ("handled", "wait", "wait nothing"),
        ("handled", "wait", "wait nothing"),
    ]


async def test_a_frame_that_is_no_message_is_handled_in_a_context_too(watcher: Watcher) -> None:
    async with Client(room(watcher).as_asgi()) as client:
        await client.open()
        client.send(action="unknown")
        await client.message()
        await settled()
    assert watcher.told == [
        ("handling", None, "message", None),
        ("handled", None, "None nothing"),
    ]


async def test_events_and_broadcasts_come_with_the_trace_in_which_they_were_sent(
    watcher: Watcher,
) -> None:
    consumer = room(watcher)
    async with Client(consumer.as_asgi()) as client:
        await client.open()
        await consumer.broadcast_event(News(), ["room"])
        token = present.set("a task")
        await consumer.broadcast_event(News(), ["room"])
        await consumer.broadcast_event(Waited(), ["room"])
        await asyncio.to_thread(consumer.broadcast_event_sync, News(), ["room"])
        present.reset(token)
        await client.message()
        await settled()
        client.send(action="fail")
        await client.message()
        await settled()
    come = [each for each in watcher.told if each[0] != "handled"]
    assert come == [
        ("handling", "news", "event", None),
        ("handling", "news", "event", {"by": "a task"}),
        ("forwarding", "waited", {"by": "a task"}),
        ("handling", "news", "event", {"by": "a task"}),
        ("handling", "fail", "message", None),
        ("forwarding", "said", {"by": "fail nothing"}),
    ]


def untraced(facts: ConnectionFacts) -> Observer:
    return Watching()


@pytest.mark.parametrize("factories", [(), (untraced,)])
async def test_nothing_travels_where_no_observer_traces(
    factories: tuple[ObserverFactory, ...], layer: Recording
) -> None:
    consumer = room(*factories)
    async with Client(consumer.as_asgi()) as client:
        await client.open()
        present.set("a task")
        await consumer.broadcast_event(News(), ["room"])
        client.send(action="fail")
        await client.message()
    assert [sorted(each) for each in layer.sent] == [
        ["action", "text", "type"],
        ["action", "exclude", "text", "type"],
    ]


@pytest.mark.parametrize("trace", [5, "00-a-b", {"by": 1}, {1: "by"}, []])
async def test_a_trace_that_is_none_is_left(
    trace: object, watcher: Watcher, layer: Recording
) -> None:
    async with Client(room(watcher).as_asgi()) as client:
        await client.open()
        envelope = {"type": "chanx.event", "action": "news", "text": News().model_dump_json()}
        await layer.group_send("room", {**envelope, "trace": trace})
        await settled()
    assert watcher.told[0] == ("handling", "news", "event", None)


async def test_a_tracer_that_fails_keeps_nothing_from_being_sent(
    layer: Recording, caplog: pytest.LogCaptureFixture
) -> None:
    class Failing(Watcher):
        def trace(self) -> Mapping[str, str]:
            raise LookupError("no trace")

    present.set("a task")
    consumer = room(Failing(), Watcher())
    async with Client(consumer.as_asgi()) as client:
        await client.open()
        await consumer.broadcast_event(News(), ["room"])
        client.send(action="fail")
        assert (await client.message())["payload"] == "all"
    assert [each["trace"]["by"].split()[-2:] for each in layer.sent] == [["a", "task"]] * 2
    assert [text.split(".")[-1] for text in caplog.messages] == ["Failing failed"] * 2


async def test_an_observer_is_told_of_gaps_of_the_layer(watcher: Watcher, layer: Recording) -> None:
    async with Client(room(watcher).as_asgi()) as client:
        await client.open()
        await settled()
        assert layer.tell_gap is not None
        layer.tell_gap(2.5)
        await settled()
    assert watcher.told == [("layer_gap", 2.5)]


async def test_a_gap_is_none_of_the_handler_that_joined_the_first_group(layer: Recording) -> None:
    class Late(AsyncJsonWebsocketConsumer[Any]):
        @ws_handler
        async def say(self, message: Say) -> Said:
            present.set("say")
            await self.join_group("room")
            return Said(payload="joined")

        async def on_layer_gap(self, seconds: float) -> None:
            await self.send_message(Said(payload=present.get()))

    async with Client(Late.as_asgi()) as client:
        await client.open()
        client.send(action="say", payload="", ref=7)
        assert (await client.message())["ref"] == 7
        assert layer.tell_gap is not None
        layer.tell_gap(2.5)
        assert await client.message() == {"action": "said", "payload": "nothing"}


async def test_sizes_are_bytes(watcher: Watcher) -> None:
    async with Client(room(watcher).as_asgi()) as client:
        await client.open()
        client.send_text('{"action":"unknown","x":"é"}')
        reply = await client.text()
        await settled()
    assert watcher.sizes == [("received", None, 29), ("sent", "error", len(reply.encode()))]
