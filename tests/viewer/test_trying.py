"""Trying a channel from the page: what a reader fills in, and what of it goes over the wire."""

import json
import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.accessibility import violations
from tests.viewer.conftest import Open
from tests.viewer.desk import desk


async def opened(open_page: Open, **options: Any) -> Page:
    page = await open_page(desk(), **options)
    await page.get_by_text("Try it", exact=True).first.click()
    return page


def connect(page: Page) -> Locator:
    return page.get_by_role("button", name="Connect", exact=True).first


def frames(page: Page, text: str) -> Locator:
    """The lines of the log that hold a text."""
    return page.locator(".entry").filter(has_text=text)


async def asked(page: Page) -> dict[str, Any]:
    """What the server says that it was asked."""
    await expect(page.locator(".state").first).to_have_text("open")
    line = frames(page, "asked").last
    await line.locator("summary").click()
    told: dict[str, Any] = json.loads(await line.locator("pre").inner_text())
    return told


async def test_a_constant_is_text_and_no_field(open_page: Open) -> None:
    page = await opened(open_page)
    await expect(page.locator(".fixed", has_text="version")).to_have_text("version2")
    await page.get_by_role("button", name="Form", exact=True).first.click()
    await expect(page.locator(".composer .fixed").first).to_have_text('action"watch"')
    await expect(page.get_by_label("action", exact=True)).to_have_count(0)
    await expect(page.locator("input[readonly]")).to_have_count(0)
    await connect(page).click()
    assert "?version=2" in (await asked(page))["asked"]


async def test_what_does_not_fit_is_told_before_connecting(open_page: Open) -> None:
    page = await opened(open_page)
    sockets: list[object] = []
    page.on("websocket", lambda socket: sockets.append(socket))
    for label, wrong, told, right in (
        ("number *", "0", "number must be at least 1", "7"),
        ("number *", "one", "number must be an integer", "1"),
        ("number *", "", "number is required", "1"),
        ("limit", "51", "limit must be at most 50", "50"),
        ("tags", "ab, c", "tags item 2 must be at least 2 characters", "ab, cd e"),
        ("Subprotocols", "a b", '"a b" cannot be a subprotocol', "a, b"),
    ):
        field = page.get_by_label(label, exact=True).first
        await field.fill(wrong)
        await expect(field).to_have_attribute("aria-invalid", "true")
        await expect(field).to_have_accessible_description(re.compile(f"{re.escape(told)}$"))
        await expect(connect(page)).to_be_disabled()
        await field.fill(right)
        await expect(field).to_have_attribute("aria-invalid", "false")
    assert sockets == []
    await connect(page).click()
    answer = await asked(page)
    assert answer["asked"].endswith("/desks/1?version=2&limit=50&tags=ab&tags=cd%20e")
    assert answer["offered"] == ["a", "b"]


async def test_what_does_not_fit_is_sent_on_demand(open_page: Open) -> None:
    page = await opened(open_page)
    await expect(page.get_by_label("Connect anyway").first).to_be_hidden()
    await page.get_by_label("number *").fill("0")
    await page.get_by_label("Connect anyway").check()
    await connect(page).click()
    assert "/desks/0?" in (await asked(page))["asked"]


async def test_a_message_of_two_actions_is_two_entries(open_page: Open) -> None:
    page = await opened(open_page)
    links = page.get_by_role("navigation").get_by_role("link")
    await expect(links.filter(has_text="watch")).to_have_text(["unwatch", "watch"])
    select = page.get_by_label("Message", exact=True).first
    await expect(select.locator("option")).to_have_text(["unwatch", "watch"])
    await links.filter(has_text="unwatch").click()
    await page.get_by_role("button", name="Try unwatch").click()
    sent = {"action": "unwatch", "payload": "the door"}
    assert json.loads(await page.get_by_label("Message as JSON").first.input_value()) == sent
    await page.get_by_label("Message as JSON").first.fill(json.dumps({**sent, "action": "watch"}))
    await expect(page.get_by_text('action must be "unwatch"')).to_be_visible()
    await select.select_option("watch")
    await connect(page).click()
    await page.get_by_role("button", name="Send", exact=True).first.click()
    await expect(frames(page, "the door").first.locator("strong")).to_have_text("watch")


async def test_credentials_are_hidden_until_they_are_shown(open_page: Open) -> None:
    page = await opened(open_page)
    key, offer = page.get_by_label("key", exact=True), page.get_by_label("offer", exact=True)
    for field in (key, offer):
        await expect(field).to_have_attribute("type", "password")
    show = page.get_by_role("button", name="Show")
    await show.first.focus()
    await page.keyboard.press("Enter")
    await expect(show.first).to_have_attribute("aria-pressed", "true")
    await expect(show.first).to_have_accessible_description("Show key")
    await expect(key).to_have_attribute("type", "text")
    await expect(offer).to_have_attribute("type", "password")
    await page.keyboard.press("Enter")
    await expect(key).to_have_attribute("type", "password")


async def test_a_credential_is_presented_and_not_written_down(open_page: Open) -> None:
    page = await opened(open_page)
    await page.get_by_label("key", exact=True).fill("secret one")
    await page.get_by_label("offer", exact=True).fill("secret-two")
    await expect(page.locator(".address").first).to_contain_text("token=***")
    await connect(page).click()
    await expect(frames(page, "Connecting to")).to_contain_text("token=***")
    await expect(frames(page, "Connecting to")).not_to_contain_text("secret")
    told = await asked(page)
    assert told["asked"].endswith("token=secret%20one")
    assert told["offered"] == ["secret-two"]


@pytest.mark.parametrize("width", [1280, 360])
async def test_nothing_bars_the_way_to_trying(open_page: Open, width: int) -> None:
    page = await opened(open_page, width=width)
    await page.get_by_label("number *").fill("0")
    await page.get_by_role("button", name="Show").first.click()
    await page.get_by_role("button", name="Form", exact=True).first.click()
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth") == width


async def test_enter_connects_and_control_enter_sends(open_page: Open) -> None:
    page = await opened(open_page)
    await page.get_by_label("number *").fill("0")
    await page.keyboard.press("Enter")
    await expect(page.locator(".state").first).to_have_text("closed")
    await page.get_by_label("number *").fill("7")
    await page.keyboard.press("Enter")
    await expect(page.locator(".state").first).to_have_text("open")
    await page.get_by_label("Message as JSON").first.press("Control+Enter")
    await expect(frames(page, "the door")).to_have_count(2)
    await page.get_by_role("button", name="Form", exact=True).first.click()
    await page.get_by_label("payload", exact=True).press("Control+Enter")
    await expect(frames(page, "the door")).to_have_count(4)


async def test_no_line_comes_under_a_press_in_the_log(open_page: Open) -> None:
    page = await opened(open_page)
    await connect(page).click()
    await expect(frames(page, "asked")).to_have_count(1)
    await frames(page, "asked").hover()
    await page.mouse.down()
    shown = await page.evaluate(
        """async () => {
            const buttons = [...document.querySelectorAll("button")];
            buttons.find((one) => one.textContent === "Close").click();
            for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
            return document.querySelector(".log").textContent;
        }"""
    )
    assert "Closing with 1000" not in shown
    await page.mouse.up()
    await expect(frames(page, "Closing with 1000")).to_have_count(1)
