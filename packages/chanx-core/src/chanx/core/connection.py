"""The state of one ASGI WebSocket connection (ASGI's WebSocket specification 2.5)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal

from chanx.core.asgi import Event, Receive, Scope, Send
from chanx.core.errors import ConfigurationError

State = Literal["new", "connecting", "open", "closed"]
Header = tuple[bytes, bytes]

MAX_REASON_BYTES: Final = 123
"""RFC 6455, 5.5: a control frame holds at most 125 bytes, two of which are the close code."""


class Connection:
    """Speaks ASGI for one WebSocket, and never sends what its state does not permit.

    Args:
        scope: The connection scope, of type ``websocket``.
        receive: The server's receive.
        send: The server's send.
        gone: What ``send`` raises when the client is gone.
        on_close: Called when the server closes the connection.
    """

    __slots__ = (
        "_gone",
        "_held",
        "_on_close",
        "_send",
        "channel",
        "close_code",
        "receive",
        "scope",
        "state",
        "was_accepted",
    )

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        gone: tuple[type[BaseException], ...] = (OSError,),
        on_close: Callable[[], None] | None = None,
    ) -> None:
        self.scope = scope
        self.state: State = "new"
        self.was_accepted = False
        self.close_code: int | None = None
        self.channel = ""
        """The connection's name on its channel layer; empty as long as it has none."""
        self.receive = receive
        """Awaits the server's next event."""
        self._send = send
        self._gone = gone
        self._on_close = on_close
        self._held: list[str] = []

    async def open(self) -> None:
        """Await the handshake.

        Raises:
            RuntimeError: If the server sends anything else first.
        """
        event = await self.receive()
        if event["type"] != "websocket.connect":
            raise RuntimeError(
                f'Expected ASGI message "websocket.connect", but got {event["type"]!r}.'
            )
        self.state = "connecting"

    async def accept(self, subprotocol: str | None = None, headers: Iterable[Header] = ()) -> bool:
        """Accept the handshake, and send what was held until now.

        Args:
            subprotocol: One of those the client offered; None for none.
            headers: Further headers of the handshake's response.

        Returns:
            Whether the connection is open; False if it has ended already.

        Raises:
            RuntimeError: If it was accepted already.
            ConfigurationError: If the client did not offer the subprotocol.
        """
        if self.state == "open":
            raise RuntimeError("The connection is accepted already: accept() goes once.")
        if self.state == "closed":
            return False
        offered = self.scope.get("subprotocols", ())
        if subprotocol is not None and subprotocol not in offered:
            raise ConfigurationError(
                f"accept({subprotocol!r}) answers with a subprotocol that the client did not "
                f"offer (RFC 6455, 4.2.2): choose one of scope['subprotocols']."
            )
        event: Event = {"type": "websocket.accept", "subprotocol": subprotocol}
        if headers:
            event["headers"] = list(headers)
        if not await self._emit(event):
            return False
        self.state = "open"
        self.was_accepted = True
        held, self._held = self._held, []
        for text in held:
            await self.send_text(text)
        return True

    async def send_text(self, text: str) -> bool:
        """Send a text frame; before the connection is accepted, hold it until it is.

        Returns:
            Whether it was handed to the server or is held; False if the connection has ended.
        """
        if self.state == "open":
            try:
                await self._send({"type": "websocket.send", "text": text})
            except self._gone:
                self.state = "closed"
                return False
            return True
        if self.state == "closed":
            return False
        self._held.append(text)
        return True

    async def close(self, code: int = 1000, reason: str = "") -> bool:
        """Close the connection; before it is accepted, the server answers 403 instead.

        Args:
            code: 1000, or 4000 to 4999.
            reason: For the client; cut to 123 bytes.

        Returns:
            Whether this call closed it; False if it had ended already.

        Raises:
            ConfigurationError: If the code is not an application's to send.
        """
        if code != 1000 and not 4000 <= code <= 4999:
            raise ConfigurationError(
                f"close({code}) sends a code that is not an application's (RFC 6455, 7.4): "
                f"use 1000, or 4000 to 4999."
            )
        if self.state == "closed":
            return False
        cut = reason.encode(errors="ignore")[:MAX_REASON_BYTES].decode(errors="ignore")
        self.state = "closed"
        # A plain one: some servers refuse a subclass, such as CloseCode.
        self.close_code = code = int(code)
        try:
            return await self._emit({"type": "websocket.close", "code": code, "reason": cut})
        finally:
            if self._on_close is not None:
                self._on_close()

    @property
    def can_deny(self) -> bool:
        """Whether the server can answer a handshake with an HTTP response (ASGI extension)."""
        return self.state == "connecting" and self.extension("websocket.http.response") is not None

    def extension(self, name: str) -> Any:
        """Return an extension that the server offers in the scope; None if it does not.

        Args:
            name: The extension, as ASGI names it.
        """
        extensions: Mapping[str, Any] | None = self.scope.get("extensions")
        return None if extensions is None else extensions.get(name)

    async def deny(self, status_code: int, headers: Iterable[Header], body: bytes) -> None:
        """Refuse the handshake with an HTTP response; only where :attr:`can_deny` is true."""
        self.state = "closed"
        self.close_code = 4000 + status_code
        start: Event = {
            "type": "websocket.http.response.start",
            "status": status_code,
            "headers": list(headers),
        }
        if await self._emit(start):
            await self._emit({"type": "websocket.http.response.body", "body": body})

    def lost(self) -> None:
        """Note that the client is gone."""
        self.state = "closed"

    def release(self) -> None:
        """Let go of the server and of whoever was to be told, once the connection has ended."""
        self._on_close = None
        self._held.clear()

    async def _emit(self, event: Event) -> bool:
        try:
            await self._send(event)
        except self._gone:
            self.state = "closed"
            return False
        return True


__all__ = ["Connection", "Header", "State"]
