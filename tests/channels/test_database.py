"""Django's connections around handlers: released, replaced when they died, and left alone."""

import asyncio
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Literal

import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.contrib.auth.models import User
from django.db import connection
from django.db.backends.sqlite3.base import DatabaseWrapper

from chanx.core.decorators import event_handler, ws_handler
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage, ErrorMessage, PingMessage, PongMessage
from chanx.testing import WebsocketCommunicator

Options = dict[str, Any]


class Count(BaseMessage):
    action: Literal["count"] = "count"
    payload: Literal["async", "channels", "sync"] = "async"


class Counted(BaseMessage):
    action: Literal["counted"] = "counted"
    payload: int


class Changed(BaseMessage):
    action: Literal["changed"] = "changed"


class Users(AsyncJsonWebsocketConsumer[Changed]):
    groups = ("users",)

    @ws_handler
    async def count(self, message: Count) -> Counted:
        if message.payload == "async":
            return Counted(payload=await User.objects.acount())
        bridge = database_sync_to_async if message.payload == "channels" else sync_to_async
        return Counted(payload=await bridge(User.objects.count)())

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()

    @event_handler
    async def changed(self, event: Changed) -> Counted:
        return Counted(payload=await User.objects.acount())


@pytest.fixture
def client(
    database: Options, layers: None, communicator: type[WebsocketCommunicator]
) -> WebsocketCommunicator:
    """A client to be connected, over an empty database."""
    return communicator(Users.as_asgi(), "/", consumer=Users)


@sync_to_async
def open_connection() -> Any:
    """The connection that is open in the ORM's thread, None if there is none."""
    return connection.connection


@sync_to_async
def break_connection() -> None:
    """What a database that ends a session does: Django learns of it at its next query."""
    connection.ensure_connection()
    connection.connection.close()


@pytest.fixture
def honest(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite connections that tell whether they work, as those of other databases do."""

    def is_usable(wrapper: DatabaseWrapper) -> bool:
        try:
            wrapper.connection.execute("SELECT 1")
        except wrapper.Database.Error:
            return False
        return True

    monkeypatch.setattr(DatabaseWrapper, "is_usable", is_usable)


@pytest.mark.parametrize("way", ["async", "channels", "sync"])
async def test_a_handlers_connection_is_released_when_it_is_done(
    client: WebsocketCommunicator, database: Options, way: Literal["async", "channels", "sync"]
) -> None:
    database["CONN_MAX_AGE"] = 0
    await User.objects.acreate(username="ada")
    async with client:
        await client.send_message(Count(payload=way))
        assert await client.receive_all_json() == [{"action": "counted", "payload": 1}]
        assert await open_connection() is None


async def test_an_event_handlers_connection_is_released_when_it_is_done(
    client: WebsocketCommunicator, database: Options
) -> None:
    async with client:
        await Users.broadcast_event(Changed())
        assert await client.receive_all_json() == [{"action": "counted", "payload": 0}]
        assert await open_connection() is None


async def test_a_connection_is_kept_as_long_as_the_settings_say(
    client: WebsocketCommunicator, database: Options
) -> None:
    database["CONN_MAX_AGE"] = None
    async with client:
        await client.send_message(Count())
        await client.receive_all_json()
        kept = await open_connection()
        assert kept is not None
        await client.send_message(Count())
        await client.receive_all_json()
        assert await open_connection() is kept


async def test_a_connection_that_died_is_replaced_before_a_handler_needs_it(
    client: WebsocketCommunicator,
) -> None:
    async with client:
        await break_connection()
        await client.send_message(Count())
        assert await client.receive_message() == Counted(payload=0)


async def test_a_kept_connection_that_died_is_replaced_where_health_is_checked(
    client: WebsocketCommunicator, database: Options, honest: None
) -> None:
    database.update(CONN_MAX_AGE=None, CONN_HEALTH_CHECKS=True)
    async with client:
        await client.send_message(Count())
        await client.receive_all_json()
        await break_connection()
        await client.send_message(Count())
        assert await client.receive_message() == Counted(payload=0)


async def test_a_kept_connection_that_died_fails_one_message_at_most(
    client: WebsocketCommunicator, database: Options, honest: None
) -> None:
    database["CONN_MAX_AGE"] = None
    async with client:
        await client.send_message(Count())
        await client.receive_all_json()
        await break_connection()
        await client.send_message(Count())
        assert isinstance(await client.receive_message(), ErrorMessage)
        await client.send_message(Count())
        assert await client.receive_message() == Counted(payload=0)


async def test_hooks_get_working_connections_and_leave_none_open(
    database: Options, honest: None
) -> None:
    class Greeter(AsyncJsonWebsocketConsumer):
        async def connect(self) -> None:
            await self.send_message(Counted(payload=await User.objects.acount()))

        async def disconnect(self, code: int) -> None:
            await User.objects.acreate(username=str(code))

    for count in range(2):
        await break_connection()
        async with WebsocketCommunicator(Greeter.as_asgi(), "/", consumer=Greeter) as client:
            assert await client.receive_json() == {"action": "counted", "payload": count}
            await client.disconnect(code=4000 + count)
            assert await open_connection() is None


@contextmanager
def busy_thread() -> Generator[None]:
    """Occupy the thread in which the ORM's code runs."""
    release = threading.Event()
    occupied = asyncio.ensure_future(sync_to_async(release.wait)())
    try:
        yield
    finally:
        release.set()
    assert not occupied.cancelled()


async def test_a_message_that_touches_no_database_waits_for_no_thread(
    client: WebsocketCommunicator,
) -> None:
    async with client:
        await client.send_message(Count())
        await client.receive_all_json()
        assert await open_connection() is None
        with busy_thread():
            for _ in range(10):
                await client.send_message(PingMessage())
                assert await client.receive_message() == PongMessage()


async def test_a_kept_connection_is_not_looked_at_for_every_message(
    client: WebsocketCommunicator, database: Options
) -> None:
    database["CONN_MAX_AGE"] = None
    async with client:
        await client.send_message(Count())
        await client.receive_all_json()
        with busy_thread():
            await client.send_message(PingMessage())
            assert await client.receive_message() == PongMessage()
