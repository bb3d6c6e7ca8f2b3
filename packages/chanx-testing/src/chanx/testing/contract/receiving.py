"""The contract of receiving from a layer that has a server, and that fails."""

import asyncio
import builtins
from typing import Any

import pytest

from chanx.core.events import BROADCAST, EVENT
from chanx.core.limits import Limits
from chanx.testing.contract.adapter import WatchedLayer
from chanx.testing.contract.client import settled
from chanx.testing.contract.messages import News
from chanx.testing.contract.server_layer import Reader, Room, ServerLayer, ServerLayerContract

GARBAGE: list[Any] = [
    *(None, True, 5, "text", b"\xff", ["chanx.broadcast"], {}, {"type": None}, {"type": ["x"]}),
    *({"type": kind} for kind in (BROADCAST, EVENT, b"chanx.broadcast", "foreign.event")),
    *({"type": BROADCAST, "text": text} for text in (None, 5, b"x", ["x"], {"a": 1}, "\ud800")),
    *({"type": EVENT, "action": action, "text": "{}"} for action in (None, 5, ["x"])),
    *({"type": EVENT, "action": "news", "text": text} for text in (None, 5, "no JSON", "\ud800")),
]
"""What may stand on a layer: of other software, of another release, or broken."""


class ReceivingContract(ServerLayerContract):
    async def test_a_receive_that_times_out_goes_on(self, server: ServerLayer) -> None:
        class TimeoutError(Exception):  # as redis-py's, which is none of Python's
            pass

        server.failures += [builtins.TimeoutError(), TimeoutError("reading")]
        async with self.client(Room) as client:
            await client.open()
            client.send(action="say", payload="x")
            assert (await client.message())["payload"] == "x"

    @pytest.mark.parametrize("envelope", GARBAGE, ids=repr)
    async def test_a_message_that_is_not_ours_is_logged_and_left(
        self, envelope: Any, server: ServerLayer, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with self.client(Reader) as client:
            await client.open()
            await settled()
            server.brought.append(envelope)
            await server.group_send("readers", {"type": "of nobody"})  # wakes the receiver
            await settled()
            await Reader.broadcast_event(News(payload="x"), ["readers"])
            assert await client.message() == {"action": "said", "payload": "x"}
        assert caplog.records

    @pytest.mark.parametrize(
        "error",
        [
            ValueError("garbage"),
            UnicodeDecodeError("utf-8", b"\xff", 0, 1, "garbage"),
            TypeError("garbage"),
            KeyError("type"),
        ],
        ids=repr,
    )
    async def test_a_message_that_the_layer_cannot_read_is_logged_and_left(
        self, error: Exception, server: ServerLayer, caplog: pytest.LogCaptureFixture
    ) -> None:
        client, _ = self.timed(Room)
        async with client:
            server.failures += [error] * 50
            await client.open()
            client.send(action="say", payload="x")
            assert (await client.message())["payload"] == "x"
        assert caplog.text.count("cannot read") == 50

    async def test_a_layer_that_can_read_nothing_has_failed(self, server: ServerLayer) -> None:
        client, clock = self.timed(Room)
        async with client:
            server.failures += [ValueError("of the layer itself")] * 100_000
            await client.open()
            for _ in range(100):
                await settled()
                clock.advance(1)
            assert await client.closed() == 4503

    async def test_after_an_outage_the_groups_are_joined_again(
        self, server: ServerLayer, caplog: pytest.LogCaptureFixture
    ) -> None:
        client, clock = self.timed(Room)
        async with client:
            server.failures += [ConnectionError("the server"), asyncio.CancelledError()]
            await client.open()
            await settled()
            (channel,) = server.members_of("room")
            await WatchedLayer.group_discard(server, "room", channel)
            for _ in range(2):
                clock.advance(1)
                await settled()
            client.send(action="say", payload="x")
            assert (await client.message())["payload"] == "x"
        assert caplog.text.count("The channel layer fails") == 1
        assert "Traceback" not in caplog.text
        assert server.left() == set()

    @pytest.mark.parametrize("again", [ConnectionError("again"), asyncio.CancelledError("again")])
    async def test_an_outage_goes_on_where_groups_cannot_be_joined_again(
        self, again: BaseException, server: ServerLayer
    ) -> None:
        add, failures = server.group_add, [again]

        async def fail_once(group: str, channel: str) -> None:
            if failures:
                raise failures.pop()
            await add(group, channel)

        client, clock = self.timed(Room)
        async with client:
            server.failures += [ConnectionError("the server")]
            await client.open()
            await settled()
            vars(server)["group_add"] = fail_once
            for _ in range(3):
                clock.advance(1)
                await settled()
            assert failures == []
            client.send(action="say", payload="x")
            assert (await client.message())["payload"] == "x"

    async def test_a_layer_that_fails_for_long_asks_the_clients_to_come_back(
        self, server: ServerLayer, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Patient(Room):
            limits = Limits(layer_timeout=30)

        client, clock = self.timed(Patient)
        async with client:
            server.failures += [ConnectionError("the server")] * 100
            await client.open()
            for _ in range(29):
                await settled()
                clock.advance(1)
            await settled()
            assert client.unseen == 0
            clock.advance(1)
            assert await client.closed() == 4503
        assert caplog.text.count("Traceback") == 1

    async def test_memberships_are_renewed_before_the_layer_forgets_them(
        self, server: ServerLayer
    ) -> None:
        vars(server)["group_expiry"] = 100
        client, clock = self.timed(Room)
        async with client:
            await client.open()
            await settled()
            for _ in range(3):
                (channel,) = server.members_of("room")
                await WatchedLayer.group_discard(server, "room", channel)
                clock.advance(51)
                await settled()
            client.send(action="say", payload="x")
            assert (await client.message())["payload"] == "x"
        assert server.left() == set()

    async def test_a_layer_that_swallows_a_cancellation_does_not_keep_the_connection(
        self, server: ServerLayer
    ) -> None:
        receive, codes = server.receive, list[int]()

        async def swallow(channel: str) -> Any:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return await receive(channel)

        vars(server)["receive"] = swallow

        class Noting(Room):
            async def disconnect(self, code: int) -> None:
                codes.append(code)

        async with self.client(Noting) as client:
            await client.open()
            await settled()
        assert (codes, server.left()) == ([1006], set())

    @pytest.mark.parametrize("call", ["receive", "group_discard", "group_add"])
    async def test_a_layer_that_never_answers_again_does_not_keep_the_connection(
        self, call: str, server: ServerLayer, caplog: pytest.LogCaptureFixture
    ) -> None:
        codes, stuck = list[int](), asyncio.Event()

        async def hang(*args: str) -> None:
            while not stuck.is_set():
                try:
                    await stuck.wait()
                except asyncio.CancelledError:
                    if call == "group_discard":
                        raise

        class Noting(Room):
            limits = Limits(close_timeout=0.05)

            async def disconnect(self, code: int) -> None:
                codes.append(code)

        vars(server)[call] = hang
        async with self.client(Noting) as client:
            await client.open()
            await settled()
            client.vanish()
            await client.ended()
            stuck.set()
            await settled()
        assert codes == [1006]
        if call != "group_add":
            assert f"channel_layer.{call} failed" in caplog.text
        await WatchedLayer.group_discard(server, "room", next(iter(server.members_of("room")), ""))


__all__ = ["ReceivingContract"]
