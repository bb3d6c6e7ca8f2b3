"""Servers elsewhere, over a socket: nobody can see when they have come to rest.

Where the document has a heartbeat, its answer shows that what was sent before is handled, since
frames are handled in order. What comes behind it, such as items of a stream that runs beside, is
waited for until there is silence for a moment.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import count
from types import TracebackType
from typing import Any, ClassVar, Final, Self
from urllib.parse import urlsplit

from chanx.core.errors import ConfigurationError
from chanx.testing.conformance.opening import Opening
from chanx.testing.conformance.scripts import Frame
from chanx.testing.driver import Close

try:
    from websockets.asyncio.client import ClientConnection, connect
    from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
except ModuleNotFoundError as _missing:
    if _missing.name != "websockets":
        raise
    raise ImportError(
        'Servers elsewhere need the package websockets: pip install "chanx-testing[conformance]"'
    ) from _missing

# By the clock, since nothing else tells: long enough for a busy machine, short enough for thousands
# of steps.
SILENCE: Final = 0.3
"""Seconds without a frame after which nothing more is expected, where nothing tells."""

SILENCE_BEHIND_BARRIER: Final = 0.05
"""The same behind the answer of a heartbeat."""

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Barrier:
    """A frame whose answer shows that those before it are handled.

    Attributes:
        frame: Makes it of a ``ref``.
        ref: Returns the ``ref`` that a frame of the server carries.
    """

    frame: Callable[[str], str]
    ref: Callable[[Frame], Any]


class NetworkClient:
    """A client of a server elsewhere, which waits for silence.

    It has the methods of :class:`chanx.testing.FrameClient` that the tests use which are to be
    pasted. ``async with`` connects; a refusal is not an error, but what :attr:`close_code` says.

    Args:
        url: Where the server is, such as ``ws://127.0.0.1:8000``.
        path: The path of the connection, with a query string if need be.
        headers: The handshake's headers; None for none but those that are always there.
        subprotocols: The subprotocols that the client offers.
        barrier: Shows that what was sent is handled; None to wait for silence alone.
    """

    # Of the class: connections of two members may be the server's one user, and answers go by refs.
    _refs = count(1)

    def __init__(
        self,
        url: str,
        path: str,
        headers: Headers | None = None,
        subprotocols: list[str] | None = None,
        *,
        barrier: Barrier | None = None,
    ) -> None:
        self._url = url.rstrip("/") + path
        self._headers = [(name.decode(), value.decode()) for name, value in headers or ()]
        self._subprotocols: Any = subprotocols or None
        self._barrier = barrier
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._frames: deque[Frame] = deque()
        self._news = asyncio.Event()
        self.closed: Close | None = None
        self.is_denied: bool = False

    @property
    def close_code(self) -> int | None:
        """The code with which the connection was closed, or the HTTP status of a refusal."""
        return None if self.closed is None else self.closed.code

    async def __aenter__(self) -> Self:
        """Connect."""
        await self.connect()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        await self.close()

    async def connect(self, timeout: float = 10) -> None:
        """Connect, unless that is done already.

        Args:
            timeout: Seconds to wait for the server's answer.

        Raises:
            ConfigurationError: If nobody answers there.
        """
        if self._socket is not None or self.closed is not None:
            return
        try:
            self._socket = await connect(
                self._url,
                additional_headers=self._headers,
                subprotocols=self._subprotocols,
                open_timeout=timeout,
                # Nothing of the connection is bounded or changed by the client: what the server
                # sends is looked at as it is. The environment's proxies are left out, as they may
                # be of another network.
                compression=None,
                max_size=None,
                proxy=None,
            )
        except InvalidStatus as error:
            self.closed, self.is_denied = Close(error.response.status_code), True
            return
        except (OSError, TimeoutError, InvalidHandshake) as error:
            where = self._url.partition("?")[0]
            raise ConfigurationError(f"No server answers at {where}: {error}") from error
        self._reader = asyncio.create_task(self._read(self._socket))

    async def _read(self, socket: ClientConnection) -> None:
        try:
            while True:
                self._frames.append(await socket.recv())
                self._news.set()
        except ConnectionClosed:
            # None of a connection that broke without a close frame (RFC 6455, 7.1.5).
            self.closed = Close(socket.close_code or 1006, socket.close_reason or "")
            self._news.set()

    async def send_text(self, text: str) -> None:
        """Send a text frame; nothing where the connection is closed."""
        await self._send(text)

    async def send_bytes(self, data: bytes) -> None:
        """Send a binary frame; nothing where the connection is closed."""
        await self._send(data)

    async def _send(self, frame: Frame) -> None:
        if self._socket is not None and self.closed is None:
            try:
                await self._socket.send(frame)
            except ConnectionClosed:
                return  # as the reader sees, too

    async def receive_frame(self, timeout: float = 5) -> Frame:
        """Return the next frame.

        Args:
            timeout: Seconds to wait for it.

        Raises:
            TimeoutError: If none comes in time, or the connection is closed.
        """
        async with asyncio.timeout(timeout):
            await self._wait(lambda: bool(self._frames))
        if not self._frames:
            raise TimeoutError("The connection is closed.")
        return self._frames.popleft()

    async def receive_all_frames(self, timeout: float = 5) -> list[Frame]:
        """Return all frames until there is silence.

        Args:
            timeout: Seconds to wait at most.
        """
        frames, _ = await self.rest(timeout)
        return frames

    async def rest(
        self, timeout: float, until: Callable[[list[Frame]], bool] | None = None
    ) -> tuple[list[Frame], bool]:
        """Return all frames until there is silence, and whether there was.

        Args:
            timeout: Seconds to wait at most.
            until: Whether frames are all that is to come; None if nothing tells.
        """
        taken: list[Frame] = []
        try:
            async with asyncio.timeout(timeout):
                await self._pass_barrier(taken)
                await self._be_silent(taken, until)
        except TimeoutError:
            return [*taken, *self.taken()], False
        return [*taken, *self.taken()], True

    async def _pass_barrier(self, taken: list[Frame]) -> None:
        if self._barrier is None or self.closed is not None:
            return
        ref = f"chanx-barrier-{next(self._refs)}"
        # Frames of a connection are handled in order, so that its answer comes behind all of
        # theirs.
        await self._send(self._barrier.frame(ref))
        while True:
            await self._wait(lambda: bool(self._frames))
            if not self._frames:
                return
            frame = self._frames.popleft()
            if self._barrier.ref(frame) == ref:
                return
            taken.append(frame)

    async def _be_silent(
        self, taken: list[Frame], until: Callable[[list[Frame]], bool] | None
    ) -> None:
        silence = SILENCE if self._barrier is None else SILENCE_BEHIND_BARRIER
        while self.closed is None:
            taken += self.taken()
            is_all = until is None or until(taken)
            try:
                # Where the document says that more is due, silence says nothing yet: the caller's
                # time-out ends the wait.
                async with asyncio.timeout(silence if is_all else None):
                    await self._wait(lambda: bool(self._frames))
            except TimeoutError:
                return

    async def _wait(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition holds, or the connection is closed."""
        while not condition() and self.closed is None:
            # Without a suspension between the look and this, the reader cannot come between.
            self._news.clear()
            await self._news.wait()

    def taken(self) -> list[Frame]:
        """Return the frames that have come, without waiting."""
        frames = [*self._frames]
        self._frames.clear()
        return frames

    async def send(self, frame: Frame) -> None:
        """Send a frame; nothing where the connection is closed."""
        await self._send(frame)

    async def first(self, timeout: float) -> Frame | None:
        """Return the next frame; None if there is none in so many seconds."""
        try:
            return await self.receive_frame(timeout)
        except TimeoutError:
            return None

    async def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            await self._reader


class Network:
    """A server elsewhere.

    Args:
        url: Where it is, such as ``ws://127.0.0.1:8000``.
        is_remote: Whether it may be on another machine.
        barrier: Shows that what was sent is handled; None to wait for silence alone.

    Raises:
        ConfigurationError: If it is on another machine, and may not be.
    """

    def __init__(self, url: str, *, is_remote: bool, barrier: Barrier | None) -> None:
        host = urlsplit(url).hostname or ""
        # By what is written and not by what a name resolves to, which may be another host at the
        # next connection.
        if not is_remote and not _is_loopback(host):
            raise ConfigurationError(
                f"{host or url!r} is another machine: thousands of frames would be sent there. Say "
                f"--chanx-remote, or is_remote=True, if it is yours."
            )
        self._url = url
        self._barrier = barrier

    frames_for_step: ClassVar[int] = 5
    """How many frames a step may take, those of the barrier among them."""

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Do nothing: it runs already."""
        yield

    async def connect(self, opening: Opening, timeout: float) -> NetworkClient:
        """Connect."""
        headers = [(name.encode(), value.encode()) for name, value in opening.all_headers]
        client = NetworkClient(
            self._url, opening.path, headers, opening.subprotocols, barrier=self._barrier
        )
        await client.connect(timeout)
        return client

    def errors(self) -> list[str]:
        """Return nothing: what fails there, its log says."""
        return []

    def silent(self) -> AbstractContextManager[None]:
        """Do nothing."""
        return nullcontext()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


__all__ = ["Barrier", "Network", "NetworkClient"]
