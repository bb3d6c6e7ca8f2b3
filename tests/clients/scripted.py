"""A server that does what a test says, over real sockets."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

Frame = Any
Visit = Callable[["Visitor"], Awaitable[None]]


class Visitor:
    """A client's connection, as the server sees it."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket
        assert socket.request is not None
        self.request: Request = socket.request

    async def send(self, frame: Frame) -> None:
        await self.socket.send(json.dumps(frame))

    async def heard(self) -> Frame:
        """The client's next frame."""
        return json.loads(await self.socket.recv())

    async def gone(self) -> int:
        """Wait until the client is gone; return its close code."""
        await self.socket.wait_closed()
        return self.socket.close_code or 0


class Script:
    """A server for which each visit is one of a list; the last stands for all that follow.

    Args:
        visits: What is done with each connection.
        refusals: The HTTP status with which a handshake is refused, by its number from 1.
        retry_after: What a refusal has in the header of that name; "" for nothing.
    """

    def __init__(
        self, *visits: Visit, refusals: dict[int, int] | None = None, retry_after: str = ""
    ) -> None:
        self._visits = visits
        self._refusals = refusals or {}
        self._retry_after = retry_after
        self.requests: list[Request] = []
        self.accepted = 0
        self.port = 0

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def served(self) -> AsyncGenerator["Script"]:
        """Serve on a port that the system chooses."""
        async with serve(
            self._visit,
            "127.0.0.1",
            0,
            process_request=self._admit,
            select_subprotocol=lambda _, offered: offered[0] if offered else None,
            close_timeout=1,
            compression=None,  # so that what is large stays so on its way
        ) as server:
            self.port = _port_of(server)
            yield self

    def _admit(self, socket: ServerConnection, request: Request) -> Response | None:
        self.requests.append(request)
        status = self._refusals.get(len(self.requests))
        if status is None:
            return None
        response = socket.respond(status, "no\n")
        if self._retry_after:
            response.headers["Retry-After"] = self._retry_after
        return response

    async def _visit(self, socket: ServerConnection) -> None:
        visit = self._visits[min(self.accepted, len(self._visits) - 1)]
        self.accepted += 1
        await visit(Visitor(socket))


def _port_of(server: Server) -> int:
    port: int = next(iter(server.sockets)).getsockname()[1]
    return port


def closing(code: int, reason: str = "") -> Visit:
    """A visit that ends at once."""

    async def visit(visitor: Visitor) -> None:
        await visitor.socket.close(code, reason)

    return visit


async def silent(visitor: Visitor) -> None:
    """Accept, and say nothing."""
    await visitor.gone()


async def answering(visitor: Visitor) -> None:
    """Answer each frame that has a ref with what it says, until the client is gone."""
    with suppress(ConnectionClosed):
        async for text in visitor.socket:
            frame = json.loads(text)
            for answer in frame.get("payload", {}).get("answers", ()):
                await visitor.send({"ref": frame["ref"], **answer})
