"""A hundred clients with tokens that come back at once, on PostgreSQL."""

import asyncio
from threading import Lock
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from rest_framework.authentication import TokenAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.permissions import BasePermission

from chanx.core.limits import Limits
from chanx.ext.channels import AsyncJsonWebsocketConsumer
from chanx.ext.channels.authenticator import DjangoAuthenticator
from chanx.messages import AuthenticationMessage
from chanx.testing import WebsocketCommunicator


@pytest.fixture(scope="module")
def tables(postgresql_tables: None) -> None:
    """The tables of the installed applications in PostgreSQL."""


class TakesAMoment(BasePermission):
    lock = Lock()
    asked = most = 0

    def has_permission(self, request: Any, view: Any) -> bool:
        kind = type(self)
        with self.lock:
            kind.asked += 1
            kind.most = max(kind.most, kind.asked)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.05)")
        with self.lock:
            kind.asked -= 1
        return True


class Members(DjangoAuthenticator):
    authentication_classes = (TokenAuthentication,)
    permission_classes = (TakesAMoment,)


class Club(AsyncJsonWebsocketConsumer):
    authenticator_class = Members
    limits = Limits(handshake_timeout=4)


class ClubInThreads(Club):
    database_threads = 20
    limits = Limits(handshake_timeout=60)


async def test_all_who_come_at_once_get_in_where_each_has_a_thread(
    database: dict[str, Any],
) -> None:
    database["CONN_MAX_AGE"] = 60
    user = await User.objects.acreate(username="ada")
    token: Any = await Token.objects.acreate(user=user)
    headers = [(b"authorization", f"Token {token.key}".encode())]

    async def is_let_in(consumer: Any) -> bool:
        client = WebsocketCommunicator(consumer.as_asgi(), "/", headers, consumer=consumer)
        await client.connect(timeout=60)
        try:
            message = await client.receive_message(60)
            return isinstance(message, AuthenticationMessage) and message.payload.status_code == 200
        finally:
            await client.disconnect()

    TakesAMoment.most = 0
    # Their look-ups alone take 5 s in one thread.
    assert not all(await asyncio.gather(*(is_let_in(Club) for _ in range(100))))
    assert TakesAMoment.most == 1
    assert all(await asyncio.gather(*(is_let_in(ClubInThreads) for _ in range(100))))
    assert TakesAMoment.most > 1
