"""The documentation page shows everything, runs nothing, and escapes every text."""

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, Literal

import pytest
from pydantic import BaseModel, Field

from chanx.asyncapi import DOCS_CONTENT_SECURITY_POLICY, AsyncAPIGenerator, render_docs
from chanx.core.decorators import channel, ws_handler
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage
from chanx.routing import PathParameter, RouteInfo

if TYPE_CHECKING:
    from playwright.async_api import Browser

HOSTILE = (
    "</script><!--<script>alert(1)</script> \" ' & \u2028\u2029 \x00 <img src=x onerror=alert(1)>"
)


class Line(BaseModel):
    text: str = Field(default=HOSTILE, description=HOSTILE, max_length=200)
    kind: Literal["a", "</td>"] = "a"
    marks: dict[str, list[int | None]] = {}


class Write(BaseMessage):
    """placeholder"""

    action: Literal["</pre><script>"] = "</pre><script>"
    payload: Line


class Token(BaseMessage):
    """A piece of an answer with ``code`` in it."""

    action: Literal["token"] = "token"
    payload: tuple[int, str]


Write.__doc__ = HOSTILE


@channel(name="writer", description=HOSTILE, tags=[HOSTILE])
class Writer(AsyncJsonWebsocketConsumer):
    @ws_handler(description=HOSTILE, summary=HOSTILE)
    async def write(self, message: Write) -> AsyncIterator[Token]:
        yield Token(payload=(1, "a"))


ROUTE = RouteInfo(
    path="/write/{room}",
    consumer=Writer,
    parameters=(PathParameter(name="room", converter="int", description=HOSTILE),),
    query={"properties": {"q": {"type": "string", "description": HOSTILE}}},
    security={"token": {"type": "http", "scheme": "bearer"}},
)


@pytest.fixture
def document() -> dict[str, Any]:
    return AsyncAPIGenerator(
        [ROUTE], title=HOSTILE, description=HOSTILE, server_url="wss://example.com/x"
    ).generate()


class Reader(HTMLParser):
    """Notes the elements and the text of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.shown = ""
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in ("meta", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.shown += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def test_no_text_becomes_an_element(document: dict[str, Any]) -> None:
    reader = read(render_docs(document, title=HOSTILE, schema_url=f'/x"{HOSTILE}'))
    assert not {"script", "img", "iframe"} & set(reader.tags)
    assert not [name for name, _ in reader.attributes if name.startswith("on")]
    assert reader.shown.count("<img src=x onerror=alert(1)>") > 5
    assert "\x00" not in reader.shown


def test_everything_is_shown(document: dict[str, Any]) -> None:
    shown = read(render_docs(document)).shown
    for text in (
        "wss://example.com/x",
        "/write/{room}",
        "Token",
        "array of integer, string",
        "map of array of integer | null",
        "at most 200 characters",
        "stream",
        "Security: token",
        "4413",
    ):
        assert text in shown


def test_links_lead_somewhere_on_the_page(document: dict[str, Any]) -> None:
    page = render_docs(document, schema_url="/asyncapi.json")
    anchors = set(re.findall(r' id="([^"]+)"', page))
    links = set(re.findall(r' href="([^"]+)"', page))
    assert {link[1:] for link in links if link.startswith("#")} <= anchors
    assert {link for link in links if not link.startswith("#")} == {"/asyncapi.json", "data:,"}


def test_nothing_comes_from_elsewhere(document: dict[str, Any]) -> None:
    page = render_docs(document)
    assert "src=" not in re.sub(r"&lt;.*?&gt;", "", page)
    assert not re.findall(r"(?:url\(|@import)", page)


def test_the_policy_allows_the_style_and_nothing_else(document: dict[str, Any]) -> None:
    (style,) = re.findall(r"<style>(.*?)</style>", render_docs(document), re.S)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert "default-src 'none'" in DOCS_CONTENT_SECURITY_POLICY
    assert f"style-src 'sha256-{digest}'" in DOCS_CONTENT_SECURITY_POLICY
    assert "script-src" not in DOCS_CONTENT_SECURITY_POLICY
    assert "unsafe" not in DOCS_CONTENT_SECURITY_POLICY


def test_a_document_made_elsewhere_is_shown_as_well() -> None:
    document: dict[str, Any] = {
        "asyncapi": "3.0.0",
        "info": {"title": "Other", "version": "1"},
        "channels": {
            "c": {"address": None, "messages": {"m": {"payload": {"type": ["string", "null"]}}}}
        },
        "operations": {
            "o": {
                "action": "send",
                "channel": {"$ref": "#/channels/c"},
                "messages": [{"$ref": "#/channels/c/messages/m"}],
            }
        },
    }
    assert "string | null" in read(render_docs(document)).shown


async def test_the_browser_applies_the_style_under_the_policy(
    browser: "Browser", document: dict[str, Any]
) -> None:
    context = await browser.new_context(color_scheme="dark")
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    async def serve(route: Any) -> None:
        await route.fulfill(
            body=render_docs(document),
            content_type="text/html; charset=utf-8",
            headers={"Content-Security-Policy": DOCS_CONTENT_SECURITY_POLICY},
        )

    await page.route("**/*", serve)
    await page.goto("http://docs.test/")
    background = "getComputedStyle(document.body).backgroundColor"
    assert await page.evaluate(background) == "rgb(20, 22, 27)"
    assert await page.locator("summary").count() > 1
    assert await page.locator("script").count() == 0
    assert complaints == []
    await context.close()
