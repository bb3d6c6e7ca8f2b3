"""The contract of joining and leaving groups on a layer that has a server."""

import asyncio
import time
from typing import Any

import pytest

from chanx.core.decorators import ws_handler
from chanx.core.limits import Limits
from chanx.testing.contract.client import settled
from chanx.testing.contract.messages import Fail, News, Said, Wait
from chanx.testing.contract.server_layer import Echo, ServerLayer, ServerLayerContract


class MembershipsContract(ServerLayerContract):
    async def test_joins_and_leaves_of_a_connection_happen_one_after_the_other(
        self, server: ServerLayer
    ) -> None:
        told: list[list[str]] = []

        class Moving(Echo):
            @ws_handler
            async def fail(self, message: Fail) -> Said:
                joins = (self.join_group("a"), self.join_group("a"), self.leave_group("a"))
                await asyncio.gather(*joins, self.join_group("a"), self.leave_group("b"))
                await asyncio.gather(self.leave_group("a"), self.join_group("a"))
                told.append([*self.groups])
                await asyncio.gather(self.join_group("b"), self.leave_group("a"))
                told.append([*self.groups])
                return Said()

        async with self.client(Moving) as client:
            await client.open()
            client.send(action="fail")
            await client.message()
            assert told == [["a"], ["b"]]
            assert server.groups() == {"b"}
            assert server.calls == [
                *("add a", "discard a", "add a"),
                *("discard a", "add a"),
                *("add b", "discard a"),
            ]
        assert server.left() == set()

    async def test_joining_returns_once_the_connection_is_in(self, server: ServerLayer) -> None:
        class Joining(Echo):
            @ws_handler(concurrent=True)
            async def fail(self, message: Fail) -> Said:
                await self.join_group("a")
                return Said(payload=str(len(server.members_of("a"))))

        async with self.client(Joining) as client:
            await client.open()
            server.may_answer.clear()
            client.send(action="fail")
            client.send(action="fail")
            await settled()
            assert client.unseen == 0
            server.may_answer.set()
            assert [message["payload"] for message in await client.messages(2)] == ["1", "1"]

    async def test_a_join_that_failed_is_tried_again_by_the_next(
        self, server: ServerLayer, caplog: pytest.LogCaptureFixture
    ) -> None:
        errors: list[Exception] = [ConnectionError("the layer")]
        add = server.group_add

        async def fail_once(group: str, channel: str) -> None:
            await add(group, channel)
            if errors:
                raise errors.pop()

        vars(server)["group_add"] = fail_once

        class Joining(Echo):
            @ws_handler
            async def fail(self, message: Fail) -> Said:
                await self.join_group("a")
                return Said(payload=",".join(self.groups))

        async with self.client(Joining) as client:
            await client.open()
            client.send(action="fail")
            assert (await client.message())["payload"]["code"] == "handler_error"
            client.send(action="fail")
            assert (await client.message())["payload"] == "a"
            assert server.calls == ["add a", "add a"]
        assert server.left() == set()

    async def test_a_join_that_was_cut_off_is_no_ghost(self, server: ServerLayer) -> None:
        class Hasty(Echo):
            @ws_handler
            async def fail(self, message: Fail) -> Said:
                joining = asyncio.create_task(self.join_group("a"))
                await settled()
                joining.cancel()
                server.may_answer.set()
                await self.leave_group("a")
                await asyncio.wait([joining])
                return Said(payload=f"{joining.cancelled()} {[*self.groups]}")

        async with self.client(Hasty) as client:
            await client.open()
            for _ in range(2):
                server.may_answer.clear()
                client.send(action="fail")
                assert (await client.message())["payload"] == "True []"
                assert server.groups() == frozenset()
        assert server.left() == set()

    async def test_many_rounds_of_joining_and_leaving_leave_nobody(
        self, server: ServerLayer
    ) -> None:
        class Restless(Echo):
            @ws_handler
            async def fail(self, message: Fail) -> None:
                await self.join_group("a")

            @ws_handler(concurrent=True)
            async def move(self, message: News) -> None:
                await asyncio.wait_for(self.leave_group("a"), 5)

        for _ in range(30):
            async with self.client(Restless) as client:
                await client.open()
                for action in ("fail", "news", "fail", "news"):
                    client.send(action=action)
                await asyncio.sleep(0)
        assert server.left() == set()

    async def test_what_channels_consumers_do_joins_and_leaves_as_well(
        self, server: ServerLayer
    ) -> None:
        seen: list[list[str]] = []

        class Old(Echo):
            async def connect(self) -> None:
                assert self.channel_layer is not None
                await self.channel_layer.group_add("räume/1", self.channel_name)
                self.groups.append("räume/1")  # type: ignore[attr-defined]

            async def disconnect(self, code: int) -> None:
                seen.append([*self.groups])

            @ws_handler
            async def fail(self, message: Fail) -> Said:
                assert self.channel_layer is not None
                await self.channel_layer.group_discard("räume/1", self.channel_name)
                return Said(payload=",".join(self.groups))

            @ws_handler
            async def wait(self, message: Wait) -> None:
                await self.broadcast_message(Said(payload="to all"))

        async with self.client(Old) as ada, self.client(Old) as bob:
            await ada.open()
            await bob.open()
            ada.send(action="wait")
            for client in (ada, bob):
                assert (await client.message())["payload"] == "to all"
            ada.send(action="fail")
            assert (await ada.message())["payload"] == ""
            bob.send(action="wait")
            assert (await bob.message())["payload"] == "to all"
            assert ada.unseen == 0
        assert sorted(seen) == [[], ["räume/1"]]
        assert server.left() == set()

    async def test_the_layer_of_a_consumer_is_the_layer(self, server: ServerLayer) -> None:
        class Asking(Echo):
            @ws_handler
            async def fail(self, message: Fail) -> Said:
                layer = self.channel_layer
                assert isinstance(layer, ServerLayer)
                assert layer == server
                assert hash(layer) == hash(server)
                assert repr(layer) == repr(server)
                assert layer.capacity == server.capacity
                channel = await layer.new_channel()
                await layer.group_add("räume/1", channel)
                await layer.group_send("räume/1", {"type": "letter"})
                received = [await layer.receive(channel)]
                await layer.send(channel, {"type": "parcel"})
                received.append(await layer.receive(channel))
                await layer.group_discard("räume/1", channel)
                server.subscribed.remove(channel)
                return Said(payload=" ".join(message["type"] for message in received))

        async with self.client(Asking) as client:
            await client.open()
            client.send(action="fail")
            assert (await client.message())["payload"] == "letter parcel"
        assert server.left() == set()

    async def test_groups_that_are_named_while_connecting_are_joined_each_once(
        self, server: ServerLayer
    ) -> None:
        class Naming(Echo):
            async def connect(self) -> None:
                self.groups = ["a", "b", "a"]
                await self.join_group("b")

            async def post_authentication(self) -> None:
                self.groups = [*self.groups, "c"]

            @ws_handler
            async def fail(self, message: Fail) -> Said:
                return Said(payload=",".join(self.groups))

        async with self.client(Naming) as client:
            await client.open()
            client.send(action="fail")
            assert (await client.message())["payload"] == "a,b,c"
            assert server.groups() == {"a", "b", "c"}

    async def test_groups_that_the_constructor_sets_are_joined(self, server: ServerLayer) -> None:
        class Made(Echo):
            def __init__(self) -> None:
                self.groups = ["of the instance"]

        async with self.client(Made) as client:
            await client.open()
            await settled()
            assert len(server.groups()) == 1

    @pytest.mark.parametrize("groups", ["room", [1]])
    async def test_groups_that_are_no_list_of_names_are_a_failure_of_the_server(
        self, groups: Any, server: ServerLayer, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Wrong(Echo):
            async def connect(self) -> None:
                self.groups = groups

        async with self.client(Wrong) as client:
            await client.open()
            assert (await client.message())["action"] == "error"
            assert await client.closed() == 4500
        assert repr(groups if isinstance(groups, str) else 1) in caplog.text
        assert server.made == 0

    async def test_many_groups_are_joined_in_time_that_grows_with_their_number(self) -> None:
        class Busy(Echo):
            limits = Limits(max_groups=4000)

            @ws_handler
            async def fail(self, message: Fail) -> Said:
                # The thread's own time, since the machine may be busy with something else.
                took: list[float] = []
                for count in (500, 4000):
                    began = time.thread_time()
                    for number in range(count):
                        await self.join_group(f"{count} {number}")
                    for number in range(count):
                        await self.leave_group(f"{count} {number}")
                    took.append((time.thread_time() - began) / count)
                return Said(payload=str(took[1] / took[0] < 4))

        async with self.client(Busy) as client:
            await client.open()
            client.send(action="fail")
            assert (await client.message())["payload"] == "True"


__all__ = ["MembershipsContract"]
