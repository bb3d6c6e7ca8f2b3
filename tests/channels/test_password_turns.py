"""Handshakes with passwords, which take long, keep nobody out who has a token."""

import asyncio
from base64 import b64encode
from collections.abc import Sequence
from contextlib import AsyncExitStack
from threading import Event
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import override_settings
from rest_framework.authentication import BaseAuthentication

from chanx.ext.channels.authenticator import DjangoAuthenticator
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.testing.contract.client import Client, settled

ORDER: list[str] = []
MAY_GO_ON = Event()


class Slow(BaseAuthentication):
    """Takes as long as the test says for a password, and no time for a token."""

    def authenticate(self, request: Any) -> tuple[Any, None]:
        scheme = request.META["HTTP_AUTHORIZATION"].split()[0]
        if scheme == "Basic":
            MAY_GO_ON.wait(20)
        ORDER.append(scheme)
        return AnonymousUser(), None


class Asking(DjangoAuthenticator):
    authentication_classes: Sequence[type[BaseAuthentication]] | None = (Slow,)
    permission_classes: Any = ()


class Room(AsyncJsonWebsocketConsumer):
    authenticator_class = Asking


@pytest.mark.parametrize("space", [b" ", b"\t"], ids=repr)
@pytest.mark.usefixtures("database")
async def test_tokens_have_one_password_before_them_at_most(space: bytes) -> None:
    ORDER.clear()
    MAY_GO_ON.clear()
    password = [(b"authorization", b"Basic" + space + b64encode(b"ada:wrong"))]
    token = [(b"authorization", b"Token good")]
    with override_settings(CHANX={"ALLOWED_ORIGINS": ["*"]}):
        async with AsyncExitStack() as stack:
            clients: list[Client] = []
            for headers in [password] * 10 + [token] * 5:
                client = Client(Room.as_asgi(), headers=headers)
                clients.append(await stack.enter_async_context(client))
                client.begin()
            await settled()
            MAY_GO_ON.set()
            await asyncio.gather(*(client.event() for client in clients))
    assert sorted(ORDER) == ["Basic"] * 10 + ["Token"] * 5
    # A token may be first as well, while connections that other tests left are looked after.
    assert ORDER[-9:] == ["Basic"] * 9
