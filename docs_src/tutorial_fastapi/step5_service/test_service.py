"""The client watches the service, which uvicorn serves."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

HERE = Path(__file__).parent


def command() -> list[str]:
    """What the container runs, but on a port that is free."""
    [shown] = re.findall(r"^CMD (.*)$", (HERE / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    return [*json.loads(shown), "--port", "0"]


def test_the_unit_runs_what_the_container_does() -> None:
    unit = (HERE / "desk.service").read_text("utf-8")
    [shown] = re.findall(r"^ExecStart=\S+/bin/(.*)$", unit, re.MULTILINE)
    assert command()[:2] == shown.split()[:2]
    assert command()[-4:-2] == shown.split()[-2:]


@pytest_asyncio.fixture
async def host() -> AsyncIterator[str]:
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *command()),
        stderr=asyncio.subprocess.PIPE,
    )
    assert server.stderr
    said = ""
    while not (found := re.search(r"http://([\d.:]+)", said)):
        said = (await server.stderr.readline()).decode()
        assert said, "uvicorn did not start"
    yield found[1]
    server.terminate()
    await server.communicate()


@pytest.mark.asyncio
async def test_the_client_sees_a_case_until_it_is_closed(host: str) -> None:
    url = f"ws://{host}/cases/1"
    client = await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", "client.py", url, "token-of-ada"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert client.stdout
    assert await client.stdout.readline() == b"0 lines were said before.\n"
    assert await client.stdout.readline() == b"ada: I am watching.\n"
    async with httpx.AsyncClient() as http:
        await http.post(f"http://{host}/cases/1/close?why=solved")
    assert await client.stdout.readline() == b"closed: solved\n"
    assert await client.wait() == 0
