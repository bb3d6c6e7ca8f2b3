"""Consumers of modules with ``from __future__ import annotations``."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pytest
from fastapi import Depends, FastAPI, Query
from pydantic import BaseModel
from websockets.asyncio.client import connect

from chanx.core.decorators import ws_handler
from chanx.core.errors import ConfigurationError
from chanx.ext.fast_channels.routing import ConsumerRouter
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage, PingMessage

if TYPE_CHECKING:
    import decimal
    from decimal import Decimal


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
    async with connect(f"ws://{serve(app)}{path}") as socket, asyncio.timeout(30):
        await socket.send('{"action": "ping"}')
        return json.loads(await socket.recv())["payload"]


async def test_annotations_of_the_module_are_found(serve: Callable[..., str]) -> None:
    expected = {"room": 3, "word": "HELLO", "limit": 2}
    assert await given(serve, "/rooms/3?word=hello&limit=2") == expected


async def test_annotations_of_the_class_are_found(serve: Callable[..., str]) -> None:
    assert await given(serve, "/options?verbose=1") == {"verbose": True}


async def make(number: int = 1) -> Any:
    return number


MADE: Any = Depends(make)
EMPTY: Any = Depends()


class Checked(AsyncJsonWebsocketConsumer):
    """Its annotations are known to type checkers alone, as its dependencies say what they give."""

    async def connect(
        self: Checked,
        default: Decimal = MADE,
        optional: Decimal | None = MADE,
        several: list[Decimal] = MADE,
        qualified: decimal.Decimal = MADE,
        *,
        annotated: Annotated[Decimal, Depends(make)],
        quoted: Annotated[Decimal | None, Depends(make)],
    ) -> None:
        given: list[Any] = [default, optional, several, qualified, annotated, quoted]
        self.given = {"sum": sum(given)}

    @ws_handler
    async def report(self, message: PingMessage) -> Seen:
        return Seen(payload=self.given)


async def test_types_under_type_checking_will_do_where_a_dependency_makes_the_value(
    serve: Callable[..., str],
) -> None:
    router.add_consumer("/checked", Checked)
    assert await given(serve, "/checked?number=2") == {"sum": 12}


class Bare(AsyncJsonWebsocketConsumer):
    async def connect(self, amount: Decimal) -> None: ...


class Empty(AsyncJsonWebsocketConsumer):
    async def connect(self, amount: Decimal = EMPTY) -> None: ...


class EmptyAnnotated(AsyncJsonWebsocketConsumer):
    async def connect(self, amount: Annotated[Decimal, Depends()]) -> None: ...


class Queried(AsyncJsonWebsocketConsumer):
    async def connect(self, amounts: Annotated[list[Decimal], Query()]) -> None: ...


@pytest.mark.parametrize("consumer", [Bare, Empty, EmptyAnnotated, Queried])
def test_a_type_that_fastapi_needs_has_to_be_known(
    consumer: type[AsyncJsonWebsocketConsumer],
) -> None:
    with pytest.raises(ConfigurationError, match=r"names 'Decimal'.*TYPE_CHECKING.*Depends"):
        ConsumerRouter().add_consumer("/c", consumer)
