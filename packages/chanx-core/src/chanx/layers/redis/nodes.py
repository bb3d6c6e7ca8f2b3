"""The nodes of a Redis Cluster: which of them has a topic."""

import random
from bisect import bisect_right
from typing import Any, Final

from redis import exceptions
from redis.crc import key_slot

from chanx.layers.redis.servers import Server

ELSEWHERE: Final = ("MOVED", "ASK", "CLUSTERDOWN", "TRYAGAIN")
"""How the errors begin by which a node says that it is not the one, or not now.

Older releases of redis-py have classes for them in their own clients of clusters only.
"""

# MovedError is one of AskError's. redis-py takes the code from the text of those it has classes
# for.
_KINDS: Final = (exceptions.AskError, exceptions.ClusterDownError, exceptions.TryAgainError)

QUESTION: Final = ("CLUSTER", "SLOTS")
"""The command whose answer :meth:`Nodes.learn` takes."""


def is_elsewhere(error: Exception) -> bool:
    """Return whether a node says that it does not have a topic, or not now."""
    return isinstance(error, _KINDS) or str(error).startswith(ELSEWHERE)


class Nodes:
    """Which node of a cluster has which slots, as far as is known.

    Threads may share one: what is known is replaced as a whole.

    Args:
        cluster: The cluster.
    """

    def __init__(self, cluster: Server) -> None:
        self._cluster = cluster
        self._ranges: list[tuple[int, int, Server]] = []

    def node_of(self, topic: str) -> Server | None:
        """Return the node that has a topic; None if none is known."""
        # Of what stands in braces, if anything does (Redis Cluster specification, "Hash tags"), so
        # that all of one group is on one node.
        slot = key_slot(topic.encode())
        # Read once: a thread whose node has just failed may forget() all of them between the search
        # and the index, which is one into what was searched.
        ranges = self._ranges
        index = bisect_right(ranges, slot, key=lambda each: each[0]) - 1
        if index < 0:
            return None
        _, last, node = ranges[index]
        return node if slot <= last else None

    def urls(self) -> set[str]:
        """Return the addresses of the nodes that have slots."""
        return {node.url for _, _, node in self._ranges}

    def to_ask(self) -> list[Server]:
        """Return the nodes that may know more, in random order: one may not know the latest."""
        known = {node.url: node for node in self._cluster.nodes}
        # Those of the address as well, though they may have left: where all that was known has
        # gone, they are what the project vouches for.
        known |= {node.url: node for _, _, node in self._ranges}
        return random.sample([*known.values()], len(known))

    def learn(self, answer: Any, asked: Server) -> None:
        """Take over what a node answers to ``CLUSTER SLOTS``.

        Args:
            answer: For each range of slots the first, the last, and the nodes, the master first.
            asked: The node that answers; one that does not know its own name leaves it out.
        """
        ranges: list[tuple[int, int, Server]] = []
        # Of each range the master stands first, then its replicas, each perhaps with more than host
        # and port (CLUSTER SLOTS' documentation). Only masters are subscribed at.
        for first, last, (host, port, *_), *_ in answer:
            # NULL since Redis 7, where the host to use is the one that was asked.
            name = host.decode() if host else asked.host
            ranges.append((first, last, self._cluster.node(_address(name, port))))
        self._ranges = sorted(ranges, key=lambda each: each[0])

    def forget(self) -> None:
        """Know nothing, so that the next one to send asks."""
        self._ranges = []


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


__all__ = ["QUESTION", "Nodes", "is_elsewhere"]
