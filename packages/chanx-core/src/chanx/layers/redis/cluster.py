"""The connections to a Redis Cluster: they follow each topic to the node that has it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final, TypeVar

import redis

from chanx.core.errors import LayerUnavailable
from chanx.layers.redis.backoff import delays
from chanx.layers.redis.nodes import QUESTION, Nodes, is_elsewhere
from chanx.layers.redis.servers import FAILURES, Server, SyncClient, close, close_idle
from chanx.layers.redis.subscriber import Subscriber

logger: Final = logging.getLogger("chanx.layers")

T = TypeVar("T")


class ClusterSubscriber:
    """Keeps subscriptions on a cluster: a :class:`Subscriber` for each node, and moves between.

    What leads to a look at the cluster: a topic that a node gives up, a node that is lost, a node
    that answers ``MOVED``. Each topic whose node is another one by then is subscribed there, and
    the gap is reported once that is confirmed. Absences of a single node are its Subscriber's.

    Args:
        cluster: The cluster, of Redis 7 or newer: its topics are those of sharded pub/sub.
        on_message: As a :class:`Subscriber`'s.
        on_gap: Likewise.
        ping_interval: Likewise.
    """

    def __init__(
        self,
        cluster: Server,
        on_message: Callable[[str, bytes], bool],
        on_gap: Callable[[float], None],
        *,
        ping_interval: float,
    ) -> None:
        self._cluster = cluster
        self._on_message = on_message
        self._on_gap = on_gap
        self._ping_interval = ping_interval
        self._nodes = Nodes(cluster)
        self._subscribers: dict[str, tuple[Subscriber, asyncio.Task[None]]] = {}
        # Where each topic that is wanted is subscribed: set by subscribe() and _follow(), taken out
        # by unsubscribe(). No Subscriber has a topic that does not lead to it from here; any other
        # would be subscribed again at each of its connections, whoever has the slot.
        self._homes: dict[str, Subscriber] = {}
        # Topics that nodes have ended by themselves, each with until when all of it has come. One
        # whose slot was given back by the time of the look has the same home as before, and only
        # this tells that it has to be subscribed there again.
        self._given_up: dict[str, float] = {}
        # Entered by run(): before it, nothing passes _is_known, and so nothing makes a Subscriber.
        self._tasks = asyncio.TaskGroup()
        self._is_stale = asyncio.Event()
        self._is_stale.set()
        self._is_known = asyncio.Event()
        self._is_away = False

    async def subscribe(self, name: str) -> None:
        """Want a topic, and wait until the node that has it has confirmed that.

        Args:
            name: The topic.

        Raises:
            LayerUnavailable: If that takes longer than the cluster's time-out.
        """
        # Suspends only before the first look: from then on nothing comes between a join and its
        # note here.
        home = await self._home(name)
        if self._homes.setdefault(name, home) is not home:
            # A look has found that it moved, and whoever looked has not followed yet: it closes its
            # connection first. The old node has to be told of nothing more by then. A topic that it
            # does not have, but is asked for whenever it is connected to again, would be answered
            # with MOVED, which ends the connection: for ever, and for all its other topics.
            self._follow()
        await self._confirm(name)

    def unsubscribe(self, name: str) -> None:
        """Want a topic no more.

        Args:
            name: The topic.
        """
        # Taken out first: unsubscribe() wakes whoever waits in _confirm, which looks here.
        home = self._homes.pop(name, None)
        if home is not None:
            home.unsubscribe(name)

    async def publish(self, name: str, data: bytes) -> None:
        """Publish on a topic.

        Args:
            name: The topic.
            data: What is published.

        Raises:
            Exception: What redis-py raises.
        """
        await self._at_home(name, lambda home: home.publish(name, data))

    async def ask(self, name: str, *words: str | bytes) -> Any:
        """Return the answer to a command of the node that has a key.

        Args:
            name: The key.
            words: The command.

        Raises:
            Exception: What redis-py raises.
        """
        return await self._at_home(name, lambda home: home.ask(name, *words))

    async def _at_home(self, name: str, do: Callable[[Subscriber], Awaitable[T]]) -> T:
        """Do something at the node that has a topic or key, also where it has just moved."""
        try:
            try:
                return await do(await self._home(name))
            # Twice, and not until it works: after the look it is where the cluster says it is, and
            # who sends has `wait` for whatever is moved again meanwhile.
            except redis.ResponseError as error:
                if not is_elsewhere(error):
                    raise
                await self._look()
                return await do(await self._home(name))
        except FAILURES as error:
            self._is_stale.set()
            # For senders a cluster that is moving slots is one that is away: the error is one of
            # those after which RedisLayer tries again.
            if is_elsewhere(error):
                raise redis.ConnectionError(str(error)) from error
            raise

    async def run(self) -> None:
        """Keep the connections until cancelled."""
        task = asyncio.current_task()
        assert task is not None
        async with self._tasks:
            while True:
                await self._is_stale.wait()
                # Before the look: what becomes stale meanwhile needs another one.
                self._is_stale.clear()
                # Until a node answers: what was learned once may be all wrong by now, and none but
                # this loop asks.
                for pause in delays():
                    try:
                        is_known = await self._look()
                        # Asked for besides: redis-py on Python 3.11 may swallow a cancellation.
                        if task.cancelling():
                            raise asyncio.CancelledError
                        if is_known:
                            self._follow()
                            break
                    except Exception:
                        # The last resort of what nobody else would restart.
                        logger.exception("Cannot follow the Redis Cluster %s.", self._cluster)
                    await asyncio.sleep(pause)

    async def _look(self) -> bool:
        """Ask one node after the other where the slots are, and return whether one knew."""
        problem: Exception | None = None
        for node in self._nodes.to_ask():
            client = node.sending()
            try:
                self._nodes.learn(await client.execute_command(*QUESTION), node)
            except FAILURES as error:
                problem = error
                continue
            finally:
                await close(client)
            # Never cleared: later looks only replace what is known, so that who sends waits for
            # none of them.
            self._is_known.set()
            if self._is_away:
                self._is_away = False
                logger.warning("A node of the Redis Cluster %s answers.", self._cluster)
            return True
        if not self._is_away:
            self._is_away = True
            logger.warning("No node of the Redis Cluster %s answers: %s", self._cluster, problem)
        return False

    async def _home(self, name: str) -> Subscriber:
        """Return what subscribes and publishes on the node that has a topic."""
        try:
            async with asyncio.timeout(self._cluster.timeout):
                await self._is_known.wait()
        except TimeoutError as error:
            raise LayerUnavailable(
                f"No node of the Redis Cluster {self._cluster} answered within "
                f"{self._cluster.timeout:g} seconds."
            ) from error
        node = self._nodes.node_of(name)
        if node is None:
            # A slot without a node (CLUSTERDOWN, or a move that is half told) is not waited for
            # here: its sender is told, and the next look may find one.
            self._is_stale.set()
            raise redis.ConnectionError(f"no node has the slot of {name}")
        return self._subscriber(node)

    def _subscriber(self, node: Server) -> Subscriber:
        if node.url not in self._subscribers:
            subscriber = Subscriber(
                node,
                self._on_message,
                self._on_gap,
                ping_interval=self._ping_interval,
                on_move=self._moved,
            )
            self._subscribers[node.url] = subscriber, self._tasks.create_task(subscriber.run())
        return self._subscribers[node.url][0]

    async def _confirm(self, name: str) -> None:
        """Wait until a topic is confirmed wherever it is meanwhile, or wanted no more."""
        # A confirmation counts only if the topic is still at home there: Subscriber.unsubscribe(),
        # by which _follow() takes it away, wakes its waiters as well.
        while (home := self._homes.get(name)) is not None:
            await home.subscribe(name)
            if self._homes.get(name) is home:
                return

    def _moved(self, name: str | None) -> None:
        if name is not None and name in self._homes:
            # Called within the reading of a Subscriber's connection, so nothing is asked of anybody
            # here.
            self._given_up.setdefault(name, self._homes[name].complete)
        self._is_stale.set()

    def _follow(self) -> None:
        """Subscribe to topics at the nodes that have them now."""
        # The gap of all that moved is one, and begins where the node that was heard last of longest
        # ago was heard.
        since = asyncio.get_running_loop().time()
        moved: list[str] = []
        for name, home in [*self._homes.items()]:
            node = self._nodes.node_of(name)
            # A slot that nobody has at present stays where it is, until a look finds its node.
            here = home if node is None else self._subscriber(node)
            if here is not home:
                home.unsubscribe(name)
                # Who waits for the old one was woken by that, and goes on with this (_confirm).
                self._homes[name] = here
            if here is not home or name in self._given_up:
                # Its node may have said much of others meanwhile.
                since = min(since, self._given_up.get(name, home.complete))
                moved.append(name)
        # All of them are settled below. What is given up from now on sets it stale, and has its own
        # look.
        self._given_up.clear()
        for url in self._subscribers.keys() - self._nodes.urls():
            _, task = self._subscribers.pop(url)
            # A node that has no slot any more has no topic either: its subscriber would only report
            # absences.
            task.cancel()
        if moved:
            # Not awaited: a node that does not confirm must not keep run() from the look that finds
            # another.
            self._tasks.create_task(self._settle(moved, since))

    async def _settle(self, names: list[str], since: float) -> None:
        """Report the gap once all topics that moved are confirmed."""
        # A gap reported sooner would still go on: what is asked for after it would be missing
        # again.
        await asyncio.gather(*(self._insist(name) for name in names))
        seconds = asyncio.get_running_loop().time() - since
        logger.warning(
            "%d topics moved within the Redis Cluster %s: messages of %.1f seconds may be missing.",
            len(names),
            self._cluster,
            seconds,
            extra={"server": str(self._cluster), "seconds": seconds},
        )
        self._on_gap(seconds)

    async def _insist(self, name: str) -> None:
        while True:
            # As a Subscriber does by itself at one Redis: members are in, whatever time it takes.
            with suppress(LayerUnavailable):
                return await self._confirm(name)


class ClusterSender:
    """Publishes on a cluster from threads, safe between these and forks.

    Args:
        cluster: The cluster.
    """

    def __init__(self, cluster: Server) -> None:
        self._nodes = Nodes(cluster)
        # One for each node that was ever sent to. They are kept when a node leaves, as other
        # threads may be using them, and have idle connections at most (close_idle).
        self._clients: dict[str, SyncClient] = {}

    def publish(self, channel: str, message: bytes) -> Any:
        """Publish on a topic, at the node that has it.

        Args:
            channel: The topic.
            message: What is published.

        Raises:
            Exception: What redis-py raises; the next call looks for the node anew.
        """
        try:
            try:
                return self._publish(channel, message)
            except redis.ResponseError as error:
                if not is_elsewhere(error):
                    raise
                # So that the next call asks: there is no task here that could look.
                self._nodes.forget()
                return self._publish(channel, message)
        except FAILURES as error:
            self._nodes.forget()
            if is_elsewhere(error):
                raise redis.ConnectionError(str(error)) from error
            raise

    def close_idle(self) -> None:
        """Close the connections that no thread uses at present."""
        for client in self._clients.values():
            close_idle(client)

    def _publish(self, channel: str, message: bytes) -> Any:
        # Threads that find nothing known ask at the same time, each for itself: that is rare, and a
        # lock would make all of them wait for one node that does not answer.
        node = self._nodes.node_of(channel) or self._look(channel)
        return self._client(node).execute_command("SPUBLISH", channel, message)

    def _look(self, channel: str) -> Server:
        problem: Exception = redis.ConnectionError("no node answers")
        for node in self._nodes.to_ask():
            try:
                answer = self._client(node).execute_command(*QUESTION)
            except FAILURES as error:
                problem = error
                continue
            self._nodes.learn(answer, node)
            # One that has not heard of it yet is no reason to give up: the others are asked, too.
            if (found := self._nodes.node_of(channel)) is not None:
                return found
            problem = redis.ConnectionError(f"no node has the slot of {channel}")
        raise problem

    def _client(self, node: Server) -> SyncClient:
        # Two threads may make one each; setdefault() keeps the first for both.
        return self._clients.get(node.url) or self._clients.setdefault(
            node.url, node.sending_sync()
        )


__all__ = ["ClusterSender", "ClusterSubscriber"]
