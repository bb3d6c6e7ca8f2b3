"""``chanx asyncapi page``: the page as files, opened without a server."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.accessibility import violations
from tests.cli.conftest import Folder


def written(folder: Folder, name: str, title: str, **more: Any) -> None:
    document = {"asyncapi": "3.0.0", "info": {"title": title, "version": "1.0.0"}, **more}
    folder.write(name, json.dumps(document))


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page that may complain of nothing and load nothing but files."""
    context = await browser.new_context(viewport={"width": 1280, "height": 700})
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: complaints.append(request.url[:80]))
    yield page
    await context.close()
    assert [text for text in complaints if not text.startswith(("file:", "data:,"))] == []


async def test_the_page_opens_from_its_file(folder: Folder, page: Page) -> None:
    folder.write("common.yaml", "Say: {name: say, payload: {type: object}}")
    room = {"address": "/room", "messages": {"Say": {"$ref": "common.yaml#/Say"}}}
    say = {"action": "receive", "channel": {"$ref": "#/channels/room"}}
    written(folder, "chat.json", "Chat", channels={"room": room}, operations={"say": say})
    code, out, error = folder.chanx("asyncapi", "page", "chat.json", "-o", "site/chat")
    assert (code, error) == (0, "")
    assert "index.html" in out
    await page.goto((folder.path / "site" / "chat" / "index.html").as_uri())
    await expect(page.get_by_role("heading", name="Chat", exact=True)).to_be_visible()
    await expect(page.locator("nav a.receive")).to_have_text("say")
    await page.get_by_text("Try it", exact=True).click()
    assert await violations(page) == []
    assert (
        await page.get_by_role("link", name="The document as JSON").get_attribute("href")
        == "chat.json"
    )
    assert json.loads(folder.read("site/chat/chat.json"))["info"]["title"] == "Chat"


async def test_one_of_several_documents_is_chosen(folder: Folder, page: Page) -> None:
    written(folder, "chat.json", "Chat")
    written(folder, "pay.yaml", "Pay & <more>")
    written(folder, "old/chat.json", "Chat")
    names = ("chat.json", "pay.yaml", "old/chat.json")
    assert folder.chanx("asyncapi", "page", *names, "-o", "site").code == 0
    await page.goto((folder.path / "site" / "index.html").as_uri())
    await page.get_by_text("Documents", exact=True).press("Enter")
    links = page.locator(".documents a")
    assert await links.all_inner_texts() == [
        "Chat (chat-1.json)",
        "Pay & <more>",
        "Chat (chat-3.json)",
    ]
    assert await violations(page) == []
    await links.nth(1).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Pay & <more>")
    await page.get_by_text("Documents", exact=True).click()
    await expect(page.locator(".documents [aria-current=page]")).to_have_text("Pay & <more>")


def test_the_page_of_an_application_needs_no_file(folder: Folder) -> None:
    folder.write("app.py", "from starlette.applications import Starlette\napp = Starlette()\n")
    code, out, error = folder.chanx("asyncapi", "page", "app:app", "-o", "site", PYTHONPATH=".")
    assert (code, error) == (0, ""), out
    assert "AsyncAPI Documentation" in folder.read("site/index.html")


def test_the_page_states_the_hosts_that_it_may_connect_to(folder: Folder) -> None:
    written(folder, "chat.json", "Chat")
    command = ("asyncapi", "page", "chat.json", "-o", "site", "--connect")
    assert folder.chanx(*command, "wss://chat.example.com").code == 0
    assert "connect-src &#x27;self&#x27; wss://chat.example.com;" in folder.read("site/index.html")
    assert "not a host of WebSockets" in folder.refused(*command, "https://chat.example.com")


def test_what_is_not_there_is_told_and_nothing_is_written(folder: Folder) -> None:
    written(folder, "chat.json", "Chat", channels={"room": {"$ref": "gone.yaml#/room"}})
    code, out, _ = folder.chanx("asyncapi", "page", "chat.json", "-o", "site")
    assert code == 1
    assert out.startswith("chat.json: /channels/room: gone.yaml#/room: ")
    assert not (folder.path / "site").exists()


def test_a_document_twice_and_a_folder_that_is_a_file_are_refused(folder: Folder) -> None:
    written(folder, "chat.json", "Chat")
    twice = folder.refused("asyncapi", "page", "chat.json", "chat.json", "-o", "site")
    assert "named twice" in twice
    file = folder.refused("asyncapi", "page", "chat.json", "-o", "chat.json")
    assert "chat.json cannot be written" in file
