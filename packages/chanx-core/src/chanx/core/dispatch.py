"""From a client's frame or a layer's event to its handler, and from there to replies."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext, suppress
from functools import partial
from typing import Any, Final, TypeAlias

from chanx.core.asgi import Event
from chanx.core.cancellation import Guard, LeftBehind, is_own
from chanx.core.clock import Clock
from chanx.core.codec import Incoming
from chanx.core.connection import Connection
from chanx.core.decorators import HandlerKind
from chanx.core.errors import FrameError
from chanx.core.events import BROADCAST, EVENT, LayerGap, read_event
from chanx.core.excerpt import excerpt
from chanx.core.frames import Ref, read_ref
from chanx.core.handlers import Handler
from chanx.core.hooks import Hooks, call_hook
from chanx.core.inbox import OVERSIZED
from chanx.core.journal import Journal
from chanx.core.observer import Observer, Outcome
from chanx.core.outbox import Outbox
from chanx.core.rate import TokenBucket
from chanx.core.replies import conform, without_end
from chanx.core.request import Request
from chanx.core.runtime import Runtime
from chanx.core.tasks import start
from chanx.messages import BaseMessage

Run: TypeAlias = Callable[[], Coroutine[Any, Any, object]]

HANDLER_ERROR_DETAIL: Final = "The server failed to handle this message."


class Dispatcher:
    """Handles the frames and events of one connection.

    Args:
        consumer: The consumer whose handlers and error hooks are called.
        runtime: The consumer's declarations and settings.
        connection: The connection that frames come from.
        outbox: Where replies go.
        journal: Where failures are logged.
        observer: Who is told of what is handled; None for nobody.
        clock: The time by which frames are counted, and handling is timed.
        end: Ends the connection with a close code.
    """

    __slots__ = (
        "_bucket",
        "_codec",
        "_connection",
        "_consumer",
        "_end",
        "_has_left",
        "_journal",
        "_now",
        "_observer",
        "_outbox",
        "_runtime",
        "_send",
        "_settings",
        "_slots",
        "running",
        "tasks",
    )

    def __init__(
        self,
        consumer: Hooks,
        runtime: Runtime,
        connection: Connection,
        outbox: Outbox,
        journal: Journal,
        observer: Observer | None,
        clock: Clock,
        end: Callable[[int], object],
    ) -> None:
        limits = runtime.limits
        self._consumer = consumer
        self._runtime = runtime
        self._settings = runtime.settings
        self._codec = runtime.codec
        self._connection = connection
        self._outbox = outbox
        self._send = outbox.reply
        self._journal = journal
        self._observer = observer
        self._now = clock.time
        self._end = end
        self._bucket = (
            None
            if limits.max_messages_per_second is None
            else TokenBucket(limits.max_messages_per_second, limits.max_burst, clock.time)
        )
        self._slots: asyncio.Semaphore | None = None
        self._has_left = False
        self.tasks: set[asyncio.Task[None]] | None = None
        """Handlers that run beside the lane."""
        self.running: str = "post_authentication"
        """What the lane of frames runs, or ran last."""

    def handle_frame(self, event: Event) -> Awaitable[object]:
        """Decode a client frame, and return what is to be awaited to handle it.

        Handling answers the frame, and never ends the connection by failing.

        Args:
            event: ASGI's ``websocket.receive``.
        """
        text: str | None = event.get("text")
        try:
            if not text or self._bucket is not None:
                text = self._admit(event)
            incoming = self._codec.decode(text)
        except FrameError as error:
            return self._refused(event, error)
        except Exception as error:
            # A validator of the message's class that raises what is no ValueError.
            self._journal.failure("decode", error)
            ref = None if text is None else read_ref(text)
            failure = FrameError("handler_error", HANDLER_ERROR_DETAIL, ref=ref)
            return self._refused(event, failure)
        if self._observer is not None:
            return self._observed(self._observer, incoming, text)
        if incoming.handler.concurrent:
            return self._run_beside(partial(self._run, incoming), incoming.handler.name)
        return self._run(incoming)

    def _observed(self, observer: Observer, incoming: Incoming, text: str) -> Awaitable[object]:
        """Do what :meth:`handle_frame` does with a message, and tell an observer of it."""
        action, handler = incoming.action, incoming.handler
        observer.received(action, len(text), incoming.ref)
        run = partial(self._timed, observer, handler.kind, action, partial(self._run, incoming))
        return self._run_beside(run, handler.name) if handler.concurrent else run()

    def _refused(self, event: Event, error: FrameError) -> Awaitable[object]:
        """Return what is to be awaited to answer a frame that is no message."""
        observer = self._observer
        if observer is None:
            return self._refuse(error)
        frame: str | bytes = event.get("text") or event.get("bytes") or ""
        observer.received(None, len(frame), error.ref)
        action = error.action if error.action in self._runtime.table.messages else None
        return self._timed(observer, "message", action, partial(self._refuse, error))

    async def _timed(
        self,
        observer: Observer,
        kind: HandlerKind,
        action: str | None,
        run: Callable[[], Awaitable[Outcome]],
    ) -> None:
        began = self._now()
        outcome: Outcome = "cancelled"
        try:
            outcome = await run()
        finally:
            observer.handled(action, self._now() - began, outcome, kind)

    async def refuse_overflow(self, event: Event) -> None:
        """Answer a frame that is left, as too many before it are not handled yet.

        Args:
            event: ASGI's ``websocket.receive``.
        """
        frame: str | bytes = event.get("text") or event.get("bytes") or ""
        ref = read_ref(frame) if isinstance(frame, str) else None
        detail = "Messages arrive faster than they are handled; this one is not. Wait for replies."
        error = FrameError("too_many_requests", detail, ref=ref)
        if self._observer is not None:
            self._observer.received(None, len(frame), ref)
            self._observer.handled(None, 0.0, error.code, "message")
        self._journal.refused_frame(error, None, error.code)
        await self._outbox.reply(error.message(), ref)

    def _admit(self, event: Event) -> str:
        text: str | None = event.get("text")
        if self._bucket is not None and not self._bucket.take():
            raise FrameError(
                "too_many_requests",
                "Messages arrive faster than this connection may send them; slow down.",
                ref=None if text is None else read_ref(text),
            )
        if text is None:
            raise FrameError("unsupported_data", "Messages are JSON text, not binary frames.")
        if OVERSIZED in event:
            raise self._codec.too_large()
        return text

    async def _refuse(self, error: FrameError) -> Outcome:
        request = self._outbox.begin(error.ref)
        self._journal.refused_frame(error, error.action, error.code)
        self.running = "handle_validation_error"
        if not await self._answers("handle_validation_error", error.action, error):
            await self._outbox.send(error.message())
        await self._outbox.flush(request)
        if self._settings.send_completion or _is_open(request):
            await self._outbox.complete(error.ref)
        if error.closes is not None:
            self._end(error.closes)
        return error.code

    async def _run_beside(self, run: Run, name: str) -> None:
        if self.tasks is None or self._slots is None:
            self.tasks = set()
            self._slots = asyncio.Semaphore(self._runtime.limits.max_concurrent_handlers)
        await self._slots.acquire()
        task = start(self._run_guarded(run, name))
        self.tasks.add(task)
        task.add_done_callback(self._run_ended)

    def _run_ended(self, task: "asyncio.Task[None]") -> None:
        assert self.tasks is not None
        assert self._slots is not None
        self.tasks.discard(task)
        self._slots.release()

    async def _run_guarded(self, run: Run, name: str) -> None:
        """Run a handler that is no part of the lane of frames, which has a guard of its own."""
        patience = self._runtime.limits.close_timeout
        with suppress(LeftBehind):
            await Guard(run(), patience, partial(self.note_left, name))

    def note_left(self, name: str) -> None:
        """Log that a handler was left behind.

        Args:
            name: The handler's name.
        """
        self._has_left = True
        owner = type(self._consumer).__qualname__
        self._journal.left_behind(owner, name, self._runtime.limits.close_timeout)

    async def _run(self, incoming: Incoming) -> Outcome:
        handler, message, ref = incoming.handler, incoming.message, incoming.ref
        settings = self._settings
        request = (
            None if ref is None and settings.send_message_immediately else self._outbox.begin(ref)
        )
        self.running = handler.name
        outcome: Outcome = "done"
        try:
            unit = self._consumer.unit_of_work() if self._runtime.has_units else None
            if unit is None and not handler.streams:
                # What _call does as well, without calls between: it is the usual case.
                reply = await handler.method(self._consumer, message)
                if reply is not None:
                    if not isinstance(reply, handler.replies):
                        reply = conform(handler, reply)
                    await self._send(reply, ref)
            else:
                await self._call(unit, handler, message, ref)
        except (Exception, asyncio.CancelledError) as error:
            if is_own(error) or self._has_left:
                raise
            await self._failed(incoming, error)
            outcome = "handler_error"
        if request is not None:
            await self._outbox.flush(request)
        if settings.send_completion or (request is not None and _is_open(request, handler)):
            await self._outbox.complete(ref)
        return outcome

    async def _call(
        self,
        unit: AbstractAsyncContextManager[Any] | None,
        handler: Handler,
        message: BaseMessage,
        ref: Ref | None,
    ) -> None:
        async with unit or nullcontext():
            if handler.streams:
                reply: Any = None
                async with aclosing(handler.method(self._consumer, message)) as replies:
                    async for reply in replies:
                        if not isinstance(reply, handler.replies):
                            reply = conform(handler, reply)
                        await self._send(reply, ref)
                if handler.has_end and not isinstance(reply, handler.ends):
                    raise without_end(handler)
            elif (reply := await handler.method(self._consumer, message)) is not None:
                await self._reply(handler, reply, ref)

    def _reply(self, handler: Handler, reply: Any, ref: Ref | None) -> Awaitable[bool]:
        if not isinstance(reply, handler.replies):
            reply = conform(handler, reply)
        return self._send(reply, ref)

    async def _failed(self, incoming: Incoming, error: BaseException) -> None:
        action = incoming.action
        self._journal.failure(incoming.handler.name, error, action)
        name = "handle_message_handler_error"
        if not await self._answers(name, action, error, incoming.message):
            await self._outbox.send(FrameError("handler_error", HANDLER_ERROR_DETAIL).message())

    async def _answers(self, name: str, action: str | None, *args: Any) -> bool:
        """Call one of the consumer's error hooks; return whether it did not fail itself."""
        try:
            await call_hook(self._consumer, getattr(self._consumer, name), *args)
        except (Exception, asyncio.CancelledError) as failure:
            if is_own(failure) or self._has_left:
                raise
            self._journal.failure(name, failure, action)
            return False
        return True

    async def handle_event(self, envelope: Mapping[str, Any]) -> None:
        """Handle one message of the channel layer, and never raise.

        Args:
            envelope: A broadcast's or an event's layer message; others are logged and left.

        It never raises, since the messages of other connections may come after it.
        """
        try:
            kind = envelope.get("type") if isinstance(envelope, Mapping) else envelope
            if kind == BROADCAST:
                await self._deliver(envelope)
            elif kind == EVENT:
                await self._handle_typed_event(envelope)
            elif isinstance(envelope, LayerGap):
                await self._run_guarded(partial(self._tell_gap, envelope.seconds), "on_layer_gap")
            else:
                self._journal.warning(
                    "Ignored a layer message of type %s: send events with send_event or "
                    "broadcast_event.",
                    excerpt(repr(kind)),
                )
        except Exception as error:
            # Something else sends what looks like ours.
            self._journal.failure("handle_event", error)

    async def _deliver(self, envelope: Mapping[str, Any]) -> None:
        exclude = envelope.get("exclude")
        if exclude is not None and exclude == self._connection.channel:
            return
        text = envelope["text"]
        if not isinstance(text, str):
            raise TypeError(f"The text of a broadcast is {type(text).__qualname__}.")
        await self._outbox.forward(text, envelope.get("action"))
        if self._settings.send_completion:
            await self._outbox.complete_broadcast()

    async def _handle_typed_event(self, envelope: Mapping[str, Any]) -> None:
        action = envelope["action"]
        handler = self._runtime.table.events.get(action)
        if handler is not None:
            handling = partial(self._run_event, handler, action, envelope)
            run: Run = handling
            if self._observer is not None:
                run = partial(self._timed, self._observer, handler.kind, action, handling)
            beside = self._run_beside if handler.concurrent else self._run_guarded
            await beside(run, handler.name)
        elif action in self._runtime.passthrough:
            await self._outbox.forward(self._runtime.passed_through(action, envelope), action)
            await self._complete_event()
        else:
            if self._observer is not None:
                self._observer.dropped("no_handler", 1)
            self._journal.warning(
                "Ignored an event %r: %s has no event handler for it; add one with @event_handler, "
                "or name the event in passthrough_events.",
                action,
                type(self._consumer).__qualname__,
                action=action,
            )

    async def _run_event(
        self, handler: Handler, action: str, envelope: Mapping[str, Any]
    ) -> Outcome:
        event: BaseMessage | None = None
        outcome: Outcome = "done"
        try:
            event = read_event(handler.routes[action], envelope)
            await self._call(self._consumer.unit_of_work(), handler, event, None)
        except (Exception, asyncio.CancelledError) as error:
            if is_own(error) or self._has_left:
                raise
            self._journal.failure(handler.name, error, action)
            await self._answers("handle_event_handler_error", action, error, event)
            outcome = "handler_error"
        await self._complete_event()
        return outcome

    async def _tell_gap(self, seconds: float) -> None:
        try:
            await call_hook(self._consumer, self._consumer.on_layer_gap, seconds)
        except (Exception, asyncio.CancelledError) as error:
            if is_own(error) or self._has_left:
                raise
            self._journal.failure("on_layer_gap", error)

    async def _complete_event(self) -> None:
        if self._settings.send_completion:
            await self._outbox.complete_event()


def _is_open(request: Request, handler: Handler | None = None) -> bool:
    """Return whether a request that has a ref still waits: for any answer, or a stream's end."""
    if request.ref is None:
        return False
    if request.answer is None:
        return True
    return handler is not None and handler.streams and not issubclass(request.answer, handler.ends)


__all__ = ["HANDLER_ERROR_DETAIL", "Dispatcher"]
