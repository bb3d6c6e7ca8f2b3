"""Groups, broadcasts and typed events, and what becomes of a client that does not read."""

import asyncio
import json
import logging
import threading
from collections.abc import Sequence
from typing import Any, ClassVar

import pytest
from pydantic import field_serializer

from chanx.core.decorators import event_handler, ws_handler
from chanx.core.limits import Limits
from chanx.layers import get_layer
from chanx.messages import BaseMessage
from chanx.testing.contract.adapter import Consumer, Contract, WatchedLayer
from chanx.testing.contract.client import Client, settled
from chanx.testing.contract.messages import Fail, News, Said, Say, Wait


class Room(Consumer):
    groups: Sequence[str] = ("room",)

    @ws_handler
    async def say(self, message: Say) -> None:
        await self.broadcast_message(Said(payload=message.payload))

    @ws_handler
    async def wait(self, message: Wait) -> None:
        await asyncio.Event().wait()


class Reader(Consumer):
    groups: Sequence[str] = ("readers",)

    @event_handler
    async def news(self, event: News) -> Said:
        return Said(payload=event.payload)

    @event_handler
    async def fail(self, event: Fail) -> None:
        raise RuntimeError("secret of the server")


async def opened(*clients: Client) -> None:
    for client in clients:
        await client.open()
    await settled()


class EventsContract(Contract):
    async def test_a_broadcast_reaches_every_member_and_the_sender(self) -> None:
        async with self.client(Room) as ada, self.client(Room) as bob, self.client(Reader) as eve:
            await opened(ada, bob, eve)
            ada.send(action="say", payload="hello", ref="r")
            said = {"action": "said", "payload": "hello"}
            assert await bob.message() == said
            answers = await ada.messages(2)
            assert said in answers
            assert {"action": "complete", "ref": "r"} in answers
            assert eve.unseen == 0

    async def test_a_broadcast_may_leave_out_its_sender(self) -> None:
        class Quiet(Room):
            @ws_handler
            async def say(self, message: Say) -> None:
                await self.broadcast_message(Said(payload="others"), exclude_current=True)
                await self.send_message(Said(payload="self"))

        async with self.client(Quiet) as ada, self.client(Quiet) as bob:
            await opened(ada, bob)
            ada.send(action="say")
            assert (await bob.message())["payload"] == "others"
            assert (await ada.message())["payload"] == "self"
            await settled()
            assert (ada.unseen, bob.unseen) == (0, 0)

    async def test_groups_of_any_name_are_joined_and_left_at_any_time(self) -> None:
        names = ["", "room 1", "räume/1", "x" * 300, "chanx-1", "\ud800", "a!b"]

        class Moving(Consumer):
            async def connect(self) -> None:
                await self.join_group("lobby")
                await self.join_group("lobby")

            @ws_handler
            async def say(self, message: Say) -> None:
                if message.payload == "leave":
                    for name in names:
                        await self.leave_group(name)
                    await self.leave_group("never joined")
                else:
                    for name in names:
                        await self.join_group(name)
                await self.send_message(Said(payload=str(len(self.groups))))

            @ws_handler
            async def wait(self, message: Wait) -> None:
                for name in ("lobby", *names):
                    await self.broadcast_message(Said(payload="to all"), groups=[name])

        async with self.client(Moving) as ada, self.client(Moving) as bob:
            await opened(ada, bob)
            bob.send(action="say", payload="join")
            assert (await bob.message())["payload"] == str(len(names) + 1)
            ada.send(action="wait")
            await ada.message()
            await bob.messages(len(names) + 1)
            bob.send(action="say", payload="leave")
            assert (await bob.message())["payload"] == "1"
            ada.send(action="wait")
            await ada.message()
            await bob.message()
            await settled()
            assert (ada.unseen, bob.unseen) == (0, 0)

    async def test_extra_groups_are_merged_along_the_bases(self, layer: WatchedLayer) -> None:
        class Base(Consumer):
            groups: Sequence[str] = ("a",)
            extra_groups: ClassVar[Sequence[str]] = ("b",)

        class Derived(Base):
            extra_groups: ClassVar[Sequence[str]] = ("c", "b")

        async with self.client(Derived) as client:
            await opened(client)
            assert {name for name in "abc" if layer.members_of(name)} == set("abc")

    async def test_a_broadcast_is_encoded_once(self) -> None:
        encoded = 0

        class Counted(Said):
            @field_serializer("payload")
            def count(self, value: str) -> str:
                nonlocal encoded
                encoded += 1
                return value

        class Counter(Room):
            @ws_handler
            async def say(self, message: Say) -> None:
                await self.broadcast_message(Counted(payload="x"))

        async with self.client(Counter) as ada, self.client(Counter) as bob:
            await opened(ada, bob)
            ada.send(action="say")
            await ada.message()
            await bob.message()
        assert encoded == 1

    async def test_a_slow_handler_delays_no_event_and_no_broadcast(self) -> None:
        class Both(Room):
            groups: Sequence[str] = ("room", "readers")

            @event_handler
            async def news(self, event: News) -> Said:
                return Said(payload=event.payload)

        async with self.client(Both) as ada, self.client(Both) as bob:
            await opened(ada, bob)
            ada.send(action="wait")
            await settled()
            bob.send(action="say", payload="broadcast")
            await Both.broadcast_event(News(payload="event"), ["readers"])
            said = {message["payload"] for message in await ada.messages(2)}
            assert said == {"broadcast", "event"}
            await bob.messages(2)

    async def test_broadcasts_and_events_keep_their_order(self) -> None:
        class Both(Room):
            @event_handler
            async def news(self, event: News) -> Said:
                for _ in range(len(event.payload) % 3):
                    await asyncio.sleep(0)
                return Said(payload=event.payload)

            @ws_handler
            async def say(self, message: Say) -> None:
                for number in range(300):
                    if number % 3:
                        await self.broadcast_message(Said(payload=str(number)))
                    else:
                        await self.broadcast_event(News(payload=str(number)))

        async with self.client(Both) as ada, self.client(Both) as bob:
            await opened(ada, bob)
            ada.send(action="say")
            for client in (ada, bob):
                got = [int(message["payload"]) for message in await client.messages(300)]
                assert got == list(range(300))

    async def test_an_event_reaches_one_connection_by_its_channel(self) -> None:
        channels: list[str] = []

        class Named(Reader):
            async def post_authentication(self) -> None:
                channels.append(self.channel_name)

        async with self.client(Named) as ada, self.client(Named) as bob:
            await opened(ada, bob)
            await Named.send_event(News(payload="for ada"), channels[0])
            assert (await ada.message())["payload"] == "for ada"
            assert bob.unseen == 0

    async def test_events_come_from_threads_and_other_event_loops(self) -> None:
        channels: list[str] = []

        class Named(Reader):
            async def post_authentication(self) -> None:
                channels.append(self.channel_name)

        async with self.client(Named) as client:
            await opened(client)

            def publish() -> None:
                Named.broadcast_event_sync(News(payload="group"))
                Named.send_event_sync(News(payload="channel"), channels[0])
                asyncio.run(Named.broadcast_event(News(payload="loop"), ["readers"]))

            thread = threading.Thread(target=publish)
            thread.start()
            said = [message["payload"] for message in await client.messages(3)]
            assert said == ["group", "channel", "loop"]
            await asyncio.to_thread(thread.join)

    async def test_the_sync_twins_refuse_to_block_an_event_loop(self) -> None:
        with pytest.raises(RuntimeError):
            Reader.broadcast_event_sync(News())
        with pytest.raises(RuntimeError):
            Reader.send_event_sync(News(), "channel")

    async def test_events_to_forward_are_merged_along_the_bases_and_may_be_added_later(
        self,
    ) -> None:
        added: list[type[BaseMessage]] = [Said]

        class Newsy(Consumer):
            passthrough_events: ClassVar[Sequence[type[BaseMessage]]] = (News,)

        class Passing(Newsy):
            groups: Sequence[str] = ("readers",)
            passthrough_events: ClassVar[Sequence[type[BaseMessage]]] = added

        async with self.client(Passing) as ada:
            await opened(ada)
            added.append(Wait)
            async with self.client(Passing) as bob:
                await opened(bob)
                for event in (News(payload="x"), Said(payload="y"), Wait()):
                    await Passing.broadcast_event(event)
                for client, count in ((ada, 2), (bob, 3)):
                    actions = [message["action"] for message in await client.messages(count)]
                    assert actions == ["news", "said", "wait"][:count]

    async def test_an_event_may_go_to_the_client_as_it_is(self) -> None:
        class Passing(Consumer):
            groups: Sequence[str] = ("readers",)
            passthrough_events = (News,)

        class Camel(Passing):
            camelize = True
            discriminator_field = "kind"

        async with self.client(Passing) as ada, self.client(Camel) as bob:
            await opened(ada, bob)
            await Passing.broadcast_event(News(payload="x"))
            assert await ada.message() == {"action": "news", "payload": "x"}
            assert await bob.message() == {"kind": "news", "payload": "x"}

    async def test_a_failing_event_handler_is_logged_and_the_next_event_comes(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with self.client(Reader) as client:
            await opened(client)
            await Reader.broadcast_event(Fail())
            await Reader.broadcast_event(News(payload="next"))
            assert (await client.message())["payload"] == "next"
            assert client.unseen == 0
        assert caplog.text.count("Traceback") == 1
        assert "Reader.fail failed at 'fail'" in caplog.text

    async def test_an_event_without_a_handler_is_logged_and_left(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with self.client(Reader) as client:
            await opened(client)
            await Reader.broadcast_event(Wait())
            await Reader.broadcast_event(News(payload="next"))
            assert (await client.message())["payload"] == "next"
        assert "'wait'" in caplog.text

    @pytest.mark.parametrize(
        "envelope",
        [
            {},
            {"type": "chat.message"},
            {"type": "chanx.broadcast"},
            {"type": "chanx.event"},
            {"type": "chanx.event", "action": "news"},
            {"type": "chanx.event", "action": "news", "text": "{"},
            {"type": "chanx.event", "action": "pass", "text": "{"},
            {"type": "chanx.event", "action": ["news"], "text": "{}"},
            {"type": ["chanx.event"]},
        ],
        ids=str,
    )
    async def test_what_is_no_event_is_logged_and_stops_nobody(
        self, envelope: dict[str, Any], caplog: pytest.LogCaptureFixture
    ) -> None:
        class Both(Reader):
            groups: Sequence[str] = ("readers", "room")
            discriminator_field = "kind"
            passthrough_events = (Wait,)

        async with self.client(Both) as ada, self.client(Room) as bob:
            await opened(ada, bob)
            await get_layer().group_send("readers", envelope)
            await get_layer().group_send("room", envelope)
            bob.send(action="say", payload="x")
            assert (await ada.message())["payload"] == "x"
            assert (await bob.message())["payload"] == "x"
            await Both.broadcast_event(News(payload="next"), ["readers"])
            assert (await ada.message())["payload"] == "next"
        assert [record for record in caplog.records if record.levelno >= logging.WARNING]

    async def test_completion_signals_follow_messages_broadcasts_and_events(self) -> None:
        class Complete(Room):
            send_completion = True
            passthrough_events = (News,)

            @event_handler
            async def fail(self, event: Fail) -> Said:
                await self.send_message(Said(payload="by hand"))
                return Said(payload="returned")

        async with self.client(Complete) as client:
            await opened(client)
            client.send(action="say", ref=1)
            await settled()
            got = sorted(json.dumps(message) for message in await client.messages(3))
            assert got == [
                '{"action": "complete", "ref": 1}',
                '{"action": "group_complete"}',
                '{"action": "said", "payload": ""}',
            ]
            await Complete.broadcast_event(Fail())
            await Complete.broadcast_event(News())
            actions = [message["action"] for message in await client.messages(5)]
            assert actions == ["said", "said", "event_complete", "news", "event_complete"]

    async def test_concurrent_event_handlers_run_beside_each_other(self) -> None:
        may_go_on, is_waiting = asyncio.Event(), asyncio.Event()

        class Busy(Consumer):
            groups: Sequence[str] = ("readers",)

            @event_handler(concurrent=True)
            async def wait(self, event: Wait) -> Said:
                is_waiting.set()
                await may_go_on.wait()
                return Said(payload="late")

            @event_handler
            async def news(self, event: News) -> Said:
                return Said(payload="soon")

        async with self.client(Busy) as client:
            await opened(client)
            await Busy.broadcast_event(Wait())
            await Busy.broadcast_event(News())
            await is_waiting.wait()
            assert (await client.message())["payload"] == "soon"
            may_go_on.set()
            assert (await client.message())["payload"] == "late"

    async def test_a_client_that_does_not_read_is_closed_and_delays_nobody(
        self, layer: WatchedLayer
    ) -> None:
        codes: list[int] = []

        class Slow(Room):
            limits = Limits(max_outgoing_queue=10)

            async def disconnect(self, code: int) -> None:
                codes.append(code)

        async with self.client(Slow) as ada, self.client(Room) as bob:
            await opened(ada, bob)
            ada.stall()
            for number in range(20):
                bob.send(action="say", payload=str(number))
            got = [message["payload"] for message in await bob.messages(20)]
            assert got == [str(number) for number in range(20)]
            await ada.is_stalled.wait()
            ada.is_reading.set()
            event = await ada.event()
            while event["type"] == "websocket.send":
                event = await ada.event()
            assert event["code"] == 4509
            await ada.ended()
            assert codes == [4509]
            assert len(layer.members_of("room")) == 1

    async def test_a_client_that_never_reads_again_takes_no_part_any_more(
        self, layer: WatchedLayer
    ) -> None:
        is_over = asyncio.Event()

        class Slow(Room):
            limits = Limits(max_outgoing_queue=10, close_timeout=0.01)

            async def disconnect(self, code: int) -> None:
                is_over.set()

        async with self.client(Slow) as ada, self.client(Room) as bob:
            await opened(ada, bob)
            ada.stall()
            for number in range(20):
                bob.send(action="say", payload=str(number))
            await bob.messages(20)
            await is_over.wait()
            assert len(layer.members_of("room")) == 1

    async def test_a_client_that_is_gone_does_not_stop_a_broadcast(self) -> None:
        async with self.client(Room) as ada, self.client(Room) as bob, self.client(Room) as eve:
            await opened(ada, bob, eve)
            for number in range(50):
                eve.send(action="say", payload=str(number))
            ada.vanish()
            got = [message["payload"] for message in await bob.messages(50)]
            assert got == [str(number) for number in range(50)]
            await eve.messages(50)

    async def test_a_server_that_fails_for_one_client_does_not_stop_a_broadcast(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Broken(Client):
            async def _send(self, event: Any) -> None:
                if event["type"] == "websocket.send":
                    raise RuntimeError("Unexpected ASGI message 'websocket.send'")
                await super()._send(event)

        application = self.application(Room)
        async with (
            Broken(application, self.path) as ada,
            Client(application, self.path) as bob,
        ):
            await opened(ada, bob)
            for number in range(3):
                bob.send(action="say", payload=str(number))
                assert (await bob.message())["payload"] == str(number)

    async def test_a_layer_that_cannot_call_receivers_is_received_from(
        self, layer: WatchedLayer
    ) -> None:
        class Asked(WatchedLayer):
            subscribe: Any = None

        layer.__class__ = Asked
        async with self.client(Room) as ada, self.client(Reader) as bob:
            await opened(ada, bob)
            ada.send(action="say", payload="x")
            assert (await ada.message())["payload"] == "x"
            await Reader.broadcast_event(News(payload="y"))
            assert (await bob.message())["payload"] == "y"


__all__ = ["EventsContract"]
