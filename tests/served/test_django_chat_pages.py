"""The pages of the example with Django in a real browser."""

from typing import TYPE_CHECKING

import pytest

from tests.served.django_chat import Chat

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, WebSocketRoute


class Person:
    """Somebody at a browser of their own; whatever the browser complains of is kept."""

    def __init__(self, page: "Page") -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda line: self.complaints.append(line.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def enter(self, chat: Chat, name: str, room: str) -> None:
        await self.page.goto(f"http://{chat.host}/")
        await self.page.get_by_label("Name").fill(name)
        await self.page.get_by_label("Password").fill(name)
        await self.page.get_by_role("button", name="Log in").click()
        await self.page.get_by_role("link", name=room).click()

    async def reads(self, text: str) -> None:
        await self.page.get_by_text(text).wait_for(timeout=30_000)

    async def says(self, text: str, button: str) -> None:
        await self.page.get_by_label("Message").fill(text)
        await self.page.get_by_role("button", name=button, exact=True).click()


async def person(browser: "Browser") -> Person:
    context = await browser.new_context()
    return Person(await context.new_page())


@pytest.mark.parametrize("chat", ["uvicorn-sansio"], indirect=True)
async def test_two_browsers_talk_by_socket_and_by_http(chat: Chat, browser: "Browser") -> None:
    ada, grace = await person(browser), await person(browser)
    await ada.enter(chat, "ada", "Lobby")
    await grace.enter(chat, "grace", "Lobby")
    for somebody in (ada, grace):
        await somebody.reads("Connected")
        await somebody.reads("Welcome to the lobby.")
    await ada.says("<b>Hello</b>, Grace.", "Send")
    await grace.reads("<b>Hello</b>, Grace.")
    await grace.says("Hello, Ada.", "Post")
    await ada.reads("Hello, Ada.")
    assert ada.complaints == grace.complaints == []


@pytest.mark.parametrize("chat", ["uvicorn-sansio"], indirect=True)
async def test_who_is_no_member_reads_why(chat: Chat, browser: "Browser") -> None:
    grace = await person(browser)
    await grace.enter(chat, "grace", "Attic")
    await grace.reads("Only its members may enter this room.")
    assert await grace.page.get_by_role("button", name="Send").is_disabled()
    assert grace.complaints == []


@pytest.mark.parametrize("chat", ["uvicorn-sansio"], indirect=True)
async def test_a_page_tries_again_where_only_the_moment_was_wrong(
    chat: Chat, browser: "Browser"
) -> None:
    ada = await person(browser)
    codes = [4408, 4429]

    async def refuse(route: "WebSocketRoute") -> None:
        if codes:
            await route.close(code=codes.pop())
        else:
            route.connect_to_server()

    await ada.page.route_web_socket("**", refuse)
    await ada.enter(chat, "ada", "Lobby")
    await ada.reads("Connected")
    assert not codes
