"""Rooms across processes over Redis: workers of one server, servers of their own, their ends."""

import asyncio
import json
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.redis_server import RedisServer
from tests.served.django_chat import APPLICATION, Chat, ended, environment_of, heard, post, say
from tests.served.servers import Server, launched

ROOMS = "tests.served.rooms:application"
TIMEOUT = 30


async def frame(client: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(TIMEOUT):
        received: dict[str, Any] = json.loads(await client.recv())
    return received


async def until(client: ClientConnection, action: str) -> dict[str, Any]:
    """The next frame of an action, whatever comes before it."""
    while (received := await frame(client))["action"] != action:
        pass
    return received


class Member:
    """A client in a room, and the process that serves it."""

    def __init__(self, client: ClientConnection, process: int) -> None:
        self.client = client
        self.process = process

    async def say(self, number: int) -> None:
        await self.client.send(json.dumps({"action": "say", "payload": number}))


async def member(stack: AsyncExitStack, server: Server, path: str = "/rooms/lobby") -> Member:
    url = f"ws://127.0.0.1:{server.port}{path}"
    connecting = connect(url, proxy=None, compression=None, open_timeout=TIMEOUT)
    client = await stack.enter_async_context(connecting)
    return Member(client, (await frame(client))["payload"])


@pytest.fixture
def environment(redis_server: RedisServer) -> dict[str, str]:
    return {"REDIS_URL": redis_server.url}


@pytest.fixture(params=["uvicorn-workers", "gunicorn-preload"])
async def workers(
    request: pytest.FixtureRequest, environment: dict[str, str], tmp_path: Path
) -> AsyncIterator[Server]:
    """A server with two workers."""
    async with launched(request.param, ROOMS, environment, tmp_path / "journal") as server:
        yield server


async def of_two_processes(
    stack: AsyncExitStack, server: Server, path: str = "/rooms/lobby"
) -> list[Member]:
    """Two members of a room that are served by different workers."""
    first = await member(stack, server, path)
    async with asyncio.timeout(TIMEOUT):
        while (second := await member(stack, server, path)).process == first.process:
            pass
    return [first, second]


async def test_what_a_user_may_send_is_counted_in_all_workers_together(workers: Server) -> None:
    async with AsyncExitStack() as stack:
        both = await of_two_processes(stack, workers, "/paced/ada")
        other = await member(stack, workers, "/paced/bob")
        actions: list[str] = []
        for number in range(15):
            for each in both:
                await each.say(number)
                actions.append((await frame(each.client))["action"])
        # A process holds a tenth of the burst at most, which the other one misses.
        assert 18 <= actions.count("said") <= 20
        assert actions[-4:] == ["error"] * 4
        await other.say(1)
        assert (await frame(other.client))["action"] == "said"


async def test_members_served_by_two_workers_are_in_one_room(workers: Server) -> None:
    async with AsyncExitStack() as stack:
        ada, bob = await of_two_processes(stack, workers)
        for number in range(10):
            await ada.say(number)
        for each in (ada, bob):
            heard = [(await until(each.client, "said"))["payload"] for _ in range(10)]
            assert heard == [*range(10)]


async def test_every_worker_tells_a_room_by_http_from_its_threads(workers: Server) -> None:
    url = f"http://127.0.0.1:{workers.port}/rooms/lobby/tell"

    async def tell(number: int) -> int:
        async with httpx.AsyncClient() as http:  # A connection of its own for each.
            process: int = (await http.post(url, params={"text": str(number)})).json()
            return process

    async with AsyncExitStack() as stack:
        members = await of_two_processes(stack, workers)
        processes: set[int] = set()
        told = 0
        async with asyncio.timeout(TIMEOUT):
            while processes != {each.process for each in members}:
                # At once: of two workers that wait, a system may give each that comes to the same.
                processes.update(await asyncio.gather(*map(tell, range(told, told + 8))))
                told += 8
        for each in members:
            texts = [(await until(each.client, "told"))["payload"] for _ in range(told)]
            assert sorted(map(int, texts)) == [*range(told)]


async def test_clients_of_all_workers_stay_through_a_restart_of_redis(
    workers: Server, redis_server: RedisServer
) -> None:
    async with AsyncExitStack() as stack:
        ada, bob = await of_two_processes(stack, workers)
        redis_server.kill()
        redis_server.start()
        for each in (ada, bob):
            assert (await until(each.client, "missed"))["payload"] > 0
        await bob.say(1)
        for each in (ada, bob):
            assert (await until(each.client, "said"))["payload"] == 1


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_a_process_that_ends_leaves_nothing_in_redis(
    environment: dict[str, str], tmp_path: Path, redis_server: RedisServer, how: signal.Signals
) -> None:
    async with (
        AsyncExitStack() as stack,
        launched("uvicorn", ROOMS, environment, tmp_path / "journal") as server,
        redis_server.client() as redis,
    ):
        for number in range(20):
            await member(stack, server, f"/rooms/room{number % 3}")
        assert len(await redis.pubsub_channels()) == 4
        server.process.send_signal(how)
        async with asyncio.timeout(TIMEOUT):
            await server.process.wait()
        # The client's own connection is left, once Redis has noticed the end of the others.
        async with asyncio.timeout(TIMEOUT):
            while len(await redis.client_list()) > 1:
                pass
        assert await redis.pubsub_channels() == []
        assert await redis.dbsize() == 0


async def test_two_daphnes_of_one_project_share_their_rooms(
    seeded: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    database = Path(shutil.copy(seeded, tmp_path))
    environment = environment_of(database) | environment
    async with (
        launched("daphne", APPLICATION, environment, tmp_path / "one") as one,
        launched("daphne", APPLICATION, environment, tmp_path / "two") as two,
        Chat(one).member("ada") as ada,
        Chat(two).member("grace") as grace,
    ):
        await say(ada, "Hello from here.")
        await say(grace, "Hello from there.")
        for socket in (ada, grace):
            texts = {(await heard(socket))["payload"]["text"] for _ in range(2)}
            assert texts == {"Hello from here.", "Hello from there."}


async def test_who_logs_out_in_one_process_has_no_sockets_in_another(
    seeded: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    database = Path(shutil.copy(seeded, tmp_path))
    environment = environment_of(database) | environment
    async with (
        launched("uvicorn", APPLICATION, environment, tmp_path / "one") as one,
        launched("uvicorn", APPLICATION, environment, tmp_path / "two") as two,
        Chat(one).member("ada") as ada,
        Chat(one).member("grace") as grace,
        Chat(two).browser("ada") as browser,
    ):
        await post(browser, "/logout/")
        assert await ended(ada) == 4401
        assert ada.close_reason == "You have logged out."
        await say(grace, "I am still here.")
        assert (await heard(grace))["payload"]["text"] == "I am still here."


@pytest.mark.parametrize("kind", ["uvicorn-workers", "hypercorn-workers", "gunicorn-workers"])
async def test_workers_without_a_layer_between_them_say_so_once_each(
    kind: str, tmp_path: Path
) -> None:
    async with (
        AsyncExitStack() as stack,
        launched(kind, ROOMS, {}, tmp_path / "journal") as server,
    ):
        members = await of_two_processes(stack, server)
        for each in members:
            await each.say(1)
            assert (await until(each.client, "said"))["payload"] == 1
        server.process.send_signal(signal.SIGTERM)
        assert server.reading is not None
        await server.reading
    assert server.output.count("This is one of 2 workers") == 2
    assert server.output.count("such as chanx.layers.RedisLayer") == 2


async def test_a_single_worker_says_nothing_of_its_layer(tmp_path: Path) -> None:
    async with (
        AsyncExitStack() as stack,
        launched("uvicorn", ROOMS, {}, tmp_path / "journal") as server,
    ):
        await member(stack, server)
        assert "RedisLayer" not in server.output
