"""A channel layer within one process."""

import asyncio
import secrets
import time
from collections.abc import Callable

from chanx.layers.hub import LocalHub, OnGap, Receiver
from chanx.layers.protocol import LayerMessage, checked


class MemoryLayer:
    """A channel layer for one process: development, tests and services of a single worker.

    Messages are neither copied nor encoded; every member of a group receives the same object.
    Each operation costs the same whatever the number of channels, ``group_send`` besides in
    proportion to the group's members. Threads and event loops of the process may share one layer.

    A channel holds at most ``capacity`` messages. ``send`` to a full one raises; ``group_send``
    leaves a full member out, counts it in :attr:`dropped` and logs a warning to ``chanx.layers``
    when a member's overflow begins. Long before that, ``group_send`` lets receivers run.

    Args:
        capacity: Messages that one channel may hold.
        expiry: Seconds for which messages wait in a channel that nobody receives from.
        clock: Returns the time in seconds, from any origin.

    Example:
        >>> import asyncio
        >>> async def hello() -> str:
        ...     layer = MemoryLayer()
        ...     channel = await layer.new_channel()
        ...     await layer.group_add("greeters", channel)
        ...     await layer.group_send("greeters", {"type": "greeting", "text": "hello"})
        ...     return (await layer.receive(channel))["text"]
        >>> asyncio.run(hello())
        'hello'
    """

    is_local = True
    """Channels and groups wait for nothing (:class:`~chanx.layers.LocalLayer`). A subclass in which
    they do sets it to False."""

    def __init__(
        self,
        capacity: int = 1000,
        *,
        expiry: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        # Two layers of one process may meet in one group name, so names do not.
        prefix = f"memory.{secrets.token_hex(8)}"
        self._hub = LocalHub(prefix, capacity=capacity, expiry=expiry, clock=clock)

    @property
    def capacity(self) -> int:
        """Messages that one channel may hold."""
        return self._hub.capacity

    @property
    def expiry(self) -> float:
        """Seconds for which messages wait in a channel that nobody receives from."""
        return self._hub.expiry

    @property
    def dropped(self) -> int:
        """How many messages were left out of full channels so far."""
        return self._hub.dropped

    async def new_channel(self) -> str:
        """Return the name of a new channel; it costs nothing until something is sent to it."""
        return self._hub.new_channel()

    async def send(self, channel: str, message: LayerMessage) -> None:
        """Send a message to one channel.

        Args:
            channel: The channel's name; it need not exist yet.
            message: A mapping, which is not copied.

        Raises:
            ChannelFull: If the channel holds ``capacity`` messages already.
            TypeError: If it is not a mapping.
        """
        # Only where it is crowded, since a turn of the loop for each message would cost more than
        # the message. Without any, a sender that awaits nothing else would fill every mailbox to
        # the brim.
        if self._hub.send(channel, checked(message)):
            await asyncio.sleep(0)

    def send_sync(self, channel: str, message: LayerMessage) -> None:
        """:meth:`send`, from a thread in which no event loop runs.

        Raises:
            ChannelFull: If the channel holds ``capacity`` messages already.
        """
        # What is crowded does not matter to a thread: the loops of the receivers run beside it.
        self._hub.send(channel, checked(message))

    async def receive(self, channel: str) -> LayerMessage:
        """Wait for the next message of a channel.

        Args:
            channel: The channel's name. One caller at a time may wait for it; cancelling the call
                forgets the channel if nothing waits in it.
        """
        return await self._hub.receive(channel)

    async def group_add(self, group: str, channel: str) -> None:
        """Make a channel a member of a group; a member stays one."""
        self._hub.join(group, channel)

    async def group_discard(self, group: str, channel: str) -> None:
        """Take a channel out of a group, if it is in it."""
        self._hub.leave(group, channel)

    async def group_send(self, group: str, message: LayerMessage) -> None:
        """Send a message to every channel of a group, full ones excepted.

        Args:
            group: The group's name; one without members is not an error.
            message: A mapping, which is not copied.

        Raises:
            TypeError: If it is not a mapping.
        """
        if self._hub.send_to_group(group, checked(message)):
            await asyncio.sleep(0)

    def group_send_sync(self, group: str, message: LayerMessage) -> None:
        """:meth:`group_send`, from a thread in which no event loop runs."""
        self._hub.send_to_group(group, checked(message))

    def subscribe(
        self, channel: str, receiver: Receiver, on_gap: OnGap | None = None
    ) -> Callable[[], None]:
        """Let a function receive a channel's messages, instead of :meth:`receive`.

        Args:
            channel: The channel; messages that wait in it are received at once.
            receiver: Called with each message, in the event loop that runs now. It returns whether
                so much waits for it that senders should let others run.
            on_gap: Never called: within a process nothing is missed.

        Returns:
            A function that ends it, and the channel.
        """
        return self._hub.subscribe(channel, receiver, on_gap)

    def groups_of(self, channel: str) -> frozenset[str]:
        """Return the groups that a channel is a member of."""
        return self._hub.groups_of(channel)

    def members_of(self, group: str) -> frozenset[str]:
        """Return the channels that are members of a group."""
        return self._hub.members_of(group)

    def groups(self) -> frozenset[str]:
        """Return the groups that have members."""
        return self._hub.groups()

    def channels(self) -> frozenset[str]:
        """Return the channels that somebody receives from or that hold messages."""
        return self._hub.channels()


__all__ = ["MemoryLayer"]
