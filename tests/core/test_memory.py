"""The channel layer within one process."""

import asyncio
import logging
import threading
from typing import Any

import pytest

from chanx.core.errors import ChannelFull
from chanx.layers import ChannelLayer, LocalLayer, MemoryLayer, PushLayer


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def received(layer: MemoryLayer, channel: str, count: int) -> list[Any]:
    async with asyncio.timeout(30):
        return [(await layer.receive(channel))["n"] for _ in range(count)]


async def waiting(layer: MemoryLayer, channel: str) -> "asyncio.Task[Any]":
    """Return a task that waits in receive()."""
    task = asyncio.ensure_future(layer.receive(channel))
    await asyncio.sleep(0)
    return task


async def stopped(task: "asyncio.Task[Any]") -> None:
    task.cancel()
    await asyncio.wait([task])


def test_it_is_a_channel_layer_that_can_call_its_receivers() -> None:
    assert isinstance(MemoryLayer(), ChannelLayer)
    assert isinstance(MemoryLayer(), PushLayer)
    assert isinstance(MemoryLayer(), LocalLayer)


async def test_channels_have_names_that_every_layer_takes_and_none_twice() -> None:
    layers = MemoryLayer(), MemoryLayer()
    names = [await layer.new_channel() for layer in layers for _ in range(100)]
    assert len({*names}) == 200
    assert all(len(name) < 100 and name.isascii() for name in names)
    assert not any(layer.channels() for layer in layers)


async def test_messages_come_in_order_and_are_not_copied() -> None:
    layer = MemoryLayer()
    sent = [{"n": number} for number in range(100)]
    await layer.group_add("g", "c")
    for number, message in enumerate(sent):
        await (layer.send("c", message) if number % 2 else layer.group_send("g", message))
    got = [await layer.receive("c") for _ in sent]
    assert all(one is other for one, other in zip(got, sent, strict=True))
    assert layer.channels() == frozenset()


async def test_every_member_receives_the_same_message() -> None:
    layer = MemoryLayer()
    for channel in "abc":
        await layer.group_add("g", channel)
        await layer.group_add("g", channel)
    await layer.group_discard("g", "c")
    await layer.group_discard("g", "c")
    await layer.group_discard("nobody", "c")
    assert layer.members_of("g") == {"a", "b"}
    assert layer.groups_of("c") == frozenset()
    message = {"n": 1}
    await layer.group_send("g", message)
    await layer.group_send("nobody", message)
    assert await layer.receive("a") is await layer.receive("b")
    assert layer.channels() == frozenset()


async def test_a_receiver_that_waits_is_woken() -> None:
    layer = MemoryLayer()
    for send in (layer.send, layer.group_send):
        await layer.group_add("c", "c")
        task = await waiting(layer, "c")
        await send("c", {"n": 1})
        assert (await asyncio.wait_for(task, 30))["n"] == 1
    assert layer.channels() == frozenset()


async def test_a_full_channel_refuses_what_is_sent_to_it() -> None:
    layer = MemoryLayer(capacity=2)
    for number in range(2):
        await layer.send("c", {"n": number})
    with pytest.raises(ChannelFull, match="2 messages"):
        await layer.send("c", {"n": 2})
    assert await received(layer, "c", 2) == [0, 1]
    await layer.send("c", {"n": 3})
    assert await received(layer, "c", 1) == [3]


async def test_what_a_full_member_misses_is_counted_and_logged_once_for_each_overflow(
    caplog: pytest.LogCaptureFixture,
) -> None:
    layer = MemoryLayer(capacity=2)
    for channel in ("full", "empty"):
        await layer.group_add("g", channel)
    for overflow in (1, 2):
        for number in range(5):
            await layer.group_send("g", {"n": number})
            await received(layer, "empty", 1)
        assert layer.dropped == 3 * overflow
        records = [record for record in caplog.records if record.levelno == logging.WARNING]
        assert len(records) == overflow
        assert (vars(records[-1])["channel"], vars(records[-1])["group"]) == ("full", "g")
        assert await received(layer, "full", 2) == [0, 1]
        await stopped(await waiting(layer, "full"))


class Announcer(logging.Handler):
    """Tells a group of what is logged, by the layer that logs."""

    def __init__(self, layer: MemoryLayer) -> None:
        super().__init__()
        self._layer = layer

    def emit(self, record: logging.LogRecord) -> None:
        self._layer.group_send_sync("operators", {"n": record.getMessage()})


@pytest.mark.timeout(20)
async def test_who_hears_of_the_overflow_of_a_channel_may_send_over_the_layer() -> None:
    layer = MemoryLayer(capacity=1)
    await layer.group_add("g", "full")
    await layer.group_add("operators", "operator")
    announcer = Announcer(layer)
    logger = logging.getLogger("chanx.layers")
    logger.addHandler(announcer)
    try:
        for number in range(3):
            await layer.group_send("g", {"n": number})
    finally:
        logger.removeHandler(announcer)
    (told,) = await received(layer, "operator", 1)
    assert told.startswith("Channel full is full")
    assert layer.dropped == 2


async def test_a_crowded_channel_lets_its_receiver_run() -> None:
    layer = MemoryLayer(capacity=10)
    await layer.group_add("g", "c")
    task = asyncio.create_task(received(layer, "c", 1000))
    for number in range(1000):
        await layer.group_send("g", {"n": number})
    assert await task == list(range(1000))
    assert layer.dropped == 0


async def test_a_cancelled_receive_forgets_a_channel_in_which_nothing_waits() -> None:
    layer = MemoryLayer()
    task = await waiting(layer, "c")
    assert layer.channels() == {"c"}
    await stopped(task)
    assert layer.channels() == frozenset()


async def test_a_message_that_met_a_cancelled_receive_is_kept() -> None:
    layer = MemoryLayer()
    task = await waiting(layer, "c")
    await layer.send("c", {"n": 1})
    await stopped(task)
    assert await received(layer, "c", 1) == [1]


async def test_messages_that_nobody_receives_expire() -> None:
    clock = Clock()
    layer = MemoryLayer(expiry=60, clock=clock)
    await layer.send("old", {"n": 1})
    clock.now = 30
    await layer.send("young", {"n": 2})
    task = await waiting(layer, "waiting")
    clock.now = 60
    await layer.send("new", {"n": 3})
    assert layer.channels() == {"young", "new", "waiting"}
    await stopped(task)


async def test_a_receiver_that_stops_between_two_messages_leaves_no_channel_for_ever() -> None:
    clock = Clock()
    layer = MemoryLayer(expiry=60, clock=clock)
    for channel in ("drained", "rest"):
        await layer.send(channel, {"n": 1})
        await layer.send(channel, {"n": 2})
    await received(layer, "drained", 2)
    await received(layer, "rest", 1)
    clock.now = 61
    await layer.send("new", {"n": 3})
    assert layer.channels() == {"new"}


async def test_a_receiver_function_gets_what_waits_and_then_what_comes() -> None:
    layer = MemoryLayer()
    got: list[int] = []
    await layer.send("c", {"n": 0})

    def receive(message: Any) -> bool:
        got.append(message["n"])
        return False

    end = layer.subscribe("c", receive)
    await layer.group_add("g", "c")
    await layer.send("c", {"n": 1})
    await layer.group_send("g", {"n": 2})
    assert got == [0, 1, 2]
    assert layer.channels() == {"c"}
    end()
    end()
    assert layer.channels() == frozenset()


@pytest.mark.parametrize("subscribes", [False, True])
async def test_threads_with_event_loops_of_their_own_share_a_layer(subscribes: bool) -> None:
    layer = MemoryLayer(capacity=100_000)
    got: dict[str, list[tuple[int, int]]] = {}
    ready = threading.Barrier(4)

    async def listen(channel: str) -> None:
        await layer.group_add("g", channel)
        messages = got[channel] = []
        is_complete = asyncio.Event()

        def take(message: Any) -> bool:
            messages.append(message["n"])
            if len(messages) == 3 * 200:
                is_complete.set()
            return False

        end = layer.subscribe(channel, take) if subscribes else None
        await asyncio.to_thread(ready.wait, 10)
        for number in range(200):
            await layer.group_send("g", {"n": (int(channel), number)})
        if end is not None:
            await is_complete.wait()
            end()
        while not is_complete.is_set():
            take(await layer.receive(channel))
        await layer.group_discard("g", channel)

    def run(channel: str) -> None:
        asyncio.run(asyncio.wait_for(listen(channel), 20))

    threads = [threading.Thread(target=run, args=[str(number)]) for number in range(3)]
    for thread in threads:
        thread.start()
    await asyncio.to_thread(ready.wait, 10)
    for thread in threads:
        await asyncio.to_thread(thread.join, 30)
    for messages in got.values():
        for sender in range(3):
            assert [n for who, n in messages if who == sender] == list(range(200))
    assert (layer.channels(), layer.members_of("g")) == (frozenset(), frozenset())


async def test_a_receiver_whose_event_loop_has_gone_stops_nobody() -> None:
    layer = MemoryLayer()

    async def listen() -> None:
        layer.subscribe("gone", lambda message: False)
        await layer.group_add("g", "gone")

    await asyncio.to_thread(asyncio.run, listen())
    await layer.group_add("g", "here")
    await layer.group_send("g", {"n": 1})
    await layer.send("gone", {"n": 1})
    assert await received(layer, "here", 1) == [1]


async def test_an_operation_costs_the_same_among_many_channels() -> None:
    layer = MemoryLayer()
    looked_at = 0

    class Counting(dict[str, Any]):
        def __iter__(self) -> Any:
            nonlocal looked_at
            looked_at += len(self)
            return super().__iter__()

    for number in range(1000):
        await layer.group_add(f"group {number}", f"channel {number}")
        await layer.send(f"channel {number}", {"n": number})
    contents: dict[str, Any] = layer.__dict__["_hub"].__dict__
    mailboxes: dict[str, Any] = contents["_mailboxes"].__dict__
    for name in ("_groups", "_memberships", "_subscriptions"):
        contents[name] = Counting(contents[name])
    for name in ("_mailboxes", "_unattended"):
        mailboxes[name] = Counting(mailboxes[name])
    await layer.group_add("g", "c")
    await layer.group_send("g", {"n": 1})
    await layer.send("c", {"n": 2})
    await received(layer, "c", 2)
    await layer.group_discard("g", "c")
    assert looked_at == 0


async def test_groups_are_listed_as_long_as_they_have_members() -> None:
    layer = MemoryLayer()
    await layer.group_add("room", "one")
    await layer.group_add("hall", "one")
    assert layer.groups() == {"room", "hall"}
    await layer.group_discard("room", "one")
    assert layer.groups() == {"hall"}


@pytest.mark.parametrize("message", [None, "text", b"bytes", 5, ["chanx.broadcast"]], ids=repr)
async def test_what_is_no_message_is_refused_where_it_is_sent(message: Any) -> None:
    layer = MemoryLayer()
    channel = await layer.new_channel()
    await layer.group_add("room", channel)
    with pytest.raises(TypeError, match="is a mapping"):
        await layer.send(channel, message)
    with pytest.raises(TypeError, match="is a mapping"):
        await layer.group_send("room", message)
    for send, name in ((layer.send_sync, channel), (layer.group_send_sync, "room")):
        with pytest.raises(TypeError, match="is a mapping"):
            send(name, message)
