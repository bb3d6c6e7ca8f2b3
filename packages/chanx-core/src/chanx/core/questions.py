"""What is asked of the client of one connection, and waits for its answer."""

import asyncio
from typing import Final

from chanx.core.annotations import MessageTypes
from chanx.core.asgi import Event, Receive
from chanx.core.asks import Asks
from chanx.core.backlog import size_of
from chanx.core.clock import Clock, leave_late
from chanx.core.codec import Codec, Incoming
from chanx.core.connection import Connection
from chanx.core.errors import (
    ConfigurationError,
    ConnectionEnded,
    FrameError,
    RequestRefused,
    RequestTimeout,
)
from chanx.core.frames import Ref, read_ref
from chanx.core.journal import Journal
from chanx.core.limits import Limits
from chanx.core.long_frames import NotNow, long_frames
from chanx.core.observer import Observer
from chanx.core.outbox import Outbox
from chanx.messages import BaseMessage, ExpectedErrorMessage, actions_of

PREFIX: Final = "chanx-request-"
"""What the refs of the server's own requests begin with; those of clients are their own."""

MOST_LATE: Final = 100
"""Of so many questions the answer may still come; that of an older one is a frame like others."""

UNREADABLE: Final = "The server failed to read this answer."

NOBODY: Final = (), None


class Questions:
    """Asks the client of one connection, and takes its answers out of the frames that come.

    The answer is taken where frames are received, before the lane: the handler that waits for it
    holds the lane. It is read while a handler waits, since the lane reads ahead then; where the
    lane's inbox is full, that takes ``Limits.stall_timeout`` at most. Rates do not count there, so
    each question has one answer, be it late, and a further one is a frame like others.

    Args:
        asks: What the consumer declares.
        codec: Reads answers.
        connection: The connection.
        outbox: Where questions go.
        journal: Where is logged what could not be read.
        observer: Who is told of answers; None for nobody.
        clock: The time by which answers are waited for.
        limits: For how long the client is waited for that is told of a wrong answer.
    """

    __slots__ = (
        "_answerable",
        "_asks",
        "_clock",
        "_codec",
        "_connection",
        "_count",
        "_is_over",
        "_journal",
        "_limits",
        "_observer",
        "_outbox",
        "_pending",
    )

    def __init__(
        self,
        asks: Asks,
        codec: Codec,
        connection: Connection,
        outbox: Outbox,
        journal: Journal,
        observer: Observer | None,
        clock: Clock,
        limits: Limits,
    ) -> None:
        self._asks = asks
        self._codec = codec
        self._connection = connection
        self._outbox = outbox
        self._journal = journal
        self._observer = observer
        self._clock = clock
        self._limits = limits
        self._count = 0
        self._is_over = False
        # By a ref of the server's own: clients choose theirs apart, and the two never meet
        # (PREFIX).
        self._pending: dict[Ref, tuple[MessageTypes, asyncio.Future[BaseMessage]]] = {}
        # The refs of questions that were not answered yet, the oldest first.
        self._answerable: dict[Ref, None] = {}

    async def ask(
        self, message: BaseMessage, expect: MessageTypes, timeout: float | None
    ) -> BaseMessage:
        """Send a message, and return what the client answers it with.

        Args:
            message: The message.
            expect: What it may be answered with.
            timeout: Seconds to wait; None for any time.

        Raises:
            ConfigurationError: If the consumer does not declare to ask that.
            RuntimeError: If the connection is not accepted yet.
            RequestTimeout: If no answer came in time.
            RequestRefused: If the client answered with an error, or with what is not an answer.
            ConnectionEnded: If the connection has ended.
        """
        self._check(type(message), expect)
        # Before accept no frame comes, so that a handshake that asks would wait until its own time
        # is over.
        if self._connection.state != "open":
            if self._is_over or self._connection.state == "closed":
                raise ConnectionEnded("The connection has ended: nobody is asked.")
            raise RuntimeError("request() waits for a client that is let in: ask after connect().")
        # Counted, and not random: it says nothing that a client could use, and only its own
        # connection takes it.
        self._count += 1
        ref = f"{PREFIX}{self._count}"
        answer: asyncio.Future[BaseMessage] = asyncio.get_running_loop().create_future()
        # Before it is sent: the answer may be there when the send returns.
        self._pending[ref] = expect, answer
        # Two tables: a question that waits no more may still be answered, late, for a while.
        self._answerable[ref] = None
        # More are answerable than pending, so that one of them is not pending, and may be
        # forgotten.
        if len(self._answerable) > max(MOST_LATE, len(self._pending)):
            del self._answerable[
                next(each for each in self._answerable if each not in self._pending)
            ]
        # Around the send as well, which waits for a client that reads nothing.
        deadline = self._clock.timeout(timeout)
        try:
            async with deadline:
                if not await self._outbox.ask(message, ref):
                    raise ConnectionEnded("The connection has ended: nobody is asked.")
                return await answer
        except TimeoutError:
            # Of the deadline: sending raises nothing, and an answer is no TimeoutError.
            raise RequestTimeout(f"No answer to {message.action!r} within {timeout:g} s.") from None
        finally:
            del self._pending[ref]
            answer.cancel()

    def _check(self, question: type[BaseMessage], expect: MessageTypes) -> None:
        declared = self._asks.answers.get(question)
        if declared is None or not expect or not {*expect} <= {*declared}:
            names = " | ".join(answer.__qualname__ for answer in expect) or "Answer"
            raise ConfigurationError(
                f"{question.__qualname__} is not declared to be answered with {names}: write "
                f"asks = {{{question.__qualname__}: {names}}} in the consumer."
            )

    def listening(self, receive: Receive) -> Receive:
        """Return a receive from which answers are taken.

        Args:
            receive: The server's receive.
        """

        # A loop, and no call of itself: several answers may come before the next frame.
        async def receive_others() -> Event:
            while True:
                event = await receive()
                text = event.get("text")
                # Looked for in the text: parsing costs more, and hardly a frame is an answer.
                if text is None or not self._answerable or PREFIX not in text:
                    return event
                if not await self._takes(text):
                    return event

        return receive_others

    async def _takes(self, text: str) -> bool:
        """Return whether a frame is an answer; then it is done with."""
        try:
            # By a codec of the answers alone: what is not one of their actions ends here as
            # unknown_action.
            incoming = await self._decode(text)
        except FrameError as error:
            # A frame that is nobody's, or is too large, has the usual end.
            if error.code != "validation_error" or not self._is_waited_for(error.ref):
                return False
            await self._refused(error, text)
            return True
        except Exception as error:  # noqa: BLE001 - a project's own code raises what it likes
            # A validator of the answer's class that raises what is not a ValueError.
            ref = read_ref(text)
            # Only the error of an answer is told here: for any other frame its handler's decoder
            # says what is wrong.
            if not self._is_waited_for(ref):
                return False  # whoever handles it logs what it raises
            self._journal.failure("request", error)
            await self._refused(FrameError("handler_error", UNREADABLE, ref=ref), text)
            return True
        if incoming.ref not in self._answerable:
            return False
        # Before it is taken: a second answer is a frame like others, and counts against rates.
        del self._answerable[incoming.ref]
        self._note(incoming.action, text, incoming.ref)
        # In the task that receives: it suspends only where it refuses, and then nothing is read
        # meanwhile.
        await self._take(incoming, text)
        return True

    async def _decode(self, text: str) -> Incoming:
        try:
            return self._codec.decode(text, long_frames)
        except NotNow:
            # Beside the lane, but in the turns of all long frames: those of many clients would else
            # add up to a time in which nobody is served.
            await long_frames.get().turn()
            return self._codec.decode(text, long_frames)

    def _is_waited_for(self, ref: Ref | None) -> bool:
        return ref in self._answerable and ref in self._pending

    async def _take(self, incoming: Incoming, text: str) -> None:
        ref, message = incoming.ref, incoming.message
        # Answered late, it finds nobody: the handler has gone on, and the client has done nothing
        # wrong.
        expect, answer = self._pending.get(ref, NOBODY) if ref is not None else NOBODY
        if answer is None or answer.done():
            if self._observer is not None:
                self._observer.dropped("late_answer", 1)
        elif isinstance(message, expect):
            answer.set_result(message)
        # Behind the declared answers, since a consumer may declare errors as such.
        elif isinstance(message, ExpectedErrorMessage):
            told = message.payload
            answer.set_exception(RequestRefused(told.code, told.detail, told.data))
        else:
            names = " or ".join(action for kind in expect for action in actions_of(kind))
            detail = f"This is answered by {names}."
            await self._refused(FrameError("validation_error", detail, errors=[], ref=ref), None)

    async def _refused(self, error: FrameError, text: str | None) -> None:
        """Tell the client that its answer is not one, and the asking code that there is none."""
        if text is not None:
            self._note(None, text, error.ref)
        if error.ref is not None:
            self._answerable.pop(error.ref, None)
            # There, as both who call this have asked (_is_waited_for, _take), and nothing has
            # suspended since.
            _, answer = self._pending[error.ref]
            if not answer.done():
                answer.set_exception(RequestRefused(error.code, error.detail, None))
        # With the ref, by which the client knows which of its answers is meant; held by no handler,
        # which waits for this.
        told = self._outbox.ask(error.message(), error.ref)
        # By who receives, which must not wait for ever (FrameLane, where it refuses).
        await leave_late(told, self._clock, self._limits.stall_timeout)

    def _note(self, action: str | None, text: str, ref: Ref | None) -> None:
        if self._observer is not None:
            self._observer.received(action, size_of(text), ref)

    def end(self) -> None:
        """Have everybody know who waits that the connection has ended."""
        # First: what is asked from here on, in an except clause of a handler that ends, has nobody
        # to wait for.
        self._is_over = True
        for _, answer in self._pending.values():
            if not answer.done():
                answer.set_exception(ConnectionEnded("The connection ended before the answer."))


__all__ = ["PREFIX", "Questions"]
