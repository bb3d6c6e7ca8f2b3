"""What type checkers know of the testing toolkit."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, assert_type

from chanx.core.decorators import ws_handler
from chanx.core.errors import MessageError
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import MemoryLayer
from chanx.messages import BaseMessage, ErrorMessage, ExpectedErrorMessage, PingMessage, PongMessage
from chanx.testing import (
    BroadcastCapture,
    CapturedEvents,
    Close,
    FaultyLayer,
    WebsocketCommunicator,
    capture_broadcast_events,
    default_layer,
)


class Renamed(BaseMessage):
    action: Literal["renamed"] = "renamed"


class Room(AsyncJsonWebsocketConsumer[Renamed]):
    groups = ("room",)
    passthrough_events = (Renamed,)

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()


class Hall(AsyncJsonWebsocketConsumer[Renamed]):
    pass


async def test_expectations_return_what_they_expect() -> None:
    async with WebsocketCommunicator(Room.as_asgi(), "/", consumer=Room) as client:
        assert_type(client, WebsocketCommunicator)
        assert_type(await client.request(PingMessage(), expect=PongMessage), PongMessage)
        await client.send_message(PingMessage())
        assert_type(await client.expect(PongMessage, action="pong"), PongMessage)
        await client.send_json({})
        assert_type(await client.expect_error("unknown_action"), ErrorMessage)
        await client.disconnect()
        assert_type(await client.expect_closed(), Close)


class Busy(AsyncJsonWebsocketConsumer[Any]):
    asks: ClassVar[Mapping[type[BaseMessage], Any]] = {PongMessage: PingMessage}

    @ws_handler
    async def ping(self, message: PingMessage) -> None:
        await self.request(PongMessage(), expect=PingMessage)
        raise MessageError("busy", "Not now.")


async def test_answers_and_expected_errors_have_their_types() -> None:
    async with WebsocketCommunicator(Busy.as_asgi(), "/", consumer=Busy) as client:
        await client.send_message(PingMessage())
        assert_type(await client.answer(PongMessage, PingMessage()), PongMessage)
        assert_type(await client.expect_error("busy"), ExpectedErrorMessage)
        await client.send_message(PingMessage())
        await client.answer(PongMessage, PingMessage())
        assert_type(await client.expect_error(), ErrorMessage | ExpectedErrorMessage)


async def test_captured_events_are_of_the_consumers_type() -> None:
    assert_type(capture_broadcast_events(Room), BroadcastCapture[Renamed])
    assert_type(capture_broadcast_events([Room, Hall]), BroadcastCapture[BaseMessage])
    async with capture_broadcast_events(Room) as events:
        assert_type(events, CapturedEvents[Renamed])
        await Room.broadcast_event(Renamed())
    assert_type(events.expect(Renamed, to="room"), Renamed)


def test_a_layer_stays_of_its_type() -> None:
    with default_layer(FaultyLayer(MemoryLayer())) as layer:
        assert_type(layer, FaultyLayer)
