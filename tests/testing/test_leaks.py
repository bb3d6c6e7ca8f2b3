"""What outlives a test is cancelled and reported."""

import asyncio

import pytest

from chanx.layers import MemoryLayer
from chanx.testing import FaultyLayer, LayerNotEmpty, LeakCheck, TasksLeft


async def wait_for_ever() -> None:
    await asyncio.Event().wait()


async def leave_a_task(started: "list[asyncio.Task[None]]", error: Exception | None = None) -> None:
    async with LeakCheck():
        started.append(asyncio.create_task(wait_for_ever()))
        if error is not None:
            raise error


async def leave_in(layer: MemoryLayer, *watched: MemoryLayer) -> None:
    async with LeakCheck(*watched) as check:
        check.watch(FaultyLayer(layer))
        check.watch(layer)
        await layer.group_add("room", "one")
        await layer.send("letters", {"type": "letter"})


async def test_a_task_is_cancelled_and_reported_with_where_it_stood() -> None:
    started: list[asyncio.Task[None]] = []
    with pytest.raises(TasksLeft, match="cancelled: 1") as raised:
        await leave_a_task(started)
    assert "in wait_for_ever" in str(raised.value)
    assert started[0].cancelled()


async def test_a_leak_does_not_hide_the_tests_own_failure() -> None:
    started: list[asyncio.Task[None]] = []
    with pytest.raises(LookupError) as raised:
        await leave_a_task(started, LookupError())
    assert raised.value.__notes__[0].startswith("Besides, TasksLeft: ")
    assert started[0].cancelled()


async def test_a_task_that_ran_before_and_one_that_ends_are_no_leaks() -> None:
    before = asyncio.create_task(wait_for_ever())
    async with LeakCheck():
        asyncio.create_task(asyncio.sleep(0))  # noqa: RUF006 - it ends by itself
    before.cancel()


async def test_channels_and_members_of_a_layer_are_reported() -> None:
    with pytest.raises(LayerNotEmpty) as raised:
        await leave_in(MemoryLayer())
    assert raised.value.channels == ["letters"]
    assert raised.value.members == {"room": ["one"]}
    assert "channel letters" in str(raised.value)
    assert "group room: one" in str(raised.value)


async def test_what_was_in_a_layer_before_is_no_leak() -> None:
    layer = MemoryLayer()
    await layer.group_add("room", "one")
    await layer.send("letters", {"type": "letter"})
    await leave_in(layer, layer)


async def test_a_layer_that_nobody_can_see_into_is_let_be() -> None:
    async with LeakCheck() as check:
        check.watch(object())
        check.watch(None)
