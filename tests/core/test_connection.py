"""What of a connection depends on how its server sends."""

import asyncio
import logging
from typing import Any

import pytest

from chanx.core.asgi import Event
from chanx.core.close_codes import SUBSTITUTES
from chanx.core.connection import Connection
from chanx.testing.clock import FrozenClock
from chanx.testing.contract.client import settled


class Server:
    """Takes what is sent, as far as it can."""

    def __init__(self, *failures: BaseException) -> None:
        self.failures = [*failures]
        self.sent: list[Event] = []

    async def receive(self) -> Event:
        return {"type": "websocket.connect"}

    async def send(self, event: Event) -> None:
        if event["type"] != "websocket.accept" and self.failures:
            raise self.failures.pop(0)
        self.sent.append(event)


async def opened(server: Server) -> Connection:
    scope = {"type": "websocket", "path": "/room"}
    connection = Connection(scope, server.receive, server.send, close_timeout=5)
    await connection.open()
    assert await connection.accept()
    return connection


async def test_new_awaits_the_handshake_and_takes_nothing_else_first() -> None:
    class Hasty(Server):
        async def receive(self) -> Event:
            return {"type": "websocket.receive", "text": "early"}

    server = Hasty()
    connection = Connection({"type": "websocket"}, server.receive, server.send)
    assert connection.state == "new"
    with pytest.raises(RuntimeError, match=r'"websocket.connect", but got .websocket.receive'):
        await connection.open()
    assert server.sent == []


async def test_connecting_holds_what_is_sent_until_the_accept() -> None:
    server = Server()
    connection = Connection({"type": "websocket"}, server.receive, server.send)
    await connection.open()
    assert await connection.send_text("held")
    assert (connection.state, server.sent) == ("connecting", [])
    assert await connection.accept()
    assert [event["type"] for event in server.sent] == ["websocket.accept", "websocket.send"]


async def test_what_was_held_stands_before_what_comes_while_it_is_written() -> None:
    class Slow(Server):
        async def send(self, event: Event) -> None:
            await asyncio.sleep(0)
            await super().send(event)
            is_accepted.set()

    is_accepted = asyncio.Event()
    server = Slow()
    connection = Connection({"type": "websocket"}, server.receive, server.send)
    await connection.open()
    for text in ("first", "second"):
        await connection.send_text(text)
    await connection.send_bytes(b"third")
    accepting = asyncio.create_task(connection.accept())
    await is_accepted.wait()
    assert await connection.send_text("later")
    assert await accepting
    sent = [event.get("text", event.get("bytes")) for event in server.sent[1:]]
    assert sent == ["first", "second", b"third", "later"]


async def test_nothing_that_was_held_is_sent_behind_a_close() -> None:
    class Stalled(Server):
        async def send(self, event: Event) -> None:
            await super().send(event)
            if event.get("text") == "first":
                is_stalled.set()
                await may_go_on.wait()

    is_stalled, may_go_on = asyncio.Event(), asyncio.Event()
    server = Stalled()
    connection = Connection({"type": "websocket"}, server.receive, server.send)
    await connection.open()
    for text in ("first", "second"):
        await connection.send_text(text)
    accepting = asyncio.create_task(connection.accept())
    await is_stalled.wait()
    await connection.close(4000)
    may_go_on.set()
    await accepting
    kinds = [event.get("text", event["type"]) for event in server.sent]
    assert kinds == ["websocket.accept", "first", "websocket.close"]


class SlowToAccept(Server):
    """Suspends in the accept, as servers and middleware may."""

    def __init__(self) -> None:
        super().__init__()
        self.is_accepting = asyncio.Event()
        self.may_accept = asyncio.Event()

    async def send(self, event: Event) -> None:
        await super().send(event)
        if event["type"] == "websocket.accept":
            self.is_accepting.set()
            await self.may_accept.wait()


async def test_open_while_the_server_accepts_a_close_waits_for_that() -> None:
    server = SlowToAccept()
    connection = Connection({"type": "websocket"}, server.receive, server.send, close_timeout=5)
    await connection.open()
    accepting = asyncio.create_task(connection.accept())
    await server.is_accepting.wait()
    closing = asyncio.create_task(connection.close(4000))
    await asyncio.sleep(0)
    assert [event["type"] for event in server.sent] == ["websocket.accept"]
    server.may_accept.set()
    assert await accepting
    assert await closing
    assert (connection.state, connection.close_code) == ("closed", 4000)
    assert [event["type"] for event in server.sent] == ["websocket.accept", "websocket.close"]


async def test_open_while_the_server_accepts_a_close_does_not_wait_for_ever() -> None:
    server, clock = SlowToAccept(), FrozenClock()
    connection = Connection(
        {"type": "websocket"}, server.receive, server.send, clock=clock, close_timeout=5
    )
    await connection.open()
    accepting = asyncio.create_task(connection.accept())
    await server.is_accepting.wait()
    closing = asyncio.create_task(connection.close(4000))
    await settled()
    clock.advance(5.1)
    assert await closing
    server.may_accept.set()
    assert not await accepting
    assert connection.state == "closed"


async def test_open_while_the_server_accepts_it_has_frames_wait_behind_those_held() -> None:
    server = SlowToAccept()
    connection = Connection({"type": "websocket"}, server.receive, server.send)
    await connection.open()
    assert await connection.send_text("held")
    accepting = asyncio.create_task(connection.accept())
    await server.is_accepting.wait()
    sending = asyncio.create_task(connection.send_text("meanwhile"))
    await asyncio.sleep(0)
    assert [event["type"] for event in server.sent] == ["websocket.accept"]
    server.may_accept.set()
    assert await accepting
    assert await sending
    assert [event.get("text") for event in server.sent] == [None, "held", "meanwhile"]


async def test_connecting_again_after_an_accept_that_was_cancelled() -> None:
    server = SlowToAccept()
    connection = Connection({"type": "websocket"}, server.receive, server.send)
    await connection.open()
    accepting = asyncio.create_task(connection.accept())
    await server.is_accepting.wait()
    accepting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await accepting
    assert connection.state == "connecting"
    assert await connection.send_text("held")
    server.may_accept.set()
    assert await connection.accept()
    assert server.sent[-1]["text"] == "held"


async def test_open_takes_no_second_accept() -> None:
    connection = await opened(server := Server())
    assert connection.state == "open"
    with pytest.raises(RuntimeError, match="accept\\(\\) goes once"):
        await connection.accept()
    assert len(server.sent) == 1


@pytest.mark.parametrize("end", ["close", "lost", "failed"])
async def test_closed_sends_nothing_whatever_ended_it(end: str) -> None:
    connection = await opened(server := Server(*[OSError()] * (end == "failed")))
    match end:
        case "close":
            assert await connection.close(4000)
        case "lost":
            connection.lost()
        case _:
            assert not await connection.send_text("unsent")
    assert connection.state == "closed"
    sent = len(server.sent)
    assert not await connection.send_text("late")
    assert not await connection.close(4001)
    assert not await connection.accept()
    assert len(server.sent) == sent


@pytest.mark.parametrize("code", SUBSTITUTES)
async def test_a_code_that_the_server_does_not_send_becomes_one_that_it_does(code: int) -> None:
    server = Server(ValueError("an invalid close code"))
    connection = await opened(server)
    assert await connection.close(code, "why")
    closed = {"type": "websocket.close", "code": int(SUBSTITUTES[code]), "reason": "why"}
    assert server.sent[1:] == [closed]
    assert connection.close_code == SUBSTITUTES[code]


async def test_a_client_that_is_gone_is_sent_no_other_code() -> None:
    connection = await opened(server := Server(OSError()))
    assert not await connection.close(1011)
    assert (len(server.sent), connection.close_code) == (1, 1011)


async def test_an_exception_that_middleware_made_of_the_servers_means_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Wrapped(Server):
        async def send(self, event: Event) -> None:
            try:
                await super().send(event)
            except OSError as error:
                raise LookupError from error

    for code in (None, 1011):
        connection = await opened(server := Wrapped(OSError()))
        sent = connection.send_text("x") if code is None else connection.close(code)
        assert not await sent
        assert len(server.sent) == 1
    assert not caplog.records


async def test_a_server_that_sends_no_code_at_all_is_taken_for_a_client_that_is_gone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    connection = await opened(Server(ValueError(), RuntimeError()))
    assert not await connection.close(1011)
    assert [record.levelname for record in caplog.records] == ["WARNING"]


async def test_a_reason_may_be_anything_that_has_a_text() -> None:
    connection = await opened(server := Server())
    await connection.close(4000, KeyError("x"))  # type: ignore[arg-type]  # as untyped code may
    assert server.sent[-1]["reason"] == "'x'"


async def test_the_failure_of_a_send_is_one_line_and_a_traceback_only_for_debugging(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for level in (logging.WARNING, logging.DEBUG):
        caplog.set_level(level, "chanx.websocket")
        caplog.clear()
        connection = await opened(Server(LookupError("of some middleware")))
        assert not await connection.send_text("a")
        assert not await connection.send_text("b")
        (record,) = caplog.records
        assert "raised LookupError" in record.getMessage()
        assert vars(record)["path"] == "/room"
        assert (record.exc_info is not None) == (level == logging.DEBUG)


@pytest.mark.parametrize("send", ["send_text", "send_bytes", "close"])
async def test_a_cancellation_that_leaks_from_a_send_means_the_same(
    send: str, caplog: pytest.LogCaptureFixture
) -> None:
    connection = await opened(Server(asyncio.CancelledError("of middleware's own")))
    arguments: dict[str, Any] = {"send_text": "a", "send_bytes": b"a", "close": 4000}
    assert not await getattr(connection, send)(arguments[send])
    assert connection.state == "closed"
    assert "raised CancelledError" in caplog.text


async def test_a_send_that_is_cancelled_says_nothing_of_the_client() -> None:
    class Stalled(Server):
        async def send(self, event: Event) -> None:
            await super().send(event)
            if event["type"] == "websocket.send":
                is_stalled.set()
                await asyncio.Event().wait()

    is_stalled = asyncio.Event()
    connection = await opened(Stalled())
    sending = asyncio.create_task(connection.send_text("a"))
    await is_stalled.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert connection.state == "open"
