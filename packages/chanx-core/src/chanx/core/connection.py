"""The state of one ASGI WebSocket connection (ASGI's WebSocket specification 2.5)."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final, Literal

from chanx.core.asgi import Event, Header, Receive, Scope, Send, accept_event, extension
from chanx.core.backlog import Backlog, size_of
from chanx.core.cancellation import is_own
from chanx.core.clock import SYSTEM_CLOCK, Clock
from chanx.core.close_codes import SUBSTITUTES, CloseCode, close_code_for, is_sendable
from chanx.core.closing import unsendable
from chanx.core.patience import patience
from chanx.core.transports import abort_later

logger: Final = logging.getLogger("chanx.websocket")

State = Literal["new", "connecting", "open", "closed"]

MAX_REASON_BYTES: Final = 123
"""RFC 6455, 5.5: a control frame holds at most 125 bytes, two of which are the close code."""


class Connection:
    """Speaks ASGI for one WebSocket, and never sends what its state does not permit.

    ==========  =============================  ====================================================
    state       what is sent                   what moves it on
    ==========  =============================  ====================================================
    new         nothing                        ``open``: connecting
    connecting  nothing; text is held          ``accept``: open; ``close``, ``deny``, a failed send:
                                               closed
    open        text, one frame at a time      ``close``, a failed send, ``lost``: closed; an
                                               ``accept`` that is cancelled: connecting
    closed      nothing
    ==========  =============================  ====================================================

    The tests of each row, in ``tests/core/test_connection.py``, begin with its name.

    Whatever the server's send raises means that the client is gone. ASGI asks servers for an
    ``OSError`` then. Some raise exceptions of their own; those are logged in one line, since
    middleware that fails looks the same.

    Args:
        scope: The connection scope, of type ``websocket``.
        receive: The server's receive.
        send: The server's send.
        clock: The time by which the close is bounded.
        close_timeout: Seconds that the server may take to close the connection; None for any.
        backlog: Counts the frames that wait for one that is being written; None if nobody asks.
        make_room: Returns whether there is room for so many bytes more; None for always. Where
            there is none, the connection is about to end.
        on_close: Called when this side closes the connection.
        on_lost: Called when sending shows that the client is gone.
    """

    __slots__ = (
        "_backlog",
        "_clock",
        "_close_timeout",
        "_held",
        "_is_writing",
        "_make_room",
        "_on_close",
        "_on_lost",
        "_send",
        "_writers",
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
        clock: Clock = SYSTEM_CLOCK,
        close_timeout: float | None = None,
        backlog: Backlog | None = None,
        make_room: Callable[[int], bool] | None = None,
        on_close: Callable[[], None] | None = None,
        on_lost: Callable[[], None] | None = None,
    ) -> None:
        self.scope: Scope = scope
        self.state: State = "new"
        self.was_accepted: bool = False
        self.close_code: int | None = None
        self.channel: str = ""
        """The connection's name on its channel layer; empty as long as it has none."""
        self.receive: Receive = receive
        """Awaits the server's next event."""
        self._send = send
        self._clock = clock
        self._close_timeout = close_timeout
        self._backlog = backlog
        self._make_room = make_room
        self._on_close = on_close
        self._on_lost = on_lost
        # Texts and bytes in one list, as their order counts.
        self._held: list[str | bytes] = []
        self._is_writing = False
        self._writers: deque[asyncio.Future[None]] | None = None

    async def open(self) -> None:
        """Await the handshake.

        Raises:
            RuntimeError: If the server sends anything else first.
        """
        event = await self.receive()
        # ASGI: websocket.connect is the first event, and nothing may be sent before it. Whoever
        # breaks that is a server or a middleware, whose mistake is to be seen; no client is there
        # to be refused yet.
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
            ConfigurationError: If the client did not offer the subprotocol, or a header is not a
                pair of bytes.
        """
        # A mistake of whoever calls: connect() may accept by itself, and the handshake then does
        # not. After the end it is none, since the client may have left while connect() ran.
        if self.state == "open":
            raise RuntimeError("The connection is accepted already: accept() goes once.")
        if self.state == "closed":
            return False
        # Before anything is sent: what is wrong with it leaves the handshake as it was.
        event = accept_event(self.scope, subprotocol, headers)
        # Open before the server has it, which may suspend: whoever closes meanwhile finds it
        # accepted, and does not accept it once more to tell why. It waits for its turn, as what is
        # sent does.
        self.state = "open"
        self._is_writing = True
        try:
            if not await self._emit(event):
                return False
            self.was_accepted = True
            if self._held:
                await self._send_held()
        except asyncio.CancelledError:
            # Nobody knows whether the server has it; if not, a refusal may still accept.
            if not self.was_accepted and self.state == "open":
                self.state = "connecting"
            raise
        finally:
            self._end_turn()
        return self.state == "open"

    async def _send_held(self) -> None:
        """Send what was held, in the turn of the accept: what comes meanwhile stands behind it."""
        held, self._held = self._held, []
        for frame in held:
            # ASGI, websocket.send: exactly one of the two keys has a value; the other one may be
            # missing.
            kind = "text" if isinstance(frame, str) else "bytes"
            # A close meanwhile ends it: nothing may be sent behind that (RFC 6455, 5.5.1).
            if self.state != "open" or not await self._emit(
                {"type": "websocket.send", kind: frame}
            ):
                return

    async def send_bytes(self, data: bytes) -> bool:
        """Send a binary frame; before the connection is accepted, hold it until it is.

        Beside :meth:`send_text`, which asks nothing of a frame that costs every message.

        Returns:
            Whether it was handed to the server or is held; False if the connection has ended.
        """
        if self.state == "connecting" or self.state == "new":
            self._held.append(data)
            return True
        if self.state == "closed" or (
            self._is_writing and not await self._wait_for_turn(len(data))
        ):
            return False
        self._is_writing = True
        try:
            await self._send({"type": "websocket.send", "bytes": data})
        except (Exception, asyncio.CancelledError) as error:
            if is_own(error):
                raise
            self._note_lost(error)
            return False
        finally:
            self._end_turn()
        return True

    async def send_text(self, text: str) -> bool:
        """Send a text frame; before the connection is accepted, hold it until it is.

        Returns:
            Whether it was handed to the server or is held; False if the connection has ended.
        """
        if self.state == "open":
            if self._is_writing and not await self._wait_for_turn(size_of(text)):
                return False
            # One frame at a time, and the next ones here in line: what waits within a server's send
            # nobody counts (twenty clients that read nothing held 738 MB of replies of concurrent
            # handlers).
            self._is_writing = True
            try:
                await self._send({"type": "websocket.send", "text": text})
            except UnicodeEncodeError as error:
                # Of the frame, which another process has put on the layer, and not of the client.
                logger.warning("A frame is not a text, and is not sent: %s", error.reason)
                return False
            except (Exception, asyncio.CancelledError) as error:
                if is_own(error):
                    raise
                self._note_lost(error)
                return False
            finally:
                # Handed on and not given up, or one that comes now would overtake who waits.
                if self._writers:
                    self._pass_turn(self._writers)
                else:
                    self._is_writing = False
            return True
        if self.state == "closed":
            return False
        self._held.append(text)
        return True

    async def _wait_for_turn(self, size: int) -> bool:
        """Wait until the frames before have been written; return whether this one may be."""
        # Before it counts itself: by its policy a broadcast that waits is dropped for it, or the
        # connection ends with 4509, and then there is nothing to wait for.
        if self._make_room is not None and not self._make_room(size):
            return False
        if self._backlog is not None:
            self._backlog.add(size)
        if self._writers is None:
            self._writers = deque()
        # A turn is handed to the one who has waited longest while _is_writing stays set, so that
        # nobody who comes between that and the next step of the waiting task gets ahead of it.
        turn = asyncio.get_running_loop().create_future()
        self._writers.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it had its turn, and does not take it
                self._pass_turn(self._writers)
            raise
        finally:
            if self._backlog is not None:
                self._backlog.remove(size)
        if self.state == "open":
            return True
        # The connection has ended meanwhile: each that waits learns it in its turn, and hands that
        # on.
        self._pass_turn(self._writers)
        return False

    def _end_turn(self) -> None:
        if self._writers:
            self._pass_turn(self._writers)
        else:
            self._is_writing = False

    def _pass_turn(self, writers: "deque[asyncio.Future[None]]") -> None:
        while writers:
            turn = writers.popleft()
            # One that is done was cancelled while it waited.
            if not turn.done():
                turn.set_result(None)
                return
        self._is_writing = False

    async def close(self, code: int = 1000, reason: str | None = "") -> bool:
        """Close the connection; before it is accepted, the server answers 403 instead.

        Args:
            code: One that a close frame may carry (RFC 6455, 7.4); where the server does not send
                one of the protocol's own, what :data:`~chanx.core.close_codes.SUBSTITUTES` says.
            reason: For the client; cut to 123 bytes.

        Returns:
            Whether this call closed it; False if it had ended already.

        Raises:
            ConfigurationError: If no close frame may carry the code; the connection is closed all
                the same, with 4500.
        """
        if is_sendable(code):
            return await self._close(int(code), str(reason or ""))
        # Closed first, and raised then: the caller may catch the error, and the socket that it
        # wanted to close must not stay open for a wrong number.
        failure = CloseCode.INTERNAL_ERROR
        await self._close(failure, failure.description)
        raise unsendable(code)

    async def _wait_for_accept(self) -> None:
        """Wait until the server has accepted, for as long as it may take to close."""
        most = self._close_timeout
        with suppress(TimeoutError):
            async with self._clock.timeout(None if most is None else patience(most)):
                if await self._wait_for_turn(0):
                    self._end_turn()

    async def _close(self, code: int, reason: str) -> bool:
        # Behind the accept, in its turn. Had it closed before, the accept would find the handshake
        # at its end, and with that the tasks of its connection: this one would be cut off here.
        if self.state == "open" and not self.was_accepted:
            await self._wait_for_accept()
        # Of several who close at once the first counts: ASGI takes one websocket.close, and servers
        # raise at a second one.
        if self.state == "closed":
            return False
        # RFC 6455, 5.5.1: UTF-8; a character that is cut in two is left out.
        cut = reason.encode(errors="ignore")[:MAX_REASON_BYTES].decode(errors="ignore")
        # Before the close is sent, which may suspend: nothing may be sent behind it (5.5.1).
        self.state = "closed"
        # A plain one: some servers refuse a subclass, such as CloseCode.
        self.close_code = code = int(code)
        event: Event = {"type": "websocket.close", "code": code, "reason": cut}
        try:
            # Some servers wait for the client's answer, and for whoever receives at the moment.
            most = self._close_timeout
            async with self._clock.timeout(None if most is None else patience(most)):
                return await self._emit_close(event)
        except TimeoutError:
            # Of a client that reads nothing, the close frame stands behind all that it has not
            # read.
            self.abandon(0)
            return True
        finally:
            # However it went: nothing can be sent any more, so lanes and handlers stop.
            if self._on_close is not None:
                self._on_close()

    async def _emit_close(self, event: Event) -> bool:
        # A code of one's own goes as it is. Of the protocol's some servers take none but 1000:
        # autobahn, and so daphne, raises an Exception. That cannot be known before, so it is tried.
        substitute = SUBSTITUTES.get(event["code"])
        if substitute is None:
            return await self._emit(event)
        try:
            await self._send(event)
        except (Exception, asyncio.CancelledError) as error:
            if is_own(error):
                raise
            if _is_loss(error):
                return False
            # The code was refused, and not the close: had the client been gone, that would be a
            # loss.
            self.close_code = int(substitute)
        else:
            return True
        return await self._emit({**event, "code": self.close_code})

    @property
    def can_deny(self) -> bool:
        """Whether the server can answer a handshake with an HTTP response (ASGI extension)."""
        return (
            self.state == "connecting"
            and extension(self.scope, "websocket.http.response") is not None
        )

    async def deny(self, status_code: int, headers: Iterable[Header], body: bytes) -> None:
        """Refuse the handshake with an HTTP response; only where :attr:`can_deny` is true."""
        self.state = "closed"
        # No close frame carries it, but disconnect() and observers are told one code for a refusal,
        # however the client was told.
        self.close_code = close_code_for(status_code)
        start: Event = {
            "type": "websocket.http.response.start",
            "status": status_code,
            "headers": list(headers),
        }
        if await self._emit(start):
            await self._emit({"type": "websocket.http.response.body", "body": body})

    def abandon(self, delay: float) -> None:
        """Have the server give the client up, unless it has taken its end by then.

        Args:
            delay: Seconds from now.
        """
        abort_later(self.scope, self._send, delay)

    def lost(self) -> None:
        """Note that the client is gone."""
        self.state = "closed"

    def release(self) -> None:
        """Let go of the server and of whoever was to be told, once the connection has ended."""
        # Methods of the session, which has the connection: a circle that only the collector would
        # undo.
        self._on_close = self._on_lost = self._make_room = None
        self._held.clear()

    async def _emit(self, event: Event) -> bool:
        try:
            await self._send(event)
        # CancelledError is a BaseException, and may leak from a server's own time-out: then it says
        # of the client what any other exception says.
        except (Exception, asyncio.CancelledError) as error:
            if is_own(error):
                raise
            self._note_lost(error)
            return False
        return True

    def _note_lost(self, error: BaseException) -> None:
        self.state = "closed"
        if not _is_loss(error):
            logger.warning(
                "The server's send raised %s: the client is taken to be gone.",
                type(error).__qualname__,
                # One line by default: a client that breaks its connection can have this written as
                # often as it likes.
                exc_info=error if logger.isEnabledFor(logging.DEBUG) else None,
                extra={"path": self.scope.get("path")},
            )
        if self._on_lost is not None:
            self._on_lost()


def _is_loss(error: BaseException) -> bool:
    """Return whether a server says in the way of ASGI, or Starlette for it, that nobody listens."""
    # ASGI asks for an OSError. Starlette's WebSocket raises WebSocketDisconnect while it handles
    # that one.
    return isinstance(error, OSError) or isinstance(error.__context__, OSError)


__all__ = ["MAX_REASON_BYTES", "Connection", "State"]
