"""Clients in TypeScript on Deno and on Bun.

These are large, so that ``hatch run test`` does without them: ``hatch run runtimes``.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.clients.staging import play_on, staged
from tests.served.conftest import chat, seeded
from tests.served.django_chat import Chat
from tests.served.servers import Server
from tests.served.test_typescript_clients import SCENARIOS, fastapi_chat, transcript_of

MODULES: Final = Path(__file__).parent / "node_modules"
COMMANDS: Final = {
    "bun": ("@oven/*/bin/bun",),
    "deno": ("@deno/*/deno", "run", "--allow-all", "--no-config", "--no-lock"),
}
__all__ = ["chat", "fastapi_chat", "seeded"]  # fixtures


@pytest.fixture(params=COMMANDS)
def runtime(request: pytest.FixtureRequest) -> Sequence[str]:
    """What runs programs of JavaScript."""
    pattern, *arguments = COMMANDS[request.param]
    binary = next(MODULES.glob(pattern), None)
    assert binary, f"there is no {request.param} here: hatch run runtimes"
    return [str(binary), *arguments]


async def test_a_host_does_what_the_vectors_say(runtime: Sequence[str]) -> None:
    async with staged() as stage:
        await play_on(runtime, stage)


async def test_the_scenario_with_fastapi(fastapi_chat: Server, runtime: Sequence[str]) -> None:
    found = await transcript_of("fastapi_chat", fastapi_chat, runtime=runtime)
    assert found == SCENARIOS["fastapi_chat"]["transcript"]


async def test_the_scenario_with_django(chat: Chat, runtime: Sequence[str]) -> None:
    token = await chat.token("ada")
    found = await transcript_of("django_chat", chat.server, runtime=runtime, token=token)
    assert found == SCENARIOS["django_chat"]["transcript"]
