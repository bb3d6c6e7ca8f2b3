"""uvicorn parses all that was read before anybody else has a turn: so little is read at once."""

import asyncio
import json
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from websockets.asyncio.client import ClientConnection, connect

from chanx.core.decorators import ws_handler
from chanx.core.short_reads import LONGEST
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import PingMessage, PongMessage
from tests.hardening.raw import frame

FRAMES = 9_000
"""Of 23 bytes each, which an event loop would read at once."""

sizes: list[int] = []
"""What was read at once, each time."""


class SansIO(WebSocketsSansIOProtocol):
    def data_received(self, data: bytes) -> None:
        sizes.append(len(data))
        super().data_received(data)


class WsProto(WSProtocol):
    def data_received(self, data: bytes) -> None:
        sizes.append(len(data))
        super().data_received(data)


class Room(AsyncJsonWebsocketConsumer):
    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()


async def burst(client: ClientConnection) -> None:
    """Send so much that an event loop would read a lot of it at once, and a long frame."""
    sizes.clear()
    long = "x" * 3 * LONGEST
    client.transport.write(frame(b'{"action":"ping"}') * FRAMES)
    await client.send(json.dumps({"action": "ping", "ref": long}))
    async with asyncio.timeout(30):
        answers = [json.loads(await client.recv()) for _ in range(FRAMES + 1)]
    assert answers == [{"action": "pong"}] * FRAMES + [{"action": "pong", "ref": long}]
    assert max(sizes) == LONGEST


@pytest.mark.parametrize("protocol", [SansIO, WsProto])
async def test_a_burst_is_read_a_little_at_a_time(
    protocol: type[asyncio.Protocol], serve: Callable[..., str]
) -> None:
    host = serve(Room.as_asgi(), ws=protocol)
    async with connect(f"ws://{host}/", proxy=None, compression=None) as client:
        await burst(client)


async def test_a_burst_over_tls_is_read_a_little_at_a_time(
    serve: Callable[..., str], certificate: Path
) -> None:
    key = certificate.with_name("key.pem")
    host = serve(Room.as_asgi(), ws=SansIO, ssl_certfile=certificate, ssl_keyfile=key)
    trusting = ssl.create_default_context(cafile=certificate)
    async with connect(
        f"wss://{host}/", proxy=None, compression=None, ssl=trusting, server_hostname="localhost"
    ) as client:
        await burst(client)
