"""Finding one's way on the page: the list at its side, and the search."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Locator, Page, expect

from chanx.asyncapi import AsyncAPIGenerator
from chanx.routing import RouteInfo
from tests.accessibility import violations
from tests.asyncapi.test_extensions import Room
from tests.viewer.applications import serving
from tests.viewer.conftest import Open
from tests.viewer.desk import desk

ROUTE = RouteInfo(path="/room", consumer=Room)


def links(page: Page) -> Locator:
    """The links of the list that are shown."""
    return page.get_by_role("navigation", name="Contents").get_by_role("link")


def current(page: Page) -> Locator:
    """What the list says that is read."""
    return page.locator("nav [aria-current=location]:visible")


def toggle(page: Page, title: str) -> Locator:
    """What folds a channel's list."""
    return page.get_by_role("button", name=f"Parts of {title}", exact=True)


async def scroll_to(page: Page, part: str) -> None:
    """Scroll as a wheel does, until a part is at the top."""
    await page.evaluate(
        """async (id) => {
            const target = document.getElementById(id);
            for (let step = 0; step < 20; step += 1) {
                window.scrollBy(0, target.getBoundingClientRect().top - 80);
                await new Promise(requestAnimationFrame);
            }
        }""",
        part,
    )


async def test_the_list_is_in_the_order_in_which_people_count(open_page: Open) -> None:
    page = await open_page(desk(channels=11, operations=1))
    titles = [title for title in await links(page).all_inner_texts() if title.startswith("/list")]
    assert titles == [f"/list{number}" for number in range(1, 12)]
    headings = await page.locator("h2 > code").all_inner_texts()
    assert [title for title in headings if title.startswith("/list")] == titles


async def test_operations_count_too(open_page: Open) -> None:
    page = await open_page(desk(channels=1, operations=11))
    titles = [title for title in await links(page).all_inner_texts() if title.startswith("item")]
    assert titles == [f"item{number}" for number in range(1, 12)]
    cards = page.locator("[id='channel/list1'] .operation summary code")
    assert await cards.all_inner_texts() == titles
    assert await page.locator("select option").all_inner_texts() == []


async def test_a_short_list_is_unfolded_and_folds_by_the_keyboard(open_page: Open) -> None:
    page = await open_page(desk())
    await expect(links(page).filter(has_text="item")).to_have_count(3)
    await expect(toggle(page, "/list1")).to_have_attribute("aria-expanded", "true")
    await toggle(page, "/list1").focus()
    await page.keyboard.press("Enter")
    await expect(links(page).filter(has_text="item")).to_have_count(0)
    await expect(toggle(page, "/list1")).to_have_attribute("aria-expanded", "false")
    await page.keyboard.press("Enter")
    await expect(links(page).filter(has_text="item")).to_have_count(3)


async def test_a_long_list_unfolds_the_channel_that_is_read(open_page: Open) -> None:
    page = await open_page(desk(channels=4, operations=20))
    await expect(links(page).filter(has_text="item")).to_have_count(0)
    await links(page).filter(has_text="/list2").click()
    await expect(current(page)).to_have_text("/list2")
    await expect(links(page).filter(has_text="item")).to_have_count(20)
    await scroll_to(page, "operation/list3.item7")
    await expect(current(page)).to_have_text("item7")
    await expect(toggle(page, "/list2")).to_have_attribute("aria-expanded", "false")
    await expect(toggle(page, "/list3")).to_have_attribute("aria-expanded", "true")
    await expect(current(page)).to_be_in_viewport()


async def test_the_list_follows_the_reading_position(open_page: Open) -> None:
    page = await open_page(desk(channels=1, operations=30))
    await expect(current(page)).to_have_text("Overview")
    for name in ("item3", "item12", "item5"):
        await scroll_to(page, f"operation/list1.{name}")
        await expect(current(page)).to_have_text(name)
    await toggle(page, "/list1").click()
    await expect(current(page)).to_have_text("/list1")
    for key, name in (("Home", "Overview"), ("End", "Watched")):
        async with asyncio.timeout(20):
            # Chromium leaves a key that comes while it still scrolls for the one before.
            while await current(page).inner_text() != name:
                await page.keyboard.press(f"Control+{key}")
                with suppress(AssertionError):
                    await expect(current(page)).to_have_text(name, timeout=1000)


async def test_what_a_link_led_to_is_what_is_read(open_page: Open) -> None:
    page = await open_page(desk(channels=1, operations=30))
    for name in ("item29", "item30", "item28"):  # which the page's end keeps from the top
        await links(page).filter(has_text=name).click()
        await expect(current(page)).to_have_text(name)


async def test_enter_goes_to_the_first_result(open_page: Open) -> None:
    page = await open_page(desk(channels=2, operations=20))
    await page.keyboard.press("/")
    await page.keyboard.type("item12")
    await expect(page.get_by_text("2 found.")).to_be_visible()
    await page.keyboard.press("Enter")
    card = page.locator("[id='operation/list1.item12']")
    await expect(card.locator("> summary")).to_be_focused()
    await expect(card).to_have_attribute("open", "")
    await expect(card).to_be_in_viewport()
    assert page.url.endswith("#operation/list1.item12")
    await expect(current(page)).to_have_text("item12")


async def test_enter_goes_to_a_channel_whose_address_it_is(open_page: Open) -> None:
    page = await open_page(desk(channels=2))
    await page.get_by_label("Search operations").fill("/list2")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name="Link to list2")).to_be_focused()
    await expect(links(page)).to_have_text(["/list2", "item1", "item2", "item3"])


async def test_nothing_is_listed_where_nothing_matches(open_page: Open) -> None:
    page = await open_page(desk())
    field = page.get_by_label("Search operations")
    await field.fill("nowhere to be found")
    await expect(page.get_by_role("status").filter(has_text="Nothing matches.")).to_be_visible()
    await expect(links(page)).to_have_count(0)
    assert (await page.locator("main").inner_text()).split("\n", 1)[1].strip() == "Nothing matches."
    await page.keyboard.press("Enter")
    assert "#" not in page.url
    await field.fill("watched")
    await expect(links(page)).to_have_text(["Schemas", "Watched"])
    await page.keyboard.press("Escape")
    listed = [
        "Overview",
        "/desks/{number}",
        "unwatch",
        "watch",
        "/list1",
        "item1",
        "item2",
        "item3",
    ]
    await expect(links(page)).to_have_text([*listed, "Schemas"])


async def test_a_link_is_followed_to_what_the_search_hides(open_page: Open) -> None:
    page = await open_page(desk())
    await page.get_by_label("Search operations").fill("item3")
    await page.evaluate("location.hash = 'operation/list1.item1'")
    await expect(page.locator("[id='operation/list1.item1']")).to_be_in_viewport()
    await expect(page.get_by_label("Search operations")).to_have_value("")


async def test_a_narrow_page_has_its_list_behind_a_button(open_page: Open) -> None:
    page = await open_page(desk(), width=360)
    button = page.get_by_role("button", name="Contents")
    await expect(links(page)).to_have_count(0)
    await button.click()
    await expect(button).to_have_attribute("aria-expanded", "true")
    assert await violations(page) == []
    await links(page).filter(has_text="item2").click()
    await expect(links(page)).to_have_count(0)
    await expect(page.locator("[id='operation/list1.item2']")).to_be_in_viewport()
    await button.click()
    await page.keyboard.press("Escape")
    await expect(links(page)).to_have_count(0)


@pytest.mark.parametrize("text", ["", "item", "nowhere"])
async def test_nothing_bars_the_way_to_reading(open_page: Open, text: str) -> None:
    page = await open_page(desk(channels=4, operations=20))
    await scroll_to(page, "operation/list3.item7")
    await page.get_by_label("Search operations").fill(text)
    assert await violations(page) == []


async def test_another_search_takes_the_place_of_the_last_one(open_page: Open) -> None:
    page = await open_page(desk())
    await page.keyboard.press("/")
    await page.keyboard.type("watch")
    await page.keyboard.press("Enter")
    await page.get_by_text("Try it", exact=True).first.click()
    await page.get_by_label("Add a ref").first.focus()  # where a slash is not a text
    await page.keyboard.press("/")
    await page.keyboard.type("item1")
    await expect(page.get_by_label("Search operations")).to_have_value("item1")


FOLLOW = """async () => {
    await new Promise((done) => {
        window.addEventListener("hashchange", done, { once: true }); // after the page's own
        location.hash = "operation/list3.item7";
    });
    return window.scrollY;
}"""


async def press(page: Page) -> None:
    await page.mouse.move(700, 400)
    await page.mouse.down()


async def wheel(page: Page) -> None:
    await page.mouse.move(700, 400)
    await page.mouse.wheel(1, 0)  # aside, where there is nothing: it scrolls nothing itself


async def key(page: Page) -> None:
    await page.keyboard.press("Tab")


@pytest.mark.parametrize("act", [press, wheel, key], ids=["press", "wheel", "key"])
async def test_a_part_stops_coming_up_when_its_reader_acts(
    open_page: Open, act: Callable[[Page], Awaitable[None]]
) -> None:
    page = await open_page(desk(channels=4, operations=20))
    await page.clock.install()
    await page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))  # no frame comes by itself
    assert await page.evaluate(FOLLOW) > 700
    await page.evaluate(
        """() => {
            for (const act of ["pointerdown", "wheel", "keydown"]) {
                window.addEventListener(act, () => (document.body.id = "acted"), { passive: true });
            }
        }"""
    )
    await act(page)
    await page.wait_for_selector("#acted")
    await page.evaluate("window.scrollTo(0, 500)")
    await page.clock.run_for(1000)
    assert await page.evaluate("window.scrollY") == 500


async def test_a_part_comes_up_for_some_frames_while_its_reader_waits(open_page: Open) -> None:
    page = await open_page(desk(channels=4, operations=20))
    await page.clock.install()
    await page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))
    assert await page.evaluate(FOLLOW) > 700
    await page.evaluate("window.scrollTo(0, 500)")  # as what is painted above it does
    await page.clock.run_for(1000)
    assert await page.evaluate("window.scrollY") > 700


async def test_a_document_of_the_client_is_shown_as_what_its_server_does(open_page: Open) -> None:
    made = AsyncAPIGenerator([ROUTE], perspective="client").generate()
    assert made["operations"]["room.ask"]["action"] == "send"
    page = await open_page(serving(made))
    await expect(page.get_by_text("Describes the client")).to_be_visible()
    await expect(page.get_by_text("Client to server", exact=True)).to_be_visible()
    await expect(page.locator("[id='operation/room.ask'] > summary .badge.receive")).to_be_visible()
    await page.get_by_text("Try it", exact=True).click()
    offered = page.get_by_label("Message", exact=True).locator("option")
    await expect(offered.filter(has_text=re.compile("^ask$"))).to_have_count(1)
    assert "welcome" not in await offered.all_text_contents()


async def test_what_extensions_say_is_shown(open_page: Open) -> None:
    page = await open_page(serving(AsyncAPIGenerator([ROUTE]).generate()))
    await expect(page.get_by_text("Ready with Welcome.")).to_be_visible()
    await expect(page.get_by_text("Heartbeat: room.ping after 20 s of silence.")).to_be_visible()
    await page.get_by_text("Close codes", exact=True).click()
    row = page.get_by_role("row", name="4409")
    await expect(row).to_have_text("4409Somebody has that name. Do not reconnect.")
    await page.locator("[id='operation/room.ask'] > summary").click()
    await expect(page.get_by_text("Ends with End. Cancelled by room.stop.")).to_be_visible()
    replies = page.locator("[id='operation/room.ask']").get_by_text("refusal")
    await expect(replies).to_have_count(2)
