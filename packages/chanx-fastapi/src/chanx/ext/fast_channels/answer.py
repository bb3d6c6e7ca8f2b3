"""How a handshake is answered that FastAPI or Starlette refused, before its consumer was asked."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Final

from starlette.routing import websocket_session
from starlette.websockets import WebSocket

from chanx.core.asgi import Event, Receive, Scope, Send
from chanx.core.close_codes import ABNORMAL_CLOSURE
from chanx.core.connection import Connection
from chanx.core.errors import ConfigurationError
from chanx.core.observer import ConnectionFacts, Observer, observer_of
from chanx.core.origin import is_allowed, origin_of
from chanx.core.shown import shown
from chanx.core.subprotocols import plain_subprotocol, subprotocol_credentials
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.ext.fast_channels.dependencies import check_dependencies
from chanx.ext.fast_channels.mounting import Consumer, consumer_of
from chanx.ext.fast_channels.refusal import (
    FAILURE,
    FOREIGN,
    Refusal,
    refusal_by,
    refusal_by_close,
    refusal_by_response,
)

App = Callable[[Scope, Receive, Send], Awaitable[None]]

logger: Final = logging.getLogger("chanx.websocket")

_ANSWER: Final = "chanx.answer"
"""Where a scope holds what answers its handshake until the consumer does."""

_RESPONSE: Final = "websocket.http.response"


async def telling(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    """Call an application, and tell clients whose handshakes it refuses why.

    Args:
        app: A router; what it says to routes that lead to no consumer goes as it is.
        scope: The ASGI connection scope.
        receive: The server's receive.
        send: The server's send.
    """
    if scope["type"] == "websocket":
        answer = scope[_ANSWER] = Answer(scope, receive, send)
        try:
            await answer.run(app)
        finally:
            scope.pop(_ANSWER, None)  # a circle
    else:
        await app(scope, receive, send)


async def serve(
    consumer: AsyncJsonWebsocketConsumer[Any],
    scope: Scope,
    receive: Receive,
    send: Send,
    arguments: Mapping[str, Any] | None = None,
) -> None:
    """Serve a connection; what the consumer's ``connect`` raises is told as a dependency's is.

    The exception handlers of the application are asked first, as for any endpoint.

    Args:
        consumer: The consumer, new.
        scope: The ASGI connection scope.
        receive: The server's receive.
        send: The server's send.
        arguments: Arguments for ``connect``; None for none.
    """
    answer: Answer | None = scope.pop(_ANSWER, None)
    if answer is not None:
        answer.is_settled = True
    consumer.handshake_errors = errors = (*consumer.handshake_errors, *_handled_by_app(scope))
    try:
        await consumer(scope, receive, send, arguments)
    except errors as error:
        fail = websocket_session(partial(_raise, error))
        answer = Answer(scope, receive, send, type(consumer), consumer.observer)
        try:
            await answer.run(fail)
        finally:
            if consumer.observer is not None:
                consumer.observer.closed(answer.close_code)


async def _raise(error: Exception, websocket: WebSocket) -> None:
    try:
        raise error
    finally:
        del error  # it knows of this call, and would keep it


def _handled_by_app(scope: Scope) -> Iterator[type[Exception]]:
    """Yield the exceptions for which the application has handlers of its own.

    Starlette never calls the one of ``Exception`` itself for a WebSocket.
    """
    for kind in getattr(scope.get("app"), "exception_handlers", ()):
        if isinstance(kind, type) and issubclass(kind, Exception) and kind is not Exception:
            yield kind


class Answer:
    """Turns what a framework says to a handshake into what a browser can read.

    A browser learns nothing of a handshake that is refused: not the status, not the body. So the
    connection is accepted, told why and closed, as consumers do it themselves; an HTTP response is
    left as it is where the consumer's ``deny_with_http`` asks for one.

    Args:
        scope: The ASGI connection scope.
        receive: The server's receive.
        send: The server's send.
        consumer: The consumer's class, if it has taken the handshake's first event; None for the
            consumer of the route that the scope leads to.
        observer: Who is told of a refusal, and by others of the end, if the consumer was asked;
            None for nobody.

    Attributes:
        close_code: The code with which it closed the connection; 1006 if it did not.
        is_settled: Whether it is answered, or the consumer's to answer.
    """

    __slots__ = (
        "_body",
        "_consumer",
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
        scope: Scope,
        receive: Receive,
        send: Send,
        consumer: Consumer | None = None,
        observer: Observer | None = None,
    ) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._consumer = consumer
        self._observer = observer
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
            await app(self._scope, self._receive, self.send)
        except Exception as error:
            consumer = self._target()
            if self.is_settled or consumer is None:
                raise
            refusal = refusal_by(error)
            if refusal is None:
                self._log_failure(consumer, error)
            await self._refuse(consumer, refusal or FAILURE)

    def send(self, event: Event) -> Awaitable[None]:
        """Send an event; until the handshake is settled, look at what it says.

        Args:
            event: The event.
        """
        # Not asynchronous itself: every message of the connection passes here.
        return self._send(event) if self.is_settled else self._consider(event)

    async def _consider(self, event: Event) -> None:
        consumer = self._target()
        kind = event["type"]
        if consumer is None or kind == "websocket.accept" or self._is_denied(consumer, kind):
            self.is_settled = True
            await self._send(event)
        elif kind == "websocket.close":
            code, reason = event.get("code", 1000), event.get("reason")
            await self._refuse(consumer, refusal_by_close(code, reason))
        elif kind == "websocket.http.response.start":
            self._start = event
        elif kind == "websocket.http.response.body":
            self._body += event.get("body", b"")
            if not event.get("more_body", False):
                start = self._start
                refusal = refusal_by_response(start["status"], start["headers"], self._body)
                await self._refuse(consumer, refusal)
        else:
            await self._send(event)

    def _is_denied(self, consumer: Consumer, kind: str) -> bool:
        if not (kind.startswith(_RESPONSE) and consumer.current_runtime().settings.deny_with_http):
            return False
        return _RESPONSE in (self._scope.get("extensions") or {})

    def _target(self) -> Consumer | None:
        if self._consumer is not None:
            return self._consumer
        return consumer_of(self._scope.get("endpoint"))

    async def _refuse(self, consumer: Consumer, refusal: Refusal) -> None:
        self.is_settled = True
        runtime = consumer.current_runtime()
        if not is_allowed(origin_of(self._scope), runtime.settings.allowed_origins):
            refusal = FOREIGN  # which page asks is looked at later, and it is not to know more
        if refusal is not FAILURE:
            self._log_refusal(refusal)
        send, self._send = self._send, _ignore
        connection = Connection(self._scope, self._receive, send)
        observer = self._observer
        if self._consumer is None:
            facts = ConnectionFacts(consumer.__qualname__, connection)
            observer = observer_of(facts, runtime.settings.observers)
        if observer is not None:
            observer.refused(refusal.status)
        self.close_code = refusal.close_code
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(runtime.limits.close_timeout):
                    await self._tell(connection, send, consumer, refusal)
        finally:
            if observer is not None and self._consumer is None:
                observer.closed(refusal.close_code)

    async def _tell(
        self, connection: Connection, send: Send, consumer: Consumer, refusal: Refusal
    ) -> None:
        runtime = consumer.current_runtime()
        if not await self._opened(connection):
            return
        text = runtime.codec.encode(refusal.message)
        if runtime.settings.deny_with_http and connection.can_deny:
            headers = [(b"content-type", b"application/json")]
            await connection.deny(refusal.status, headers, text.encode())
            return
        names = subprotocol_credentials(self._scope, consumer.authenticator_class)
        await connection.accept(plain_subprotocol(self._scope, names))
        await connection.send_text(text)
        if connection.state == "open":
            code, reason = refusal.close_code, refusal.reason
            with suppress(OSError):  # the client has left
                await send({"type": "websocket.close", "code": code, "reason": reason})

    async def _opened(self, connection: Connection) -> bool:
        if self._consumer is not None:
            connection.state = "connecting"
            return True
        try:
            await connection.open()
        except RuntimeError:
            return False  # the client has left
        return True

    def _log_refusal(self, refusal: Refusal) -> None:
        """Log who was refused, where and why, as the core does of the refusals that are its own."""
        user, path = self._scope.get("user"), self._scope.get("path")
        facts = {
            "path": path,
            "status": refusal.status,
            "user": None if user is None else str(user),
        }
        who, why = facts["user"] or "a client", refusal.payload.detail.rstrip(".")
        text = "Refused %s at %s with %d: %s."
        logger.warning(text, who, shown(path), refusal.status, shown(why), extra=facts)

    def _log_failure(self, consumer: Consumer, error: Exception) -> None:
        path = self._scope.get("path")
        what = "A dependency of" if self._consumer is None else "An exception handler for"
        text = f"{what} {consumer.__qualname__}.connect failed"
        dependant = getattr(self._scope.get("route"), "dependant", None)
        if dependant is not None:
            try:
                check_dependencies(f"{consumer.__qualname__}.connect", dependant)
            except ConfigurationError as reason:
                text = str(reason)
        logger.error(text, exc_info=error, extra={"path": path, "status": FAILURE.status})


async def _ignore(event: Event) -> None:
    """Take what is said after a refusal, as for a dependency that closed and then raised."""


__all__ = ["Answer", "serve", "telling"]
