"""What a client's frames get: order, refs, bounds, and errors that the socket survives."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from chanx.core.decorators import ws_handler
from chanx.core.errors import FrameError
from chanx.core.limits import Limits
from chanx.messages import BaseMessage, PingMessage, PongMessage
from chanx.testing.contract.adapter import Consumer, Contract
from chanx.testing.contract.client import Client, settled
from chanx.testing.contract.messages import Fail, Fragile, Order, Said, Say, Wait, Waited


class Talker(Consumer):
    @ws_handler
    async def say(self, message: Say) -> Said:
        return Said(payload=message.payload)

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()

    @ws_handler
    async def order(self, message: Order) -> None:
        await self.send_message(Said(payload=str(len(message.payload))))

    @ws_handler
    async def fragile(self, message: Fragile) -> None: ...

    @ws_handler
    async def fail(self, message: Fail) -> Said:
        if message.payload == "wrong":
            return PongMessage()  # type: ignore[return-value]  # the mistake under test
        if message.payload == "unencodable":
            return Said(payload="\ud800")
        if message.payload == "cancelled":
            raise asyncio.CancelledError
        raise RuntimeError("secret of the server")


async def assert_alive(client: Client) -> None:
    client.send(action="ping", ref="alive")
    assert await client.message() == {"action": "pong", "ref": "alive"}


BAD_FRAMES: list[tuple[str | bytes, str, object]] = [
    ("hello", "invalid_json", None),
    ("", "invalid_json", None),
    (" \n", "invalid_json", None),
    ("\ufeff{}", "invalid_json", None),
    ('{"action":"say","payload":"\ud800","ref":1}', "invalid_json", 1),
    (r'{"action":"say","payload":"\ud800","ref":1}', "invalid_json", 1),
    (r'{"action":"say","ref":"\ud800"}', "invalid_json", None),
    ('{"action":"say","payload":"a\tb","ref":1}', "invalid_json", 1),
    ('{"action":"fail","payload":NaN,"ref":1}', "invalid_json", 1),
    ('{"action":"fail","payload":-Infinity,"ref":1}', "invalid_json", 1),
    (f'{{"action":"fail","payload":{"9" * 5000},"ref":1}}', "validation_error", 1),
    (f'{{"action":"fail","ref":{"9" * 5000}}}', "validation_error", None),
    ("[" * 10_000, "too_deep", None),
    (f'{{"action":"fail","payload":{"[" * 250}{"]" * 250},"ref":1}}', "too_deep", 1),
    ('{"action":"say","action":"ping","ref":1}', "invalid_json", 1),
    ('{"action":"fail","payload":[{"a":{"b":1,"b":2}}],"ref":1}', "invalid_json", 1),
    ('["say"]', "validation_error", None),
    ("null", "validation_error", None),
    ('{"payload":"hello","ref":"r"}', "unknown_action", "r"),
    ('{"action":"shout","ref":"r"}', "unknown_action", "r"),
    ('{"action":{"say":1},"ref":"r"}', "unknown_action", "r"),
    ('{"action":"say","payload":5,"ref":"r"}', "validation_error", "r"),
    ('{"action":"say","ref":{}}', "validation_error", None),
    ('{"action":"say","ref":true}', "validation_error", None),
    ('{"action":"say","ref":1.5}', "validation_error", None),
]


class FramesContract(Contract):
    @pytest.mark.parametrize(("frame", "code", "ref"), BAD_FRAMES)
    async def test_a_bad_frame_gets_an_error_with_its_ref_and_the_socket_lives(
        self, frame: str, code: str, ref: Any
    ) -> None:
        async with self.client(Talker) as client:
            await client.open()
            client.send_text(frame)
            error = await client.message()
            assert (error["action"], error["payload"]["code"]) == ("error", code)
            assert error.get("ref") == ref
            assert isinstance(error["payload"]["detail"], str)
            await assert_alive(client)

    async def test_a_binary_frame_gets_an_error_and_the_socket_lives(self) -> None:
        async with self.client(Talker) as client:
            await client.open()
            client.send_bytes(b'{"action":"ping"}')
            assert (await client.message())["payload"]["code"] == "unsupported_data"
            await assert_alive(client)

    async def test_a_frame_that_is_too_large_gets_an_error_and_the_connection_ends(self) -> None:
        class Small(Talker):
            limits = Limits(max_message_size=100)

        async with self.client(Small) as client:
            await client.open()
            client.send(action="say", payload="é" * 50, ref="r")
            assert (await client.message())["payload"]["code"] == "too_large"
            assert await client.closed() == 4413

    async def test_a_lower_bound_on_depth_holds_and_the_ref_is_read(self) -> None:
        class Shallow(Talker):
            limits = Limits(max_depth=3)

        async with self.client(Shallow) as client:
            await client.open()
            client.send_text('{"action":"fail","payload":[[[]]],"ref":7}')
            error = await client.message()
            assert (error["payload"]["code"], error["ref"]) == ("too_deep", 7)
            client.send_text('{"action":"fail","payload":[[1]],"ref":8}')
            assert (await client.message())["payload"]["code"] == "handler_error"

    async def test_every_wrong_field_is_told_in_the_clients_spelling(self) -> None:
        class Camel(Talker):
            camelize = True
            discriminator_field = "type"

        async with self.client(Camel) as client:
            await client.open()
            client.send(type="order", payload=[{"itemName": "tea", "howMany": 1}, {"howMany": "x"}])
            error = await client.message()
            assert error["type"] == "error"
            found = {(*item["loc"],): item["type"] for item in error["payload"]["errors"]}
            assert found == {
                ("payload", 1, "itemName"): "missing",
                ("payload", 1, "howMany"): "int_parsing",
            }

    async def test_replies_errors_and_messages_of_a_request_carry_its_ref(self) -> None:
        class Chatty(Talker):
            send_completion = True

            @ws_handler
            async def wait(self, message: Wait) -> Waited:
                await self.send_message(Said(payload="directly"))
                task = asyncio.create_task(self.send_message(Said(payload="from a task")))
                await task
                return Waited()

        async with self.client(Chatty) as client:
            await client.open()
            for ref in ("a", 0, -5, 2**70, 'q"uote\\', "ü"):
                client.send(action="wait", ref=ref)
                got = await client.messages(4)
                assert [message["ref"] for message in got] == [ref] * 4
                assert [m["action"] for m in got] == ["said", "said", "waited", "complete"]
            client.send(action="fail", ref="f")
            assert [message["ref"] for message in await client.messages(2)] == ["f", "f"]
            client.send(action="nothing", ref="n")
            assert [message["ref"] for message in await client.messages(2)] == ["n", "n"]
            client.send(action="say")
            assert not any("ref" in message for message in await client.messages(2))

    @pytest.mark.parametrize("payload", ["wrong", "unencodable", "cancelled", "raise"])
    async def test_a_failing_handler_is_answered_and_logged_once_without_internals(
        self, payload: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with self.client(Talker) as client:
            await client.open()
            client.send(action="fail", payload=payload, ref="r")
            text = await client.text()
            error = json.loads(text)
            assert (error["payload"]["code"], error["ref"]) == ("handler_error", "r")
            assert "secret" not in text
            await assert_alive(client)
        (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
        assert record.name.startswith("chanx")
        assert record.exc_info is not None
        facts = vars(record)
        assert facts["action"] == "fail"
        assert facts["path"] == self.path
        assert "channel" in facts

    async def test_a_validator_that_fails_is_an_error_of_the_server(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with self.client(Talker) as client:
            await client.open()
            client.send(action="fragile", payload="unknown", ref="r")
            error = await client.message()
            assert (error["payload"]["code"], error["ref"]) == ("handler_error", "r")
            await assert_alive(client)
        assert caplog.text.count("Traceback") == 1

    async def test_error_hooks_may_answer_in_their_own_way(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Polite(Talker):
            async def handle_validation_error(self, error: FrameError) -> None:
                await self.send_message(Said(payload=error.code))

            async def handle_message_handler_error(
                self, error: BaseException, message: BaseMessage
            ) -> None:
                if isinstance(message, Fail) and message.payload == "hook":
                    raise RuntimeError("secret of the hook")
                await self.send_message(Said(payload=type(error).__name__))

        async with self.client(Polite) as client:
            await client.open()
            client.send_text("{")
            client.send(action="fail", ref=1)
            client.send(action="fail", payload="hook", ref=2)
            assert await client.messages(2) == [
                {"action": "said", "payload": "invalid_json"},
                {"action": "said", "payload": "RuntimeError", "ref": 1},
            ]
            assert (await client.message())["action"] == "error"
            await assert_alive(client)
        assert caplog.text.count("RuntimeError: secret of the hook") == 1

    async def test_the_default_answer_goes_out_where_an_error_hook_fails_itself(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Broken(Talker):
            send_message_immediately = False

            async def handle_validation_error(self, error: FrameError) -> None:
                raise RuntimeError("secret of the hook")

            async def handle_message_handler_error(
                self, error: BaseException, message: BaseMessage
            ) -> None:
                raise asyncio.CancelledError  # of something that the hook awaited

        async with self.client(Broken) as client:
            await client.open()
            client.send(action="nothing", ref=1)
            client.send(action="fail", ref=2)
            answers = await client.messages(2)
            await assert_alive(client)
        assert [(answer["payload"]["code"], answer["ref"]) for answer in answers] == [
            ("unknown_action", 1),
            ("handler_error", 2),
        ]
        assert "secret of the hook" not in str(answers)
        for hook in ("handle_validation_error", "handle_message_handler_error"):
            assert f"Broken.{hook} failed" in caplog.text

    async def test_frames_are_handled_one_at_a_time_in_the_order_of_their_arrival(self) -> None:
        live: list[int] = []

        class Careful(Talker):
            @ws_handler
            async def wait(self, message: Wait) -> Waited:
                live.append(message.payload)
                assert len(live) == 1
                for _ in range(message.payload % 3):
                    await asyncio.sleep(0)
                live.remove(message.payload)
                return Waited(payload=message.payload)

        async with self.client(Careful) as client:
            await client.open()
            for number in range(5000):
                client.send(action="wait", payload=number)
            got = [message["payload"] for message in await client.messages(5000)]
            assert got == list(range(5000))

    async def test_reading_pauses_while_a_handler_runs(self) -> None:
        may_go_on = asyncio.Event()

        class Careful(Talker):
            limits = Limits(max_incoming_queue=8)

            @ws_handler
            async def wait(self, message: Wait) -> Waited:
                await may_go_on.wait()
                return Waited(payload=message.payload)

        async with self.client(Careful) as client:
            await client.open()
            for number in range(5000):
                client.send(action="wait", payload=number)
            await settled()
            assert client.unread == 5000 - 1 - 8
            may_go_on.set()
            got = [message["payload"] for message in await client.messages(5000)]
            assert got == list(range(5000))

    async def test_concurrent_handlers_are_bounded_and_mix_no_refs(self) -> None:
        live = most = 0
        may_go_on = asyncio.Event()

        class Busy(Talker):
            limits = Limits(max_concurrent_handlers=5, max_incoming_queue=8)

            @ws_handler(concurrent=True)
            async def wait(self, message: Wait) -> Waited:
                nonlocal live, most
                live += 1
                most = max(most, live)
                if message.payload < 10:
                    await may_go_on.wait()
                await asyncio.sleep(0)
                await self.send_message(Said(payload=str(message.payload)))
                live -= 1
                return Waited(payload=message.payload)

        async with self.client(Busy) as client:
            await client.open()
            for number in range(5000):
                client.send(action="wait", payload=number, ref=number)
            await settled()
            assert live == 5
            assert client.unread == 5000 - 5 - 1 - 8
            may_go_on.set()
            got = await client.messages(10_000)
            assert most == 5
            assert all(int(message["payload"]) == message["ref"] for message in got)
            assert sorted(message["ref"] for message in got) == sorted([*range(5000)] * 2)

    async def test_a_concurrent_handler_lets_later_frames_pass(self) -> None:
        may_go_on = asyncio.Event()

        class Busy(Talker):
            @ws_handler(concurrent=True)
            async def wait(self, message: Wait) -> Waited:
                await may_go_on.wait()
                return Waited(payload=message.payload)

        async with self.client(Busy) as client:
            await client.open()
            client.send(action="wait", payload=1)
            client.send(action="say", payload="meanwhile")
            assert (await client.message())["payload"] == "meanwhile"
            may_go_on.set()
            assert (await client.message())["payload"] == 1

    async def test_a_streaming_handler_sends_its_replies_as_it_yields_them(self) -> None:
        may_go_on = asyncio.Event()

        class Streaming(Talker):
            send_completion = True

            @ws_handler
            async def wait(self, message: Wait) -> AsyncIterator[Waited]:
                for number in range(message.payload):
                    yield Waited(payload=number)
                await may_go_on.wait()
                yield Waited(payload=-1)

        async with self.client(Streaming) as client:
            await client.open()
            client.send(action="wait", payload=3, ref="s")
            client.send(action="say", ref="next")
            assert [m["payload"] for m in await client.messages(3)] == [0, 1, 2]
            may_go_on.set()
            rest = [(m["action"], m["ref"]) for m in await client.messages(4)]
            assert rest == [
                ("waited", "s"),
                ("complete", "s"),
                ("said", "next"),
                ("complete", "next"),
            ]

    async def test_an_error_in_the_middle_of_a_stream_ends_it(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Streaming(Talker):
            @ws_handler
            async def wait(self, message: Wait) -> AsyncIterator[Waited]:
                yield Waited(payload=0)
                if message.payload:
                    yield PongMessage()  # type: ignore[misc]  # the mistake under test
                raise RuntimeError("secret of the server")

        async with self.client(Streaming) as client:
            await client.open()
            for payload in (0, 1):
                client.send(action="wait", payload=payload, ref="s")
                first, error = await client.messages(2)
                assert (first["payload"], error["payload"]["code"]) == (0, "handler_error")
            await assert_alive(client)
        assert caplog.text.count("Traceback") == 2

    async def test_messages_may_be_held_until_the_handler_is_done(self) -> None:
        may_go_on, is_waiting = asyncio.Event(), asyncio.Event()

        class Patient(Talker):
            send_message_immediately = False
            send_completion = True

            @ws_handler
            async def wait(self, message: Wait) -> Waited:
                assert await self.send_message(Said(payload="first"))
                await self.send_json({"action": "plain"})
                is_waiting.set()
                await may_go_on.wait()
                if message.payload:
                    raise RuntimeError
                return Waited()

        async with self.client(Patient) as client:
            await client.open()
            for payload, last in ((0, "waited"), (1, "error")):
                client.send(action="wait", payload=payload, ref="r")
                await is_waiting.wait()
                await settled()
                assert client.unseen == 0
                may_go_on.set()
                actions = [message["action"] for message in await client.messages(4)]
                assert actions == ["said", "plain", last, "complete"]
                is_waiting.clear()
                may_go_on.clear()

    async def test_a_client_that_sends_too_fast_is_told(self) -> None:
        class Guarded(Talker):
            limits = Limits(max_messages_per_second=1e-6, max_burst=3)

        async with self.client(Guarded) as client:
            await client.open()
            for number in range(3):
                client.send(action="say", ref=number)
            client.send(action="say", ref="late")
            client.send_bytes(b"flood")
            assert [m["action"] for m in await client.messages(3)] == ["said"] * 3
            error = await client.message()
            assert (error["payload"]["code"], error["ref"]) == ("too_many_requests", "late")
            assert (await client.message())["payload"]["code"] == "too_many_requests"

    async def test_a_frame_that_is_too_large_ends_the_connection_of_one_that_sends_too_fast(
        self,
    ) -> None:
        class Guarded(Talker):
            limits = Limits(max_messages_per_second=1e-6, max_burst=1, max_message_size=100)

        async with self.client(Guarded) as client:
            await client.open()
            client.send(action="say", ref=1)
            client.send(action="say", payload="x" * 101, ref=2)
            assert (await client.message())["action"] == "said"
            error = await client.message()
            assert error["payload"]["code"] == "too_large"
            assert "ref" not in error  # which would take to read all of it
            assert await client.closed() == 4413

    async def test_no_completion_is_sent_unless_asked_for(self) -> None:
        async with self.client(Talker) as client:
            await client.open()
            client.send(action="order", payload=[])
            assert (await client.message())["payload"] == "0"
            await settled()
            assert client.unseen == 0


__all__ = ["FramesContract"]
