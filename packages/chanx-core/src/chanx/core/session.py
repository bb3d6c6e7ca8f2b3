"""The life of one connection: handshake, two ordered lanes, one end."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from chanx.core import unfinished
from chanx.core.asgi import Receive, Scope, Send
from chanx.core.clock import CLOCK, SYSTEM_CLOCK, Clock
from chanx.core.close_codes import CloseCode
from chanx.core.connection import Connection, extension
from chanx.core.dispatch import Dispatcher
from chanx.core.event_lane import EventLane
from chanx.core.frame_lane import FrameLane
from chanx.core.groups import Membership
from chanx.core.handshake import Handshake
from chanx.core.hooks import call_hook
from chanx.core.journal import Journal
from chanx.core.outbox import Outbox
from chanx.core.runtime import Runtime
from chanx.layers import ChannelLayer
from chanx.messages import BaseMessage

if TYPE_CHECKING:
    from chanx.core.websocket import AsyncJsonWebsocketConsumer

logger = logging.getLogger("chanx.websocket")

NO_CODE: Final = 1005
"""RFC 6455, 7.4.1: what ``disconnect`` is told when the client closed without a code."""

ABNORMAL_CLOSURE: Final = 1006
"""RFC 6455, 7.4.1: what ``disconnect`` is told when the connection broke."""

OBSERVER: Final = "chanx.session"
"""ASGI extension by which a test's server asks for sessions: a function that each one is given."""


class Session:
    """Serves one connection of a consumer.

    Args:
        consumer: The consumer, whose hooks are called.
        runtime: The consumer's declarations and settings.
        scope: The ASGI connection scope.
        receive: The server's receive.
        send: The server's send.
    """

    __slots__ = (
        "_clock",
        "_closer",
        "_dispatcher",
        "_events",
        "_failure",
        "_frames",
        "_is_connected",
        "_journal",
        "_outbox",
        "_pump",
        "_unsubscribe",
        "connection",
        "consumer",
        "membership",
        "runtime",
    )

    def __init__(
        self,
        consumer: "AsyncJsonWebsocketConsumer[Any]",
        runtime: Runtime,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        self.consumer = consumer
        self.runtime = runtime
        self._clock: Clock = extension(scope, CLOCK) or SYSTEM_CLOCK
        self.connection = Connection(
            scope,
            receive,
            send,
            clock=self._clock,
            close_timeout=runtime.limits.close_timeout,
            on_close=self._closed,
            on_lost=self._lost,
        )
        self.membership: Membership | None = None
        self._journal = Journal(consumer, runtime, scope)
        self._outbox = Outbox(self.connection, runtime, self._journal)
        self._dispatcher = Dispatcher(
            consumer, runtime, self.connection, self._outbox, self._journal, self._clock
        )
        self._frames: FrameLane | None = None
        self._events: EventLane | None = None
        self._pump: asyncio.Task[None] | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self._failure: CloseCode | None = None
        # Where nothing decides, connect() does nothing and is not called.
        self._is_connected = not runtime.decides
        self._closer: asyncio.Task[Any] | None = None

    async def run(self, arguments: Mapping[str, Any]) -> None:
        """Serve the connection from its handshake to its end.

        Args:
            arguments: Arguments for the consumer's ``connect``.
        """
        observe = extension(self.connection.scope, OBSERVER)
        if observe is not None:
            observe(self)
        await self.connection.open()
        code = ABNORMAL_CLOSURE
        finish = unfinished.begin()
        try:
            if await self._handshake(arguments):
                code = await self._serve()
            else:
                code = self.connection.close_code or code
        finally:
            try:
                await self._end(code)
            finally:
                finish()

    async def _handshake(self, arguments: Mapping[str, Any]) -> bool:
        consumer = self.consumer
        handshake = Handshake(consumer, self.runtime, self.connection, self._journal, self._clock)
        if not await handshake.admits_origin():
            return False
        if consumer.channel_layer is not None:
            try:
                consumer.channel_name = await consumer.channel_layer.new_channel()
            except Exception as error:
                self._log_failure("channel_layer.new_channel", error)
                await handshake.fail(CloseCode.UNAVAILABLE)
                return False
        self.membership = Membership(consumer.channel_layer, consumer.channel_name)
        return await handshake.admits(partial(self._connect, arguments))

    async def _connect(self, arguments: Mapping[str, Any]) -> None:
        self._is_connected = True
        await call_hook(self.consumer, self.consumer.connect, **arguments)

    async def _serve(self) -> int:
        limits = self.runtime.limits
        self._frames = FrameLane(
            self.connection,
            self._dispatcher.handle_frame,
            capacity=limits.max_incoming_queue,
            prelude=self._enter,
            patience=limits.close_timeout,
            on_left=lambda: self._dispatcher.note_left(self._dispatcher.running),
        )
        last = await self._frames.run()
        if self._failure is not None:
            await self._give_up(self._failure)
        if self.connection.close_code is not None:
            return self.connection.close_code
        return ABNORMAL_CLOSURE if last is None else int(last.get("code") or NO_CODE)

    async def _give_up(self, failure: CloseCode) -> None:
        """Tell the client, if it takes that in time, why it is served no more."""
        # A write that waits for the client must not meet the close: some servers fail then.
        await self._stop_tasks()
        await self.connection.close(failure, failure.description)

    async def _enter(self) -> None:
        consumer = self.consumer
        try:
            for name in consumer.groups:
                await self.join(name)
        except Exception as error:
            self._log_failure("channel_layer.group_add", error)
            await self.connection.close(CloseCode.UNAVAILABLE, CloseCode.UNAVAILABLE.description)
            return
        if self.runtime.takes_events:
            self._start_events()
        try:
            await call_hook(consumer, consumer.post_authentication)
        except Exception as error:
            self._log_failure("post_authentication", error)
            await self.connection.close(CloseCode.INTERNAL_ERROR, "The server failed.")

    async def send_message(self, message: BaseMessage) -> bool:
        """Send a message to the client, as a reply if a request is being handled.

        Args:
            message: The message.

        Returns:
            Whether it was sent or is held; False if the connection has ended.
        """
        if self.connection.state == "closed":
            return False
        return await self._outbox.send(message)

    async def send_text(self, text: str, action: object) -> bool:
        """Send a text frame to the client, as a reply if a request is being handled.

        Args:
            text: The frame.
            action: Its action, for the log; None if it has none.

        Returns:
            Whether it was sent or is held; False if the connection has ended.
        """
        if self.connection.state == "closed":
            return False
        return await self._outbox.send_text(text, action)

    @property
    def is_entered(self) -> bool:
        """Whether what follows the accept is done: groups joined, ``post_authentication`` run."""
        return self._frames is not None and self._frames.is_idle

    @property
    def is_idle(self) -> bool:
        """Whether the handshake is done and everything that arrived since is handled."""
        events = self._events
        is_entered = self._frames is not None and self._frames.is_idle
        return is_entered and (events is None or events.is_idle) and not self._dispatcher.tasks

    async def join(self, name: str) -> None:
        """Join a group, and receive what is sent to it; after the end, do nothing.

        Args:
            name: Any text.
        """
        assert self.membership is not None
        await self.membership.join(name)
        if self.connection.state != "closed":
            self._start_events()

    async def leave(self, name: str) -> None:
        """Leave a group, if the connection is in it.

        Args:
            name: Any text.
        """
        assert self.membership is not None
        await self.membership.leave(name)

    def _start_events(self) -> None:
        layer = self.consumer.channel_layer
        if layer is None or self._events is not None or self._frames is None:
            return
        self._events = EventLane(
            self._dispatcher.handle_event,
            capacity=self.runtime.limits.max_outgoing_queue,
            on_full=partial(self._fail, CloseCode.SLOW_CONSUMER),
        )
        subscribe = getattr(layer, "subscribe", None)
        if subscribe is not None:
            self._unsubscribe = subscribe(self.consumer.channel_name, self._events.put)
        else:
            self._pump = asyncio.create_task(self._receive_events(layer, self._events))

    async def _receive_events(self, layer: ChannelLayer, events: EventLane) -> None:
        """Take what the layer has for the connection, in the one receive() it ever waits in."""
        try:
            while True:
                events.put(await layer.receive(self.consumer.channel_name))
        except Exception as error:
            self._log_failure("channel_layer.receive", error)
            self._fail(CloseCode.UNAVAILABLE)

    def _fail(self, code: CloseCode) -> None:
        if self._failure is None and self._frames is not None:
            self._failure = code
            facts = {"channel": self.consumer.channel_name, "close_code": int(code)}
            logger.warning("Closing a connection: %s", code.description, extra=facts)
            self._frames.stop()

    def _closed(self) -> None:
        self._closer = asyncio.current_task()
        if self._events is not None:
            self._events.is_stopped = True
        if self._frames is not None:
            self._frames.stop()

    def _lost(self) -> None:
        if self._frames is not None:
            self._frames.lost()

    async def _end(self, code: int) -> None:
        """End everything that the connection began, also while being cancelled."""
        self.connection.lost()
        try:
            await self._stop_tasks()
        finally:
            try:
                await self._leave_layer()
            finally:
                try:
                    if self._is_connected:
                        await call_hook(self.consumer, self.consumer.disconnect, code)
                except Exception as error:
                    self._log_failure("disconnect", error)
                finally:
                    self._release()

    async def _leave_layer(self) -> None:
        """Leave the groups, and only then stop receiving: layers keep what is not received."""
        try:
            if self.membership is not None:
                await self.membership.leave_all()
        except Exception as error:
            self._log_failure("channel_layer.group_discard", error)
        finally:
            if self._unsubscribe is not None:
                self._unsubscribe()
            if self._pump is not None:
                self._pump.cancel()
                await asyncio.wait([self._pump])

    def _release(self) -> None:
        """Undo what refers to itself in circles, so that memory need not wait for the collector."""
        self._frames = self._events = self._pump = self._unsubscribe = None
        del self._dispatcher, self._outbox, self._journal, self.consumer
        self.connection.release()

    async def _stop_tasks(self) -> None:
        """Cancel what still runs, and wait until it has ended, or is left behind."""
        tasks = set(self._dispatcher.tasks or ())
        for lane in (self._frames, self._events):
            if lane is not None:
                lane.is_stopped = True
                tasks.update(lane.tasks())
        # A handler that closed the connection may finish what it does after that.
        closer = self._closer if self._closer in tasks else None
        tasks.discard(self._closer)
        for task in tasks:
            task.cancel()
        if tasks:
            # Those that go on all the same are left behind by their guards, which takes as long.
            await asyncio.wait(tasks, timeout=2 * self.runtime.limits.close_timeout)
        if closer is not None:
            await asyncio.gather(closer, return_exceptions=True)

    def _log_failure(self, name: str, error: BaseException) -> None:
        self._journal.failure(name, error)


__all__ = ["OBSERVER", "Session"]
