# SPDX-License-Identifier: 0BSD
"""One socket, over the library ``websockets``; whoever opens it is told what becomes of it."""

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from .address import Handshake

_HIGH: Final = 64 * 1024
"""Characters that wait to be written, beyond which the socket takes nothing more."""

# A peer that reads nothing is not waited for: the close goes behind what it does not take.
_PATIENCE: Final = 5.0
"""Seconds for what is to be written before a close."""

_SILENT: Final = logging.Logger(f"{__name__}.silent", logging.CRITICAL + 1)
"""In place of the library's: at its level DEBUG, that writes tokens (R25). It is not one that
``logging`` keeps by name, since whoever configures those may have this one speak."""


@dataclass(frozen=True, slots=True)
class Events:
    """What is told of a socket; nothing after ``closed``, nor after it was dropped.

    Attributes:
        opened: It is open.
        received: A text came; None stands for bytes.
        closed: It is closed, with a code and a reason.
        blocked: It takes nothing more, or does so again; True once more where it took some.
    """

    opened: Callable[[], None]
    received: Callable[[str | None], None]
    closed: Callable[[int, str], None]
    blocked: Callable[[bool], None]


class Socket:
    """One attempt to connect, and what comes of it.

    Args:
        handshake: What it is opened with.
        events: Is told of it.
        max_frame: Bytes of a frame that are read at most; for a larger one it closes with 1009.
        options: Further arguments of ``websockets``' ``connect``.
    """

    def __init__(
        self,
        handshake: Handshake,
        events: Events,
        *,
        max_frame: int,
        options: Mapping[str, Any],
    ) -> None:
        self._handshake = handshake
        self._events = events
        self._max_frame = max_frame
        self._options = options
        self._socket: ClientConnection | None = None
        self._texts: asyncio.Queue[str | None] = asyncio.Queue()
        self._waiting = 0
        self._is_blocked = False
        self._is_over = False
        self._closing: asyncio.Task[None] | None = None
        self._writing: asyncio.Task[None] | None = None
        # Last: with an eager task factory (Python 3.12) it runs at once, up to its first wait.
        self._running = asyncio.create_task(self._run())

    def send(self, text: str) -> None:
        """Write a text, in its turn."""
        self._texts.put_nowait(text)
        self._waiting += len(text)
        if self._waiting > _HIGH and not self._is_blocked:
            self._is_blocked = True
            self._events.blocked(True)

    def drop(self, code: int, reason: str) -> None:
        """Give the socket up: nothing more is told of it.

        Args:
            code: The close code; 1006 for at once, without a closing handshake.
            reason: What the server is told.
        """
        if not self._is_over or self._closing is None:
            self._is_over = True
            # Beside: it waits for the peer, and whoever drops has the next socket to open.
            self._closing = asyncio.create_task(self._close(code, reason))

    @property
    def is_gone(self) -> bool:
        """Whether nothing of it is left."""
        return self._running.done() and (self._closing is None or self._closing.done())

    async def closed(self) -> None:
        """Wait until nothing of it is left."""
        # `wait` raises nothing of what it waits for: one of them was perhaps cancelled.
        await asyncio.wait([self._running, *([self._closing] if self._closing else [])])

    async def _close(self, code: int, reason: str) -> None:
        socket = self._socket
        if socket is None or code == 1006:
            # No closing handshake (RFC 6455, 7.1.1: by any means, where necessary): what is dropped
            # so does not answer, and would be waited for until `close_timeout` of the library.
            if socket is not None:
                socket.transport.abort()
            self._running.cancel()
            return
        self._texts.put_nowait(None)
        if self._writing is not None:  # what was sent before goes before
            await asyncio.wait([self._writing], timeout=_PATIENCE)
        await socket.close(code, reason)

    async def _run(self) -> None:
        code, reason = 1006, ""
        try:
            socket = self._socket = await self._open()
        except InvalidStatus as error:
            code = 4000 + error.response.status_code
            reason = "The handshake was refused."
            # The other form, a date (RFC 9110, 10.2.3), needs clocks that agree.
            after = error.response.headers.get("Retry-After", "")
            if re.fullmatch("[0-9]+", after):
                reason += f" Retry in {after}.0 s."
        except Exception as error:  # whatever the network, TLS or a proxy comes up with
            reason = f"There is no connection: {type(error).__name__}."
        else:
            code, reason = await self._use(socket)
        self._tell_closed(code, reason)

    async def _open(self) -> ClientConnection:
        # None and not an empty list, for which the library writes an empty header.
        offered = [Subprotocol(name) for name in self._handshake.subprotocols]
        options: dict[str, Any] = {
            "additional_headers": [*self._handshake.headers],
            "subprotocols": offered or None,
            "max_size": self._max_frame,
            "open_timeout": None,  # the machine has its own
            "logger": _SILENT,
            **self._options,
        }
        return await connect(self._handshake.url, **options)

    async def _use(self, socket: ClientConnection) -> tuple[int, str]:
        writing = self._writing = asyncio.create_task(self._write(socket))
        try:
            if not self._is_over:
                self._events.opened()
            while True:
                given = await socket.recv()
                if not self._is_over:
                    self._events.received(given if isinstance(given, str) else None)
        except ConnectionClosed:
            return socket.close_code or 1006, socket.close_reason or ""
        finally:
            # Not awaited itself: that would raise what ends it, in place of what ends this.
            writing.cancel()
            await asyncio.wait([writing])

    async def _write(self, socket: ClientConnection) -> None:
        try:
            while (text := await self._texts.get()) is not None:
                # It waits while the transport is full, and this with it: one frame at a time.
                await socket.send(text)
                self._waiting -= len(text)
                if self._is_blocked:
                    # Each frame is told: a slow network takes its time for many, and is not dead.
                    self._is_blocked = self._waiting > _HIGH // 2
                    if not self._is_over:
                        self._events.blocked(self._is_blocked)
        except ConnectionClosed:
            pass  # whoever reads is told

    def _tell_closed(self, code: int, reason: str) -> None:
        if not self._is_over:
            self._is_over = True
            self._events.closed(code, reason)


__all__ = ["Events", "Socket"]
