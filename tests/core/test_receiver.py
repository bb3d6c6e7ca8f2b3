"""What receivers of one layer tell each other of its outages."""

import asyncio
from typing import Any

from chanx.core.receiver import Receiver
from chanx.layers import MemoryLayer
from chanx.testing import FrozenClock
from chanx.testing.contract.client import settled


class Failing(MemoryLayer):
    """Raises in the next calls of ``receive``, for one channel."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: dict[str, asyncio.Future[Any]] = {}

    async def receive(self, channel: str) -> Any:
        failure = self.failures[channel] = asyncio.get_running_loop().create_future()
        return await failure

    async def fail(self, channel: str) -> None:
        self.failures[channel].set_exception(ConnectionError("the server"))
        await settled()


class Forgetting(Failing):
    """Forgets who is in a group after some time."""

    group_expiry = 2


class Connection:
    """A connection that receives from a layer, and may be unable to join its groups again."""

    def __init__(self, layer: Failing, channel: str, clock: FrozenClock) -> None:
        self.gaps: list[float] = []
        self.can_renew = True
        self.receiver = Receiver(
            layer,
            channel,
            clock=clock,
            patience=60,
            put=lambda message: None,
            renew=self.renew,
            on_gap=self.gaps.append,
            warn=lambda error: None,
            skip=lambda error: None,
            give_up=lambda error: None,
        )

    async def renew(self) -> None:
        if not self.can_renew:
            raise ConnectionError("the server")


async def test_one_that_could_not_join_through_two_outages_tells_of_one_gap() -> None:
    layer, clock = Failing(), FrozenClock()
    noticing, other = [Connection(layer, name, clock) for name in ("a", "b")]
    await settled()
    other.can_renew = False
    for _ in range(2):
        await layer.fail("a")
        for _ in range(12):
            clock.advance(0.5)
            await settled()
    assert (len(noticing.gaps), other.gaps) == (2, [])
    other.can_renew = True
    for _ in range(12):
        clock.advance(0.5)
        await settled()
    (gap,) = other.gaps
    assert gap > 12  # from the first of the two on
    for each in (noticing, other):
        assert await each.receiver.stop(1)


async def test_one_that_waited_for_its_turn_misses_what_came_since_others_noticed() -> None:
    layer, clock = Failing(), FrozenClock()
    noticing, waiting = [Connection(layer, name, clock) for name in ("a", "b")]
    await settled()
    noticing.can_renew = waiting.can_renew = False
    await layer.fail("a")
    clock.advance(4)
    await layer.fail("b")
    waiting.can_renew = True
    for _ in range(4):
        clock.advance(0.5)
        await settled()
    assert waiting.gaps[0] > 4
    for each in (noticing, waiting):
        assert await each.receiver.stop(1)


async def test_one_that_joins_again_in_time_misses_what_came_in_an_outage_of_others() -> None:
    layer, clock = Forgetting(), FrozenClock()
    noticing, other = [Connection(layer, name, clock) for name in ("a", "b")]
    await settled()
    noticing.can_renew = False
    await layer.fail("a")
    clock.advance(1.5)
    await settled()
    assert other.gaps == [1.5]
    noticing.can_renew = True
    for _ in range(12):
        clock.advance(0.5)
        await settled()
    assert len(noticing.gaps) == 1
    assert other.gaps == [1.5]
    for each in (noticing, other):
        assert await each.receiver.stop(1)
