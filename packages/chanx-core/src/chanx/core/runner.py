"""Running the handlers of one connection: in their unit of work, in time, beside others."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext, suppress
from functools import partial
from typing import Any, Final, TypeAlias, cast

from chanx.core.asks import NO_ANSWER
from chanx.core.cancellation import Guard, LeftBehind, is_own
from chanx.core.clock import Clock
from chanx.core.close_codes import CloseCode
from chanx.core.decorators import HandlerKind
from chanx.core.errors import MessageError
from chanx.core.expected import declared_errors, expected
from chanx.core.frames import Ref
from chanx.core.handler import Call, Handler, Reply
from chanx.core.hooks import Hooks, call_hook
from chanx.core.journal import Journal
from chanx.core.observer import Observer, Outcome
from chanx.core.outbox import Outbox
from chanx.core.replies import conform, without_end
from chanx.core.runtime import Runtime
from chanx.core.tasks import start
from chanx.core.watch import Handling
from chanx.messages import BaseMessage

MOST_UNDECLARED: Final = 100
"""Codes of a consumer that are remembered as logged: some projects make them of what comes."""

Run: TypeAlias = Callable[[], Coroutine[Any, Any, object]]


class Runner:
    """Runs the handlers and error hooks of one connection.

    Args:
        consumer: The consumer whose they are.
        runtime: The consumer's declarations and settings.
        outbox: Where replies go.
        journal: Where failures are logged.
        clock: The time by which handling is timed.
        end: Ends the connection with a close code.
        handling: Bounds the time of each handler and error hook; None for no bound.

    Attributes:
        tasks: Handlers that run beside the lanes; None as long as none did.
        shielded: Handlers that finish once they began; None as long as there were none.
    """

    __slots__ = (
        "_behind",
        "_consumer",
        "_end",
        "_handling",
        "_has_left",
        "_journal",
        "_now",
        "_outbox",
        "_runtime",
        "_slots",
        "_uses_units_of_work",
        "shielded",
        "tasks",
    )

    def __init__(
        self,
        consumer: Hooks,
        runtime: Runtime,
        outbox: Outbox,
        journal: Journal,
        clock: Clock,
        end: Callable[[int], object],
        handling: Handling | None,
    ) -> None:
        self._consumer = consumer
        self._runtime = runtime
        # Asked once: the core's own unit_of_work() returns None, and is not called for each
        # message.
        self._uses_units_of_work = runtime.overrides.unit_of_work
        self._outbox = outbox
        self._journal = journal
        self._now = clock.time
        self._end = end
        self._handling = handling
        self._slots: asyncio.Semaphore | None = None
        self._has_left = False
        # What cut off what comes behind a handler, and not the handler itself.
        self._behind: asyncio.CancelledError | None = None
        self.tasks: set[asyncio.Task[None]] | None = None
        self.shielded: set[asyncio.Task[None]] | None = None

    def call(
        self, handler: Handler, message: BaseMessage | bytes, ref: Ref | None
    ) -> Awaitable[None]:
        """Return what is to be awaited to call a handler, and send what it returns or yields.

        Args:
            handler: The handler.
            message: What it is given.
            ref: The correlation id of its replies; None for none.

        Raises:
            HandlerTimeout: If it took longer than it may.
            Exception: What the handler raises.
        """
        if handler.is_plain and self._handling is None and not self._uses_units_of_work:
            # Returned and not awaited: a coroutine less for each message that needs nothing more.
            return self._call_plain(handler, message, ref)
        return self._call_in_time(handler, message, ref)

    async def _call_plain(
        self, handler: Handler, message: BaseMessage | bytes, ref: Ref | None
    ) -> None:
        # The method and the consumer apart: a bound method would be one more object for each
        # message.
        reply = await handler.method(self._consumer, message)
        if reply is not None:
            if not isinstance(reply, handler.replies):
                reply = conform(handler, reply)
            await self._outbox.reply(reply, ref)

    def in_time(self) -> AbstractAsyncContextManager[object]:
        """Return a context for a handler or hook, which is cancelled when its time is over."""
        return nullcontext() if self._handling is None else self._handling()

    async def _call_in_time(
        self, handler: Handler, message: BaseMessage | bytes, ref: Ref | None
    ) -> None:
        async with self.in_time():
            await self._call(handler, message, ref)

    async def _call(self, handler: Handler, message: BaseMessage | bytes, ref: Ref | None) -> None:
        unit = self._consumer.unit_of_work() if self._uses_units_of_work else None
        is_handled = False
        try:
            # Around replies as well: what is sent may be lazy, and ask the database as it is
            # encoded.
            async with unit or nullcontext():
                if handler.layers:
                    await self._call_within_layers(handler, message, ref)
                elif handler.streams:
                    await self._stream(handler, handler.method(self._consumer, message), ref)
                elif handler.kind == "binary":
                    await self._answer(handler, await handler.method(self._consumer, message), ref)
                else:
                    await self._call_plain(handler, message, ref)
                is_handled = True
        except asyncio.CancelledError as error:
            # A client often leaves with its reply, while the unit looks after its connections.
            if is_handled:
                self._behind = error
            raise

    async def _call_within_layers(
        self, handler: Handler, message: BaseMessage | bytes, ref: Ref | None
    ) -> None:
        action: Any = handler.name if isinstance(message, bytes) else message.action
        call = Call(self._consumer, handler, action, message, ref, self._go)
        await call()
        # Only now: a client must not be told of what is rolled back around the handler.
        if not handler.streams:
            await self._answer(handler, call.reply, ref)

    async def _answer(self, handler: Handler, reply: Any, ref: Ref | None) -> None:
        if reply is None:
            return
        if not isinstance(reply, handler.replies):  # as what a layer answers with
            reply = conform(handler, reply)
        if isinstance(reply, bytes):
            await self._outbox.send_bytes(reply)
        else:
            await self._outbox.reply(reply, ref)

    async def _go(self, call: Call) -> Reply:
        handler = call.handler
        called = handler.method(self._consumer, call.message, **call.arguments)
        if handler.streams:
            return await self._stream(handler, called, call.ref)
        reply: Any = await called
        if reply is not None and not isinstance(reply, handler.replies):
            reply = conform(handler, reply)
        return cast(Reply, reply)

    async def _stream(
        self, handler: Handler, stream: AsyncGenerator[Any], ref: Ref | None
    ) -> BaseMessage | None:
        """Send what a stream yields, and return the last of it."""
        reply: Any = None
        # One that is only left is closed later, by its event loop and outside the unit of work.
        async with aclosing(stream) as replies:
            async for reply in replies:
                if not isinstance(reply, handler.replies):
                    reply = conform(handler, reply)
                await self._outbox.reply(reply, ref)
        # A stream that was cut off raises before this; one that stops by itself without its end
        # would leave its client waiting, and is a failure.
        if handler.has_end and not isinstance(reply, handler.ends):
            raise without_end(handler)
        return cast(BaseMessage | None, reply)

    async def tells(
        self, name: str, error: BaseException, handler: Handler | None = None
    ) -> MessageError | None:
        """Tell the client of an error that is expected.

        Args:
            name: What raised it.
            error: What it raised.
            handler: The handler whose answer it is; None for something else.

        Returns:
            What the client was told; None if the error is a failure.
        """
        # A leaked CancelledError is a failure: no project maps it to anything.
        if not isinstance(error, Exception):
            return None
        try:
            async with self.in_time():
                told = await call_hook(
                    self._consumer, self._runtime, expected, self._consumer, error
                )
            if told is not None:
                if handler is not None:
                    self._note_undeclared(handler, told.code)
                await self._outbox.send(told.message())
        except (Exception, asyncio.CancelledError) as failure:
            if self.is_end(failure):
                raise
            # Both are logged: this one here, and the error itself by the caller, since it was not
            # told.
            self._journal.failure(f"{name} (telling its error)", failure)
            return None
        return told

    def _note_undeclared(self, handler: Handler, code: str) -> None:
        declared = declared_errors(type(self._consumer), handler)
        # Where nothing is declared, nothing is promised.
        if not declared or code in declared or code == NO_ANSWER:
            return
        known = self._runtime.undeclared
        is_new = (handler.name, code) not in known and len(known) < MOST_UNDECLARED
        if is_new:
            known.add((handler.name, code))
        self._journal.undeclared(handler.name, code, declared, is_new=is_new)

    async def answers(self, name: str, action: str | None, *args: Any) -> bool:
        """Call a hook that answers an error, or is told of a gap.

        Args:
            name: The hook.
            action: The action of what was handled; None for none.
            args: The hook's arguments.

        Returns:
            Whether it did not fail itself; that is logged.
        """
        try:
            async with self.in_time():
                # By name, as the engine knows consumers by a protocol; `overrides.py` has checked
                # the hook.
                await call_hook(self._consumer, self._runtime, getattr(self._consumer, name), *args)
        except (Exception, asyncio.CancelledError) as failure:
            if self.is_end(failure):
                raise
            # What a hook raises may be expected, too: that is its answer then, and no other
            # follows.
            if (told := await self.tells(name, failure)) is not None:
                if told.closes is not None:
                    self._end(told.closes)
                return True
            self._journal.failure(name, failure, action)
            return False
        return True

    def is_end(self, error: BaseException) -> bool:
        """Return whether an exception is the end of what runs here, rather than its failure.

        Args:
            error: What a handler or hook raised. A cancellation may have leaked from something that
                it awaited; once one was left behind, whatever it raises is of no interest.
        """
        return is_own(error) or self._has_left

    async def apart(self, run: Run, handler: Handler) -> None:
        """Run a handler in a task of its own.

        It is waited for unless it is concurrent; one that is shielded goes on if the waiting is
        cancelled.

        Args:
            run: Runs it.
            handler: The handler.
        """
        if not handler.shield:
            await self._beside(run, handler.name)
            return
        if self.shielded is None:
            self.shielded = set()
        if handler.concurrent:
            # Among the shielded ones alone: what Activity.stop() cancels is `tasks`.
            await self._beside(run, handler.name, self.shielded)
            return
        task = start(self.guarded(run, handler.name))
        self.shielded.add(task)
        task.add_done_callback(self.shielded.discard)
        # Only the waiting is cut off; the set refers to the task, which its loop does only weakly.
        await asyncio.shield(task)

    async def _beside(
        self, run: Run, name: str, among: "set[asyncio.Task[None]] | None" = None
    ) -> None:
        """Run a handler beside others, once one of those that may run at once has ended."""
        if self.tasks is None or self._slots is None:
            self.tasks = set()
            # One for both kinds of concurrent handlers, shielded or not; made when first needed.
            self._slots = asyncio.Semaphore(self._runtime.limits.max_concurrent_handlers)
        # Here the lane waits while all are taken: its inbox fills, and holds the client back.
        await self._slots.acquire()
        task = start(self.guarded(run, name))
        among = self.tasks if among is None else among
        among.add(task)
        # Not in a finally of what runs: a task that is cancelled before its first step enters none.
        task.add_done_callback(partial(self._ended, among))

    def _ended(self, among: "set[asyncio.Task[None]]", task: "asyncio.Task[None]") -> None:
        assert self._slots is not None
        among.discard(task)
        self._slots.release()

    async def guarded(self, run: Run, name: str) -> None:
        """Run a handler that is not part of the lane of frames, which has a guard of its own.

        Args:
            run: Runs it.
            name: The handler's name.
        """
        patience = self._runtime.limits.close_timeout
        # Its task ends as if it had returned: on_left has logged it, and nobody awaits its result.
        with suppress(LeftBehind):
            await Guard(run(), patience, partial(self._leave, name))

    def _leave(self, name: str) -> None:
        self.note_left(name)
        # Its time was over, or the connection ends anyway, and then this does nothing. Served on,
        # whatever its code raises would be ignored from now on, and end the lane of frames.
        self._end(CloseCode.INTERNAL_ERROR)

    def note_failure(self, name: str, error: BaseException) -> None:
        """Log that something failed.

        Args:
            name: What failed.
            error: The failure.
        """
        self._journal.failure(name, error)

    def note_left(self, name: str) -> None:
        """Log that a handler was left behind.

        Args:
            name: The handler's name.
        """
        # For good: whatever else this connection's code raises from now on may be a consequence of
        # it, as of a generator that was closed where it stood.
        self._has_left = True
        owner = type(self._consumer).__qualname__
        self._journal.left_behind(owner, name, self._runtime.limits.close_timeout)

    async def timed(
        self,
        observer: Observer,
        kind: HandlerKind,
        action: str | None,
        run: Callable[[], Awaitable[Outcome]],
        trace: Mapping[str, str] | None = None,
    ) -> None:
        """Run a handler, and tell an observer how that ended and how long it took.

        Args:
            observer: Who is told.
            kind: What is handled.
            action: Its action; None if it leads to no handler.
            run: Runs the handler.
            trace: The trace that came with it; None for none.
        """
        began = self._now()
        # Whatever is not told otherwise: an exception that gets here ends the connection.
        outcome: Outcome = "cancelled"
        # Within the context of what runs: a tracer's span has to be the current one there.
        observer.handling(action, kind, trace)
        try:
            outcome = await run()
        except asyncio.CancelledError as error:
            # Nothing suspends between there and here, so that it is this handler's.
            if error is self._behind:
                outcome = "done"
            raise
        finally:
            self._behind = None
            observer.handled(action, self._now() - began, outcome, kind)


__all__ = ["Run", "Runner"]
