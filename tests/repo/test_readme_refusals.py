"""What the README says of a refused browser is what a refused browser gets."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from playwright.async_api import Browser

from chanx.core.authenticator import BaseAuthenticator
from chanx.core.errors import RefuseConnection
from chanx.ext.fast_channels import AsyncJsonWebsocketConsumer, ConsumerRouter

router = ConsumerRouter()


class Nobody(BaseAuthenticator):
    async def authenticate(self, scope: Any) -> bool:
        return False


@router.consumer("/authenticator")
class Authenticated(AsyncJsonWebsocketConsumer):
    authenticator_class = Nobody


@router.consumer("/origin")
class Origin(AsyncJsonWebsocketConsumer):
    allowed_origins = ("https://example.com",)


@router.consumer("/connect")
class Connect(AsyncJsonWebsocketConsumer):
    async def connect(self) -> None:
        raise RefuseConnection(404, "No such room.")


SOCKET = """(url) => new Promise((done) => {
    const frames = [];
    const socket = new WebSocket(url);
    socket.onmessage = ({ data }) => frames.push(JSON.parse(data));
    socket.onclose = ({ code }) => done([code, frames]);
})"""


async def test_a_browser_that_is_refused_can_read_why(
    browser: Browser, serve: Callable[..., str]
) -> None:
    app = FastAPI()
    app.include_router(router)
    host = serve(app)
    page = await browser.new_page()
    await page.goto(f"http://{host}/openapi.json")  # any page of a host of its own
    why = {
        "authenticator": (401, "Unauthorized"),
        "origin": (403, "This origin may not connect."),
        "connect": (404, "No such room."),
    }
    for path, (status, reason) in why.items():
        code, frames = await page.evaluate(SOCKET, f"ws://{host}/{path}")
        assert code == 4000 + status
        [told] = frames
        assert reason in told["payload"].values()
