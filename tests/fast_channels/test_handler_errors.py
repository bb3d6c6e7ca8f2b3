"""FastAPI's own exceptions in handlers: the client is told, and nothing is a failure."""

from typing import Any

import pytest
from fastapi import HTTPException, WebSocketException
from starlette.exceptions import HTTPException as StarletteHTTPException

from chanx.core.decorators import ws_handler
from chanx.core.errors import MessageError
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
from chanx.testing.contract.client import Client
from chanx.testing.contract.messages import Fail, Said

ERRORS: dict[str, Exception] = {
    "text": HTTPException(404, "No such room."),
    "phrase": StarletteHTTPException(409),
    "body": HTTPException(422, {"field": ["wrong"]}),
    "headers": HTTPException(429, "Slowly.", {"Retry-After": "5"}),
    "server": HTTPException(503, "Later."),
    "unnamed": HTTPException(499, ""),
    "close": WebSocketException(1008, "Not here."),
    "odd": WebSocketException(404, "Not here."),
    "failure": RuntimeError("secret"),
    "redirect": HTTPException(307, "secret"),
}


class Room(AsyncJsonWebsocketConsumer[Any]):
    @ws_handler
    async def fail(self, message: Fail) -> Said:
        raise ERRORS[message.payload]


async def told(client: Client, payload: str) -> dict[str, Any]:
    client.send(action="fail", payload=payload, ref=1)
    error = await client.message()
    assert (error["action"], error["ref"]) == ("error", 1)
    told: dict[str, Any] = error["payload"]
    return told


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("text", {"code": "not_found", "detail": "No such room."}),
        ("phrase", {"code": "conflict", "detail": "Conflict"}),
        (
            "body",
            {
                "code": "invalid",
                "detail": "Unprocessable Entity",
                "data": {"body": {"detail": {"field": ["wrong"]}}},
            },
        ),
        ("headers", {"code": "throttled", "detail": "Slowly.", "data": {"retry_after": 5}}),
        ("server", {"code": "service_unavailable", "detail": "Later."}),
        ("unnamed", {"code": "refused_by_handler", "detail": "The request is refused."}),
    ],
)
async def test_an_http_exception_is_told_by_the_code_of_its_status(
    name: str, payload: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    async with Client(Room.as_asgi()) as client:
        await client.open()
        got = await told(client, name)
        assert got.pop("detail").startswith(payload.pop("detail")[:13])
        assert got == payload
        assert (await told(client, "text"))["code"] == "not_found"
    assert caplog.records == []


@pytest.mark.parametrize(("name", "code"), [("close", 1008), ("odd", 4404)])
async def test_a_websocket_exception_is_told_and_closes(name: str, code: int) -> None:
    async with Client(Room.as_asgi()) as client:
        await client.open()
        assert await told(client, name) == {"code": "closing", "detail": "Not here."}
        assert await client.closed() == code


@pytest.mark.parametrize("name", ["failure", "redirect"])
async def test_another_one_stays_a_failure(name: str, caplog: pytest.LogCaptureFixture) -> None:
    async with Client(Room.as_asgi()) as client:
        await client.open()
        assert (await told(client, name))["code"] == "handler_error"
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_a_consumer_may_say_it_in_another_way() -> None:
    class Polite(Room): ...

    @Polite.exception_handler(HTTPException)
    def polite(consumer: Polite, error: HTTPException) -> MessageError:
        return MessageError(f"http_{error.status_code}", "Sorry.")

    async with Client(Polite.as_asgi()) as client:
        await client.open()
        assert (await told(client, "text"))["code"] == "http_404"
        assert (await told(client, "phrase"))["code"] == "conflict"
