"""The life of one connection: handshake, two ordered lanes, one end."""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Final

from chanx.constants import PING_ACTION
from chanx.core.admission import Admission, address_of
from chanx.core.asgi import Receive, Scope, Send
from chanx.core.backlog import Backlog
from chanx.core.cancellation import Guard, LeftBehind
from chanx.core.clock import CLOCK, SYSTEM_CLOCK, Clock
from chanx.core.close_codes import ABNORMAL_CLOSURE, NO_CODE, CloseCode
from chanx.core.connection import Connection, extension
from chanx.core.dispatch import Dispatcher
from chanx.core.errors import RefuseConnection
from chanx.core.event_dispatch import EventDispatcher
from chanx.core.event_lane import EventLane
from chanx.core.events import group_of_user, read_disconnect
from chanx.core.farewell import Departure, Farewell, farewell, leave_unread
from chanx.core.frame_lane import FrameLane, is_restart
from chanx.core.handshake import Handshake
from chanx.core.hooks import Hooks, call_hook
from chanx.core.journal import Journal
from chanx.core.live_sessions import Waiting, live_sessions
from chanx.core.observer import ConnectionFacts, DropReason, Observer, observer_of
from chanx.core.outbox import Outbox
from chanx.core.patience import patience
from chanx.core.runner import Runner
from chanx.core.runtime import Runtime
from chanx.core.signals import watch_signals
from chanx.core.subscriber import Subscriber
from chanx.core.tasks import start
from chanx.core.transports import give_up_unread
from chanx.core.watch import Watch

logger: Final = logging.getLogger("chanx.websocket")

SESSIONS: Final = "chanx.session"
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
        "_admission",
        "_asking",
        "_backlog",
        "_closer",
        "_departure",
        "_dispatcher",
        "_ending",
        "_frames",
        "_handshake",
        "_is_connected",
        "_journal",
        "_observer",
        "_runner",
        "_send",
        "_watch",
        "clock",
        "connection",
        "consumer",
        "outbox",
        "runtime",
        "subscriber",
    )

    def __init__(
        self,
        consumer: Hooks,
        runtime: Runtime,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        self._send = send
        self.consumer: Hooks = consumer
        self.runtime: Runtime = runtime
        self.clock: Clock = extension(scope, CLOCK) or SYSTEM_CLOCK
        self._backlog = Backlog(runtime.limits)
        self.connection: Connection = Connection(
            scope,
            receive,
            send,
            clock=self.clock,
            close_timeout=runtime.limits.close_timeout,
            backlog=self._backlog,
            make_room=self._make_room,
            on_close=self._closed,
            on_lost=self._lost,
        )
        owner = type(consumer).__qualname__
        self._journal = Journal(owner, self.connection, type(consumer).describe_user)
        settings = runtime.settings
        observer: Observer | None = self._journal.of_messages(settings)
        if settings.observers:
            facts = ConnectionFacts(owner, self.connection)
            observer = observer_of(facts, settings.observers, observer)
        self._observer = consumer.observer = observer
        self.outbox: Outbox = Outbox(self.connection, runtime, observer)
        self._admission: Admission | None = None
        if Admission.is_needed(runtime.limits):
            address = address_of(scope, settings.client_address_header)
            self._admission = Admission(runtime.limits, address)
        self._watch: Watch | None = None
        self._asking: asyncio.Task[None] | None = None
        limits = runtime.limits
        if Watch.is_needed(limits) or consumer.authenticator_class is not None:
            self._watch = Watch(limits, self.clock, ask=self._ask, end=self.end_with)
        is_timed = self._watch is not None and limits.handler_timeout is not None
        handling = self._watch.handling if self._watch is not None and is_timed else None
        self._runner = Runner(
            consumer, runtime, self.outbox, self._journal, self.clock, self.end_with, handling
        )
        self._dispatcher = Dispatcher(
            consumer,
            runtime,
            self.outbox,
            self._runner,
            self._journal,
            observer,
            self.clock,
            self.end_with,
        )
        self.subscriber: Subscriber = Subscriber(
            consumer,
            consumer.find_channel_layer(),
            self.connection,
            runtime.limits,
            self._journal,
            self.clock,
            open_lane=self._event_lane,
            fail=self._fail,
        )
        self._frames: FrameLane | None = None
        self._ending: Farewell | None = None
        self._departure: Departure | None = None
        # Where nothing decides, connect() does nothing and is not called.
        self._is_connected = not runtime.asks_before_accept
        self._closer: asyncio.Task[Any] | None = None
        self._handshake: Handshake | None = None

    async def run(self, arguments: Mapping[str, Any]) -> None:
        """Serve the connection from its handshake to its end.

        Args:
            arguments: Arguments for the consumer's ``connect``.
        """
        observe = extension(self.connection.scope, SESSIONS)
        if observe is not None:
            observe(self)
        await self.connection.open()
        code, is_left = ABNORMAL_CLOSURE, False
        if self.runtime.settings.drain_on_signals:
            watch_signals()
        live, task = live_sessions(), asyncio.current_task()
        assert task is not None
        live.add(self, task)
        try:
            if await self._is_admitted(arguments):
                if self._observer is not None:
                    self._observer.connected()
                code = await self._serve()
            else:
                code = self.connection.close_code or code
        except self.consumer.handshake_errors:
            is_left = True  # to the framework around the consumer, which tells how it ends
            raise
        finally:
            try:
                await self._end(code, is_left=is_left)
            finally:
                live.discard(self)
                seconds = self.runtime.limits.close_timeout
                give_up_unread(self.connection.scope, self._send, self.clock, seconds)
                del self._send
                if self._admission is not None:
                    self._admission.leave()

    async def _is_admitted(self, arguments: Mapping[str, Any]) -> bool:
        consumer = self.consumer
        handshake = Handshake(
            consumer, self.runtime, self.connection, self._journal, self._observer, self.clock
        )
        if not await handshake.admits_origin():
            return False
        admission = self._admission
        if admission is not None:
            try:
                admission.enter()
            except RefuseConnection as refusal:
                await handshake.refuse(refusal)
                return False
        self._handshake = handshake
        if self._ending is not None:
            handshake.end(self._ending.code, self._ending.reason)
        try:
            return await handshake.admits(partial(self._connect, handshake, arguments))
        finally:
            self._handshake = None  # a circle
            if admission is not None:
                admission.end_handshake()

    async def _connect(self, handshake: Handshake, arguments: Mapping[str, Any]) -> None:
        if self._admission is not None:
            self._admission.enter_user(self.consumer.user_id)
        if self.runtime.connects_with_channel:
            try:
                await self.subscriber.open()
            except Exception as error:
                name = f"{type(self.consumer).__qualname__}.channel_layer.new_channel"
                await handshake.fail(name, error, CloseCode.UNAVAILABLE)
                return
        self._is_connected = True
        if self.runtime.overrides.connect:
            await call_hook(self.consumer, self.runtime, self.consumer.connect, **arguments)
        if self.consumer.groups:
            # What is not a list of names is found while the client can still be refused.
            self.subscriber.listed()

    async def _serve(self) -> int:
        if self._watch is not None:
            self.connection.receive = self._watch.hearing(self.connection.receive)
            self._watch.begin()
            self._follow_expiry()
        self._frames = FrameLane(
            self.connection,
            self._dispatcher.handle_frame,
            refuse=self._dispatcher.refuse_overflow,
            limits=self.runtime.limits,
            clock=self.clock,
            enter=self._enter,
            on_left=self._left_behind,
        )
        last = None if self._ending is not None else await self._frames.run()
        if self._ending is None and self._departure is not None:
            await self._finish_handlers(self._departure.remaining)
            self._departure.end()
        elif last is not None and is_restart(last):
            await self._finish_handlers(self.runtime.limits.drain_timeout)
        if self._ending is not None:
            await self._give_up(self._ending)
        if self.connection.close_code is not None:
            return self.connection.close_code
        return ABNORMAL_CLOSURE if last is None else int(last.get("code") or NO_CODE)

    def _follow_expiry(self) -> None:
        """Look at the end of the authentication, now and whenever it is set anew."""
        authenticator = self.consumer.authenticator
        if authenticator is None:
            return
        loop = asyncio.get_running_loop()
        authenticator.on_expiry = partial(loop.call_soon_threadsafe, self._renew)
        if authenticator.expires_at is not None:
            self._renew()

    def _renew(self) -> None:
        if self._watch is None or self.connection.state != "open":
            return
        authenticator = self.consumer.authenticator
        until = None if authenticator is None else authenticator.expires_at
        self._watch.renew(None if until is None else until - time.time())

    def _left_behind(self) -> None:
        self._runner.note_left(self._dispatcher.running)
        if self._watch is not None and self._watch.has_expired:
            self.end_with(CloseCode.INTERNAL_ERROR)

    def _ask(self) -> None:
        """Send the client a ping, behind whatever waits for it; it may read nothing."""
        if self._asking is None or self._asking.done():
            self._asking = start(self._send_ping(self.runtime.codec.ping))

    async def _send_ping(self, text: str) -> None:
        await self.outbox.send_text(text, PING_ACTION)

    def _event_lane(self) -> EventLane:
        owner = type(self.consumer).__qualname__
        events = EventDispatcher(
            owner,
            self.runtime,
            self.outbox,
            self._runner,
            self._journal,
            self._observer,
            self.end_with,
        )
        return EventLane(
            deliver=self.outbox.deliver,
            handle=events.handle,
            on_failure=partial(self._journal.failure, "handle_event"),
            backlog=self._backlog,
            policy=self.runtime.limits.slow_client,
            on_dropped=self._dropped,
            on_full=self._overflow,
            on_end=self._disconnect,
        )

    def _disconnect(self, envelope: Mapping[str, Any]) -> None:
        """End the connection, as somebody elsewhere asks for."""
        code, reason = read_disconnect(envelope)
        self.end_with(code, reason)

    async def _finish_handlers(self, seconds: float) -> None:
        """Let the handlers that run beside the lane of frames come to their end."""
        lane = self.subscriber.lane
        if lane is not None:
            lane.is_stopped = True
        tasks = {*(self._runner.tasks or ()), *([] if lane is None else lane.tasks())}
        if tasks:
            with suppress(TimeoutError):
                async with self.clock.timeout(seconds):
                    await asyncio.wait(tasks)

    async def _give_up(self, ending: Farewell) -> None:
        """Tell the client, if it takes that in time, why it is served no more."""
        # A write that waits for the client must not meet the close: some servers fail then.
        await self._stop_tasks()
        connection, clock, seconds = self.connection, self.clock, self.runtime.limits.close_timeout
        in_words = self.runtime.settings.send_reconnect_message
        is_closed = await ending.tell(connection, self.outbox, clock, seconds, in_words=in_words)
        if is_closed and self._frames is not None and self._frames.unhandled:
            await leave_unread(connection, clock, seconds)

    async def _enter(self) -> None:
        consumer = self.consumer
        try:
            await self.subscriber.enter(needs_channel=self.runtime.needs_channel)
            if self.runtime.settings.disconnect_users and self.subscriber.layer is not None:
                await self._listen_for_user()
        except Exception as error:
            self._journal.failure("channel_layer.group_add", error)
            self.end_with(CloseCode.UNAVAILABLE)
            return
        if not self.runtime.overrides.post_authentication:
            return
        try:
            async with self.clock.timeout(self.runtime.limits.handler_timeout):
                await call_hook(consumer, self.runtime, consumer.post_authentication)
            await self.subscriber.join_listed()
        except Exception as error:
            if (told := await self._runner.tells("post_authentication", error)) is not None:
                self.end_with(told.closing)
                return
            self._journal.failure("post_authentication", error)
            self.end_with(CloseCode.INTERNAL_ERROR)

    async def _listen_for_user(self) -> None:
        """Let ``disconnect_user`` reach the connection, if it is somebody's."""
        try:
            user_id = self.consumer.user_id
        except Exception as error:
            self._journal.warning(
                "The user cannot be looked up (%s): disconnect_user does not reach the connection.",
                type(error).__qualname__,
            )
            return
        if user_id is not None:
            await self.subscriber.listen(group_of_user(user_id))

    @property
    def user(self) -> Any:
        """Who is connected, as the consumer says; None if nobody is known.

        A lazy object, as Django has them, is returned as it is.
        """
        try:
            return self.consumer.user
        except Exception:
            # One that cannot be looked up now must not hide the others from who looks for one.
            return None

    @property
    def is_entered(self) -> bool:
        """Whether what follows the accept is done: groups joined, ``post_authentication`` run."""
        return self._frames is not None and self._frames.is_idle

    @property
    def is_idle(self) -> bool:
        """Whether the handshake is done and everything that arrived since is handled."""
        events = self.subscriber.lane
        is_entered = self._frames is not None and self._frames.is_idle
        return is_entered and (events is None or events.is_idle) and not self._runner.tasks

    @property
    def waiting(self) -> Waiting:
        """What waits within the connection."""
        return Waiting(0 if self._frames is None else self._frames.waiting, len(self._backlog))

    async def close(self, code: int, reason: str) -> bool:
        """Close the connection; before it is accepted, that refuses it.

        Args:
            code: The close code.
            reason: The reason, for the client.

        Returns:
            Whether this call closed it; False if it had ended already.
        """
        if self._handshake is not None and self.connection.state == "connecting":
            return await self._handshake.close(code, reason)
        return await self.connection.close(code, reason)

    def _dropped(self, reason: DropReason, count: int) -> None:
        if self._observer is not None:
            self._observer.dropped(reason, count)

    def _make_room(self, size: int) -> bool:
        """Return whether a reply of so many bytes may wait; end the connection if it may not."""
        events = self.subscriber.lane
        if self._backlog.takes(size) if events is None else events.make_room(size):
            return True
        self._overflow(len(self._backlog) + 1)
        return False

    def _overflow(self, count: int) -> None:
        """Close the connection, whose client leaves so many messages unread."""
        self._dropped("slow_client", count)
        self._fail(CloseCode.SLOW_CONSUMER)

    def _fail(self, code: CloseCode) -> None:
        """Close the connection, since it cannot be served any more, and log that."""
        if self._ending is None:
            facts = {**self._journal.facts(None), "close_code": int(code)}
            why, whose = code.description.rstrip("."), self._journal.whose()
            logger.warning("Closing a connection: %s%s", why, whose, extra=facts)
            self.end_with(code)

    def end_with(self, code: int, reason: str = "", *, retry_after: float | None = None) -> None:
        """End the connection, from within its event loop: a timer, another task, its own handler.

        The client is told, if it takes that in time; a connection that is not accepted yet is
        refused. Handlers are cancelled, but for the caller, which may finish. Of several ends the
        first counts; after the end this does nothing.

        Args:
            code: The close code.
            reason: For the client; an empty one for what the table of close codes says.
            retry_after: Seconds after which the client is to come back, which stands behind the
                reason, and in a message of its own where the settings say so; None for neither.

        Raises:
            ConfigurationError: If no close frame may carry the code; nothing ends then.
        """
        ending = farewell(code, reason, retry_after)
        if self._ending is not None or self.connection.state == "closed":
            return
        self._ending = ending
        # Between handshake and lane, there is nothing to interrupt: the session looks by itself.
        if self._frames is not None:
            self._frames.stop()
        elif self._handshake is not None:
            self._handshake.end(code, ending.reason)

    def drain(self, on_cut: Callable[[], object]) -> float:
        """End the connection once its handlers have ended, from within its event loop.

        No further frame is handled. Handlers get ``Limits.drain_timeout``.

        Args:
            on_cut: Called when they had not ended in time.

        Returns:
            The seconds that they get.
        """
        limits = self.runtime.limits
        retry_after = random.uniform(0, limits.reconnect_within)
        end = partial(self.end_with, CloseCode.SERVICE_RESTART, retry_after=retry_after)
        if self._ending is not None or self._frames is None or self.is_idle:
            end()
        elif self._departure is None:
            self._departure = Departure(self.clock, limits.drain_timeout, end, on_cut)
            self._frames.finish()
        return limits.drain_timeout

    def _closed(self) -> None:
        self._closer = asyncio.current_task()
        if self.subscriber.lane is not None:
            self.subscriber.lane.is_stopped = True
        if self._frames is not None:
            self._frames.stop()

    def _lost(self) -> None:
        if self._frames is not None:
            self._frames.lost()

    async def _end(self, code: int, *, is_left: bool) -> None:
        """End everything that the connection began, also while being cancelled."""
        if self._watch is not None:
            self._watch.stop()
        if self.consumer.authenticator is not None:
            self.consumer.authenticator.on_expiry = None
        self.connection.lost()
        try:
            await self._stop_tasks()
        finally:
            try:
                await self.subscriber.end()
            finally:
                try:
                    if self._is_connected and self.runtime.notes_end:
                        await self._tell_end(code)
                finally:
                    if self._observer is not None and not is_left:
                        self._observe_end(self._observer, code)
                    self._release()

    def _observe_end(self, observer: Observer, code: int) -> None:
        if self._frames is not None and (count := self._frames.unhandled):
            observer.dropped("connection_ended", count)
        observer.closed(code)

    async def _tell_end(self, code: int) -> None:
        hook = call_hook(self.consumer, self.runtime, self.consumer.disconnect, code)
        most = patience(self.runtime.limits.close_timeout)
        owner = type(self.consumer).__qualname__
        note_left = partial(self._journal.left_behind, owner, "disconnect", most)
        deadline = self.clock.timeout(self.runtime.limits.handler_timeout)
        try:
            async with deadline:
                await Guard(hook, most, note_left)
        except LeftBehind:
            if not deadline.expired():
                raise asyncio.CancelledError from None
        except Exception as error:
            self._journal.failure("disconnect", error)

    def _release(self) -> None:
        """Undo what refers to itself in circles, so that memory need not wait for the collector."""
        self._frames = None
        if self._departure is not None:
            self._departure.cancel()
            self._departure = None
        self.subscriber.release()
        del self._dispatcher, self._runner, self._journal, self._observer, self.consumer
        self.connection.release()

    async def _stop_tasks(self) -> None:
        """Cancel what still runs, and wait until it has ended, or is left behind."""
        tasks = set(self._runner.tasks or ())
        if self._asking is not None:
            tasks.add(self._asking)
        for lane in (self._frames, self.subscriber.lane):
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
            await asyncio.wait(tasks, timeout=2 * patience(self.runtime.limits.close_timeout))
        if closer is not None:
            await asyncio.gather(closer, return_exceptions=True)


__all__ = ["SESSIONS", "Session"]
