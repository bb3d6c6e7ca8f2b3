"""What is attacked: a consumer with the limits that users get, and messages of many kinds."""

import asyncio
import gc
from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import psutil
from pydantic import BaseModel, Field

from chanx.core.asgi import Receive, Scope, Send
from chanx.core.decorators import ws_handler
from chanx.core.live_sessions import all_live_sessions
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import MemoryLayer, get_layer
from chanx.messages import BaseMessage, PingMessage, PongMessage


class Leaf(BaseModel):
    name: str = Field(max_length=20)
    size: int


class Left(BaseModel):
    left: int
    child: "Left | Right | None" = None


class Right(BaseModel):
    right: int
    child: "Left | Right | None" = None


class Circle(BaseModel):
    kind: Literal["circle"]
    radius: float


class Square(BaseModel):
    kind: Literal["square"]
    side: float


class Everything(BaseModel):
    numbers: list[int] = []
    leaves: dict[str, Leaf] = {}
    shape: Annotated[Circle | Square, Field(discriminator="kind")] | None = None
    tree: Left | Right | None = None
    at: datetime | None = None
    id: UUID | None = None
    price: Decimal | None = None
    either: int | str | list[bool] | None = None
    anything: Any = None


class Take(BaseMessage):
    action: Literal["take"] = "take"
    payload: Everything = Everything()


class Taken(BaseMessage):
    action: Literal["taken"] = "taken"
    payload: Everything


class Say(BaseMessage):
    action: Literal["say"] = "say"
    payload: str = ""


class Said(BaseMessage):
    action: Literal["said"] = "said"
    payload: str = ""


class Slow(BaseMessage):
    action: Literal["slow"] = "slow"


class Beside(BaseMessage):
    action: Literal["beside"] = "beside"
    payload: int = 1


class Stream(BaseMessage):
    action: Literal["stream"] = "stream"


class Report(BaseMessage):
    action: Literal["report"] = "report"


class State(BaseModel):
    """What is there once others have gone."""

    sessions: int
    tasks: int
    members: int
    memory: int


class Reported(BaseMessage):
    action: Literal["reported"] = "reported"
    payload: State


class Room(AsyncJsonWebsocketConsumer):
    groups = ("room",)

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()

    @ws_handler
    async def take(self, message: Take) -> Taken:
        return Taken(payload=message.payload)

    @ws_handler
    async def say(self, message: Say) -> None:
        await self.broadcast_message(Said(payload=message.payload))

    @ws_handler
    async def slow(self, message: Slow) -> Said:
        await asyncio.sleep(0.05)
        return Said(payload="slow")

    @ws_handler(concurrent=True)
    async def beside(self, message: Beside) -> Said:
        await asyncio.sleep(0)
        return Said(payload="x" * (message.payload % 100_000))

    @ws_handler
    async def stream(self, message: Stream) -> AsyncIterator[Said]:
        for number in range(10):
            yield Said(payload=str(number))
            await asyncio.sleep(0)


class Watch(AsyncJsonWebsocketConsumer):
    """Reports; it is in no group, so that nobody disturbs it."""

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()

    @ws_handler
    async def report(self, message: Report) -> Reported:
        gc.collect()
        layer = get_layer()
        assert isinstance(layer, MemoryLayer)
        return Reported(
            payload=State(
                sessions=sum(map(len, all_live_sessions())),
                tasks=len(asyncio.all_tasks()),
                members=len(layer.members_of("room")),
                memory=psutil.Process().memory_info().rss,
            )
        )


ROUTES = {"/room": Room.as_asgi(), "/watch": Watch.as_asgi()}


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve the two consumers."""
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({"type": f"{event['type']}.complete"})
            if event["type"] == "lifespan.shutdown":
                return
    await ROUTES[scope["path"]](scope, receive, send)
