"""Tokens as a hostile or clumsy client presents them: none is sent back, logged, or half let in."""

import json
from collections.abc import Sequence
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, HTTPException

from chanx.ext.fast_channels import (
    AsyncJsonWebsocketConsumer,
    ConsumerRouter,
    Credential,
    TokenCredential,
    ws_handler,
)
from chanx.messages import PingMessage, PongMessage

SECRET = "open-sesame"
anywhere = TokenCredential(
    Credential("Authorization", "header"),
    Credential("sid", "cookie"),
    Credential("token", "query"),
    Credential("token", "subprotocol"),
)


async def user(token: Annotated[str, Depends(anywhere)]) -> str:
    if token != SECRET:
        raise HTTPException(401, "Wrong token.")
    return "ali"


class Room(AsyncJsonWebsocketConsumer):
    allowed_origins = ("*",)

    async def connect(self, user: Annotated[str, Depends(user)]) -> None:
        self.user = user

    @ws_handler
    async def answer(self, message: PingMessage) -> PongMessage:
        return PongMessage()


def application() -> FastAPI:
    router = ConsumerRouter()
    router.add_consumer("/ws", Room)
    app = FastAPI()
    app.include_router(router)
    return app


async def sent(
    headers: Sequence[tuple[bytes, bytes]] = (),
    query: bytes = b"",
    subprotocols: tuple[str, ...] = (),
) -> list[Any]:
    """Return what a server sends whose client offers this, and leaves once it is let in."""
    events: list[Any] = []
    incoming: list[Any] = [{"type": "websocket.connect"}]

    async def receive() -> Any:
        if incoming:
            return incoming.pop()
        return {"type": "websocket.disconnect", "code": 1000}

    async def send(event: Any) -> None:
        events.append(event)

    scope: dict[str, Any] = {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": "/ws",
        "raw_path": b"/ws",
        "root_path": "",
        "query_string": query,
        "headers": list(headers),
        "client": ("127.0.0.1", 5),
        "server": ("127.0.0.1", 6),
        "subprotocols": list(subprotocols),
        "state": {},
    }
    app = application()
    # Older releases of FastAPI know the consumer's route once the application has started.
    async with app.router.lifespan_context(app):
        await app(scope, receive, send)
    return events


def answered(events: list[Any]) -> str | None:
    """Return the subprotocol that a handshake was answered, whether or not it was let in."""
    accept = events[0]
    assert accept["type"] == "websocket.accept"
    subprotocol: str | None = accept.get("subprotocol")
    return subprotocol


def is_let_in(events: list[Any]) -> bool:
    return not any(event.get("code") == 4401 for event in events)


@pytest.mark.parametrize(
    ("offers", "answer"),
    [
        (("token", SECRET, SECRET), "token"),
        (("token", SECRET, SECRET, "chat"), "chat"),
        ((SECRET, "token", SECRET, "chat"), "chat"),
        ((f"token.{SECRET}", SECRET, "chat"), "chat"),
        (("token", SECRET, f"token.{SECRET}"), "token"),
        (("token", "token", SECRET), "token"),
        (("chat", "token", SECRET), "chat"),
        ((f"token.{SECRET}",), None),
    ],
    ids=range(8),
)
async def test_a_token_that_is_offered_twice_is_not_answered(
    offers: tuple[str, ...], answer: str | None
) -> None:
    events = await sent(subprotocols=offers)
    assert SECRET not in str(events)
    assert answered(events) == answer


WRONG = [
    "open",
    "open-sesame ",
    "OPEN-SESAME",
    "open-sesame\x00",
    "open-sesame,open-sesame",
    "<script>alert(1)</script>",
    "{payload}",
    "%s%n",
    "a" * 5000,
    "\u00e4\u00f6",
]


def is_quoted(value: str, text: str) -> bool:
    return value in text or json.dumps(value)[1:-1] in text


@pytest.mark.parametrize("value", WRONG, ids=range(len(WRONG)))
@pytest.mark.parametrize("place", ["header", "cookie", "query", "pair", "suffix"])
async def test_a_wrong_token_is_refused_and_neither_sent_back_nor_logged(
    place: str, value: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    raw = value.encode()
    match place:
        case "header":
            events = await sent([(b"authorization", b"Bearer " + raw)])
        case "cookie":
            events = await sent([(b"cookie", b"sid=" + raw)])
        case "query":
            events = await sent(query=b"token=" + raw)
        case "pair":
            events = await sent(subprotocols=("token", value, "chat"))
        case _:
            events = await sent(subprotocols=(f"token.{value}", "chat"))
    # White space around the value of a header is none of it.
    assert is_let_in(events) == (value.strip() == SECRET and place in ("header", "cookie"))
    assert value == "open" or not is_quoted(value, str(events))
    assert value == "open" or not is_quoted(value, caplog.text)


@pytest.mark.parametrize(
    "value",
    [
        *(b"", b"Bearer", b"Bearer ", b"Bearer  ", b"Basic open-sesame", b"open-sesame"),
        *(b"Bearer\topen-sesame", b"Bearer,open-sesame", b"Token open-sesame", b"\xff\xfe"),
    ],
    ids=range(10),
)
async def test_a_header_of_another_form_lets_nobody_in(value: bytes) -> None:
    assert not is_let_in(await sent([(b"authorization", value)]))


async def test_the_first_place_that_has_a_token_decides() -> None:
    right, wrong = SECRET.encode(), b"wrong"
    events = await sent([(b"authorization", b"Bearer " + wrong), (b"cookie", b"sid=" + right)])
    assert not is_let_in(events)
    assert is_let_in(await sent([(b"cookie", b"sid=; sid=" + right)], b"token=wrong"))
    assert not is_let_in(await sent([(b"cookie", b"sid=" + right + b"; sid=wrong")]))
    assert is_let_in(await sent([(b"authorization", b"bEARER   " + right)]))
