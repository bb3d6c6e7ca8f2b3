"""Django's connections around handlers: released, replaced when they died, and left alone."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import pytest
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from channels.db import database_sync_to_async
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, connections
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.db.transaction import atomic
from rest_framework.authentication import TokenAuthentication
from rest_framework.permissions import IsAuthenticated

from chanx.core.authenticator import BaseAuthenticator
from chanx.core.decorators import event_handler, ws_handler
from chanx.core.errors import FrameError
from chanx.ext.channels.authenticator import DjangoAuthenticator
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import (
    AuthenticationMessage,
    BaseMessage,
    ErrorMessage,
    PingMessage,
    PongMessage,
)
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
    groups: Sequence[str] = ("users",)

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


async def test_error_hooks_get_working_connections_and_leave_none_open(
    database: Options,
    layers: None,
    honest: None,
    communicator: type[WebsocketCommunicator],
) -> None:
    class Apologetic(AsyncJsonWebsocketConsumer[Changed]):
        groups = ("users",)
        emits = (Counted,)

        @ws_handler
        async def count(self, message: Count) -> None:
            raise LookupError

        @event_handler
        async def changed(self, event: Changed) -> None:
            raise LookupError

        async def apologize(self) -> None:
            await self.send_message(Counted(payload=await User.objects.acount()))

        async def handle_validation_error(self, error: FrameError) -> None:
            await self.apologize()

        async def handle_message_handler_error(
            self, error: BaseException, message: BaseMessage
        ) -> None:
            await self.apologize()

        async def handle_event_handler_error(
            self, error: BaseException, event: BaseMessage | None
        ) -> None:
            await self.apologize()

    async with communicator(Apologetic.as_asgi(), "/", consumer=Apologetic) as client:
        for cause in ("frame", "message", "event"):
            await break_connection()
            if cause == "event":
                await Apologetic.broadcast_event(Changed())
            else:
                await client.send_json({"action": "count" if cause == "message" else "none"})
            assert await client.receive_message() == Counted(payload=0)
            assert await open_connection() is None


async def test_a_health_check_comes_before_each_handler_that_needs_the_connection(
    client: WebsocketCommunicator, database: Options, honest: None
) -> None:
    database.update(CONN_MAX_AGE=None, CONN_HEALTH_CHECKS=True)
    async with client:
        for _ in range(2):
            await client.send_message(Count())
            assert await client.receive_message() == Counted(payload=0)
        await break_connection()
        await client.send_message(Count())
        assert await client.receive_message() == Counted(payload=0)


async def test_a_handler_that_hides_a_failure_does_not_keep_its_connection(
    database: Options, honest: None
) -> None:
    class Hiding(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def count(self, message: Count) -> Counted:
            try:
                return Counted(payload=await User.objects.acount())
            except DatabaseError:
                return Counted(payload=-1)

    database["CONN_MAX_AGE"] = None
    async with WebsocketCommunicator(Hiding.as_asgi(), "/", consumer=Hiding) as client:
        for broken, expected in ((False, 0), (True, -1), (False, 0)):
            if broken:
                await break_connection()
            await client.send_message(Count())
            assert await client.receive_message() == Counted(payload=expected)


async def test_a_kept_connection_that_became_too_old_is_released_by_any_handler(
    client: WebsocketCommunicator, database: Options
) -> None:
    database["CONN_MAX_AGE"] = 0.2
    async with client:
        await client.send_message(Count())
        await client.receive_all_json()
        while await open_connection() is not None:
            await client.send_message(PingMessage())
            assert await client.receive_message() == PongMessage()


class Members(DjangoAuthenticator):
    authentication_classes = (TokenAuthentication,)
    permission_classes = (IsAuthenticated,)


class Counting(BaseAuthenticator):
    async def authenticate(self, scope: Any) -> bool:
        return await User.objects.aexists()


@pytest.mark.parametrize("kind", [Members, Counting])
async def test_an_authenticator_gets_working_connections_and_leaves_none_open(
    kind: type[BaseAuthenticator], database: Options, honest: None
) -> None:
    class Club(Users):
        authenticator_class = kind
        groups = ()

    headers = [(b"authorization", b"Token of nobody")]
    for _ in range(2):
        await break_connection()
        async with WebsocketCommunicator(Club.as_asgi(), "/", headers, consumer=Club) as client:
            message = await client.receive_message()
            assert isinstance(message, AuthenticationMessage)
            assert message.payload.status_code == 401
            await client.assert_closed(4401)
        assert await open_connection() is None


async def test_an_authenticator_whose_connection_died_fails_once_at_most(
    database: Options, honest: None
) -> None:
    class Club(Users):
        authenticator_class = Counting
        groups = ()

    database["CONN_MAX_AGE"] = None
    codes: list[int] = []
    for broken in (False, True, False):
        if broken:
            await break_connection()
        async with WebsocketCommunicator(Club.as_asgi(), "/", consumer=Club) as client:
            await client.receive_message()
            codes.append((await client.expect_closed()).code)
    assert codes == [4401, 4500, 4401]


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


async def test_a_connection_in_a_transaction_is_left_alone(
    client: WebsocketCommunicator, database: Options
) -> None:
    # As in a TestCase of Django, whose connection is too old at once and must not be closed.
    database["CONN_MAX_AGE"] = 0
    transaction = atomic()
    await sync_to_async(transaction.__enter__)()
    try:
        async with client:
            await User.objects.acreate(username="ada")
            await client.send_message(Count())
            assert await client.receive_all_json() == [{"action": "counted", "payload": 1}]
            with busy_thread():
                await client.send_message(PingMessage())
                assert await client.receive_message() == PongMessage()
    finally:
        await sync_to_async(transaction.__exit__)(None, None, None)


async def test_a_message_that_touches_no_database_does_not_wait_for_one_that_does(
    client: WebsocketCommunicator, database: Options
) -> None:
    begun, release = threading.Event(), threading.Event()

    def count() -> int:
        number = User.objects.count()
        begun.set()
        release.wait()
        return number

    class Slow(Users):
        @ws_handler
        async def count(self, message: Count) -> Counted:
            return Counted(payload=await sync_to_async(count)())

    slow = type(client)(Slow.as_asgi(), "/", consumer=Slow)
    try:
        async with client, slow:
            await slow.send_message(Count())
            await asyncio.to_thread(begun.wait)
            for _ in range(10):
                await client.send_message(PingMessage())
                assert await client.receive_message() == PongMessage()
            release.set()
            assert await slow.receive_message() == Counted(payload=0)
            await slow.receive_all_json()
            assert await open_connection() is None
    finally:
        release.set()


async def test_connections_of_other_threads_are_no_concern_of_messages(
    client: WebsocketCommunicator, database: Options
) -> None:
    async with client:
        await client.send_message(Count())
        await client.receive_all_json()
        with busy_thread():
            # What a view does: Django gives each request a thread of its own.
            async with ThreadSensitiveContext():
                await User.objects.acount()
                await client.send_message(PingMessage())
                assert await client.receive_message() == PongMessage()
                await sync_to_async(connections.close_all)()


async def test_a_look_that_is_cancelled_comes_with_what_comes_next(
    client: WebsocketCommunicator,
) -> None:
    counted, occupied = asyncio.Event(), asyncio.Event()

    class Leaving(Users):
        @ws_handler
        async def count(self, message: Count) -> Counted:
            number = await User.objects.acount()
            counted.set()
            await occupied.wait()
            return Counted(payload=number)

    leaving = type(client)(Leaving.as_asgi(), "/", consumer=Leaving)
    await leaving.connect()
    await leaving.send_message(Count())
    await counted.wait()
    with busy_thread():
        occupied.set()
        assert await leaving.receive_message() == Counted(payload=0)
        end = asyncio.create_task(leaving.disconnect())
        for _ in range(10):
            await asyncio.sleep(0)
    await end
    assert await open_connection() is None


STOPPING = """
import asyncio
import django
from django.conf import settings

settings.configure(
    CHANX={"DATABASE_THREADS": 1},
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "chanx.ext.channels"],
)
django.setup()

from asgiref.sync import sync_to_async
from django.db import connection
from chanx.core.decorators import ws_handler
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import PingMessage
from chanx.testing import WebsocketCommunicator

begun = asyncio.Event()


class Waiting(AsyncJsonWebsocketConsumer):
    @ws_handler
    async def ping(self, message: PingMessage) -> None:
        await sync_to_async(connection.ensure_connection)()
        begun.set()
        await asyncio.Event().wait()


async def talk():
    await client.connect()
    await client.send_message(PingMessage())
    await begun.wait()


client = WebsocketCommunicator(Waiting.as_asgi(), "/", consumer=Waiting)
asyncio.new_event_loop().run_until_complete(talk())
"""


def test_a_process_ends_although_its_server_left_handlers_with_threads_running() -> None:
    ended = subprocess.run([sys.executable, "-c", STOPPING], timeout=30, capture_output=True)
    assert ended.returncode == 0, ended.stderr
