"""What one event loop of a process has on Redis: its channels, their groups, who brings them."""

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from contextvars import Context
from functools import lru_cache
from typing import Any, Final, cast
from urllib.parse import quote
from zlib import crc32

from chanx.core.errors import ChannelFull
from chanx.layers.hub import LocalHub
from chanx.layers.protocol import LayerMessage
from chanx.layers.redis.cluster import ClusterSubscriber
from chanx.layers.redis.packing import unpack
from chanx.layers.redis.servers import Server
from chanx.layers.redis.subscriber import Subscriber

logger: Final = logging.getLogger("chanx.layers")

# What stands first in what is published to an inbox. Processes of two releases share a Redis while
# a deployment goes on: a word that the other does not know is skipped there with a warning.
SEND: Final = "send"
JOIN: Final = "join"
LEAVE: Final = "leave"


class Topics:
    """The names on Redis, and on which server each is.

    Everything of one group has one hash tag, so that its history and its members can stand beside
    its messages in a cluster. Redis's pub/sub spans all databases of a server, so the number of the
    database is in each name.

    Args:
        prefix: What every name begins with.
        servers: The servers over which groups and channels are spread.
    """

    def __init__(self, prefix: str, servers: Sequence[Server]) -> None:
        self._roots = [f"{prefix}:{server.database}" for server in servers]
        # Each broadcast asks, and quoting a name takes longer than finding it. Bounded, as groups
        # may be named after anything.
        self.of_group: Callable[[str], tuple[int, str]] = lru_cache(maxsize=4096)(self._of_group)

    def _of_group(self, group: str) -> tuple[int, str]:
        """Return the server and the topic of a group."""
        return self._place(group, "live")

    def of_channel(self, channel: str) -> tuple[int, str]:
        """Return the server and the topic by which a channel is reached."""
        # All channels of an endpoint are reached by one topic, so that a connection costs no
        # subscription.
        return self._place(channel.partition("!")[0], "inbox")

    def of_tokens(self, name: str) -> tuple[int, str]:
        """Return the server and the key of a bucket of tokens."""
        return self._place(name, "tokens")

    def _place(self, name: str, kind: str) -> tuple[int, str]:
        # Quoted, since braces within a name would end the hash tag early (Redis Cluster
        # specification: the tag is what stands between the first { and the next }). Groups are any
        # text, with lone surrogates, which no UTF-8 has.
        encoded = quote(name.encode("utf-8", "surrogatepass"), safe="")
        # Not hash(), which is salted in each process: all have to find the same server. The order
        # of the addresses counts for the same reason.
        server = crc32(encoded.encode()) % len(self._roots)
        return server, f"{self._roots[server]}:{{{encoded}}}:{kind}"


class Endpoint:
    """Brings to the channels of one event loop what is published for them and their groups.

    Args:
        servers: The servers.
        topics: The names on them.
        prefix: What the names of channels begin with.
        capacity: Messages that one channel may hold for ``receive``.
        expiry: Seconds for which they wait in a channel that nobody receives from.
        ping_interval: Seconds of quiet after which a server is asked whether it is there.
    """

    def __init__(
        self,
        servers: Sequence[Server],
        topics: Topics,
        *,
        prefix: str,
        capacity: int,
        expiry: float,
        ping_interval: float,
    ) -> None:
        # A new one for each event loop of each process, never kept: what was sent to the one before
        # a restart must not reach who comes after it.
        address = f"{prefix}.{secrets.token_hex(8)}"
        self.hub: LocalHub = LocalHub(address, capacity=capacity, expiry=expiry)
        kinds = {False: Subscriber, True: ClusterSubscriber}
        self.subscribers: list[Subscriber | ClusterSubscriber] = [
            kinds[each.is_cluster](each, self._heard, self._missed, ping_interval=ping_interval)
            for each in servers
        ]
        self._topics = topics
        self._inbox = topics.of_channel(address)
        self._groups: dict[str, str] = {}
        self._is_open = False
        # Of no connection's context, since it serves them all.
        loop = asyncio.get_running_loop()
        self._task = loop.create_task(self._run(), context=Context())

    async def _run(self) -> None:
        # Ends with its task only: no Subscriber returns, or raises anything but its cancellation.
        async with asyncio.TaskGroup() as tasks:
            for subscriber in self.subscribers:
                tasks.create_task(subscriber.run())

    async def close(self) -> None:
        """End the connections."""
        self._task.cancel()
        # Not awaited itself: its CancelledError would come out here, and nobody could tell it from
        # one of the caller's own.
        await asyncio.wait([self._task])

    def owns(self, channel: str) -> bool:
        """Return whether a channel is one of this event loop."""
        return channel.startswith(f"{self.hub.prefix}!")

    async def new_channel(self) -> str:
        """Return the name of a new channel that can be reached from everywhere.

        Raises:
            LayerUnavailable: If Redis cannot be reached, and never was.
        """
        # After the first, channels cost no way to Redis. Several that come first wait for one
        # confirmation; one that fails leaves it to the next.
        if not self._is_open:
            server, topic = self._inbox
            await self.subscribers[server].subscribe(topic)
            self._is_open = True
        return self.hub.new_channel()

    async def join(self, group: str, channel: str) -> None:
        """Make one of the channels here a member of a group.

        Raises:
            LayerUnavailable: If Redis does not confirm it; then it is no member by this.
        """
        server, topic = self._topics.of_group(group)
        # Before Redis confirms: the first message may come before this goes on.
        self._groups[topic] = group
        is_new = self.hub.join(group, channel)
        try:
            await self.subscribers[server].subscribe(topic)
        # A cancellation, too: who does not learn that it has joined will not leave.
        except BaseException:
            # One that was a member before stays one: projects join again to renew what layers of
            # others let expire, and an absence of Redis must not end what they renew.
            if is_new:
                self.leave(group, channel)
            raise

    def leave(self, group: str, channel: str) -> None:
        """Take one of the channels here out of a group; the last one ends the subscription."""
        # By what the hub says, and not by members_of(), which copies them: each of 10,000 who leave
        # one group, as at the end of a server, would copy all the others.
        if not self.hub.leave(group, channel):
            server, topic = self._topics.of_group(group)
            self._groups.pop(topic, None)
            self.subscribers[server].unsubscribe(topic)

    def _heard(self, topic: str, data: bytes) -> bool:
        """Bring on what was published, and never raise: others publish there too."""
        try:
            value = unpack(data)
            # By what was joined, and not by taking the topic's name apart. A message that was on
            # its way when the last member left finds nothing, and is dropped.
            group = self._groups.get(topic)
            if group is not None:
                return self.hub.send_to_group(group, _message(value))
            if topic == self._inbox[1]:
                # A value of another shape raises a TypeError, which is skipped below with all else
                # that is not ours.
                return self._deliver(*value)
        # Nobody could be told: its sender is elsewhere, and was told that Redis took it.
        except ChannelFull as error:
            self.hub.note_dropped()
            logger.warning("Dropped a message: %s", error, extra={"topic": topic})
        except Exception as error:  # noqa: BLE001 - anybody may publish anything
            logger.warning(
                "Skipped what is not a layer message, on %s: %s",
                topic,
                type(error).__name__,
                extra={"topic": topic, "size": len(data)},
            )
        return False

    def _deliver(self, kind: object, channel: object, argument: Any) -> bool:
        # Redis lets anybody publish here; a join of a foreign channel would subscribe to a group
        # for nobody.
        if not (isinstance(channel, str) and self.owns(channel)):
            raise ValueError("not one of these channels")
        if kind == SEND:
            return self.hub.send(channel, _message(argument))
        if kind == JOIN:
            # This is the task that reads, and a join waits for a confirmation that only it can
            # read.
            self._join_later(argument, channel)
        elif kind == LEAVE:
            self.leave(argument, channel)
        else:
            raise ValueError("not one of these kinds")
        return False

    def _join_later(self, group: str, channel: str) -> None:
        # Kept by what it waits for: the topic's waiters, or the event of the cluster.
        joining = asyncio.get_running_loop().create_task(self.join(group, channel))
        joining.add_done_callback(_log_failure)

    def _missed(self, seconds: float) -> None:
        # All of them, whichever server was away: rather is one told that missed nothing than one
        # too few.
        self.hub.tell_gap(self.hub.channels(), seconds)


def _message(value: Any) -> LayerMessage:
    # Its own keys are texts, as all layers have them; within it msgpack's maps may have numbers.
    if not isinstance(value, dict) or not all(
        isinstance(key, str) for key in cast("dict[object, object]", value)
    ):
        raise TypeError("not a mapping of texts")
    return cast("LayerMessage", value)


def _log_failure(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and task.exception() is not None:
        logger.error("A channel could not join a group.", exc_info=task.exception())


__all__ = ["JOIN", "LEAVE", "SEND", "Endpoint", "Topics"]
