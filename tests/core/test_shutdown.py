"""The end of a server, as connections of a bare event loop live it."""

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any, ClassVar

import pytest

import chanx.core
from chanx.core.authenticator import BaseAuthenticator
from chanx.core.clock import CLOCK
from chanx.core.decorators import event_handler, ws_handler
from chanx.core.limits import Limits
from chanx.core.live_sessions import live_sessions
from chanx.core.observer import ConnectionFacts, Observer
from chanx.core.patience import hurry, patience
from chanx.core.shutdown import Drain, drain
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import ReconnectMessage
from chanx.testing import FrozenClock
from chanx.testing.contract.client import Client, settled
from chanx.testing.contract.messages import Fail, News, Said, Say, Wait

LIMITS = Limits(drain_timeout=60, close_timeout=0.2)
DAY = 86_400.0
HINT = re.compile(r"The server restarts\. Retry in (\d+\.\d) s\.")


class Room(AsyncJsonWebsocketConsumer[News]):
    """Has handlers of every kind, which go on when a test says so."""

    groups = ("room",)
    limits = LIMITS
    has_begun: ClassVar[asyncio.Event]
    may_end: ClassVar[asyncio.Event]
    notes: ClassVar[list[str]]

    async def disconnect(self, code: int) -> None:
        self.notes.append(f"left {code}")

    async def work(self) -> Said:
        self.notes.append("begun")
        self.has_begun.set()
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.notes.append("cut")
            raise
        return Said(payload="done")

    @ws_handler
    async def say(self, message: Say) -> Said:
        return Said(payload="said")

    @ws_handler
    async def wait(self, message: Wait) -> Said:
        return await self.work()

    @ws_handler(concurrent=True)
    async def fail(self, message: Fail) -> Said:
        return await self.work()

    @event_handler
    async def news(self, event: News) -> Said:
        return await self.work()


@pytest.fixture(autouse=True)
def notes() -> list[str]:
    """What the room's connections note."""
    Room.has_begun, Room.may_end, Room.notes = asyncio.Event(), asyncio.Event(), []
    return Room.notes


@pytest.fixture
async def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
async def connect(clock: FrozenClock) -> AsyncIterator[Callable[..., Any]]:
    """Connects clients, which all count by one clock."""
    async with AsyncExitStack() as stack:

        async def connect(consumer: type[AsyncJsonWebsocketConsumer[Any]] = Room) -> Client:
            scope = {"extensions": {CLOCK: clock}}
            client = Client(consumer.as_asgi(), scope=scope)
            await stack.enter_async_context(client)
            await client.open()
            await settled()
            return client

        yield connect


async def told(client: Client) -> float:
    """The seconds that a client is told to wait when it is closed next."""
    event = await client.event()
    assert (event["type"], event["code"]) == ("websocket.close", 1012), event
    found = HINT.fullmatch(event["reason"])
    assert found, event
    return float(found[1])


async def busy(client: Client, action: str) -> None:
    """Have a handler run."""
    if action == "news":
        await Room.broadcast_event(News())
    else:
        client.send(action=action)
    await Room.has_begun.wait()


async def test_idle_clients_are_told_when_to_come_back_each_at_another_moment(
    connect: Callable[..., Any], notes: list[str]
) -> None:
    clients = [await connect() for _ in range(8)]
    await drain()
    delays = [await told(client) for client in clients]
    assert len({*delays}) > 1
    assert 0 <= min(delays) <= max(delays) <= LIMITS.reconnect_within
    assert notes == ["left 1012"] * 8
    assert len(live_sessions()) == 0


@pytest.mark.parametrize("action", ["wait", "fail", "news"])
async def test_a_handler_that_runs_may_finish_and_its_reply_arrives(
    action: str, connect: Callable[..., Any], notes: list[str]
) -> None:
    client = await connect()
    await busy(client, action)
    draining = drain()
    client.send(action="say")
    await settled()
    assert not draining.is_done
    Room.may_end.set()
    assert (await client.message())["payload"] == "done"
    await told(client)
    await draining
    assert not draining.has_cut
    assert notes == ["begun", "left 1012"]


@pytest.mark.parametrize("action", ["wait", "fail", "news"])
async def test_a_handler_that_takes_longer_is_cancelled(
    action: str, connect: Callable[..., Any], notes: list[str], clock: FrozenClock
) -> None:
    client = await connect()
    await busy(client, action)
    draining = drain()
    await settled()
    clock.advance(59)
    await settled()
    assert not draining.is_done
    clock.advance(1)
    await told(client)
    await draining
    assert draining.has_cut
    assert notes == ["begun", "cut", "left 1012"]


class Shielding(Room):
    @ws_handler(shield=True)
    async def wait(self, message: Wait) -> Said:
        return await self.work()


async def test_a_shielded_handler_has_its_time_where_its_connection_ends_already(
    connect: Callable[..., Any], notes: list[str]
) -> None:
    client = await connect(Shielding)
    await busy(client, "wait")
    live_sessions().end(4401)
    assert (await client.event())["code"] == 4401
    draining = drain()
    await settled()
    assert notes == ["begun"]
    Room.may_end.set()
    await draining
    assert notes == ["begun", "left 4401"]


async def test_a_shielded_handler_that_takes_longer_is_cut_there_as_well(
    connect: Callable[..., Any], clock: FrozenClock, notes: list[str]
) -> None:
    client = await connect(Shielding)
    await busy(client, "wait")
    live_sessions().end(4401)
    assert (await client.event())["code"] == 4401
    draining = drain()
    await settled()
    clock.advance(60.1)
    await draining
    assert notes == ["begun", "cut", "left 4401"]
    assert draining.has_cut


async def test_frames_that_wait_and_those_that_come_are_dropped_and_counted(
    connect: Callable[..., Any],
) -> None:
    class Counting(Observer):
        drops: ClassVar[list[tuple[str, int]]] = []

        def __init__(self, facts: ConnectionFacts) -> None:
            pass

        def dropped(self, reason: Any, count: int) -> None:
            self.drops.append((reason, count))

    class Observed(Room):
        observers = (Counting,)

    client = await connect(Observed)
    await busy(client, "wait")
    client.send(action="say")
    await settled()
    draining = drain()
    client.send(action="say")
    await settled()
    Room.may_end.set()
    assert (await client.message())["payload"] == "done"
    await told(client)
    await draining
    assert Counting.drops == [("connection_ended", 2)]


async def test_a_client_that_leaves_meanwhile_cancels_its_handler(
    connect: Callable[..., Any], notes: list[str]
) -> None:
    client = await connect()
    await busy(client, "wait")
    draining = drain()
    client.vanish(1001)
    await draining
    assert notes == ["begun", "cut", "left 1001"]


async def test_whoever_connects_meanwhile_is_refused_before_anything_is_decided(
    connect: Callable[..., Any], notes: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    class Costly(BaseAuthenticator):
        async def authenticate(self, scope: Any) -> bool:
            raise AssertionError("It is not asked.")

    class Private(Room):
        authenticator_class = Costly

    client = await connect()
    await busy(client, "wait")
    draining = drain()
    for consumer in (Room, Private):
        async with Client(consumer.as_asgi()) as late:
            await late.open()
            assert (await late.message())["payload"]["code"] == "refused"
            await told(late)
    Room.may_end.set()
    await draining
    assert "left 1012" in notes
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2
    await connect()


async def test_a_server_that_refuses_with_http_says_that_it_is_unavailable(
    connect: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    class Denying(Room):
        deny_with_http = True

    client = await connect()
    await busy(client, "wait")
    draining = drain()
    async with Client(Denying.as_asgi(), extensions=["websocket.http.response"]) as late:
        assert (await late.connect())["status"] == 503
    Room.may_end.set()
    await draining


async def test_a_client_that_asks_for_it_is_told_in_a_message_as_well(
    connect: Callable[..., Any],
) -> None:
    class Telling(Room):
        send_reconnect_message = True

    client = await connect(Telling)
    draining = drain()
    message = ReconnectMessage.model_validate(await client.message())
    assert await told(client) == message.payload.retry_after
    await draining


@pytest.mark.parametrize("is_immediate", [True, False])
async def test_the_message_is_not_a_reply_of_a_handler_that_was_cut_off(
    is_immediate: bool, connect: Callable[..., Any], clock: FrozenClock
) -> None:
    class Telling(Room):
        send_reconnect_message = True
        send_message_immediately = is_immediate

    client = await connect(Telling)
    client.send(action="wait", ref=7)
    await Room.has_begun.wait()
    draining = drain()
    await settled()
    clock.advance(60)
    assert sorted(await client.message()) == ["action", "payload"]
    await told(client)
    await draining


async def test_a_client_that_reads_nothing_is_not_waited_for(
    connect: Callable[..., Any], notes: list[str], clock: FrozenClock
) -> None:
    class Telling(Room):
        send_reconnect_message = True

    client = await connect(Telling)
    client.stall()
    draining = drain()
    for _ in range(2):  # the message, and the close: of this client, no server is known
        await client.is_stalled.wait()
        client.is_stalled.clear()
        clock.advance(0.2)
    await draining
    assert notes == ["left 1012"]


async def test_a_second_call_is_the_same_end_and_a_later_one_another(
    connect: Callable[..., Any],
) -> None:
    client = await connect()
    await busy(client, "wait")
    first = chanx.core.drain()
    assert drain() is first
    Room.may_end.set()
    await first
    assert drain() is not first


async def test_connections_of_every_event_loop_end_and_a_thread_can_wait_for_it(
    connect: Callable[..., Any], notes: list[str]
) -> None:
    is_open = threading.Event()
    others: list[float] = []

    async def be_elsewhere() -> None:
        async with Client(Room.as_asgi()) as client:
            await client.open()
            await settled()
            is_open.set()
            others.append(await told(client))

    elsewhere = asyncio.create_task(asyncio.to_thread(asyncio.run, be_elsewhere()))
    await asyncio.to_thread(is_open.wait)
    here = await connect()
    await asyncio.to_thread(lambda: drain().wait(10))
    await elsewhere
    await told(here)
    assert len(others) == 1
    assert notes == ["left 1012"] * 2


async def test_a_loop_that_stands_still_keeps_nobody_waiting_for_ever() -> None:
    draining = Drain()
    loop = asyncio.new_event_loop()

    async def connections() -> Any:
        client = Client(Room.as_asgi())
        await client.__aenter__()
        await client.open()
        await settled()
        return client

    client = await asyncio.to_thread(loop.run_until_complete, connections())
    draining.begin()
    await draining
    # It hears of the end only now, and may not bound what the process does next.
    await asyncio.to_thread(loop.run_until_complete, client.__aexit__(None, None, None))
    loop.close()
    assert patience(DAY) == DAY


async def test_a_loop_that_stops_before_it_hears_of_it_is_given_up_in_time() -> None:
    loop = asyncio.new_event_loop()
    stops, may_stop = threading.Event(), threading.Event()
    clients: list[Client] = []

    def stop() -> None:
        loop.stop()
        stops.set()
        may_stop.wait()

    async def connect() -> None:
        clients.append(client := Client(Room.as_asgi()))
        await client.__aenter__()
        await client.open()
        await settled()
        loop.call_soon(stop)

    def serve() -> None:
        task = loop.create_task(connect())
        loop.run_forever()
        assert task.done()

    serving = asyncio.create_task(asyncio.to_thread(serve))
    await asyncio.to_thread(stops.wait)
    draining = drain()
    may_stop.set()
    await serving
    try:
        async with asyncio.timeout(60):
            await draining
        assert patience(DAY) == DAY
    finally:
        await asyncio.to_thread(loop.run_until_complete, clients[0].__aexit__(None, None, None))
        loop.close()
    assert patience(DAY) == DAY


async def test_a_restart_of_the_server_lets_the_handler_finish(
    connect: Callable[..., Any], notes: list[str]
) -> None:
    client = await connect()
    await busy(client, "wait")
    client.vanish(1012)
    await settled()
    Room.may_end.set()
    await client.ended()
    assert notes == ["begun", "left 1012"]


def test_patience_is_bounded_by_the_end_of_the_process() -> None:
    assert patience(5) == 5
    try:
        hurry(0)
        assert patience(5) == 0.1
    finally:
        hurry(None)
