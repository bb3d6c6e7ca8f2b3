"""A WebSocket client of an ASGI application in the same process, in the place of a server.

It does what servers do and nothing more, so that tests see exactly which ASGI events an application
takes and gives: reading is the application's own pace, sending can be made to stall, a client that
is gone makes ``send`` raise, and ``websocket.disconnect`` follows the application's own close.
"""

import asyncio
import json
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import pytest

from chanx.core.asgi import ASGIApplication, Event

# A bound for what hangs, and no measure: no test is to pass because it was reached.
PATIENCE = 30.0
"""Seconds after which what is waited for is taken not to come, be the machine ever so busy."""


class Client:
    """One WebSocket of an application; a context manager that leaves nothing running.

    Args:
        application: The ASGI application.
        path: The path that is connected to.
        query: The query string.
        headers: The handshake's headers.
        subprotocols: The subprotocols that the client offers.
        extensions: The ASGI extensions that the server claims.
        scope: Further keys of the scope.
    """

    def __init__(
        self,
        application: ASGIApplication,
        path: str = "/",
        *,
        query: str = "",
        headers: Sequence[tuple[bytes, bytes]] = (),
        subprotocols: Sequence[str] = (),
        extensions: Sequence[str] = (),
        scope: dict[str, Any] | None = None,
    ) -> None:
        self._application = application
        self.scope: dict[str, Any] = {
            "type": "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.5"},
            "http_version": "1.1",
            "scheme": "ws",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [*headers],
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 80),
            "subprotocols": [*subprotocols],
            "extensions": {name: {} for name in extensions},
            "state": {},
            **(scope or {}),
        }
        self._to_application: asyncio.Queue[Event] = asyncio.Queue()
        self._from_application: asyncio.Queue[Event] = asyncio.Queue()
        self.is_reading: asyncio.Event = asyncio.Event()
        """Cleared by :meth:`stall`: the application's sends wait."""
        self.is_reading.set()
        self.is_stalled: asyncio.Event = asyncio.Event()
        """Set once a send of the application waits."""
        self._is_gone = False
        self._failure: Exception | None = None
        self._misuse: AssertionError | None = None
        self.reads: int = 0
        """Events that the application has taken."""
        self.running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self.running = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self.running is not None
        self.vanish()
        if kind is not None:
            self.running.cancel()
            await asyncio.wait([self.running])
        else:
            await self.ended()

    async def _run(self) -> None:
        await self._application(self.scope, self._receive, self._send)

    async def _receive(self) -> Event:
        event = await self._to_application.get()
        self.reads += 1
        return event

    async def _send(self, event: Event) -> None:
        # Where a server's flow control holds an application up: within send().
        if not self.is_reading.is_set():
            self.is_stalled.set()
            await self.is_reading.wait()
        if self._failure is not None:
            raise self._failure
        if self._is_gone:
            raise OSError("The client is gone.")
        if event["type"] == "websocket.send" and event.get("bytes") is None:
            # Half a surrogate pair has no UTF-8, and a server's failure on it would be the
            # application's.
            event["text"].encode()  # as servers do, which fails for what is not a text
        await self._from_application.put(event)
        if event["type"] == "websocket.close":
            if type(event["code"]) is not int:
                # Raised at the end as well: an application may take what send raises for a sign
                # that its client is gone.
                self._misuse = AssertionError(f"A close code is an int: {event!r}")
                raise self._misuse
            # A disconnect follows the application's own close (ASGI).
            self._go(event["code"])

    def _go(self, code: int) -> None:
        if not self._is_gone:
            self._is_gone = True
            self._to_application.put_nowait({"type": "websocket.disconnect", "code": code})

    async def connect(self) -> Event:
        """Open the handshake, and return the application's answer."""
        self.begin()
        return await self.event()

    def begin(self) -> None:
        """Open the handshake, and wait for no answer."""
        self._to_application.put_nowait({"type": "websocket.connect"})

    async def open(self) -> None:
        """Open the connection, which the application must accept."""
        answer = await self.connect()
        assert answer["type"] == "websocket.accept", answer

    def send(self, **message: Any) -> None:
        """Send a message."""
        self.send_text(json.dumps(message))

    def send_text(self, text: str) -> None:
        """Send a text frame."""
        self._to_application.put_nowait({"type": "websocket.receive", "text": text, "bytes": None})

    def send_bytes(self, data: bytes) -> None:
        """Send a binary frame."""
        self._to_application.put_nowait({"type": "websocket.receive", "text": None, "bytes": data})

    def vanish(self, code: int = 1006) -> None:
        """Be gone: what the application sends from now on fails."""
        self._go(code)
        # What waits to be sent learns that nobody reads.
        self.is_reading.set()

    def break_off(self, failure: Exception) -> None:
        """Be gone without the application being told, but for what its sends raise from now on."""
        self._failure = failure
        self.is_reading.set()

    def stall(self) -> None:
        """Stop reading: what the application sends from now on waits."""
        self.is_reading.clear()

    async def event(self) -> Event:
        """Return the next ASGI event of the application."""
        assert self.running is not None
        async with asyncio.timeout(PATIENCE):
            coming = asyncio.ensure_future(self._from_application.get())
            try:
                # An application that ends without a word must fail the test at once, and not after
                # PATIENCE.
                await asyncio.wait([coming, self.running], return_when=asyncio.FIRST_COMPLETED)
                if not coming.done() and self.running.done():
                    self.running.result()
                    raise AssertionError("The application ended and sent nothing more.")
                return await coming
            finally:
                coming.cancel()

    async def text(self) -> str:
        """Return the next text frame."""
        event = await self.event()
        assert event["type"] == "websocket.send", event
        text: str = event["text"]
        return text

    async def message(self) -> dict[str, Any]:
        """Return the next message."""
        message: dict[str, Any] = json.loads(await self.text())
        return message

    async def messages(self, count: int) -> list[dict[str, Any]]:
        """Return the next messages."""
        return [await self.message() for _ in range(count)]

    async def closed(self) -> int:
        """Return the code with which the application closes next."""
        event = await self.event()
        assert event["type"] == "websocket.close", event
        code: int = event["code"]
        return code

    @property
    def unread(self) -> int:
        """Frames that the application has not taken yet."""
        return self._to_application.qsize()

    @property
    def unseen(self) -> int:
        """Events that the application sent and the test has not looked at."""
        return self._from_application.qsize()

    async def ended(self) -> None:
        """Wait for the application to return, which fails if it raised."""
        assert self.running is not None
        async with asyncio.timeout(PATIENCE):
            await self.running
        if self._misuse is not None:
            raise self._misuse


async def logged(caplog: pytest.LogCaptureFixture, text: str) -> None:
    """Wait until the log says something, and for what comes with it.

    The time-out of what is left behind and that of who waits for it may be over in any order, where
    the process stalls.
    """
    async with asyncio.timeout(PATIENCE):
        while text not in caplog.text:  # noqa: ASYNC110 - the log tells nobody
            await asyncio.sleep(0)
    await settled()


async def settled() -> None:
    """Let everything run that can run without waiting for anything outside the process."""
    # Some cycles of the loop, which is what "without waiting" means: no clock, so that it holds on
    # a busy machine.
    for _ in range(50):
        await asyncio.sleep(0)


__all__ = ["PATIENCE", "Client", "logged", "settled"]
