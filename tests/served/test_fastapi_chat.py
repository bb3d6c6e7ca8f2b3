"""The example with FastAPI over Redis: several workers are one chat, through what befalls them."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.redis_server import RedisServer
from tests.served.servers import Server, launched

TIMEOUT = 30


class Person:
    """Somebody's connection, and the worker that serves it."""

    def __init__(self, client: ClientConnection, worker: psutil.Process) -> None:
        self.client = client
        self.worker = worker

    async def next(self, action: str) -> Any:
        """The payload of the next frame of an action, whatever comes before it."""
        async with asyncio.timeout(TIMEOUT):
            while (frame := json.loads(await self.client.recv()))["action"] != action:
                pass
        return frame["payload"]

    async def send(self, action: str, payload: Any) -> None:
        await self.client.send(json.dumps({"action": action, "payload": payload}))


def serving(server: Server, client: ClientConnection) -> psutil.Process:
    """The process at the other end of a connection."""
    for process in psutil.Process(server.process.pid).children(recursive=True):
        for each in process.net_connections("tcp"):
            if each.raddr and each.raddr.port == client.local_address[1]:
                return process
    raise LookupError("no worker has this connection")


class Chat:
    """The chat, being served by two workers."""

    def __init__(self, server: Server, stack: AsyncExitStack) -> None:
        self.server = server
        self._stack = stack

    async def join(self, name: str, beside: Person | None = None) -> Person:
        """Enter the lobby, served by another worker than somebody else."""
        url = f"ws://127.0.0.1:{self.server.port}/ws/rooms/lobby?name={name}"
        headers = {"Cookie": f"visitor={name}"}
        async with asyncio.timeout(TIMEOUT):
            while True:
                client = await connect(url, additional_headers=headers, proxy=None)
                person = Person(client, serving(self.server, client))
                if beside is None or person.worker != beside.worker:
                    self._stack.push_async_callback(client.close)
                    return person
                await client.close()


@pytest.fixture
async def chat(redis_server: RedisServer, tmp_path: Path) -> AsyncIterator[Chat]:
    environment = {"REDIS_URL": redis_server.url, "PYTHONPATH": "examples"}
    async with (
        launched("uvicorn-workers", "fastapi_chat.main:app", environment, tmp_path / "j") as server,
        AsyncExitStack() as stack,
    ):
        yield Chat(server, stack)


def names(members: list[dict[str, str]]) -> set[str]:
    return {member["name"] for member in members}


async def test_two_workers_are_one_room(chat: Chat) -> None:
    ada = await chat.join("Ada")
    await ada.next("welcome")
    await ada.send("say", {"text": "Hello from here."})
    first = await ada.next("said")
    grace = await chat.join("Grace", beside=ada)
    welcome = await grace.next("welcome")
    assert welcome["history"] == [first]
    assert names(welcome["members"]) == {"Ada", "Grace"}
    while names(await ada.next("presence")) != {"Ada", "Grace"}:
        pass
    await grace.send("say", {"text": "Hello from there."})
    second = await ada.next("said")
    assert second["id"] == first["id"] + 1
    await grace.send("edit", {"id": second["id"], "text": "Hello!"})
    assert (await ada.next("edited"))["text"] == "Hello!"
    await grace.send("edit", {"id": first["id"], "text": "Mine"})
    assert (await grace.next("rejected"))["code"] == "not_yours"
    await grace.client.close()
    while names(await ada.next("presence")) != {"Ada"}:
        pass


async def test_a_name_is_taken_in_all_workers_and_an_announcement_reaches_all(chat: Chat) -> None:
    ada = await chat.join("Ada")
    await ada.next("welcome")
    grace = await chat.join("Grace", beside=ada)
    await grace.next("welcome")
    url = f"ws://127.0.0.1:{chat.server.port}/ws/rooms/lobby?name=ada"
    for _ in range(4):
        async with connect(url, proxy=None) as impostor:
            assert "choose another name" in json.loads(await impostor.recv())["payload"]["detail"]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{chat.server.port}") as http:
        rooms = (await http.get("/api/rooms")).json()
        assert rooms[0] == {"name": "lobby", "people": 2, "messages": 0}
        await http.post("/api/rooms/lobby/announcements", json={"text": "Tea!"})
    for person in (ada, grace):
        assert await person.next("announcement") == {"text": "Tea!"}


async def test_a_restart_of_redis_that_forgot_all_is_told_to_every_page(
    chat: Chat, redis_server: RedisServer
) -> None:
    ada = await chat.join("Ada")
    await ada.next("welcome")
    grace = await chat.join("Grace", beside=ada)
    await grace.next("welcome")
    redis_server.kill()
    redis_server.start()
    for person in (ada, grace):
        assert (await person.next("welcome"))["history"] == []
    await grace.send("say", {"text": "Again."})
    for person in (ada, grace):
        assert (await person.next("said"))["text"] == "Again."
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{chat.server.port}") as http:
        assert (await http.get("/api/rooms")).json()[0]["people"] == 2


async def test_people_of_a_worker_that_was_killed_leave_once_it_is_taken_for_gone(
    chat: Chat, redis_server: RedisServer
) -> None:
    ada = await chat.join("Ada")
    await ada.next("welcome")
    grace = await chat.join("Grace", beside=ada)
    await grace.next("welcome")
    grace.worker.send_signal(signal.SIGKILL)
    async with redis_server.client() as redis:
        present = json.loads(await redis.hget("chat:rooms", "lobby"))["present"]
        [process] = [each.split("/")[0] for each in present if present[each]["name"] == "Grace"]
        assert 0 < await redis.ttl(f"chat:process:{process}") <= 30
        await redis.delete(f"chat:process:{process}")  # As half a minute would.
    barbara = await chat.join("Barbara")
    assert "Grace" not in names((await barbara.next("welcome"))["members"])
