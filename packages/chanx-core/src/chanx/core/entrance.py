"""The beginning of a connection: its caps, its handshake, and what follows the accept."""

import asyncio
from functools import partial

from chanx.core.admission import Admission
from chanx.core.asgi import Scope
from chanx.core.clock import Clock
from chanx.core.close_codes import CloseCode
from chanx.core.connection import Connection
from chanx.core.ending import Ending
from chanx.core.errors import RefuseConnection
from chanx.core.events import group_of_user
from chanx.core.handshake import Handshake
from chanx.core.hooks import ConnectArguments, Hooks, call_hook
from chanx.core.journal import Journal
from chanx.core.observer import Observer
from chanx.core.runner import Runner
from chanx.core.runtime import Runtime
from chanx.core.subscriber import Subscriber


class Entrance:
    """Brings one connection from its handshake to where frames are handled.

    What costs least is asked first: the origin, the size, the caps, the authenticator, what makes
    the arguments for ``connect``, and ``connect``.

    Args:
        consumer: The consumer, whose hooks are called.
        runtime: The consumer's declarations and settings.
        connection: The connection, still connecting.
        subscriber: The connection on its layer.
        runner: Tells the client of errors that are expected.
        admission: The places that it takes among those that limits leave; None if none do.
        ending: Refuses or ends it.
        journal: Where failures are logged.
        observer: Who is told of a refusal; None for nobody.
        clock: Times what is asked.

    Attributes:
        is_connected: Whether ``connect`` was called, or nothing decides about the connection, so
            that ``disconnect`` is to be called.
    """

    __slots__ = (
        "_admission",
        "_clock",
        "_connection",
        "_consumer",
        "_ending",
        "_journal",
        "_observer",
        "_runner",
        "_runtime",
        "_subscriber",
        "is_connected",
    )

    def __init__(
        self,
        consumer: Hooks,
        runtime: Runtime,
        connection: Connection,
        subscriber: Subscriber,
        runner: Runner,
        admission: Admission | None,
        ending: Ending,
        journal: Journal,
        observer: Observer | None,
        clock: Clock,
    ) -> None:
        self._consumer = consumer
        self._runtime = runtime
        self._connection = connection
        self._subscriber = subscriber
        self._runner = runner
        self._admission = admission
        self._ending = ending
        self._journal = journal
        self._observer = observer
        self._clock = clock
        self.is_connected: bool = False

    async def admits(self, arguments: ConnectArguments) -> bool:
        """Return whether the connection is let in; it is accepted then, and else refused.

        Args:
            arguments: Arguments for the consumer's ``connect``.

        Raises:
            Exception: One of the consumer's ``handshake_errors``, for the framework around it.
        """
        handshake = Handshake(
            self._consumer,
            self._runtime,
            self._connection,
            self._journal,
            self._observer,
            self._clock,
        )
        if not await handshake.admits_origin():
            return False
        admission = self._admission
        try:
            # The size before the places, as a handshake that is refused for it takes none.
            _bound(self._connection.scope, self._runtime.limits.max_handshake_size)
            if admission is not None:
                admission.enter()
        except RefuseConnection as refusal:
            await handshake.refuse(refusal)
            return False
        self._ending.begin(handshake)
        connect = None
        if self._runtime.asks_before_accept or callable(arguments):
            connect = partial(self._connect, handshake, arguments)
        # Where nothing decides, connect() does nothing and is not called.
        self.is_connected = connect is None
        try:
            return await handshake.admits(connect)
        finally:
            self._ending.handshake = None  # a circle
            if admission is not None:
                # However it ended; the place of the connection itself is kept until that ends.
                admission.end_handshake()

    def _enter_user(self) -> None:
        """Count the connection as its user's, as soon as it is known whose it is."""
        if self._admission is None or self._runtime.limits.max_connections_per_user is None:
            return
        # A connect() that has accepted cannot be refused any more; it counts for nobody then, which
        # docs/production.md says.
        if self._connection.state == "connecting":
            self._admission.enter_user(self._consumer.user_id)

    async def _connect(self, handshake: Handshake, arguments: ConnectArguments) -> None:
        consumer = self._consumer
        self._enter_user()  # whom the authenticator found, before anything costs more
        if self._runtime.connects_with_channel:
            try:
                # Before connect(), which may read channel_name; elsewhere the channel waits for the
                # accept, since on layers with a server it is a subscription there that a refused
                # client should not cost.
                await self._subscriber.open()
            except (Exception, asyncio.CancelledError) as error:
                if self._runner.is_end(error):
                    raise
                name = f"{type(consumer).__qualname__}.channel_layer.new_channel"
                await handshake.fail(name, error, CloseCode.UNAVAILABLE)
                return
        if callable(arguments):
            with handshake.asking("connect's arguments"):
                arguments = await arguments()
            if self._connection.state == "closed":
                return  # by what makes them, such as a dependency
            self._enter_user()  # whom a dependency found
        # Before the call: what connect() began before it failed, disconnect() has to undo.
        self.is_connected = True
        if self._runtime.overrides.connect:
            await call_hook(consumer, self._runtime, consumer.connect, **arguments)
            self._enter_user()
        if consumer.groups:
            # What is not a list of names is found while the client can still be refused.
            self._subscriber.listed()

    async def enter(self) -> None:
        """Join groups and call ``post_authentication``, now that the connection is accepted."""
        consumer = self._consumer
        try:
            # Groups before post_authentication(), which often broadcasts that somebody is here, and
            # is to reach the newcomer as well.
            await self._subscriber.enter(needs_channel=self._runtime.needs_channel)
            # In a group that no list shows, and only now: a refused client needs no end from
            # elsewhere.
            if self._runtime.settings.disconnect_users and self._subscriber.layer is not None:
                await self._listen_for_user()
        except (Exception, asyncio.CancelledError) as error:
            if self._runner.is_end(error):
                raise
            # The connection is open, but what is sent to its groups would never arrive: it ends
            # rather than that its client misses messages without knowing.
            self._journal.failure("channel_layer.group_add", error)
            self._ending.end_with(CloseCode.UNAVAILABLE)
            return
        if not self._runtime.overrides.post_authentication:
            return
        try:
            # By the watch and not by a deadline of its own: where the hook swallows that its time
            # is over, the watch is what the session asks, to end the connection.
            async with self._runner.in_time():
                await call_hook(consumer, self._runtime, consumer.post_authentication)
            # The hook may have named further ones.
            await self._subscriber.join_listed()
        except (Exception, asyncio.CancelledError) as error:
            if self._runner.is_end(error):
                raise
            if (told := await self._runner.tells("post_authentication", error)) is not None:
                # An error that is expected still ends it: no frame may be handled of a client for
                # whom the hook has not done what handlers rely on.
                self._ending.end_with(told.closing)
                return
            self._journal.failure("post_authentication", error)
            self._ending.end_with(CloseCode.INTERNAL_ERROR)

    async def _listen_for_user(self) -> None:
        """Let ``disconnect_user`` reach the connection, if it is somebody's."""
        user_id = self.user_id("disconnect_user")
        if user_id is not None:
            await self._subscriber.listen(group_of_user(user_id))

    def user_id(self, purpose: str) -> str | None:
        """Return whose connection it is; None if it is nobody's, or that cannot be found out.

        Args:
            purpose: What does not reach the connection then, for the log.
        """
        try:
            # A project's own property, which may ask a database. That it fails is no reason to end
            # a connection: what would need it is left out, and the log says what.
            return self._consumer.user_id
        except Exception as error:  # noqa: BLE001 - a project's own code raises what it likes
            self._journal.warning(
                "The user cannot be looked up (%s): %s does not reach the connection.",
                type(error).__qualname__,
                purpose,
            )
            return None

    def release(self) -> None:
        """Let go of what refers to the connection in circles."""
        del self._consumer, self._journal, self._observer, self._runner


def _bound(scope: Scope, most: int | None) -> None:
    """Refuse a handshake that is larger than it may be.

    Args:
        scope: The ASGI connection scope.
        most: The bytes that it may have; None for any number.
    """
    if most is None:
        return
    # raw_path is optional in ASGI. Of the decoded path characters are counted, not bytes, which is
    # near enough for a bound.
    size = len(scope.get("raw_path") or scope["path"]) + len(scope.get("query_string", b""))
    size += sum(len(name) + len(value) for name, value in scope["headers"])
    if size > most:
        raise RefuseConnection(431, "The handshake's address and headers are too large.")


__all__ = ["Entrance"]
