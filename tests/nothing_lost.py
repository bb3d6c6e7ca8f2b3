"""What does not arrive over a layer was refused, or its receivers are told, whatever befalls it."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from chanx.core.errors import LayerUnavailable
from chanx.layers import RedisLayer

TIMEOUT = 30
LAYERS = 2
GROUP = "room"
ROUNDS = 4
SENDS = 400
BEGINS = SENDS // 4
"""After how many messages something befalls Redis."""


class Member:
    """A channel in a group: the numbers that it gets, and how often it is told of a gap."""

    def __init__(self, layer: RedisLayer) -> None:
        self.layer = layer
        self.numbers: list[int] = []
        self.gaps = 0
        self.heard = asyncio.Event()

    async def join(self, group: str) -> "Member":
        self.channel = await self.layer.new_channel()
        self.layer.subscribe(self.channel, self._receive, self._missed)
        await self.layer.group_add(group, self.channel)
        return self

    def _receive(self, message: Any) -> bool:
        self.numbers.append(message["n"])
        self.heard.set()
        return False

    def _missed(self, seconds: float) -> None:
        self.gaps += 1
        self.heard.set()


async def check_that_nothing_is_lost_in_silence(
    url: str, befall: Callable[[], Awaitable[None]]
) -> None:
    """Send over two layers, from their event loop and from threads, while something befalls Redis.

    Args:
        url: Where Redis is.
        befall: Does it.
    """
    # Longer than a busy machine holds the process up: members join but once.
    layers = [RedisLayer(url, timeout=2.0, ping_interval=0.1) for _ in range(LAYERS)]
    members = [await Member(layer).join(GROUP) for layer in layers for _ in range(2)]
    numbers = count()
    sent: list[int] = []

    async def send(layer: RedisLayer) -> None:
        number = next(numbers)
        message = {"type": "n", "n": number}
        try:
            if number % 2:
                await layer.group_send(GROUP, message)
            else:
                await asyncio.to_thread(layer.group_send_sync, GROUP, message)
        except LayerUnavailable:
            await asyncio.sleep(0.001)
        else:
            sent.append(number)

    async def settled() -> int:
        """Send until every member hears again; return a number after all that were sent before."""
        async with asyncio.timeout(TIMEOUT):
            begin = next(numbers)
            while not all(member.numbers and member.numbers[-1] > begin for member in members):
                await send(layers[0])
        return begin

    for _ in range(ROUNDS):
        await settled()
        first = len(sent)
        gaps = [member.gaps for member in members]
        befalling: asyncio.Task[None] | None = None
        for number in range(SENDS):
            if number == BEGINS:
                befalling = asyncio.ensure_future(befall())
            await send(layers[number % 2])
        assert befalling is not None
        await befalling
        end = await settled()
        for member, before in zip(members, gaps, strict=True):
            if {each for each in sent[first:] if each < end} - {*member.numbers}:
                async with asyncio.timeout(TIMEOUT):
                    while member.gaps == before:
                        member.heard.clear()
                        await member.heard.wait()
            assert len(member.numbers) == len({*member.numbers})
            assert member.numbers == sorted(member.numbers)
    for layer in layers:
        await layer.close()
