"""A connection and its channel layer: its channel, its groups, and what it does in an outage."""

import asyncio
import builtins
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ClassVar

import pytest

from chanx.core.authenticator import BaseAuthenticator
from chanx.core.decorators import event_handler, ws_handler
from chanx.core.errors import RefuseConnection
from chanx.core.events import BROADCAST, EVENT
from chanx.core.limits import Limits
from chanx.layers import get_layer
from chanx.testing.contract.adapter import Consumer, Contract, WatchedLayer
from chanx.testing.contract.client import Client, settled
from chanx.testing.contract.messages import Fail, News, Said, Say, Wait


class ServerLayer(WatchedLayer):
    """A layer that works as one with a server does.

    It subscribes for each channel, has to be asked for messages, ends a channel when a pending
    ``receive()`` is cancelled and not otherwise, and waits for its server in each call.
    """

    is_local = False
    subscribe: Any = None

    def __init__(self) -> None:
        super().__init__()
        self.made: int = 0
        self.subscribed: set[str] = set()
        self.calls: list[str] = []
        self.failures: list[BaseException] = []
        """What the next calls of ``receive`` raise."""
        self.brought: list[Any] = []
        """What the next calls of ``receive`` return, in place of what was sent."""
        self.may_answer: asyncio.Event = asyncio.Event()
        """Cleared: calls wait for the server."""
        self.may_answer.set()

    def left(self) -> set[str]:
        """Return the channels, and the groups with members, that are left."""
        return super().left() | self.subscribed

    async def new_channel(self) -> str:
        """Return the name of a new channel, once it is subscribed to."""
        channel = await super().new_channel()
        self.made += 1
        self.subscribed.add(channel)
        await self._answer()
        return channel

    async def receive(self, channel: str) -> Any:
        """Wait for the next message of a channel."""
        assert channel in self.subscribed, "A channel that has ended is received from."
        if self.failures:
            raise self.failures.pop(0)
        try:
            message = await super().receive(channel)
            return self.brought.pop(0) if self.brought else message
        except asyncio.CancelledError:
            self.subscribed.remove(channel)
            raise

    async def group_add(self, group: str, channel: str) -> None:
        """Make a channel a member of a group, at some time before the call ends."""
        assert channel in self.subscribed, "A channel that has ended joins a group."
        self.calls.append(f"add {group}")
        await self._answer()
        await super().group_add(group, channel)
        await asyncio.sleep(0)

    async def group_discard(self, group: str, channel: str) -> None:
        """Take a channel out of a group, at some time before the call ends."""
        self.calls.append(f"discard {group}")
        await self._answer()
        await super().group_discard(group, channel)
        await asyncio.sleep(0)

    async def _answer(self) -> None:
        await asyncio.sleep(0)
        await self.may_answer.wait()


class Nobody(BaseAuthenticator):
    """Lets nobody in."""

    async def authenticate(self, scope: Any) -> bool:
        return False


class Echo(Consumer):
    """Has nothing to do with the layer."""

    @ws_handler
    async def say(self, message: Say) -> Said:
        return Said(payload=message.payload)

    @ws_handler
    async def wait(self, message: Wait) -> None:
        await asyncio.Event().wait()


class Room(Echo):
    """Is in a group."""

    groups: Sequence[str] = ("room",)

    @ws_handler
    async def say(self, message: Say) -> None:  # type: ignore[override]
        await self.broadcast_message(Said(payload=message.payload))


class Reader(Consumer):
    """Takes events."""

    groups: Sequence[str] = ("readers",)

    @event_handler
    async def news(self, event: News) -> Said:
        return Said(payload=event.payload)


class Refused(Room):
    """Is refused by its authenticator."""

    authenticator_class: ClassVar[type[BaseAuthenticator] | None] = Nobody


class Refusing(Room):
    """Refuses."""

    async def connect(self) -> None:
        raise RefuseConnection(403)


class Broken(Room):
    """Fails before it accepts."""

    async def connect(self) -> None:
        raise LookupError("of the consumer")


class Addressed(Echo):
    """Reads its channel's name where it connects, through a method of its own."""

    addresses: ClassVar[list[str]] = []

    async def connect(self) -> None:
        self.note()
        if b"refuse" in self.scope["query_string"]:
            raise RefuseConnection(403)

    def note(self) -> None:
        self.addresses.append(self.channel_name)

    async def disconnect(self, code: int) -> None:
        self.addresses.remove(self.channel_name)


class Keen(Echo):
    """Joins a group before anything has let it in."""

    async def connect(self) -> None:
        await self.join_group("room")
        if b"refuse" in self.scope["query_string"]:
            raise RefuseConnection(403)


def address_of(consumer: Consumer) -> str:
    """Read the name where nobody who looks at the class sees it."""
    return consumer.channel_name


async def leaves(client: Client) -> None:
    """End as a client does."""
    await client.connect()
    await settled()


async def breaks(client: Client) -> None:
    """End as a server does that stops."""
    await client.connect()
    await settled()
    assert client.running is not None
    client.running.cancel()
    await asyncio.wait([client.running])
    client.running = asyncio.create_task(asyncio.sleep(0))


async def hurries(client: Client) -> None:
    """Be gone before the answer."""
    client.begin()
    client.vanish()


async def is_idle(client: Client) -> None:
    """Not even begin."""


ENDS = [leaves, breaks, hurries]

GARBAGE: list[Any] = [
    *(None, True, 5, "text", b"\xff", ["chanx.broadcast"], {}, {"type": None}, {"type": ["x"]}),
    *({"type": kind} for kind in (BROADCAST, EVENT, b"chanx.broadcast", "foreign.event")),
    *({"type": BROADCAST, "text": text} for text in (None, 5, b"x", ["x"], {"a": 1}, "\ud800")),
    *({"type": EVENT, "action": action, "text": "{}"} for action in (None, 5, ["x"])),
    *({"type": EVENT, "action": "news", "text": text} for text in (None, 5, "no JSON", "\ud800")),
]
"""What may stand on a layer: of other software, of another release, or broken."""


class LayersContract(Contract):
    layer_class: ClassVar[type[WatchedLayer]] = ServerLayer

    @pytest.fixture
    def server(self, layer: WatchedLayer) -> ServerLayer:
        """The test's layer."""
        assert isinstance(layer, ServerLayer)
        return layer

    # The channel

    @pytest.mark.parametrize("end", ENDS)
    @pytest.mark.parametrize("consumer", [Echo, Refused, Refusing, Broken])
    async def test_a_connection_that_needs_no_channel_makes_none(
        self,
        consumer: type[Consumer],
        end: Callable[[Client], Awaitable[None]],
        server: ServerLayer,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        async with self.client(consumer) as client:
            await end(client)
        assert (server.made, server.left()) == (0, set())

    @pytest.mark.parametrize("end", ENDS)
    @pytest.mark.parametrize("query", ["", "refuse"])
    @pytest.mark.parametrize("consumer", [Room, Reader, Addressed, Keen])
    async def test_a_channel_ends_with_its_connection_whatever_ends_that(
        self,
        consumer: type[Consumer],
        query: str,
        end: Callable[[Client], Awaitable[None]],
        server: ServerLayer,
    ) -> None:
        async with self.client(consumer, query=query) as client:
            await end(client)
        assert server.left() == set()
        assert server.made <= 1

    @pytest.mark.parametrize("consumer", [Room, Reader, Addressed, Keen])
    async def test_a_client_that_is_gone_while_the_layer_works_leaves_nothing(
        self, consumer: type[Consumer], server: ServerLayer
    ) -> None:
        for steps in range(12):
            server.may_answer.clear()
            async with self.client(consumer) as client:
                client.begin()
                for _ in range(steps):
                    server.may_answer.set()
                    await asyncio.sleep(0)
                    server.may_answer.clear()
                client.vanish()
                await settled()
                server.may_answer.set()
            assert server.left() == set()

    async def test_a_handler_may_read_the_channels_name_and_it_is_an_address(
        self, server: ServerLayer, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Named(Echo):
            @ws_handler
            async def fail(self, message: Fail) -> Said:
                return Said(payload=self.channel_name)

        async with self.client(Named) as client:
            await client.open()
            client.send(action="fail")
            channel = (await client.message())["payload"]
            broadcast = {"type": "chanx.broadcast", "action": "said", "text": '"for you"'}
            await get_layer().send(channel, broadcast)
            assert await client.text() == '"for you"'
        assert server.left() == set()

    async def test_a_name_that_only_other_code_reads_is_refused_with_the_way_out(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Hidden(Echo):
            @ws_handler
            async def fail(self, message: Fail) -> Said:
                return Said(payload=address_of(self))

        async with self.client(Hidden) as client:
            await client.open()
            client.send(action="fail")
            assert (await client.message())["payload"]["code"] == "handler_error"
        assert "Read it in a method of" in caplog.text

    @pytest.mark.parametrize("consumer", [Addressed, Reader])
    async def test_a_layer_that_makes_no_channel_asks_the_client_to_come_back(
        self, consumer: type[Consumer], server: ServerLayer, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def fail() -> str:
            raise ConnectionError("the layer")

        vars(server)["new_channel"] = fail
        async with self.client(consumer) as client:
            await client.open()
            while (event := await client.event())["type"] != "websocket.close":
                pass
            assert event["code"] == 4503
        assert caplog.text.count("Traceback") == 1

    # Joining and leaving

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
                loop = asyncio.get_running_loop()
                took: list[float] = []
                for count in (500, 4000):
                    began = loop.time()
                    for number in range(count):
                        await self.join_group(f"{count} {number}")
                    for number in range(count):
                        await self.leave_group(f"{count} {number}")
                    took.append((loop.time() - began) / count)
                return Said(payload=str(took[1] / took[0] < 4))

        async with self.client(Busy) as client:
            await client.open()
            client.send(action="fail")
            assert (await client.message())["payload"] == "True"

    # Receiving

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


__all__ = ["LayersContract", "ServerLayer"]
