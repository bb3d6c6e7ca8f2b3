"""More frames behind a long handler than may wait, over servers that ask whether clients live."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.served.servers import Server, launched

FRAMES = 40


@pytest.fixture(params=["uvicorn", "uvicorn-sansio"])
async def impatient(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Server]:
    """A server that gives up clients whose pongs it does not see for some tenths of a second."""
    journal = tmp_path / "journal"
    arguments = ["--ws-ping-interval", "0.2", "--ws-ping-timeout", "0.4"]
    async with launched(
        request.param,
        "tests.served.crowded:application",
        {"JOURNAL": str(journal)},
        journal,
        arguments,
    ) as server:
        yield server


async def test_an_innocent_client_is_not_given_up(impatient: Server) -> None:
    async with impatient.client("ada") as ada:
        await ada.send(json.dumps({"action": "work", "payload": 2, "ref": "work"}))
        for ref in range(FRAMES):
            await ada.send(json.dumps({"action": "ping", "ref": ref}))
        async with asyncio.timeout(30):
            got = [json.loads(await ada.recv()) for _ in range(FRAMES + 1)]
        answers = {message["ref"]: message["action"] for message in got}
        assert answers["work"] == "worked"
        assert {ref for ref, action in answers.items() if action == "pong"} == {0, 1, 2, 3}
        assert [*answers.values()].count("error") == FRAMES - 4
        await ada.send(json.dumps({"action": "ping", "ref": "again"}))
        assert json.loads(await ada.recv()) == {"action": "pong", "ref": "again"}


async def test_the_end_of_a_client_is_noticed_behind_its_frames(impatient: Server) -> None:
    # One of the servers does not read the close frame behind the others, so that none comes back.
    async with impatient.client("ada", close_timeout=0.5) as ada:
        await ada.send(json.dumps({"action": "work", "payload": 60}))
        await impatient.noted("began")
        for ref in range(FRAMES):
            await ada.send(json.dumps({"action": "ping", "ref": ref}))
    assert await impatient.noted("left") == "left"
