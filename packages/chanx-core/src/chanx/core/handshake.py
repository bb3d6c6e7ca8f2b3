"""Who is let in: origin, authenticator and the ``connect`` hook, and how the others are told."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Any

from chanx.core.authenticator import BaseAuthenticator
from chanx.core.cancellation import Guard, LeftBehind, is_own
from chanx.core.clock import Clock, Deadline
from chanx.core.close_codes import CloseCode, is_sendable, status_of
from chanx.core.connection import Connection
from chanx.core.errors import ChanxError, RefuseConnection
from chanx.core.expected import expected
from chanx.core.farewell import Farewell, hint
from chanx.core.hooks import Hooks, call_hook
from chanx.core.journal import Journal
from chanx.core.observer import Observer
from chanx.core.origin import origin_of
from chanx.core.refusals import REFUSED, Refusal, missing_parameters, refused_with
from chanx.core.runtime import Runtime
from chanx.core.shown import shown
from chanx.core.subprotocols import plain_subprotocol, subprotocol_credentials


class NoVerdict(ChanxError):
    """An authenticator returned neither True nor False."""


class Handshake:
    """Decides whether a connection is served, and accepts or refuses it.

    Args:
        consumer: The consumer.
        runtime: The consumer's declarations and settings.
        connection: The connection, still connecting.
        journal: Where is logged what failed.
        observer: Who is told of a refusal; None for nobody.
        clock: Times the decision.
    """

    __slots__ = (
        "_clock",
        "_connection",
        "_consumer",
        "_deadline",
        "_end",
        "_journal",
        "_limits",
        "_refusal",
        "_runs",
        "_runtime",
    )

    def __init__(
        self,
        consumer: Hooks,
        runtime: Runtime,
        connection: Connection,
        journal: Journal,
        observer: Observer | None,
        clock: Clock,
    ) -> None:
        self._consumer = consumer
        self._runtime = runtime
        self._limits = runtime.limits
        self._connection = connection
        self._journal = journal
        self._clock = clock
        self._refusal = Refusal(consumer, runtime, connection, observer, clock)
        self._deadline: Deadline | None = None
        self._end: Farewell | None = None
        # What runs at the moment: whose it is, and its name.
        self._runs = type(consumer).__qualname__, "connect"

    async def admits_origin(self) -> bool:
        """Return whether the page that connects may do so; refuse it otherwise."""
        if not self._runtime.checks_origin:
            return True
        origin = origin_of(self._connection.scope)
        try:
            # Before the authenticator, and even before the caps: a page of somebody else's has its
            # visitor's cookies sent along (RFC 6455, 10.2), and is to learn nothing by the time
            # that this takes.
            if self._consumer.admits_origin(origin):
                return True
        except Exception as error:  # noqa: BLE001 - a project's own code raises what it likes
            await self.fail(f"{type(self._consumer).__qualname__}.admits_origin", error)
            return False
        why = (
            f"the origin {shown(origin)} is foreign; {self._consumer.origin_settings} names others"
        )
        # The log says which origin and where to allow it, the client neither: it may be the
        # attacker's page.
        self._refusal.say(403, why)
        await self._refusal.tell(403, refused_with("refused", "This origin may not connect."))
        return False

    async def refuse(self, refusal: RefuseConnection) -> None:
        """Refuse a connection before anything is asked about it.

        Args:
            refusal: Why.
        """
        why = str(refusal.detail).rstrip(".")
        self._refusal.say(refusal.status_code, f"{why}{missing_parameters(refusal.errors)}")
        retry_after = refusal.retry_after
        told = refused_with("refused", str(refusal.detail), refusal.errors, retry_after)
        reason = "" if retry_after is None else hint(retry_after)
        await self._refusal.tell(refusal.status_code, told, None, reason, retry_after)

    async def admits(self, connect: Callable[[], Awaitable[None]] | None) -> bool:
        """Return whether the authenticator and the hook let the connection in, in time.

        Args:
            connect: Calls the ``connect`` hook; None where nothing decides.

        Returns:
            Whether the connection is open; otherwise it was refused.
        """
        if self._end is not None:
            await self._refuse_expired()
        elif connect is not None:
            await self._decide(connect)
            self._refusal.say_own_close()
        if self._connection.state == "connecting":
            # Whether an offered subprotocol is spoken, only the consumer knows: where one carried a
            # credential, its client gave it for browsers' sake.
            scope = self._connection.scope
            others = self._consumer.handshake_credentials
            names = subprotocol_credentials(scope, self._consumer.authenticator_class, others)
            await self._connection.accept(plain_subprotocol(scope, names) if names else None)
        return self._connection.state == "open"

    @contextmanager
    def asking(self, what: str) -> Generator[None]:
        """Enter while something runs beside ``connect``, so that the log calls it by its name.

        Args:
            what: The name.
        """
        runs, self._runs = self._runs, (self._runs[0], what)
        # Not in a try: where that fails, its name stays, and is what the log tells.
        yield
        self._runs = runs

    async def close(self, code: int, reason: str) -> bool:
        """Refuse the connection with a close code that ``connect`` chose.

        Args:
            code: The code.
            reason: The reason, which the client is told in a message, too.

        Returns:
            Whether this call closed it; False if it had ended already.

        Raises:
            ConfigurationError: If no close frame may carry the code; the connection is refused all
                the same, with 4500.
        """
        # The message first, while there is somebody to read it; then close(), for the error that it
        # raises.
        if not is_sendable(code):
            await self._refusal.tell_failure(CloseCode.INTERNAL_ERROR)
            return await self._connection.close(code)  # which raises, and says what to do
        self._refusal.say(status_of(code), f"{'.'.join(self._runs)} closed it")
        await self._refusal.tell(
            status_of(code), refused_with("refused", reason or REFUSED), code, reason
        )
        # Refusal.tell() returns nothing: it may have given up a client that did not read in time,
        # which leaves no code. That one was closed by nobody.
        return self._connection.close_code is not None

    def end(self, farewell: Farewell) -> None:
        """Let nobody decide any more, and refuse the connection, from within its event loop.

        Args:
            farewell: With what; the client is told it in a message, too.
        """
        # Before the deadline is moved, whose expiry is told by this: with it an end, without it
        # 4408.
        self._end = farewell
        # One that is over cannot be rescheduled, and refuses anyway.
        if self._deadline is not None and not self._deadline.expired():
            self._deadline.reschedule(asyncio.get_running_loop().time())

    async def fail(
        self, name: str, error: BaseException, code: CloseCode = CloseCode.INTERNAL_ERROR
    ) -> None:
        """Refuse a connection that the server cannot serve, and log why.

        Args:
            name: What failed.
            error: The failure.
            code: The close code that says so.
        """
        self._refusal.fail(name, error, status_of(code))
        await self._refusal.tell_failure(code)

    async def _decide(self, connect: Callable[[], Awaitable[None]]) -> None:
        deadline = self._clock.timeout(self._limits.handshake_timeout)
        asking = self._ask(connect, deadline)
        try:
            async with deadline:
                self._deadline = deadline
                try:
                    # The deadline cancels within the guard's own await: authenticators that swallow
                    # that, as a bare except around a query does, keep neither the socket nor the
                    # place of the handshake.
                    await Guard(asking, self._limits.close_timeout, self._note_left)
                finally:
                    self._deadline = None
            if self._end is not None:
                raise TimeoutError
        except RefuseConnection as refusal:
            # Ahead of the project's own exception handlers, which are asked below: what refuses by
            # its type is not to be mapped to anything else.
            await self.refuse(refusal)
        except LeftBehind:
            if not deadline.expired():
                # Somebody else cancelled the server's task, and connect() did not heed it: the
                # guard has swallowed that with it, and it goes on from here.
                raise asyncio.CancelledError from None
            await self._refuse_expired()
        except (Exception, asyncio.CancelledError) as error:
            if is_own(error):
                raise
            # The framework can only answer a handshake that nothing has answered yet.
            left = isinstance(error, self._consumer.handshake_errors)
            if left and self._connection.state == "connecting":
                raise
            # Whatever is raised once the time is over is taken for a consequence of that, as what a
            # database's driver makes of a query that was cut off.
            if deadline.expired() or self._end is not None:
                await self._refuse_expired()
            elif not await self._refuse_expected(error):
                await self.fail(".".join(self._runs), error)

    async def _refuse_expected(self, error: BaseException) -> bool:
        """Refuse the connection by an error that is expected; return whether it is one."""
        try:
            told = await call_hook(self._consumer, self._runtime, expected, self._consumer, error)
        except (Exception, asyncio.CancelledError) as failure:
            if is_own(failure):
                raise
            self._journal.failure("connect (telling its error)", failure)
            return False
        if told is None:
            return False
        self._refusal.say(told.status_code, str(told))
        await self._refusal.tell(told.status_code, told.message(), told.closing)
        return True

    def _note_left(self) -> None:
        self._journal.left_behind(*self._runs, self._limits.close_timeout)

    async def _ask(self, connect: Callable[[], Awaitable[None]], deadline: Deadline) -> None:
        """Ask the authenticator, and the hook if that lets the client in.

        Raises:
            TimeoutError: If one of them swallowed the end of its time and went on.
        """
        runs = self._runs
        kind = self._consumer.authenticator_class
        if kind is not None:
            # Set back only behind a success, so that a failure is logged by the name of what
            # failed.
            self._runs = kind.__qualname__, "authenticate"
            if not await self._authenticate(kind, deadline):
                return
            self._runs = runs
        await connect()
        # Without this, what swallowed the end of its time and returned would let its client in.
        if deadline.expired():
            raise TimeoutError

    async def _authenticate(self, kind: type[BaseAuthenticator], deadline: Deadline) -> bool:
        consumer = self._consumer
        # Known to the consumer before it is asked: what is logged of a refusal has its user.
        authenticator = consumer.authenticator = kind(consumer.send_message)
        authenticator.spell = self._runtime.codec.wire.spell
        is_authenticated = await self._verdict(authenticator)
        if deadline.expired():
            raise TimeoutError
        outcome = authenticator.authentication_message(is_authenticated)
        told = outcome if self._runtime.settings.send_authentication_message else None
        if not is_authenticated:
            why = f"{type(authenticator).__qualname__} did not let it in"
            self._refusal.say(outcome.payload.status_code, why)
            await self._refusal.tell(
                outcome.payload.status_code, told, headers=authenticator.denial_headers
            )
        elif told is not None:
            await consumer.send_message(told)
        return is_authenticated

    async def _verdict(self, authenticator: BaseAuthenticator) -> bool:
        scope = self._connection.scope
        try:
            verdict: Any = await call_hook(
                self._consumer, self._runtime, authenticator.authenticate, scope
            )
        except UnicodeError as error:
            # What clients present is bytes: what cannot be read as a credential is a wrong one.
            name = f"{type(authenticator).__qualname__}.authenticate"
            self._journal.unreadable(name, error)
            why = f"{name} could not read its credential ({type(error).__name__})"
            self._refusal.say(authenticator.outcome(is_authenticated=False), why)
            return False
        # By identity: a coroutine that nobody awaited, and most objects, are true and would let
        # everybody in.
        if verdict is True or verdict is False:
            return verdict
        if asyncio.iscoroutine(verdict):
            # Or Python warns of a coroutine that was never awaited, behind the error that says what
            # to do.
            verdict.close()
        raise NoVerdict(
            f"{type(authenticator).__qualname__}.authenticate returned a value of type "
            f"{type(verdict).__qualname__}: return True to let the client in or False to refuse "
            f"it, and await what is a coroutine."
        )

    async def _refuse_expired(self) -> None:
        if self._end is not None:
            code, reason, retry_after = self._end
            self._refusal.say(status_of(code), f"the server ended it, at {'.'.join(self._runs)}")
            told = refused_with("refused", reason or REFUSED, retry_after=retry_after)
            await self._refusal.tell(status_of(code), told, code, reason, retry_after)
            return
        self._refusal.say(408, f"the handshake took too long, at {'.'.join(self._runs)}")
        await self._refusal.tell(
            408, refused_with("refused", CloseCode.HANDSHAKE_TIMEOUT.description)
        )


__all__ = ["Handshake", "NoVerdict"]
