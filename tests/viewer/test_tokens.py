"""A token that a FastAPI dependency takes, presented from the page."""

from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from playwright.async_api import Page, expect

from chanx.ext.fast_channels import (
    AsyncJsonWebsocketConsumer,
    ConsumerRouter,
    Credential,
    TokenCredential,
    mount_asyncapi,
    ws_handler,
)
from chanx.messages import PingMessage, PongMessage
from tests.viewer.conftest import Open

token = TokenCredential(
    Credential("Authorization", "header"),
    Credential("token", "query"),
    Credential("token", "subprotocol"),
)


def application() -> FastAPI:
    async def known(token: Annotated[str, Depends(token)]) -> None:
        if token != "open-sesame":
            raise HTTPException(401, "This token is not known.")

    router = ConsumerRouter()

    @router.consumer("/ws", dependencies=[Depends(known)])
    class Guarded(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def ping(self, message: PingMessage) -> PongMessage:
            return PongMessage()

    app = FastAPI()
    app.include_router(router)
    mount_asyncapi(app)
    return app


async def opened(open_page: Open) -> Page:
    page = await open_page(application(), "/asyncapi")
    await page.get_by_text("Try it", exact=True).first.click()
    return page


async def connected(page: Page) -> None:
    await page.get_by_role("button", name="Connect", exact=True).first.click()


async def test_a_token_is_presented_as_a_subprotocol_and_lets_the_reader_in(
    open_page: Open,
) -> None:
    page = await opened(open_page)
    await page.get_by_label("subprotocol-token", exact=True).fill("open-sesame")
    await connected(page)
    await expect(page.locator(".state").first).to_have_text("open")
    await page.get_by_role("button", name="Send", exact=True).first.click()
    await expect(page.locator(".entry").filter(has_text="pong")).to_have_count(1)
    await expect(page.locator(".log")).not_to_contain_text("open-sesame")


async def test_a_wrong_one_is_told_to_the_reader(open_page: Open) -> None:
    page = await opened(open_page)
    await page.get_by_label("query-token", exact=True).fill("wrong")
    await connected(page)
    await expect(page.locator(".entry").filter(has_text="4401").first).to_be_visible()
    await expect(page.locator(".state").first).to_have_text("closed")
