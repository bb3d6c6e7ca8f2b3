"""The chat's pages in a browser, two of them talking to each other."""

import asyncio
import re
from collections.abc import Iterable

import httpx
import pytest
from playwright.async_api import Locator, Page, WebSocketRoute, expect

from fastapi_chat import dependencies
from fastapi_chat.main import app
from fastapi_chat.rooms import Rooms
from tests.examples.conftest import Open, Server
from tests.watch import Watch

pytestmark = pytest.mark.usefixtures("server")

REFUSED = "ERR_CONNECTION_REFUSED"
"""What Chromium writes to the console when a server is down."""


async def enter(page: Page, name: str, room: str = "lobby") -> None:
    """Ask for a room under a name."""
    await page.goto(f"/rooms/{room}")
    await page.get_by_label("Your name").fill(name)
    await page.get_by_role("button", name="Join").click()


async def is_connected(page: Page) -> None:
    await expect(page.locator(".bar").get_by_role("status")).to_have_text("Connected")


@pytest.fixture
async def ada(open_page: Open) -> Page:
    page = await open_page()
    await enter(page, "Ada")
    await is_connected(page)
    return page


@pytest.fixture
async def grace(open_page: Open) -> Page:
    page = await open_page()
    await enter(page, "Grace")
    await is_connected(page)
    return page


def composer(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Message")


def texts(page: Page) -> Locator:
    """The messages in the conversation."""
    return page.locator(".message .text")


async def say(page: Page, text: str) -> None:
    await composer(page).fill(text)
    await composer(page).press("Enter")


async def ask(page: Page, question: str) -> None:
    await composer(page).fill(question)
    await page.get_by_role("button", name="Ask").click()


async def has_texts(pages: Iterable[Page], expected: list[str]) -> None:
    for page in pages:
        await expect(texts(page)).to_have_text(expected)


async def test_two_people_talk(ada: Page, grace: Page) -> None:
    await say(ada, "Hello <b>Grace</b>!")
    await has_texts([ada, grace], ["Hello <b>Grace</b>!"])
    await expect(grace.locator(".message .author")).to_have_text("Ada")
    await expect(composer(ada)).to_have_value("")
    await say(grace, "Hello Ada!")
    await has_texts([ada, grace], ["Hello <b>Grace</b>!", "Hello Ada!"])


async def test_the_page_shows_who_is_there(ada: Page, grace: Page) -> None:
    for page in (ada, grace):
        await expect(page.locator("#people .name")).to_have_text(["Ada", "Grace"])
    await expect(grace.locator("#people li:has(.you:visible)")).to_contain_text("Grace")
    await grace.goto("/")
    await expect(ada.locator("#people .name")).to_have_text(["Ada"])


async def test_an_author_edits_and_the_other_sees(ada: Page, grace: Page) -> None:
    await say(ada, "Helo")
    await has_texts([grace], ["Helo"])
    await ada.get_by_role("button", name="Edit").click()
    await ada.get_by_role("textbox", name="New text").fill("Hello")
    await ada.get_by_role("button", name="Save").click()
    await has_texts([ada, grace], ["Hello"])
    await expect(grace.get_by_text("edited")).to_be_visible()
    await expect(texts(ada)).to_be_visible()  # in place of the form
    await expect(grace.get_by_role("button", name="Edit")).to_be_hidden()


async def test_an_author_deletes_on_the_second_press(ada: Page, grace: Page) -> None:
    await say(ada, "Nothing")
    await has_texts([grace], ["Nothing"])
    await ada.get_by_role("button", name="Delete").click()
    await ada.get_by_role("button", name="Delete?").click()
    await has_texts([ada, grace], [])


async def test_an_announcement_reaches_both_pages(ada: Page, grace: Page) -> None:
    await ada.get_by_role("textbox", name="Announcement").fill("Tea is ready.")
    await ada.get_by_role("button", name="Announce").click()
    for page in (ada, grace):
        await expect(page.locator(".announcement")).to_contain_text("Tea is ready.")


async def test_an_answer_is_shown_word_by_word(ada: Page) -> None:
    await ask(ada, "What is a ref?")
    answer = ada.locator(".answer")
    await expect(answer.locator(".text")).to_contain_text("carries the same ref")
    await expect(answer).to_have_attribute("aria-busy", "false")
    await expect(answer.get_by_role("button", name="Stop")).to_be_hidden()


@pytest.mark.usefixtures("pausing_assistant")
async def test_an_answer_can_be_stopped(ada: Page) -> None:
    await ask(ada, "What is a ref?")
    answer = ada.locator(".answer")
    await expect(answer.locator(".text")).to_have_text("Every ")
    await answer.get_by_role("button", name="Stop").click()
    await expect(answer).to_contain_text("You stopped the answer here.")
    await expect(answer.locator(".text")).to_have_text("Every ")


@pytest.mark.usefixtures("pausing_assistant")
async def test_a_question_during_an_answer_is_rejected_and_kept(ada: Page) -> None:
    await ask(ada, "What is a ref?")
    await expect(ada.locator(".answer .text")).to_have_text("Every ")
    await ask(ada, "And a group?")
    await expect(ada.locator("#composer-problem")).to_have_text(re.compile("Wait for the answer"))
    await expect(composer(ada)).to_have_value("And a group?")


async def test_what_is_wrong_stands_beside_its_field(ada: Page) -> None:
    await say(ada, "x" * 501)
    await expect(ada.locator("#composer-problem")).to_have_text("Use at most 500 characters")
    await expect(composer(ada)).to_have_attribute("aria-invalid", "true")
    await expect(composer(ada)).to_have_value("x" * 501)
    await say(ada, "Shorter.")
    await has_texts([ada], ["Shorter."])
    await expect(ada.locator("#composer-problem")).to_be_empty()

    await ada.get_by_role("button", name="Edit").click()
    await ada.get_by_role("textbox", name="New text").fill(" ")
    await ada.get_by_role("button", name="Save").click()
    await expect(ada.locator(".message form")).to_contain_text("This must not be empty.")


async def test_an_announcement_that_is_wrong_says_so_beside_its_field(
    ada: Page, watch: Watch
) -> None:
    watch.expected = {"422"}
    await ada.get_by_role("button", name="Announce").click()
    await expect(ada.locator("#announce-problem")).to_have_text("This must not be empty.")


async def test_a_name_that_is_taken_is_refused_without_another_attempt(
    ada: Page, open_page: Open, watch: Watch
) -> None:
    impostor = await open_page()
    await enter(impostor, "Ada")
    await expect(impostor.locator("#name-problem")).to_contain_text("choose another name")
    await expect(impostor.locator("#connection")).to_have_attribute("data-state", "closed")
    assert len(watch.sockets) == 2
    await impostor.get_by_label("Your name").fill("Barbara")
    await impostor.get_by_role("button", name="Join").click()
    await is_connected(impostor)


async def test_a_server_that_is_full_is_asked_again(
    open_page: Open, watch: Watch, rooms: Rooms
) -> None:
    full = Rooms(["lobby"], capacity=1)
    async with full.open("lobby") as room:
        room.enter("a connection", dependencies.member_of("secret", "Ada"))
    app.dependency_overrides[dependencies.rooms] = lambda: full
    page = await open_page()
    await enter(page, "Grace", "elsewhere")
    await expect(page.locator("#connection")).to_have_attribute("data-state", "waiting")
    app.dependency_overrides[dependencies.rooms] = lambda: rooms
    await is_connected(page)
    assert len(watch.sockets) > 1


@pytest.mark.parametrize("code", [1012, 4408, 4429, 4503])
async def test_a_page_tries_again_where_only_the_moment_was_wrong(
    open_page: Open, code: int
) -> None:
    page = await open_page()
    codes = [code]

    async def refuse(route: WebSocketRoute) -> None:
        if codes:
            await route.close(code=codes.pop())
        else:
            route.connect_to_server()

    await page.route_web_socket("**", refuse)
    await enter(page, "Ada")
    await is_connected(page)
    assert not codes


@pytest.mark.parametrize("code", [4403, 4422])
async def test_a_page_says_why_it_does_not_try_again(open_page: Open, code: int) -> None:
    page = await open_page()
    codes = [code]

    async def refuse(route: WebSocketRoute) -> None:
        await route.close(code=codes.pop())

    await page.route_web_socket("**", refuse)
    await enter(page, "Ada")
    await expect(page.locator("#name-problem")).to_contain_text("The ")
    await expect(page.locator("#connection")).to_have_attribute("data-state", "closed")


async def test_a_page_that_is_left_leaves_the_room_and_comes_back(ada: Page, grace: Page) -> None:
    """Also where the browser keeps the page for going back to it, with its sockets."""
    await grace.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    await expect(ada.locator("#people .name")).to_have_text(["Ada"])
    await grace.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    await is_connected(grace)
    await expect(ada.locator("#people .name")).to_have_text(["Ada", "Grace"])


async def test_pages_reconnect_when_the_server_restarts(
    ada: Page, grace: Page, watch: Watch, server: Server
) -> None:
    watch.expected = {REFUSED}
    await say(ada, "Before")
    await has_texts([grace], ["Before"])
    await server.stop()
    for page in (ada, grace):
        await expect(page.locator("#connection")).to_have_attribute("data-state", "waiting")
    await say(ada, "Meanwhile")
    await expect(ada.locator("#composer-problem")).to_contain_text("Not connected")

    await server.start()
    for page in (ada, grace):
        await is_connected(page)
    await expect(ada.locator("#composer-problem")).to_be_empty()
    await composer(ada).press("Enter")  # what could not be sent is still there
    await has_texts([ada, grace], ["Before", "Meanwhile"])


async def test_what_the_server_forgot_goes_from_the_page(
    ada: Page, watch: Watch, server: Server
) -> None:
    watch.expected = {REFUSED}
    await say(ada, "Before")
    await has_texts([ada], ["Before"])
    await server.stop()
    empty = Rooms()
    app.dependency_overrides[dependencies.rooms] = lambda: empty
    await server.start()
    await is_connected(ada)
    await has_texts([ada], [])


async def test_a_page_that_was_offline_reconnects_at_once(open_page: Open, watch: Watch) -> None:
    watch.expected = {"ERR_INTERNET_DISCONNECTED"}
    page = await open_page()
    await page.clock.install()
    await enter(page, "Ada")
    await is_connected(page)
    await page.context.set_offline(True)
    await page.clock.run_for(10_000)
    await expect(page.locator("#connection")).not_to_have_attribute("data-state", "open")
    await page.context.set_offline(False)
    await is_connected(page)


async def test_a_network_that_vanished_is_noticed(open_page: Open) -> None:
    page = await open_page()
    pong = asyncio.Event()
    connections = 0

    def relay(route: WebSocketRoute) -> None:
        """Relay everything up to the first pong, and nothing from then on."""
        nonlocal connections
        connections += 1
        server = route.connect_to_server()

        def forward(message: str | bytes) -> None:
            if not pong.is_set():
                route.send(message)
            if '"pong"' in str(message):
                pong.set()

        server.on_message(forward)

    await page.route_web_socket("**", relay)
    await page.clock.install()
    await enter(page, "Ada")
    await is_connected(page)
    await page.clock.run_for(20_000)
    async with asyncio.timeout(30):
        await pong.wait()
    await is_connected(page)
    assert connections == 1
    await page.clock.run_for(30_000)
    await expect(page.locator("#connection")).not_to_have_attribute("data-state", "open")


async def test_a_reload_keeps_the_name_and_the_history(ada: Page) -> None:
    await say(ada, "Hello")
    await has_texts([ada], ["Hello"])
    await ada.reload()
    await is_connected(ada)
    await has_texts([ada], ["Hello"])
    await expect(ada.get_by_role("button", name="Edit")).to_be_attached()


async def test_the_front_page_leads_into_a_room(ada: Page, open_page: Open) -> None:
    page = await open_page()
    await page.goto("/")
    await expect(page.locator("#rooms li")).to_have_count(1)
    await expect(page.locator("#rooms li")).to_contain_text("1 here")
    await page.get_by_role("button", name="Join").click()
    await expect(page.locator("#name-problem")).not_to_be_empty()
    await page.get_by_label("Your name").fill("Grace")
    await page.get_by_label("Room", exact=True).fill("lobby")
    await page.get_by_role("button", name="Join").click()
    await is_connected(page)
    await expect(ada.locator("#people .name")).to_have_text(["Ada", "Grace"])


async def test_the_address_of_no_room_says_what_a_room_is_called(
    open_page: Open, watch: Watch
) -> None:
    watch.expected = {"404"}
    page = await open_page()
    await page.goto("/rooms/No%20Room")
    await expect(page.get_by_label("Room", exact=True)).to_have_value("No Room")
    await expect(page.locator("#room-problem")).to_contain_text("small letters")


async def test_the_front_page_links_the_documents(open_page: Open, server: Server) -> None:
    page = await open_page()
    await page.goto("/")
    links = await page.locator("main a[href]:not([href^='/rooms/'])").all()
    targets = [await link.get_attribute("href") for link in links]
    assert targets == ["/asyncapi", "/asyncapi.json", "/asyncapi.yaml", "/docs"]
    async with httpx.AsyncClient(base_url=server.url) as client:
        for target in targets:
            assert (await client.get(str(target))).status_code == 200


async def test_a_narrow_page_does_not_scroll_sideways(ada: Page) -> None:
    await say(ada, "long" * 50)
    await ada.set_viewport_size({"width": 320, "height": 600})
    await expect(composer(ada)).to_be_in_viewport()
    await ada.get_by_role("button", name="People").click()
    await expect(ada.locator("#people .name")).to_be_in_viewport()
    assert await ada.evaluate("document.documentElement.scrollWidth") == 320
