"""The examples, served, as the clients in Python that are generated of them see them."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from chanx.cli.applications import document_of
from tests.clients.generating import imported
from tests.served.django_chat import Chat
from tests.served.servers import ROOT, Server, launched

SCENARIOS: dict[str, Any] = json.loads(
    (ROOT / "tests" / "clients" / "scenario.json").read_text("utf-8")
)
APPLICATION = "fastapi_chat.main:app"
ENVIRONMENT = {"PYTHONPATH": str(ROOT / "examples")}
TIMEOUT = 30


async def transcript_of(
    module: Any, server: str, scenario: dict[str, Any], **options: Any
) -> list[Any]:
    """What comes of a scenario, without what differs from one run to another."""
    told: list[Any] = []
    room = getattr(module, scenario["connect"])(server, **scenario["arguments"], **options)
    async with asyncio.timeout(TIMEOUT), room:
        told.append(["open", room.ready.action])
        for step in scenario["steps"]:
            told.append([step["do"], *(await play(module, room, step))])
    told.append(["closed", type(room.state).__name__.lower()])
    return told


async def play(module: Any, room: Any, step: dict[str, Any]) -> list[Any]:
    operation = getattr(room, step["do"])
    try:
        if "take" not in step:
            reply = await operation(**step["say"])
            return [None if reply is None else reply.action]
        taken: list[Any] = []
        async with operation(**step["say"]) as stream:
            async for item in stream:
                taken.append(item.action)
                if len(taken) == step["take"]:
                    break
        return taken
    except module.Refused as error:
        reply = error.reply
        return ["refused", reply.action, reply.payload.code]


@pytest.fixture(scope="module")
def fastapi_client(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The client of the example with FastAPI."""
    content = document_of(APPLICATION, {}, is_factory_named=False).content
    return imported(content, tmp_path_factory.mktemp("clients") / "served_fastapi_client")


@pytest.fixture(scope="module")
def django_client(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The client of the example with Django, which a process of its own describes."""
    done = subprocess.run(
        [sys.executable, "examples/django_chat/manage.py", "generate_asyncapi_schema"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": ""},
        check=True,
        capture_output=True,
        timeout=60,
    )
    folder = tmp_path_factory.mktemp("clients") / "served_django_client"
    return imported(json.loads(done.stdout), folder)


@pytest.fixture(params=["uvicorn", "daphne"])
async def fastapi_chat(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Server]:
    """The example with FastAPI, served."""
    kind: str = request.param
    async with launched(kind, APPLICATION, ENVIRONMENT, tmp_path / "journal") as server:
        yield server


def url(server: Server) -> str:
    return f"ws://127.0.0.1:{server.port}"


async def until(states: Any, kind: type[Any]) -> Any:
    """The next state of a kind."""
    async with asyncio.timeout(TIMEOUT):
        async for state in states:
            if isinstance(state, kind):
                return state
    raise AssertionError("it is closed")


async def test_the_scenario_with_fastapi(fastapi_chat: Server, fastapi_client: Any) -> None:
    scenario = SCENARIOS["fastapi_chat"]
    found = await transcript_of(fastapi_client, url(fastapi_chat), scenario)
    assert found == scenario["transcript"]


async def test_the_scenario_with_django(chat: Chat, django_client: Any) -> None:
    scenario = SCENARIOS["django_chat"]
    token = await chat.token("ada")
    found = await transcript_of(django_client, url(chat.server), scenario, token=token)
    assert found == scenario["transcript"]


async def test_a_token_that_does_not_count_any_more_is_asked_for_again(
    chat: Chat, django_client: Any
) -> None:
    asked: list[str] = []

    async def token(request: Any) -> str:
        asked.append(request.reason)
        return "expired" if request.reason == "connect" else await chat.token("ada")

    room = django_client.connect_room(url(chat.server), slug="lobby", token=token)
    async with asyncio.timeout(TIMEOUT), room:
        assert (await room.ping()).action == "pong"
    assert asked == ["connect", "rejected"]


async def test_a_refusal_is_final_and_says_why(fastapi_chat: Server, fastapi_client: Any) -> None:
    def connect(visitor: str) -> Any:
        return fastapi_client.connect_room(
            url(fastapi_chat), room="lobby", name="Ada", visitor=visitor
        )

    async with asyncio.timeout(TIMEOUT), connect("one"):
        with pytest.raises(fastapi_client.ConnectionClosed) as caught:
            async with connect("another"):
                raise AssertionError("the name is taken")
    assert caught.value.close.code == 4409
    assert "choose another" in caught.value.close.meaning


async def test_a_client_spaces_what_it_sends_as_the_document_asks(
    fastapi_chat: Server, fastapi_client: Any
) -> None:
    async def pings(name: str, **options: Any) -> list[Any]:
        room = fastapi_client.connect_room(url(fastapi_chat), room="r", name=name, **options)
        async with room:
            asked = (room.ping(timeout=TIMEOUT) for _ in range(40))
            return await asyncio.gather(*asked, return_exceptions=True)

    spaced, flood = await asyncio.gather(pings("A"), pings("B", pace=False))
    # One that a busy machine holds up arrives closer to the next than it was sent.
    assert [getattr(reply, "action", None) for reply in spaced].count("pong") >= 39
    refused = [item for item in flood if isinstance(item, fastapi_client.PingRefused)]
    assert {item.reply.payload.code for item in refused} == {"too_many_requests"}
    assert len(refused) > 1


async def test_a_client_comes_back_when_its_server_does(
    fastapi_client: Any, tmp_path: Path
) -> None:
    async with launched("uvicorn", APPLICATION, ENVIRONMENT, tmp_path / "one") as first:
        port = str(first.port)
        room = fastapi_client.connect_room(url(first), room="lobby", name="Ada")
        await room.__aenter__()
        states = room.states()
    lost = await until(states, fastapi_client.Waiting)
    assert lost.close.code in (1006, 1012)
    again = launched("uvicorn", APPLICATION, ENVIRONMENT, tmp_path / "two", ("--port", port))
    async with again:
        room.wake()
        assert not (await until(states, fastapi_client.Open)).first
        assert (await room.say(text="back")).payload.text == "back"
        await room.close()
