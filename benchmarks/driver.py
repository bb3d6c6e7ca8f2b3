"""The server's side of ASGI WebSockets within the process, as lean as can be and one for all."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

Event: TypeAlias = MutableMapping[str, Any]
Application: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]


class Arrivals:
    """Counts what applications send, and tells when as much has arrived as is expected."""

    __slots__ = ("_complete", "_missing")

    def __init__(self) -> None:
        self._missing = 0
        self._complete: asyncio.Future[None] | None = None

    def expect(self, count: int) -> "asyncio.Future[None]":
        """Return what is done once so many further events were sent."""
        self._missing = count
        self._complete = asyncio.get_running_loop().create_future()
        return self._complete

    def note(self) -> None:
        """Count one event."""
        self._missing -= 1
        if self._missing == 0 and self._complete is not None:
            self._complete.set_result(None)


class Socket:
    """One connection of an application, driven by hand.

    Args:
        application: The ASGI application.
        arrivals: What counts the events that it sends; sockets may share one.
    """

    __slots__ = ("_application", "_inbox", "_task", "arrivals", "last")

    def __init__(self, application: Application, arrivals: Arrivals | None = None) -> None:
        self.arrivals = arrivals or Arrivals()
        self.last: Event = {}
        """What the application sent last."""
        self._application = application
        self._inbox: asyncio.Queue[Event] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def receive(self) -> Event:
        """ASGI's receive: suspends only while nothing waits."""
        return await self._inbox.get()

    async def send(self, event: Event) -> None:
        """ASGI's send: never suspends."""
        self.last = event
        self.arrivals.note()

    def feed(self, *events: Event) -> None:
        """Hand events to the application."""
        for event in events:
            self._inbox.put_nowait(event)

    async def connect(self) -> None:
        """Run the application until it has accepted."""
        accepted = self.arrivals.expect(1)
        self._task = asyncio.ensure_future(self._application(_scope(), self.receive, self.send))
        self.feed({"type": "websocket.connect"})
        await accepted
        if self.last["type"] != "websocket.accept":
            raise RuntimeError(f"The application did not accept: {self.last!r}.")

    async def echo(self, text: str) -> str:
        """Send one frame, and return the text of the next."""
        replied = self.arrivals.expect(1)
        self.feed({"type": "websocket.receive", "text": text})
        await replied
        reply: str = self.last["text"]
        return reply

    async def disconnect(self) -> None:
        """Tell the application that the client is gone, and wait for its end."""
        self.feed({"type": "websocket.disconnect", "code": 1000})
        if self._task is not None:
            await self._task


def _scope() -> dict[str, Any]:
    """Return a connection scope such as uvicorn makes."""
    return {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "ws",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50000),
        "root_path": "",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "headers": [
            (b"host", b"127.0.0.1:8000"),
            (b"upgrade", b"websocket"),
            (b"connection", b"Upgrade"),
            (b"sec-websocket-key", b"AAAAAAAAAAAAAAAAAAAAAA=="),
            (b"sec-websocket-version", b"13"),
        ],
        "subprotocols": [],
        "state": {},
        "extensions": {"websocket.http.response": {}},
    }
