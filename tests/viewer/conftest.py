"""Pages of applications in a browser."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.watch import Watch

Open = Callable[..., Awaitable[Page]]

expect.set_options(timeout=30_000)


@pytest.fixture
async def open_page(browser: Browser, serve: Callable[..., str]) -> AsyncIterator[Open]:
    """Serves an application and opens a page of it; no page may complain or go elsewhere."""
    watches: list[tuple[Watch, str]] = []

    async def open_page(
        app: Any,
        path: str = "/",
        expected: Iterable[str] = (),
        width: int = 1280,
        scheme: str = "http",
        **options: Any,
    ) -> Page:
        host = serve(app, **options)
        context = await browser.new_context(
            viewport={"width": width, "height": 700}, ignore_https_errors=scheme == "https"
        )
        context.set_default_timeout(30_000)
        page = await context.new_page()
        watch = Watch()
        watch.expected = set(expected)
        watch.attach(page)
        watches.append((watch, host))
        await page.goto(f"{scheme}://{host}{path}")
        await page.wait_for_selector("[data-ready]", state="attached")
        return page

    yield open_page
    for watch, host in watches:
        watch.check(host)
