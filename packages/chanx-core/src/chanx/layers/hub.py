"""What a process delivers to its own channels: the part that all layers of chanx have in common."""

import asyncio
import itertools
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from chanx.layers.mailboxes import Mailboxes, wake, warn_of_overflow
from chanx.layers.protocol import LayerMessage

Receiver = Callable[[LayerMessage], bool]
OnGap = Callable[[float], None]


class _Subscription(NamedTuple):  # made for each connection; a frozen dataclass takes longer
    """Functions that receive what concerns one channel, in its event loop."""

    loop: asyncio.AbstractEventLoop
    receiver: Receiver
    on_gap: OnGap | None

    def deliver(self, message: LayerMessage, here: asyncio.AbstractEventLoop | None) -> bool:
        """Call the receiver in its loop, and return whether so much waits that others should run.

        Args:
            message: The message.
            here: The event loop that runs now; None if none does.
        """
        # Called and not scheduled: a handle for each member of a large group would fill a turn of
        # the event loop, and only from a call is it known whether the sender has to make way. A
        # receiver must not raise: those behind it in the group would get nothing.
        if self.loop is here:
            return self.receiver(message)
        # Its loop may end in another thread at any time, and its connections with it.
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self.receiver, message)
        # What it returns there is of no use here: the sender has no turn of that loop to give up.
        return False

    def tell_gap(self, seconds: float) -> None:
        """Call what wants to know that messages may be missing, in its loop."""
        if self.on_gap is not None:
            with suppress(RuntimeError):
                # A callback in its own loop as well: it comes behind what is scheduled for it
                # already.
                self.loop.call_soon_threadsafe(self._tell_gap, time.monotonic() - seconds)

    def _tell_gap(self, since: float) -> None:
        assert self.on_gap is not None
        self.on_gap(time.monotonic() - since)


class LocalHub:
    """Brings messages to channels of this process, by name and by group.

    Messages are neither copied nor encoded; every member of a group receives the same object.
    Each operation costs the same whatever the number of channels, :meth:`send_to_group` besides in
    proportion to the group's members. Nothing here waits, except :meth:`receive`. Threads and
    event loops of the process may share one hub: each receiver is called in its own loop.

    A channel has a receiver (:meth:`subscribe`), or a mailbox from which :meth:`receive` takes,
    or nobody attends to it; then its mailbox is forgotten after ``expiry``.

    Args:
        prefix: What the names of its channels begin with.
        capacity: Messages that one mailbox may hold.
        expiry: Seconds for which messages wait in a mailbox that nobody receives from.
        clock: Returns the time in seconds, from any origin.
    """

    def __init__(
        self,
        prefix: str,
        *,
        capacity: int = 1000,
        expiry: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.prefix = prefix
        # next() of it is one step of CPython's, so threads get no number twice without the lock.
        self._numbers = itertools.count(1)
        # Threads without an event loop send, too (send_sync). It is held for what dictionaries do,
        # never over an await or a call of anybody else's: a loop that waits for it waits for
        # microseconds.
        self._lock = threading.Lock()
        self._mailboxes = Mailboxes(capacity, expiry, clock)
        self._subscriptions: dict[str, _Subscription] = {}
        # The same twice, so that a channel's groups and a group's channels are both found at once.
        # They change together under the lock, and neither keeps an empty entry: names of groups are
        # anybody's, and a process would remember all that it ever heard.
        self._groups: dict[str, dict[str, None]] = {}
        self._memberships: dict[str, set[str]] = {}

    @property
    def capacity(self) -> int:
        """Messages that one mailbox may hold."""
        return self._mailboxes.capacity

    @property
    def expiry(self) -> float:
        """Seconds for which messages wait in a mailbox that nobody receives from."""
        return self._mailboxes.expiry

    @property
    def dropped(self) -> int:
        """How many messages were left out of full channels so far."""
        return self._mailboxes.dropped

    def note_dropped(self) -> None:
        """Count a message for which its channel had no room."""
        self._mailboxes.dropped += 1

    def new_channel(self) -> str:
        """Return the name of a new channel; it costs nothing until something is sent to it."""
        # Channels' own convention: what stands up to "!" is one for all channels of a process.
        # RedisLayer has its inbox by that part (Topics.of_channel) and tells by it what is its own
        # (Endpoint.owns).
        return f"{self.prefix}!{next(self._numbers)}"

    # Sending

    def send(self, channel: str, message: LayerMessage) -> bool:
        """Bring a message to one channel.

        Args:
            channel: The channel's name; it need not exist yet.
            message: A mapping, which is not copied.

        Returns:
            Whether so much waits there that the sender should let others run.

        Raises:
            ChannelFull: If the channel holds ``capacity`` messages already.
        """
        here = _running_loop()
        waiter = None
        with self._lock:
            subscription = self._subscriptions.get(channel)
            # Under the same lock as the look, or subscribe() could come between and take what waits
            # before this does.
            if subscription is None:
                waiter = self._mailboxes.keep(channel, message)
        # Without the lock, as receivers are called: they may send, join and leave themselves.
        if waiter is not None:
            wake(waiter, here)
        return subscription is not None and subscription.deliver(message, here)

    def send_to_group(self, group: str, message: LayerMessage) -> bool:
        """Bring a message to every channel of a group, full ones excepted.

        Args:
            group: The group's name; one without members is not an error.
            message: A mapping, which is not copied.

        Returns:
            Whether so much waits somewhere that the sender should let others run.
        """
        # Receivers are called once the lock is let go: they may send, join and leave themselves.
        here = _running_loop()
        subscriptions: list[_Subscription] = []
        waiters: list[asyncio.Future[None]] = []
        overflows: list[str] = []
        is_crowded = False
        with self._lock:
            # Who leaves while others are called still gets this one, and its lane has ended then.
            # Who joins meanwhile does not: a member from the next message on.
            for channel in self._groups.get(group, ()):
                subscription = self._subscriptions.get(channel)
                if subscription is None:
                    is_crowded |= self._mailboxes.put(channel, message, waiters, overflows)
                else:
                    subscriptions.append(subscription)
        # Handlers of logs may send over this very hub, and the lock is no reentrant one.
        for channel in overflows:
            warn_of_overflow(group, channel, self.capacity)
        for waiter in waiters:
            wake(waiter, here)
        for subscription in subscriptions:
            is_crowded |= subscription.deliver(message, here)
        return is_crowded

    def tell_gap(self, channels: Iterable[str], seconds: float) -> None:
        """Tell receivers that messages to them may be missing.

        Args:
            channels: The channels whose receivers are told.
            seconds: For how long messages may not have come.
        """
        with self._lock:
            subscriptions = [
                self._subscriptions[each] for each in channels if each in self._subscriptions
            ]
        for subscription in subscriptions:
            subscription.tell_gap(seconds)

    # Receiving

    async def receive(self, channel: str) -> LayerMessage:
        """Wait for the next message of a channel.

        Args:
            channel: The channel's name. One caller at a time may wait for it; cancelling the call
                forgets the channel if nothing waits in it.
        """
        # Being woken is no promise: the waiter says that something was left here, and the look
        # decides.
        while True:
            with self._lock:
                mailbox = self._mailboxes.attended(channel)
                if mailbox.messages:
                    message = mailbox.messages.popleft()
                    # Nobody waits at it from here until the next call; without that call the rest
                    # expires.
                    self._mailboxes.leave(channel, mailbox)
                    return message
                # Somebody receives again: the next overflow is worth a line in the log.
                mailbox.dropped = 0
                # Under the lock that found the mailbox empty: of what another thread leaves in it
                # between, nobody would be told.
                waiter = mailbox.waiter = asyncio.get_running_loop().create_future()
            try:
                await waiter
            # The end of a channel, as Channels specifies no other. A message that came between the
            # wake and this stays for a later receive(); nothing was taken yet.
            except asyncio.CancelledError:
                with self._lock:
                    mailbox.waiter = None
                    self._mailboxes.leave(channel, mailbox)
                raise

    def subscribe(
        self, channel: str, receiver: Receiver, on_gap: OnGap | None = None
    ) -> Callable[[], None]:
        """Let a function receive a channel's messages, instead of :meth:`receive`.

        Args:
            channel: The channel; messages that wait in it are received at once.
            receiver: Called with each message, in the event loop that runs now. It returns whether
                so much waits for it that senders should let others run.
            on_gap: Called there with the seconds for which messages may not have come; None if
                nobody wants to know.

        Returns:
            A function that ends it, and the channel.
        """
        subscription = _Subscription(asyncio.get_running_loop(), receiver, on_gap)
        with self._lock:
            # Both in one step: a sender in another thread finds either the mailbox, which is
            # emptied below, or the receiver.
            self._subscriptions[channel] = subscription
            # What waited stands first: another thread's message comes by a callback of this loop.
            waiting = self._mailboxes.take(channel)
        for message in waiting:
            receiver(message)
        # It leaves groups alone, as receive() does: whoever joined leaves, and before this, or
        # messages would go into a mailbox again.
        return partial(self._unsubscribe, channel)

    # Groups

    def join(self, group: str, channel: str) -> bool:
        """Make a channel a member of a group; return whether it was none before."""
        with self._lock:
            # A dictionary and no set: members receive in the order in which they joined.
            members = self._groups.setdefault(group, {})
            is_new = channel not in members
            members[channel] = None
            self._memberships.setdefault(channel, set()).add(group)
        return is_new

    def leave(self, group: str, channel: str) -> bool:
        """Take a channel out of a group, if it is in it; return whether others are."""
        with self._lock:
            members = self._groups.get(group, {})
            members.pop(channel, None)
            if not members:
                self._groups.pop(group, None)
            memberships = self._memberships.get(channel, set())
            memberships.discard(group)
            if not memberships:
                self._memberships.pop(channel, None)
            return bool(members)

    def groups_of(self, channel: str) -> frozenset[str]:
        """Return the groups that a channel is a member of."""
        with self._lock:
            return frozenset(self._memberships.get(channel, ()))

    def members_of(self, group: str) -> frozenset[str]:
        """Return the channels that are members of a group."""
        with self._lock:
            return frozenset(self._groups.get(group, ()))

    def groups(self) -> frozenset[str]:
        """Return the groups that have members."""
        with self._lock:
            return frozenset(self._groups)

    def channels(self) -> frozenset[str]:
        """Return the channels that somebody receives from or that hold messages."""
        with self._lock:
            return self._mailboxes.channels() | frozenset(self._subscriptions)

    def _unsubscribe(self, channel: str) -> None:
        with self._lock:
            # What another thread has scheduled for its receiver still comes; lanes that have ended
            # leave it.
            self._subscriptions.pop(channel, None)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


__all__ = ["LocalHub", "OnGap", "Receiver"]
