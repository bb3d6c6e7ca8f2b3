"""The names under which layers know groups, and the memberships of a connection."""

import itertools
import re

import pytest

from chanx.core.errors import ConfigurationError
from chanx.core.groups import Membership, class_groups, encode_group_name, required
from chanx.layers import MemoryLayer

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


async def test_a_group_is_joined_once_and_left_once() -> None:
    layer = MemoryLayer()
    membership = Membership(layer, "c")
    for name in ("a", "a", "b"):
        await membership.join(name)
    await membership.leave("a")
    await membership.leave("a")
    await membership.leave("never")
    assert layer.groups_of("c") == {"b"}
    assert membership.joined == ["b"]


async def test_a_group_that_could_not_be_joined_is_no_membership() -> None:
    layer = MemoryLayer()

    async def fail(group: str, channel: str) -> None:
        raise ConnectionError

    vars(layer)["group_add"] = fail
    membership = Membership(layer, "c")
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
    membership = Membership(layer, "c")
    for name in "abc":
        await membership.join(name)
    with pytest.raises(ConnectionError):
        await membership.leave_all()
    assert layer.groups_of("c") == frozenset()


async def test_nothing_is_joined_after_the_end() -> None:
    layer = MemoryLayer()
    membership = Membership(layer, "c")
    await membership.leave_all()
    await membership.join("late")
    assert layer.groups_of("c") == frozenset()


async def test_without_a_layer_the_error_says_what_it_is_needed_for() -> None:
    with pytest.raises(ConfigurationError, match=r"join the group 'a'.*register_layer"):
        await Membership(None, "c").join("a")
    with pytest.raises(ConfigurationError, match="no channel layer to broadcast"):
        required(None, "broadcast")
