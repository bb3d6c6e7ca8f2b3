"""An application for servers that are stopped, busy in every way; it notes what becomes of it."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path
from typing import Literal

from fastapi import FastAPI

from chanx.core.asgi import Receive, Scope, Send
from chanx.core.decorators import ws_handler
from chanx.core.limits import Limits
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.ext.fast_channels import ConsumerRouter
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer as FastAPIConsumer
from chanx.layers import register_layer
from chanx.messages import BaseMessage

JOURNAL = Path(os.environ["JOURNAL"])
FOR_EVER = 60
"""Seconds, which no test waits for."""

if "LAYER" in os.environ:
    module, _, name = os.environ["LAYER"].rpartition(".")
    layer = getattr(import_module(module), name)
    register_layer("default", layer(**json.loads(os.environ["LAYER_CONFIG"])))


def note(line: str) -> None:
    """Append a line, so that it is there whatever happens to the process next."""
    with JOURNAL.open("a", encoding="utf-8") as journal:
        journal.write(line + "\n")


class Say(BaseMessage):
    action: Literal["say"] = "say"


class Said(BaseMessage):
    action: Literal["said"] = "said"
    payload: str = ""


class Ordered(BaseMessage):
    action: Literal["ordered"] = "ordered"


class Concurrent(BaseMessage):
    action: Literal["concurrent"] = "concurrent"


class Streaming(BaseMessage):
    action: Literal["streaming"] = "streaming"


class Blocking(BaseMessage):
    action: Literal["blocking"] = "blocking"


class Brief(BaseMessage):
    action: Literal["brief"] = "brief"


class Burst(BaseMessage):
    action: Literal["burst"] = "burst"


class Room(AsyncJsonWebsocketConsumer):
    groups = ("room",)
    limits = Limits(
        drain_timeout=float(os.environ.get("DRAIN_TIMEOUT", "0.5")), reconnect_within=60
    )
    send_reconnect_message = True
    drain_on_signals = "DEAF" not in os.environ

    async def post_authentication(self) -> None:
        await self.send_message(Said(payload="welcome"))

    async def disconnect(self, code: int) -> None:
        note(f"left {code}")

    @ws_handler
    async def say(self, message: Say) -> Said:
        await asyncio.sleep(0.01)
        return Said(payload="said")

    @ws_handler
    async def ordered(self, message: Ordered) -> None:
        await self.send_message(Said(payload="busy"))
        await asyncio.sleep(FOR_EVER)

    @ws_handler(concurrent=True)
    async def concurrent(self, message: Concurrent) -> None:
        await self.send_message(Said(payload="busy"))
        await asyncio.sleep(FOR_EVER)

    @ws_handler
    async def streaming(self, message: Streaming) -> AsyncIterator[Said]:
        yield Said(payload="busy")
        while True:
            yield Said(payload="x" * 100)
            await asyncio.sleep(0.01)

    @ws_handler
    async def blocking(self, message: Blocking) -> None:
        await self.send_message(Said(payload="busy"))
        await asyncio.to_thread(time.sleep, FOR_EVER)

    @ws_handler
    async def brief(self, message: Brief) -> Said:
        await self.send_message(Said(payload="busy"))
        note("works")
        await asyncio.sleep(0.3)
        note("worked")
        return Said(payload="worked")

    @ws_handler
    async def burst(self, message: Burst) -> None:
        for _ in range(200):
            await self.send_message(Said(payload="x" * 100_000))


consumer = Room.as_asgi()


class FastAPIRoom(Room, FastAPIConsumer):
    """The same, behind what FastAPI puts around each socket."""


router = ConsumerRouter()
router.add_consumer("/room", FastAPIRoom)
fastapi = FastAPI()
fastapi.include_router(router)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve the room."""
    if scope["type"] == "websocket":
        await consumer(scope, receive, send)
    elif scope["type"] == "lifespan":
        for _ in range(2):
            kind = (await receive())["type"]
            await send({"type": f"{kind}.complete"})
            note(kind)
