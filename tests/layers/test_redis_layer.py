"""The layer on Redis across event loops, processes and addresses, and what it refuses."""

import asyncio
import logging
import os
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import AsyncIterator
from functools import partial
from itertools import count
from typing import Any

import pytest

from chanx.core.errors import ConfigurationError, LayerUnavailable
from chanx.layers import Allowance, RedisLayer
from chanx.layers.redis.packing import pack
from tests.redis_server import RedisServer, free_port

TIMEOUT = 20
PREFIXES = map("layer{}".format, count())


@pytest.fixture
async def layer(shared_redis: RedisServer) -> AsyncIterator[RedisLayer]:
    layer = RedisLayer(shared_redis.url, prefix=next(PREFIXES))
    yield layer
    await layer.close()


async def received(layer: RedisLayer, channel: str) -> Any:
    async with asyncio.timeout(TIMEOUT):
        return (await layer.receive(channel))["type"]


async def test_two_event_loops_of_one_process_are_one_group(layer: RedisLayer) -> None:
    channel = await layer.new_channel()
    await layer.group_add("room", channel)
    joined, done = threading.Event(), threading.Event()
    elsewhere: list[str] = []

    async def other_loop() -> None:
        other = await layer.new_channel()
        elsewhere.append(other)
        await layer.group_add("room", other)
        joined.set()
        assert await received(layer, other) == "to all"
        assert await received(layer, other) == "to one"
        await layer.send(channel, {"type": "answer"})
        await layer.close()
        done.set()

    thread = threading.Thread(target=asyncio.run, args=(other_loop(),))
    thread.start()
    assert await asyncio.to_thread(joined.wait, TIMEOUT)
    await layer.group_send("room", {"type": "to all"})
    await layer.send(elsewhere[0], {"type": "to one"})
    assert [await received(layer, channel) for _ in range(2)] == ["to all", "answer"]
    assert await asyncio.to_thread(done.wait, TIMEOUT)
    thread.join()


async def test_a_message_whose_keys_are_numbers_arrives_as_it_was_sent(layer: RedisLayer) -> None:
    channel = await layer.new_channel()
    message: dict[str, Any] = {"type": "scores", "of": {1: "a", 2: "b"}}
    await layer.send(channel, message)
    async with asyncio.timeout(TIMEOUT):
        assert await layer.receive(channel) == message


async def test_leaving_a_large_group_copies_none_of_those_who_stay(layer: RedisLayer) -> None:
    channels = [await layer.new_channel() for _ in range(5000)]
    for channel in channels:
        await layer.group_add("room", channel)
    tracemalloc.start()
    try:
        await layer.group_discard("room", channels[0])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 50_000


async def test_whoever_knows_a_channel_can_make_it_join_and_leave(
    layer: RedisLayer, shared_redis: RedisServer
) -> None:
    channel = await layer.new_channel()
    elsewhere = RedisLayer(shared_redis.url, prefix=channel.partition(".")[0])
    await elsewhere.group_add("room", channel)
    async with asyncio.timeout(TIMEOUT):
        while not await _subscribers(shared_redis, f"{channel.partition('.')[0]}:0:{{room}}:live"):
            await layer.send(channel, {"type": "still waiting"})
            await layer.receive(channel)
    await layer.group_send("room", {"type": "joined"})
    assert await received(layer, channel) == "joined"
    await elsewhere.group_discard("room", channel)
    await elsewhere.send(channel, {"type": "after leaving"})
    assert await received(layer, channel) == "after leaving"
    await layer.group_send("room", {"type": "not for it"})
    await layer.send(channel, {"type": "last"})
    assert await received(layer, channel) == "last"


async def _subscribers(server: RedisServer, topic: str) -> int:
    async with server.client() as client:
        [(_, number)] = await client.pubsub_numsub(topic)
        return int(number)


async def test_a_loop_that_only_sends_leaves_nothing_open(
    layer: RedisLayer, shared_redis: RedisServer
) -> None:
    channel = await layer.new_channel()
    await layer.group_add("room", channel)

    def send() -> None:
        for _ in range(3):  # As async_to_sync does it: a loop for each call.
            asyncio.run(layer.group_send("room", {"type": "told"}))

    await asyncio.to_thread(send)
    assert [await received(layer, channel) for _ in range(3)] == ["told"] * 3


FORK = """
import asyncio, os, sys
from chanx.layers import RedisLayer

layer = RedisLayer(sys.argv[1], prefix=sys.argv[2])
layer.group_send_sync("room", {"type": "before the fork"})
children = []
for number in range(2):
    child = os.fork()
    if child == 0:
        layer.group_send_sync("room", {"type": "child"})
        asyncio.run(layer.group_send("room", {"type": "child's loop"}))
        os._exit(0)
    children.append(child)
for child in children:
    assert os.waitpid(child, 0)[1] == 0
layer.group_send_sync("room", {"type": "after the fork"})
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
async def test_processes_forked_after_the_import_send_like_any_other(
    layer: RedisLayer, shared_redis: RedisServer
) -> None:
    channel = await layer.new_channel()
    await layer.group_add("room", channel)
    command = [sys.executable, "-c", FORK, shared_redis.url, channel.partition(".")[0]]
    await asyncio.to_thread(subprocess.run, command, check=True, timeout=60)
    sent = [await received(layer, channel) for _ in range(6)]
    assert sent[0] == "before the fork"
    assert sent[-1] == "after the fork"
    assert sorted(sent[1:-1]) == ["child", "child", "child's loop", "child's loop"]


@pytest.mark.parametrize(
    "published",
    [
        b"",
        b"\xc1",
        b"not msgpack at all",
        pack([1, 2, 3]),
        pack(None),
        pack({1: 2}),
        pack(["send", 5, {"type": "x"}]),
        pack(["send", "c", None]),
        pack(["send", None]),
    ],
)
async def test_what_is_no_layer_message_is_logged_and_left(
    layer: RedisLayer,
    shared_redis: RedisServer,
    published: bytes,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, "chanx.layers")
    channel = await layer.new_channel()
    await layer.group_add("room", channel)
    prefix, _, address = channel.partition("!")[0].partition(".")
    async with shared_redis.client() as client:
        await client.publish(f"{prefix}:0:{{room}}:live", published)
        await client.publish(f"{prefix}:0:{{{prefix}.{address}}}:inbox", published)
    await layer.group_send("room", {"type": "told"})
    assert await received(layer, channel) == "told"
    await layer.send(channel, {"type": "told"})
    assert await received(layer, channel) == "told"
    assert [each.getMessage()[:36] for each in caplog.records] == [
        "Skipped what is not a layer message,"
    ] * 2


async def test_databases_of_one_server_are_apart(shared_redis: RedisServer) -> None:
    prefix = next(PREFIXES)
    layers = [RedisLayer(f"{shared_redis.url}?db={db}", prefix=prefix) for db in (1, 2)]
    channels = [await layer.new_channel() for layer in layers]
    for layer, channel in zip(layers, channels, strict=True):
        await layer.group_add("room", channel)
    for layer, name in zip(layers, ("one", "two"), strict=True):
        await layer.group_send("room", {"type": name})
        await layer.group_send("room", {"type": "last"})
    for layer, channel, name in zip(layers, channels, ("one", "two"), strict=True):
        assert [await received(layer, channel) for _ in range(2)] == [name, "last"]
        await layer.close()


async def test_a_process_that_ends_leaves_nothing_in_redis(redis_server: RedisServer) -> None:
    layer = RedisLayer(redis_server.url)
    for number in range(10):
        await layer.group_add(f"room {number}", await layer.new_channel())
    await layer.group_send("room 1", {"type": "told"})
    await layer.close()
    async with redis_server.client() as client:
        assert await client.pubsub_channels() == []
        assert await client.dbsize() == 0
        assert len(await client.client_list()) == 1


async def test_a_password_travels_with_the_url_and_never_into_a_text(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with redis_server.client() as client:
        await client.config_set("requirepass", "s3cret")
    path = redis_server.url.removeprefix("unix://")
    layer = RedisLayer(f"unix://:s3cret@{path}")
    channel = await layer.new_channel()
    await layer.group_add("room", channel)
    await asyncio.to_thread(layer.group_send_sync, "room", {"type": "told"})
    assert await received(layer, channel) == "told"
    redis_server.stop()
    with pytest.raises(LayerUnavailable) as raised:
        await asyncio.to_thread(layer.group_send_sync, "room", {"type": "told"})
    await layer.close()
    assert "s3cret" not in str(raised.value) + caplog.text


@pytest.mark.parametrize(
    ("arguments", "fix"),
    [
        ({"url": "http://localhost"}, "does not know the scheme of 'http://localhost'"),
        ({"url": "redis://localhost:port"}, "cannot read redis://localhost:port"),
        ({"url": "redis+sentinel://localhost"}, "names no service"),
        ({"url": "redis+sentinel://localhost/chat/first"}, "cannot read redis.sentinel"),
        ({"url": "redis+cluster://localhost:port"}, "cannot read redis.cluster"),
        ({"url": "redis+cluster://localhost/1"}, "has no databases"),
        ({"url": "redis://:pw@a", "hosts": ["redis://b"]}, "takes url or hosts, not both"),
        ({"hosts": "redis://a"}, "write a list of URLs"),
        ({"hosts": []}, "write a list of URLs"),
        ({"group_expiry": 60}, "a membership ends with its connection"),
        ({"symmetric_encryption_keys": ["x"]}, "rediss://"),
        ({"capcity": 60}, "there is no such argument"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_fix(arguments: dict[str, Any], fix: str) -> None:
    with pytest.raises(ConfigurationError, match=fix):
        RedisLayer(**arguments)


async def test_a_message_that_cannot_travel_is_refused_at_its_sender(layer: RedisLayer) -> None:
    for message in ({"type": object()}, {"type": 1 << 80}, {"type": "\ud800"}):
        with pytest.raises(ConfigurationError, match="cannot travel through Redis"):
            await layer.group_send("room", message)


def test_addresses_are_taken_as_a_django_project_writes_them(shared_redis: RedisServer) -> None:
    for hosts in (
        [("127.0.0.1", 6379)],
        ["redis://127.0.0.1:6379/3"],
        [{"address": shared_redis.url, "db": 3}],
        [{"host": "127.0.0.1", "port": 6379}],
    ):
        RedisLayer(hosts=hosts)


async def test_processes_take_tokens_from_one_bucket(shared_redis: RedisServer) -> None:
    prefix = next(PREFIXES)
    layers = [RedisLayer(shared_redis.url, prefix=prefix) for _ in range(2)]
    ada = partial(RedisLayer.take_tokens, name="ada", rate=0.01, burst=10)
    try:
        assert await ada(layers[0], count=6) == Allowance(6, 0)
        assert await ada(layers[1], count=6) == Allowance(4, 0)
        none = await ada(layers[0], count=6)
        assert none.granted == 0
        assert 90 < none.wait <= 100
        assert await ada(layers[0], count=6, unused=3) == Allowance(3, 0)
        other = await layers[1].take_tokens("bob", 20, rate=0.01, burst=10)
        assert other == Allowance(10, 0)
        # At once, however many ask: it is counted in one step.
        takes = [ada(layer, name="eve", count=3) for layer in layers * 5]
        assert sum(each.granted for each in await asyncio.gather(*takes)) == 10
    finally:
        for layer in layers:
            await layer.close()


async def test_a_bucket_fills_by_the_time_of_redis_and_is_forgotten_when_it_is_full(
    layer: RedisLayer, shared_redis: RedisServer
) -> None:
    for _ in range(2):
        # Full again after ten microseconds.
        assert await layer.take_tokens("grace", 10, rate=1e6, burst=10) == Allowance(10, 0)
    async with shared_redis.client() as client:
        [key] = [key for key in await client.keys("*tokens") if "grace" in str(key)]
        assert 0 < await client.pttl(key) <= 1001


async def test_tokens_of_a_redis_that_is_away_are_an_error(layer: RedisLayer) -> None:
    away = RedisLayer(f"redis://127.0.0.1:{free_port()}")
    with pytest.raises(LayerUnavailable, match="nothing was counted"):
        await away.take_tokens("ada", 1, rate=1, burst=1)
    await away.close()
