"""Served by ``test_clients_in_trouble.py``: rooms in which clients have to hold out."""

import os
import time
from collections.abc import AsyncIterator
from typing import Any, ClassVar, Literal

from fastapi import FastAPI

from chanx.core.authenticator import BaseAuthenticator, Credential
from chanx.core.decorators import ws_handler
from chanx.core.limits import Limits
from chanx.ext.fast_channels import ConsumerRouter
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import RedisLayer, register_layer
from chanx.messages import BaseMessage, PingMessage, PongMessage

if "REDIS_URL" in os.environ:
    register_layer("default", RedisLayer(os.environ["REDIS_URL"]))


class Say(BaseMessage):
    action: Literal["say"] = "say"
    payload: str


class Said(BaseMessage):
    action: Literal["said"] = "said"
    payload: str


class Missed(BaseMessage):
    action: Literal["missed"] = "missed"
    payload: float


class Count(BaseMessage):
    action: Literal["count"] = "count"
    payload: int


class Number(BaseMessage):
    action: Literal["number"] = "number"
    payload: int


class Renew(BaseMessage):
    action: Literal["renew"] = "renew"
    payload: str


class Renewed(BaseMessage):
    action: Literal["renewed"] = "renewed"


class Heard(BaseMessage):
    action: Literal["heard"] = "heard"
    payload: int


router = ConsumerRouter()


@router.consumer("/room")
class Room(AsyncJsonWebsocketConsumer):
    """A room that outlives its Redis."""

    groups = ("room",)
    emits = (Said, Missed)

    @ws_handler
    async def say(self, message: Say) -> None:
        await self.broadcast_message(Said(payload=message.payload))

    async def on_layer_gap(self, seconds: float) -> None:
        await self.send_message(Missed(payload=seconds))


@router.consumer("/leaving")
class Leaving(AsyncJsonWebsocketConsumer):
    """A room that says when to come back."""

    send_reconnect_message: ClassVar[bool | None] = True


@router.consumer("/asked")
class Asked(AsyncJsonWebsocketConsumer):
    """Asks silent clients whether they are there, and tells them what it heard."""

    limits: ClassVar[Limits | None] = Limits(heartbeat=0.1)
    emits = (Heard,)
    heard = 0

    @ws_handler
    async def pong(self, message: PongMessage) -> None:
        self.heard += 1
        if self.heard == 3:
            await self.send_message(Heard(payload=self.heard))


def good_until(token: str) -> float:
    """When a token ends; it is so many seconds, and who has it."""
    seconds, _, _ = token.partition("-")
    return time.time() + float(seconds)


class TokenAuthenticator(BaseAuthenticator):
    """Knows tokens by how long they are good."""

    credentials = (Credential("token", "query"),)

    async def authenticate(self, scope: Any) -> bool:
        name, _, token = scope["query_string"].decode().partition("=")
        if name != "token" or token.startswith("0-"):
            return False
        self.expires_at = good_until(token)
        return True


@router.consumer("/private")
class Private(AsyncJsonWebsocketConsumer):
    """Is for those whose token is good."""

    authenticator_class = TokenAuthenticator
    limits: ClassVar[Limits | None] = Limits(authentication_grace=0.1)

    @ws_handler(refresh=True)
    async def renew(self, message: Renew) -> Renewed:
        """Take another token."""
        assert self.authenticator is not None
        self.authenticator.expires_at = good_until(message.payload)
        return Renewed()

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        """Answer."""
        return PongMessage()


@router.consumer("/busy")
class Busy(AsyncJsonWebsocketConsumer):
    """Says much, and hears little."""

    limits: ClassVar[Limits | None] = Limits(max_messages_per_second=20, max_burst=10)

    @ws_handler
    async def count(self, message: Count) -> AsyncIterator[Number]:
        """Count up."""
        for number in range(message.payload):
            yield Number(payload=number)

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        """Answer."""
        return PongMessage()


application = FastAPI(title="Trying")
application.include_router(router)
