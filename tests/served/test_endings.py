"""Servers that are told to stop end in time, and their connections in order."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from chanx.core.limits import Limits
from tests.redis_server import RedisServer
from tests.served.endings import APPLICATION, HINT, Ending, stopped
from tests.served.servers import COMMANDS, Server, launched

TERM, INT = signal.SIGTERM, signal.SIGINT

IN_TIME = Limits().close_timeout
"""Seconds that a client may take to read the close; a server that ends does not wait for them."""

# Those that differ; `hatch run endings` has the whole table.
CASES = [
    ("uvicorn", "ordered", INT),
    ("uvicorn", "unread", TERM),
    ("uvicorn-sansio", "concurrent", TERM),
    ("uvicorn-sansio", "blocking", INT),  # asyncio waits for its executor
    ("uvicorn-sansio", "unread", INT),
    ("uvicorn-uvloop", "flood", INT),
    ("uvicorn-uvloop", "unread", TERM),
    ("uvicorn-workers", "streaming", TERM),
    ("gunicorn", "many", INT),  # which its workers get as SIGQUIT
    ("gunicorn", "ordered", TERM),
    ("embedded", "concurrent", TERM),  # in a host that handles no signal
    ("hypercorn", "blocking", TERM),
    ("hypercorn", "flood", TERM),
    ("hypercorn", "unread", INT),
    ("daphne", "ordered", INT),
    ("daphne", "blocking", TERM),  # the interpreter waits for its threads
    ("daphne", "unread", TERM),
]


def in_order(ending: Ending, kind: str) -> None:
    """Check that each connection ended as it should, whatever it did."""
    code = 4503 if kind == "daphne" else 1012  # what daphne can send
    assert ending.left == [code] * ending.connections, ending
    assert [each for each, _ in ending.closes] == [code] * len(ending.closes)
    assert len(ending.delays) == len(ending.closes)
    hints = [HINT.fullmatch(reason) for _, reason in ending.closes]
    if kind == "daphne":  # which drops reasons
        assert not any(hints)
    else:
        assert [float(hint[1]) for hint in hints if hint] == ending.delays
    assert "Traceback" not in ending.output, ending.output


@pytest.mark.parametrize(("kind", "load", "how"), CASES)
async def test_a_server_ends_in_time_and_its_connections_in_order(
    kind: str, load: str, how: signal.Signals, tmp_path: Path
) -> None:
    ending = await stopped(kind, load, how, tmp_path)
    in_order(ending, kind)
    assert ending.seconds < IN_TIME
    if kind == "embedded":
        assert ending.status == -TERM
    assert ("threads still run" in ending.output) == (load == "blocking")


async def test_a_client_that_does_not_read_is_found_behind_what_fastapi_puts_around_it(
    tmp_path: Path,
) -> None:
    application = "tests.served.drained:fastapi"
    ending = await stopped("uvicorn-sansio", "unread", TERM, tmp_path, application=application)
    in_order(ending, "uvicorn-sansio")
    assert ending.seconds < IN_TIME


@pytest.fixture
async def environment(tmp_path: Path) -> dict[str, str]:
    return {"JOURNAL": str(tmp_path / "journal"), "DRAIN_TIMEOUT": "30"}


async def told(client: ClientConnection) -> list[dict[str, Any]]:
    """What a client is told until it is closed."""
    messages: list[dict[str, Any]] = []
    with suppress(ConnectionClosed):
        async with asyncio.timeout(30):
            while True:
                messages.append(json.loads(await client.recv()))
    return messages


async def test_a_client_gets_its_reply_and_goes_on_elsewhere(
    environment: dict[str, str], tmp_path: Path
) -> None:
    async with (
        launched("uvicorn", APPLICATION, environment, tmp_path / "journal") as first,
        launched("hypercorn", APPLICATION, environment, tmp_path / "journal") as second,
        first.client("") as client,
    ):
        await client.send('{"action": "brief"}')
        await first.noted("works")
        assert await first.terminate() == -TERM
        *messages, last = await told(client)
        assert messages[-1] == {"action": "said", "payload": "worked"}
        hint = HINT.fullmatch(client.close_reason or "")
        assert hint
        assert last == {"action": "reconnect", "payload": {"retry_after": float(hint[1])}}
        async with second.client("") as again:
            assert json.loads(await again.recv())["payload"] == "welcome"


async def test_a_second_signal_ends_a_server_at_once(
    environment: dict[str, str], tmp_path: Path
) -> None:
    async with (
        launched("uvicorn", APPLICATION, environment, tmp_path / "journal") as server,
        server.client("") as client,
    ):
        await client.send('{"action": "ordered"}')
        for _ in range(2):
            await client.recv()
        server.process.send_signal(TERM)
        async with server.client("") as late:  # by then the signal was heard
            assert (await told(late))[0]["payload"]["code"] == "refused"
        assert await server.terminate() == -TERM
        assert await told(client) == []
        assert client.close_code == 1012
    assert server.journal()[-2:] == ["left 1012", "lifespan.shutdown"]


async def test_a_host_may_keep_its_signals_and_handlers_finish_all_the_same(
    environment: dict[str, str], tmp_path: Path
) -> None:
    deaf = {**environment, "DEAF": "1"}
    async with (
        launched("uvicorn", APPLICATION, deaf, tmp_path / "journal") as server,
        server.client("") as client,
    ):
        await client.send('{"action": "brief"}')
        await server.noted("works")
        await server.terminate()
        await told(client)
        assert (client.close_code, client.close_reason) == (1012, "")
    assert server.journal()[-3:] == ["worked", "left 1012", "lifespan.shutdown"]


@pytest.fixture(params=COMMANDS)
async def server(
    request: pytest.FixtureRequest, environment: dict[str, str], tmp_path: Path
) -> AsyncIterator[Server]:
    """A server of each kind."""
    journal = tmp_path / "journal"
    async with launched(request.param, APPLICATION, environment, journal) as server:
        yield server


async def test_a_client_that_names_the_code_of_a_restart_ends_nobody_else(server: Server) -> None:
    async with server.client("") as client, server.client("") as other:
        await client.recv()
        await other.recv()
        await client.close(1012)
        await server.noted("left")
        await other.send('{"action": "say"}')
        assert json.loads(await other.recv())["payload"] == "said"


def on_lists(redis: RedisServer) -> dict[str, str]:
    """The environment of an application on the layer of channels_redis.core."""
    hosts = [{"address": redis.url, "socket_timeout": None}]
    return {
        "LAYER": "channels_redis.core.RedisChannelLayer",
        "LAYER_CONFIG": json.dumps({"hosts": hosts}),
    }


@pytest.mark.parametrize("kind", ["uvicorn", "daphne"])
async def test_two_hundred_connections_leave_no_member_in_redis(
    kind: str, tmp_path: Path, redis_server: RedisServer
) -> None:
    ending = await stopped(kind, "many", TERM, tmp_path, on_lists(redis_server))
    in_order(ending, kind)
    async with redis_server.client() as redis:
        assert await redis.keys("*") == []


async def test_a_server_ends_though_its_redis_was_killed(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    ending = await stopped(
        "uvicorn", "idle", TERM, tmp_path, on_lists(redis_server), before=redis_server.kill
    )
    assert ending.left == [1012] * ending.connections
    assert ending.seconds < IN_TIME
