"""Run by ``test_any_layer.py``: what two clients receive over one channel layer, as JSON."""

import asyncio
import json
import sys
from typing import Any, Literal

import django
from django.conf import settings

BACKEND, CONFIG = sys.argv[1], json.loads(sys.argv[2])
settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "chanx.ext.channels"],
    SECRET_KEY="for this test",
    CHANNEL_LAYERS={"default": {"BACKEND": BACKEND, "CONFIG": CONFIG}},
)
django.setup()

from chanx.core.decorators import event_handler, ws_handler  # noqa: E402
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer  # noqa: E402
from chanx.messages import BaseMessage  # noqa: E402
from chanx.testing import WebsocketCommunicator  # noqa: E402


class Say(BaseMessage):
    action: Literal["say"] = "say"
    payload: str


class Told(BaseMessage):
    action: Literal["told"] = "told"
    payload: int


class Room(AsyncJsonWebsocketConsumer[Told]):
    groups = ("Küche",)

    @ws_handler
    async def say(self, message: Say) -> None:
        await self.broadcast_message(message)

    @event_handler
    async def told(self, event: Told) -> Told:
        return event


async def main() -> list[Any]:
    application = Room.as_asgi()
    one = WebsocketCommunicator(application, "/", consumer=Room)
    other = WebsocketCommunicator(application, "/", consumer=Room)
    for client in (one, other):
        await client.connect(10)
    async with one, other:
        await one.send_message(Say(payload="hello"))
        received = [await one.receive_json(10), await other.receive_json(10)]
        await Room.broadcast_event(Told(payload=1))
        received += [await one.receive_json(10), await other.receive_json(10)]
        await asyncio.to_thread(Room.broadcast_event_sync, Told(payload=2))
        return [*received, await one.receive_json(10), await other.receive_json(10)]


print(json.dumps(asyncio.run(main())))
