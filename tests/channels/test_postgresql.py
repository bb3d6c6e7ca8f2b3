"""Connections to PostgreSQL: kept for those who use them, and of their own where that is wanted."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from time import monotonic
from typing import Any, Literal

import pytest
from asgiref.sync import SyncToAsync, sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.db import database_sync_to_async
from django.contrib.auth.models import User
from django.db import connection, connections
from rest_framework.authentication import TokenAuthentication
from rest_framework.permissions import IsAuthenticated

from chanx.core.decorators import ws_handler
from chanx.ext.channels.authenticator import DjangoAuthenticator
from chanx.ext.channels.utils.settings import override_chanx_settings
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage, ErrorMessage, PingMessage, PongMessage
from chanx.testing import WebsocketCommunicator

Options = dict[str, Any]
Client = WebsocketCommunicator
Connect = Callable[..., Awaitable[Client]]

NAMES = [f"user {number}" for number in range(344)]


@pytest.fixture(scope="module")
def tables(postgresql_tables: None) -> None:
    """The tables of the installed applications in PostgreSQL, the default database meanwhile."""


class Ask(BaseMessage):
    action: Literal["ask"] = "ask"
    payload: str = ""


class Answer(BaseMessage):
    action: Literal["answer"] = "answer"
    payload: str


class Stream(BaseMessage):
    action: Literal["stream"] = "stream"


class Tenant(BaseMessage):
    action: Literal["tenant"] = "tenant"
    payload: str


class Lock(BaseMessage):
    action: Literal["lock"] = "lock"


class Gate:
    """Where handlers wait, each until it is let through."""

    def __init__(self) -> None:
        self.reached = asyncio.Semaphore(0)
        self.opened = asyncio.Event()

    async def wait(self) -> None:
        self.reached.release()
        await self.opened.wait()


def query(sql: str, *values: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row = cursor.fetchone()
        return None if row is None else row[0]


ask = sync_to_async(query)
PROCESS = "SELECT pg_backend_pid()"


class Database(AsyncJsonWebsocketConsumer):
    gate: Gate

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()

    @ws_handler
    async def ask(self, message: Ask) -> Answer:
        if message.payload == "channels":
            return Answer(payload=str(await database_sync_to_async(query)(PROCESS)))
        return Answer(payload=str(await ask(message.payload or PROCESS)))

    @ws_handler
    async def stream(self, message: Stream) -> AsyncIterator[Answer]:
        rows = User.objects.order_by("pk").aiterator(chunk_size=10)
        async for user in rows:
            yield Answer(payload=user.username)
            if user.username == "user 5":
                await self.gate.wait()

    @ws_handler
    async def tenant(self, message: Tenant) -> Answer:
        await ask("SELECT set_config('app.tenant', %s, false)", message.payload)
        await self.gate.wait()
        return Answer(payload=await ask("SELECT current_setting('app.tenant')"))

    @ws_handler
    async def lock(self, message: Lock) -> Answer:
        await ask("SELECT pg_advisory_lock(1)")
        await ask("SELECT pg_advisory_unlock(1)")
        return Answer(payload="locked")


class Members(DjangoAuthenticator):
    authentication_classes = (TokenAuthentication,)
    permission_classes = (IsAuthenticated,)


class Club(Database):
    authenticator_class = Members


@pytest.fixture
async def connect(
    database: Options, layers: None, communicator: type[Client]
) -> AsyncIterator[Connect]:
    """Makes clients that are connected, until the test ends."""
    database["CONN_MAX_AGE"] = 0
    Database.gate = Gate()
    clients: list[Client] = []

    async def make(application: Any = None, headers: Sequence[Any] = ()) -> Client:
        served = application or Database.as_asgi()
        client = communicator(served, "/", list(headers), consumer=Database)
        clients.append(client)
        await client.connect()
        return client

    yield make
    Database.gate.opened.set()
    for client in clients:
        await client.disconnect()


@pytest.fixture(params=[None, 2], ids=["shared", "own"])
def threads(request: pytest.FixtureRequest) -> Iterator[int | None]:
    """The threads that handlers use the database in: one for all, or one each."""
    with override_chanx_settings(DATABASE_THREADS=request.param):
        yield request.param


@pytest.fixture
def own_threads() -> Iterator[None]:
    """A thread for each handler, two at most."""
    with override_chanx_settings(DATABASE_THREADS=2):
        yield


async def answer(client: Client, message: BaseMessage | None = None) -> str:
    await client.send_message(message or Ask())
    return await received(client)


async def received(client: Client) -> str:
    reply = await client.receive_message()
    assert isinstance(reply, Answer)
    return reply.payload


async def handshake_through_channels(connect: Connect) -> None:
    await connect(AuthMiddlewareStack(Database.as_asgi()), [(b"cookie", b"sessionid=" + b"a" * 32)])


async def handshake_that_is_refused(connect: Connect) -> None:
    refused = await connect(Club.as_asgi(), [(b"authorization", b"Token wrong")])
    await refused.expect_closed(4401)


async def message_through_the_orm(connect: Connect) -> None:
    await answer(await connect())


async def message_through_channels(connect: Connect) -> None:
    await answer(await connect(), Ask(payload="channels"))


OTHERS = (
    handshake_through_channels,
    handshake_that_is_refused,
    message_through_the_orm,
    message_through_channels,
)


@pytest.mark.parametrize("other", OTHERS)
async def test_a_stream_gets_all_its_rows_while_others_use_the_database(
    connect: Connect, threads: int | None, other: Callable[[Connect], Awaitable[None]]
) -> None:
    client = await begin_stream(connect)
    await other(connect)
    Database.gate.opened.set()
    assert [await received(client) for _ in NAMES] == NAMES
    await client.receive_all_json()
    assert await open_connection() is None


async def begin_stream(connect: Connect) -> Client:
    """Have a handler begin to read its rows, and wait; return its client."""
    await User.objects.abulk_create([User(username=name) for name in NAMES])
    client = await connect()
    await client.send_message(Stream())
    await Database.gate.reached.acquire()
    return client


@sync_to_async
def open_connection() -> Any:
    """The connection that is open in the shared thread, None if there is none."""
    return connection.connection


@sync_to_async
def make_older(seconds: float) -> Any:
    """Let the shared connection be so much past its age, and return it."""
    connection.close_at = monotonic() - seconds
    return connections["default"]


async def test_a_connection_in_use_is_no_reason_for_others_to_wait(connect: Connect) -> None:
    await begin_stream(connect)
    other = await connect()
    process = await answer(other)
    assert await answer(other) == process
    await other.request(PingMessage(), expect=PongMessage)
    release = threading.Event()
    busy = asyncio.ensure_future(sync_to_async(release.wait)())
    await other.request(PingMessage(), expect=PongMessage)
    release.set()
    await busy


async def test_a_connection_that_is_always_in_use_is_replaced_some_time_after_its_age(
    connect: Connect,
) -> None:
    client, other = await begin_stream(connect), await connect()
    process = await answer(other)
    old = await make_older(59)
    assert await answer(other) == process
    await make_older(61)
    await answer(other)  # at whose end or beginning it is given up
    assert await answer(other) != process
    Database.gate.opened.set()
    assert [await received(client) for _ in NAMES] == NAMES
    await client.receive_all_json()
    assert old.connection is None
    assert await open_connection() is None


async def test_a_broken_connection_is_replaced_although_others_use_it(connect: Connect) -> None:
    await begin_stream(connect)
    other = await connect()
    process = await answer(other)
    await other.send_message(Ask(payload=f"SELECT pg_terminate_backend({process})"))
    assert isinstance(await other.receive_message(), ErrorMessage)
    assert await answer(other) != process


async def test_who_leaves_before_the_look_leaves_no_connection_open(connect: Connect) -> None:
    release, queried = threading.Event(), asyncio.Event()

    class Leaving(Database):
        @ws_handler
        async def ask(self, message: Ask) -> Answer:
            process = await ask(PROCESS)
            asyncio.get_running_loop().call_soon(queried.set)
            SyncToAsync.single_thread_executor.submit(release.wait)
            return Answer(payload=str(process))

    gone, other = await connect(Leaving.as_asgi()), await connect()
    await gone.send_message(Ask())
    await queried.wait()
    end = asyncio.ensure_future(gone.disconnect())
    try:
        await other.request(PingMessage(), expect=PongMessage)
    finally:
        release.set()
    await end
    assert await open_connection() is None


# Threads and connections of their own


@pytest.mark.usefixtures("own_threads")
async def test_what_one_sets_in_its_session_others_do_not_see(connect: Connect) -> None:
    ada, grace = await connect(), await connect()
    for client, tenant in ((ada, "attic"), (grace, "cellar")):
        await client.send_message(Tenant(payload=tenant))
        await Database.gate.reached.acquire()
    Database.gate.opened.set()
    assert [await received(ada), await received(grace)] == ["attic", "cellar"]


@pytest.mark.usefixtures("own_threads")
async def test_a_slow_query_delays_nobody_else(connect: Connect) -> None:
    slow, other = await connect(), await connect()
    await ask("SELECT pg_advisory_lock(1)")
    await slow.send_message(Lock())
    await answer(other)
    await ask("SELECT pg_advisory_unlock(1)")
    assert await received(slow) == "locked"
    await sync_to_async(connections.close_all)()


@pytest.mark.usefixtures("own_threads")
async def test_who_comes_when_all_threads_are_taken_waits_for_one(connect: Connect) -> None:
    holders = [await connect(), await connect()]
    for holder in holders:
        await holder.send_message(Tenant(payload="attic"))
        await Database.gate.reached.acquire()
    late, idle = await connect(), await connect()
    await late.send_message(Ask())
    await idle.request(PingMessage(), expect=PongMessage)
    assert not late.close_code
    assert await ask("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%%app.tenant%%'") == 3
    Database.gate.opened.set()
    assert await received(late)
    for holder in holders:
        assert await received(holder) == "attic"
    await sync_to_async(connections.close_all)()


async def test_a_threads_connection_is_kept_as_long_as_the_settings_say(
    connect: Connect, database: Options
) -> None:
    with override_chanx_settings(DATABASE_THREADS=1):
        client = await connect()
        assert await answer(client) != await answer(client)
        database["CONN_MAX_AGE"] = None
        kept = await answer(client)
        assert await answer(client) == kept
        assert await answer(await connect()) == kept
        database["CONN_MAX_AGE"] = 0
        await client.send_message(Ask(payload=f"SELECT pg_terminate_backend({kept})"))
        assert isinstance(await client.receive_message(), ErrorMessage)
        assert await answer(client) != kept


async def test_a_cancelled_handler_gives_its_thread_back(connect: Connect) -> None:
    with override_chanx_settings(DATABASE_THREADS=1):
        gone = await connect()
        await gone.send_message(Tenant(payload="attic"))
        await Database.gate.reached.acquire()
        await gone.disconnect()
        assert await answer(await connect())


async def test_who_leaves_while_all_threads_are_taken_waits_for_none(connect: Connect) -> None:
    with override_chanx_settings(DATABASE_THREADS=1):
        holder, gone, idle = await connect(), await connect(), await connect()
        await holder.send_message(Tenant(payload="attic"))
        await Database.gate.reached.acquire()
        await gone.send_message(Ask())
        await idle.request(PingMessage(), expect=PongMessage)
        await gone.disconnect()
        Database.gate.opened.set()
        assert await received(holder) == "attic"
        assert await answer(holder)


async def test_what_outlives_its_handler_goes_on_in_the_shared_thread(connect: Connect) -> None:
    begun: list[asyncio.Task[Any]] = []

    class Leaving(Database):
        @ws_handler
        async def ask(self, message: Ask) -> Answer:
            async def later() -> Any:
                await ask(PROCESS)
                await self.gate.wait()
                return await ask(PROCESS)

            begun.append(asyncio.create_task(later()))
            await self.gate.reached.acquire()
            return Answer(payload=str(await ask(PROCESS)))

    with override_chanx_settings(DATABASE_THREADS=1):
        await answer(await connect(Leaving.as_asgi()))
        Database.gate.opened.set()
        assert await begun[0] == await ask(PROCESS)
    await sync_to_async(connections.close_all)()
