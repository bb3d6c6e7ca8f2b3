"""Whatever stands in an attribute: it is refused where it is written, or it works."""

from collections.abc import Callable
from inspect import get_annotations
from typing import Any

import pytest
from channels.routing import ProtocolTypeRouter, URLRouter
from django.contrib.auth.models import Group
from django.core.checks import run_checks
from django.utils.translation import gettext_lazy
from rest_framework.authentication import TokenAuthentication
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.throttling import AnonRateThrottle

from chanx.core.authenticator import Credential
from chanx.core.errors import ConfigurationError
from chanx.core.limits import Limits
from chanx.core.websocket import AsyncJsonWebsocketConsumer as CoreConsumer
from chanx.ext.channels.authenticator import DjangoAuthenticator
from chanx.ext.channels.routing import path
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import PingMessage
from chanx.testing import WebsocketCommunicator

pytestmark = pytest.mark.usefixtures("database", "layers")

Project = Callable[[Any], None]


class Groups(ListAPIView[Group]):
    queryset = Group.objects.all()


class Awkward:
    """Fails at everything that a check may do to it."""

    def __repr__(self) -> str:
        raise RuntimeError("no words")

    def __bool__(self) -> bool:
        raise RuntimeError("neither true nor false")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no comparison")

    __hash__ = None  # type: ignore[assignment]


def anything(*arguments: Any) -> bool:
    return True


VALUES: list[Any] = [
    None,
    5,
    True,
    False,
    "",
    "pk",
    b"pk",
    gettext_lazy("pk"),
    [],
    {},
    set[Any](),
    ["pk"],
    [None],
    [Awkward()],
    Awkward(),
    anything,
    PingMessage,
    Credential("token", "query"),
    [Credential("token", "query")],
    Limits(),
    Group,
    Group.objects,
    Group.objects.all(),
    Group.objects.values_list("pk", flat=True),
    Groups,
    IsAuthenticated,
    IsAuthenticated(),
    [IsAuthenticated],
    [IsAuthenticated()],
    [AllowAny | IsAuthenticated],
    TokenAuthentication,
    [AnonRateThrottle],
    (kind for kind in [AllowAny]),
]


def attributes_of(kind: type) -> list[str]:
    return [name for name in get_annotations(kind) if not name.startswith("_")]


OF_AUTHENTICATORS = attributes_of(DjangoAuthenticator)
MADE = {"handler_table", "blocking_calls"}
OF_CONSUMERS = [
    name for name in attributes_of(CoreConsumer) if hasattr(CoreConsumer, name) and name not in MADE
]


class Open(DjangoAuthenticator):
    permission_classes = [AllowAny]  # noqa: RUF012 - as users write it


def routed(consumer: Any) -> URLRouter:
    return URLRouter([path("rooms/<int:pk>/", consumer.as_asgi())])


async def closing(consumer: Any) -> int | None:
    """Connect, and return the close code with which that ended by itself; None if it did not."""
    application = routed(consumer)
    client = WebsocketCommunicator(application, "/rooms/7/", consumer=consumer)
    await client.connect()
    await client.disconnect()
    return client.close_code


def declare(base: type, name: str, value: object) -> Any:
    """Return a class with an attribute; None if it is refused at its creation."""
    try:
        return type("Wrong", (base,), {name: value})
    except ConfigurationError as refusal:
        if f"Wrong.{name}" not in str(refusal):
            raise
        return None


def is_refused(consumer: Any, project: Project) -> bool:
    """Return whether a system check calls the consumer wrong."""
    project(ProtocolTypeRouter({"websocket": routed(consumer)}))
    found = run_checks(tags=["chanx"])
    assert all(message.hint for message in found)
    return any(str(message.id).startswith("chanx.E") for message in found)


@pytest.mark.parametrize("name", OF_AUTHENTICATORS)
async def test_whatever_an_authenticators_attribute_is_it_works_or_is_refused(
    name: str, project: Project
) -> None:
    for value in VALUES:
        kind = declare(Open, name, value)
        if kind is None:
            continue
        consumer: Any = type("Room", (AsyncJsonWebsocketConsumer,), {"authenticator_class": kind})
        if not is_refused(consumer, project):
            assert await closing(consumer) != 4500, value


@pytest.mark.parametrize("name", OF_CONSUMERS)
async def test_whatever_a_consumers_attribute_is_it_works_or_is_refused(
    name: str, project: Project
) -> None:
    for value in VALUES:
        consumer = declare(AsyncJsonWebsocketConsumer, name, value)
        if consumer is not None and not is_refused(consumer, project):
            assert await closing(consumer) != 4500, value


async def test_what_fails_for_each_client_would_be_noticed() -> None:
    class Failing(Open):
        def get_object(self) -> Group:
            raise RuntimeError

    room: Any = type("Room", (AsyncJsonWebsocketConsumer,), {"authenticator_class": Failing})
    assert await closing(room) == 4500


def test_permissions_that_are_misspelt_let_nobody_in() -> None:
    class Members(DjangoAuthenticator):
        permission_class = (IsAuthenticated,)

    room: Any = type("Room", (AsyncJsonWebsocketConsumer,), {"authenticator_class": Members})
    with pytest.raises(ConfigurationError, match="did you mean 'permission_classes'"):
        room.as_asgi()
