"""How a handshake is answered that FastAPI or Starlette refused, before its consumer was asked."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, nullcontext, suppress
from functools import partial
from typing import Any, Final

from fastapi.exceptions import WebSocketRequestValidationError
from starlette.exceptions import HTTPException, WebSocketException
from starlette.routing import websocket_session
from starlette.websockets import WebSocket

from chanx.core.asgi import Event, Receive, Scope, Send
from chanx.core.close_codes import ABNORMAL_CLOSURE
from chanx.core.connection import Connection
from chanx.core.hooks import ConnectArguments
from chanx.core.refusals import missing_parameters
from chanx.core.shown import shown
from chanx.core.subprotocols import plain_subprotocol, subprotocol_credentials
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.ext.fast_channels.handed_websocket import Denied
from chanx.ext.fast_channels.mounting import Consumer
from chanx.ext.fast_channels.refusal import (
    FAILURE,
    Refusal,
    refusal_by,
    refusal_by_close,
    refusal_by_response,
)

App = Callable[[Scope, Receive, Send], Awaitable[None]]

logger: Final = logging.getLogger("chanx.websocket")

_RESPONSE: Final = "websocket.http.response"


async def serve(
    consumer: AsyncJsonWebsocketConsumer[Any],
    scope: Scope,
    receive: Receive,
    send: Send,
    arguments: ConnectArguments | None = None,
    stack: AsyncExitStack | None = None,
) -> None:
    """Serve a connection; what the consumer's ``connect`` raises is told as a dependency's is.

    The exception handlers of the application are asked first, as for any endpoint.

    Args:
        consumer: The consumer, new.
        scope: The ASGI connection scope.
        receive: The server's receive.
        send: The server's send.
        arguments: Arguments for ``connect``, or what makes them; None for none.
        stack: What dependencies hold open until the connection has ended; None for nothing.
    """
    # What the consumer's own entrance lets through, rather than to count as a failure of connect().
    errors: tuple[type[Exception], ...] = (
        *consumer.handshake_errors,
        HTTPException,
        WebSocketException,
        WebSocketRequestValidationError,
        Denied,
        *_handled_by_app(scope),
    )
    consumer.handshake_errors = errors
    # Told by who raised it: what the stack's dependencies raise at their end, after a connection
    # that was served, is of the same classes, and answers no handshake any more.
    refused: Exception | None = None
    try:
        # Within, so that dependencies with `yield` see what connect raised, as those of an endpoint
        # do; answered after them, as FastAPI does it.
        async with stack or nullcontext():
            try:
                await consumer(scope, receive, send, arguments)
            except errors as error:
                refused = error
                raise
    except errors:
        if refused is None:
            raise  # by a dependency, at the end of a connection that was served
    try:
        if refused is not None:
            await _answer(consumer, scope, receive, send, refused)
    finally:
        del refused  # it knows of this call, and would keep it


async def _answer(
    consumer: AsyncJsonWebsocketConsumer[Any],
    scope: Scope,
    receive: Receive,
    send: Send,
    error: Exception,
) -> None:
    answer = Answer(consumer, scope, receive, send)
    try:
        # A response is an ASGI application itself; an exception becomes one that raises it.
        await answer.run(error.response if isinstance(error, Denied) else _raising(error))
    finally:
        if consumer.observer is not None:
            # The session leaves it to who tells the end (Session._end): it knows neither status nor
            # code.
            consumer.observer.closed(answer.close_code)
        del error


def _raising(error: Exception) -> App:
    # Starlette wraps such an endpoint with the application's exception handlers, which it finds in
    # the scope.
    return websocket_session(partial(_raise, error))


async def _raise(error: Exception, websocket: WebSocket) -> None:
    try:
        raise error
    finally:
        del error  # it knows of this call, and would keep it


def _handled_by_app(scope: Scope) -> Iterator[type[Exception]]:
    """Yield the exceptions for which the application has handlers of its own.

    Starlette never calls the one of ``Exception`` itself for a WebSocket.
    """
    # Handlers may also be of statuses, which are integers.
    for kind in getattr(scope.get("app"), "exception_handlers", ()):
        if isinstance(kind, type) and issubclass(kind, Exception) and kind is not Exception:
            yield kind


class Answer:
    """Turns what a framework says to a handshake into what a browser can read.

    A browser learns nothing of a handshake that is refused: not the status, not the body. So the
    connection is accepted, told why and closed, as consumers do it themselves; an HTTP response is
    left as it is where the consumer's ``deny_with_http`` asks for one.

    Args:
        consumer: The consumer, which has taken the handshake's first event.
        scope: The ASGI connection scope.
        receive: The server's receive.
        send: The server's send.

    Attributes:
        close_code: The code with which it closed the connection; 1006 if it did not.
        is_settled: Whether it is answered.
    """

    __slots__ = (
        "_body",
        "_consumer",
        "_credentials",
        "_observer",
        "_receive",
        "_scope",
        "_send",
        "_start",
        "close_code",
        "is_settled",
    )

    def __init__(
        self,
        consumer: AsyncJsonWebsocketConsumer[Any],
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        self._consumer: Consumer = type(consumer)
        # Taken now: the session lets go of the consumer's parts at its end.
        self._credentials = consumer.handshake_credentials
        self._observer = consumer.observer
        self._scope = scope
        self._receive = receive
        self._send = send
        self._start: Event = {}
        self._body = b""
        self.close_code: int = ABNORMAL_CLOSURE
        self.is_settled: bool = False

    async def run(self, app: App) -> None:
        """Call what may refuse the handshake.

        Args:
            app: The application.
        """
        try:
            # The handshake's first event is taken already, and Starlette's accept() waits for it.
            await app(self._scope, _from_the_connect(self._receive), self.send)
        except Exception as error:
            # Once it was answered, the failure is the server's to log.
            if self.is_settled:
                raise
            refusal = refusal_by(error)
            if refusal is None:
                self._log_failure(error)
            await self._refuse(refusal or FAILURE)

    def send(self, event: Event) -> Awaitable[None]:
        """Send an event; until the handshake is settled, look at what it says.

        Args:
            event: The event.
        """
        # Not asynchronous itself: every message of the connection passes here.
        return self._send(event) if self.is_settled else self._consider(event)

    async def _consider(self, event: Event) -> None:
        kind = event["type"]
        # An exception handler may accept, and talk to the client by itself.
        if kind == "websocket.accept":
            self.is_settled = True
            await self._send(event)
        elif self._is_denied(kind):
            self.is_settled = True
            refusal = refusal_by_response(event["status"], event.get("headers", ()), b"")
            self._log_refusal(refusal)
            self._note(refusal)
            await self._send(event)
        elif kind == "websocket.close":
            code, reason = event.get("code", 1000), event.get("reason")
            await self._refuse(refusal_by_close(code, reason))
        elif kind == "websocket.http.response.start":
            self._start = event
        elif kind == "websocket.http.response.body":
            # Up to its end, as ASGI lets a response come in parts; it is the application's own, and
            # short.
            self._body += event.get("body", b"")
            if not event.get("more_body", False):
                status, headers = self._start["status"], self._start.get("headers", ())
                await self._refuse(refusal_by_response(status, headers, self._body))
        else:
            await self._send(event)

    # ASGI's extension "WebSocket Denial Response": only where the server says that it has it.
    def _is_denied(self, kind: str) -> bool:
        settings = self._consumer.current_runtime().settings
        if not (kind.startswith(_RESPONSE) and settings.deny_with_http):
            return False
        return _RESPONSE in (self._scope.get("extensions") or {})

    async def _refuse(self, refusal: Refusal) -> None:
        self.is_settled = True
        runtime = self._consumer.current_runtime()
        if refusal is FAILURE:
            # A failing server asks clients to come back, each at another moment; a refusal is a
            # verdict.
            refusal = refusal.after(runtime.retry_after(refusal.close_code))
        else:
            self._log_refusal(refusal)
        self._note(refusal)
        # Dependencies may close, and then raise: the first word counts, the server would refuse
        # another.
        send, self._send = self._send, _ignore
        connection = Connection(self._scope, self._receive, send)
        # Its connect event was received by the consumer's own Connection.
        connection.state = "connecting"
        with suppress(TimeoutError):
            # A client that reads nothing must not keep the handshake's task.
            async with asyncio.timeout(runtime.limits.close_timeout):
                await self._tell(connection, send, refusal)

    def _note(self, refusal: Refusal) -> None:
        self.close_code = refusal.close_code
        if self._observer is not None:
            self._observer.refused(refusal.status)

    async def _tell(self, connection: Connection, send: Send, refusal: Refusal) -> None:
        runtime = self._consumer.current_runtime()
        text = runtime.codec.encode(refusal.message)
        if runtime.settings.deny_with_http and connection.can_deny:
            await connection.deny(refusal.status, refusal.headers, text.encode())
            return
        authenticator = self._consumer.authenticator_class
        # A browser fails a handshake that offered subprotocols and is answered with none; one that
        # carries a token must not be sent back.
        names = subprotocol_credentials(self._scope, authenticator, self._credentials)
        await connection.accept(plain_subprotocol(self._scope, names))
        await connection.send_text(text)
        # Not by connection.close(), which takes the codes of applications only, and here the
        # framework's are passed on.
        if connection.state == "open":
            code, reason = refusal.close_code, refusal.reason
            with suppress(OSError):  # the client has left
                await send({"type": "websocket.close", "code": code, "reason": reason})

    def _log_refusal(self, refusal: Refusal) -> None:
        """Log who was refused, where and why, as the core does of the refusals that are its own."""
        user, path = self._scope.get("user"), self._scope.get("path")
        facts = {
            "path": path,
            "status": refusal.status,
            "user": None if user is None else str(user),
        }
        who, why = facts["user"] or "a client", refusal.payload.detail.rstrip(".")
        why += missing_parameters(refusal.payload.errors)
        text = "Refused %s at %s with %d: %s."
        logger.warning(text, who, shown(path), refusal.status, shown(why), extra=facts)

    def _log_failure(self, error: Exception) -> None:
        text = f"An exception handler for {self._consumer.__qualname__}.connect failed"
        extra = {"path": self._scope.get("path"), "status": FAILURE.status}
        logger.error(text, exc_info=error, extra=extra)


def _from_the_connect(receive: Receive) -> Receive:
    """Return a receive that begins with the handshake's event, which the consumer has taken."""
    events: list[Event] = [{"type": "websocket.connect"}]

    async def received() -> Event:
        return events.pop() if events else await receive()

    return received


async def _ignore(event: Event) -> None:
    """Take what is said after a refusal, as for a dependency that closed and then raised."""


__all__ = ["Answer", "serve"]
