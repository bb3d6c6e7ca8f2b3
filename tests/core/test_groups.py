"""The names under which layers know groups, and the memberships of a connection."""

import asyncio
import itertools
import re
from contextlib import suppress
from typing import Any

import pytest

from chanx.core.clock import SYSTEM_CLOCK
from chanx.core.decorators import ws_handler
from chanx.core.errors import ConfigurationError, TooManyGroups
from chanx.core.groups import (
    GroupNames,
    Membership,
    class_groups,
    encode_group_name,
    required,
)
from chanx.core.limits import Limits
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import MemoryLayer
from chanx.testing import FaultyLayer, default_layer
from chanx.testing.contract.client import Client
from chanx.testing.contract.messages import Said, Say

NAMES = [
    "room",
    "room_1",
    "a.b-c",
    "x" * 99,
    "x" * 100,
    "x" * 101,
    "",
    " ",
    "room 1",
    "Room/1",
    "räume",
    "ra\u0308ume",
    "\ud800",
    "\n",
    "room\n",
    "chanx-",
    "chanx-room",
    "日本語",
    "a!b",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_any_text_becomes_one_that_every_layer_takes(name: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,99}", encode_group_name(name))


def test_what_is_no_text_is_not_the_name_of_a_group() -> None:
    number: Any = 1
    with pytest.raises(ConfigurationError, match="1 is not a name of a group: use a string"):
        encode_group_name(number)


def test_two_names_never_meet_and_encoding_an_encoded_name_is_another() -> None:
    encoded = [encode_group_name(name) for name in NAMES]
    again = [encode_group_name(name) for name in encoded if name.startswith("chanx-")]
    assert len({*encoded, *again}) == len(encoded) + len(again)


def test_a_plain_name_is_its_own() -> None:
    assert encode_group_name("room_1.a-b") == "room_1.a-b"


def test_class_groups_are_merged_along_the_bases_each_once() -> None:
    class Base:
        groups = ("a", "b")
        extra_groups = ("c",)

    class Mixin:
        extra_groups = ("d", "a")

    class Derived(Mixin, Base):
        extra_groups = ("e",)  # type: ignore[assignment]

    assert class_groups(Derived) == ("a", "b", "c", "d", "e")


def test_groups_of_a_class_replace_those_of_its_base() -> None:
    class Base:
        groups = ("a",)

    class Derived(Base):
        groups = ("b",)

    assert class_groups(Derived) == ("b",)


@pytest.mark.parametrize("attribute", ["groups", "extra_groups"])
def test_groups_of_a_class_that_are_a_string_are_refused(attribute: str) -> None:
    with pytest.raises(ConfigurationError, match="'room'"):
        class_groups(type("Room", (), {attribute: "room"}))


def test_names_of_groups_are_a_list_in_which_each_stands_once() -> None:
    names = GroupNames(["a", "b", "a"])
    names.append("b")
    names += ["c", "a"]
    names.insert(0, "d")
    names.insert(0, "c")
    assert names == ["d", "a", "b", "c"]
    assert (len(names), names[1], names[-2:], "d" in names, "e" in names) == (
        *(4, "a", ["b", "c"]),
        *(True, False),
    )
    names.remove("a")
    names.discard("a")
    with pytest.raises(ValueError, match="'a'"):
        names.remove("a")
    names[0] = "e"
    del names[1]
    assert names == ("e", "c")
    assert names == GroupNames(["e", "c"])
    assert names != "ec"
    assert repr(names) == "['e', 'c']"


@pytest.mark.parametrize("names", ["room", [1], [None], [["room"]], [b"room"]], ids=str)
def test_what_is_no_list_of_names_is_refused(names: Any) -> None:
    with pytest.raises(ConfigurationError):
        GroupNames(names)


async def test_a_channel_is_made_once_when_it_is_first_needed() -> None:
    layer = MemoryLayer()
    membership = Membership(layer)
    assert membership.channel == ""
    await asyncio.gather(membership.open(), membership.join("a"), membership.join("b"))
    assert layer.groups_of(membership.channel) == {"a", "b"}
    assert layer.groups() == {"a", "b"}


async def test_a_group_is_joined_once_and_left_once() -> None:
    layer = MemoryLayer()
    membership = Membership(layer)
    for name in ("a", "a", "b"):
        await membership.join(name)
    await membership.leave("a")
    await membership.leave("a")
    await membership.leave("never")
    assert layer.groups_of(membership.channel) == {"b"}
    assert membership.joined == ["b"]


async def test_a_group_that_could_not_be_joined_is_no_membership() -> None:
    layer = MemoryLayer()

    async def fail(group: str, channel: str) -> None:
        raise ConnectionError

    vars(layer)["group_add"] = fail
    membership = Membership(layer)
    with pytest.raises(ConnectionError):
        await membership.join("a")
    assert membership.joined == []


async def test_every_group_is_left_where_leaving_one_fails() -> None:
    layer = MemoryLayer()
    discard, failing = layer.group_discard, itertools.cycle([True, False])

    async def fail_now_and_then(group: str, channel: str) -> None:
        await discard(group, channel)
        if next(failing):
            raise ConnectionError(group)

    vars(layer)["group_discard"] = fail_now_and_then
    membership = Membership(layer)
    for name in "abc":
        await membership.join(name)
    with pytest.raises(ConnectionError):
        await membership.leave_all(SYSTEM_CLOCK, 1)
    assert layer.groups_of(membership.channel) == frozenset()


@pytest.mark.parametrize("is_cancelled", [False, True])
async def test_a_layer_that_lets_cancellations_leak_is_asked_no_group_for_ever(
    is_cancelled: bool,
) -> None:
    layer = MemoryLayer()
    asked: list[str] = []

    async def leak(group: str, channel: str) -> None:
        asked.append(group)
        if len(asked) > 100:
            raise AssertionError("It would never end.")
        raise asyncio.CancelledError("of what the layer awaited")

    membership = Membership(layer)
    for name in "abc":
        await membership.join(name)
    vars(layer)["group_discard"] = leak

    async def leave() -> None:
        task = asyncio.current_task()
        assert task is not None
        if is_cancelled:  # by the server, which tells it once
            task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0)
        await membership.leave_all(SYSTEM_CLOCK, 60)

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(leave())
    assert sorted({*asked}) == ["a", "b", "c"]
    assert len(asked) <= 4


async def test_groups_that_are_joined_at_the_same_time_count_together() -> None:
    may_join = asyncio.Event()

    class Slow(MemoryLayer):
        is_local = False

        async def group_add(self, group: str, channel: str) -> None:
            await may_join.wait()
            await super().group_add(group, channel)

    class Room(AsyncJsonWebsocketConsumer[Any]):
        limits = Limits(max_groups=2)

        @ws_handler(concurrent=True)
        async def say(self, message: Say) -> Said:
            try:
                await self.join_group(message.payload)
            except TooManyGroups:
                return Said(payload="too many")
            return Said(payload="joined")

    with default_layer(Slow()):
        async with Client(Room.as_asgi()) as client:
            await client.open()
            for name in ("a", "b", "a", "c"):
                client.send(action="say", payload=name)
            assert (await client.message())["payload"] == "too many"
            may_join.set()
            replies = [(await client.message())["payload"] for _ in range(3)]
            assert replies == ["joined"] * 3


async def test_a_channel_that_could_join_no_group_is_released() -> None:
    received: list[str] = []

    class Half(FaultyLayer):
        async def group_add(self, group: str, channel: str) -> None:
            raise ConnectionError(group)

        async def receive(self, channel: str) -> Any:
            received.append(channel)
            return await super().receive(channel)

    class Room(AsyncJsonWebsocketConsumer[Any]):
        @ws_handler
        async def say(self, message: Say) -> Said:
            with pytest.raises(ConnectionError):
                await self.join_group(message.payload)
            return Said(payload="not joined")

    with default_layer(Half(MemoryLayer(), pushes=False)):
        async with Client(Room.as_asgi()) as client:
            await client.open()
            client.send(action="say", payload="a")
            await client.message()
    assert len(received) == 1


async def test_nothing_is_joined_after_the_end() -> None:
    layer = MemoryLayer()
    membership = Membership(layer)
    await membership.leave_all(SYSTEM_CLOCK, 1)
    assert not await membership.join("late")
    assert layer.groups_of(membership.channel) == frozenset()


async def test_without_a_layer_the_error_says_what_it_is_needed_for() -> None:
    with pytest.raises(ConfigurationError, match=r"no channel layer to broadcast.*register_layer"):
        required(None, "broadcast")
