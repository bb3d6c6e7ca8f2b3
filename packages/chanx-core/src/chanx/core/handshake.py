"""Who is let in: origin, authenticator and the ``connect`` hook, and how the others are told."""

from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from chanx.core.clock import Clock
from chanx.core.close_codes import CloseCode, close_code_for
from chanx.core.connection import Connection
from chanx.core.errors import RefuseConnection
from chanx.core.origin import origin_of
from chanx.core.refusals import RefusalLog
from chanx.core.runtime import Runtime
from chanx.core.shown import shown
from chanx.core.subprotocols import plain_subprotocol, subprotocol_credentials
from chanx.messages import BaseMessage, ErrorCode, ErrorMessage, ErrorPayload

if TYPE_CHECKING:
    from chanx.core.websocket import AsyncJsonWebsocketConsumer


class Handshake:
    """Decides whether a connection is served, and accepts or refuses it.

    Args:
        consumer: The consumer.
        runtime: The consumer's declarations and settings.
        connection: The connection, still connecting.
        clock: Times the decision.
    """

    __slots__ = ("_clock", "_connection", "_consumer", "_log", "_runtime")

    def __init__(
        self,
        consumer: "AsyncJsonWebsocketConsumer[Any]",
        runtime: Runtime,
        connection: Connection,
        clock: Clock,
    ) -> None:
        self._consumer = consumer
        self._runtime = runtime
        self._connection = connection
        self._clock = clock
        self._log = RefusalLog(consumer, connection)

    async def admits_origin(self) -> bool:
        """Return whether the page that connects may do so; refuse it otherwise."""
        origin = origin_of(self._connection.scope)
        if self._consumer.admits_origin(origin):
            return True
        why = (
            f"the origin {shown(origin)} is foreign; {self._consumer.origin_settings} names others"
        )
        self._log.say(403, why)
        await self._refuse(403, _error("refused", "This origin may not connect."))
        return False

    async def admits(self, connect: Callable[[], Awaitable[None]]) -> bool:
        """Return whether the authenticator and the hook let the connection in, in time.

        Args:
            connect: Calls the ``connect`` hook.

        Returns:
            Whether the connection is open; otherwise it was refused.
        """
        if self._runtime.decides:
            await self._decide(connect)
            self._log.say_own_close()
        if self._connection.state == "connecting":
            # Whether an offered subprotocol is spoken, only the consumer knows: where one carried a
            # credential, its client gave it for browsers' sake.
            has_credential = bool(subprotocol_credentials(self._consumer.authenticator_class))
            await self._connection.accept(self._plain_subprotocol() if has_credential else None)
        return self._connection.state == "open"

    async def fail(self, code: CloseCode) -> None:
        """Refuse a connection that the server cannot serve.

        Args:
            code: A close code of a server's failure.
        """
        await self._refuse(code - 4000, _error("internal_error", code.description))

    async def _decide(self, connect: Callable[[], Awaitable[None]]) -> None:
        deadline = self._clock.timeout(self._runtime.limits.handshake_timeout)
        try:
            async with deadline:
                if await self._authenticate():
                    await connect()
        except RefuseConnection as refusal:
            self._log.say(refusal.status_code, str(refusal.detail))
            await self._refuse(refusal.status_code, _error("refused", str(refusal.detail)))
        except Exception as error:
            left = isinstance(error, self._consumer.handshake_errors)
            if left and self._connection.state == "connecting":
                raise
            if deadline.expired():
                self._log.say(408, "the handshake took too long")
                await self._refuse(408, _error("refused", CloseCode.HANDSHAKE_TIMEOUT.description))
            else:
                self._log.fail(error)
                await self.fail(CloseCode.INTERNAL_ERROR)

    async def _authenticate(self) -> bool:
        consumer = self._consumer
        if consumer.authenticator_class is None:
            return True
        authenticator = consumer.authenticator_class(consumer.send_message)
        authenticator.spell = self._runtime.codec.wire.spell
        consumer.authenticator = authenticator
        is_authenticated: bool
        async with consumer.unit_of_work() or nullcontext():
            is_authenticated = await authenticator.authenticate(self._connection.scope)
        outcome = authenticator.authentication_message(is_authenticated)
        told = outcome if self._runtime.sends_authentication else None
        if not is_authenticated:
            why = f"{type(authenticator).__qualname__} did not let it in"
            self._log.say(outcome.payload.status_code, why)
            await self._refuse(outcome.payload.status_code, told)
        elif told is not None:
            await consumer.send_message(told)
        return is_authenticated

    async def _refuse(self, status_code: int, told: BaseMessage | None) -> None:
        """Refuse the connection where its client can read why (a browser cannot before accept).

        Args:
            status_code: The HTTP status that says why.
            told: The message that tells the client; None to tell nothing but the close code.
        """
        connection = self._connection
        if self._runtime.deny_with_http and connection.can_deny:
            body = b"" if told is None else self._runtime.codec.encode(told).encode()
            await connection.deny(status_code, [(b"content-type", b"application/json")], body)
            return
        if connection.state == "connecting":
            await connection.accept(self._plain_subprotocol())
        if told is not None:
            await self._consumer.send_message(told)
        await connection.close(close_code_for(status_code))

    def _plain_subprotocol(self) -> str | None:
        return plain_subprotocol(self._connection.scope, self._consumer.authenticator_class)


def _error(code: ErrorCode, detail: str) -> ErrorMessage:
    return ErrorMessage(payload=ErrorPayload(code=code, detail=detail))


__all__ = ["Handshake"]
