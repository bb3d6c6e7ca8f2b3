"""What every channel layer has to do."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from chanx.layers import ChannelLayer, ClosableLayer, CountingLayer, PushLayer, SyncLayer

MESSAGES: Final[list[dict[str, Any]]] = [
    {"type": "chanx.broadcast", "action": "said", "text": '{"a":"☃"}', "exclude": None},
    {"type": "nested", "list": [1, 2.5, True, None, "x"], "mapping": {"a": {"b": []}}},
    {"type": "large", "text": "x" * 200_000},
]


class ChannelLayerContract:
    """The tests of a channel layer; subclass it and override :meth:`make_layer`.

    They need a plugin for asynchronous tests: pytest-asyncio in its mode "auto", or a mark on the
    class.

    Attributes:
        timeout: Seconds in which a message arrives.

    Example:
        >>> from chanx.layers import MemoryLayer
        >>> class TestMyLayer(ChannelLayerContract):
        ...     def make_layer(self) -> ChannelLayer:
        ...         return MemoryLayer()
    """

    timeout: float = 10.0

    def make_layer(self) -> ChannelLayer:
        """Return a new layer; those of one test carry each other's messages if layers do that."""
        raise NotImplementedError

    @pytest.fixture
    async def layer(self) -> AsyncIterator[ChannelLayer]:
        """The layer of a test, which is closed at its end if it can be."""
        layer = self.make_layer()
        yield layer
        if isinstance(layer, ClosableLayer):
            await layer.close()

    async def received(self, layer: ChannelLayer, channel: str, count: int) -> list[Any]:
        """Return the next messages of a channel."""
        async with asyncio.timeout(self.timeout):
            return [await layer.receive(channel) for _ in range(count)]

    async def test_channels_have_names_that_every_layer_takes(self, layer: ChannelLayer) -> None:
        names = {await layer.new_channel() for _ in range(10)}
        assert len(names) == 10
        assert all(re.fullmatch(r"[A-Za-z0-9._!-]{1,99}", name) for name in names)

    @pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message["type"])
    async def test_a_message_arrives_as_it_was_sent(
        self, layer: ChannelLayer, message: dict[str, Any]
    ) -> None:
        channel = await layer.new_channel()
        await layer.group_add("room", channel)
        await layer.send(channel, message)
        await layer.group_send("room", message)
        received = await self.received(layer, channel, 2)
        await layer.group_discard("room", channel)
        # channels_redis.core adds a key of its own.
        assert [{key: each[key] for key in message} for each in received] == [message] * 2

    async def test_what_one_sender_sends_keeps_its_order(self, layer: ChannelLayer) -> None:
        channel = await layer.new_channel()
        await layer.group_add("room", channel)

        async def send(sender: int) -> None:
            for number in range(10):
                await layer.group_send("room", {"type": "n", "sender": sender, "n": number})

        await asyncio.gather(*map(send, range(5)))
        received = await self.received(layer, channel, 50)
        await layer.group_discard("room", channel)
        for sender in range(5):
            assert [each["n"] for each in received if each["sender"] == sender] == [*range(10)]

    async def test_each_member_of_a_group_gets_a_message_once(self, layer: ChannelLayer) -> None:
        channels = [await layer.new_channel() for _ in range(3)]
        for channel in channels:
            await layer.group_add("room", channel)
            await layer.group_add("room", channel)
        await layer.group_send("room", {"type": "one"})
        await layer.group_send("room", {"type": "two"})
        for channel in channels:
            received = await self.received(layer, channel, 2)
            assert [each["type"] for each in received] == ["one", "two"]
        for channel in channels:
            await layer.group_discard("room", channel)

    async def test_who_left_a_group_gets_nothing_more(self, layer: ChannelLayer) -> None:
        left, stays = await layer.new_channel(), await layer.new_channel()
        for channel in (left, stays):
            await layer.group_add("room", channel)
        await layer.group_discard("room", left)
        await layer.group_discard("room", left)
        await layer.group_send("room", {"type": "group"})
        await layer.send(left, {"type": "direct"})
        assert (await self.received(layer, stays, 1))[0]["type"] == "group"
        assert (await self.received(layer, left, 1))[0]["type"] == "direct"
        await layer.group_discard("room", stays)

    async def test_who_comes_back_to_a_group_gets_what_follows(self, layer: ChannelLayer) -> None:
        channel = await layer.new_channel()
        for number in range(20):
            await layer.group_add("room", channel)
            await layer.group_send("room", {"type": "n", "n": number})
            assert (await self.received(layer, channel, 1))[0]["n"] == number
            await layer.group_discard("room", channel)

    async def test_a_group_without_members_is_no_error(self, layer: ChannelLayer) -> None:
        await layer.group_send("nobody", {"type": "x"})

    async def test_a_layer_that_pushes_calls_receivers_in_order(self, layer: ChannelLayer) -> None:
        # What a layer need not be able to do is no failure; nothing is skipped, as there is nothing
        # to try.
        if not isinstance(layer, PushLayer):
            return
        channel = await layer.new_channel()
        received: asyncio.Queue[Any] = asyncio.Queue()

        def receiver(message: Any) -> bool:
            received.put_nowait(message["n"])
            return False

        unsubscribe = layer.subscribe(channel, receiver)
        await layer.group_add("room", channel)
        for number in range(100):
            await layer.group_send("room", {"type": "n", "n": number})
        async with asyncio.timeout(self.timeout):
            assert [await received.get() for _ in range(100)] == [*range(100)]
        await layer.group_discard("room", channel)
        unsubscribe()

    async def test_a_layer_that_counts_grants_what_there_is_and_no_more(
        self, layer: ChannelLayer
    ) -> None:
        if not isinstance(layer, CountingLayer):
            return
        takes = [layer.take_tokens("ada", 3, rate=0.01, burst=10) for _ in range(6)]
        assert sum(each.granted for each in await asyncio.gather(*takes)) == 10
        none = await layer.take_tokens("ada", 3, rate=0.01, burst=10)
        assert none.granted == 0
        assert 0 < none.wait <= 100
        back = await layer.take_tokens("ada", 3, rate=0.01, burst=10, unused=2)
        assert back.granted == 2
        assert (await layer.take_tokens("bob", 20, rate=0.01, burst=10)).granted == 10

    async def test_a_layer_that_can_sends_from_threads(self, layer: ChannelLayer) -> None:
        if not isinstance(layer, SyncLayer):
            return
        channel = await layer.new_channel()
        await layer.group_add("room", channel)
        waiting = asyncio.create_task(self.received(layer, channel, 2))
        await asyncio.to_thread(layer.group_send_sync, "room", {"type": "group"})
        await asyncio.to_thread(layer.send_sync, channel, {"type": "direct"})
        assert [each["type"] for each in await waiting] == ["group", "direct"]
        await layer.group_discard("room", channel)


__all__ = ["ChannelLayerContract"]
