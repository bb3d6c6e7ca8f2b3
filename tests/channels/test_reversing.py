"""``reverse()`` of WebSocket routes, as Django's for views."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.test import override_settings
from django.urls import NoReverseMatch, set_script_prefix

from chanx.ext.channels.routing import include, path, re_path, reverse
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.testing import WebsocketCommunicator


class Room(AsyncJsonWebsocketConsumer):
    """Where people talk."""


class Passing:
    """Middleware of the project's own."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.inner(scope, receive, send)


room = Room.as_asgi()
ROOMS = [
    path("", room, name="rooms"),
    path("<int:room>/", room, name="room"),
    path("<str:title>/files/<path:file>", room, name="file"),
]
OTHERS: Any = [
    path("ws/rooms/", include(ROOMS)),
    path("ws/<uuid:team>/", Passing(include([path("x/", room, name="x")]))),
    re_path(r"^ws/old/(?P<room>\d+)/$", room, name="old"),
    re_path(r"^ws/pages/(\d+)/$", room, name="page"),
    path("ws/nameless/", room),
]
WITHIN_MIDDLEWARE: Any = AuthMiddlewareStack(URLRouter(OTHERS))
PROJECT = ProtocolTypeRouter({"websocket": WITHIN_MIDDLEWARE})

TEAM = UUID(int=7)


@pytest.mark.parametrize(
    ("name", "args", "kwargs", "found"),
    [
        ("rooms", None, None, "/ws/rooms/"),
        ("room", None, {"room": 7}, "/ws/rooms/7/"),
        ("room", [7], None, "/ws/rooms/7/"),
        ("file", None, {"title": "a b/c?", "file": "x/ü.txt"}, None),
        (
            "file",
            None,
            {"title": "a b?", "file": "x/ü.txt"},
            "/ws/rooms/a%20b%3F/files/x/%C3%BC.txt",
        ),
        ("x", None, {"team": TEAM}, f"/ws/{TEAM}/x/"),
        ("old", None, {"room": 7}, "/ws/old/7/"),
        ("page", [7], None, "/ws/pages/7/"),
        ("room", None, {"room": "attic"}, None),
        ("room", None, None, None),
        ("nobody", None, None, None),
    ],
)
async def test_a_name_leads_to_the_path_that_leads_to_its_consumer(
    name: str, args: Any, kwargs: Any, found: str | None
) -> None:
    if found is None:
        with pytest.raises(NoReverseMatch):
            reverse(name, args, kwargs, application=PROJECT)
        return
    assert reverse(name, args, kwargs, application=PROJECT) == found
    async with WebsocketCommunicator(PROJECT, found, consumer=Room) as client:
        assert client.close_code is None


def test_the_projects_own_routes_are_those_of_its_settings(project: Callable[[Any], None]) -> None:
    project(PROJECT)
    assert reverse("room", [7], query={"since": 1, "tag": ["a", "b"]}) == (
        "/ws/rooms/7/?since=1&tag=a&tag=b"
    )


def test_a_project_below_a_prefix_has_its_routes_there() -> None:
    set_script_prefix("/below/")
    try:
        assert reverse("rooms", application=PROJECT) == "/below/ws/rooms/"
    finally:
        set_script_prefix("/")


def test_where_there_are_no_routes_no_name_leads_anywhere() -> None:
    with override_settings(ASGI_APPLICATION=None), pytest.raises(NoReverseMatch, match="names no"):
        reverse("room")
    http = ProtocolTypeRouter({"http": room})
    with pytest.raises(NoReverseMatch):
        reverse("room", application=http)


def test_values_are_given_in_one_way() -> None:
    with pytest.raises(ValueError, match="not both"):
        reverse("room", [7], {"room": 7}, application=PROJECT)
