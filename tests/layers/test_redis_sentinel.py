"""The layer on Redis behind Sentinels, one of which calls another server to be the master."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from chanx.layers import LayerMessage, RedisLayer
from tests.redis_server import BINARY, Process, free_port, skip_without_redis

TIMEOUT = 30


class Sentinel:
    """A master, a replica of it, and a Sentinel that watches both."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        ports = [free_port() for _ in range(3)]
        of_master, of_replica, of_sentinel = map(str, ports)
        self.url = f"redis+sentinel://127.0.0.1:{of_sentinel}/chat/2"
        common = ("--bind", "127.0.0.1", "--save", "", "--dir", str(folder))
        # It would wait for five seconds, lest more replicas come.
        at_once = ("--repl-diskless-sync-delay", "0")
        self.master = Process(BINARY, "--port", of_master, *at_once, *common)
        stack.callback(self.master.kill)
        self.master.wait_for("Ready to accept connections")
        replica = Process(
            BINARY, "--port", of_replica, "--replicaof", "127.0.0.1", of_master, *common
        )
        stack.callback(replica.kill)
        replica.wait_for(" <-> REPLICA sync: Finished with success")
        settings = folder / "sentinel.conf"
        settings.write_text(
            f"bind 127.0.0.1\nport {of_sentinel}\ndir {folder}\n"
            f"sentinel monitor chat 127.0.0.1 {of_master} 1\n"
            # Longer than a busy machine holds a server up, which is not to be taken for gone then.
            "sentinel down-after-milliseconds chat 2000\nsentinel failover-timeout chat 3000\n"
        )
        sentinel = Process(BINARY, str(settings), "--sentinel")
        stack.callback(sentinel.kill)
        sentinel.wait_for("+slave slave")


@pytest.fixture
def sentinel(tmp_path: Path) -> Iterator[Sentinel]:
    skip_without_redis()
    with ExitStack() as stack:
        yield Sentinel(tmp_path, stack)


async def test_after_a_failover_messages_go_over_the_new_master(sentinel: Sentinel) -> None:
    layer = RedisLayer(sentinel.url)
    channel = await layer.new_channel()
    received: asyncio.Queue[str] = asyncio.Queue()
    gaps: asyncio.Queue[float] = asyncio.Queue()

    def receiver(message: LayerMessage) -> bool:
        received.put_nowait(message["type"])
        return False

    unsubscribe = layer.subscribe(channel, receiver, gaps.put_nowait)
    await layer.group_add("room", channel)
    async with asyncio.timeout(TIMEOUT):
        await layer.group_send("room", {"type": "before"})
        assert await received.get() == "before"
        sentinel.master.kill()
        assert await gaps.get() > 0
        await layer.group_send("room", {"type": "after"})
        assert await received.get() == "after"
        await asyncio.to_thread(layer.group_send_sync, "room", {"type": "by a thread"})
        assert await received.get() == "by a thread"
    await layer.group_discard("room", channel)
    unsubscribe()
    await layer.close()
