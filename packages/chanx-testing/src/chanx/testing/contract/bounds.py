"""What one client may cost the others and the server: time, memory and attention."""

import asyncio
import gc
import json
import weakref
from contextlib import AsyncExitStack
from typing import Literal

import pytest
from pydantic import BaseModel

from chanx.core.decorators import ws_handler
from chanx.core.limits import Limits, SlowClient
from chanx.core.observer import ConnectionFacts, DropReason, Observer
from chanx.messages import BaseMessage, PingMessage, PongMessage
from chanx.testing.contract.adapter import Consumer, Contract
from chanx.testing.contract.client import settled
from chanx.testing.contract.messages import Said, Say, Wait, Waited

BURST = 20_000
"""Frames that a client sends at once."""


class Talker(Consumer):
    @ws_handler
    async def say(self, message: Say) -> Said:
        return Said(payload=message.payload)

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()


class Square(BaseModel):
    """Something that is at one place at a time."""

    id: int
    at: int


class Moved(BaseMessage, coalesce="payload.id"):
    """Makes what was said of the same thing before obsolete."""

    action: Literal["moved"] = "moved"
    payload: Square


class Text(str):
    """A frame of which one can tell whether it is kept."""

    __slots__ = ("__weakref__",)


class BoundsContract(Contract):
    @pytest.mark.parametrize(
        "frame", ['{"action":"say"}', "no JSON", '{"action":"say","payload":[1,2,3]}']
    )
    @pytest.mark.parametrize("bursting", [1, 20])
    async def test_a_burst_lets_others_run(self, frame: str, bursting: int) -> None:
        async with AsyncExitStack() as stack:
            clients = [
                await stack.enter_async_context(self.client(Talker)) for _ in range(bursting + 1)
            ]
            for client in clients:
                await client.open()
            bystander, *others = clients
            for other in others:
                for _ in range(BURST // bursting):
                    other.send_text(frame)
            bystander.send(action="ping")
            assert await bystander.message() == {"action": "pong"}
            # The others had a few milliseconds a turn, all together.
            assert sum(other.unread for other in others) > BURST / 2

    async def test_a_client_that_floods_a_suspended_handler_lets_others_run(self) -> None:
        may_go_on = asyncio.Event()

        class Slow(Talker):
            limits = Limits(max_incoming_queue=2, stall_timeout=5)

            @ws_handler
            async def wait(self, message: Wait) -> None:
                await may_go_on.wait()

        flood, clock = self.timed(Slow)
        async with flood, self.client(Slow) as bystander:
            await flood.open()
            await bystander.open()
            for _ in range(4):
                flood.send(action="wait")
            await settled()
            clock.advance(5)
            await settled()
            for number in range(BURST):
                flood.send(action="wait", ref=number)
            bystander.send(action="ping")
            assert await bystander.message() == {"action": "pong"}
            assert flood.unread > BURST / 2
            may_go_on.set()

    async def test_reading_pauses_and_goes_on_while_a_handler_runs(self) -> None:
        handled: list[int] = []
        may_go_on = asyncio.Event()

        class Slow(Talker):
            limits = Limits(max_incoming_queue=4, stall_timeout=5)

            @ws_handler
            async def wait(self, message: Wait) -> Waited:
                await may_go_on.wait()
                handled.append(message.payload)
                return Waited(payload=message.payload)

        client, clock = self.timed(Slow)
        async with client:
            await client.open()
            for number in range(8):
                client.send(action="wait", payload=number, ref=number)
            client.send_text("no JSON")
            client.send_bytes(b"no text")
            await settled()
            assert (client.unread, client.unseen) == (10 - 1 - 4, 0)
            clock.advance(4.9)
            await settled()
            assert (client.unread, client.unseen) == (10 - 1 - 4, 0)
            clock.advance(0.2)
            left = await client.messages(5)
            assert [(each["payload"]["code"], each.get("ref")) for each in left] == [
                ("too_many_requests", ref) for ref in (5, 6, 7, None, None)
            ]
            may_go_on.set()
            taken = await client.messages(5)
            assert [each["ref"] for each in taken] == handled == [0, 1, 2, 3, 4]
            client.send(action="wait", payload=9, ref="again")
            assert (await client.message())["ref"] == "again"

    async def test_the_end_is_noticed_behind_more_frames_than_may_wait(self) -> None:
        ended: list[object] = []

        class Slow(Talker):
            limits = Limits(max_incoming_queue=4, stall_timeout=5)

            @ws_handler
            async def wait(self, message: Wait) -> None:
                try:
                    await asyncio.Event().wait()
                finally:
                    ended.append(message.payload)

            async def disconnect(self, code: int) -> None:
                ended.append(code)

        client, clock = self.timed(Slow)
        async with client:
            await client.open()
            for number in range(40):
                client.send(action="wait", payload=number)
            client.vanish(4321)
            await settled()
            assert ended == []
            clock.advance(5)
            await client.ended()
        assert ended == [0, 4321]

    async def test_frames_that_wait_are_bounded_in_bytes(self) -> None:
        may_go_on = asyncio.Event()

        class Slow(Talker):
            limits = Limits(max_incoming_bytes=100_000)

            @ws_handler
            async def say(self, message: Say) -> Said:
                await may_go_on.wait()
                return Said(payload=str(len(message.payload)))

        client, _ = self.timed(Slow)
        async with client:
            await client.open()
            for _ in range(10):
                client.send(action="say", payload="x" * 40_000)
            await settled()
            assert client.unread == 10 - 1 - 3
            may_go_on.set()
            assert len(await client.messages(10)) == 10

    async def test_a_frame_that_is_too_large_does_not_wait(self) -> None:
        may_go_on = asyncio.Event()

        class Slow(Talker):
            limits = Limits(max_message_size=1000)

            @ws_handler
            async def wait(self, message: Wait) -> None:
                await may_go_on.wait()

        async with self.client(Slow) as client:
            await client.open()
            client.send(action="wait")
            await settled()
            frame = Text(json.dumps({"action": "say", "payload": "x" * 1000}))
            kept = weakref.ref(frame)
            client.send_text(frame)
            del frame
            await settled()
            gc.collect()
            assert (client.unread, kept()) == (0, None)
            may_go_on.set()
            error = await client.message()
            assert error["payload"]["code"] == "too_large"
            assert await client.closed() == 4413

    async def test_a_client_that_reads_nothing_while_it_floods_ends(self) -> None:
        class Slow(Talker):
            limits = Limits(max_incoming_queue=4, stall_timeout=5)

            @ws_handler
            async def wait(self, message: Wait) -> None:
                await asyncio.Event().wait()

        client, clock = self.timed(Slow)
        async with client:
            await client.open()
            client.stall()
            for number in range(100):
                client.send(action="wait", payload=number)
            await settled()
            clock.advance(5)
            await client.is_stalled.wait()
            client.vanish()
            await client.ended()

    # What waits for a client that does not read

    async def test_replies_that_wait_are_bounded_in_bytes(self) -> None:
        codes: list[int] = []

        class Loud(Talker):
            limits = Limits(max_outgoing_bytes=300_000)

            @ws_handler(concurrent=True)
            async def wait(self, message: Wait) -> Said:
                await asyncio.sleep(0)
                return Said(payload="x" * 100_000)

            async def disconnect(self, code: int) -> None:
                codes.append(code)

        async with self.client(Loud) as client, self.client(Loud) as other:
            await client.open()
            await other.open()
            client.stall()
            for _ in range(10):
                client.send(action="wait")
            await client.is_stalled.wait()
            await settled()
            other.send(action="ping")
            assert await other.message() == {"action": "pong"}
            client.is_reading.set()
            event = await client.event()
            while event["type"] == "websocket.send":
                event = await client.event()
            assert event["code"] == 4509
            await client.ended()
        assert codes[0] == 4509

    async def test_replies_that_wait_for_each_other_come_in_their_order(self) -> None:
        class Loud(Talker):
            @ws_handler(concurrent=True)
            async def wait(self, message: Wait) -> Waited:
                return Waited(payload=message.payload)

        async with self.client(Loud) as client:
            await client.open()
            client.stall()
            for number in range(16):
                client.send(action="wait", payload=number)
            await client.is_stalled.wait()
            await settled()
            client.is_reading.set()
            got = [message["payload"] for message in await client.messages(16)]
        assert got == [*range(16)]

    async def test_a_reply_that_is_cancelled_while_it_waits_keeps_nobody(self) -> None:
        class Loud(Talker):
            @ws_handler(concurrent=True)
            async def wait(self, message: Wait) -> Waited | None:
                if message.payload % 2 == 0:
                    return Waited(payload=message.payload)
                sending = asyncio.create_task(self.send_message(Waited(payload=message.payload)))
                await asyncio.sleep(0)
                sending.cancel()
                await asyncio.wait([sending])
                return None

        async with self.client(Loud) as client:
            await client.open()
            client.stall()
            for number in range(10):
                client.send(action="wait", payload=number)
            await client.is_stalled.wait()
            await settled()
            client.is_reading.set()
            got = [message["payload"] for message in await client.messages(5)]
            client.send(action="ping")
            assert await client.message() == {"action": "pong"}
        assert got == [0, 2, 4, 6, 8]

    @pytest.mark.parametrize("policy", ["drop_oldest", "coalesce"])
    async def test_broadcasts_make_room_where_the_policy_is_so(self, policy: SlowClient) -> None:
        dropped: list[tuple[str, int]] = []

        class Noting(Observer):
            def __init__(self, facts: ConnectionFacts) -> None: ...

            def dropped(self, reason: DropReason, count: int) -> None:
                dropped.append((reason, count))

        class Board(Talker):
            groups = ("board",)
            limits = Limits(max_outgoing_queue=10, slow_client=policy)
            observers = (Noting,)

        class Player(Talker):
            @ws_handler
            async def wait(self, message: Wait) -> Waited:
                moved = Moved(payload=Square(id=message.payload % 5, at=message.payload))
                await self.broadcast_message(moved, ["board"])
                return Waited()

        async with self.client(Board) as ada, self.client(Player) as bob:
            await ada.open()
            await bob.open()
            ada.stall()
            for number in range(100):
                bob.send(action="wait", payload=number)
            assert len(await bob.messages(100)) == 100
            await ada.is_stalled.wait()
            ada.send(action="ping")
            await settled()
            ada.is_reading.set()
            got = await ada.messages(11 if policy == "drop_oldest" else 7)
        at = [message["payload"]["at"] for message in got if message["action"] == "moved"]
        assert {"action": "pong"} in got
        if policy == "drop_oldest":
            # The reply took the place of one more.
            assert at == [0, *range(91, 100)]
            assert dropped == [("oldest", 1)] * 90
        else:
            assert (at[0], sorted(at[1:])) == (0, [95, 96, 97, 98, 99])
            assert dropped == [("coalesced", 1)] * 94


__all__ = ["BURST", "BoundsContract"]
