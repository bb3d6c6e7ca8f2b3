"""The documentation page of the example with Django: who may connect from it, and how."""

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Locator, Page, expect

from tests.accessibility import violations
from tests.served.django_chat import Chat
from tests.watch import Watch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser

pytestmark = pytest.mark.parametrize("chat", ["uvicorn-sansio", "daphne"], indirect=True)

expect.set_options(timeout=30_000)


@pytest.fixture
async def page(chat: Chat, browser: "Browser") -> "AsyncIterator[Page]":
    """A visitor's page; in the end it has complained of nothing and asked no other host."""
    context = await browser.new_context(base_url=f"http://{chat.host}")
    context.set_default_timeout(30_000)
    page = await context.new_page()
    watch = Watch()
    watch.attach(page)
    yield page
    watch.check(chat.host)


async def open_docs(page: Page) -> None:
    await page.goto("/asyncapi/docs/")
    await page.get_by_text("Try it", exact=True).first.click()
    await page.get_by_label("slug *").fill("lobby")


async def connect(page: Page) -> None:
    await page.get_by_role("button", name="Connect", exact=True).click()


def frames(page: Page, text: str) -> Locator:
    """The lines of the log that hold a text."""
    return page.locator(".entry").filter(has_text=text)


async def test_who_is_logged_in_talks_from_the_page(page: Page) -> None:
    await page.goto("/login/")
    await page.get_by_label("Name").fill("ada")
    await page.get_by_label("Password").fill("ada")
    await page.get_by_role("button", name="Log in").click()
    await page.wait_for_url("**/")
    await open_docs(page)
    await connect(page)
    await expect(frames(page, "authentication")).to_contain_text("valid")
    await expect(frames(page, "welcome")).to_contain_text("valid")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(frames(page, "said")).to_contain_text("valid")
    assert await violations(page) == []


async def test_who_is_not_logged_in_reads_why_and_comes_in_with_a_token(
    page: Page, chat: Chat
) -> None:
    await open_docs(page)
    await connect(page)
    await expect(frames(page, '"status_code":401')).to_contain_text("valid")
    await expect(frames(page, "Closed with 4401")).to_be_visible()
    await page.get_by_label("subprotocol-token").fill("nonsense")
    await connect(page)
    await expect(frames(page, "Closed with 4401")).to_have_count(2)
    await page.get_by_label("subprotocol-token").fill(await chat.token("ada"))
    await connect(page)
    await expect(frames(page, "welcome")).to_contain_text("valid")
