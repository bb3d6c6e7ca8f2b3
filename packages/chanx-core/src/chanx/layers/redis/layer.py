"""The channel layer itself: what consumers, views and tasks call."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

import redis

from chanx.core.errors import ConfigurationError, LayerUnavailable
from chanx.layers.hub import OnGap, Receiver
from chanx.layers.protocol import Allowance, LayerMessage
from chanx.layers.redis.backoff import delays
from chanx.layers.redis.cluster import ClusterSender
from chanx.layers.redis.endpoint import JOIN, LEAVE, SEND, Endpoint, Topics
from chanx.layers.redis.packing import pack
from chanx.layers.redis.servers import FAILURES, Host, Server, SyncClient, close_idle
from chanx.layers.redis.tokens import TAKE

DEFAULT_URL: Final = "redis://localhost:6379"

# OSError has the built-in TimeoutError in it, as which asyncio's time-outs come too. ReadOnlyError
# is a master that has become a replica: take_tokens() writes; publishing does not, and so never
# sees it.
_ABSENCES: Final = (redis.ConnectionError, redis.TimeoutError, redis.ReadOnlyError, OSError)

_FOREIGN: Final = {
    "channel_capacity": "one capacity holds for all channels",
    "group_expiry": "a membership ends with its connection, and needs no expiry",
    "symmetric_encryption_keys": "encrypt by TLS: a rediss:// URL",
}
"""Arguments of channels_redis's layers that have no meaning here."""


def is_absence(error: Exception) -> bool:
    """Return whether redis-py says that a server is not there; other errors are the caller's.

    Args:
        error: What it raised.
    """
    # redis-py 5 raises the bare class where a connection of its pool closes while it looks at it.
    return isinstance(error, _ABSENCES) or type(error) is redis.RedisError


class RedisLayer:
    """A channel layer for several processes and machines, on Redis or Valkey 6.2 and newer.

    Each event loop of a process has one connection to hear by, on which every group with members
    there is subscribed once. A broadcast is encoded once, by its sender, and decoded once in each
    process. What one sender sends to one group arrives in that order.

    **Faults.** While Redis is away, local connections stay open and the layer tries again, with
    growing and jittered pauses. When it is back, everything is subscribed again, and receivers are
    told for how long messages may have been missed (``on_layer_gap`` of a consumer). Sending raises
    :class:`~chanx.core.errors.LayerUnavailable` meanwhile, at once or after ``wait``; nothing is
    lost without an error, except in such a gap. Redis keeps nothing of a process that ends.

    **From anywhere.** ``send_sync`` and ``group_send_sync`` (and with them ``broadcast_event_sync``
    and ``send_event_sync``) start no event loop, and are safe between threads and forks.

    Needs ``pip install "chanx-core[redis]"``.

    Args:
        url: Where Redis is: ``redis://``, ``rediss://`` and ``unix://`` as in redis-py, or
            ``redis+sentinel://[user:password@]host[,host...]/service[/database]``, or a Redis
            Cluster, of Redis 7 or newer: ``redis+cluster://[user:password@]host[,host...]``.
            Several URLs share the groups among them. None for ``redis://localhost:6379``.
        hosts: The same under the name that a Django project's ``CONFIG`` usually has; a host with
            its port, or a dictionary with an ``address``, will do as well.
        prefix: What all names on Redis begin with; layers of one prefix and database are one.
        capacity: Messages that one channel may hold for ``receive``.
        expiry: Seconds for which they wait in a channel that nobody receives from.
        timeout: Seconds for connecting, for the answer to a command and for the confirmation of a
            join.
        wait: Seconds for which sending waits for Redis to come back. Above zero, a message whose
            answer was lost is sent again, and may arrive twice.
        ping_interval: Seconds without a word from Redis after which it is asked whether it is
            there: a connection that a firewall forgot looks like a quiet one. While messages come,
            it is asked once a second how far it has come.

    Raises:
        ConfigurationError: If an argument makes no sense.

    Example:
        >>> from chanx.layers import register_layer
        >>> register_layer("default", RedisLayer("redis://localhost:6379/0"))
    """

    def __init__(
        self,
        url: str | Sequence[Host] | None = None,
        *,
        hosts: Sequence[Host] | None = None,
        prefix: str = "chanx",
        capacity: int = 1000,
        expiry: float = 60.0,
        timeout: float = 5.0,
        wait: float = 0.0,
        ping_interval: float = 15.0,
        **foreign: Any,
    ) -> None:
        # Taken as keywords so that a CONFIG of channels_redis is answered argument by argument: a
        # TypeError would not say what to do instead.
        for name in foreign:
            reason = _FOREIGN.get(name, "there is no such argument")
            raise ConfigurationError(f"RedisLayer does not take {name}: {reason}. Leave it out.")
        if url is not None and hosts is not None:
            raise ConfigurationError("RedisLayer takes url or hosts, not both.")
        given = url if hosts is None else hosts
        # An empty text is as good as none: settings read it from an environment that may have
        # nothing.
        addresses = [given or DEFAULT_URL] if isinstance(given, str | None) else list(given)
        # A text is a sequence of texts: each of its letters would pass for a host.
        if isinstance(hosts, str) or not addresses:
            raise ConfigurationError(f"RedisLayer's hosts are {hosts!r}: write a list of URLs.")
        self.wait = wait
        self._servers = [Server.of(each, timeout) for each in addresses]
        self._topics = Topics(prefix, self._servers)
        self._options: dict[str, Any] = {
            "prefix": prefix,
            "capacity": capacity,
            "expiry": expiry,
            "ping_interval": ping_interval,
        }
        # Over making and forgetting clients and endpoints. Neither connects, so nobody waits for a
        # network behind it.
        self._lock = threading.Lock()
        self._endpoints: WeakKeyDictionary[asyncio.AbstractEventLoop, Endpoint] = (
            WeakKeyDictionary()
        )
        # Made when a thread sends first: most processes only have event loops. What forks does not
        # matter, since redis-py's pools compare os.getpid() and begin anew.
        self._clients: list[SyncClient | ClusterSender] | None = None

    # A channel layer

    async def new_channel(self) -> str:
        """Return the name of a new channel, which every process can send to.

        Raises:
            LayerUnavailable: If Redis cannot be reached.
        """
        return await self._endpoint().new_channel()

    async def receive(self, channel: str) -> LayerMessage:
        """Wait for the next message of a channel.

        Args:
            channel: A channel of the event loop that runs; one caller at a time waits for it.
        """
        return await self._endpoint().hub.receive(channel)

    def subscribe(
        self, channel: str, receiver: Receiver, on_gap: OnGap | None = None
    ) -> Callable[[], None]:
        """Let a function receive a channel's messages, instead of :meth:`receive`.

        Args:
            channel: A channel of the event loop that runs.
            receiver: Called with each message. It returns whether so much waits for it that others
                should run.
            on_gap: Called once Redis is back, with the seconds for which messages may be missing;
                None if nobody wants to know.

        Returns:
            A function that ends it, and the channel.
        """
        return self._endpoint().hub.subscribe(channel, receiver, on_gap)

    async def group_add(self, group: str, channel: str) -> None:
        """Make a channel a member of a group; returns once Redis has confirmed it.

        A channel of another process is asked to join; then nothing is confirmed.

        Raises:
            LayerUnavailable: If Redis cannot be reached.
        """
        # Not _endpoint(): a loop that has none owns no channel, and need not connect to find that
        # out.
        endpoint = self._present_endpoint()
        if endpoint is not None and endpoint.owns(channel):
            await endpoint.join(group, channel)
        else:
            # Only the process of a channel can subscribe for it; it is told by its inbox, as by
            # send().
            await self._publish(self._topics.of_channel(channel), [JOIN, channel, group])

    async def group_discard(self, group: str, channel: str) -> None:
        """Take a channel out of a group, if it is in it.

        Raises:
            LayerUnavailable: If the channel is another process's, and Redis cannot be reached.
        """
        endpoint = self._present_endpoint()
        if endpoint is not None and endpoint.owns(channel):
            endpoint.leave(group, channel)
        else:
            await self._publish(self._topics.of_channel(channel), [LEAVE, channel, group])

    async def send(self, channel: str, message: LayerMessage) -> None:
        """Send a message to one channel, of whichever process.

        Raises:
            LayerUnavailable: If Redis cannot be reached.
            ConfigurationError: If the message holds what msgpack cannot.
        """
        # Also to a channel of this process: by one way alone everything that is sent to it has one
        # order.
        await self._publish(self._topics.of_channel(channel), [SEND, channel, message])

    async def group_send(self, group: str, message: LayerMessage) -> None:
        """Send a message to every channel of a group, in all processes.

        Raises:
            LayerUnavailable: If Redis cannot be reached.
            ConfigurationError: If the message holds what msgpack cannot.
        """
        await self._publish(self._topics.of_group(group), message)

    # From threads

    def send_sync(self, channel: str, message: LayerMessage) -> None:
        """:meth:`send`, from a thread in which no event loop runs."""
        self._publish_sync(self._topics.of_channel(channel), pack([SEND, channel, message]))

    def group_send_sync(self, group: str, message: LayerMessage) -> None:
        """:meth:`group_send`, from a thread in which no event loop runs."""
        self._publish_sync(self._topics.of_group(group), pack(message))

    # Counting

    async def take_tokens(
        self, name: str, count: int, *, rate: float, burst: int, unused: int = 0
    ) -> Allowance:
        """Take tokens from a bucket that all processes share, by Redis's time, in one call.

        Args:
            name: The bucket; one that nobody asked for yet is full.
            count: How many tokens.
            rate: How many there are new each second.
            burst: How many it holds.
            unused: How many of those taken before are given back.

        Raises:
            LayerUnavailable: If Redis cannot be reached.
        """
        number, key = self._topics.of_tokens(name)
        # EVAL's own: how many keys, the keys, the arguments. The script goes along each time, 800
        # bytes: by its digest (EVALSHA) a Redis that restarted or failed over would not know it,
        # and a process asks seldom, for a tenth of a burst.
        words = [str(each) for each in (1, key, count, rate, burst, unused)]
        try:
            answer = await self._endpoint().subscribers[number].ask(key, "EVAL", TAKE, *words)
        except FAILURES as error:
            if not is_absence(error):
                raise
            raise self._unavailable(number, error, "counted") from error
        # Redis truncates numbers of Lua to integers, so that the script gives the seconds as text.
        granted, wait = answer
        return Allowance(int(granted), float(wait))

    async def close(self) -> None:
        """Let go of the connections of the event loop that runs, and of idle ones of threads.

        They come again when they are needed.
        """
        # Taken out before it is closed: what is sent while that waits gets a new one, and no closed
        # one.
        with self._lock:
            endpoint = self._endpoints.pop(asyncio.get_running_loop(), None)
            clients = self._clients or ()
        if endpoint is not None:
            await endpoint.close()
        # Idle ones only, as other threads may be sending; their pools go on with new connections.
        for client in clients:
            client.close_idle() if isinstance(client, ClusterSender) else close_idle(client)

    # Publishing

    async def _publish(self, place: tuple[int, str], value: object) -> None:
        # Before anything else, and once: what cannot be packed fails at its sender, also while
        # Redis is away.
        data = pack(value)
        number, topic = place
        endpoint = self._present_endpoint()
        if endpoint is None:
            # A loop that only sends may be a short one, as async_to_sync makes them: nothing that
            # outlives it must belong to it.
            await asyncio.to_thread(self._publish_sync, place, data)
            return
        for delay in self._attempts():
            try:
                await endpoint.subscribers[number].publish(topic, data)
                return
            except FAILURES as error:
                # FAILURES are all of redis-py's, which have one root. What Redis refuses (NOPERM,
                # an unknown command) it would refuse again, and its sender has to read why.
                if not is_absence(error):
                    raise
                if delay is None:
                    raise self._unavailable(number, error) from error
            # Not within the except, where the error and all that its trace refers to would live
            # through the pause.
            await asyncio.sleep(delay)

    def _publish_sync(self, place: tuple[int, str], data: bytes) -> None:
        number, topic = place
        client = self._sync_clients()[number]
        for delay in self._attempts():
            try:
                client.publish(topic, data)
                return
            except FAILURES as error:
                if not is_absence(error):
                    raise
                if delay is None:
                    raise self._unavailable(number, error) from error
            time.sleep(delay)

    def _attempts(self) -> Iterator[float | None]:
        """Yield for each try the seconds to wait if it fails; None at the last."""
        end = time.monotonic() + self.wait
        # By the clock and not by a count, as tries take their time, too: up to `timeout` each. The
        # last one begins within `wait`.
        for delay in delays():
            if time.monotonic() + delay > end:
                break
            yield delay
        yield None

    def _unavailable(
        self, number: int, error: BaseException, what: str = "sent"
    ) -> LayerUnavailable:
        return LayerUnavailable(
            f"Redis at {self._servers[number]} cannot be reached, nothing was {what}: {error}"
        )

    def _sync_clients(self) -> list[SyncClient | ClusterSender]:
        with self._lock:
            # One list, made at once, so that two threads that send first do not open two pools.
            if self._clients is None:
                self._clients = [
                    ClusterSender(server) if server.is_cluster else server.sending_sync()
                    for server in self._servers
                ]
            return self._clients

    # Event loops

    def _present_endpoint(self) -> Endpoint | None:
        """Return what the running event loop has here; None if it has nothing yet."""
        return self._endpoints.get(asyncio.get_running_loop())

    def _endpoint(self) -> Endpoint:
        loop = asyncio.get_running_loop()
        # Without the lock: whatever other threads do, only this one makes or forgets this loop's.
        endpoint = self._endpoints.get(loop)
        if endpoint is None:
            with self._lock:
                # An endpoint's task refers to its loop, so that the weak key alone never lets go of
                # it.
                for ended in [each for each in self._endpoints if each.is_closed()]:
                    del self._endpoints[ended]
                endpoint = self._endpoints[loop] = Endpoint(
                    self._servers, self._topics, **self._options
                )
        return endpoint


__all__ = ["RedisLayer", "is_absence"]
