"""A typed WebSocket client for tests: its consumer's messages, and what is expected of them."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from itertools import count
from typing import Any, overload

from pydantic_core import to_json

from chanx.constants import COMPLETE_ACTIONS, MESSAGE_ACTION_COMPLETE
from chanx.core.asgi import ASGIApplication
from chanx.core.clock import Clock
from chanx.core.frames import Ref, read_ref
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import (
    BaseMessage,
    CompleteMessage,
    ErrorCode,
    ErrorMessage,
    ExpectedErrorMessage,
)
from chanx.testing.codec import codec_of, read_object
from chanx.testing.errors import is_told_by_its_text
from chanx.testing.events import EventClient
from chanx.testing.expectations import ERRORS, Expectation, MessageT
from chanx.testing.scope import Headers

__tracebackhide__ = is_told_by_its_text


class WebsocketCommunicator(EventClient):
    """Connects to an ASGI application as a client would, and speaks its consumer's messages.

    ``async with`` connects at the beginning; at the end it disconnects, sees to it that the
    application ends too, and raises what the application raised. Without it, call :meth:`connect`
    and :meth:`disconnect`. A time-out never disturbs the application, and an exception that it
    raised is raised by whatever is called next. Everything needs a running asyncio event loop, the
    same one throughout. What tests of Django Channels call works as well: ``send_input``,
    ``receive_output``, ``send_to``, ``receive_from``, ``send_json_to``, ``receive_json_from``.

    Args:
        application: The ASGI application: a consumer's own, a router, or a whole project's.
        path: The path of the connection, with a query string if need be; or a whole address
            (``wss://example.com/path?query``).
        headers: The handshake's headers; None for none but those that are always there.
        subprotocols: The subprotocols that the client offers.
        consumer: The consumer that serves the path: its messages and settings are those by which
            frames are written and read.
        clock: The time by which the connection's limits count, a
            :class:`~chanx.testing.FrozenClock`; None for the real time.

    Attributes:
        application: The ASGI application.
        consumer: The consumer that serves the path.
        scope: The connection's ASGI scope, which may be changed before connecting.
        clock: The time by which the connection's limits count; None for the real time.
        leak_check: Watches the channel layers that the connection uses; None if nothing does.
        local_layers: Classes of channel layers that deliver within the event loop, so that it can
            be seen when nothing is on its way; subclasses may know of more.

    Example:
        >>> import asyncio
        >>> from chanx.core.decorators import ws_handler
        >>> from chanx.messages import PingMessage, PongMessage
        >>> class Echo(AsyncJsonWebsocketConsumer):
        ...     @ws_handler
        ...     async def answer(self, message: PingMessage) -> PongMessage:
        ...         return PongMessage()
        >>> async def test_ping_is_answered() -> None:
        ...     async with WebsocketCommunicator(Echo.as_asgi(), "/", consumer=Echo) as client:
        ...         await client.request(PingMessage(), expect=PongMessage)
        ...         await client.send_json({"action": "unheard of"})
        ...         await client.expect_error("unknown_action")
        ...         await client.refute(PongMessage)
        >>> asyncio.run(test_ping_is_answered())
    """

    def __init__(
        self,
        application: ASGIApplication,
        path: str,
        headers: Headers | None = None,
        subprotocols: list[str] | None = None,
        *,
        consumer: type[AsyncJsonWebsocketConsumer[Any]],
        clock: Clock | None = None,
    ) -> None:
        super().__init__(application, path, headers, subprotocols, clock=clock)
        self.consumer = consumer
        self._codec = codec_of(consumer)
        # One for each request, and readable in the transcript of a failure.
        self._refs = count(1)

    def _prepare(self) -> None:
        # Anew with each handshake, as the consumer's settings may be overridden since.
        self._codec = codec_of(self.consumer)

    # Sending

    async def send_message(self, message: BaseMessage, ref: Ref | None = None) -> None:
        """Send a message, spelled as the consumer's settings say.

        Args:
            message: The message.
            ref: The request's correlation id, which every reply carries; None for none.
        """
        await self.send_text(self._codec.encode(message, ref))

    async def send_json(self, content: Mapping[str, Any]) -> None:
        """Send a JSON object as it is, be it a message or not.

        Args:
            content: The object.
        """
        await self.send_text(to_json(content).decode())

    # Receiving

    async def receive_message(self, timeout: float = 1) -> BaseMessage:
        """Return the next message, as the class by which the consumer declares it.

        Args:
            timeout: Seconds to wait for it.

        Raises:
            TimeoutError: If none comes in time.
            UnexpectedFrame: If what comes is none of the consumer's messages.
            UnexpectedClose: If the connection is closed instead.
            Exception: What the application raised.
        """
        return self._codec.decode(await self.receive_text(timeout))

    async def receive_json(self, timeout: float = 1) -> dict[str, Any]:
        """Return the next frame's JSON object as it is, its ``ref`` included.

        Args:
            timeout: Seconds to wait for it.

        Raises:
            TimeoutError: If none comes in time.
            UnexpectedFrame: If the frame is not a JSON object.
            UnexpectedClose: If the connection is closed instead.
            Exception: What the application raised.
        """
        return read_object(await self.receive_text(timeout))

    async def receive_all_messages(
        self, stop_action: str = MESSAGE_ACTION_COMPLETE, timeout: float = 1
    ) -> list[BaseMessage]:
        """Return the messages up to the one of an action; completion signals are left out.

        Args:
            stop_action: The action that ends the wait, a completion signal's or another; that
                message is the last one of the result unless it is a completion signal.
            timeout: Seconds for all of it; when they have passed, what came until then is
                returned. The same goes for a connection that is closed.

        Raises:
            UnexpectedFrame: If what comes is none of the consumer's messages.
            Exception: What the application raised.
        """
        messages: list[BaseMessage] = []
        deadline = asyncio.get_running_loop().time() + timeout
        with suppress(TimeoutError):
            while not messages or messages[-1].action != stop_action:
                # One time-out for all, which a stream of messages must not prolong.
                left = deadline - asyncio.get_running_loop().time()
                if not await self._wait_for_frame(left):
                    break
                messages.append(await self.receive_message())
        return [message for message in messages if message.action not in COMPLETE_ACTIONS]

    async def receive_all_json(self, timeout: float = 1) -> list[dict[str, Any]]:
        """Return every frame's JSON object until the application has nothing left to do.

        Args:
            timeout: Seconds to wait at most; what came until then is returned.

        Raises:
            UnexpectedFrame: If a frame is not a JSON object.
            Exception: What the application raised.
        """
        await self._wait_quiescent(timeout)
        # As many as wait by now: the application may go on sending.
        return [await self.receive_json() for _ in range(len(self._driver.frames))]

    # As tests of Django Channels call it

    async def send_json_to(self, data: Mapping[str, Any]) -> None:
        """Do what :meth:`send_json` does.

        Args:
            data: The object.
        """
        await self.send_json(data)

    async def receive_json_from(self, timeout: float = 1) -> dict[str, Any]:
        """Do what :meth:`receive_json` does.

        Args:
            timeout: Seconds to wait for it.

        Raises:
            TimeoutError: If none comes in time.
            UnexpectedFrame: If the frame is not a JSON object.
            UnexpectedClose: If the connection is closed instead.
            Exception: What the application raised.
        """
        return await self.receive_json(timeout)

    # Expectations

    async def request(
        self, message: BaseMessage, *, expect: type[MessageT], timeout: float = 1
    ) -> MessageT:
        """Send a message with a ``ref`` of its own, and return the reply that carries the same.

        Other frames, also further replies to the request, stay to be received.

        Args:
            message: The message.
            expect: The reply's class.
            timeout: Seconds to wait for the reply.

        Returns:
            The first such reply.

        Raises:
            ExpectationFailed: If none comes in time, or an error, the completion signal or a close
                comes instead; or as :meth:`expect_error`.
            TypeError: If the consumer declares no such message.
            Exception: What the application raised.
        """
        # Before it is sent: an answer that cannot come would be waited for.
        self._codec.require_declared(expect)
        ref = f"request-{next(self._refs)}"
        await self.send_message(message, ref)

        def is_reply(frame: str | bytes) -> bool:
            return isinstance(frame, str) and read_ref(frame) == ref

        def ends(frame: str | bytes) -> bool:
            # An error or the completion with this ref ends the exchange; errors of other requests
            # do not.
            last = self._codec.read(frame, BaseMessage) if is_reply(frame) else None
            return isinstance(last, ErrorMessage | ExpectedErrorMessage | CompleteMessage)

        def reply(frame: str | bytes) -> MessageT | None:
            return self._codec.read(frame, expect) if is_reply(frame) else None

        def hint() -> str:
            for frame in self._driver.frames:
                if not is_reply(frame) and self._codec.read(frame, expect) is not None:
                    name = expect.__qualname__
                    return (
                        f" A {name} without the request's ref waits: what a handler returns is the "
                        f"reply, and what it broadcasts is for expect({name})."
                    )
            return self._hint(expect)

        what = f"{expect.__qualname__} in reply to {message!r}"
        return await self._take(reply, what, timeout, ends, hint=hint)

    async def answer(
        self, question: type[MessageT], /, reply: BaseMessage, *, timeout: float = 1
    ) -> MessageT:
        """Wait for what the server asks by ``request()``, and answer it.

        Args:
            question: The class of what it asks.
            reply: The answer; an ``ExpectedErrorMessage`` to refuse one.
            timeout: Seconds to wait for the question.

        Returns:
            The question.

        Raises:
            ExpectationFailed: If none comes in time, or the connection is closed.
            TypeError: If the consumer declares no such message.
            Exception: What the application raised.
        """
        # As in request().
        self._codec.require_declared(question)
        refs: list[Ref | None] = []

        def read(frame: str | bytes) -> MessageT | None:
            asked = self._codec.read(frame, question)
            if asked is not None and isinstance(frame, str):
                refs.append(read_ref(frame))
            return asked

        asked = await self._take(read, f"the question {question.__qualname__}", timeout)
        await self.send_message(reply, refs[-1])
        return asked

    async def expect(
        self, message_type: type[MessageT], /, *, timeout: float = 1, **fields: Any
    ) -> MessageT:
        """Expect a message that waits to be received or comes in time; others stay to be received.

        Args:
            message_type: The message's class.
            timeout: Seconds to wait for it.
            fields: Values that its fields have. A mapping stands for a model of which only the
                named fields count: ``payload={"text": "hello"}``.

        Returns:
            The first such message.

        Raises:
            ExpectationFailed: If none comes in time, or the connection is closed; or as
                :meth:`expect_error`.
            TypeError: If the consumer declares no such message, or it has no such field.
            Exception: What the application raised.
        """
        expected = self._expectation(message_type, fields)

        def read(frame: str | bytes) -> MessageT | None:
            message = self._codec.read(frame, message_type)
            return message if expected.is_met_by(message) else None

        hint = partial(self._hint, message_type)
        return await self._take(read, str(expected), timeout, hint=hint)

    # A literal of chanx's own is a str as well, of which no MessageError may be made.
    @overload
    async def expect_error(  # type: ignore[overload-overlap]
        self, code: ErrorCode, *, timeout: float = 1
    ) -> ErrorMessage: ...
    @overload
    async def expect_error(self, code: str, *, timeout: float = 1) -> ExpectedErrorMessage: ...
    @overload
    async def expect_error(
        self, code: None = None, *, timeout: float = 1
    ) -> ErrorMessage | ExpectedErrorMessage: ...
    async def expect_error(
        self, code: str | None = None, *, timeout: float = 1
    ) -> ErrorMessage | ExpectedErrorMessage:
        """Expect an error message that waits to be received or comes in time.

        Args:
            code: The error's code, one of chanx's own or of a ``MessageError``; None for any.
            timeout: Seconds to wait for it.

        Returns:
            The first such message.

        Raises:
            ExpectationFailed: If none comes in time, or the connection is closed; or if it is of a
                code that its handler does not declare, where it declares others.
            Exception: What the application raised.
        """

        def read(frame: str | bytes) -> ErrorMessage | ExpectedErrorMessage | None:
            read = self._codec.read
            message = read(frame, ErrorMessage) or read(frame, ExpectedErrorMessage)
            if message is not None and code in (None, message.payload.code):
                return message
            return None

        what = "an error message" if code is None else f"an error message of code {code!r}"
        return await self._take(read, what, timeout)

    async def refute(
        self, message_type: type[BaseMessage], /, *, timeout: float = 1, **fields: Any
    ) -> None:
        """Expect that no such message waits to be received, or comes.

        Args:
            message_type: The message's class. ``ErrorMessage`` and ``ExpectedErrorMessage`` stand
                for errors of any code here: ``payload={"code": "busy"}`` is for those of one.
            timeout: Seconds to wait at most; less if the application has nothing left to do.
            fields: Values that the message's fields do not have, as for :meth:`expect`.

        Raises:
            ExpectationFailed: If there is one.
            TypeError: If the consumer declares no such message, or it has no such field.
            Exception: What the application raised.
        """
        refuted = self._expectation(message_type, fields)
        kinds = [message_type, *ERRORS.get(message_type, ())[:1]]
        await self._wait_quiescent(timeout)
        for frame in self._driver.frames:
            for kind in kinds:
                message = self._codec.read(frame, kind)
                if message is not None and refuted.has_fields(message):
                    raise self._failed(f"Expected no {refuted}, and {message!r} came.")

    def _hint(self, message_type: type[BaseMessage]) -> str:
        """Return what to write where an error came that is of the other class; else nothing."""
        if message_type not in ERRORS:
            return ""
        other, whose = ERRORS[message_type]
        for frame in self._driver.frames:
            error = self._codec.read(frame, other)
            if isinstance(error, ErrorMessage | ExpectedErrorMessage):
                code = error.payload.code
                return (
                    f" The code {code!r} is {whose}: write expect_error({code!r}), or "
                    f"{other.__qualname__}."
                )
        return ""

    def _expectation(
        self, message_type: type[MessageT], fields: Mapping[str, Any]
    ) -> Expectation[MessageT]:
        self._codec.require_declared(message_type)
        return Expectation(message_type, fields)

    async def _take(
        self,
        read: Callable[[str | bytes], MessageT | None],
        what: str,
        timeout: float,
        ends: Callable[[str | bytes], bool] = lambda frame: False,
        hint: Callable[[], str] = str,
    ) -> MessageT:
        """Take the first frame that can be read out of those that wait, or that come.

        Args:
            read: Returns a frame's message if it is the one.
            what: What is waited for.
            timeout: Seconds to wait.
            ends: Returns whether a frame, which stays, ends the wait.
            hint: Returns what else to say where none comes.
        """
        driver = self._driver
        found: list[tuple[str | bytes, MessageT]] = []
        seen = 0

        def is_decided() -> bool:
            nonlocal seen
            # Only what has come since the last look, from the end: reading all frames each time
            # would be quadratic. Frames may have been taken by another task meanwhile.
            new = min(driver.arrived - seen, len(driver.frames))
            seen = driver.arrived
            for frame in [driver.frames[position] for position in range(-new, 0)]:
                message = read(frame)
                if message is not None:
                    found.append((frame, message))
                if found or ends(frame):
                    return True
            return driver.closed is not None

        outcome = f"Expected {what}, and it did not come."
        try:
            await self._wait(is_decided, timeout, what)
        except TimeoutError:
            outcome = f"Expected {what}, and it did not come within {timeout:g} s."
        if not found:
            raise self._failed(outcome + (hint() or self._advice()))
        frame, message = found[0]
        # The first that is equal, and equal frames are one to the test.
        driver.frames.remove(frame)
        if isinstance(message, ExpectedErrorMessage):
            undeclared = driver.undeclared.get(message.payload.code)
            if undeclared is not None:
                raise self._failed(undeclared)
        return message


__all__ = ["WebsocketCommunicator"]
