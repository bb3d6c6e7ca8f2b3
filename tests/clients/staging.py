"""Vectors over real sockets: a server that does what they say, whatever the client is made of."""

import asyncio
import json
import subprocess
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from chanx.asyncapi.clients.typescript.emitter import runtime_files

HERE: Final = Path(__file__).parent
Vector = dict[str, Any]
Call = Callable[..., Awaitable[Any]]
SERVER_EFFECTS: Final = frozenset({"open", "send", "drop"})
CALL_EFFECTS: Final = frozenset({"settle", "item"})


def is_possible(vector: Vector, *, sees_status: bool = False) -> bool:
    """Whether sockets can do what a vector has: machines alone know of the rest.

    Args:
        vector: The vector.
        sees_status: Whether the client sees the status of a refused handshake.
    """
    is_open = False
    for step in vector["steps"]:
        if step.get("do") in {"blocked", "drained", "hide"} or "problem" in step:
            return False
        if step.get("do") == "cancel" and "error" in step:
            return False
        match step.get("server"):
            case "open":
                is_open = True
            case "reject" if not sees_status:
                return False
            case "close":
                if step["code"] in {0, 1005, 1010, 1014} or (step["code"] != 1006 and not is_open):
                    return False
                is_open = False
            case _:
                pass
        if any("drop" in effect for effect in step["expect"]):
            is_open = False
    return True


def possible(*, sees_status: bool = False) -> list[Vector]:
    """Return the vectors that sockets can do; the argument is that of :func:`is_possible`."""
    return [
        vector
        for path in sorted(HERE.glob("*vectors*.json"))
        for vector in json.loads(path.read_text("utf-8"))
        if is_possible(vector, sees_status=sees_status)
    ]


class Script:
    """A server that does what a vector says, and notes what the client does."""

    def __init__(self) -> None:
        self.noticed: list[dict[str, Any]] = []
        self._verdict: asyncio.Future[int] | None = None  # 0 for none
        self._socket: ServerConnection | None = None
        self._is_open = asyncio.Event()

    async def decide(self, connection: ServerConnection, request: Request) -> Response | None:
        """Hold the handshake until the vector says what becomes of it."""
        token = parse_qs(urlsplit(request.path).query).get("token")
        self.noticed.append({"open": {} if token is None else {"token": token[0]}})
        verdict = self._verdict = asyncio.get_running_loop().create_future()
        await asyncio.wait(
            [verdict, connection.connection_lost_waiter], return_when=asyncio.FIRST_COMPLETED
        )
        if not verdict.done():
            verdict.cancel()
            self.noticed.append({"drop": None})
        elif verdict.result() == 0:
            connection.transport.abort()
        elif verdict.result() >= HTTPStatus.BAD_REQUEST:
            return connection.respond(HTTPStatus(verdict.result()), "")
        return None

    async def handle(self, socket: ServerConnection) -> None:
        """Note what a socket brings, and who closes it."""
        self._socket = socket
        self._is_open.set()
        with suppress(ConnectionClosed):
            async for text in socket:
                self.noticed.append({"send": json.loads(text)})
        if self._socket is socket:  # else the server has closed it
            self._socket = None
            self._is_open.clear()
            self.noticed.append({"drop": 1006 if socket.close_code == 1005 else socket.close_code})

    async def do(self, step: dict[str, Any]) -> int:
        """Do a step of the server; return how many events the client's socket has of it."""
        what, waits = step["server"], self._verdict is not None and not self._verdict.done()
        if what == "open":
            if self._verdict is None or not waits:
                return 0
            self._verdict.set_result(HTTPStatus.SWITCHING_PROTOCOLS)
            await self._is_open.wait()
            return 1
        if what in ("close", "reject") and self._verdict is not None and waits:
            self._verdict.set_result(step.get("status", 0))
            return 1
        if self._socket is None:
            return 0
        if what == "close":
            socket, self._socket = self._socket, None
            self._is_open.clear()
            if step["code"] == 1006:
                socket.transport.abort()
            else:
                await socket.close(step["code"], step.get("reason", ""))
        else:
            frame = step["text"] if what == "text" else json.dumps(step["frame"])
            await self._socket.send(frame)
        return 1


class Stage:
    """A server on a port of its own, for one vector after the other."""

    def __init__(self) -> None:
        self.script = Script()
        self.port = 0

    async def decide(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer for pages, and hold other handshakes."""
        path = urlsplit(request.path).path
        if path == "/":
            return await self.script.decide(connection, request)
        name = path.rpartition("/")[2]
        if path.startswith("/runtime/"):
            text = runtime_files("compiled").get(name, "")
        else:
            text = "<!doctype html>" if name == "page" else (HERE / name).read_text("utf-8")
        kind = "text/html" if name == "page" else "text/javascript"
        body = text.encode()
        headers = Headers({"Content-Type": kind, "Content-Length": str(len(body))})
        return Response(HTTPStatus.OK, "OK", headers, body)

    async def play(self, vector: Vector, call: Call) -> None:
        """Play a vector, and compare what both sides notice."""
        script = self.script = Script()
        heard = 0
        seen: dict[str, list[Any]] = {"server": [], "connection": [], "calls": []}
        expected: dict[str, list[Any]] = {"server": [], "connection": [], "calls": []}
        await call("begin", vector, f"ws://127.0.0.1:{self.port}")
        for index, step in enumerate(vector["steps"]):
            for effect in step["expect"]:
                [kind] = {"server", "calls", "connection"} & {kind_of(effect)}
                expected[kind].append(effect)
            if "server" in step:
                heard += await script.do(step)
            else:
                await call("step", step)
            deadline = time.monotonic() + 30  # the loop's own time may be held
            is_enough = False
            while not is_enough and time.monotonic() < deadline:
                taken = await call("take")
                seen["connection"] += taken["connection"]
                seen["calls"] += taken["calls"]
                seen["server"] = script.noticed
                is_enough = taken["heard"] >= heard and all(
                    len(seen[kind]) >= len(expected[kind]) for kind in seen
                )
            assert is_enough, (index, heard, seen, expected)
            # Promises of several kinds, settled at one moment, are told in an order of their own.
            for calls in (seen["calls"], expected["calls"]):
                calls.sort(key=call_of)
            for kind in seen:
                pairs = zip(seen[kind], expected[kind], strict=False)
                is_same = len(seen[kind]) == len(expected[kind])
                assert is_same, (index, kind, seen, expected)
                assert all(same(*pair) for pair in pairs), (index, kind, seen, expected)


def call_of(effect: dict[str, Any]) -> str:
    """Which call an effect is about."""
    return str(effect.get("settle", effect.get("item")))


def kind_of(effect: dict[str, Any]) -> str:
    """Where an effect is noticed."""
    if SERVER_EFFECTS & effect.keys():
        return "server"
    return "calls" if CALL_EFFECTS & effect.keys() else "connection"


def same(found: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Whether an effect is the expected one. No code is seen before the socket is open."""
    if found == {"drop": None}:
        return "drop" in expected
    return found == pytest.approx(expected) if "delay" in expected else found == expected


@asynccontextmanager
async def staged() -> AsyncGenerator[Stage]:
    """Serve a stage, until the block ends. The time of handshakes is the vector's."""
    stage = Stage()

    async def handle(socket: ServerConnection) -> None:
        await stage.script.handle(socket)

    options: dict[str, Any] = {"open_timeout": None, "ping_interval": None}
    async with serve(handle, "127.0.0.1", 0, process_request=stage.decide, **options) as server:
        [listener, *_] = server.sockets
        stage.port = listener.getsockname()[1]
        yield stage


async def play_all(vectors: list[Vector], stage: Stage, call: Call) -> None:
    """Play vectors on a host, and tell all that go wrong."""
    assert len(vectors) > 60
    wrong: list[str] = []
    for vector in vectors:
        try:
            await stage.play(vector, call)
        except AssertionError as error:
            wrong.append(f"{vector['name']}: {error!r}")
    assert not wrong, "\n".join(wrong)


async def play_on(runtime: Sequence[str], stage: Stage) -> None:
    """Play vectors on a host in a process of its own.

    Args:
        runtime: What runs programs of JavaScript.
        stage: The stage.
    """
    process = await asyncio.create_subprocess_exec(
        *runtime, str(HERE / "host_node.mjs"), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )

    async def call(*given: Any) -> Any:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(given).encode() + b"\n")
        return json.loads(await process.stdout.readline())

    try:
        await play_all(possible(), stage, call)
    finally:
        assert process.stdin
        process.stdin.close()
        await process.wait()


__all__ = ["Call", "Stage", "Vector", "play_all", "play_on", "possible", "staged"]
