"""The inspector's view: for operators only, and their own forms."""

import re
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Permission, User
from django.test import Client, override_settings
from django.urls import URLPattern
from django.urls import path as url

from chanx.core.close_codes import CloseCode
from chanx.core.errors import ConfigurationError
from chanx.ext.channels.inspector import InspectorView
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.observing.inspector import Inspector
from chanx.testing import WebsocketCommunicator

INSPECTOR = Inspector()
PERMISSION = "auth.view_user"

urlpatterns: list[URLPattern] = [
    url("inspector/", InspectorView.as_view(inspector=INSPECTOR)),
    url("permitted/", InspectorView.as_view(inspector=INSPECTOR, permission=PERMISSION)),
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]


class Room(AsyncJsonWebsocketConsumer[Any]):
    observers: ClassVar[Any] = [INSPECTOR]


@pytest.fixture(autouse=True)
def urls() -> Iterator[None]:
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=MIDDLEWARE):
        yield


def logged_in(user: User | None) -> Client:
    client = Client(enforce_csrf_checks=True)
    if user is not None:
        client.force_login(user)
    return client


@sync_to_async
def status(where: str, user: User | None) -> int:
    return logged_in(user).get(where).status_code


@pytest.mark.usefixtures("database")
async def test_only_operators_see_it() -> None:
    create = sync_to_async(User.objects.create_user)
    root = await sync_to_async(User.objects.create_superuser)("root")
    staff = await create("staff", is_staff=True)
    permitted = await create("permitted", is_staff=True)
    reader = await create("reader")
    for user in (permitted, reader):
        await user.user_permissions.aadd(await Permission.objects.aget(codename="view_user"))
    inactive = await create("gone", is_staff=True, is_superuser=True, is_active=False)
    users = (None, reader, staff, permitted, inactive, root)
    assert [await status("/inspector/", user) for user in users] == [403, 403, 403, 403, 403, 200]
    assert [await status("/permitted/", user) for user in users] == [403, 403, 403, 200, 403, 200]


@pytest.mark.usefixtures("database")
async def test_an_operator_ends_a_connection_by_the_form_and_by_nothing_else() -> None:
    root = await sync_to_async(User.objects.create_superuser)("root")
    client = await sync_to_async(logged_in)(root)

    @sync_to_async
    def post(**form: str) -> Any:
        return client.post("/inspector/", form)

    async with WebsocketCommunicator(Room.as_asgi(), "/", consumer=Room) as socket:
        page = await sync_to_async(client.get)("/inspector/")
        assert page["Content-Security-Policy"].startswith("default-src 'none'")
        text = page.content.decode()
        [connection] = re.findall(r'name="connection" value="(\w+)"', text)
        [token] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', text)
        assert (await post(connection=connection)).status_code == 403
        assert (await post(connection="x", csrfmiddlewaretoken=token)).status_code == 404
        answer = await post(connection=connection, csrfmiddlewaretoken=token)
        assert (answer.status_code, answer["Location"]) == (302, "/inspector/")
        await socket.expect_closed(CloseCode.FORBIDDEN)


def test_a_view_without_an_inspector_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"InspectorView.as_view\(inspector=...\)"):
        InspectorView.as_view()
