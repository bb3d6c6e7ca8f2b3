"""Messages that wait for whoever calls ``receive()``: the mailboxes of a process's channels."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

from chanx.core.errors import ChannelFull
from chanx.layers.protocol import LayerMessage

logger: Final = logging.getLogger("chanx.layers")


class Mailbox:
    """The messages that wait for the receiver of one channel.

    Attributes:
        messages: The messages, the oldest first.
        waiter: Resolved when there is one; None if nobody waits.
        dropped: How many were left out since somebody received one.
        unattended_since: When it lost its receiver.
    """

    __slots__ = ("dropped", "messages", "unattended_since", "waiter")

    def __init__(self) -> None:
        self.messages: deque[LayerMessage] = deque()
        self.waiter: asyncio.Future[None] | None = None
        self.dropped: int = 0
        self.unattended_since: float = 0.0


class Mailboxes:
    """The mailboxes of channels from which somebody calls ``receive()``, or nobody yet.

    A mailbox is there while somebody waits at it or it holds messages; one that nobody attends to
    is forgotten after ``expiry``. Whoever calls holds the lock of the hub that they belong to.

    Args:
        capacity: Messages that one mailbox may hold.
        expiry: Seconds for which messages wait in a mailbox that nobody receives from.
        clock: Returns the time in seconds, from any origin.

    Attributes:
        dropped: How many messages were left out of full mailboxes so far.
    """

    def __init__(self, capacity: int, expiry: float, clock: Callable[[], float]) -> None:
        self.capacity = capacity
        self.expiry = expiry
        self.dropped: int = 0
        self._clock = clock
        self._mailboxes: dict[str, Mailbox] = {}
        # Mailboxes without a receiver, by the time they lost it; the first expires first.
        self._unattended: dict[str, Mailbox] = {}

    def channels(self) -> frozenset[str]:
        """Return the channels that have one."""
        return frozenset(self._mailboxes)

    def keep(self, channel: str, message: LayerMessage) -> asyncio.Future[None] | None:
        """Leave a message to whoever calls ``receive()``, and return who waits there already.

        Args:
            channel: The channel.
            message: The message.

        Raises:
            ChannelFull: If its mailbox is full.
        """
        mailbox = self._mailbox(channel)
        if len(mailbox.messages) >= self.capacity:
            raise ChannelFull(
                f"Channel {channel} holds {self.capacity} messages that nobody has received."
            )
        # Whether it is crowded is not told here: who sends to one channel learns of that by the
        # error above.
        mailbox.messages.append(message)
        # Woken once; it looks for itself what is there.
        waiter, mailbox.waiter = mailbox.waiter, None
        return waiter

    def put(
        self,
        channel: str,
        message: LayerMessage,
        waiters: "list[asyncio.Future[None]]",
        overflows: list[str],
    ) -> bool:
        """Leave a message to a member of a group; one whose mailbox is full is left out.

        Args:
            channel: The member.
            message: The message.
            waiters: Whoever waits there already is added.
            overflows: The member is added if it is left out for the first time since it received.

        Returns:
            Whether so much waits there that the sender should let others run.
        """
        mailbox = self._mailbox(channel)
        # A member that is behind must not fail the send for the others, so it is left out where
        # keep() raises.
        waiting = len(mailbox.messages)
        if waiting >= self.capacity:
            self.dropped += 1
            mailbox.dropped += 1
            # One line for each overflow, whatever the number of messages: a receiver that hangs
            # would fill the log at the rate of its group. receive() sets it back.
            if mailbox.dropped == 1:
                overflows.append(channel)
            return False
        mailbox.messages.append(message)
        # Taken out, as a waiter is woken once; receive() makes another before it waits again.
        if mailbox.waiter is not None:
            waiters.append(mailbox.waiter)
            mailbox.waiter = None
        # From half of it on, while there is room: each further send gives the receivers a turn, so
        # that one that only takes is never overrun by a sender of its own loop
        # (tests/core/test_memory.py).
        return waiting * 2 >= self.capacity

    def take(self, channel: str) -> Iterable[LayerMessage]:
        """Return what waits in a channel's mailbox, which is forgotten.

        Args:
            channel: The channel.
        """
        # Forgotten for good: the hub has the receiver already, and looks for one before it keeps
        # anything.
        mailbox = self._mailboxes.pop(channel, None)
        self._unattended.pop(channel, None)
        return () if mailbox is None else mailbox.messages

    def attended(self, channel: str) -> Mailbox:
        """Return the mailbox of a channel that somebody receives from now.

        Args:
            channel: The channel.
        """
        mailbox = self._mailboxes.get(channel)
        if mailbox is None:
            mailbox = self._mailboxes[channel] = Mailbox()
        else:
            # It does not expire while somebody waits, however long.
            self._unattended.pop(channel, None)
        return mailbox

    def leave(self, channel: str, mailbox: Mailbox) -> None:
        """Forget a mailbox that nobody waits at, or keep what it still holds for a while.

        Args:
            channel: The channel.
            mailbox: Its mailbox.
        """
        # An empty one goes at once: a process makes a channel for each connection, and none is to
        # be kept for those that have ended.
        if mailbox.messages:
            self._leave_unattended(channel, mailbox)
        else:
            self._mailboxes.pop(channel, None)

    def _mailbox(self, channel: str) -> Mailbox:
        mailbox = self._mailboxes.get(channel)
        if mailbox is None:
            mailbox = self._mailboxes[channel] = Mailbox()
            # Unattended from the first message on: a channel need not have been received from, or
            # be anywhere.
            self._leave_unattended(channel, mailbox)
        return mailbox

    def _leave_unattended(self, channel: str, mailbox: Mailbox) -> None:
        # There is no timer: what has expired is found when the next one is left, and mailboxes that
        # nobody adds to keep no event loop awake.
        now = mailbox.unattended_since = self._clock()
        # At the end, as nobody is here twice: attended() takes one out before it comes again.
        self._unattended[channel] = mailbox
        # They stand in the order of their times, so that this looks at one more than it removes.
        while self._unattended:
            oldest, stale = next(iter(self._unattended.items()))
            if now - stale.unattended_since < self.expiry:
                break
            del self._unattended[oldest], self._mailboxes[oldest]


def warn_of_overflow(group: str, channel: str, capacity: int) -> None:
    """Log that a member of a group begins to miss messages; nobody holds the hub's lock then.

    Args:
        group: The group.
        channel: The member.
        capacity: Messages that its mailbox may hold.
    """
    logger.warning(
        "Channel %s is full: messages to group %s are dropped until it is read.",
        channel,
        group,
        extra={"channel": channel, "group": group, "capacity": capacity},
    )


def wake(waiter: asyncio.Future[None], here: asyncio.AbstractEventLoop | None) -> None:
    """Have who waits at a mailbox go on, in the event loop in which that is.

    Args:
        waiter: Who waits.
        here: The event loop that runs now; None if none does.
    """
    # A future may be resolved in its own loop's thread only (asyncio's futures are not
    # thread-safe).
    loop = waiter.get_loop()
    if loop is here:
        _resolve(waiter)
        return
    with suppress(RuntimeError):  # The waiter's loop has ended.
        loop.call_soon_threadsafe(_resolve, waiter)


def _resolve(waiter: asyncio.Future[None]) -> None:
    # Cancelled in the turn between: its receive() has cleaned up, and set_result would raise.
    if not waiter.done():
        waiter.set_result(None)


__all__ = ["Mailbox", "Mailboxes", "wake", "warn_of_overflow"]
