"""A WebSocket connection for tests, without a server or a socket: from handshake to end."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import ClassVar, Self

from chanx.core.asgi import ASGIApplication, Scope
from chanx.core.clock import CLOCK, Clock
from chanx.core.session import Session
from chanx.layers import MemoryLayer
from chanx.testing.driver import Close, DenialResponse, Driver
from chanx.testing.errors import (
    ApplicationStillRunning,
    ExpectationFailed,
    UnexpectedClose,
    is_told_by_its_text,
)
from chanx.testing.layers import tell_of_other_layer
from chanx.testing.leaks import LeakCheck, stack_of
from chanx.testing.quiescence import wait_entered, wait_quiescent, watch
from chanx.testing.scope import Headers, websocket_scope

__tracebackhide__ = is_told_by_its_text


class ClientConnection:
    """Connects to an ASGI application as a client would, and sees to the end of both.

    Args:
        application: The ASGI application.
        path: The path of the connection, or a whole address.
        headers: The handshake's headers; None for none but those that are always there.
        subprotocols: The subprotocols that the client offers.
        clock: The time by which the connection's limits count; None for the real time.

    Attributes:
        application: The ASGI application.
        scope: The connection's ASGI scope, which may be changed before connecting.
        clock: The time by which the connection's limits count; None for the real time.
        leak_check: Watches the channel layers that the connection uses; None if nothing does.
        local_layers: Classes of channel layers that deliver within the event loop, so that it can
            be seen when nothing is on its way; subclasses may know of more.
    """

    local_layers: ClassVar[tuple[type, ...]] = (MemoryLayer,)

    def __init__(
        self,
        application: ASGIApplication,
        path: str,
        headers: Headers | None = None,
        subprotocols: list[str] | None = None,
        *,
        clock: Clock | None = None,
    ) -> None:
        self.application = application
        self.scope: Scope = websocket_scope(path, headers, subprotocols)
        self.clock = clock
        self.leak_check: LeakCheck | None = None
        self._handshake_scope: Scope = {}
        self._driver = Driver(application, self.scope)
        self._is_failure_raised = False
        # A refusal that no call has told the test of fails it at the end of `async with`.
        self._is_refusal_seen = False
        self._is_beginning = False

    async def __aenter__(self) -> Self:
        """Connect; a refusal is raised by whatever needs the connection, at the end if nothing did.

        Raises:
            TimeoutError: If the application does not answer the handshake within a second.
            Exception: What the application raised.
        """
        try:
            await self._connect()
        except BaseException as error:
            # Python calls no __aexit__ where __aenter__ raised, and the application has begun.
            await self.__aexit__(type(error), error, error.__traceback__)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Disconnect; a failure of the application does not hide one of the test.

        Where the test has failed, what handlers and hooks raised is told with it.
        """
        try:
            if self._driver.task is not None:
                await self.end_handshake()
            # Asked before disconnect(), by which every connection is closed.
            is_refused = self._driver.is_answered and not self._driver.is_accepted
            await self.disconnect()
            if is_refused and not self._is_refusal_seen:
                self._require_open()
        except BaseException as failure:
            # A cancellation of the test itself has to go on, whatever failed before.
            if error is None or isinstance(failure, asyncio.CancelledError):
                raise
            error.add_note(f"Besides, {type(failure).__name__}: {failure}")
        finally:
            # What handlers raised is in the log, and often why the test failed; taken out, so that
            # it is told once.
            while error is not None and self._driver.failures:
                error.add_note(self._driver.failures.pop(0))

    # Connection

    async def connect(self, timeout: float = 1) -> tuple[bool, int | str | None]:
        """Connect, or tell again how the handshake ended.

        A consumer that accepted has joined its groups then and has run ``post_authentication``,
        unless that takes longer than the time-out: what is broadcast from now on reaches it.

        Args:
            timeout: Seconds to wait for all of that, the application's answer included.

        Returns:
            Whether the connection was accepted, and the subprotocol that was chosen, None for
            none; if it was refused, the close code, or the HTTP status of a :attr:`denial`.

        Raises:
            TimeoutError: If there is no answer in time; the handshake goes on.
            Exception: What the application raised.
        """
        self._is_refusal_seen = True
        return await self._connect(timeout)

    @property
    def has_begun(self) -> bool:
        """Whether the handshake has begun, by which the client's headers are sent."""
        return self._driver.state != "new"

    def begin_handshake(self) -> None:
        """Begin to connect, without waiting: whatever is awaited next waits for the end of it.

        Where no event loop runs it does not begin before that.
        """
        if self._driver.state != "new":
            return
        self._is_beginning = True
        # No loop runs where a synchronous test makes its client; the next call that is awaited
        # begins.
        with suppress(RuntimeError):
            asyncio.get_running_loop()
            self._start()

    async def _connect(self, timeout: float = 1) -> tuple[bool, int | str | None]:
        self._is_beginning = False
        driver = self._driver
        if driver.state == "new":
            self._start()
        # Of one time-out for both: the answer, and what the consumer does before the first frame.
        deadline = asyncio.get_running_loop().time() + timeout
        await self._wait(lambda: driver.is_answered, timeout, "answer to the handshake")
        if driver.is_accepted:
            await self._wait_entered(deadline - asyncio.get_running_loop().time())
            # Told by what this returns; receive_output() is not to bring it again.
            if driver.answers and driver.answers[0]["type"] == "websocket.accept":
                driver.answers.popleft()
            return True, driver.subprotocol
        driver.answers.clear()
        assert driver.closed is not None
        return False, driver.closed.code

    def _start(self) -> None:
        """Begin the handshake."""
        driver = self._driver
        if driver.state != "new":
            raise RuntimeError("The handshake has begun already: reconnect() begins another.")
        # Before anything else: settings may have changed since the client was made.
        self._prepare()
        # Frameworks write into a scope; the next connection begins with an untouched one.
        # Before the application has it. A copy of its containers too, into which middleware writes.
        self._handshake_scope = _copy(self.scope)
        # By the scope, as a consumer is made by its application and takes no clock.
        if self.clock is not None:
            self.scope["extensions"][CLOCK] = self.clock
        driver.start(self._observe)
        watch(driver)

    async def end_handshake(self) -> None:
        """Wait for the end of a handshake that :meth:`begin_handshake` began, if one has.

        Whatever is awaited of the connection does so first.

        Raises:
            TimeoutError: If the application does not answer the handshake within a second.
            Exception: What the application raised.
        """
        if self._is_beginning:
            await self._connect()

    def _prepare(self) -> None:
        """Called before each handshake."""

    def _observe(self, session: Session) -> None:
        if self.leak_check is not None:
            self.leak_check.watch(session.subscriber.layer)
        tell_of_other_layer(session)

    async def reconnect(self, timeout: float = 1) -> tuple[bool, int | str | None]:
        """Connect anew, as a client does that was disconnected; a connection that is open ends.

        Args:
            timeout: Seconds to wait for the end of the old connection, and for the new one.

        Returns:
            What :meth:`connect` returns.

        Raises:
            ApplicationStillRunning: If the old connection's application has not ended in time.
            TimeoutError: If there is no answer in time; the handshake goes on.
            Exception: What the application raised.
        """
        # The old one first, and to its end: a server may bound connections of one client.
        await self.disconnect(timeout=timeout)
        if self._driver.task is not None:
            self.scope = self._handshake_scope
            self._driver = Driver(self.application, self.scope)
            self._is_failure_raised = False
        return await self.connect(timeout)

    async def disconnect(self, code: int = 1000, timeout: float = 1) -> None:
        """Close the connection from the client's side, and wait until the application has ended.

        Args:
            code: The close code; 1005 stands for none.
            timeout: Seconds to wait for the application's end.

        Raises:
            ApplicationStillRunning: If it has not ended by then; it is cancelled.
            Exception: What the application raised.
        """
        driver = self._driver
        if driver.task is None:
            return
        # Of one that has ended nothing is waited for, so that another loop, as of a later
        # async_to_sync, may ask.
        if not driver.task.done():
            self._require_same_loop()
            await self.end_handshake()
        driver.disconnect(code)
        await self._end(timeout)

    async def _end(self, timeout: float) -> None:
        """Wait until the application has ended."""
        driver = self._driver
        assert driver.task is not None
        if not await driver.wait_ended(timeout):
            where = stack_of(driver.task)
            is_cancelled = await driver.cancel(timeout)
            raise ApplicationStillRunning(timeout, where, is_cancelled=is_cancelled)
        # Raised once: what has told the test of it need not do so again when the connection is put
        # away.
        if driver.failure is not None and not self._is_failure_raised:
            self._is_failure_raised = True
            raise driver.failure

    async def abort(self, timeout: float = 1) -> None:
        """Break the connection and cancel the application, as a server that waits no longer.

        Args:
            timeout: Seconds to wait for the application's end.

        Raises:
            ApplicationStillRunning: If it has not ended by then.
            Exception: What the application raised.
        """
        driver = self._driver
        if driver.task is not None and not await driver.cancel(timeout):
            raise ApplicationStillRunning(timeout, stack_of(driver.task), is_cancelled=False)
        await self.disconnect(timeout=timeout)

    @property
    def denial(self) -> DenialResponse | None:
        """The HTTP response with which the handshake was refused; None if it was not."""
        return self._driver.denial

    @property
    def close_code(self) -> int | None:
        """The code with which the connection was closed; None while it is not."""
        return None if self._driver.closed is None else self._driver.closed.code

    @property
    def close_reason(self) -> str | None:
        """The reason with which the connection was closed; None while it is not."""
        return None if self._driver.closed is None else self._driver.closed.reason

    async def expect_closed(self, code: int | None = None, *, timeout: float = 1) -> Close:
        """Expect that the connection is closed, or is closed in time. Unread frames do not count.

        Args:
            code: The close code that it must have; None for any.
            timeout: Seconds to wait for the close.

        Returns:
            The close's code and reason.

        Raises:
            ExpectationFailed: If it stays open, or is closed with another code.
            Exception: What the application raised.
        """
        self._is_refusal_seen = True
        driver = self._driver
        # Told below, as what the connection is then.
        with suppress(TimeoutError):
            await self._wait(lambda: driver.closed, timeout, "close")
        closed = driver.closed
        if closed is None:
            raise self._failed(f"The connection is still open after {timeout:g} s.")
        if code is not None and closed.code != code:
            raise self._failed(f"{UnexpectedClose(closed.code, closed.reason)} Not {code}.")
        return closed

    async def assert_closed(self, code: int | None = None, timeout: float = 1) -> None:
        """Do what :meth:`expect_closed` does, and return nothing.

        Args:
            code: The close code that it must have; None for any.
            timeout: Seconds to wait for the close.

        Raises:
            ExpectationFailed: If it stays open, or is closed with another code.
            Exception: What the application raised.
        """
        await self.expect_closed(code, timeout=timeout)

    # Waiting

    async def _wait(self, condition: Callable[[], object], timeout: float, what: str) -> None:
        await self.end_handshake()
        self._require_sound()
        try:
            async with asyncio.timeout(timeout):
                await self._driver.wait_for(condition)
        except TimeoutError:
            # asyncio's own says nothing.
            text = f"No {what} came within {timeout:g} s.{self._advice()}"
            raise TimeoutError(text) from None
        # Twice: before, as nothing would come of a connection that has failed, and after, as what
        # failed is more to the point than what did not come.
        self._require_sound()

    async def _wait_entered(self, timeout: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await wait_entered(self._driver)
        self._require_sound()

    async def _wait_quiescent(self, timeout: float) -> None:
        await self.end_handshake()
        self._require_sound()
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await wait_quiescent(self.local_layers)
        self._require_sound()

    def _require_sound(self) -> None:
        """Raise what the application raised, or what the test does wrong."""
        if self._driver.task is None:
            raise RuntimeError("There is no connection yet: use `async with`, or await connect().")
        if self._driver.failure is not None:
            self._is_failure_raised = True
            raise self._driver.failure
        self._require_same_loop()

    def _require_same_loop(self) -> None:
        """Raise if what waits here would wait for another event loop, which may have ended."""
        task = self._driver.task
        if task is not None and task.get_loop() is not asyncio.get_running_loop():
            raise RuntimeError(
                "This connection belongs to another event loop, in which it was connected: hold "
                "the whole conversation in one asynchronous test, or in one call of async_to_sync "
                "or asyncio.run."
            )

    def _require_open(self) -> None:
        self._require_sound()
        closed = self._driver.closed
        if closed is not None:
            self._is_refusal_seen = True
            hint = ""
            if closed.code == 1000 and not self._driver.is_accepted:
                # No consumer refuses with it: it is how Starlette's routers say that.
                hint = f"Nothing was accepted: does a route lead from {self.scope['path']!r}?"
            raise UnexpectedClose(closed.code, closed.reason, hint)

    def _advice(self) -> str:
        """Return why nothing may have come, as a sentence after a space; nothing by default."""
        return ""

    def _failed(self, outcome: str) -> ExpectationFailed:
        return ExpectationFailed(outcome, self._driver.transcript())


def _copy(scope: Scope) -> Scope:
    """Return a copy of a scope whose containers are its own."""
    return {
        key: value.copy() if isinstance(value, dict | list) else value
        for key, value in scope.items()
    }


__all__ = ["ClientConnection"]
