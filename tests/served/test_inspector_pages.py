"""The inspector's page in a browser: what operators see of live connections, and its button."""

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, expect
from websockets.exceptions import ConnectionClosed

from tests.accessibility import violations
from tests.served.servers import Server, launched
from tests.watch import Watch

if TYPE_CHECKING:
    from playwright.async_api import Browser

FASTAPI = "tests.served.inspected_fastapi:app"
DJANGO = "tests.served.inspected_django:application"
SERVED = {
    "fastapi on uvicorn": ("uvicorn", FASTAPI),
    "django on uvicorn": ("uvicorn-sansio", DJANGO),
    "django on daphne": ("daphne", DJANGO),
}
PATH = "/admin/inspector"


@pytest.fixture(params=SERVED)
async def inspected(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Server]:
    """A server whose connections are seen."""
    kind, application = SERVED[request.param]
    async with launched(kind, application, {}, tmp_path / "journal") as server:
        yield server


@pytest.fixture
async def page(inspected: Server, browser: "Browser") -> AsyncIterator[Page]:
    """An operator's page; in the end it has complained of nothing and asked no other host."""
    host = f"127.0.0.1:{inspected.port}"
    context = await browser.new_context(
        base_url=f"http://{host}",
        extra_http_headers={"X-Operator": "yes"},
        viewport={"width": 1280, "height": 700},
    )
    context.set_default_timeout(30_000)
    page = await context.new_page()
    watch = Watch()
    watch.attach(page)
    yield page
    watch.check(host)


async def photographed(page: Page, name: str) -> None:
    """Keep a picture of a page where the environment says so, for who wants to look at it."""
    if folder := os.environ.get("SCREENSHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


async def test_an_operator_sees_connections_and_ends_one_by_its_button(
    page: Page, inspected: Server, request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.id
    async with inspected.client("ada", "/room/") as ada, inspected.client("bob", "/room/") as bob:
        for socket in (ada, bob):
            await socket.send(json.dumps({"action": "say", "payload": "hello"}))
            assert json.loads(await socket.recv())["action"] == "said"
        await page.goto(PATH)
        await expect(page.get_by_role("heading")).to_contain_text("2 connections of process")
        live = page.get_by_role("table", name="Live connections")
        await expect(live.get_by_role("row").nth(1)).to_contain_text("Room")
        await expect(live.get_by_role("row").nth(1)).to_contain_text("/room/")
        await expect(page.get_by_role("table", name="Handlers of")).to_contain_text("say")
        # The policy lets the page's own style in.
        assert await live.evaluate("it => getComputedStyle(it).borderCollapse") == "collapse"
        assert await violations(page) == []
        await photographed(page, f"{name}, before")
        await live.get_by_role("button", name="Disconnect").first.click()
        await expect(live.get_by_role("button", name="Disconnect")).to_have_count(1)
        assert page.url.endswith(PATH)
        await photographed(page, f"{name}, after")
        codes: list[int | None] = []
        for socket in (ada, bob):
            try:
                await socket.send(json.dumps({"action": "say", "payload": "still here"}))
                assert json.loads(await socket.recv())["payload"] == "still here"
            except ConnectionClosed:
                codes.append(socket.close_code)
        assert codes == [4403]
        await page.goto(PATH)
        await expect(page.get_by_role("heading")).to_contain_text("1 connection of process")
        ended = page.get_by_role("table", name="Connections that ended")
        await expect(ended.get_by_role("row").nth(1)).to_have_text("44031")


async def test_nobody_else_sees_anything(inspected: Server, browser: "Browser") -> None:
    context = await browser.new_context(base_url=f"http://127.0.0.1:{inspected.port}")
    page = await context.new_page()
    answer = await page.goto(PATH)
    assert answer is not None
    assert answer.status == 403
    assert "connections of process" not in await page.content()
