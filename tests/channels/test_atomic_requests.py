"""ATOMIC_REQUESTS: the view that decides on a handshake runs in a transaction, as for HTTP."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.transaction import non_atomic_requests
from django.utils.decorators import method_decorator
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from chanx.ext.channels.authenticator import ChanxAuthView, DjangoAuthenticator
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.testing import WebsocketCommunicator


class Writing(ChanxAuthView):
    authentication_classes = ()
    permission_classes = ()
    outcome: Exception | None = None

    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        User.objects.create(username="ada")
        if self.outcome is not None:
            raise self.outcome
        return Response()


class Failing(Writing):
    outcome = LookupError("after a write")


class Refusing(Writing):
    outcome = PermissionDenied()


@method_decorator(non_atomic_requests, name="dispatch")
class NonAtomic(Refusing):
    pass


@pytest.fixture(autouse=True)
def atomic_requests(database: dict[str, Any]) -> None:
    """A database whose views are atomic."""
    database["ATOMIC_REQUESTS"] = True


@pytest.mark.parametrize(
    ("view", "code", "is_written"),
    [
        (Writing, None, True),
        (Failing, 4500, False),
        (Refusing, 4403, False),
        (NonAtomic, 4403, True),
    ],
)
async def test_what_a_view_wrote_is_kept_if_it_lets_the_client_in(
    view: type[ChanxAuthView], code: int | None, is_written: bool
) -> None:
    class Decided(DjangoAuthenticator):
        auth_view_class = view
        auth_method = "post"
        override_http_methods = False

    class Room(AsyncJsonWebsocketConsumer):
        authenticator_class = Decided

    async with WebsocketCommunicator(Room.as_asgi(), "/", consumer=Room) as client:
        await client.receive_message()
        assert client.close_code == code
    assert await User.objects.aexists() is is_written
