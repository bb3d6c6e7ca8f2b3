"""Handlers declared with ``def``, in transactions, and in threads of their consumer's own."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Literal

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.http import Http404

from chanx.core.errors import ConfigurationError, MessageError
from chanx.core.limits import Limits
from chanx.ext.channels import (
    AsyncJsonWebsocketConsumer,
    BaseMessage,
    binary_handler,
    event_handler,
    ws_handler,
)
from chanx.ext.channels.utils.settings import override_chanx_settings
from chanx.testing import WebsocketCommunicator

Connect = Callable[..., Awaitable[WebsocketCommunicator]]


@pytest.fixture(scope="module")
def tables(postgresql_tables: None) -> None:
    """The tables of the installed applications in PostgreSQL."""


class Add(BaseMessage):
    action: Literal["add"] = "add"
    payload: str


class AddLater(BaseMessage):
    action: Literal["add_later"] = "add_later"
    payload: str


class AddLoosely(BaseMessage):
    action: Literal["add_loosely"] = "add_loosely"
    payload: str


class AddAtOnce(BaseMessage):
    action: Literal["add_at_once"] = "add_at_once"
    payload: str


class Count(BaseMessage):
    action: Literal["count"] = "count"


class Noted(BaseMessage):
    action: Literal["noted"] = "noted"
    payload: str


class Counted(BaseMessage):
    action: Literal["counted"] = "counted"
    payload: Any = None


def add(name: str) -> Counted:
    User.objects.create(username=name)
    if "fail" in name:
        raise LookupError(name)
    if "missing" in name:
        raise Http404
    if "busy" in name:
        raise MessageError("busy", "Not now.")
    return Counted(payload=User.objects.count())


class Accounts(AsyncJsonWebsocketConsumer[Noted]):
    groups = ("accounts",)
    gate: asyncio.Event
    reached: asyncio.Semaphore

    @ws_handler
    def add(self, message: Add) -> Counted:
        return add(message.payload)

    @ws_handler(atomic=False)
    def add_loosely(self, message: AddLoosely) -> Counted:
        return add(message.payload)

    @ws_handler(atomic=True)
    def add_at_once(self, message: AddAtOnce) -> Counted:
        assert connection.in_atomic_block
        return add(message.payload)

    @ws_handler(atomic=True)
    async def add_later(self, message: AddLater) -> Counted:
        await User.objects.acreate(username=f"{message.payload} first")
        self.reached.release()
        await self.gate.wait()
        return await sync_to_async(add)(message.payload)

    @ws_handler
    async def count(self, message: Count) -> Counted:
        return Counted(payload=await User.objects.acount())

    @binary_handler(atomic=True)
    def store(self, data: bytes) -> Counted:
        assert connection.in_atomic_block
        return add(data.decode())

    @event_handler(atomic=True)
    def noted(self, event: Noted) -> Counted:
        return add(event.payload)


@pytest.fixture
async def connect(
    database: dict[str, Any], layers: None, communicator: type[WebsocketCommunicator]
) -> AsyncIterator[Connect]:
    """Makes clients that are connected, until the test ends."""
    Accounts.gate, Accounts.reached = asyncio.Event(), asyncio.Semaphore(0)
    clients: list[WebsocketCommunicator] = []

    async def make(consumer: Any = Accounts, headers: Any = ()) -> WebsocketCommunicator:
        client = communicator(consumer.as_asgi(), "/", list(headers), consumer=consumer)
        clients.append(client)
        await client.connect()
        return client

    yield make
    Accounts.gate.set()
    for client in clients:
        await client.disconnect()


@pytest.fixture(params=[None, 2], ids=["shared", "own"])
def threads(request: pytest.FixtureRequest) -> Any:
    """The threads that handlers use the database in: one for all, or one each."""
    with override_chanx_settings(DATABASE_THREADS=request.param):
        yield


async def outcome(client: WebsocketCommunicator, message: BaseMessage | None = None) -> Any:
    if message is not None:
        await client.send_message(message)
    reply = await client.receive_json(5)
    return reply["payload"]["code"] if reply["action"] == "error" else reply["payload"]


async def names() -> list[str]:
    return [user.username async for user in User.objects.order_by("username")]


pytestmark = pytest.mark.usefixtures("threads")


async def test_a_handler_may_be_declared_with_def(connect: Connect) -> None:
    client = await connect()
    assert await outcome(client, Add(payload="ada")) == 1
    assert await outcome(client, Add(payload="eve missing")) == "not_found"
    assert await names() == ["ada", "eve missing"]
    await Accounts.broadcast_event(Noted(payload="bob"))
    assert await outcome(client) == 3


async def test_requests_that_are_atomic_make_such_a_handler_atomic_too(
    connect: Connect, database: dict[str, Any]
) -> None:
    database["ATOMIC_REQUESTS"] = True
    client = await connect()
    assert await outcome(client, Add(payload="fail")) == "handler_error"
    assert await outcome(client, Add(payload="missing")) == "not_found"
    assert await outcome(client, AddLoosely(payload="loose fail")) == "handler_error"
    assert await outcome(client, Add(payload="ada")) == 2
    assert await names() == ["ada", "loose fail"]


@pytest.mark.parametrize("kind", [AddAtOnce, AddLater])
async def test_what_an_atomic_handler_wrote_is_undone_when_it_fails(
    connect: Connect, kind: type[AddAtOnce | AddLater]
) -> None:
    Accounts.gate.set()
    client = await connect()
    for name, code in (("fail", "handler_error"), ("missing", "not_found"), ("busy", "busy")):
        assert await outcome(client, kind(payload=name)) == code
        assert await names() == []
    assert await outcome(client, kind(payload="ada")) in (1, 2)
    assert "ada" in await names()


async def test_an_atomic_event_handler_is_undone_likewise(connect: Connect) -> None:
    client = await connect()
    await Accounts.broadcast_event(Noted(payload="fail"))
    await Accounts.broadcast_event(Noted(payload="ada"))
    assert await outcome(client) == 1


async def test_an_atomic_handler_of_binary_frames_is_undone_likewise(connect: Connect) -> None:
    client = await connect()
    await client.send_bytes(b"fail")
    assert await outcome(client) == "handler_error"
    await client.send_bytes(b"ada")
    assert await outcome(client) == 1


async def test_what_others_do_meanwhile_is_not_in_the_transaction(connect: Connect) -> None:
    client, other = await connect(), await connect()
    await client.send_message(AddLater(payload="fail"))
    await Accounts.reached.acquire()
    assert await outcome(other, Count()) == 0
    assert await outcome(other, Add(payload="ada")) == 1
    Accounts.gate.set()
    assert await outcome(client) == "handler_error"
    assert await names() == ["ada"]


async def test_who_leaves_meanwhile_leaves_no_transaction_open(connect: Connect) -> None:
    for _ in range(5):  # more than there are threads
        gone = await connect()
        await gone.send_message(AddLater(payload="gone"))
        await Accounts.reached.acquire()
        await gone.disconnect()
    assert await names() == []
    Accounts.gate.set()
    assert await outcome(await connect(), AddLater(payload="ada")) == 2


async def test_a_handler_that_swallows_its_end_leaves_no_transaction_open(
    connect: Connect,
) -> None:
    begun = asyncio.Semaphore(0)

    class Stubborn(Accounts):
        limits = Limits(close_timeout=0.05)

        @ws_handler(atomic=True)
        async def add_later(self, message: AddLater) -> Counted:
            await User.objects.acreate(username=message.payload)
            begun.release()
            while True:
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    continue

    for number in range(5):
        gone = await connect(Stubborn)
        await gone.send_message(AddLater(payload=f"gone {number}"))
        await begun.acquire()
        await gone.disconnect()
    Accounts.gate.set()
    assert await outcome(await connect(), AddLater(payload="ada")) == 2
    assert await names() == ["ada", "ada first"]


async def test_a_reply_is_sent_when_its_transaction_is_committed(connect: Connect) -> None:
    class Refusing(Accounts):
        @ws_handler(atomic=True)
        async def add_later(self, message: AddLater) -> Counted:
            # A constraint that is looked at when the transaction is committed.
            await sync_to_async(self.defer)()
            return Counted(payload="done")

        @staticmethod
        def defer() -> None:
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO auth_user_groups (user_id, group_id) VALUES (999999, 999999)"
                )

    client = await connect(Refusing)
    assert await outcome(client, AddLater(payload="")) == "handler_error"
    assert await outcome(client, Count()) == 0


async def test_a_synchronous_handler_sends_through_async_to_sync(connect: Connect) -> None:
    class Telling(AsyncJsonWebsocketConsumer):
        @ws_handler
        def add(self, message: Add) -> None:
            with transaction.atomic():
                async_to_sync(self.send_message)(Counted(payload=message.payload))

    assert await outcome(await connect(Telling), Add(payload="hello")) == "hello"


# What cannot work


async def stream(self: Any, message: Count) -> AsyncIterator[Counted]:
    yield Counted()


async def reply(self: Any, message: Count) -> Counted:
    return Counted()


def generator(self: Any, message: Count) -> Any:
    yield Counted()


@pytest.mark.parametrize(
    ("method", "arguments", "match"),
    [
        (stream, {"atomic": True}, "is a stream, and atomic=True would"),
        (reply, {"atomic": True, "using": "elsewhere"}, "'elsewhere', which settings"),
        (generator, {}, "is not asynchronous"),
    ],
    ids=["stream", "database", "generator"],
)
def test_what_cannot_work_is_refused(method: Any, arguments: Any, match: str) -> None:
    handler = ws_handler(**arguments)(method)
    with pytest.raises(ConfigurationError, match=match):
        type("Wrong", (AsyncJsonWebsocketConsumer,), {"count": handler})


@pytest.mark.parametrize("threads_of_its_own", [-1, True, "4"])
def test_a_number_of_threads_that_is_none_is_refused(threads_of_its_own: Any) -> None:
    with pytest.raises(ConfigurationError, match="it takes a whole number"):
        type("Wrong", (AsyncJsonWebsocketConsumer,), {"database_threads": threads_of_its_own})


# Threads of a consumer


def which() -> str:
    return threading.current_thread().name


class Where(AsyncJsonWebsocketConsumer):
    @ws_handler
    async def count(self, message: Count) -> Counted:
        return Counted(payload=await sync_to_async(which)())


class InThreads(Where):
    database_threads = 2


class InShared(Where):
    database_threads = 0


async def test_a_consumer_may_have_threads_of_its_own(connect: Connect) -> None:
    own, shared = await connect(InThreads), await connect(InShared)
    assert (await outcome(own, Count())).startswith("chanx-unit")
    assert not (await outcome(shared, Count())).startswith("chanx-unit")
    for client, is_own in ((own, True), (shared, False)) * 2:
        assert (await outcome(client, Count())).startswith("chanx-unit") is is_own


async def test_an_event_runs_in_the_threads_of_whose_it_is(connect: Connect) -> None:
    class Heard(AsyncJsonWebsocketConsumer[Noted]):
        groups = ("heard",)
        database_threads = 0

        @event_handler
        async def noted(self, event: Noted) -> Counted:
            return Counted(payload=await sync_to_async(which)())

    class Telling(AsyncJsonWebsocketConsumer):
        database_threads = 2

        @ws_handler
        async def count(self, message: Count) -> Counted:
            await User.objects.acount()
            await Heard.broadcast_event(Noted(payload=""))
            return Counted()

    hearing, telling = await connect(Heard), await connect(Telling)
    for _ in range(2):
        await outcome(telling, Count())
        assert not (await outcome(hearing)).startswith("chanx-unit")
