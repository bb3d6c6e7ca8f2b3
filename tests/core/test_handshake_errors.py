"""Exceptions in the handshake that a framework around the consumer answers."""

import asyncio
from typing import Any

import pytest

from chanx.core.asgi import Event, Scope
from chanx.core.errors import RefuseConnection
from chanx.core.websocket import AsyncJsonWebsocketConsumer


class FrameworkError(Exception):
    pass


class Refusing(AsyncJsonWebsocketConsumer):
    handshake_errors = (FrameworkError,)

    async def connect(self) -> None:
        raise FrameworkError


class RefusingLate(AsyncJsonWebsocketConsumer):
    handshake_errors = (FrameworkError,)

    async def connect(self) -> None:
        await self.accept()
        raise FrameworkError


async def serve(consumer: type[AsyncJsonWebsocketConsumer[Any]]) -> list[Event]:
    events: asyncio.Queue[Event] = asyncio.Queue()
    events.put_nowait({"type": "websocket.connect"})
    sent: list[Event] = []

    async def send(event: Event) -> None:
        sent.append(event)

    scope: Scope = {"type": "websocket", "path": "/", "headers": []}
    async with asyncio.timeout(30):
        try:
            await consumer.as_asgi()(scope, events.get, send)
        except FrameworkError:
            sent.append({"type": "raised"})
    return sent


async def test_a_framework_answers_its_own_exceptions() -> None:
    assert await serve(Refusing) == [{"type": "raised"}]


async def test_nothing_is_left_to_the_framework_once_the_connection_is_accepted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sent = await serve(RefusingLate)
    assert [event["type"] for event in sent] == [
        "websocket.accept",
        "websocket.send",
        "websocket.close",
    ]
    assert sent[-1]["code"] == 4500
    assert "connect failed" in caplog.text


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_nobody_comes_back_before_being_refused_nor_at_no_time(seconds: float) -> None:
    with pytest.raises(ValueError, match="retry_after"):
        RefuseConnection(503, retry_after=seconds)
