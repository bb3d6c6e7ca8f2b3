"""Consumers of modules with ``from __future__ import annotations``."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, Query
from pydantic import BaseModel
from websockets.asyncio.client import connect

from chanx.core.decorators import ws_handler
from chanx.ext.fast_channels.routing import ConsumerRouter
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage, PingMessage


class Seen(BaseMessage):
    action: Literal["seen"] = "seen"
    payload: dict[str, Any]


async def shout(word: str) -> str:
    return word.upper()


router = ConsumerRouter()


@router.consumer("/rooms/{room}")
class Room(AsyncJsonWebsocketConsumer):
    async def connect(
        self,
        room: int,
        word: Annotated[str, Depends(shout)],
        limit: Annotated[int, Query(ge=1)],
    ) -> None:
        self.given = {"room": room, "word": word, "limit": limit}

    @ws_handler
    async def report(self, message: PingMessage) -> Seen:
        return Seen(payload=self.given)


@router.consumer("/options")
class WithOptions(AsyncJsonWebsocketConsumer):
    class Options(BaseModel):
        verbose: bool = False

    async def connect(self, options: Annotated[Options, Query()]) -> None:
        self.given = options.model_dump()

    @ws_handler
    async def report(self, message: PingMessage) -> Seen:
        return Seen(payload=self.given)


async def given(serve: Callable[..., str], path: str) -> Any:
    app = FastAPI()
    app.include_router(router)
    async with connect(f"ws://{serve(app)}{path}") as socket, asyncio.timeout(5):
        await socket.send('{"action": "ping"}')
        return json.loads(await socket.recv())["payload"]


async def test_annotations_of_the_module_are_found(serve: Callable[..., str]) -> None:
    expected = {"room": 3, "word": "HELLO", "limit": 2}
    assert await given(serve, "/rooms/3?word=hello&limit=2") == expected


async def test_annotations_of_the_class_are_found(serve: Callable[..., str]) -> None:
    assert await given(serve, "/options?verbose=1") == {"verbose": True}
