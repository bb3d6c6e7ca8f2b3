"""When clients come back that are closed or refused, and are to come back."""

import asyncio
import re
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any, ClassVar

import pytest

from chanx.core.asgi import Event
from chanx.core.close_codes import CloseCode, description_of
from chanx.core.closing import CloseMeaning
from chanx.core.decorators import ws_handler
from chanx.core.errors import RefuseConnection
from chanx.core.limits import Limits
from chanx.core.live_sessions import live_sessions
from chanx.testing.contract.adapter import Consumer, Contract
from chanx.testing.contract.client import Client, settled
from chanx.testing.contract.messages import Order, Said, Say, Wait

WITHIN = 4.0
HINT = re.compile(r"(?P<words>.*) ?\bRetry in (?P<seconds>\d+\.\d) s\.")


class Room(Consumer):
    limits: ClassVar[Limits | None] = Limits(reconnect_within=WITHIN)

    @ws_handler
    async def say(self, message: Say) -> Said:
        return Said(payload=message.payload)

    @ws_handler
    async def wait(self, message: Wait) -> None:
        self.start_task(self.fail(), closes=CloseCode.UNAVAILABLE)

    async def fail(self) -> None:
        raise LookupError("a test's")


async def close_of(client: Client) -> Event:
    """Return the event with which a client is closed."""
    event = await client.event()
    while event["type"] == "websocket.send":
        event = await client.event()
    return event


def told(event: Event) -> tuple[str, float]:
    """Return what a close says, without the hint, and after how many seconds to come back."""
    match = HINT.fullmatch(event["reason"])
    assert match, event
    return match["words"].rstrip(), float(match["seconds"])


class ReturnsContract(Contract):
    @pytest.mark.parametrize("is_message", [False, True], ids=["by reason", "by message"])
    @pytest.mark.parametrize(
        ("limits", "seconds", "code"),
        [
            (Limits(max_connection_age=100, reconnect_within=WITHIN), 100, CloseCode.AGED),
            (Limits(idle_timeout=100, reconnect_within=WITHIN), 100.1, CloseCode.SILENT),
        ],
        ids=["aged", "silent"],
    )
    async def test_a_connection_whose_time_is_over_is_told_when_to_come_back(
        self, limits: Limits, seconds: float, code: CloseCode, is_message: bool
    ) -> None:
        class Timed(Room):
            send_reconnect_message = is_message

        Timed.limits = limits
        client, clock = self.timed(Timed)
        async with client:
            await client.open()
            await settled()
            clock.advance(seconds)
            message = await client.message() if is_message else None
            event = await client.event()
            words, after = told(event)
            assert (event["code"], words) == (code, code.description)
            assert 0 <= after <= WITHIN
            if is_message:
                assert message == {"action": "reconnect", "payload": {"retry_after": after}}

    @pytest.mark.parametrize("is_immediate", [True, False])
    async def test_the_message_answers_no_request_that_was_cut_off(
        self, is_immediate: bool
    ) -> None:
        is_running = asyncio.Event()

        class Cut(Room):
            send_reconnect_message = True
            send_message_immediately = is_immediate

            @ws_handler
            async def order(self, message: Order) -> None:
                is_running.set()
                await asyncio.Event().wait()

        async with self.client(Cut) as client:
            await client.open()
            client.send(action="order", payload=[], ref="cut")
            await is_running.wait()
            live_sessions().end(CloseCode.SERVICE_RESTART)
            message = await client.message()
            after = told(await client.event())[1]
        assert message == {"action": "reconnect", "payload": {"retry_after": after}}

    async def test_a_client_that_does_not_read_is_told_in_the_reason_only(self) -> None:
        class Loud(Room):
            send_reconnect_message = True
            limits = Limits(max_outgoing_queue=2, reconnect_within=WITHIN)

            @ws_handler(concurrent=True)
            async def say(self, message: Say) -> Said:
                return Said()

        async with self.client(Loud) as client:
            await client.open()
            client.stall()
            for _ in range(6):
                client.send(action="say")
            await client.is_stalled.wait()
            await settled()
            client.is_reading.set()
            event = await client.event()  # and no message, which would wait behind others
        assert event["code"] == CloseCode.SLOW_CONSUMER
        assert told(event)[0] == CloseCode.SLOW_CONSUMER.description

    async def test_what_fails_after_the_accept_tells_when_to_come_back(self) -> None:
        class Failing(Room):
            async def post_authentication(self) -> None:
                raise LookupError("a test's")

        async with self.client(Failing) as client:
            await client.open()
            event = await close_of(client)
        assert event["code"] == CloseCode.INTERNAL_ERROR
        assert told(event)[0] == CloseCode.INTERNAL_ERROR.description

    async def test_a_task_that_closes_tells_when_to_come_back(self) -> None:
        async with self.client(Room) as client:
            await client.open()
            client.send(action="wait")
            event = await close_of(client)
        assert (event["code"], told(event)[0]) == (4503, CloseCode.UNAVAILABLE.description)

    async def test_those_that_are_closed_together_come_back_at_moments_of_their_own(self) -> None:
        async with AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(self.client(Room)) for _ in range(20)]
            for client in clients:
                await client.open()
            live_sessions().end(CloseCode.UNAVAILABLE)
            moments = {told(await close_of(client))[1] for client in clients}
        assert len(moments) > 1
        assert max(moments) <= WITHIN

    @pytest.mark.parametrize(
        ("code", "reason"), [(4503, "Until five."), (4401, ""), (1000, ""), (4413, "")]
    )
    async def test_own_words_and_codes_that_ask_for_no_return_are_told_as_they_are(
        self, code: int, reason: str
    ) -> None:
        async with self.client(Room) as client:
            await client.open()
            live_sessions().end(code, reason)
            event = await close_of(client)
        assert event["code"] == code
        assert event["reason"] == (reason or description_of(code))

    @pytest.mark.parametrize("word", ["slowly ", "потом "])
    async def test_the_moment_stands_behind_words_that_are_too_many(self, word: str) -> None:
        async with self.client(Room) as client:
            await client.open()
            live_sessions().end(4001, word * 30, retry_within=WITHIN)
            event = await close_of(client)
        words, after = told(event)
        assert (word * 30).startswith(words)
        assert 0 <= after <= WITHIN
        assert 118 <= len(event["reason"].encode()) <= 123

    async def test_what_a_consumer_says_of_a_code_counts(self) -> None:
        class Strange(Room):
            close_codes: ClassVar[Mapping[int, str | CloseMeaning]] = {
                4503: CloseMeaning("Closed for good.", retry="never"),
                4001: CloseMeaning("Somebody else's turn.", retry="spread"),
            }

        hinted: dict[int, bool] = {}
        for code in (4503, 4001):
            async with self.client(Strange) as client:
                await client.open()
                live_sessions().end(code)
                hinted[code] = "Retry in" in (await close_of(client))["reason"]
        assert hinted == {4503: False, 4001: True}

    # Refusals

    async def refused(self, client: Client) -> tuple[dict[str, Any], Event]:
        """Return what a client is told that is refused, and the close."""
        await client.open()
        message = await client.message()
        event = await client.event()
        await client.ended()
        payload: dict[str, Any] = message["payload"]
        return payload, event

    async def test_one_that_finds_no_place_is_told_when_to_come_back(self) -> None:
        class Full(Room):
            limits = Limits(max_connections=1, reconnect_within=WITHIN)

        async with self.client(Full) as first, self.client(Full) as second:
            await first.open()
            payload, event = await self.refused(second)
        words, after = told(event)
        assert (event["code"], words) == (4503, "")
        assert payload["data"] == {"retry_after": after}
        assert 0 <= after <= WITHIN

    async def test_a_server_that_fails_to_let_one_in_tells_when_to_come_back(self) -> None:
        class Failing(Room):
            async def connect(self) -> None:
                raise LookupError("a test's")

        async with self.client(Failing) as client:
            payload, event = await self.refused(client)
        assert (event["code"], payload["code"]) == (4500, "internal_error")
        assert payload["data"] == {"retry_after": told(event)[1]}

    async def test_one_whose_handshake_the_servers_end_cuts_is_told_when_to_come_back(self) -> None:
        class Slow(Room):
            async def connect(self) -> None:
                await asyncio.Event().wait()

        async with self.client(Slow) as client:
            client.begin()
            await settled()
            live_sessions().end(CloseCode.UNAVAILABLE)
            assert (await client.event())["type"] == "websocket.accept"
            payload = (await client.message())["payload"]
            event = await client.event()
        assert payload["data"] == {"retry_after": told(event)[1]}
        assert payload["detail"] == event["reason"]

    @pytest.mark.parametrize("denies", [False, True], ids=["by a close", "by HTTP"])
    async def test_a_project_says_itself_when_whom_it_refuses_may_come_back(
        self, denies: bool
    ) -> None:
        class Guarded(Room):
            deny_with_http = denies

            async def connect(self) -> None:
                raise RefuseConnection(429, "Slowly.", retry_after=29.5)

        async with self.client(Guarded, extensions=["websocket.http.response"]) as client:
            if not denies:
                payload, event = await self.refused(client)
                assert payload["data"] == {"retry_after": 29.5}
                assert told(event) == ("", 29.5)
                return
            response = await client.connect()
            assert response["status"] == 429
            assert dict(response["headers"])[b"retry-after"] == b"30"
            assert b'"retry_after":29.5' in (await client.event())["body"]

    async def test_a_project_that_says_nothing_of_it_tells_nothing_of_it(self) -> None:
        class Guarded(Room):
            async def connect(self) -> None:
                raise RefuseConnection(503, "Until five.")

        async with self.client(Guarded) as client:
            payload, event = await self.refused(client)
        assert (event["reason"], "data" in payload) == ("", False)


__all__ = ["ReturnsContract", "Room"]
