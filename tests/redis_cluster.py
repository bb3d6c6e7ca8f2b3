"""A Redis Cluster of a test's own, whose slots can move and whose nodes can die."""

import asyncio
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.redis_server import BINARY, Process, free_port, skip_without_redis

SLOTS = 16384
MASTERS = 3
TIMEOUT = 60


class Node:
    """One server of the cluster."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.bus_port = free_port()
        self._folder = folder
        self._process: Process | None = None

    def start(self) -> None:
        """Start it, with what it knew of the cluster."""
        options = {
            "port": self.port,
            "cluster-port": self.bus_port,
            "bind": "127.0.0.1",
            "cluster-enabled": "yes",
            # Longer than a busy machine holds a node up, which is not to be taken for gone then.
            "cluster-node-timeout": 3000,
            "save": "",
            "dir": self._folder,
            "cluster-config-file": f"nodes-{self.port}.conf",
            # Also a replica that was never quite up to date may stand in.
            "cluster-replica-validity-factor": 0,
            "repl-diskless-sync-delay": 0,
        }
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self._process = Process(BINARY, *words)
        self._process.wait_for("eady to accept connections")

    def kill(self) -> None:
        """End it as the power does."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    async def run(self, *words: object) -> Any:
        """Return its answer to a command."""
        import redis.asyncio  # not installed in the core-only environment

        kind: Any = redis.asyncio.Redis
        async with kind(port=self.port, decode_responses=True) as client:
            return await client.execute_command(*words)

    async def id(self) -> str:
        """Return the name by which the cluster knows it."""
        return str(await self.run("CLUSTER", "MYID"))

    async def says(self, text: str, *question: str) -> None:
        """Wait until its answer has a text in it; a cluster settles by itself."""
        async with asyncio.timeout(TIMEOUT):
            while text not in str(await self.run(*question)):  # noqa: ASYNC110
                await asyncio.sleep(0.02)


class RedisCluster:
    """Three masters that share the slots, and a replica of the first."""

    def __init__(self, folder: Path) -> None:
        self.nodes = [Node(folder) for _ in range(MASTERS + 1)]
        self.masters, self.replica = self.nodes[:MASTERS], self.nodes[MASTERS]
        self._stack = ExitStack()

    @property
    def url(self) -> str:
        """Its address, by two of its nodes."""
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in self.masters[:2])
        return f"redis+cluster://{hosts}"

    def __enter__(self) -> Self:
        skip_without_redis()
        with ExitStack() as stack:
            for node in self.nodes:
                stack.callback(node.kill)
                node.start()
            asyncio.run(self._join())
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    async def owner(self, name: str) -> Node:
        """Return the master that has the slot of a name."""
        slot = await self.slot(name)
        for first, last, (_, port, *_), *_ in await self.masters[-1].run("CLUSTER", "SLOTS"):
            if first <= slot <= last:
                return next(node for node in self.nodes if node.port == port)
        raise LookupError(name)

    async def slot(self, name: str) -> int:
        """Return the slot of a name."""
        return int(await self.masters[-1].run("CLUSTER", "KEYSLOT", name))

    async def move(self, name: str, target: Node) -> None:
        """Move the slot of a name to another master, as redis-cli's reshard does."""
        source, slot = await self.owner(name), await self.slot(name)
        await target.run("CLUSTER", "SETSLOT", slot, "IMPORTING", await source.id())
        await source.run("CLUSTER", "SETSLOT", slot, "MIGRATING", await target.id())
        for node in (target, source, *self.masters):
            await node.run("CLUSTER", "SETSLOT", slot, "NODE", await target.id())

    async def _join(self) -> None:
        for number, node in enumerate(self.masters):
            first, last = number * SLOTS // MASTERS, (number + 1) * SLOTS // MASTERS - 1
            await node.run("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            await node.run("CLUSTER", "ADDSLOTSRANGE", first, last)
        for node in self.nodes[1:]:
            address = ("127.0.0.1", self.nodes[0].port, self.nodes[0].bus_port)
            await node.run("CLUSTER", "MEET", *address)
        for node in self.nodes:
            await node.says(f"cluster_known_nodes:{len(self.nodes)}", "CLUSTER", "INFO")
            await node.says("cluster_state:ok", "CLUSTER", "INFO")
        await self.replica.run("CLUSTER", "REPLICATE", await self.nodes[0].id())
        await self.replica.says("'master_link_status': 'up'", "INFO", "replication")
        for node in self.masters:
            await node.says("slave", "CLUSTER", "NODES")
