"""The site that ``hatch run docs:build`` wrote, opened from its files as on a file share."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Request, expect

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "dist" / "site"
LOADED = re.compile(r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"?([^\s\">]+)")
LINKED = re.compile(r"<link\b[^>]*\bhref=\"?([^\s\">]+)[^>]*>")


def pages() -> list[Path]:
    found = sorted(SITE.rglob("*.html"))
    assert len(found) > 30, "build it first: hatch run docs:build"
    return found


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page at the site's first, which fails the test for what goes wrong in it."""
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))

    def failed(request: Request) -> None:
        # What the page asked for before it was left, as its icon, is given up.
        if request.failure != "net::ERR_ABORTED":
            wrong.append(f"{request.url}: {request.failure}")

    page.on("requestfailed", failed)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto((SITE / "index.html").as_uri())
    yield page
    assert wrong == []
    own = (SITE.as_uri(), "data:", "blob:", "about:")
    assert [url for url in asked if not url.startswith(own)] == []


async def test_the_search_finds_pages_without_a_server(page: Page) -> None:
    await page.get_by_role("textbox", name="Search").click()
    await page.keyboard.type("max_message_size")
    first = page.locator(".md-search-result__link").first
    await first.wait_for()
    await first.click()
    await expect(page.locator("article")).to_contain_text("max_message_size")


async def test_a_framework_that_is_chosen_is_chosen_everywhere(page: Page) -> None:
    await page.locator(".tabbed-labels label", has_text="Django").first.click()
    block = page.locator(".tabbed-block:visible").first
    await expect(block).to_contain_text("chanx.ext.channels")
    await page.goto((SITE / "authentication.html").as_uri())
    await expect(page.locator(".tabbed-block:visible").first).to_contain_text("DjangoAuthenticator")


async def test_readers_choose_dark_and_light(page: Page) -> None:
    body = page.locator("body")
    toggles = page.locator("label.md-header__button[for^=__palette]:visible")
    schemes: set[str | None] = set()
    for _ in range(3):
        await toggles.click()
        schemes.add(await body.get_attribute("data-md-color-scheme"))
    assert schemes == {"default", "slate"}


async def test_the_reference_has_the_signature_and_links_of_a_name(page: Page) -> None:
    await page.goto((SITE / "reference" / "chanx.core.decorators.html").as_uri())
    await expect(page.locator("#chanx\\.core\\.decorators\\.ws_handler")).to_be_visible()
    assert await page.locator("article").inner_text() != ""
    assert ":func:" not in await page.locator("article").inner_text()


def test_nothing_is_loaded_from_another_host() -> None:
    foreign = {
        f"{path.relative_to(SITE)}: {url}"
        for path in pages()
        for url in LOADED.findall(path.read_text("utf-8")) + stylesheets(path)
        if re.match(r"(?:https?:)?//", url)
    }
    assert foreign == set()


def stylesheets(path: Path) -> list[str]:
    text = path.read_text("utf-8")
    return [found[1] for found in LINKED.finditer(text) if "stylesheet" in found[0]]


def test_every_page_of_the_documentation_is_in_the_navigation() -> None:
    home = (SITE / "index.html").read_text("utf-8")
    named = {name for path in pages() for name in [path.relative_to(SITE).with_suffix(".md")]}
    sources = {path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")}
    assert sources <= named
    linked = {url.split("#")[0] for url in re.findall(r"href=\"?([^\s\">]+)", home)}
    assert {path.with_suffix(".html").as_posix() for path in sources} <= linked | {"index.html"}
