"""How many frames the connections of a user may send together."""

import asyncio
import gc
import logging
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any, ClassVar

import pytest

from chanx.core.asgi import Event
from chanx.core.decorators import ws_handler
from chanx.core.limits import Limits
from chanx.core.user_rate import ABSENCE, KEPT, LocalCounter, Purse, UserRate
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import Allowance, ChannelLayer, MemoryLayer
from chanx.testing.clock import FrozenClock
from chanx.testing.contract.client import Client, settled
from chanx.testing.contract.messages import Said, Say

Connect = Callable[[str | None], Any]


class Room(AsyncJsonWebsocketConsumer):
    limits: ClassVar[Limits | None] = Limits(
        max_messages_per_second_per_user=1, max_burst_per_user=20
    )
    layer: ClassVar[ChannelLayer | None] = None

    @classmethod
    def find_channel_layer(cls) -> ChannelLayer | None:
        return cls.layer

    @ws_handler
    async def say(self, message: Say) -> Said:
        return Said(payload=message.payload)


class Counting(MemoryLayer):
    """A layer that counts, as one with a server would, and may fail."""

    def __init__(self, clock: FrozenClock) -> None:
        super().__init__()
        self.counter = LocalCounter(clock.time)
        self.asked: list[tuple[int, int]] = []
        self.failure: BaseException | None = None
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def take_tokens(
        self, name: str, count: int, *, rate: float, burst: int, unused: int = 0
    ) -> Allowance:
        self.asked.append((count, unused))
        await self.may_answer.wait()
        if self.failure is not None:
            raise self.failure
        return await self.counter.take_tokens(name, count, rate=rate, burst=burst, unused=unused)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def layer(clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> Counting:
    layer = Counting(clock)
    monkeypatch.setattr(Room, "layer", layer)
    return layer


@pytest.fixture
async def connect(clock: FrozenClock) -> AsyncIterator[Connect]:
    async with AsyncExitStack() as stack:

        async def connect(user: str | None) -> Client:
            scope = {"user": user, "extensions": {"chanx.clock": clock}}
            client = Client(Room.as_asgi(), scope=scope)
            await stack.enter_async_context(client)
            await client.open()
            return client

        yield connect


async def sent(client: Client, count: int = 1) -> list[str]:
    """Return the actions of the answers to messages, or the codes of the errors."""
    answers: list[str] = []
    for number in range(count):
        client.send(action="say", ref=number)
        answer = await client.message()
        assert answer["ref"] == number
        answers.append(answer["payload"]["code"] if answer["action"] == "error" else "said")
    return answers


async def test_a_frame_that_is_too_large_ends_the_connection_whatever_the_rate(
    layer: Counting, connect: Connect
) -> None:
    client = await connect("ada")
    assert await sent(client, 21) == ["said"] * 20 + ["too_many_requests"]
    client.send(action="say", payload="x" * 100_000, ref=1)
    assert (await client.message())["payload"]["code"] == "too_large"
    assert await client.closed() == 4413


async def test_all_connections_of_a_user_share_a_burst_and_a_rate(
    layer: Counting, connect: Connect, clock: FrozenClock
) -> None:
    first, second, other, nobody = [await connect(user) for user in ("ada", "ada", "bob", None)]
    assert await sent(first, 12) == ["said"] * 12
    assert await sent(second, 8) == ["said"] * 8
    for client in (first, second):
        assert await sent(client) == ["too_many_requests"]
    assert await sent(other, 20) == ["said"] * 20
    assert await sent(nobody, 40) == ["said"] * 40
    clock.advance(3)
    assert await sent(second, 4) == ["said"] * 3 + ["too_many_requests"]
    assert {count for count, _ in layer.asked} == {2}


async def test_filled_a_purse_pays_without_asking_and_gives_back_what_is_too_old(
    layer: Counting, connect: Connect, clock: FrozenClock
) -> None:
    client = await connect("ada")
    assert await sent(client, 2) == ["said"] * 2
    assert layer.asked == [(2, 0)]
    assert await sent(client) == ["said"]
    clock.advance(KEPT)
    assert await sent(client) == ["said"]
    assert layer.asked == [(2, 0), (2, 0), (2, 1)]


async def test_empty_a_purse_is_filled_once_for_all_who_wait(
    layer: Counting, connect: Connect
) -> None:
    first, second = await connect("ada"), await connect("ada")
    layer.may_answer.clear()
    first.send(action="say")
    second.send(action="say")
    await settled()
    layer.may_answer.set()
    assert [(await each.message())["action"] for each in (first, second)] == ["said"] * 2
    assert len(layer.asked) == 1


async def test_refused_frames_ask_nobody_until_the_next_token_is_due(
    layer: Counting, connect: Connect, clock: FrozenClock
) -> None:
    client = await connect("ada")
    await sent(client, 20)
    assert await sent(client, 30) == ["too_many_requests"] * 30
    assert len(layer.asked) == 11
    clock.advance(1)
    assert await sent(client, 2) == ["said", "too_many_requests"]


@pytest.mark.parametrize(
    "failure", [ConnectionError("Redis is away."), asyncio.CancelledError("Redis is away.")]
)
async def test_a_layer_that_fails_bounds_nobody_and_the_log_says_so_once(
    failure: BaseException,
    layer: Counting,
    connect: Connect,
    clock: FrozenClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, "chanx.layers")
    client, other = await connect("ada"), await connect("bob")
    await sent(client, 20)
    assert await sent(client) == ["too_many_requests"]
    clock.advance(KEPT)
    layer.failure = failure
    assert await sent(client, 30) == ["said"] * 30
    assert await sent(other, 30) == ["said"] * 30
    clock.advance(ABSENCE)
    assert await sent(client, 3) == ["said"] * 3
    [line] = caplog.messages
    assert "max_messages_per_second_per_user bounds nobody" in line
    assert "Redis is away." in line
    layer.failure = None
    clock.advance(ABSENCE)
    await sent(client, 40)
    assert await sent(client) == ["too_many_requests"]
    assert caplog.messages[1:] == ["The channel layer counts again."]


async def test_a_layer_that_does_not_answer_keeps_a_frame_waiting_for_a_moment_only(
    layer: Counting, connect: Connect, clock: FrozenClock
) -> None:
    layer.may_answer.clear()
    client = await connect("ada")
    client.send(action="say")
    await settled()
    clock.advance(0.3)
    assert (await client.message())["action"] == "said"
    assert await sent(client, 5) == ["said"] * 5
    assert len(layer.asked) == 1


async def test_an_end_while_the_layer_is_asked_leaves_others_their_turn(
    layer: Counting, connect: Connect
) -> None:
    first, second = await connect("ada"), await connect("ada")
    layer.may_answer.clear()
    first.send(action="say")
    second.send(action="say")
    await settled()
    first.vanish()
    await first.ended()
    layer.may_answer.set()
    assert (await second.message())["action"] == "said"


@pytest.mark.parametrize("has_layer", [True, False])
async def test_without_a_layer_that_counts_the_process_does(
    has_layer: bool, connect: Connect, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Room, "layer", MemoryLayer() if has_layer else None)
    first, second = await connect("ada"), await connect("ada")
    assert await sent(first, 20) == ["said"] * 20
    assert await sent(second) == ["too_many_requests"]
    first.vanish()
    await first.ended()
    assert await sent(await connect("ada")) == ["too_many_requests"]
    clock.advance(1)
    assert await sent(second, 2) == ["said", "too_many_requests"]


async def test_the_process_forgets_whoever_has_sent_nothing_for_long() -> None:
    now = 0.0
    counter = LocalCounter(lambda: now)
    for number in range(3000):
        now += 1
        await counter.take_tokens(str(number), 1, rate=1, burst=10)
    assert len(vars(counter)["_kept"]) <= 1001
    assert await counter.take_tokens("2999", 20, rate=1, burst=10) == Allowance(9, 0)


def test_a_purse_begins_empty() -> None:
    assert Purse().spend(0.0) is None


async def test_frames_that_are_wrong_count_as_well(connect: Connect) -> None:
    client = await connect("eve")
    for _ in range(21):
        client.send_text("no JSON")
    codes = [(await client.message())["payload"]["code"] for _ in range(21)]
    assert codes == ["invalid_json"] * 20 + ["too_many_requests"]


async def test_a_user_that_cannot_be_looked_up_is_not_counted_and_the_log_says_so(
    layer: Counting, connect: Connect, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def user_id(self: Room) -> str:
        raise LookupError

    monkeypatch.setattr(Room, "user_id", property(user_id))
    client = await connect("ada")
    assert await sent(client, 30) == ["said"] * 30
    text = "(LookupError): max_messages_per_second_per_user does not reach the connection"
    assert text in caplog.text


async def test_a_layer_that_nobody_uses_any_more_is_freed(clock: FrozenClock) -> None:
    async def handle(event: Event) -> None:
        handled.append(event)

    handled: list[Event] = []
    layer = Counting(clock)
    limits = Room.limits
    assert limits is not None
    rate = UserRate(layer, "ada", limits, clock, handle=handle, refuse=handle)
    await rate.handle_frame({"type": "websocket.receive", "text": "x"})
    assert (len(handled), layer.asked) == (1, [(2, 0)])
    left = weakref.ref(layer)
    del rate, layer
    gc.collect()
    assert left() is None
