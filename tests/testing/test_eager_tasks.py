"""The toolkit where tasks run before whoever starts them goes on."""

from typing import Literal

from chanx.core.decorators import ws_handler
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage
from chanx.testing import WebsocketCommunicator
from tests.eager import HAS_EAGER_TASKS, Eagerly


class Say(BaseMessage):
    action: Literal["say"] = "say"


class Room(AsyncJsonWebsocketConsumer):
    groups = ("room",)

    @ws_handler
    async def say(self, message: Say) -> None:
        await self.broadcast_message(message)


if HAS_EAGER_TASKS:

    class TestCommunicator(Eagerly):
        async def test_clients_talk_to_each_other(self) -> None:
            application = Room.as_asgi()
            async with (
                WebsocketCommunicator(application, "/", consumer=Room) as ada,
                WebsocketCommunicator(application, "/", consumer=Room) as bob,
            ):
                await ada.send_json({"action": "say"})
                for client in (ada, bob):
                    assert await client.receive_all_json() == [{"action": "say"}]
