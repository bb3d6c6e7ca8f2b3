"""From a client's frame or a layer's event to its handler, and from there to replies."""

import asyncio
import logging
from collections.abc import Awaitable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from typing import TYPE_CHECKING, Any, Final

from chanx.core.asgi import Event
from chanx.core.clock import SYSTEM_CLOCK, Clock
from chanx.core.close_codes import CloseCode
from chanx.core.codec import with_ref
from chanx.core.errors import FrameError
from chanx.core.events import BROADCAST, EVENT, read_event
from chanx.core.excerpt import excerpt
from chanx.core.frames import Ref, read_ref
from chanx.core.handlers import Handler
from chanx.core.rate import TokenBucket
from chanx.core.replies import conform
from chanx.core.request import Request, current_request
from chanx.messages import BaseMessage

if TYPE_CHECKING:
    from chanx.core.connection import Connection
    from chanx.core.runtime import Runtime
    from chanx.core.websocket import AsyncJsonWebsocketConsumer

logger = logging.getLogger("chanx.websocket")

HANDLER_ERROR_DETAIL: Final = "The server failed to handle this message."


class Dispatcher:
    """Handles the frames and events of one connection.

    Args:
        consumer: The consumer whose handlers and error hooks are called.
        runtime: The consumer's declarations and settings.
        connection: The connection that replies go to.
        clock: The time by which frames are counted.
    """

    __slots__ = (
        "_bucket",
        "_codec",
        "_connection",
        "_consumer",
        "_logs",
        "_runtime",
        "_slots",
        "tasks",
    )

    def __init__(
        self,
        consumer: "AsyncJsonWebsocketConsumer[Any]",
        runtime: "Runtime",
        connection: "Connection",
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        limits = runtime.limits
        self._consumer = consumer
        self._runtime = runtime
        self._codec = runtime.codec
        self._connection = connection
        # Asked once for a connection, not for every message.
        self._logs = runtime.logs_messages and logger.isEnabledFor(logging.INFO)
        self._bucket = (
            None
            if limits.max_messages_per_second is None
            else TokenBucket(limits.max_messages_per_second, limits.max_burst, clock.time)
        )
        self._slots: asyncio.Semaphore | None = None
        self.tasks: set[asyncio.Task[None]] | None = None
        """Handlers that run beside the lane."""

    def handle_frame(self, event: Event) -> Awaitable[None]:
        """Decode a client frame, and return what is to be awaited to handle it.

        Handling answers the frame, and never ends the connection by failing.

        Args:
            event: ASGI's ``websocket.receive``.
        """
        text: str | None = event.get("text")
        try:
            if text is None or self._bucket is not None:
                text = self._admit(text)
            handler, message, action, ref = self._codec.decode(text)
        except FrameError as error:
            return self._refuse(error)
        except Exception as error:
            # A validator of the message's class that raises what is no ValueError.
            self._log_failure("decode", None, error)
            ref = None if text is None else read_ref(text)
            return self._refuse(FrameError("handler_error", HANDLER_ERROR_DETAIL, ref=ref))
        if self._logs:
            self._log("received", action, ref, text)
        run = self._run(handler, message, action, ref)
        return self._run_beside(run) if handler.concurrent else run

    def _admit(self, text: str | None) -> str:
        if self._bucket is not None and not self._bucket.take():
            raise FrameError(
                "too_many_requests",
                "Messages arrive faster than this connection may send them; slow down.",
                ref=None if text is None else read_ref(text),
            )
        if text is None:
            raise FrameError("unsupported_data", "Messages are JSON text, not binary frames.")
        return text

    async def _refuse(self, error: FrameError) -> None:
        request = self._begin(error.ref)
        logger.info(
            "Refused a frame: %s", error, extra={**self._facts(error.action), "code": error.code}
        )
        try:
            await self._consumer.handle_validation_error(error)
        except Exception as failure:
            self._log_failure("handle_validation_error", error.action, failure)
        await self._finish(request, error.ref)
        if error.code == "too_large":
            await self._connection.close(CloseCode.TOO_LARGE, error.detail)

    async def _run_beside(self, run: Coroutine[Any, Any, None]) -> None:
        if self.tasks is None or self._slots is None:
            self.tasks = set()
            self._slots = asyncio.Semaphore(self._runtime.limits.max_concurrent_handlers)
        try:
            await self._slots.acquire()
        except asyncio.CancelledError:
            run.close()
            raise
        task = asyncio.create_task(run)
        self.tasks.add(task)
        task.add_done_callback(self._run_ended)

    def _run_ended(self, task: "asyncio.Task[None]") -> None:
        assert self.tasks is not None
        assert self._slots is not None
        self.tasks.discard(task)
        self._slots.release()

    async def _run(
        self, handler: Handler, message: BaseMessage, action: str, ref: Ref | None
    ) -> None:
        runtime = self._runtime
        request = None if ref is None and runtime.is_immediate else self._begin(ref)
        try:
            unit = self._consumer.unit_of_work() if runtime.has_units else None
            if unit is None and not handler.streams:
                # What _call does as well, without a coroutine between: it is the usual case.
                reply = await handler.method(self._consumer, message)
                if reply is not None:
                    await self._reply(handler, reply, ref)
            else:
                await self._call(unit, handler, message, ref)
        except (Exception, asyncio.CancelledError) as error:
            if _is_cancelled(error):
                raise
            await self._failed(handler, message, action, error)
        if request is not None or runtime.sends_completion:
            await self._finish(request, ref)

    async def _call(
        self,
        unit: AbstractAsyncContextManager[Any] | None,
        handler: Handler,
        message: BaseMessage,
        ref: Ref | None,
    ) -> None:
        async with unit or nullcontext():
            if handler.streams:
                async with aclosing(handler.method(self._consumer, message)) as replies:
                    async for reply in replies:
                        await self._reply(handler, reply, ref)
            elif (reply := await handler.method(self._consumer, message)) is not None:
                await self._reply(handler, reply, ref)

    def _reply(self, handler: Handler, reply: Any, ref: Ref | None) -> Awaitable[bool]:
        if not isinstance(reply, handler.replies):
            reply = conform(handler, reply)
        text = self._codec.encode(reply, ref)
        if self._logs:
            self._log("sent", reply.action, ref, text)
        if self._runtime.is_immediate:
            return self._connection.send_text(text)
        return self.send_text(text)

    def send_text(self, text: str) -> Awaitable[bool]:
        """Send a text frame; keep it until the running handler is done, if replies wait for that.

        Args:
            text: The frame.
        """
        request = current_request.get()
        if request is None or request.held is None or request.connection is not self._connection:
            return self._connection.send_text(text)
        request.held.append(text)
        return _held()

    def send_message(self, message: BaseMessage) -> Awaitable[bool]:
        """Send a message, as a reply if the running code serves a request of this connection.

        Args:
            message: The message.
        """
        request = current_request.get()
        ref = None
        if request is not None and request.connection is self._connection:
            ref = request.ref
        text = self._codec.encode(message, ref)
        if self._logs:
            self._log("sent", message.action, ref, text)
        return self.send_text(text)

    async def _failed(
        self, handler: Handler, message: BaseMessage, action: str, error: BaseException
    ) -> None:
        self._log_failure(handler.name, action, error)
        try:
            await self._consumer.handle_message_handler_error(error, message)
        except Exception as failure:
            self._log_failure("handle_message_handler_error", action, failure)

    def _begin(self, ref: Ref | None) -> Request:
        """Note the request that what is sent from now on belongs to."""
        request = Request(self._connection, ref, None if self._runtime.is_immediate else [])
        current_request.set(request)
        return request

    async def _finish(self, request: Request | None, ref: Ref | None) -> None:
        """Send what was held, and the completion signal."""
        if request is not None:
            current_request.set(None)
            held, request.held = request.held, None
            for text in held or ():
                await self._connection.send_text(text)
        if self._runtime.sends_completion:
            text = self._codec.complete
            await self._connection.send_text(text if ref is None else with_ref(text.encode(), ref))

    async def handle_event(self, envelope: Mapping[str, Any]) -> None:
        """Handle one message of the channel layer, and never raise.

        Args:
            envelope: A broadcast's or an event's layer message; others are logged and left.

        It never raises, since the messages of other connections may come after it.
        """
        try:
            kind = envelope.get("type")
            if kind == BROADCAST:
                await self._deliver(envelope)
            elif kind == EVENT:
                await self._handle_typed_event(envelope)
            else:
                logger.warning(
                    "Ignored a layer message of type %r: send events with send_event or "
                    "broadcast_event.",
                    kind,
                    extra=self._facts(None),
                )
        except Exception as error:
            # Something else sends what looks like ours, or the server fails to send.
            self._log_failure("handle_event", None, error)

    async def _deliver(self, envelope: Mapping[str, Any]) -> None:
        exclude = envelope.get("exclude")
        if exclude is not None and exclude == self._connection.channel:
            return
        text = envelope["text"]
        await self._connection.send_text(text)
        if self._logs:
            self._log("sent", envelope.get("action"), None, text)
        if self._runtime.sends_completion:
            await self._connection.send_text(self._codec.group_complete)

    async def _handle_typed_event(self, envelope: Mapping[str, Any]) -> None:
        action = envelope["action"]
        handler = self._runtime.table.events.get(action)
        if handler is not None:
            run = self._run_event(handler, action, envelope)
            await (self._run_beside(run) if handler.concurrent else run)
        elif action in self._runtime.passthrough:
            await self._connection.send_text(self._runtime.passed_through(action, envelope))
            await self._complete_event()
        else:
            logger.warning(
                "Ignored an event %r: %s has no event handler for it; add one with @event_handler, "
                "or name the event in passthrough_events.",
                action,
                type(self._consumer).__qualname__,
                extra=self._facts(action),
            )

    async def _run_event(self, handler: Handler, action: str, envelope: Mapping[str, Any]) -> None:
        event: BaseMessage | None = None
        try:
            event = read_event(handler.routes[action], envelope)
            await self._call(self._consumer.unit_of_work(), handler, event, None)
        except (Exception, asyncio.CancelledError) as error:
            if _is_cancelled(error):
                raise
            self._log_failure(handler.name, action, error)
            try:
                await self._consumer.handle_event_handler_error(error, event)
            except Exception as failure:
                self._log_failure("handle_event_handler_error", action, failure)
        await self._complete_event()

    async def _complete_event(self) -> None:
        if self._runtime.sends_completion:
            await self._connection.send_text(self._codec.event_complete)

    def _log(self, direction: str, action: str | None, ref: Ref | None, text: str) -> None:
        if action in self._runtime.ignored_actions:
            return
        known = excerpt(ref) if isinstance(ref, str) else ref
        facts = {**self._facts(action), "direction": direction, "ref": known, "size": len(text)}
        logger.info("%s %s, %d characters", direction.capitalize(), action, len(text), extra=facts)

    def _log_failure(self, name: str, action: str | None, error: BaseException) -> None:
        consumer = type(self._consumer).__qualname__
        logger.error(
            "%s.%s failed at %r", consumer, name, action, exc_info=error, extra=self._facts(action)
        )

    def _facts(self, action: str | None) -> dict[str, Any]:
        return {
            "action": action,
            "channel": self._connection.channel,
            "consumer": type(self._consumer).__qualname__,
            "path": self._connection.scope.get("path"),
        }


async def _held() -> bool:
    """Stand for a send that waits for the end of its handler."""
    return True


def _is_cancelled(error: BaseException) -> bool:
    """Whether this is our own task's cancellation, not one that leaked out of a handler's call."""
    if not isinstance(error, asyncio.CancelledError):
        return False
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


__all__ = ["Dispatcher"]
