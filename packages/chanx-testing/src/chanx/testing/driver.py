"""Runs an ASGI application for one WebSocket connection, in the place of a server."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from traceback import format_exception
from typing import Any, Final, Literal

from chanx.core.asgi import FAILURES, UNDECLARED, ASGIApplication, Event, Scope
from chanx.core.close_codes import ABNORMAL_CLOSURE
from chanx.core.session import SESSIONS, Session
from chanx.testing.loop import running_loop

State = Literal["new", "connecting", "open", "denying", "closed"]
Headers = Sequence[tuple[bytes, bytes]]

SHOWN_FRAMES: Final = 20
"""How many of the last frames a failure shows."""

SHOWN_CHARACTERS: Final = 300
"""How much of each of them it shows."""

EXPECTED: Final[dict[State, tuple[str, ...]]] = {
    "connecting": ("websocket.accept", "websocket.close", "websocket.http.response.start"),
    "denying": ("websocket.http.response.body",),
    "open": ("websocket.send", "websocket.close"),
}
"""What an application may send in each state (ASGI's WebSocket specification 2.5)."""


class ClientDisconnected(OSError):
    """Raised by ``send`` once the connection has ended, as the specification asks of servers."""


@dataclass(frozen=True, slots=True)
class Close:
    """How a connection ended.

    Attributes:
        code: The close code.
        reason: The reason that came with it.
    """

    code: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DenialResponse:
    """The HTTP response with which an application refused a handshake.

    Attributes:
        status: The HTTP status.
        headers: The response's headers.
        body: The response's body.
    """

    status: int
    headers: Headers
    body: bytes


class Driver:
    """The server's side of one WebSocket connection, without a socket.

    Nothing that a test does cancels the application, short of :meth:`cancel`: it runs in a task of
    its own, and whoever waits here waits for its events.

    Args:
        application: The ASGI application.
        scope: The connection's scope.
    """

    def __init__(self, application: ASGIApplication, scope: Scope) -> None:
        self.application = application
        self.scope = scope
        self.state: State = "new"
        self.is_accepted: bool = False
        self.subprotocol: str | None = None
        # Apart from the other events: most tests ask for frames alone, and an accept or a close is
        # not to stand in their way.
        self.frames: deque[str | bytes] = deque()
        """What the application sent and nobody took yet."""
        self.answers: deque[Event] = deque()
        """What it sent besides frames, and nobody took yet: how it accepts, refuses and closes."""
        self.arrived: int = 0
        """How many frames the application has sent so far."""
        self.sent: deque[str | bytes] = deque(maxlen=SHOWN_FRAMES)
        """What the application sent last, taken or not."""
        self.is_reading: bool = True
        """Whether the client reads; if not, what the application sends waits."""
        self.stalled: int = 0
        """How many sends of the application wait for the client to read."""
        self.closed: Close | None = None
        self.denial: DenialResponse | None = None
        self.sessions: list[Session] = []
        """The sessions of chanx consumers that serve the connection."""
        self.failures: list[str] = []
        """What failed while the connection was served, and is in the log, each with its trace."""
        self.undeclared: dict[str, str] = {}
        """Codes with which handlers answered that do not declare them, each with what to do."""
        self.task: asyncio.Task[None] | None = None
        self._misuse: Exception | None = None
        self._incoming: deque[Event] = deque()
        self._application_waiter: asyncio.Future[None] | None = None
        self._waiters: list[asyncio.Future[None]] = []
        self._is_gone = False

    # The client's side

    def start(self, observe: Callable[[Session], None] | None = None) -> None:
        """Run the application and begin the handshake.

        Args:
            observe: Called with each session of a chanx consumer; None for nobody.

        Raises:
            RuntimeError: If asyncio does not run.
        """
        loop = running_loop()

        def begun(session: Session) -> None:
            self.sessions.append(session)
            if observe is not None:
                observe(session)

        self.state = "connecting"
        # By extensions of ASGI, of names of chanx's own: consumers find them behind any middleware
        # and router, which pass a scope on.
        extensions = self.scope.setdefault("extensions", {})
        extensions[SESSIONS] = begun
        extensions[FAILURES] = self._failed
        extensions[UNDECLARED] = self.undeclared.__setitem__
        # Before the task begins: it is the first event that an application receives (ASGI).
        self._give({"type": "websocket.connect"})
        # A task of its own, as a server's: a time-out of the test's cancels who waits here, and not
        # this.
        self.task = loop.create_task(self.application(self.scope, self._receive, self._send))
        self.task.add_done_callback(self._ended)

    def _failed(self, name: str, error: BaseException) -> None:
        # As text: the error itself would keep all that its frames refer to.
        trace = "".join(format_exception(error)).rstrip()
        self.failures.append(f"While the test ran, {name} failed:\n{trace}")

    def give_frame(self, frame: str | bytes) -> None:
        """Give the application a frame of the client."""
        key = "text" if isinstance(frame, str) else "bytes"
        self._give({"type": "websocket.receive", key: frame})

    def disconnect(self, code: int, reason: str = "") -> None:
        """Tell the application that the client is gone."""
        self._end(Close(code, reason))

    def read(self, is_reading: bool) -> None:
        """Read what the application sends, or stop reading."""
        self.is_reading = is_reading
        self._notify()

    async def wait_for(self, condition: Callable[[], object]) -> None:
        """Wait until a condition holds, looking at it whenever the application does something."""
        # Looked at after each event, and not by a timer.
        while not condition():
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter

    async def wait_ended(self, timeout: float) -> bool:
        """Wait until the application has ended; return whether it has.

        Args:
            timeout: Seconds to wait at most.
        """
        assert self.task is not None
        # asyncio.wait() would add a callback, which a loop that is closed refuses.
        if self.task.done():  # in another event loop, maybe
            return True
        done, _ = await asyncio.wait([self.task], timeout=timeout)
        return bool(done)

    async def cancel(self, timeout: float) -> bool:
        """Cancel the application; return whether it has ended.

        Args:
            timeout: Seconds to wait at most.
        """
        assert self.task is not None
        self.task.cancel()
        return await self.wait_ended(timeout)

    @property
    def failure(self) -> BaseException | None:
        """What the application raised, or sent against the specification; None if it has not."""
        if self._misuse is not None:
            return self._misuse
        if self.task is None or not self.task.done() or self.task.cancelled():
            return None
        return self.task.exception()

    @property
    def is_answered(self) -> bool:
        """Whether the handshake has come to an end."""
        return self.state in ("open", "closed")

    @property
    def is_entered(self) -> bool:
        """Whether consumers that accepted have done what they do before the first frame.

        Those that wait for their client to read count as well: it reads only after connecting.
        """
        # A session that waits for its client would wait for connect(), which waits for it.
        if self.stalled or self.closed is not None:
            return True
        return all(session.is_entered for session in self.sessions)

    def runs_in(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Return whether the application runs, in that event loop."""
        return self.task is not None and not self.task.done() and self.task.get_loop() is loop

    @property
    def is_idle(self) -> bool:
        """Whether a running application has nothing to do until something reaches it.

        One that waits for its client to read counts as idle: what else runs in it will wait too.
        """
        if self.stalled:
            return True
        # Something waits to be taken, or the application does something else than to receive.
        if self._incoming or self._application_waiter is None:
            return False
        return all(session.is_idle for session in self.sessions)

    def transcript(self) -> list[str]:
        """Return the last frames of the application, latest last, and the close, one in a line."""
        unread = Counter(self.frames)
        lines: list[str] = []
        # From the latest, as of equal frames the first are taken first.
        for frame in reversed(self.sent):
            is_unread = unread[frame] > 0
            unread[frame] -= is_unread
            lines.append(f"{'unread' if is_unread else 'read  '}  {_shortened(frame)}")
        lines.reverse()
        if self.closed is not None:
            lines.append(f"close   {self.closed.code} {self.closed.reason}".rstrip())
        return lines

    # The application's side

    async def _receive(self) -> Event:
        while not self._incoming:
            # After the last event this waits for ever: the specification has none to follow.
            # One at a time: ASGI has no two receive() at once, and the waiter tells that the
            # application is idle.
            self._application_waiter = asyncio.get_running_loop().create_future()
            try:
                await self._application_waiter
            finally:
                self._application_waiter = None
        return self._incoming.popleft()

    async def _send(self, event: Event) -> None:
        # As the specification asks of servers since 2.4: an OSError from send() once the client is
        # gone.
        if self._is_gone or self.state == "closed":
            raise ClientDisconnected("The connection has ended.")
        try:
            self._check(event)
        except (RuntimeError, TypeError) as error:
            # Kept, as an application may take whatever a send raises for the client's end.
            self._misuse = error
            raise
        kind = event["type"]
        # Noted before it may wait for the client: what was sent is seen, and only the client does
        # not read it.
        if kind != "websocket.send":
            self.answers.append(event)
        # Servers have no flow control before the connection is open.
        if self.state == "open" and not self.is_reading:
            await self._stall()
        if kind == "websocket.send":
            frame = _frame_of(event)
            self.arrived += 1
            self.frames.append(frame)
            self.sent.append(frame)
        # The state changes within the send: what is received next finds the connection open.
        elif kind == "websocket.accept":
            self.state = "open"
            self.is_accepted = True
            self.subprotocol = event.get("subprotocol")
        elif kind == "websocket.close":
            # The specification's defaults: 1000, and an empty reason, for which None may stand.
            self._end(Close(event.get("code", 1000), event.get("reason") or ""))
        else:
            self._deny(event)
        self._notify()

    def _check(self, event: Event) -> None:
        kind = event["type"]
        if kind not in EXPECTED[self.state]:
            expected = " or ".join(f'"{name}"' for name in EXPECTED[self.state])
            raise RuntimeError(f"Expected ASGI message {expected}, but got {kind!r}.")
        # Its content is looked at here as well, so that what is no frame is misuse and not a
        # failure of the test.
        if kind == "websocket.send":
            _frame_of(event)

    async def _stall(self) -> None:
        # A number, as several tasks of an application may send.
        self.stalled += 1
        self._notify()
        try:
            await self.wait_for(lambda: self.is_reading or self._is_gone)
        finally:
            self.stalled -= 1
        if self._is_gone:
            raise ClientDisconnected("The connection has ended.")

    def _deny(self, event: Event) -> None:
        if self.denial is None:
            self.state = "denying"
            self.denial = DenialResponse(event["status"], list(event.get("headers", ())), b"")
            return
        body = self.denial.body + event.get("body", b"")
        self.denial = DenialResponse(self.denial.status, self.denial.headers, body)
        # A denial has a status in the place of a close code, as what ended the connection.
        if not event.get("more_body", False):
            self._end(Close(self.denial.status))

    def _end(self, close: Close) -> None:
        """End the connection, from either side; the application is told (disconnect event)."""
        # Before the event is given: who receives it and sends at once has to learn of it.
        self._is_gone = True
        if self.closed is None:
            self.closed = close
            self.state = "closed"
            self._give({"type": "websocket.disconnect", "code": close.code, "reason": close.reason})
        self._notify()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        # Whoever ended it first says how; the application's own close is answered by a disconnect
        # as well (ASGI).
        if self.closed is None:
            # An application that ends without a close leaves its server to break the connection
            # (1006).
            self.closed = Close(ABNORMAL_CLOSURE)
            self.state = "closed"
        if not task.cancelled():
            task.exception()  # it is raised in the test; asyncio need not report it as well
        self._notify()

    def _give(self, event: Event) -> None:
        self._incoming.append(event)
        if self._application_waiter is not None and not self._application_waiter.done():
            self._application_waiter.set_result(None)

    def _notify(self) -> None:
        # Taken out first: who is woken looks, and may wait again.
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)


def _frame_of(event: Event) -> str | bytes:
    frame: Any = event.get("text")
    if frame is None:
        frame = event.get("bytes")
    if not isinstance(frame, str | bytes):
        raise TypeError(f'"websocket.send" needs text, a str, or bytes, but got {event!r}.')
    return frame


def _shortened(frame: str | bytes) -> str:
    text = frame if isinstance(frame, str) else repr(frame)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}..."


__all__ = ["ClientDisconnected", "Close", "DenialResponse", "Driver"]
