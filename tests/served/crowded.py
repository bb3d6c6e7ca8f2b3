"""A consumer whose handler takes long, and of which only a few frames may wait behind that."""

import asyncio
import os
from pathlib import Path
from typing import Literal

from chanx.core.decorators import ws_handler
from chanx.core.limits import Limits
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage, PingMessage, PongMessage

JOURNAL = Path(os.environ["JOURNAL"])


class Work(BaseMessage):
    action: Literal["work"] = "work"
    payload: float
    """Seconds."""


class Worked(BaseMessage):
    action: Literal["worked"] = "worked"


class Room(AsyncJsonWebsocketConsumer):
    limits = Limits(max_incoming_queue=4, stall_timeout=0.1)

    @ws_handler
    async def work(self, message: Work) -> Worked:
        self.note("began")
        await asyncio.sleep(message.payload)
        return Worked()

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()

    async def disconnect(self, code: int) -> None:
        self.note("left")

    def note(self, word: str) -> None:
        with JOURNAL.open("a", encoding="utf-8") as journal:
            journal.write(f"{word}\n")


application = Room.as_asgi()
