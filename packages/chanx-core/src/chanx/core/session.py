"""The life of one connection: handshake, two ordered lanes, one end."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

from chanx.core.activity import Activity
from chanx.core.admission import Admission, address_of
from chanx.core.asgi import Event, Receive, Scope, Send, extension
from chanx.core.background import Background
from chanx.core.backlog import Backlog
from chanx.core.cancellation import Guard, LeftBehind, is_own
from chanx.core.clock import CLOCK, SYSTEM_CLOCK, Clock
from chanx.core.close_codes import ABNORMAL_CLOSURE, CloseCode
from chanx.core.connection import Connection
from chanx.core.dispatch import Dispatcher
from chanx.core.ending import Ending
from chanx.core.entrance import Entrance
from chanx.core.event_dispatch import EventDispatcher
from chanx.core.event_lane import EventLane
from chanx.core.frame_lane import FrameLane
from chanx.core.frame_limits import check_frame_limit
from chanx.core.hooks import ConnectArguments, Hooks, call_hook
from chanx.core.journal import Journal
from chanx.core.lifetime import Lifetime
from chanx.core.live_sessions import Waiting, live_sessions
from chanx.core.observer import ConnectionFacts, DropReason, Observer, observer_of
from chanx.core.outbox import Outbox
from chanx.core.patience import patience
from chanx.core.questions import Questions
from chanx.core.runner import Runner
from chanx.core.runtime import Runtime
from chanx.core.short_reads import read_shortly
from chanx.core.signals import watch_signals
from chanx.core.subscriber import Subscriber
from chanx.core.transports import give_up_unread
from chanx.core.user_rate import UserRate
from chanx.core.watch import Watch
from chanx.messages import PingMessage

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
        "_activity",
        "_admission",
        "_backlog",
        "_dispatcher",
        "_ending",
        "_entrance",
        "_journal",
        "_lifetime",
        "_loop",
        "_observer",
        "_runner",
        "_send",
        "background",
        "clock",
        "connection",
        "consumer",
        "outbox",
        "questions",
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
        # As the server gave it: ``transports.py`` and ``frame_limits.py`` find the server behind
        # it.
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
        # As for Lifetime and Questions below: what a consumer does not use is not made. The fifteen
        # objects that every connection has already cost it 7 µs (benchmarks/README.md).
        if Admission.is_needed(runtime.limits):
            address = address_of(scope, settings.client_address_header)
            self._admission = Admission(runtime, address)
        limits = runtime.limits
        self._loop = asyncio.get_running_loop()
        self._lifetime: Lifetime | None = None
        if Watch.is_needed(limits):
            self._lifetime = self._new_lifetime()
        handling = None if self._lifetime is None else self._lifetime.handling
        self._runner = Runner(
            consumer, runtime, self.outbox, self._journal, self.clock, self.end_with, handling
        )
        self.subscriber: Subscriber = Subscriber(
            consumer,
            # Looked for once for each connection and not for each class: tests and projects
            # register layers at any time, also while connections are open.
            consumer.find_channel_layer(),
            self.connection,
            limits,
            self._journal,
            self.clock,
            open_lane=self._event_lane,
            fail=self._fail,
        )
        self.questions: Questions | None = None
        if runtime.answers is not None:
            self.questions = Questions(
                runtime.asks,
                runtime.answers,
                self.connection,
                self.outbox,
                self._journal,
                observer,
                self.clock,
                limits,
            )
        self.background: Background = Background(self._runner, limits, self.clock, self.end_with)
        self._activity = Activity(
            self._runner, self.background, self.subscriber, self.clock, limits.close_timeout
        )
        self._ending = Ending(
            self.connection, runtime, self.outbox, self._activity, self._journal, self.clock
        )
        self._dispatcher = Dispatcher(
            consumer,
            runtime,
            self.outbox,
            self._runner,
            self._journal,
            observer,
            self.clock,
            self._ending.end_with,
        )
        self._entrance = Entrance(
            consumer,
            runtime,
            self.connection,
            self.subscriber,
            self._runner,
            self._admission,
            self._ending,
            self._journal,
            observer,
            self.clock,
        )

    async def run(self, arguments: ConnectArguments) -> None:
        """Serve the connection from its handshake to its end.

        Args:
            arguments: Arguments for the consumer's ``connect``.
        """
        observe = extension(self.connection.scope, SESSIONS)
        if observe is not None:
            observe(self)
        # Nothing has begun yet that would have to be ended.
        await self.connection.open()
        # What disconnect() is told where no close frame came (RFC 6455, 7.1.5), as when the server
        # cancels its task.
        code, is_left = ABNORMAL_CLOSURE, False
        check_frame_limit(self._send)
        read_shortly(self.connection.scope, self._send)
        if self.runtime.settings.drain_on_signals:
            # At each connection and not once: whoever sets handlers of signals later would stand
            # before ours.
            watch_signals()
        live, task = live_sessions(), asyncio.current_task()
        assert task is not None
        # Before the handshake: a drain refuses who comes meanwhile, and the process's end cancels.
        live.add(self, task)
        try:
            if await self._entrance.admits(arguments):
                if self._observer is not None:
                    self._observer.connected()
                code = await self._serve()
            else:
                # None where the client left during the handshake: nobody receives there, so its
                # code is not known.
                code = self.connection.close_code or code
        except self.consumer.handshake_errors:
            # As FastAPI's HTTPException, where nothing was answered yet: the adapter around asks
            # the application's exception handlers for the answer, and tells observers how that
            # closed.
            is_left = True  # to the framework around the consumer, which tells how it ends
            raise
        finally:
            # Each step in a finally of its own: a cancellation of the server's task, which may come
            # in any of them, must leave no group joined and no place taken.
            try:
                await self._end(code, is_left=is_left)
            finally:
                # Not before its end is through, for which a drain waits.
                live.discard(self)
                # The task of the connection ends now, and uvicorn closes the transport then; a
                # transport that holds unread bytes does not close, for minutes, and nobody else
                # would look at it again.
                seconds = self.runtime.limits.close_timeout
                give_up_unread(self.connection.scope, self._send, self.clock, seconds)
                del self._send
                if self._admission is not None:
                    # Last: a place stands for what a connection costs, which its disconnect() does
                    # as well.
                    self._admission.leave()

    async def _serve(self) -> int:
        if self._lifetime is not None:
            # Not during the handshake, which has its own time-out and is not silence.
            self._lifetime.begin()
        if self.consumer.authenticator is not None:
            self.consumer.authenticator.on_expiry = self.renew
        if self.consumer.expires_at is not None:
            self._renew()
        if self.questions is not None:
            # Around what Watch hears: an answer is a sign of life like any frame.
            self.connection.receive = self.questions.listening(self.connection.receive)
        # Known before it runs: an end stops it from now on; one that came before is decided below.
        frames = self._activity.frames = FrameLane(
            self.connection,
            self._handle_frame(),
            refuse=self._dispatcher.refuse_overflow,
            limits=self.runtime.limits,
            clock=self.clock,
            enter=self._entrance.enter,
            on_left=self._left_behind,
        )
        return await self._ending.complete(None if self._ending.is_decided else await frames.run())

    def _handle_frame(self) -> Callable[[Event], Awaitable[object]]:
        """Return what handles a frame: the dispatcher, behind its user's rate if there is one."""
        handle, limits = self._dispatcher.handle_frame, self.runtime.limits
        # Before the user is asked for: a project's ``user_id`` may cost a query.
        if limits.max_messages_per_second_per_user is None:
            return handle
        # Once, at the accept. A handler that changes the user changes nobody's rate.
        user_id = self._entrance.user_id("max_messages_per_second_per_user")
        if user_id is None:
            return handle
        refuse = self._dispatcher.refuse_user
        layer = self.subscriber.layer
        rate = UserRate(layer, user_id, limits, self.clock, handle=handle, refuse=refuse)
        return rate.handle_frame

    def _left_behind(self) -> None:
        # The guard stands around the whole lane, and knows no handler's name; the dispatcher does.
        self._runner.note_left(self._dispatcher.running)
        # Its time was over, and nobody ends the connection; else whoever cancelled it does.
        if self._lifetime is not None and self._lifetime.has_expired:
            self.end_with(CloseCode.INTERNAL_ERROR)

    def renew(self) -> None:
        """Look at the end of the authentication, which was set anew, by any thread."""
        if self.connection.state == "open":
            self._loop.call_soon_threadsafe(self._renew)

    def _renew(self) -> None:
        if self.connection.state != "open":
            return
        if self._lifetime is None:  # where no limit has a time, few connections have need of one
            self._lifetime = self._new_lifetime()
            self._lifetime.begin()
        self._lifetime.renew(self.consumer.expires_at)

    def _new_lifetime(self) -> Lifetime:
        return Lifetime(
            self.connection, self.runtime.limits, self.clock, ask=self._ask, end=self._expire
        )

    def _ask(self) -> None:
        """Send the client a ping."""
        # In a task: a timer asks for it, which cannot wait for a client that reads slowly.
        self._activity.tell(self._send_ping)

    async def _send_ping(self) -> None:
        await self.outbox.tell(PingMessage())

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
            on_end=self._ending.disconnect,
        )

    @property
    def user(self) -> Any:
        """Who is connected, as the consumer says; None if nobody is known.

        A lazy object, as Django has them, is returned as it is.
        """
        try:
            return self.consumer.user
        except Exception:  # noqa: BLE001 - a project's own code raises what it likes
            # One that cannot be looked up now must not hide the others from who looks for one.
            return None

    @property
    def is_entered(self) -> bool:
        """Whether what follows the accept is done: groups joined, ``post_authentication`` run."""
        return self._activity.is_entered

    @property
    def is_idle(self) -> bool:
        """Whether the handshake is done and everything that arrived since is handled."""
        return self._activity.is_idle

    @property
    def waiting(self) -> Waiting:
        """What waits within the connection."""
        frames = self._activity.frames
        return Waiting(0 if frames is None else frames.waiting, len(self._backlog))

    async def close(self, code: int, reason: str) -> bool:
        """Close the connection; before it is accepted, that refuses it.

        Args:
            code: The close code.
            reason: The reason, for the client.

        Returns:
            Whether this call closed it; False if it had ended already.
        """
        return await self._ending.close(code, reason)

    def _dropped(self, reason: DropReason, count: int) -> None:
        if self._observer is not None:
            self._observer.dropped(reason, count)

    def _make_room(self, size: int) -> bool:
        """Return whether a reply of so many bytes may wait; end the connection if it may not."""
        events = self.subscriber.lane
        # Replies and layer messages wait for the same client: where the policy is so, a broadcast
        # that waits makes room for a reply.
        if self._backlog.takes(size) if events is None else events.make_room(size):
            return True
        self._overflow(len(self._backlog) + 1)
        return False

    def _overflow(self, count: int) -> None:
        """Close the connection, whose client leaves so many messages unread."""
        # Once: what waits is lost with the first, and a handler that goes on sending, of which
        # nothing waits, would count all of it again for each message.
        if self._ending.is_decided:
            return
        # First: what observers are told last of a connection is that it closed.
        self._dropped("slow_client", count)
        self._ending.fail(CloseCode.SLOW_CONSUMER)

    def _expire(self, code: CloseCode) -> None:
        self._ending.expire(code)

    def _fail(self, code: CloseCode) -> None:
        self._ending.fail(code)

    def end_with(self, code: int, reason: str = "", *, retry_after: float | None = None) -> None:
        """End the connection, as :meth:`Ending.end_with` does.

        Args:
            code: As there.
            reason: As there.
            retry_after: As there.

        Raises:
            ConfigurationError: As there.
        """
        self._ending.end_with(code, reason, retry_after=retry_after)

    def drain(self, on_cut: Callable[[], object]) -> float:
        """End the connection once its handlers have ended, from within its event loop.

        Args:
            on_cut: Called when they had not ended in time.

        Returns:
            The seconds that they get.
        """
        return self._ending.drain(on_cut)

    def _closed(self) -> None:
        self._activity.note_closed()

    def _lost(self) -> None:
        self._activity.note_lost()

    async def _end(self, code: int, *, is_left: bool) -> None:
        """End everything that the connection began, also while being cancelled."""
        if self._lifetime is not None:
            # Before anything is waited for: what becomes due meanwhile would end once more what
            # ends.
            self._lifetime.stop()
        if self.consumer.authenticator is not None:
            # It is the project's, which may keep it, and set a time when this loop is long closed:
            # call_soon_threadsafe() raises then.
            self.consumer.authenticator.on_expiry = None
        # Whatever still runs sends to nobody from here on.
        self.connection.lost()
        if self.questions is not None:
            # Before handlers are waited for, some of which wait for an answer.
            self.questions.end()
        try:
            # Handlers first: as they are cancelled they may still leave a group or broadcast, for
            # which the connection has to have its channel. Shielded ones go on until finish() has
            # waited for them.
            try:
                await self._activity.stop()
            finally:
                await self.background.finish()
        finally:
            try:
                # Before disconnect(), so that what that broadcasts does not come back to a
                # connection that is gone.
                await self.subscriber.end()
            finally:
                try:
                    if self._entrance.is_connected and self.runtime.notes_end:
                        await self._tell_end(code)
                finally:
                    if self._observer is not None and not is_left:
                        # Whatever the hook raised or however the task was cancelled: each
                        # connected() has its closed().
                        self._observe_end(self._observer, code)
                    self._release()

    def _observe_end(self, observer: Observer, code: int) -> None:
        frames = self._activity.frames
        if frames is not None and (count := frames.unhandled):
            observer.dropped("connection_ended", count)
        observer.closed(code)

    async def _tell_end(self, code: int) -> None:
        hook = call_hook(self.consumer, self.runtime, self.consumer.disconnect, code)
        most = patience(self.runtime.limits.close_timeout)
        owner = type(self.consumer).__qualname__
        # By the journal and not by the runner, whose note would have whatever else fails now be
        # ignored.
        note_left = partial(self._journal.left_behind, owner, "disconnect", most)
        deadline = self.clock.timeout(self.runtime.limits.handler_timeout)
        try:
            # Two bounds: the deadline cancels the hook, the guard leaves it behind where it does
            # not heed that.
            async with deadline:
                await Guard(hook, most, note_left)
        except LeftBehind:
            # Whoever cancelled the server's task meant the task, and not only the hook that did not
            # heed it.
            if not deadline.expired():
                raise asyncio.CancelledError from None
        except (Exception, asyncio.CancelledError) as error:
            if is_own(error):
                raise
            self._journal.failure("disconnect", error)

    def _release(self) -> None:
        """Undo what refers to itself in circles, so that memory need not wait for the collector."""
        self._activity.release()
        self._ending.release()
        self._entrance.release()
        self.subscriber.release()
        self.questions = None
        del self._dispatcher, self._runner, self._journal, self._observer, self.consumer
        self.connection.release()


__all__ = ["SESSIONS", "Session"]
