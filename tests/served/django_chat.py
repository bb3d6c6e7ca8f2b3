"""The example with Django as its clients see it."""

import asyncio
import json
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from tests.served.servers import Server

APPLICATION = "django_chat.asgi:application"

Frame = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chat:
    """The chat, being served."""

    server: Server

    @property
    def host(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.server.port}"

    @asynccontextmanager
    async def browser(self, name: str | None = None) -> AsyncGenerator[httpx.AsyncClient]:
        """An HTTP client, logged in under a name."""
        base = f"http://{self.host}"
        async with httpx.AsyncClient(base_url=base, follow_redirects=True, timeout=20) as client:
            if name is not None:
                await client.get("/login/")
                fields = {"username": name, "password": name}
                await post(client, "/login/", data=fields)
                assert "sessionid" in client.cookies
            yield client

    async def token(self, name: str) -> str:
        """A user's token, by the API."""
        async with self.browser() as client:
            fields = {"username": name, "password": name}
            response = await client.post("/api/token/", json=fields)
            return str(response.json()["token"])

    @asynccontextmanager
    async def socket(
        self, room: str = "lobby", *, origin: str | None = None, **options: Any
    ) -> AsyncGenerator[ClientConnection]:
        """A WebSocket to a room; None for the origin stands for no browser."""
        url = f"ws://{self.host}/ws/rooms/{room}/"
        page = None if origin is None else Origin(origin)
        async with connect(url, proxy=None, origin=page, **options) as socket:
            yield socket

    @asynccontextmanager
    async def member(self, name: str, room: str = "lobby") -> AsyncGenerator[ClientConnection]:
        """A WebSocket of a user who has a token, past its welcome."""
        headers = {"Authorization": f"Token {await self.token(name)}"}
        async with self.socket(room, additional_headers=headers) as socket:
            assert (await heard(socket))["payload"]["status_code"] == 200
            assert (await heard(socket))["action"] == "welcome"
            yield socket


async def post(client: httpx.AsyncClient, path: str, **options: Any) -> httpx.Response:
    """Post as a page of the server does."""
    headers = {"X-CSRFToken": client.cookies["csrftoken"]}
    return await client.post(path, headers=headers, **options)


async def heard(socket: ClientConnection) -> Frame:
    """The next frame."""
    async with asyncio.timeout(20):
        frame: Frame = json.loads(await socket.recv())
    return frame


async def say(socket: ClientConnection, text: str) -> None:
    await socket.send(json.dumps({"action": "say", "payload": text}))


async def ended(socket: ClientConnection) -> int | None:
    """The code with which the server closes next."""
    with pytest.raises(ConnectionClosed):
        await heard(socket)
    return socket.close_code


def environment_of(database: Path) -> dict[str, str]:
    """What the chat is told of where its database is."""
    return {
        "DATABASE_URL": f"sqlite:///{database}",
        "DJANGO_SETTINGS_MODULE": "django_chat.settings",
        "PATH": os.environ["PATH"],
        "PYTHONPATH": "examples",
    }
