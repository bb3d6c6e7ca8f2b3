"""What the tests of the FastAPI adapter share."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from chanx.layers import MemoryLayer, get_layer, register_layer


@pytest.fixture(autouse=True)
def layer() -> Iterator[MemoryLayer]:
    """The default channel layer, for this test alone."""
    before = get_layer()
    fresh = MemoryLayer()
    register_layer("default", fresh)
    yield fresh
    register_layer("default", before)


@pytest.fixture
def converse() -> Callable[..., Awaitable[list[Any]]]:
    """Has an application serve a client that sends a ping, in the test's own task.

    ``await converse(app, path)`` returns what the application sent, and raises what it raised.
    """

    async def converse(app: Any, path: str = "/c") -> list[Any]:
        events: asyncio.Queue[Any] = asyncio.Queue()
        events.put_nowait({"type": "websocket.connect"})
        events.put_nowait({"type": "websocket.receive", "text": '{"action": "ping"}'})
        sent: list[Any] = []

        async def send(event: Any) -> None:
            sent.append(event)
            if event["type"] == "websocket.send":
                events.put_nowait({"type": "websocket.disconnect", "code": 1000})

        scope = {
            "type": "websocket",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [(b"host", b"testserver")],
            "subprotocols": [],
        }
        async with asyncio.timeout(30):
            await app(scope, events.get, send)
        return sent

    return converse
