"""What a consumer's events are broadcast is seen, and delivered only where it should be."""

import asyncio
from collections.abc import Callable
from typing import Any, Literal

import pytest

from chanx.core.decorators import event_handler
from chanx.core.errors import ConfigurationError
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage
from chanx.testing import (
    CapturedEvents,
    ExpectationFailed,
    WebsocketCommunicator,
    capture_broadcast_events,
)


class Renamed(BaseMessage):
    action: Literal["renamed"] = "renamed"
    payload: Any


class Room(AsyncJsonWebsocketConsumer[Renamed]):
    groups = ("lobby",)

    @event_handler
    async def renamed(self, event: Renamed) -> Renamed:
        return event


class Attic(Room):
    groups = ("attic",)


def connection() -> WebsocketCommunicator:
    return WebsocketCommunicator(Room.as_asgi(), "/", consumer=Room)


async def test_events_are_captured_in_order_with_their_groups_and_not_delivered() -> None:
    async with connection() as client:
        with capture_broadcast_events(Room) as events:
            await Room.broadcast_event(Renamed(payload="a"))
            await Room.broadcast_event(Renamed(payload="b"), ["cellar", "lobby"])
        assert events == [Renamed(payload="a"), Renamed(payload="b")]
        assert events.groups == [("lobby",), ("cellar", "lobby")]
        assert events.to("cellar") == [Renamed(payload="b")]
        assert await client.receive_nothing()


async def test_events_are_delivered_as_well_unless_suppressed() -> None:
    async with connection() as client:
        with capture_broadcast_events(Room, suppress=False) as events:
            await Room.broadcast_event(Renamed(payload="a"))
        assert events == [Renamed(payload="a")]
        assert await client.receive_message() == Renamed(payload="a")


def test_events_of_code_that_is_not_asynchronous_are_captured() -> None:
    with capture_broadcast_events(Room) as events:
        Room.broadcast_event_sync(Renamed(payload="a"))
    assert events == [Renamed(payload="a")]


async def test_a_subclass_counts_with_its_own_groups() -> None:
    with capture_broadcast_events(Room) as events:
        await Attic.broadcast_event(Renamed(payload="a"))
    assert events.groups == [("attic",)]


async def test_several_consumers_are_captured_apart() -> None:
    class Other(AsyncJsonWebsocketConsumer[Renamed]):
        groups = ("other",)

    with capture_broadcast_events(Room) as rooms, capture_broadcast_events(Other) as others:
        await Room.broadcast_event(Renamed(payload="a"))
        await Other.broadcast_event(Renamed(payload="b"))
    assert (rooms, others) == ([Renamed(payload="a")], [Renamed(payload="b")])


async def test_captures_may_be_nested() -> None:
    with capture_broadcast_events(Room, suppress=False) as outer:
        with capture_broadcast_events(Room, suppress=False) as inner:
            await Room.broadcast_event(Renamed(payload="a"))
        await Room.broadcast_event(Renamed(payload="b"))
    assert inner == [Renamed(payload="a")]
    assert outer == [Renamed(payload="a"), Renamed(payload="b")]


async def test_delivery_is_back_after_the_block_also_when_it_fails() -> None:
    with pytest.raises(ZeroDivisionError), capture_broadcast_events(Room):
        raise ZeroDivisionError
    async with connection() as client:
        await Room.broadcast_event(Renamed(payload="a"))
        assert await client.receive_message() == Renamed(payload="a")


async def test_what_could_not_be_broadcast_fails_although_suppressed() -> None:
    class Homeless(AsyncJsonWebsocketConsumer[Renamed]):
        pass

    with capture_broadcast_events(Homeless) as events:
        with pytest.raises(ConfigurationError, match="names no groups of its own"):
            await Homeless.broadcast_event(Renamed(payload="a"))
        with pytest.raises(ConfigurationError, match="is a string"):
            await Homeless.broadcast_event(Renamed(payload="a"), "lobby")
        with pytest.raises(Exception, match="serialize"):
            await Homeless.broadcast_event(Renamed(payload=object()), ["lobby"])
    assert events == []


class Street(AsyncJsonWebsocketConsumer[Renamed]):
    groups = ("street",)


class Moved(BaseMessage):
    action: Literal["moved"] = "moved"


async def test_several_consumers_are_captured_in_one_list_in_order() -> None:
    with capture_broadcast_events([Room, Street]) as events:
        await Street.broadcast_event(Renamed(payload="a"))
        await asyncio.to_thread(Attic.broadcast_event_sync, Renamed(payload="b"))
        await Room.broadcast_event(Renamed(payload="c"))
    assert [event.model_dump()["payload"] for event in events] == ["a", "b", "c"]
    assert events.consumers == [Street, Attic, Room]
    assert events.by(Room) == [Renamed(payload="b"), Renamed(payload="c")]
    assert events.groups == [("street",), ("attic",), ("lobby",)]


async def test_a_consumer_and_its_subclass_capture_nothing_twice() -> None:
    with capture_broadcast_events([Attic, Room, Room]) as events:
        await Attic.broadcast_event(Renamed(payload="a"))
        await Room.broadcast_event(Renamed(payload="b"))
    assert events == [Renamed(payload="a"), Renamed(payload="b")]


async def test_an_asynchronous_context_captures_as_well() -> None:
    async with capture_broadcast_events(Room) as events:
        await Room.broadcast_event(Renamed(payload="a"))
    await Room.broadcast_event(Renamed(payload="b"))
    assert events == [Renamed(payload="a")]


async def test_a_broadcast_is_expected_by_its_fields_and_its_group() -> None:
    with capture_broadcast_events(Room) as events:
        await Room.broadcast_event(Renamed(payload="a"), ["cellar"])
        await Room.broadcast_event(Renamed(payload="b"))
    assert events.expect(Renamed) == Renamed(payload="a")
    assert events.expect(Renamed, to="lobby") == Renamed(payload="b")
    events.refute(Renamed, to="lobby", payload="a")
    events.refute(Renamed, to="attic")
    events.refute(Moved)
    with pytest.raises(ExpectationFailed) as raised:
        events.expect(Renamed, to="lobby", payload="a")
    assert str(raised.value).splitlines() == [
        "Expected a broadcast of Renamed(payload='a') to 'lobby', and there was none. "
        "What did arrive:",
        "  Renamed(action='renamed', payload='a') to cellar",
        "  Renamed(action='renamed', payload='b') to lobby",
    ]
    with pytest.raises(
        ExpectationFailed, match=r"Expected no broadcast of Renamed\(\) to 'cellar'"
    ):
        events.refute(Renamed, to="cellar")


def test_a_capture_lasts_until_the_end_of_the_test(
    chanx_capture: Callable[..., CapturedEvents[Any]],
) -> None:
    rooms = chanx_capture(Room)
    both = chanx_capture([Room, Street], suppress=False)
    Room.broadcast_event_sync(Renamed(payload="a"))
    Street.broadcast_event_sync(Renamed(payload="b"))
    rooms.expect(Renamed, to="lobby")
    assert both == [Renamed(payload="a"), Renamed(payload="b")]


async def test_suppressing_makes_no_consumers() -> None:
    made: list[str] = []

    class Registered(AsyncJsonWebsocketConsumer[Renamed]):
        groups = ("registered",)

        def __init_subclass__(cls, *, name: str) -> None:
            super().__init_subclass__()
            made.append(name)

    class Named(Registered, name="named"):
        pass

    with capture_broadcast_events(Named) as events:
        await Named.broadcast_event(Renamed(payload="a"))
    assert events.groups == [("registered",)]
    assert made == ["named"]


async def test_a_nested_capture_names_the_consumer_to_the_outer_one_and_delivers_nothing() -> None:
    async with connection() as client:
        delivering = capture_broadcast_events(Room, suppress=False)
        with delivering as outer, capture_broadcast_events(Room) as inner:
            await Room.broadcast_event(Renamed(payload="a"))
        assert inner.consumers == outer.consumers == [Room]
        assert await client.receive_nothing()


def test_several_consumers_that_are_not_one_list_are_refused() -> None:
    capture: Any = capture_broadcast_events
    with pytest.raises(TypeError, match=r"capture_broadcast_events\(\[A, B\]\)"):
        capture(Room, Street)
    with pytest.raises(TypeError, match="not a consumer"):
        capture([Room, Renamed])
