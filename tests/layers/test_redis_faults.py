"""What the layer on Redis does while Redis is stopped, held up, restarted, or throws it out."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

import pytest
import redis

from chanx.core.errors import LayerUnavailable
from chanx.layers import RedisLayer
from chanx.layers.redis.layer import is_absence
from tests.redis_server import RedisServer

TIMEOUT = 20
SHORT = 2.0
"""The time-out of layers whose Redis is missed: longer than a busy machine holds a process."""


class Member:
    """A channel that is in groups, and what it is told."""

    def __init__(self, layer: RedisLayer) -> None:
        self.layer = layer
        self.received: asyncio.Queue[Any] = asyncio.Queue()
        self.gaps: asyncio.Queue[float] = asyncio.Queue()
        self.channel = ""

    async def join(self, *groups: str) -> "Member":
        self.channel = await self.layer.new_channel()
        self.layer.subscribe(self.channel, self.receive, self.gaps.put_nowait)
        for group in groups:
            await self.layer.group_add(group, self.channel)
        return self

    def receive(self, message: Any) -> bool:
        self.received.put_nowait(message)
        return False

    async def next(self) -> Any:
        async with asyncio.timeout(TIMEOUT):
            return await self.received.get()

    async def gap(self) -> float:
        async with asyncio.timeout(TIMEOUT):
            return await self.gaps.get()


class Middle:
    """Stands between a layer and its Redis, and may answer in its place.

    Args:
        server: The Redis.
        folder: Where its own socket is.
    """

    def __init__(self, server: RedisServer, folder: Path) -> None:
        self.is_sane = True
        self.is_pushing = False
        self.confused: asyncio.Queue[float] = asyncio.Queue()
        """When it answered in Redis's place, by the time of the loop."""
        self._server = server
        self._socket = folder / "middle.sock"
        self._writers: set[asyncio.StreamWriter] = set()
        self._stack = AsyncExitStack()

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(
            await asyncio.start_unix_server(self._serve, self._socket)
        )
        return self

    async def __aexit__(self, *error: object) -> None:
        self.cut()
        await self._stack.aclose()

    def cut(self) -> None:
        """End all connections."""
        for writer in self._writers:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, to_there = await asyncio.open_unix_connection(str(self._server.socket))
        own = {writer, to_there}
        self._writers |= own
        back = asyncio.create_task(self._pass(there, writer))
        while data := await self._read(reader):
            if b"SUBSCRIBE" in data and not self.is_sane:
                self.confused.put_nowait(asyncio.get_running_loop().time())
                writer.write(b":no number\r\n")
            elif b"PING" in data and self.is_pushing:
                self.confused.put_nowait(asyncio.get_running_loop().time())
                writer.write(b">3\r\n+MIGRATING\r\n:1\r\n:5\r\n")
            else:
                to_there.write(data)
        for each in own:
            each.close()
        await back
        self._writers -= own

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await self._read(reader):
            writer.write(data)
        writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        try:
            return await reader.read(65536)
        except ConnectionError:
            return b""


async def test_a_gap_reaches_back_to_the_first_failure_whatever_fails_after_it(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    now = asyncio.get_running_loop().time
    async with Middle(redis_server, tmp_path) as middle:
        layer = RedisLayer(middle.url)
        member = await Member(layer).join("room")
        begins: asyncio.Queue[float] = asyncio.Queue()
        layer.subscribe(
            member.channel,
            lambda message: False,
            lambda seconds: begins.put_nowait(now() - seconds),
        )
        middle.is_sane = False
        middle.cut()
        async with asyncio.timeout(TIMEOUT):
            tries = [await middle.confused.get() for _ in range(3)]
            middle.is_sane = True
            # Lost before it was tried for the first time to come back.
            assert await begins.get() < tries[0]
        await layer.close()


async def test_what_redis_says_by_itself_is_no_answer_to_how_far_it_has_come(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    now = asyncio.get_running_loop().time
    async with Middle(redis_server, tmp_path) as middle:
        layer = RedisLayer(f"{middle.url}?protocol=3", timeout=TIMEOUT, ping_interval=0.1)
        member = await Member(layer).join("room")
        begins: asyncio.Queue[float] = asyncio.Queue()
        layer.subscribe(
            member.channel, member.receive, lambda seconds: begins.put_nowait(now() - seconds)
        )
        middle.is_pushing = True
        began = now()
        async with asyncio.timeout(TIMEOUT):
            await middle.confused.get()
            # Comes behind it.
            await layer.group_send("room", {"type": "told"})
            await member.next()
            middle.cut()
            assert await begins.get() < began
        await layer.close()


@pytest.fixture
async def layer(redis_server: RedisServer) -> AsyncIterator[RedisLayer]:
    layer = RedisLayer(redis_server.url, timeout=TIMEOUT, ping_interval=0.2)
    yield layer
    await layer.close()


async def test_a_restart_is_reported_and_everything_is_subscribed_again(
    redis_server: RedisServer, layer: RedisLayer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "chanx.layers")
    members = [await Member(layer).join("room", f"hall {number}") for number in range(3)]
    for number in range(3):
        redis_server.kill()
        redis_server.start()
        assert [await member.gap() > 0 for member in members] == [True] * 3
        await layer.group_send("room", {"type": "n", "n": number})
        assert [(await member.next())["n"] for member in members] == [number] * 3
    await layer.group_send("hall 1", {"type": "hall"})
    assert (await members[1].next())["type"] == "hall"
    said = [record.getMessage() for record in caplog.records]
    assert [" is away " in line for line in said] == [True, False] * 3
    assert [" is back: " in line for line in said] == [False, True] * 3


async def test_sending_while_redis_is_away_raises_at_once(
    redis_server: RedisServer, layer: RedisLayer
) -> None:
    member = await Member(layer).join("room")
    redis_server.stop()
    with pytest.raises(LayerUnavailable, match="cannot be reached, nothing was sent"):
        await layer.group_send("room", {"type": "lost"})
    with pytest.raises(LayerUnavailable, match="cannot be reached, nothing was sent"):
        await layer.send(member.channel, {"type": "lost"})
    with pytest.raises(LayerUnavailable, match="cannot be reached, nothing was sent"):
        await asyncio.to_thread(layer.group_send_sync, "room", {"type": "lost"})
    with pytest.raises(LayerUnavailable, match="cannot be reached, nothing was sent"):
        await asyncio.to_thread(layer.send_sync, member.channel, {"type": "lost"})
    redis_server.start()
    await member.gap()
    await layer.group_send("room", {"type": "told"})
    await asyncio.to_thread(layer.group_send_sync, "room", {"type": "told by a thread"})
    assert [(await member.next())["type"] for _ in range(2)] == ["told", "told by a thread"]


async def test_sending_waits_for_redis_to_come_back_where_that_is_asked_for(
    redis_server: RedisServer,
) -> None:
    layer = RedisLayer(redis_server.url, wait=TIMEOUT)
    member = await Member(layer).join("room")
    redis_server.stop()
    sends = [
        asyncio.create_task(layer.group_send("room", {"type": "a"})),
        asyncio.create_task(asyncio.to_thread(layer.group_send_sync, "room", {"type": "b"})),
    ]
    _, waiting = await asyncio.wait(sends, timeout=0.1)
    assert len(waiting) == 2
    redis_server.start()
    await asyncio.gather(*sends)
    await member.gap()
    await layer.group_send("room", {"type": "c"})
    received = [(await member.next())["type"]]
    while received[-1] != "c":
        received.append((await member.next())["type"])
    await layer.close()


async def test_a_redis_that_does_not_answer_is_noticed_without_any_traffic(
    redis_server: RedisServer,
) -> None:
    layer = RedisLayer(redis_server.url, timeout=SHORT, ping_interval=0.1)
    member = await Member(layer).join("room")
    redis_server.hold()
    async with asyncio.timeout(TIMEOUT):
        await _until_unreachable(layer)
    redis_server.release()
    assert await member.gap() > SHORT
    await layer.group_send("room", {"type": "told"})
    while (await member.next())["type"] != "told":
        pass
    await layer.close()


async def _until_unreachable(layer: RedisLayer) -> None:
    while True:
        try:
            await layer.group_send("nobody", {"type": "x"})
        except LayerUnavailable as error:
            if "the last try to connect failed" in str(error):
                return


async def test_whoever_waits_for_a_connection_learns_in_time_that_redis_does_not_answer(
    redis_server: RedisServer,
) -> None:
    layer = RedisLayer(redis_server.url, timeout=SHORT)
    await Member(layer).join("room")
    redis_server.hold()
    began = asyncio.get_running_loop().time()
    sends = [layer.group_send("room", {"type": str(number)}) for number in range(800)]
    told = await asyncio.gather(*sends, return_exceptions=True)
    assert {type(each) for each in told} == {LayerUnavailable}
    # Far below what one after another would take: fifty times the connections' time-out.
    assert asyncio.get_running_loop().time() - began < TIMEOUT
    redis_server.release()
    await layer.close()


async def test_a_connection_to_send_over_that_redis_closed_meanwhile_fails_nobody(
    redis_server: RedisServer,
) -> None:
    layer = RedisLayer(redis_server.url, timeout=TIMEOUT)
    member = await Member(layer).join("room")
    async with redis_server.client() as admin:
        for number in range(3):
            await layer.group_send("room", {"type": str(number)})
            assert await member.next() == {"type": str(number)}
            # As its own `timeout` does to those that nobody uses; but for this one's.
            await admin.client_kill_filter(_type="normal", skipme=True)
            for _ in range(3):
                await admin.ping()
    assert member.gaps.empty()
    await layer.close()


async def test_a_send_that_is_cancelled_leaves_its_answer_to_nobody(
    redis_server: RedisServer,
) -> None:
    layer = RedisLayer(redis_server.url, timeout=TIMEOUT)
    await Member(layer).join("room")
    await layer.take_tokens("bucket", 0, rate=1, burst=5)
    for _ in range(20):
        sending = asyncio.create_task(layer.group_send("room", {"type": "cancelled"}))
        for _ in range(3):
            await asyncio.sleep(0)
        sending.cancel()
        allowance = await layer.take_tokens("bucket", 0, rate=1, burst=5)
        assert allowance.granted == 0
    await layer.close()


@pytest.mark.parametrize("protocol", [2, 3])
async def test_quiet_hours_close_nothing(redis_server: RedisServer, protocol: int) -> None:
    url = f"{redis_server.url}?protocol={protocol}"
    layer = RedisLayer(url, timeout=SHORT, ping_interval=0.02)
    member = await Member(layer).join("room")
    pings = 0
    async with redis_server.client() as client, client.monitor() as seen:
        async with asyncio.timeout(TIMEOUT):
            async for command in seen.listen():
                pings += command["command"] == "PING"
                if pings == 3:
                    break
    assert member.gaps.empty()
    await layer.group_send("room", {"type": "told"})
    assert (await member.next())["type"] == "told"
    await layer.close()


async def test_a_subscriber_that_redis_throws_out_subscribes_again_and_reports(
    redis_server: RedisServer, layer: RedisLayer
) -> None:
    member = await Member(layer).join("room")
    async with redis_server.client() as client:
        await client.client_kill_filter(_type="pubsub")
    assert await member.gap() >= 0
    await layer.group_send("room", {"type": "told"})
    assert (await member.next())["type"] == "told"


async def test_a_process_too_slow_for_redis_is_told_that_it_missed_messages(
    redis_server: RedisServer, layer: RedisLayer
) -> None:
    now = asyncio.get_running_loop().time
    member = await Member(layer).join("room")
    begins: asyncio.Queue[float] = asyncio.Queue()
    layer.subscribe(
        member.channel, member.receive, lambda seconds: begins.put_nowait(now() - seconds)
    )
    async with redis_server.client() as client:
        await client.config_set("client-output-buffer-limit", "pubsub 65536 0 0")
    # In the loop's own thread, so that nothing is read meanwhile. Each small enough for Valkey to
    # copy it: of larger ones it counts a reference only.
    sent: list[float] = []
    for _ in range(1000):
        sent.append(now())
        layer.group_send_sync("room", {"type": "large", "text": "x" * 4000})
    async with asyncio.timeout(TIMEOUT):
        began = await begins.get()
    await layer.group_send("room", {"type": "told"})
    came = 0
    while (await member.next())["type"] != "told":
        came += 1
    assert came < len(sent)
    assert began < sent[came]


async def test_redis_is_asked_how_far_it_has_come_where_messages_come(
    redis_server: RedisServer,
) -> None:
    layer = RedisLayer(redis_server.url, timeout=TIMEOUT, ping_interval=600)
    member = await Member(layer).join("room")
    async with redis_server.client() as client, client.monitor() as seen:
        commands: list[str] = []
        async with asyncio.timeout(TIMEOUT):
            for _ in range(20):
                await layer.group_send("room", {"type": "n"})
                await member.next()
            async for command in seen.listen():
                commands.append(command["command"].partition(" ")[0])
                if "PING" in commands and commands.count("PUBLISH") == 20:
                    break
    assert commands.count("PING") < 5  # one a second
    await layer.close()


async def test_a_join_that_redis_does_not_confirm_is_none(redis_server: RedisServer) -> None:
    layer = RedisLayer(redis_server.url, timeout=SHORT)
    member = await Member(layer).join("room")
    redis_server.stop()
    with pytest.raises(LayerUnavailable, match="did not confirm"):
        await layer.group_add("hall", member.channel)
    redis_server.start()
    await member.gap()
    await layer.group_send("hall", {"type": "not for it"})
    await layer.group_send("room", {"type": "told"})
    assert (await member.next())["type"] == "told"
    async with redis_server.client() as client:
        assert not [name for name in await client.pubsub_channels() if b"hall" in name]
    await layer.close()


async def _join_until_unavailable(layer: RedisLayer, channel: str) -> None:
    async with asyncio.timeout(TIMEOUT):
        while True:  # As long as nobody has noticed, there is nothing to confirm.
            await layer.group_add("room", channel)
            await asyncio.sleep(0)


async def test_a_member_that_joins_again_in_vain_stays_one(redis_server: RedisServer) -> None:
    layer = RedisLayer(redis_server.url, timeout=SHORT)
    member = await Member(layer).join("room")
    redis_server.stop()
    with pytest.raises(LayerUnavailable, match="did not confirm"):
        await _join_until_unavailable(layer, member.channel)
    redis_server.start()
    await member.gap()
    await layer.group_send("room", {"type": "told"})
    assert (await member.next())["type"] == "told"
    await layer.close()


async def test_a_restart_is_reported_though_groups_end_before_they_are_subscribed_again(
    redis_server: RedisServer, layer: RedisLayer
) -> None:
    member = await Member(layer).join("room")
    groups = [f"hall {number}" for number in range(3000)]
    await asyncio.gather(*(layer.group_add(group, member.channel) for group in groups))
    redis_server.kill()
    redis_server.start()
    async with asyncio.timeout(TIMEOUT):
        while member.gaps.empty():
            if groups:
                await layer.group_discard(groups.pop(), member.channel)
            await asyncio.sleep(0)
    assert await member.gap() > 0
    await layer.group_add("last", member.channel)  # Comes after all that was ended.


async def test_receivers_miss_nothing_while_others_come_and_go(redis_server: RedisServer) -> None:
    layer = RedisLayer(redis_server.url)
    steady = [await Member(layer).join("room") for _ in range(4)]

    async def churn() -> None:
        for _ in range(100):
            channel = await layer.new_channel()
            await layer.group_add("room", channel)
            await layer.group_add(f"own of {channel}", channel)
            await layer.group_discard("room", channel)
            await layer.group_discard(f"own of {channel}", channel)

    async def broadcast() -> None:
        for number in range(300):
            await layer.group_send("room", {"type": "n", "n": number})

    await asyncio.gather(broadcast(), *[churn() for _ in range(5)])
    for member in steady:
        assert [(await member.next())["n"] for _ in range(300)] == [*range(300)]
    async with redis_server.client() as client:
        await layer.group_add("last", steady[0].channel)  # Comes after all that was ended.
        names = await client.pubsub_channels()
    assert sorted(name.split(b":")[-1] for name in names) == [b"inbox", b"live", b"live"]
    await layer.close()


class Scripted:
    """What takes itself for Redis: its answers to the subscriptions of each connection."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = [*answers]
        self.asked_at = 0.0
        self.writers: list[asyncio.StreamWriter] = []
        self.tasks: list[asyncio.Task[Any] | None] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        self.tasks.append(asyncio.current_task())
        while count := (await reader.readline())[1:]:
            words: list[bytes] = []
            for _ in range(int(count)):
                await reader.readline()
                words.append((await reader.readline()).rstrip())
            answer = b"+OK\r\n"
            if words[0] == b"SUBSCRIBE":
                self.asked_at = asyncio.get_running_loop().time()
                answer = self.answers.pop(0).replace(b"TOPIC", words[1])
            writer.write(answer)
        writer.close()


async def test_a_gap_lasts_from_the_first_loss_whatever_fails_before_redis_is_back() -> None:
    confirmed = b"*3\r\n+subscribe\r\n+TOPIC\r\n:1\r\n"
    script = Scripted(confirmed, b"*1\r\n+subscribe\r\n", confirmed)
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    layer = RedisLayer(f"redis://127.0.0.1:{port}?protocol=2")
    member = await Member(layer).join()
    lost_at = asyncio.get_running_loop().time()
    for writer in script.writers:
        writer.close()
    assert await member.gap() >= script.asked_at - lost_at
    assert script.answers == []
    await layer.close()
    server.close()
    await asyncio.gather(*[task for task in script.tasks if task is not None])


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (redis.ConnectionError("gone"), True),
        (redis.TimeoutError("late"), True),
        (redis.RedisError("Buffer is closed."), True),  # as redis-py 5 says of one in its pool
        (OSError("refused"), True),
        (redis.ResponseError("NOPERM"), False),
        (redis.DataError("no text"), False),
    ],
    ids=repr,
)
def test_an_absence_is_told_from_an_error_of_the_caller(error: Exception, expected: bool) -> None:
    assert is_absence(error) is expected
