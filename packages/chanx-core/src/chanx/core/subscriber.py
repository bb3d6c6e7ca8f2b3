"""A connection on its channel layer: its channel, its groups, and how it receives."""

import asyncio
from collections.abc import Callable
from contextvars import Context, copy_context

from chanx.core.cancellation import is_own
from chanx.core.clock import Clock
from chanx.core.close_codes import CloseCode
from chanx.core.connection import Connection
from chanx.core.errors import TooManyGroups
from chanx.core.event_lane import EventLane
from chanx.core.events import LayerGap
from chanx.core.groups import GroupNames, Membership, group_name, required
from chanx.core.hooks import Hooks
from chanx.core.journal import Journal
from chanx.core.layer_calls import LayerCalls
from chanx.core.layer_use import use_of
from chanx.core.layer_view import LayerView
from chanx.core.limits import Limits
from chanx.core.patience import patience
from chanx.core.reach import check_reach
from chanx.core.receiver import Receiver
from chanx.core.shown import shown
from chanx.layers import ChannelLayer, PushLayer


class Subscriber:
    """One connection on its channel layer.

    The channel is made once, when something first needs it: on layers that have a server a channel
    is a subscription there, which a connection that needs none, or is refused, should not cost.
    Whatever was made ends with the connection.

    Args:
        consumer: The consumer, whose groups these are.
        layer: The channel layer; None if there is none.
        connection: The connection.
        limits: How much may wait for it, and how long its layer may take and fail.
        journal: Where is logged what the layer raises.
        clock: The time by which the layer's time-outs count.
        open_lane: Makes the lane of the events that the layer brings.
        fail: Called with a close code when the layer has failed for too long.

    Attributes:
        lane: The events that were received; None as long as nothing is.
        layer: The channel layer.
    """

    __slots__ = (
        "_calls",
        "_clock",
        "_connection",
        "_consumer",
        "_context",
        "_fail",
        "_has_ended",
        "_has_entered",
        "_joining",
        "_journal",
        "_limits",
        "_membership",
        "_open_lane",
        "_push",
        "_receiver",
        "_unsubscribe",
        "lane",
        "layer",
    )

    def __init__(
        self,
        consumer: Hooks,
        layer: ChannelLayer | None,
        connection: Connection,
        limits: Limits,
        journal: Journal,
        clock: Clock,
        *,
        open_lane: Callable[[], EventLane],
        fail: Callable[[CloseCode], None],
    ) -> None:
        self._consumer = consumer
        self._connection = connection
        self._limits = limits
        self._journal = journal
        self._clock = clock
        self._open_lane = open_lane
        self._fail = fail
        self.layer: ChannelLayer | None = layer
        self.lane: EventLane | None = None
        self._has_entered = self._has_ended = False
        self._context: Context | None = None
        self._joining: list[str] = []
        self._membership: Membership | None = None
        self._calls: LayerCalls | None = None
        self._receiver: Receiver | None = None
        self._push: PushLayer | None = None
        self._unsubscribe: Callable[[], None] | None = None

    @property
    def channel(self) -> str:
        """The channel's name; empty as long as there is none."""
        return self._connection.channel

    def address(self) -> str:
        """Return the channel's name, for whoever sends to it.

        Returns:
            The name; an empty one without a layer, and after the end of a connection that had none.

        Raises:
            RuntimeError: If the channel is not made yet.
        """
        # An error rather than an empty name, to which others would send for nothing.
        if not self.channel and self.layer is not None and not self._has_ended:
            kind = type(self._consumer).__qualname__
            raise RuntimeError(
                f"{kind}.channel_name is read before there is a channel, which costs a "
                f"subscription on some layers: one is made for a consumer that has groups or event "
                f"handlers, once it has accepted, and for one whose own methods read "
                f"self.channel_name. Read it in a method of {kind}."
            )
        return self.channel

    def view(self) -> LayerView | None:
        """Return the layer as the consumer sees it."""
        return None if self.layer is None else LayerView(self.layer, self)

    async def open(self) -> None:
        """Make the channel, if there is none yet.

        Raises:
            Exception: What the layer raises.
        """
        if self.layer is not None and not self._has_ended:
            membership, calls = self._member_of(self.layer)
            # Uncut, here and below: a cancellation that met new_channel() would leave a channel
            # that nobody knows, and so nobody releases.
            await calls.uncut(self._open(membership))

    async def join(self, name: str) -> None:
        """Join a group, and receive what is sent to it; after the end, do nothing.

        Args:
            name: Any text.

        Raises:
            ConfigurationError: If there is no channel layer, or it is not a text.
            TooManyGroups: If it is in as many as it may be.
            Exception: What the layer raises.
        """
        if not self._has_ended:
            layer = required(self.layer, f"join the group {name!r}")
            self._check_room(group_name(name))
            membership, calls = self._member_of(layer)
            # Counted from here on: others may join while the layer is told.
            self._joining.append(name)
            await calls.uncut(self._join(membership, name))

    async def listen(self, name: str) -> None:
        """Receive what is sent to a group, without being one of those who are known to be in it.

        Args:
            name: Any text.

        Raises:
            Exception: What the layer raises.
        """
        if self.layer is not None and not self._has_ended:
            membership, calls = self._member_of(self.layer)
            await calls.uncut(self._listen(membership, name))

    async def _listen(self, membership: Membership, name: str) -> None:
        # Not in the list: `groups` is the consumer's, which has not asked for this one.
        try:
            await membership.join(name)
        finally:
            self._note_channel(membership)

    def _check_room(self, name: str) -> None:
        listed, most = self.listed(), self._limits.max_groups
        count = len(listed) + (name not in listed)
        if self._joining:
            count = len({*listed, *self._joining, name})
        if count > most:
            raise TooManyGroups(
                f"The group {shown(name)} is one more than the {most} that a connection may be in: "
                f"leave another one, or set Limits(max_groups=...)."
            )

    async def leave(self, name: str) -> None:
        """Leave a group, if the connection is in it.

        Args:
            name: Any text.

        Raises:
            Exception: What the layer raises.
        """
        if self._has_ended:
            return
        # Without a membership nothing was joined: it can only stand in the list of those that are
        # to be.
        if self._membership is not None and self._calls is not None:
            await self._calls.uncut(self._leave(self._membership, name))
        else:
            self.listed().discard(name)

    async def enter(self, *, needs_channel: bool) -> None:
        """Join the groups that the consumer names, and receive, now that it has accepted.

        Args:
            needs_channel: Whether the consumer needs a channel if it has no groups, too.

        Raises:
            ConfigurationError: If there is no channel layer to join groups.
            Exception: What the layer raises.
        """
        await self.join_listed()
        # Behind the groups, which make a channel anyway.
        if needs_channel:
            await self.open()
        # Groups first: a handler of events may count on the connection being in all of them.
        self._has_entered = True
        self._receive()
        if self.lane is None and self.layer is not None:
            # A handler may be the first that joins a group: events begin in this context all the
            # same, and not in the handler's, where what they send would carry its ref.
            self._context = copy_context()

    async def join_listed(self) -> None:
        """Join what stands in the consumer's groups."""
        if self._consumer.groups:
            for name in self.listed():
                if self._membership is None or not self._membership.is_in(name):
                    await self.join(name)

    async def end(self) -> None:
        """Leave the groups, and only then stop receiving: layers keep what is not received.

        Raises:
            asyncio.CancelledError: If the caller was cancelled meanwhile.
        """
        # First: what is joined from here on, by a handler that is left behind, joins nothing.
        self._has_ended = True
        most = self._limits.close_timeout
        try:
            if self._calls is not None:
                # A join that is under way would else come behind the leaving of all.
                await self._calls.finish(patience(most))
        finally:
            try:
                if self._membership is not None and self._calls is not None:
                    await self._calls.leave_all(self._membership, patience(most))
            except (Exception, asyncio.CancelledError) as error:
                if is_own(error):
                    raise
                # Logged, and no end of the end: disconnect() is still to be called.
                self._journal.failure("channel_layer.group_discard", error)
            finally:
                # Last, and whatever came before: who is in a group and does not receive fills a
                # mailbox at the layer until that is full.
                await self._stop(patience(most))

    def release(self) -> None:
        """Let go of what refers to the connection in circles."""
        # Each of them calls methods of this, which holds them: a circle, for which the collector
        # would be needed.
        self.lane = self._unsubscribe = self._receiver = self._membership = None
        self._context = None
        del self._consumer, self._open_lane, self._fail

    async def _open(self, membership: Membership) -> None:
        await membership.open()
        self._note_channel(membership)

    async def _join(self, membership: Membership, name: str) -> None:
        try:
            if await membership.join(name):
                self.listed().append(name)
        finally:
            self._joining.remove(name)
            # Also where the layer made a channel and failed then: it ends with being received from.
            self._note_channel(membership)

    async def _leave(self, membership: Membership, name: str) -> None:
        await membership.leave(name)
        # After the end `groups` still names them, for disconnect().
        if not self._has_ended:
            self.listed().discard(name)

    def _member_of(self, layer: ChannelLayer) -> tuple[Membership, LayerCalls]:
        # Made when it is needed: most of it costs a lock, a table and a look at what the layer can
        # do.
        if self._membership is None or self._calls is None:
            _, self._push, is_local = use_of(layer)
            # Layers of our own share a connection to their server; of others, each call may open
            # one (layer_calls.AT_ONCE).
            is_crowded = self._push is None and not is_local
            self._membership = Membership(layer, is_local=is_local)
            self._calls = LayerCalls(self._clock, is_local=is_local, is_crowded=is_crowded)
        return self._membership, self._calls

    def _note_channel(self, membership: Membership) -> None:
        self._connection.channel = membership.channel
        # Not before enter(): what is sent to a group meanwhile waits at the layer, so that no event
        # comes before the groups are joined.
        if self._has_entered and not self._has_ended:
            self._receive()

    def listed(self) -> GroupNames:
        """Return the consumer's groups, whatever list it assigned."""
        consumer = self._consumer
        groups = consumer.groups
        # isinstance() would ask the abstract class of all sequences.
        if type(groups) is not GroupNames:
            # Consumers assign lists; it is put in their place, so that both see later changes.
            groups = consumer.groups = GroupNames(groups)
        return groups

    def _receive(self) -> None:
        """Receive from now on what is sent to the channel, if there is one."""
        if self.lane is not None or not self.channel:
            return
        if self._context is None:
            self._begin_to_receive()
        else:
            context, self._context = self._context, None
            context.run(self._begin_to_receive)

    def _begin_to_receive(self) -> None:
        membership = self._membership
        assert self.layer is not None
        assert membership is not None
        # Set before anything is received: a layer that pushes calls put() within subscribe(), with
        # what waits.
        lane = self.lane = self._open_lane()
        # After the end one is made only for the channel to be released, and handles nothing.
        lane.is_stopped = self._has_ended
        check_reach(self.layer)
        if self._push is not None:
            self._unsubscribe = self._push.subscribe(self.channel, lane.put, self._tell_gap)
        else:
            self._receiver = Receiver(
                self.layer,
                self.channel,
                clock=self._clock,
                patience=self._limits.layer_timeout,
                put=lane.put,
                renew=membership.renew,
                on_gap=self._tell_gap,
                warn=self._warn,
                skip=self._skip,
                give_up=self._give_up,
            )

    async def _stop(self, seconds: float) -> None:
        # Also a channel from which nothing was received yet ends by being received from no more.
        self._receive()
        if self._unsubscribe is not None:
            self._unsubscribe()
        if self._receiver is not None and not await self._receiver.stop(seconds):
            # It raises nothing that could be logged; the task is left to its event loop.
            stuck = "it does not let go of receive()"
            self._journal.failure("channel_layer.receive", TimeoutError(stuck))

    def _tell_gap(self, seconds: float) -> None:
        """Have the consumer told that messages may be missing, after those that came before."""
        if self.lane is not None:
            self.lane.put(LayerGap(seconds, self._clock.time))

    def _warn(self, error: BaseException) -> None:
        limit = self._limits.layer_timeout
        self._journal.warning(
            "The channel layer fails, and is tried again for %g s: %r", limit, error
        )

    def _skip(self, error: BaseException) -> None:
        self._journal.warning("Ignored a message that the channel layer cannot read: %r", error)

    def _give_up(self, error: BaseException) -> None:
        self._journal.failure("channel_layer.receive", error)
        self._fail(CloseCode.UNAVAILABLE)


__all__ = ["Subscriber"]
