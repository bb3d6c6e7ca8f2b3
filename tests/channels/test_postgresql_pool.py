"""psycopg's pool in the place of connections that threads keep: each goes back to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, Literal

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections, transaction

from chanx.core.decorators import ws_handler
from chanx.ext.channels.utils.settings import override_chanx_settings
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage, ErrorMessage
from chanx.testing import WebsocketCommunicator

Options = dict[str, Any]
Client = WebsocketCommunicator
Connect = Callable[[], Awaitable[Client]]


@pytest.fixture(scope="module")
def tables(postgresql_tables: None) -> None:
    """The tables of the installed applications in PostgreSQL, the default database meanwhile."""


class Ask(BaseMessage):
    action: Literal["ask"] = "ask"


class Answer(BaseMessage):
    action: Literal["answer"] = "answer"
    payload: int


class Begin(BaseMessage):
    action: Literal["begin"] = "begin"


class Break(BaseMessage):
    action: Literal["break"] = "break"


def query() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def query_elsewhere() -> int:
    """Query in a thread that handlers do not use, with a connection that none of them keeps."""
    try:
        return query()
    finally:
        connections.close_all()


server_process = sync_to_async(query)


@sync_to_async
def begin_transaction() -> None:
    transaction.atomic().__enter__()


@sync_to_async
def end_the_server_process() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


class Database(AsyncJsonWebsocketConsumer):
    reached: asyncio.Event

    @ws_handler
    async def ask(self, message: Ask) -> Answer:
        return Answer(payload=await server_process())

    @ws_handler
    async def begin(self, message: Begin) -> None:
        await begin_transaction()
        await server_process()
        self.reached.set()
        await asyncio.Event().wait()

    @ws_handler
    async def break_off(self, message: Break) -> None:
        await end_the_server_process()


@pytest.fixture
async def connect(
    database: Options, layers: None, communicator: type[Client]
) -> AsyncIterator[Connect]:
    """Makes clients that are connected, on a pool of one connection, until the test ends."""
    pool = {"min_size": 1, "max_size": 1, "timeout": 5}
    database.update(CONN_MAX_AGE=0, OPTIONS={"pool": pool})
    Database.reached = asyncio.Event()
    clients: list[Client] = []

    async def make() -> Client:
        client = communicator(Database.as_asgi(), "/", consumer=Database)
        clients.append(client)
        await client.connect()
        return client

    yield make
    for client in clients:
        await client.disconnect()
    await sync_to_async(_close_pool)()


def _close_pool() -> None:
    connections.close_all()
    wrapper: Any = connections["default"]
    wrapper.close_pool()


@pytest.fixture(params=[None, 4], ids=["shared", "own"])
def threads(request: pytest.FixtureRequest) -> Iterator[None]:
    """The threads that handlers use the database in: one for all, or one each."""
    with override_chanx_settings(DATABASE_THREADS=request.param):
        yield


async def answer(client: Client) -> int:
    return (await client.request(Ask(), expect=Answer)).payload


@pytest.mark.usefixtures("threads")
async def test_one_connection_serves_more_clients_than_there_are_connections(
    connect: Connect,
) -> None:
    clients = [await connect() for _ in range(8)]
    assert len(set(await asyncio.gather(*(answer(client) for client in clients)))) == 1


@pytest.mark.usefixtures("threads")
async def test_a_connection_is_returned_when_its_handler_has_ended(connect: Connect) -> None:
    process = await answer(await connect())
    assert await asyncio.to_thread(query_elsewhere) == process


async def test_a_connection_is_returned_although_its_transaction_was_never_ended(
    connect: Connect,
) -> None:
    with override_chanx_settings(DATABASE_THREADS=1):
        gone = await connect()
        await gone.send_message(Begin())
        await Database.reached.wait()
        await gone.disconnect()
        process = await answer(await connect())
    assert await asyncio.to_thread(query_elsewhere) == process


@pytest.mark.usefixtures("threads")
async def test_a_connection_that_broke_is_replaced(connect: Connect) -> None:
    client = await connect()
    process = await answer(client)
    await client.send_message(Break())
    assert isinstance(await client.receive_message(), ErrorMessage)
    assert await answer(client) != process
