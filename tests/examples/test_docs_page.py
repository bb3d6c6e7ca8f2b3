"""The documentation page of the chat: read it, and try the chat from it."""

import json
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.accessibility import violations
from tests.examples.conftest import Open

pytestmark = pytest.mark.usefixtures("server")


async def opened(open_page: Open, address: str = "/asyncapi") -> Page:
    page = await open_page()
    await page.goto(address)
    await expect(page.get_by_role("heading", name="Chat", level=1)).to_be_visible()
    return page


async def connected(open_page: Open) -> Page:
    """The page, connected to the lobby as Ada."""
    page = await opened(open_page)
    await page.get_by_text("Try it", exact=True).first.click()
    await page.get_by_role("button", name="Connect", exact=True).click()
    await expect(frames(page, "welcome")).to_contain_text("valid")
    return page


def frames(page: Page, text: str) -> Locator:
    """The lines of the log that hold a text."""
    return page.locator(".entry").filter(has_text=text)


async def write(page: Page, message: object) -> None:
    text = message if isinstance(message, str) else json.dumps(message)
    await page.get_by_label("Message as JSON").fill(text)


async def send(page: Page) -> None:
    await page.get_by_role("button", name="Send", exact=True).click()


async def test_it_shows_what_the_document_says(open_page: Open) -> None:
    page = await opened(open_page)
    for text in (
        "/ws/rooms/{room}",
        "Small letters, digits and single hyphens.",
        "at most 24 characters",
        "Say something to everyone in the room.",
    ):
        await expect(page.get_by_text(text).first).to_be_visible()
    say = page.locator("[id='operation/room.say']")
    await say.locator("summary").first.click()
    await expect(say).to_contain_text("at most 500 characters")
    await expect(say.get_by_text("Replies", exact=True)).to_be_visible()
    await page.get_by_text("Close codes").click()
    await expect(page.get_by_role("row", name="4404")).to_be_visible()


async def test_a_link_opens_what_it_names(open_page: Open) -> None:
    page = await opened(open_page, "/asyncapi#operation/room.send.welcome")
    await expect(page.get_by_text("room.send.welcome", exact=True)).to_be_in_viewport()
    await page.get_by_role("navigation").get_by_role("link", name="ask").click()
    await expect(page.get_by_text("room.ask", exact=True)).to_be_in_viewport()
    await page.go_back()
    assert page.url.endswith("#operation/room.send.welcome")


async def test_the_search_is_a_key_away(open_page: Open) -> None:
    page = await opened(open_page)
    await page.keyboard.press("/")
    await page.keyboard.type("delete own")
    await expect(page.locator("details.operation:visible")).to_have_count(1)
    await expect(page.get_by_role("navigation").get_by_role("link", name="edit")).to_be_hidden()
    await page.keyboard.type(" nowhere")
    await expect(page.get_by_text("Nothing matches.")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("details.operation:visible")).to_have_count(13)


async def test_everything_opens_without_a_mouse(open_page: Open) -> None:
    page = await opened(open_page)
    await page.locator("[id='operation/room.say'] > summary").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Try say")).to_be_visible()
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.getAttribute('href')") == (
        "#operation/room.say"
    )


async def test_a_theme_is_kept(open_page: Open) -> None:
    page = await opened(open_page)
    background = "getComputedStyle(document.body).backgroundColor"
    light = await page.evaluate(background)
    for theme in ("light", "dark"):
        await page.get_by_role("button", name="Theme").click()
        await expect(page.get_by_role("button", name="Theme")).to_have_text(f"Theme: {theme}")
    dark = await page.evaluate(background)
    assert dark != light
    await page.reload()
    await expect(page.get_by_role("button", name="Theme")).to_have_text("Theme: dark")
    assert await page.evaluate(background) == dark


async def test_a_narrow_page_does_not_scroll_sideways(open_page: Open) -> None:
    page = await connected(open_page)
    await page.locator("[id='operation/room.say'] > summary").click()
    await page.set_viewport_size({"width": 320, "height": 700})
    assert await page.evaluate("document.documentElement.scrollWidth") == 320


async def test_a_print_has_everything_unfolded(open_page: Open) -> None:
    page = await opened(open_page)
    await page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    await page.emulate_media(media="print")
    await expect(page.locator("details.operation:not([open])")).to_have_count(0)
    await expect(page.get_by_role("navigation")).to_be_hidden()


async def test_a_message_is_sent_and_its_reply_found(open_page: Open) -> None:
    page = await connected(open_page)
    await write(page, {"action": "say", "payload": {"text": "Hello."}})
    await send(page)
    await expect(frames(page, "say").first).to_contain_text("ref 1")
    reply = frames(page, "said")
    await expect(reply).to_contain_text("answers ref 1 after")
    await reply.locator("summary").click()
    await expect(reply.locator("pre")).to_contain_text('"text": "Hello."')


async def test_a_form_is_made_of_the_schema(open_page: Open) -> None:
    page = await connected(open_page)
    await page.get_by_label("Message", exact=True).select_option("Edit")
    await page.get_by_role("button", name="Form", exact=True).click()
    await page.get_by_label("id", exact=True).fill("one")
    await expect(page.get_by_text("payload.id must be")).to_be_visible()
    await expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    await page.get_by_label("id", exact=True).fill("7")
    await page.get_by_label("text", exact=True).fill("Anew.")
    await send(page)
    await expect(frames(page, "rejected")).to_contain_text("answers ref")
    await page.get_by_role("button", name="JSON", exact=True).click()
    written = json.loads(await page.get_by_label("Message as JSON").input_value())
    assert written == {"action": "edit", "payload": {"id": 7, "text": "Anew."}}


async def test_what_is_invalid_is_sent_only_on_demand(open_page: Open) -> None:
    page = await connected(open_page)
    await write(page, {"action": "say", "payload": {"text": ""}})
    await expect(page.get_by_text("payload.text must be at least 1 character")).to_be_visible()
    await expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    await page.get_by_label("Send anyway").check()
    await send(page)
    error = frames(page, "validation_error")
    await expect(error).to_contain_text("answers ref 1")
    await write(page, "no JSON")
    await send(page)
    await expect(frames(page, "invalid_json")).to_be_visible()
    await expect(page.locator(".state")).to_have_text("open")


async def test_a_stream_answers_one_request_many_times(open_page: Open) -> None:
    page = await connected(open_page)
    await page.locator("[id='operation/room.ask'] > summary").click()
    await page.get_by_role("button", name="Try ask").click()
    await send(page)
    await expect(frames(page, "answer_end")).to_contain_text("answers ref 1")
    assert await frames(page, "answer_word").count() > 2


async def test_the_log_is_filtered_paused_cleared_and_saved(
    open_page: Open, tmp_path: Path
) -> None:
    page = await connected(open_page)
    await page.get_by_label("Filter frames").fill("welcome")
    await expect(page.locator(".entry")).to_have_count(1)
    await page.get_by_label("Filter frames").fill("")
    await page.get_by_role("button", name="Pause").click()
    await send(page)
    await expect(page.get_by_role("button", name="Resume (2 new)")).to_be_visible()
    await expect(frames(page, "said")).to_have_count(0)
    await page.get_by_role("button", name="Resume").click()
    await expect(frames(page, "said")).to_have_count(1)
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Save as JSON").click()
    await (await download.value).save_as(tmp_path / "log.json")
    saved = json.loads((tmp_path / "log.json").read_text("utf-8"))
    [request] = [entry for entry in saved if entry["kind"] == "sent"]
    [reply] = [entry for entry in saved if entry.get("answers") == request["id"]]
    assert (reply["message"], reply["valid"], reply["ref"]) == ("said", True, 1)
    await page.get_by_role("button", name="Clear").click()
    await expect(page.locator(".entry")).to_have_count(0)


async def test_a_connection_is_closed_with_a_code_and_made_again(open_page: Open) -> None:
    page = await connected(open_page)
    await page.get_by_label("with code").fill("4321")
    await page.get_by_role("button", name="Close", exact=True).click()
    await expect(frames(page, "Closed with 4321")).to_be_visible()
    await page.get_by_role("button", name="Reconnect").click()
    await expect(frames(page, "welcome")).to_have_count(2)
    await page.get_by_label("with code").fill("1234")
    await page.get_by_role("button", name="Close", exact=True).click()
    await expect(frames(page, "The browser refuses this close")).to_be_visible()


async def test_a_refused_handshake_is_told(open_page: Open) -> None:
    page = await opened(open_page)
    await page.get_by_text("Try it", exact=True).first.click()
    await page.get_by_label("room *").fill("No Room")
    await expect(page.locator(".address")).to_contain_text("/ws/rooms/No%20Room?name=Ada")
    await page.get_by_label("Connect anyway").check()
    await page.get_by_role("button", name="Connect", exact=True).click()
    told = frames(page, "error").first
    await expect(told).to_contain_text("valid")
    await told.locator("summary").click()
    await expect(told.locator("pre")).to_contain_text("String should match pattern")
    await expect(frames(page, "Closed with 4422")).to_be_visible()
    await page.get_by_label("room *").fill("")
    await expect(page.get_by_text("room is required")).to_be_visible()
    await page.get_by_label("Connect anyway").uncheck()
    await expect(page.get_by_role("button", name="Connect", exact=True)).to_be_disabled()


async def test_a_request_is_copied_as_a_program(open_page: Open) -> None:
    page = await connected(open_page)
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    copies = {"Python": "websockets", "JavaScript": "new WebSocket", "websocat": "websocat"}
    for name, sign in copies.items():
        await page.get_by_role("button", name=name, exact=True).click()
        await expect(page.get_by_role("button", name="Copied")).to_be_visible()
        copied = await page.evaluate("navigator.clipboard.readText()")
        assert sign in copied
        assert "/ws/rooms/lobby?name=Ada" in copied
        await page.locator(":focus").blur()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_bars_the_way_for_anyone(open_page: Open, scheme: str) -> None:
    page = await connected(open_page)
    for _ in range(["light", "dark"].index(scheme) + 1):
        await page.get_by_role("button", name="Theme").click()
    await send(page)
    await frames(page, "said").locator("summary").click()
    await page.locator("[id='operation/room.say'] > summary").click()
    await page.get_by_text("Close codes").click()
    assert await violations(page) == []
    await page.get_by_role("button", name="Form", exact=True).click()
    assert await violations(page) == []
