"""What connections tell their layer: in their turn, uncut, and never half."""

import asyncio
import gc
from collections.abc import AsyncIterator

import pytest

from chanx.core.clock import SYSTEM_CLOCK
from chanx.core.groups import Membership
from chanx.core.layer_calls import AT_ONCE, LayerCalls
from chanx.layers import MemoryLayer
from chanx.testing.contract.client import settled


def calls() -> LayerCalls:
    return LayerCalls(SYSTEM_CLOCK, is_local=False, is_crowded=True)


@pytest.fixture
async def others() -> AsyncIterator[asyncio.Event]:
    """As many connections as may tell a layer something at once, until the event is set."""
    may_end = asyncio.Event()

    async def wait() -> None:
        await may_end.wait()

    tasks = [asyncio.create_task(calls().uncut(wait())) for _ in range(AT_ONCE)]
    await settled()
    yield may_end
    may_end.set()
    await asyncio.gather(*tasks)


async def test_a_connection_that_is_cancelled_before_its_turn_leaves_its_groups(
    others: asyncio.Event,
) -> None:
    layer = MemoryLayer()
    membership = Membership(layer)
    await membership.join("room")
    leaving = asyncio.create_task(calls().leave_all(membership, 30))
    await settled()
    leaving.cancel()
    await settled()
    others.set()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert layer.groups_of(membership.channel) == frozenset()


async def test_a_connection_whose_turn_does_not_come_in_time_says_so(
    others: asyncio.Event,
) -> None:
    membership = Membership(MemoryLayer())
    await membership.join("room")
    with pytest.raises(TimeoutError):
        await calls().leave_all(membership, 0.01)


@pytest.mark.filterwarnings("error")
async def test_a_call_that_never_had_its_turn_is_closed(others: asyncio.Event) -> None:
    has_begun = False

    async def begin() -> None:
        nonlocal has_begun
        has_begun = True

    mine = calls()
    joining = asyncio.create_task(mine.uncut(begin()))
    await settled()
    joining.cancel()
    await mine.finish(0.01)
    with pytest.raises(asyncio.CancelledError):
        await joining
    gc.collect()
    assert not has_begun
