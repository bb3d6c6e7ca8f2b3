"""The layer on a Redis Cluster: everywhere, while slots move, and when a node dies."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from chanx.core.errors import LayerUnavailable
from chanx.layers import ChannelLayer, RedisLayer
from chanx.testing.contract import ChannelLayerContract
from tests.nothing_lost import GROUP, check_that_nothing_is_lost_in_silence
from tests.redis_cluster import RedisCluster

TIMEOUT = 60
PREFIXES = map("cluster{}".format, itertools.count())


@pytest.fixture(scope="module")
def shared_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisCluster]:
    """A cluster whose nodes all live."""
    with RedisCluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
def own_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisCluster]:
    """A cluster for one test, which may kill nodes."""
    with RedisCluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


class TestRedisLayerOnCluster(ChannelLayerContract):
    @pytest.fixture(autouse=True)
    def server(self, shared_cluster: RedisCluster) -> None:
        self.url = shared_cluster.url

    def make_layer(self) -> ChannelLayer:
        return RedisLayer(self.url, prefix=next(PREFIXES))


Send = Callable[[str, Any], Awaitable[None]]


class Member:
    """A channel that is in groups, and what it is told."""

    def __init__(self, layer: RedisLayer) -> None:
        self.layer = layer
        self.received: asyncio.Queue[Any] = asyncio.Queue()
        self.gaps: asyncio.Queue[float] = asyncio.Queue()

    async def join(self, *groups: str) -> "Member":
        self.channel = await self.layer.new_channel()
        self.layer.subscribe(self.channel, self._receive, self.gaps.put_nowait)
        for group in groups:
            await self.layer.group_add(group, self.channel)
        return self

    def _receive(self, message: Any) -> bool:
        self.received.put_nowait(message["type"])
        return False

    async def hears(self, word: str) -> None:
        async with asyncio.timeout(TIMEOUT):
            assert await self.received.get() == word

    async def hears_in_the_end(
        self, send: Callable[[str, Any], Awaitable[None]], word: str
    ) -> None:
        """Hear what is sent to the room, again after each further gap: nothing else may be lost."""
        async with asyncio.timeout(TIMEOUT):
            while True:
                await send("room", {"type": word})
                gap = asyncio.create_task(self.gaps.get())
                heard = asyncio.create_task(self._until(word))
                await asyncio.wait({gap, heard}, return_when=asyncio.FIRST_COMPLETED)
                if heard.done():
                    gap.cancel()
                    return
                heard.cancel()

    async def _until(self, word: str) -> None:
        while await self.received.get() != word:
            pass

    async def gap(self) -> float:
        async with asyncio.timeout(TIMEOUT):
            return await self.gaps.get()


@pytest.fixture
async def layer(shared_cluster: RedisCluster) -> AsyncIterator[RedisLayer]:
    layer = RedisLayer(shared_cluster.url, prefix=next(PREFIXES))
    yield layer
    await layer.close()


def topic(channel: str, group: str) -> str:
    return f"{channel.partition('.')[0]}:0:{{{group}}}:live"


async def until_sent(send: Callable[[str, Any], Awaitable[None]], group: str, word: str) -> None:
    """Send once the cluster takes it."""
    async with asyncio.timeout(TIMEOUT):
        while True:
            try:
                return await send(group, {"type": word})
            except LayerUnavailable:
                await asyncio.sleep(0.02)


async def test_groups_are_spread_over_the_nodes_and_each_is_heard_on_its_own(
    layer: RedisLayer, shared_cluster: RedisCluster
) -> None:
    groups = [f"room{number}" for number in range(12)]
    member = await Member(layer).join(*groups)
    for group in groups:
        await layer.group_send(group, {"type": group})
        await member.hears(group)
        await asyncio.to_thread(layer.group_send_sync, group, {"type": f"by a thread: {group}"})
        await member.hears(f"by a thread: {group}")
    topics = {topic(member.channel, group) for group in groups}
    found: list[set[str]] = []
    for node in shared_cluster.masters:
        found.append({*await node.run("PUBSUB", "SHARDCHANNELS", "*:live")} & topics)
        assert await node.run("PUBSUB", "CHANNELS") == []
    assert all(found)
    assert sum(map(len, found)) == len(topics)


async def test_an_address_that_asks_for_texts_is_as_good_as_another(
    shared_cluster: RedisCluster,
) -> None:
    url = f"{shared_cluster.url}?decode_responses=true"
    layer = RedisLayer(url, prefix=next(PREFIXES), timeout=TIMEOUT)
    member = await Member(layer).join("room")
    await layer.group_send("room", {"type": "told"})
    await member.hears("told")
    await asyncio.to_thread(layer.group_send_sync, "room", {"type": "told by a thread"})
    await member.hears("told by a thread")
    await layer.close()


async def test_a_layer_that_ends_leaves_nothing_on_any_node(
    layer: RedisLayer, shared_cluster: RedisCluster
) -> None:
    member = await Member(layer).join(*[f"room{number}" for number in range(12)])
    prefix = member.channel.partition(".")[0]
    await layer.close()
    for node in shared_cluster.masters:
        assert await node.run("PUBSUB", "SHARDCHANNELS", f"{prefix}:*") == []
        assert await node.run("KEYS", f"*{prefix}*") == []


async def test_a_group_whose_slot_moves_is_heard_at_its_new_node(
    layer: RedisLayer, shared_cluster: RedisCluster
) -> None:
    member = await Member(layer).join("room", "other room")
    name = topic(member.channel, "room")
    await asyncio.to_thread(layer.group_send_sync, "room", {"type": "before"})
    await member.hears("before")

    async def by_a_thread(group: str, message: Any) -> None:
        await asyncio.to_thread(layer.group_send_sync, group, message)

    for number in range(4):  # There and back.
        source = await shared_cluster.owner(name)
        target = next(node for node in shared_cluster.masters if node is not source)
        await shared_cluster.move(name, target)
        assert await member.gap() >= 0
        await member.hears_in_the_end(layer.group_send, f"after {number}")
        await member.hears_in_the_end(by_a_thread, f"by a thread {number}")
        assert await source.run("PUBSUB", "SHARDCHANNELS", name) == []
    await layer.group_discard("room", member.channel)
    await layer.group_add("last", member.channel)
    for node in shared_cluster.masters:
        await node.says("[]", "PUBSUB", "SHARDCHANNELS", name)


async def test_a_join_and_a_send_that_come_to_the_old_node_find_the_new_one(
    layer: RedisLayer, shared_cluster: RedisCluster
) -> None:
    member = await Member(layer).join("here")  # Knows the slots as they are.
    await asyncio.to_thread(layer.group_send_sync, "hall", {"type": "to nobody"})
    name = topic(member.channel, "hall")
    source = await shared_cluster.owner(name)
    target = next(node for node in shared_cluster.masters if node is not source)
    await shared_cluster.move(name, target)
    await layer.group_add("hall", member.channel)
    await layer.group_send("hall", {"type": "told"})
    await member.hears("told")
    await asyncio.to_thread(layer.group_send_sync, "hall", {"type": "by a thread"})
    await member.hears("by a thread")


async def test_joins_while_a_slot_moves_leave_nothing_wanted_at_its_old_node(
    layer: RedisLayer, shared_cluster: RedisCluster
) -> None:
    member = await Member(layer).join("room")
    source = await shared_cluster.owner(topic(member.channel, "room"))
    number = 0
    while await shared_cluster.owner(topic(member.channel, f"hall{number}")) is not source:
        number += 1
    hall = f"hall{number}"
    name = topic(member.channel, hall)
    await layer.group_add(hall, member.channel)
    target = next(node for node in shared_cluster.masters if node is not source)
    moving = asyncio.create_task(shared_cluster.move(name, target))
    joins: list[asyncio.Task[None]] = []
    while member.gaps.empty():
        channel = await layer.new_channel()
        joins.append(asyncio.create_task(layer.group_add(hall, channel)))
        await asyncio.sleep(0)
    await moving
    await asyncio.gather(*joins)
    # Whatever it is asked for then, and does not have, would end the connection again and again.
    await source.run("CLIENT", "KILL", "TYPE", "pubsub")
    await member.hears_in_the_end(layer.group_send, "told")


async def test_when_a_node_dies_its_replica_takes_over_and_the_others_go_on(
    own_cluster: RedisCluster,
) -> None:
    layer = RedisLayer(own_cluster.url)
    dying = own_cluster.masters[0]
    groups: dict[bool, str] = {}
    for number in itertools.count():
        owner = await own_cluster.owner(f"chanx:0:{{room{number}}}:live")
        groups.setdefault(owner is dying, f"room{number}")
        if len(groups) == 2:
            break
    theirs, others = await Member(layer).join(groups[True]), await Member(layer).join(groups[False])
    dying.kill()
    with pytest.raises(LayerUnavailable, match="cannot be reached, nothing was sent"):
        await layer.group_send(groups[True], {"type": "lost"})
    await layer.group_send(groups[False], {"type": "told"})
    await others.hears("told")
    await until_sent(layer.group_send, groups[True], "maybe missed")
    assert await theirs.gap() > 0
    await until_sent(layer.group_send, groups[True], "told")
    async with asyncio.timeout(TIMEOUT):
        while await theirs.received.get() != "told":
            pass

    async def send(group: str, message: Any) -> None:
        await asyncio.to_thread(layer.group_send_sync, group, message)

    await until_sent(send, groups[True], "by a thread")  # The node that is asked may not know yet.
    await theirs.hears("by a thread")
    await own_cluster.replica.says("master", "ROLE")
    await layer.close()


async def test_a_node_that_comes_back_is_subscribed_again(
    layer: RedisLayer, shared_cluster: RedisCluster
) -> None:
    member = await Member(layer).join("room")
    owner = await shared_cluster.owner(topic(member.channel, "room"))
    owner.kill()
    owner.start()
    assert await member.gap() > 0
    await until_sent(layer.group_send, "room", "told")
    await member.hears("told")
    for node in shared_cluster.nodes:
        await node.says("cluster_state:ok", "CLUSTER", "INFO")


@pytest.mark.parametrize("how", ["a slot moves", "a node restarts"])
async def test_what_does_not_arrive_was_refused_or_is_told_of(
    own_cluster: RedisCluster, how: str
) -> None:
    name = f"chanx:0:{{{GROUP}}}:live"

    async def befall() -> None:
        owner = await own_cluster.owner(name)
        if how == "a slot moves":
            others = (node for node in own_cluster.masters if node is not owner)
            await own_cluster.move(name, next(others))
        else:
            owner.kill()
            await asyncio.to_thread(owner.start)

    await check_that_nothing_is_lost_in_silence(own_cluster.url, befall)


async def test_a_cluster_that_is_not_there_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    layer = RedisLayer("redis+cluster://127.0.0.1:1", timeout=2)
    with pytest.raises(LayerUnavailable, match="No node of the Redis Cluster"):
        await layer.group_add("room", await layer.new_channel())
    with pytest.raises(LayerUnavailable, match="cannot be reached"):
        await asyncio.to_thread(layer.group_send_sync, "room", {"type": "lost"})
    told = "No node of the Redis Cluster redis+cluster://127.0.0.1:1 answers"
    assert caplog.text.count(told) == 1
    await layer.close()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer as a node that has all slots, and is asked for nothing else."""
    port = writer.get_extra_info("sockname")[1]
    with suppress(ConnectionError):
        while line := await reader.readline():
            words = [await read_word(reader) for _ in range(int(line[1:]))]
            if words[0] == b"CLUSTER":
                node = f"*2\r\n$9\r\n127.0.0.1\r\n:{port}\r\n"
                writer.write(f"*1\r\n*3\r\n:0\r\n:16383\r\n{node}".encode())
            else:
                writer.write(b"+OK\r\n")
    writer.close()


async def read_word(reader: asyncio.StreamReader) -> bytes:
    size = int((await reader.readline())[1:])
    return (await reader.readexactly(size + 2))[:-2]


# redis-py drops a connection that is cancelled while it connects.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_layer_ends_at_whatever_it_is() -> None:
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as node:
        port = node.sockets[0].getsockname()[1]
        for steps in range(16):
            layer = RedisLayer(f"redis+cluster://127.0.0.1:{port}", timeout=TIMEOUT)
            joining = asyncio.create_task(layer.new_channel())
            for _ in range(steps):
                await asyncio.sleep(0)
            joining.cancel()
            await asyncio.wait([joining])
            async with asyncio.timeout(TIMEOUT):
                await layer.close()
