"""Django's and REST framework's own exceptions in handlers: the client is told of them."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.exceptions import APIException

from chanx.core.decorators import ws_handler
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.testing.contract.client import Client
from chanx.testing.contract.messages import Fail, Said


class Odd(APIException):
    status_code = 418
    default_code = "too_large"  # which is chanx's own


class Room(AsyncJsonWebsocketConsumer[Any]):
    error: Exception

    @ws_handler
    async def fail(self, message: Fail) -> Said:
        raise self.error


CASES: dict[str, tuple[Exception, dict[str, Any]]] = {
    "404": (Http404("No Room matches the query."), {"code": "not_found", "detail": "Not found."}),
    "403": (PermissionDenied(), {"code": "permission_denied", "detail": "Permission denied."}),
    "denied": (PermissionDenied("Go."), {"code": "permission_denied", "detail": "Go."}),
    "invalid": (
        ValidationError("Too %(what)s.", params={"what": "long"}),
        {"code": "invalid", "detail": "Too long.", "data": {"errors": {"__all__": ["Too long."]}}},
    ),
    "fields": (
        ValidationError({"name": ["Too long.", "Not nice."]}),
        {
            "code": "invalid",
            "detail": "The input is not valid.",
            "data": {"errors": {"name": ["Too long.", "Not nice."]}},
        },
    ),
    "api": (exceptions.NotFound("No such room."), {"code": "not_found", "detail": "No such room."}),
    "own code": (
        exceptions.PermissionDenied("Pay first.", code="unpaid"),
        {"code": "unpaid", "detail": "Pay first."},
    ),
    "api fields": (
        exceptions.ValidationError({"name": ["Too long."]}),
        {
            "code": "invalid",
            "detail": "Invalid input.",
            "data": {"errors": {"name": ["Too long."]}},
        },
    ),
    "throttled": (
        exceptions.Throttled(wait=5),
        {
            "code": "throttled",
            "detail": "Request was throttled. Expected available in 5 seconds.",
            "data": {"retry_after": 5},
        },
    ),
    "clash": (Odd("Short and stout."), {"code": "i_m_a_teapot", "detail": "Short and stout."}),
}


@pytest.mark.parametrize("name", CASES)
async def test_it_is_told_by_its_code_and_is_not_a_failure(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    error, payload = CASES[name]

    class Raising(Room): ...

    Raising.error = error
    async with Client(Raising.as_asgi()) as client:
        await client.open()
        for ref in (1, 2):
            client.send(action="fail", ref=ref)
            assert await client.message() == {"action": "error", "payload": payload, "ref": ref}
    assert caplog.records == []
