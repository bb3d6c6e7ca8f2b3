"""The documentation page in a browser, with documents of every kind."""

import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from playwright.async_api import Route as Intercepted
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from chanx.asyncapi import (
    VIEWER_FOLDER,
    Document,
    docs_response,
    embedded_docs_response,
)
from chanx.asyncapi.react import VERSION
from chanx.ext.fast_channels import mount_asyncapi
from tests.accessibility import violations
from tests.viewer.applications import (
    FOREIGN,
    HOSTILE,
    answer,
    hostile_document,
    many_handlers,
    name,
    serving,
)
from tests.viewer.conftest import Open

PACKAGE = Path(__file__).parents[1] / "node" / "node_modules" / "@asyncapi" / "react-component"


async def unfold(page: Page) -> None:
    await page.evaluate("window.dispatchEvent(new Event('beforeprint'))")


async def test_hostile_texts_stay_texts(open_page: Open) -> None:
    document = hostile_document()
    page = await open_page(serving(document))
    await unfold(page)
    await page.get_by_text("Try it", exact=True).first.click()
    await page.get_by_role("button", name="Form", exact=True).click()
    assert await page.locator("script").count() == 1
    assert await page.locator("img, iframe, object, style").count() == 0
    assert await page.evaluate("window.hacked === undefined")
    shown = await page.evaluate("document.body.textContent")
    assert shown.count("<img src=x onerror=") > 5
    assert not {"\u202e", "\u2028", "\u0000"} & set(shown)
    links = await page.evaluate("[...document.links].map((link) => link.protocol)")
    assert set(links) <= {"http:", "https:"}


async def test_hostile_texts_stay_texts_within_the_page_too(open_page: Open) -> None:
    async def page_of(request: Request) -> Response:
        made = Document([], {"title": "Embedded", "description": HOSTILE})
        return answer(embedded_docs_response(made))

    page = await open_page(Starlette(routes=[Route("/", page_of)]))
    await expect(page.get_by_role("heading", name="Embedded")).to_be_visible()
    assert await page.locator("img").count() == 0
    assert await page.evaluate("window.hacked === undefined")


async def test_one_of_several_documents_is_chosen(open_page: Open) -> None:
    app = Starlette(routes=[Route("/pay.json", pay), Route("/gone.json", gone)])
    mount_asyncapi(
        app, config={"title": "Chat"}, documents={"Pay": "/pay.json", "Gone": "gone.json"}
    )
    page = await open_page(app, "/asyncapi?token=1", expected=["404"])
    heading = page.get_by_role("heading", level=1)
    await expect(heading).to_have_text("Chat")
    await page.get_by_text("Documents", exact=True).click()
    assert await page.locator(".documents a").all_inner_texts() == ["Chat", "Pay", "Gone"]
    assert await violations(page) == []
    await page.get_by_role("link", name="Pay", exact=True).click()
    await expect(heading).to_have_text("Payments")
    assert page.url.endswith("/asyncapi?token=1&document=Pay")
    await page.get_by_text("Documents", exact=True).click()
    await page.get_by_role("link", name="Gone", exact=True).click()
    await expect(heading).to_have_text("The document cannot be shown")
    await page.get_by_text("Documents", exact=True).click()
    await page.get_by_role("link", name="This application", exact=True).click()
    await expect(heading).to_have_text("Chat")


async def test_a_document_of_a_file_is_chosen_served_and_embedded(
    open_page: Open, tmp_path: Path
) -> None:
    given = tmp_path / "pay.yaml"
    given.write_text("asyncapi: 3.0.0\ninfo: {title: Payments, version: '1'}\n", "utf-8")
    documents = {"Pay": given}

    async def embedded(request: Request) -> Response:
        made = Document([], {"title": "Chat"})
        return answer(embedded_docs_response(made, documents=documents))

    app = Starlette(routes=[Route("/embedded", embedded)])
    mount_asyncapi(app, config={"title": "Chat"}, documents=documents)
    for path in ("/asyncapi", "/embedded"):
        page = await open_page(app, path)
        heading = page.get_by_role("heading", level=1)
        await expect(heading).to_have_text("Chat")
        await page.get_by_text("Documents", exact=True).click()
        await page.get_by_role("link", name="Pay", exact=True).click()
        await expect(heading).to_have_text("Payments")


async def pay(request: Request) -> Response:
    return JSONResponse({"asyncapi": "3.0.0", "info": {"title": "Payments", "version": "1"}})


async def gone(request: Request) -> Response:
    return Response(status_code=404)


@pytest.mark.parametrize("name", FOREIGN)
async def test_documents_made_elsewhere_are_shown(open_page: Open, name: str) -> None:
    document = FOREIGN[name]
    page = await open_page(serving(document))
    await unfold(page)
    for text in document["x-shown"]:
        await expect(page.get_by_text(text).first).to_be_attached()
    for panel in await page.locator(".try-it").all():
        await panel.get_by_text("Try it", exact=True).click()
        await expect(panel.locator(":scope > :not(summary)")).not_to_have_count(0)
    assert await violations(page) == []


@pytest.mark.parametrize("document", [None, 7, [], {}, {"channels": 3, "operations": {"a": None}}])
async def test_what_is_no_document_breaks_nothing(open_page: Open, document: object) -> None:
    page = await open_page(serving(document))
    await expect(page.get_by_role("heading", level=1)).to_be_visible()


async def test_a_document_that_is_not_there_is_told(open_page: Open) -> None:
    app = serving({})
    app.router.routes.pop()
    page = await open_page(app, expected={"404"})
    await expect(page.get_by_role("alert")).to_contain_text("document.json answers 404")


async def test_it_works_behind_prefixes_and_proxies(open_page: Open) -> None:
    inner = many_handlers(1, 1)
    mount_asyncapi(inner, "/docs/asyncapi")
    outer = Starlette(routes=[Mount("/mounted", inner)])

    async def proxied(scope: Any, receive: Any, send: Any) -> None:
        # What a server gives the application that it is told to serve below /outside.
        await outer({**scope, "root_path": "/outside"}, receive, send)

    page = await open_page(proxied, "/outside/mounted/docs/asyncapi", lifespan="off")
    await expect(page.get_by_text("/consumer_0").first).to_be_visible()
    await expect(page.locator(".plain code").first).to_contain_text("/outside/mounted")


async def test_the_modules_work_as_files_of_their_own(open_page: Open) -> None:
    made = Document([], {"title": "Page"})

    async def page_of(request: Request) -> Response:
        return answer(docs_response(made, file_urls=urls, file=name(request)))

    urls = {file.name: f"/static/chanx/{file.name}" for file in VIEWER_FOLDER.iterdir()}
    files = Mount("/static/chanx", StaticFiles(directory=VIEWER_FOLDER))
    page = await open_page(Starlette(routes=[Route("/", page_of), files]))
    await expect(page.get_by_role("heading", name="Page")).to_be_visible()


async def test_the_modules_work_under_other_names(open_page: Open, tmp_path: Path) -> None:
    made = Document([], {"title": "Page"})
    urls: dict[str, str] = {}
    for file in VIEWER_FOLDER.iterdir():
        hashed = f"{file.stem}.c0ffee{file.suffix}"
        shutil.copy(file, tmp_path / hashed)
        urls[file.name] = f"/static/chanx/{hashed}"

    async def page_of(request: Request) -> Response:
        return answer(docs_response(made, file_urls=urls, file=name(request)))

    files = Mount("/static/chanx", StaticFiles(directory=tmp_path))
    page = await open_page(Starlette(routes=[Route("/", page_of), files]))
    await expect(page.get_by_role("heading", name="Page")).to_be_visible()


FRAME = "new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
"""Waits until what has changed is shown."""


@asynccontextmanager
async def worked(page: Page) -> AsyncGenerator[Callable[[], Awaitable[float]]]:
    """Give what returns the seconds for which the processor has worked for a page.

    The clock on the wall counts the tests that run beside this one as well.
    """
    devtools: Any = await page.context.new_cdp_session(page)  # its answers have no types
    await devtools.send("Performance.enable", {"timeDomain": "threadTicks"})

    async def seconds() -> float:
        found = (await devtools.send("Performance.getMetrics"))["metrics"]
        [value] = [float(each["value"]) for each in found if each["name"] == "TaskDuration"]
        return value

    yield seconds
    await devtools.detach()


async def test_a_thousand_handlers_are_there_in_a_second(open_page: Open) -> None:
    app = many_handlers(10, 100)
    mount_asyncapi(app)
    # The server's own work, which is done once, is not the page's.
    page = await open_page(app, "/asyncapi")
    async with worked(page) as seconds:
        before = await seconds()
        await page.reload()
        await page.wait_for_selector("[data-ready]", state="attached")
        await page.evaluate(FRAME)
        assert await seconds() - before < 1
    assert await page.locator("details.operation").count() >= 1000


SEARCH = """(name) => {
    const field = document.querySelector("input[type=search]");
    field.value = name;
    field.dispatchEvent(new Event("input"));
    return FRAME;
}""".replace("FRAME", FRAME)
"""Searches, until that is shown."""

STEPS = 60
SCROLL = """async () => {
    for (let step = 0; step < STEPS; step += 1) {
        window.scrollBy(0, step < STEPS / 2 ? 400 : -400);
        await FRAME;
    }
}""".replace("STEPS", str(STEPS)).replace("FRAME", FRAME)
"""Scrolls, each time until that is shown."""


async def test_a_thousand_handlers_are_searched_and_scrolled_fluently(open_page: Open) -> None:
    app = many_handlers(10, 100)
    mount_asyncapi(app)
    page = await open_page(app, "/asyncapi")
    field = page.get_by_label("Search operations")
    await field.fill("handler")  # the words are collected at the first search
    async with worked(page) as seconds:
        before = await seconds()
        await page.evaluate(SEARCH, "handler_42")
        assert await seconds() - before < 0.3
        await expect(page.locator("details.operation:visible")).to_have_count(10)
        await field.fill("")
        before = await seconds()
        await page.evaluate(SCROLL)
        assert (await seconds() - before) / STEPS < 0.1


async def test_frames_of_several_channels_at_once(open_page: Open) -> None:
    app = many_handlers(2, 1)
    mount_asyncapi(app)
    page = await open_page(app, "/asyncapi")
    for channel in await page.locator("section.channel").all():
        await channel.get_by_text("Try it", exact=True).click()
        await channel.get_by_role("button", name="Connect", exact=True).click()
        await expect(channel.locator(".state")).to_have_text("open")
    for channel in await page.locator("section.channel").all():
        await channel.get_by_role("button", name="Send", exact=True).click()
        await expect(channel.locator(".entry").filter(has_text="answers ref 1")).to_be_visible()


async def test_the_react_component_is_shown_as_pinned(
    browser: Browser, serve: Callable[..., str]
) -> None:
    app = many_handlers(1, 2)
    mount_asyncapi(app, renderer="react")
    host = serve(app)
    context = await browser.new_context()
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    async def from_npm(route: Intercepted) -> None:
        # What unpkg.com would answer: the package's own file, whose integrity the browser checks.
        file = PACKAGE / route.request.url.split(f"@{VERSION}/", 1)[1]
        await route.fulfill(path=file, headers={"Access-Control-Allow-Origin": "*"})

    await page.route("https://unpkg.com/**", from_npm)
    await page.goto(f"http://{host}/asyncapi")
    await expect(page.locator("main")).to_contain_text("Many 0.1.0")
    await expect(page.get_by_text("handler_0_1").first).to_be_attached()
    assert complaints == []
    await context.close()
