"""Binary frames: one handler takes them, in order with the others, within the same bounds."""

import asyncio
from typing import Any

import pytest

from chanx.core.decorators import binary_handler, ws_handler
from chanx.core.errors import MessageError
from chanx.core.handler import Call
from chanx.core.limits import Limits
from chanx.core.observer import Observer
from chanx.messages import PingMessage, PongMessage
from chanx.testing.contract.adapter import Consumer, Contract
from chanx.testing.contract.client import Client, settled
from chanx.testing.contract.messages import Said


class Mirror(Consumer):
    @binary_handler(errors={"odd": "Its length is odd."})
    async def mirror(self, data: bytes) -> bytes | Said | None:
        if data == b"fail":
            raise RuntimeError("secret of the handler")
        if data == b"odd":
            raise MessageError("odd", "Its length is odd.")
        if data == b"text":
            return Said(payload="text")
        if data == b"wrong":
            return 5  # type: ignore[return-value]  # the mistake under test
        return data[::-1] if data else None

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()


async def data(client: Client) -> bytes:
    """Return the next binary frame."""
    event = await client.event()
    assert event["type"] == "websocket.send"
    assert event.get("text") is None
    frame: bytes = event["bytes"]
    return frame


class BinaryContract(Contract):
    async def test_a_binary_frame_reaches_its_handler_which_answers_in_bytes(self) -> None:
        async with self.client(Mirror) as client:
            await client.open()
            for frame in (b"abc", b"\x00\xff\xfe", b'{"action":"ping"}'):
                client.send_bytes(frame)
                assert await data(client) == frame[::-1]

    async def test_text_and_binary_frames_are_handled_in_one_order(self) -> None:
        class Slow(Mirror):
            @binary_handler
            async def mirror(self, data: bytes) -> bytes:
                for _ in range(3):
                    await asyncio.sleep(0)
                return data

        async with self.client(Slow) as client:
            await client.open()
            for number in range(20):
                client.send_bytes(b"%d" % number)
                client.send(action="ping", ref=number)
            for number in range(20):
                assert await data(client) == b"%d" % number
                assert (await client.message())["ref"] == number

    async def test_it_may_answer_with_a_message_or_with_nothing(self) -> None:
        async with self.client(Mirror) as client:
            await client.open()
            client.send_bytes(b"text")
            assert await client.message() == {"action": "said", "payload": "text"}
            client.send_bytes(b"")
            client.send(action="ping", ref="alive")
            assert (await client.message())["ref"] == "alive"

    @pytest.mark.parametrize(
        ("frame", "code", "failures"),
        [(b"fail", "handler_error", 1), (b"wrong", "handler_error", 1), (b"odd", "odd", 0)],
    )
    async def test_what_goes_wrong_is_told_and_the_socket_lives(
        self, frame: bytes, code: str, failures: int, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with self.client(Mirror) as client:
            await client.open()
            client.send_bytes(frame)
            error = await client.message()
            assert (error["payload"]["code"], error.get("ref")) == (code, None)
            assert "secret" not in str(error)
            client.send_bytes(b"ab")
            assert await data(client) == b"ba"
        logged = [record for record in caplog.records if record.levelname == "ERROR"]
        assert len(logged) == failures

    async def test_one_that_is_too_large_ends_the_connection_as_a_text_does(self) -> None:
        class Small(Mirror):
            limits = Limits(max_message_size=100)

        async with self.client(Small) as client:
            await client.open()
            client.send_bytes(b"a" * 100)
            assert await data(client) == b"a" * 100
            client.send_bytes(b"a" * 101)
            assert (await client.message())["payload"]["code"] == "too_large"
            assert await client.closed() == 4413

    async def test_frames_wait_within_the_bounds_while_a_handler_runs(self) -> None:
        may_go_on = asyncio.Event()

        class Small(Mirror):
            limits = Limits(max_message_size=1000, max_incoming_bytes=3000)

            @binary_handler
            async def mirror(self, data: bytes) -> None:
                await may_go_on.wait()

        async with self.client(Small) as client:
            await client.open()
            for _ in range(10):
                client.send_bytes(b"a" * 1000)
            await settled()
            assert 5 <= client.unread <= 7
            client.send_bytes(b"a" * 5000)  # of which nothing is kept
            may_go_on.set()
            assert (await client.message())["payload"]["code"] == "too_large"

    async def test_the_rate_counts_them(self) -> None:
        class Slow(Mirror):
            limits = Limits(max_messages_per_second=1e-6, max_burst=2)

        async with self.client(Slow) as client:
            await client.open()
            for _ in range(3):
                client.send_bytes(b"ab")
            assert [await data(client), await data(client)] == [b"ba", b"ba"]
            assert (await client.message())["payload"]["code"] == "too_many_requests"

    async def test_any_code_of_the_consumer_sends_them(self) -> None:
        class Sending(Mirror):
            async def connect(self) -> None:
                assert await self.send_bytes(b"early")

            async def post_authentication(self) -> None:
                assert await self.send_bytes(b"later")

        async with self.client(Sending) as client:
            await client.open()
            assert [await data(client), await data(client)] == [b"early", b"later"]

    async def test_what_is_not_bytes_is_not_sent(self) -> None:
        refused: list[Any] = []

        class Careless(Mirror):
            async def post_authentication(self) -> None:
                wrong: list[Any] = [3, "text", [1, 2]]
                for each in wrong:
                    try:
                        await self.send_bytes(each)
                    except TypeError:
                        refused.append(each)
                await self.send_bytes(b"last")

        async with self.client(Careless) as client:
            await client.open()
            assert await data(client) == b"last"
        assert refused == [3, "text", [1, 2]]

    async def test_they_are_held_until_the_handler_is_done_as_messages_are(self) -> None:
        class Patient(Mirror):
            send_message_immediately = False
            send_completion = True

            @ws_handler
            async def ping(self, message: PingMessage) -> PongMessage:
                await self.send_bytes(b"first")
                await settled()
                return PongMessage()

        async with self.client(Patient) as client:
            await client.open()
            client.send(action="ping", ref=1)
            await asyncio.sleep(0)
            assert client.unseen == 0
            assert await data(client) == b"first"
            assert [m["action"] for m in await client.messages(2)] == ["pong", "complete"]
            client.send_bytes(b"ab")
            assert await data(client) == b"ba"
            assert (await client.message())["action"] == "complete"

    async def test_nothing_is_held_for_a_connection_that_has_ended(self) -> None:
        sent: list[bool] = []

        class Closing(Consumer):
            send_message_immediately = False

            @ws_handler
            async def ping(self, message: PingMessage) -> None:
                await self.close()
                sent.append(await self.send_bytes(b"late"))
                sent.append(await self.send_message(PongMessage()))
                sent.append(await self.send_json({"action": "late"}))

        async with self.client(Closing) as client:
            await client.open()
            client.send(action="ping")
            assert await client.closed() == 1000
            await client.ended()
        assert sent == [False] * 3

    async def test_frames_take_turns_where_a_client_does_not_read(self) -> None:
        class Busy(Mirror):
            @binary_handler(concurrent=True)
            async def mirror(self, data: bytes) -> bytes:
                return data

        async with self.client(Busy) as client:
            await client.open()
            client.stall()
            for number in range(3):
                client.send_bytes(b"%d" % number)
            await client.is_stalled.wait()
            await settled()
            client.is_reading.set()
            assert {await data(client) for _ in range(3)} == {b"0", b"1", b"2"}

    async def test_what_stands_around_handlers_sees_them(self) -> None:
        seen: list[tuple[str, str, object, object]] = []

        class Seeing(Mirror):
            async def around(self, call: Call) -> None:
                await call()
                seen.append((call.kind, call.action, call.message, call.reply))

        async with self.client(Seeing) as client:
            await client.open()
            client.send_bytes(b"ab")
            assert await data(client) == b"ba"
        assert seen == [("binary", "mirror", b"ab", b"ba")]

    async def test_observers_are_told_of_them_by_the_handlers_name(self) -> None:
        told: list[tuple[Any, ...]] = []

        class Watching(Observer):
            def __init__(self, facts: object) -> None: ...

            def received(self, action: str | None, size: int, ref: str | int | None) -> None:
                told.append(("received", action, size))

            def handled(self, action: str | None, seconds: float, outcome: str, kind: str) -> None:
                told.append(("handled", action, outcome, kind))

            def sent(self, action: object, size: int, ref: str | int | None) -> None:
                told.append(("sent", action, size))

        class Observed(Mirror):
            observers = (Watching,)

        async with self.client(Observed) as client:
            await client.open()
            client.send_bytes("é".encode())
            await data(client)
            await settled()
        assert told == [
            ("received", "mirror", 2),
            ("sent", None, 2),
            ("handled", "mirror", "done", "binary"),
        ]


__all__ = ["BinaryContract", "Mirror"]
