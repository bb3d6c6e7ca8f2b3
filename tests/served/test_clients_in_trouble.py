"""Clients of both languages where servers, Redis and tokens end, or too much is said."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import pytest

from chanx.asyncapi.clients import describe
from chanx.asyncapi.clients.emitting import EmitOptions
from chanx.asyncapi.clients.typescript.emitter import emit
from chanx.cli.applications import document_of
from tests.clients.generating import imported
from tests.redis_server import RedisServer
from tests.served.driving import Connect, node_clients, python_clients
from tests.served.servers import Server, launched

APPLICATION: Final = "tests.served.trying:application"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """The client in Python, and where that in JavaScript is."""
    content = document_of(APPLICATION, {}, is_factory_named=False).content
    folder = tmp_path_factory.mktemp("clients")
    script = folder / "script"
    options = EmitOptions(name="script", version="1", javascript=True)
    for name, text in emit(describe(content), options).items():
        path = script / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (folder / "package.json").write_text('{"type": "module"}')
    return imported(content, folder / "served_trying_client"), script / "index.js"


@pytest.fixture(params=["python", "typescript"])
async def connect(
    request: pytest.FixtureRequest, written: tuple[Any, Path]
) -> AsyncIterator[Connect]:
    """Connects clients of a language."""
    module, index = written
    clients = python_clients(module) if request.param == "python" else node_clients(index)
    async with clients as connecting:
        yield connecting


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """The rooms, served."""
    async with launched("uvicorn", APPLICATION, {}, tmp_path / "journal") as server:
        yield server


def url(server: Server) -> str:
    return f"ws://127.0.0.1:{server.port}"


async def test_the_servers_heartbeat_is_answered_and_told_to_nobody(
    connect: Connect, server: Server
) -> None:
    client = await connect(url(server), "asked")
    assert await client.events.next("message") == ["message", "heard", 3]
    states = [event[1] for event in client.events.all if event[0] == "state"]
    assert states[-2:] == ["connecting", "open"]


async def test_a_token_that_is_renewed_in_place_lives_on_and_another_is_asked_for_anew(
    connect: Connect, server: Server
) -> None:
    renewed = await connect(url(server), "private", ["2-renewed", "60-renewed"])
    await renewed.events.next("state", "open")
    token = await renewed.do("refreshToken")
    assert token == "60-renewed"
    assert await renewed.call("renew", {"payload": token}) == ["renewed", None]

    expired = await connect(url(server), "private", ["2-expired", "60-expired"])
    await expired.events.next("asked", "connect")
    await expired.events.next("state", "open")
    await expired.events.next("asked", "rejected")
    await expired.events.next("state", "open")
    assert (await expired.call("ping"))[0] == "pong"

    # The token with which it began has ended before the other's.
    assert (await renewed.call("ping"))[0] == "pong"
    asked = [event for event in renewed.events.all if event[0] == "asked"]
    opened = [event for event in renewed.events.all if event[:2] == ["state", "open"]]
    assert (asked, len(opened)) == ([["asked", "connect"], ["asked", "expiring"]], 1)


async def test_a_token_that_is_refused_twice_ends_the_client(
    connect: Connect, server: Server
) -> None:
    client = await connect(url(server), "private", ["0-wrong"])
    assert (await client.events.next("state", "closed"))[2] == 4401
    reasons = [event[1] for event in client.events.all if event[0] == "asked"]
    assert reasons == ["connect", "rejected"]
    assert (await client.call("ping"))[0] == "ConnectionClosed"


async def test_clients_stay_through_a_restart_of_redis(
    connect: Connect, redis_server: RedisServer, tmp_path: Path
) -> None:
    environment = {"REDIS_URL": redis_server.url}
    async with launched("uvicorn", APPLICATION, environment, tmp_path / "journal") as server:
        ada, bob = [await connect(url(server), "room") for _ in range(2)]
        for each in (ada, bob):
            await each.events.next("state", "open")
        for each in (ada, bob):  # who hears it is in the room
            assert await each.call("say", {"payload": "here"}) == [None, None]
            await each.events.next("message", "said")
        redis_server.kill()
        redis_server.start()
        for each in (ada, bob):
            await each.events.next("message", "missed")
        assert await bob.call("say", {"payload": "back"}) == [None, None]
        for each in (ada, bob):
            assert await each.events.next("message", "said") == ["message", "said", "back"]
            assert [event[1] for event in each.events.all if event[0] == "state"].count("open") == 1


async def test_a_client_comes_back_when_its_server_does(connect: Connect, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(
            launched("uvicorn", APPLICATION, {}, tmp_path / "one")
        )
        port = str(first.port)
        client = await connect(url(first), "busy")
        await client.events.next("state", "open")
        await stack.aclose()
        assert (await client.events.next("state", "waiting"))[2] in (1006, 1012)
        assert (await client.call("ping"))[0] == "NotConnected"
        again = launched("uvicorn", APPLICATION, {}, tmp_path / "two", ("--port", port))
        async with again:
            await client.do("wake")
            await client.events.next("state", "open")
            assert (await client.call("ping"))[0] == "pong"


async def test_a_client_comes_back_when_the_server_wants_it(
    connect: Connect, server: Server
) -> None:
    client = await connect(url(server), "leaving")
    await client.events.next("state", "open")
    await server.terminate()
    _, _, payload = await client.events.next("message", "reconnect")
    _, _, code, retry_in = await client.events.next("state", "waiting")
    assert code == 1012
    # Nobody comes back sooner, and only what every client waits for itself makes it later.
    assert retry_in == pytest.approx(payload["retry_after"]) or (
        payload["retry_after"] < retry_in <= 0.5
    )


async def test_one_who_takes_slowly_loses_a_stream_and_nothing_else(
    connect: Connect, server: Server
) -> None:
    client = await connect(url(server), "busy", max_buffered=10)
    await client.events.next("state", "open")
    given = {"name": "count", "say": {"payload": 100}, "meanwhile": "ping"}
    taken, error = await client.do("takeSlowly", given)
    # The eleventh comes before the first is taken, or after it.
    assert taken in (10, 11)
    assert error == "Overflow"
    assert (await client.call("ping"))[0] == "pong"


async def test_what_is_sent_is_spaced_unless_that_is_turned_off(
    connect: Connect, server: Server
) -> None:
    async def pings(**options: Any) -> list[Any]:
        client = await connect(url(server), "busy", timeout=30, **options)
        await client.events.next("state", "open")
        return await asyncio.gather(*(client.call("ping") for _ in range(30)))

    spaced = await pings()
    # One that a busy machine holds up arrives closer to the next than it was sent.
    assert [reply for reply, _ in spaced].count("pong") >= 29
    flood = await pings(pace=False)
    refused = [code for reply, code in flood if reply == "Refused"]
    assert {*refused} == {"too_many_requests"}
    assert len(refused) > 1
