"""Starlette's endpoint class, with pydantic in its hook."""

import asyncio
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic_core import to_json
from starlette.endpoints import WebSocketEndpoint
from starlette.websockets import WebSocket

from benchmarks.driver import Application
from benchmarks.payloads import Shape


def echo(shape: Shape) -> Application:
    """Return an application that sends each typed message of a shape back."""
    adapter: TypeAdapter[BaseModel] = TypeAdapter(shape.message)

    class Echo(WebSocketEndpoint):
        encoding = "text"

        async def on_receive(self, websocket: WebSocket, data: Any) -> None:
            await websocket.send_text(to_json(adapter.validate_json(data)).decode())

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await Echo(scope, receive, send)

    return application


def echo_later(shape: Shape) -> Application:
    """Return the same, but for a hook that awaits once what is not there yet."""
    adapter: TypeAdapter[BaseModel] = TypeAdapter(shape.message)

    class Echo(WebSocketEndpoint):
        encoding = "text"

        async def on_receive(self, websocket: WebSocket, data: Any) -> None:
            message = adapter.validate_json(data)
            await asyncio.sleep(0)
            await websocket.send_text(to_json(message).decode())

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await Echo(scope, receive, send)

    return application
