"""The page over https, with the tokens of OAuth 2 and OpenID Connect."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from tests.certificates import certificate_for
from tests.viewer.applications import serving
from tests.viewer.conftest import Open

CODE_FLOW = {
    "authorizationUrl": "https://id.example.com/in",
    "tokenUrl": "https://id.example.com/token",
    "availableScopes": {"read": "Read.", "write": "Write."},
}
SCHEMES: dict[str, Any] = {
    "login": {"type": "oauth2", "flows": {"authorizationCode": CODE_FLOW}, "scopes": ["read"]},
    "offered": {
        "type": "oauth2",
        "flows": {"authorizationCode": CODE_FLOW},
        "x-subprotocol": {"name": "token", "form": "pair"},
    },
    "provider": {"type": "openIdConnect", "openIdConnectUrl": "https://id.example.com/.well-known"},
}


async def echo(websocket: WebSocket) -> None:
    offered = websocket.scope["subprotocols"]
    await websocket.accept(offered[0])
    await websocket.send_json({"action": "say", "offered": offered})


def application(**servers: str) -> Starlette:
    """An application whose document has servers of some addresses."""
    app = serving(
        {
            "asyncapi": "3.0.0",
            "info": {"title": "Secure", "version": "1"},
            "servers": {
                name: {"host": url.partition("://")[2], "protocol": url.partition("://")[0]}
                for name, url in servers.items()
            },
            "channels": {
                "room": {
                    "address": "/room",
                    "messages": {"Say": {"name": "say", "payload": {"type": "object"}}},
                }
            },
            "operations": {
                "say": {
                    "action": "receive",
                    "channel": {"$ref": "#/channels/room"},
                    "security": [
                        {"$ref": f"#/components/securitySchemes/{name}"} for name in SCHEMES
                    ],
                }
            },
            "components": {"securitySchemes": SCHEMES},
        }
    )
    app.router.routes.append(WebSocketRoute("/room", echo))
    return app


@pytest.fixture
def secure(open_page: Open, tmp_path: Path) -> Open:
    """Opens pages over https, and what tries them."""
    certificate, key = certificate_for("IP:127.0.0.1", tmp_path)

    async def opened(app: Starlette, *expected: str) -> Page:
        page = await open_page(
            app,
            expected=expected,
            scheme="https",
            ssl_certfile=str(certificate),
            ssl_keyfile=str(key),
        )
        await page.get_by_text("Try it", exact=True).click()
        return page

    return opened


async def test_what_a_browser_blocks_is_told_before(secure: Open) -> None:
    page = await secure(application(plain="ws://chat.example.com"))
    server, connect = page.get_by_label("Server"), page.get_by_role("button", name="Connect")
    await expect(server).to_have_value("ws://chat.example.com")
    await expect(server).to_have_accessible_description(
        "This page is of https:, from which browsers open no socket of ws:. Write wss:, if the "
        "server has it"
    )
    await expect(connect.first).to_be_disabled()
    await server.fill("wss://chat.example.com")
    await expect(connect.first).to_be_enabled()


async def test_a_server_that_a_browser_reaches_is_offered_first(secure: Open) -> None:
    page = await secure(application(plain="ws://chat.example.com", safe="wss://chat.example.com"))
    await expect(page.get_by_label("Server")).to_have_value("wss://chat.example.com")


async def test_tokens_go_where_browsers_can_send_them(secure: Open) -> None:
    page = await secure(application())
    login = page.get_by_label("login (Bearer)", exact=True)
    await expect(login).to_have_attribute("type", "password")
    await expect(login).to_have_accessible_description(
        "authorizationCode: a token from https://id.example.com/in, https://id.example.com/token. "
        "Scopes: read. Browsers cannot send it: it stands in the copied programs."
    )
    await expect(page.get_by_label("provider (Bearer)", exact=True)).to_have_accessible_description(
        "A token of the provider that https://id.example.com/.well-known describes. Browsers "
        "cannot send it: it stands in the copied programs."
    )
    await page.get_by_label("offered", exact=True).fill("open-sesame")
    await page.get_by_role("button", name="Connect", exact=True).click()
    await expect(page.locator(".state")).to_have_text("closed")  # the socket says one thing
    said = page.locator(".entry").filter(has_text='"offered"')
    await expect(said).to_contain_text('"token"')
