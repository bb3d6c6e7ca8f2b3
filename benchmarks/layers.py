"""Channel layers on Redis, beside a layer within the process and what Redis itself costs."""

import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final

from benchmarks.broadcast import Room, chanx_room
from benchmarks.candidates import channels, chanx
from benchmarks.payloads import SMALL
from benchmarks.plan import Plan
from benchmarks.report import (
    MICROSECONDS,
    PER_SECOND,
    Row,
    Target,
    absolute,
    bounded,
    relative,
)
from benchmarks.rounds import Samples, interleave
from chanx.layers import MemoryLayer, RedisLayer, register_layer
from tests.bound import BOUND

REDIS: Final = "RedisLayer"
MEMORY: Final = "MemoryLayer"
PUBSUB: Final = "channels_redis.pubsub"
CORE: Final = "channels_redis.core"
CHANNELS: Final = "channels' consumers on channels_redis.pubsub"
BARE: Final = "bare redis-py"
MESSAGE: Final = {"type": "chanx.broadcast", "action": "said", "text": "x" * 97, "exclude": None}

SLOWNESS: Final = {MEMORY: 1, REDIS: 1, PUBSUB: 20, CORE: 50, CHANNELS: 50}
"""By how many times fewer messages a layer is measured, for the run to end."""

FAN_OUT_TARGET: Final = Target(1.3)
ACROSS_TARGET: Final = Target(150e-6)
CHANNELS_TARGET: Final = Target(0.1)
SENDING_TARGET: Final = Target(5000, "at least")
SENDERS: Final = 10
GROUPS_TARGET: Final = Target(1.5)


@contextmanager
def _serving_redis() -> Generator[str]:
    if shutil.which("redis-server") is None:
        raise RuntimeError("the benchmark of layers needs redis-server on the PATH")
    with tempfile.TemporaryDirectory() as folder:
        socket = Path(folder) / "redis.sock"
        command = [*BOUND, "redis-server", "--port", "0", "--unixsocket", str(socket), "--save", ""]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout
            next(line for line in server.stdout if "ready to accept" in line.lower())
            try:
                yield f"unix://{socket}"
            finally:
                server.terminate()


class Members:
    """Channels of one layer that receive as consumers do, and count together what they get."""

    def __init__(self, layer: Any) -> None:
        self.layer = layer
        self._missing = 0
        self._complete: asyncio.Future[None] | None = None
        self._endings: list[Callable[[], object]] = []
        self._joined: list[tuple[str, str]] = []

    async def join(self, group: str, count: int) -> None:
        """Have so many new channels join a group."""
        for _ in range(count):
            channel = await self.layer.new_channel()
            if hasattr(self.layer, "subscribe"):
                self._endings.append(self.layer.subscribe(channel, self._received))
            else:
                self._endings.append(asyncio.create_task(self._receive(channel)).cancel)
            await self.layer.group_add(group, channel)
            self._joined.append((group, channel))

    async def send(self, group: str, count: int) -> None:
        """Send a message to a group, and wait until so many channels have it."""
        complete = self.expect(count)
        await self.layer.group_send(group, MESSAGE)
        await complete

    def expect(self, count: int) -> "asyncio.Future[None]":
        """Return what is done once so many further messages were received."""
        self._missing = count
        self._complete = asyncio.get_running_loop().create_future()
        return self._complete

    async def sends(self, groups: list[str], count: int, times: int) -> float:
        """Send to groups in turn; return the seconds for each message."""
        began = perf_counter()
        for number in range(times):
            await self.send(groups[number % len(groups)], count)
        return (perf_counter() - began) / times

    async def end(self) -> None:
        """Leave, and receive no more."""
        for group, channel in self._joined:
            await self.layer.group_discard(group, channel)
        for end in self._endings:
            end()
        await asyncio.sleep(0)

    def _received(self, message: Any) -> bool:
        self._missing -= 1
        if self._missing == 0 and self._complete is not None:
            self._complete.set_result(None)
        return False

    async def _receive(self, channel: str) -> None:
        while True:
            self._received(await self.layer.receive(channel))


@asynccontextmanager
async def _layers(url: str) -> AsyncGenerator[dict[str, Any]]:
    core: Any = import_module("channels_redis.core").RedisChannelLayer
    pubsub: Any = import_module("channels_redis.pubsub").RedisPubSubChannelLayer
    hosts = [{"address": url, "socket_timeout": None}]
    layers: dict[str, Any] = {
        MEMORY: MemoryLayer(),
        REDIS: RedisLayer(url),
        PUBSUB: pubsub(hosts=[url]),
        CORE: core(hosts=hosts, capacity=10_000),
    }
    yield layers
    await layers[REDIS].close()
    await layers[PUBSUB].flush()
    await layers[CORE].close_pools()


async def measure(plan: Plan) -> list[Row]:
    """Return the rows."""
    with _serving_redis() as url:
        async with _layers(url) as layers:
            return [
                *await _measure_fan_out(layers, plan),
                await _measure_groups(layers[REDIS], plan),
                await _measure_across(url, layers[REDIS], plan),
                await _measure_sending(layers[REDIS], plan),
            ]


async def _measure_fan_out(layers: dict[str, Any], plan: Plan) -> list[Row]:
    """Measure broadcasts of a consumer to the members of its process, each layer by itself."""
    size = plan.members[-1]
    message = chanx.ChatLine.model_validate_json(SMALL.frame())

    async def trial(name: str, clock: Callable[[], float] = perf_counter) -> float:
        room, sender = await chanx_room("room", size, partial(chanx.member, alias=name))
        broadcast = partial(sender.broadcast_message, message)
        await room.broadcasts(broadcast, 1)
        count = max(1, plan.layer_sends // SLOWNESS[name])
        cost = await room.broadcasts(broadcast, count, clock)
        await room.close()
        return cost

    async def trial_of_channels() -> float:
        room = Room(channels.member_on("pubsub", layers[PUBSUB]), size)
        await room.open()
        broadcast = partial(channels.broadcast, message, "pubsub")
        await room.broadcasts(broadcast, 1)
        cost = await room.broadcasts(broadcast, max(1, plan.layer_sends // SLOWNESS[CHANNELS]))
        await room.close()
        return cost

    for name, layer in layers.items():
        register_layer(name, layer)
    trials: dict[str, Callable[[], Awaitable[float]]] = {
        name: partial(trial, name) for name in layers
    }
    trials[CHANNELS] = trial_of_channels
    samples = Samples(await interleave(trials, rounds=plan.served_rounds))
    work = {name: partial(trial, name, process_time) for name in (MEMORY, REDIS)}
    worked = Samples(await interleave(work, rounds=plan.served_rounds))
    title = f"layer: broadcast to {size:,} members of a process"
    processor = f"{title}, processor time"
    of_chanx = samples.only(*layers)
    return [
        relative(processor, worked, MICROSECONDS, FAN_OUT_TARGET, name=REDIS, base=MEMORY),
        relative(title, of_chanx, MICROSECONDS, FAN_OUT_TARGET, name=REDIS, base=MEMORY),
        relative(
            f"{title}, beside channels",
            samples.only(REDIS, CHANNELS),
            MICROSECONDS,
            CHANNELS_TARGET,
            name=REDIS,
            base=CHANNELS,
        ),
    ]


async def _measure_groups(layer: Any, plan: Plan) -> Row:
    """Measure one group of ten, and a hundred of them in turn."""
    few, many = Members(layer), Members(layer)
    groups = [f"group{number}" for number in range(100)]
    await few.join("alone", 10)
    for group in groups:
        await many.join(group, 10)
    times = plan.layer_sends
    one, hundred = "in one group", "in 100 groups"
    trials: dict[str, Callable[[], Awaitable[float]]] = {
        one: partial(few.sends, ["alone"], 10, times),
        hundred: partial(many.sends, groups, 10, times),
    }
    samples = Samples(await interleave(trials, rounds=plan.served_rounds, warmups=1))
    await few.end()
    await many.end()
    title = "layer: broadcast to 10 channels, in 100 groups"
    return relative(title, samples, MICROSECONDS, GROUPS_TARGET, name=hundred, base=one)


async def _measure_across(url: str, layer: Any, plan: Plan) -> Row:
    """Measure one message to one channel, beside a publish and a read of redis-py itself."""
    room = Members(layer)
    await room.join("across", 1)
    kind: Any = import_module("redis.asyncio").Redis
    async with kind.from_url(url) as client, client.pubsub() as pubsub:
        await pubsub.subscribe("bare")
        await pubsub.get_message(timeout=None)

        async def bare(times: int) -> float:
            began = perf_counter()
            for _ in range(times):
                await client.publish("bare", b"x" * 160)
                await pubsub.get_message(timeout=None)
            return (perf_counter() - began) / times

        times = plan.layer_sends
        trials: dict[str, Callable[[], Awaitable[float]]] = {
            BARE: partial(bare, times),
            REDIS: partial(room.sends, ["across"], 1, times),
        }
        samples = Samples(await interleave(trials, rounds=plan.served_rounds * 3, warmups=1))
    await room.end()
    title = "layer: one message to one channel by Redis"
    return absolute(title, samples, MICROSECONDS, ACROSS_TARGET, name=REDIS, base=BARE)


async def _measure_sending(layer: Any, plan: Plan) -> Row:
    """Measure ten tasks that send as fast as they can, until a channel here has it all."""
    room = Members(layer)
    await room.join("busy", 1)
    count = plan.layer_sends * SENDERS

    async def send() -> None:
        for _ in range(count):
            await layer.group_send("busy", MESSAGE)

    async def trial() -> float:
        complete = room.expect(count * SENDERS)
        began = perf_counter()
        await asyncio.gather(*(send() for _ in range(SENDERS)))
        await complete
        return count * SENDERS / (perf_counter() - began)

    trials: dict[str, Callable[[], Awaitable[float]]] = {REDIS: trial}
    samples = Samples(await interleave(trials, rounds=plan.served_rounds, warmups=1))
    await room.end()
    title = "layer: messages that ten tasks send and a channel receives"
    return bounded(title, samples, PER_SECOND, SENDING_TARGET, name=REDIS)
