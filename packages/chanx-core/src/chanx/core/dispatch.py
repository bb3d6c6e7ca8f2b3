"""From a client's frame to its handler, and from there to replies."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from chanx.constants import PONG_ACTION
from chanx.core.asgi import Event
from chanx.core.backlog import size_of
from chanx.core.clock import Clock
from chanx.core.codec import Incoming
from chanx.core.errors import FrameError, MessageError
from chanx.core.frames import Ref, read_ref
from chanx.core.handler import Handler
from chanx.core.hooks import Hooks
from chanx.core.inbox import OVERSIZED, size_of_event
from chanx.core.journal import Journal
from chanx.core.long_frames import NotNow, long_frames
from chanx.core.observer import Observer, Outcome
from chanx.core.outbox import Outbox
from chanx.core.rate import TokenBucket
from chanx.core.replies import conform
from chanx.core.request import Request
from chanx.core.runner import Runner
from chanx.core.runtime import Runtime
from chanx.core.watch import HandlerTimeout

# Fixed words: what a handler raised may hold what no client should read, and goes to the log alone.
HANDLER_ERROR_DETAIL: Final = "The server failed to handle this message."
ADMITTED: Final = "chanx.admitted"
"""The key of a frame that was counted already, and waited for its turn then."""

HANDLER_TIMEOUT_DETAIL: Final = "The server took too long to handle this message."


def failure_of(error: BaseException) -> FrameError:
    """Return what a client is told of a handler that failed: nothing but that it did.

    Args:
        error: What the handler raised.
    """
    if isinstance(error, HandlerTimeout):
        return FrameError("handler_timeout", HANDLER_TIMEOUT_DETAIL)
    return FrameError("handler_error", HANDLER_ERROR_DETAIL)


class Dispatcher:
    """Handles the frames of one connection.

    Args:
        consumer: The consumer whose handlers are called.
        runtime: The consumer's declarations and settings.
        outbox: Where replies go.
        runner: Runs the handlers.
        journal: Where failures are logged.
        observer: Who is told of what is handled; None for nobody.
        clock: The time by which frames are counted.
        end: Ends the connection with a close code.
    """

    __slots__ = (
        "_bucket",
        "_codec",
        "_completes",
        "_consumer",
        "_end",
        "_is_immediate",
        "_journal",
        "_observer",
        "_outbox",
        "_runner",
        "_runtime",
        "_send",
        "_takes_pongs",
        "_uses_runner",
        "running",
    )

    def __init__(
        self,
        consumer: Hooks,
        runtime: Runtime,
        outbox: Outbox,
        runner: Runner,
        journal: Journal,
        observer: Observer | None,
        clock: Clock,
        end: Callable[[int], object],
    ) -> None:
        limits = runtime.limits
        self._consumer = consumer
        self._runtime = runtime
        # Read once: a connection keeps the runtime with which it began, whatever changes meanwhile.
        self._is_immediate = runtime.settings.send_message_immediately
        self._completes = runtime.settings.send_completion
        self._uses_runner = runtime.overrides.unit_of_work or limits.handler_timeout is not None
        # Without a heartbeat nobody asks for a pong, and one that comes is a frame without a
        # handler.
        self._takes_pongs = limits.heartbeat is not None
        self._codec = runtime.codec
        self._runner = runner
        self._outbox = outbox
        self._send = outbox.reply
        self._journal = journal
        self._observer = observer
        self._end = end
        self._bucket = (
            None
            if limits.max_messages_per_second is None
            else TokenBucket(limits.max_messages_per_second, limits.max_burst, clock.time)
        )
        self.running: str = "post_authentication"
        """What the lane of frames runs, or ran last."""

    def handle_frame(self, event: Event) -> Awaitable[object]:
        """Decode a client frame, and return what is to be awaited to handle it.

        Handling answers the frame, and never ends the connection by failing.

        Args:
            event: ASGI's ``websocket.receive``.
        """
        # No coroutine of its own: decoding suspends nowhere, and the lane awaits what is returned,
        # which is one coroutine less for each frame.
        text: str | None = event.get("text")
        try:
            # One test for the usual frame, which is text and counted by no rate. An empty text is
            # looked at as well, since Inbox.cut leaves one in the place of what is too large.
            if not text or self._bucket is not None:
                text = self._admit(event)
                if text is None:
                    return self._handle_bytes(event)
            incoming = self._codec.decode(text, long_frames)
        except FrameError as error:
            # Behind the error, so that only frames without a handler pay for it; a consumer that
            # handles pongs itself has decoded it by now.
            if self._takes_pongs and error.code == "unknown_action" and error.action == PONG_ACTION:
                return self._take_pong(event, error.ref)
            return self._refused(event, error)
        except NotNow:
            # Asked last of all that decoding does (Codec.decode): the frame leads to a handler.
            return self._handle_in_turn(event)
        except Exception as error:  # noqa: BLE001 - a project's own validator
            # A validator of the message's class that raises what is not a ValueError.
            self._journal.failure("decode", error)
            ref = None if text is None else read_ref(text)
            failure = FrameError("handler_error", HANDLER_ERROR_DETAIL, ref=ref)
            return self._refused(event, failure)
        if self._observer is not None:
            return self._observed(self._observer, incoming, size_of(text))
        if incoming.handler.has_task:
            return self._runner.apart(partial(self._run, incoming), incoming.handler)
        return self._run(incoming)

    def _handle_bytes(self, event: Event) -> Awaitable[object]:
        """Do what :meth:`handle_frame` does with a binary frame."""
        handler = self._runtime.table.binary
        assert handler is not None
        incoming = Incoming(handler, event["bytes"], handler.name, None)
        if self._observer is not None:
            return self._observed(self._observer, incoming, len(event["bytes"]))
        if handler.has_task:
            return self._runner.apart(partial(self._run, incoming), handler)
        return self._run(incoming)

    def _observed(self, observer: Observer, incoming: Incoming, size: int) -> Awaitable[object]:
        """Do what :meth:`handle_frame` does with a message, and tell an observer of it."""
        action, handler = incoming.action, incoming.handler
        # Here, and not in what runs: in the order of arrival, also where handlers run beside each
        # other.
        observer.received(action, size, incoming.ref)
        run = partial(
            self._runner.timed, observer, handler.kind, action, partial(self._run, incoming)
        )
        return self._runner.apart(run, handler) if handler.has_task else run()

    def _refused(self, event: Event, error: FrameError) -> Awaitable[object]:
        """Return what is to be awaited to answer a frame that is not a message."""
        observer = self._observer
        if observer is None:
            return self._refuse(event, error)
        observer.received(None, size_of_event(event), error.ref)
        # What a client calls its action may be anything; observers use it as a label, so that it
        # has to be one of a bounded set.
        action = error.action if error.action in self._runtime.table.messages else None
        return self._runner.timed(observer, "message", action, partial(self._refuse, event, error))

    async def _handle_in_turn(self, event: Event) -> None:
        """Handle a long frame once others have had their turn."""
        # It has taken its token from the rate, and is decoded once more from the beginning.
        event[ADMITTED] = True
        await long_frames.get().turn()
        # Called without a suspension after the turn, which would else be the next frame's.
        await self.handle_frame(event)

    async def _take_pong(self, event: Event, ref: Ref | None) -> None:
        """Take the answer to a heartbeat, for which the consumer has no handler of its own."""
        if self._observer is not None:
            self._observer.received(PONG_ACTION, size_of_event(event), ref)
            self._observer.handled(PONG_ACTION, 0.0, "done", "message")
        if self._completes or ref is not None:
            await self._outbox.complete(ref)

    async def refuse_overflow(self, event: Event) -> None:
        """Answer a frame that is left, as too many before it are not handled yet.

        Args:
            event: ASGI's ``websocket.receive``.
        """
        text: str | None = event.get("text")
        ref = None if text is None else read_ref(text)
        detail = "Messages arrive faster than they are handled; this one is not. Wait for replies."
        error = FrameError("too_many_requests", detail, ref=ref)
        # Both here, since no handler runs that would tell of it.
        if self._observer is not None:
            self._observer.received(None, size_of_event(event), ref)
            self._observer.handled(None, 0.0, error.code, "message")
        self._journal.refused_frame(error, event)
        # Not by the consumer's hook, which may wait: the reader calls this, and nobody reads
        # meanwhile.
        await self._outbox.reply(error.message(), ref)

    def refuse_user(self, event: Event) -> Awaitable[object]:
        """Return what is to be awaited to answer a frame that its user may not send now.

        Args:
            event: ASGI's ``websocket.receive``.
        """
        detail = "Messages arrive faster than this user may send them; slow down."
        return self._refused(event, self._excess(event, detail))

    def _excess(self, event: Event, detail: str) -> FrameError:
        """Return the error for a frame above a rate; one that is too large is that first."""
        text: str | None = event.get("text")
        if text is None:
            return FrameError("too_many_requests", detail)
        # To look for the ref of such a one is the work that the limit of its size is to spare.
        if OVERSIZED in event or len(text) > self._runtime.limits.max_message_size:
            return self._codec.too_large()
        return FrameError("too_many_requests", detail, ref=read_ref(text))

    def _admit(self, event: Event) -> str | None:
        """Return the text of a frame; None for a binary one that has a handler."""
        text: str | None = event.get("text")
        # First: a frame that is refused for whatever else is counted all the same, or those would
        # be free.
        if self._bucket is not None and ADMITTED not in event and not self._bucket.take():
            detail = "Messages arrive faster than this connection may send them; slow down."
            raise self._excess(event, detail)
        # Told, where RFC 6455 (7.4.1) has the close code 1003 for it: the socket lives on, as with
        # every frame that is not a message.
        if text is None and self._runtime.table.binary is None:
            raise FrameError("unsupported_data", "Messages are JSON text, not binary frames.")
        # Texts are measured where they are encoded, in bytes (Codec.decode); what was cut is known
        # here.
        if OVERSIZED in event or (
            text is None and len(event["bytes"]) > self._runtime.limits.max_message_size
        ):
            raise self._codec.too_large()
        return text

    async def _refuse(self, event: Event, error: FrameError) -> Outcome:
        # As for a message: what the hook sends carries the ref, and the end comes behind the
        # answer.
        request = self._outbox.begin(error.ref)
        self._journal.refused_frame(error, event)
        self.running = "handle_validation_error"
        if not await self._runner.answers("handle_validation_error", error.action, error):
            await self._outbox.send(error.message())
        await self._outbox.flush(request)
        if self._completes or _is_open(request):
            await self._outbox.complete(error.ref)
        # Behind answer and completion, which the end would cut off.
        if error.closes is not None:
            self._end(error.closes)
        return error.code

    async def _run(self, incoming: Incoming) -> Outcome:
        handler, message, ref = incoming.handler, incoming.message, incoming.ref
        # Where nothing is to be correlated or held, no context variable is set for the message.
        request = None if ref is None and self._is_immediate else self._outbox.begin(ref)
        # For the log, should the lane's guard leave this behind (Session._left_behind): nobody else
        # knows then what ran.
        self.running = handler.name
        failed: FrameError | MessageError | None = None
        try:
            if self._uses_runner or not handler.is_plain:
                await self._runner.call(handler, message, ref)
            else:
                # What that does as well, without calls between: it is the usual case.
                reply = await handler.method(self._consumer, message)
                if reply is not None:
                    if not isinstance(reply, handler.replies):
                        reply = conform(handler, reply)
                    await self._send(reply, ref)
        except (Exception, asyncio.CancelledError) as error:
            if self._runner.is_end(error):
                # What is held is dropped with its connection. The request stays in the lane's
                # context, so nothing that is sent after the lane may ask for it (Outbox.tell).
                raise
            # A CancelledError that is not this task's leaked from what the handler awaited, and is
            # as much its failure as any other.
            failed = await self._failed(incoming, error)
        if request is not None:
            await self._outbox.flush(request)
        # What was sent shows here, once nothing of the handler is held any more: an answer that
        # carries the ref makes complete superfluous.
        if self._completes or (request is not None and _is_open(request, handler)):
            await self._outbox.complete(ref)
        if failed is None:
            return "done"
        if failed.closes is not None:
            # Behind the answer, which the end would cut off.
            self._end(failed.closes)
        return failed.code

    async def _failed(self, incoming: Incoming, error: BaseException) -> FrameError | MessageError:
        action = incoming.action
        handler = incoming.handler
        # An error that is expected is an answer, and not a line in the log.
        if (told := await self._runner.tells(handler.name, error, handler)) is not None:
            return told
        self._journal.failure(handler.name, error, action)
        name, message = "handle_message_handler_error", incoming.message
        if isinstance(message, bytes) or not await self._runner.answers(
            name, action, error, message
        ):
            await self._outbox.send(failure_of(error).message())
        return failure_of(error)


def _is_open(request: Request, handler: Handler | None = None) -> bool:
    """Return whether a request that has a ref still waits: for any answer, or a stream's end."""
    if request.ref is None:
        return False
    if request.answer is None:
        return True
    # A stream that declares no end has errors alone among its ends: complete tells the client of
    # the usual one.
    return handler is not None and handler.streams and not issubclass(request.answer, handler.ends)


__all__ = [
    "ADMITTED",
    "HANDLER_ERROR_DETAIL",
    "HANDLER_TIMEOUT_DETAIL",
    "Dispatcher",
    "failure_of",
]
