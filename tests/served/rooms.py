"""Served by ``test_processes.py``: rooms that span processes."""

import os
from typing import Literal

from fastapi import FastAPI

from chanx.core.decorators import event_handler, ws_handler
from chanx.core.limits import Limits
from chanx.ext.fast_channels import ConsumerRouter
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import RedisLayer, register_layer
from chanx.messages import BaseMessage

if "REDIS_URL" in os.environ:
    register_layer("default", RedisLayer(os.environ["REDIS_URL"]))


class Welcome(BaseMessage):
    action: Literal["welcome"] = "welcome"
    payload: int


class Say(BaseMessage):
    action: Literal["say"] = "say"
    payload: int


class Said(BaseMessage):
    action: Literal["said"] = "said"
    payload: int


class Told(BaseMessage):
    action: Literal["told"] = "told"
    payload: str


class Missed(BaseMessage):
    action: Literal["missed"] = "missed"
    payload: float


router = ConsumerRouter()


@router.consumer("/rooms/{room}")
class Room(AsyncJsonWebsocketConsumer[Told]):
    emits = (Welcome, Said, Missed)

    async def connect(self, room: str) -> None:
        self.groups = [room]

    async def post_authentication(self) -> None:
        await self.send_message(Welcome(payload=os.getpid()))

    @ws_handler
    async def say(self, message: Say) -> None:
        await self.broadcast_message(Said(payload=message.payload))

    @event_handler
    async def told(self, event: Told) -> Told:
        return event

    async def on_layer_gap(self, seconds: float) -> None:
        await self.send_message(Missed(payload=seconds))


@router.consumer("/paced/{user}")
class Paced(AsyncJsonWebsocketConsumer):
    """Takes so many messages of a user, in whichever process, and practically no more."""

    limits = Limits(max_messages_per_second_per_user=0.001, max_burst_per_user=20)

    async def connect(self, user: str) -> None:
        self.user = user

    async def post_authentication(self) -> None:
        await self.send_message(Welcome(payload=os.getpid()))

    @ws_handler
    async def say(self, message: Say) -> Said:
        return Said(payload=message.payload)


application = FastAPI()
application.include_router(router)


@application.post("/rooms/{room}/tell")
def tell(room: str, text: str) -> int:
    """Tell a room from a thread, and say which process did."""
    Room.broadcast_event_sync(Told(payload=text), [room])
    return os.getpid()
