"""How any ASGI application meets the communicator: failures, strictness, its end."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from chanx.core.asgi import Receive, Scope, Send
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.testing import UnexpectedClose, UnexpectedFrame, WebsocketCommunicator


class Consumer(AsyncJsonWebsocketConsumer):
    pass


def connection(application: Any) -> WebsocketCommunicator:
    return WebsocketCommunicator(application, "/", consumer=Consumer)


async def accept(receive: Receive, send: Send) -> None:
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    await accept(receive, send)
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": event["text"]})


async def crash_on_message(scope: Scope, receive: Receive, send: Send) -> None:
    await accept(receive, send)
    await receive()
    raise LookupError("the application failed")


async def test_a_plain_application_is_driven_as_well() -> None:
    async with connection(echo) as client:
        await client.send_text("hello")
        assert await client.receive_text() == "hello"


async def test_the_applications_exception_is_raised_at_the_next_call_with_its_traceback() -> None:
    client = connection(crash_on_message)
    await client.connect()
    await client.send_text("boom")
    with pytest.raises(LookupError, match="the application failed") as raised:
        await client.receive_text()
    assert "crash_on_message" in {entry.name for entry in raised.traceback}
    with pytest.raises(LookupError):
        await client.send_text("again")
    await client.disconnect()


async def test_an_exception_that_nothing_met_is_raised_at_the_end() -> None:
    with pytest.raises(LookupError, match="the application failed"):
        async with connection(crash_on_message) as client:
            await client.send_text("boom")


async def test_an_exception_of_the_application_does_not_hide_the_tests_own() -> None:
    async def fail() -> None:
        async with connection(crash_on_message) as client:
            await client.send_text("boom")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as raised:
        await fail()
    assert raised.value.__notes__ == ["Besides, LookupError: the application failed"]


async def test_an_exception_in_the_handshake_is_raised_by_connect() -> None:
    async def crash(scope: Scope, receive: Receive, send: Send) -> None:
        raise LookupError("at once")

    with pytest.raises(LookupError, match="at once"):
        async with connection(crash):
            pass


async def test_a_handshake_without_an_answer_times_out_and_leaves_nothing_running() -> None:
    cancelled: list[bool] = []

    async def hang(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    client = connection(hang)
    with pytest.raises(TimeoutError, match="answer to the handshake"):
        await client.connect(timeout=0.01)
    assert cancelled == []
    with pytest.raises(AssertionError, match="was cancelled"):
        await client.disconnect(timeout=0.1)
    assert cancelled == [True]


async def test_an_application_that_returns_without_an_answer_has_broken_the_connection() -> None:
    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    client = connection(silent)
    assert await client.connect() == (False, 1006)
    await client.disconnect()


async def test_an_application_that_returns_without_closing_has_broken_the_connection() -> None:
    async def short(scope: Scope, receive: Receive, send: Send) -> None:
        await accept(receive, send)

    async with connection(short) as client:
        await client.assert_closed(1006)


@pytest.mark.parametrize(
    ("event", "complaint"),
    [
        ({"type": "websocket.send", "text": ""}, 'Expected ASGI message "websocket.accept"'),
        ({"type": "websocket.http.response.body"}, 'Expected ASGI message "websocket.accept"'),
        ({"type": "http.response.start"}, "'http.response.start'"),
    ],
)
async def test_a_message_that_the_handshake_does_not_permit_is_an_error_of_the_application(
    event: dict[str, Any], complaint: str
) -> None:
    async def wrong(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(event)

    client = connection(wrong)
    with pytest.raises(RuntimeError, match=complaint):
        await client.connect()
    await client.disconnect()


async def test_a_second_accept_is_an_error_of_the_application() -> None:
    async def twice(scope: Scope, receive: Receive, send: Send) -> None:
        await accept(receive, send)
        await send({"type": "websocket.accept"})

    client = connection(twice)
    with pytest.raises(RuntimeError, match=r'Expected .*"websocket.send"'):
        await client.connect()
    await client.disconnect()


async def test_a_frame_without_content_is_an_error_of_the_application() -> None:
    async def empty(scope: Scope, receive: Receive, send: Send) -> None:
        await accept(receive, send)
        await send({"type": "websocket.send", "text": {"action": "pong"}})

    client = connection(empty)
    with pytest.raises(TypeError, match="needs text"):
        await client.connect()
    await client.disconnect()


async def test_sending_after_the_client_left_raises_what_servers_raise() -> None:
    outcome: list[BaseException] = []

    async def late(scope: Scope, receive: Receive, send: Send) -> None:
        await accept(receive, send)
        assert (await receive())["type"] == "websocket.disconnect"
        try:
            await send({"type": "websocket.send", "text": "late"})
        except OSError as error:
            outcome.append(error)

    async with connection(late):
        pass
    assert len(outcome) == 1


async def test_the_application_is_told_of_its_own_close() -> None:
    told: list[Any] = []

    async def closing(scope: Scope, receive: Receive, send: Send) -> None:
        await accept(receive, send)
        await send({"type": "websocket.close", "code": 4000, "reason": "done"})
        told.append(await receive())

    async with connection(closing) as client:
        await client.assert_closed(4000)
    assert told == [{"type": "websocket.disconnect", "code": 4000, "reason": "done"}]


async def test_a_binary_frame_is_no_message() -> None:
    async def binary(scope: Scope, receive: Receive, send: Send) -> None:
        await accept(receive, send)
        await send({"type": "websocket.send", "bytes": b"\x00"})
        await receive()

    async with connection(binary) as client:
        with pytest.raises(UnexpectedFrame, match="binary"):
            await client.receive_message()


@pytest.mark.parametrize("text", ["{", "[]", '{"payload": 1}', '{"action": 1}'])
async def test_a_frame_that_is_no_message_is_shown(text: str) -> None:
    async with connection(echo) as client:
        await client.send_text(text)
        with pytest.raises(UnexpectedFrame) as raised:
            await client.receive_message()
        assert repr(text) in str(raised.value)


async def test_a_denial_in_several_parts_is_put_together() -> None:
    async def deny(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        headers = [(b"retry-after", b"5")]
        await send({"type": "websocket.http.response.start", "status": 503, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": b"not ", "more_body": True})
        await send({"type": "websocket.http.response.body", "body": b"now"})

    async with connection(deny) as client:
        assert await client.connect() == (False, 503)
        assert client.denial is not None
        assert client.denial.headers == [(b"retry-after", b"5")]
        assert client.denial.body == b"not now"
        with pytest.raises(UnexpectedClose):
            await client.send_text("")


@pytest.mark.parametrize("event", [{"type": "websocket.accept"}, {"type": "websocket.send"}])
async def test_what_the_specification_forbids_fails_although_the_application_hides_it(
    event: dict[str, Any],
) -> None:
    async def careless(scope: Scope, receive: Receive, send: Send) -> None:
        await accept(receive, send)
        with suppress(Exception):
            await send(event)
        await receive()

    with pytest.raises((RuntimeError, TypeError)):
        async with connection(careless):
            pass
