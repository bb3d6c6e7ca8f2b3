"""Routes to consumers, nested as in Django's URLconfs."""

import sys
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

import pytest
from channels.routing import URLRouter
from channels.sessions import CookieMiddleware, SessionMiddleware
from django.urls import include as django_include
from rest_framework.routers import DefaultRouter

from chanx.core.errors import ConfigurationError
from chanx.ext.channels.discovery import DjangoRouteDiscovery
from chanx.ext.channels.routing import include, path, re_path
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.testing import WebsocketCommunicator


class Telling(AsyncJsonWebsocketConsumer):
    async def post_authentication(self) -> None:
        await self.send_json(self.scope["url_route"])


async def captured(routes: list[Any], address: str) -> Any:
    async with WebsocketCommunicator(URLRouter(routes), address, consumer=Telling) as client:
        return await client.receive_json()


async def test_a_path_converts_what_it_captures() -> None:
    routes = [path("rooms/<int:room>/", Telling.as_asgi(), {"kind": "chat"}, name="room")]
    assert await captured(routes, "/rooms/7/") == {
        "args": [],
        "kwargs": {"room": 7, "kind": "chat"},
    }
    assert routes[0].name == "room"


async def test_a_regular_expression_captures_named_and_unnamed_groups() -> None:
    routes = [
        re_path(r"^rooms/(?P<room>[0-9]+)/$", Telling.as_asgi()),
        re_path(r"^files/(.*)$", Telling.as_asgi()),
    ]
    assert await captured(routes, "/rooms/7/") == {"args": [], "kwargs": {"room": "7"}}
    assert await captured(routes, "/files/a/b") == {"args": ["a/b"], "kwargs": {}}


async def test_included_routes_go_on_where_the_outer_one_ended() -> None:
    rooms = [path("<int:room>/", Telling.as_asgi())]
    houses = [path("<slug:house>/rooms/", include(rooms))]
    routes = [re_path(r"^houses/", include(houses))]
    assert await captured(routes, "/houses/old/rooms/7/") == {
        "args": [],
        "kwargs": {"house": "old", "room": 7},
    }


@pytest.mark.parametrize("make", [partial(path, "rooms/"), partial(re_path, "^rooms/")])
async def test_middleware_may_be_around_included_routes(make: Callable[..., Any]) -> None:
    rooms = include([path("<int:room>/", Telling.as_asgi())])
    routes = [make(CookieMiddleware(SessionMiddleware(rooms)))]
    assert await captured(routes, "/rooms/7/") == {"args": [], "kwargs": {"room": 7}}
    found = DjangoRouteDiscovery(URLRouter(routes)).discover()
    assert [route.path for route in found] == ["/rooms/{room}/"]


ROOMS: list[Any] = [path("<int:room>/", Telling.as_asgi())]


def within_middleware(routes: Any) -> Any:
    return CookieMiddleware(SessionMiddleware(routes))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("websocket_urlpatterns", ROOMS),
        ("websocket_urlpatterns", URLRouter([*ROOMS])),
        ("urlpatterns", ROOMS),
        ("router", URLRouter([*ROOMS])),
        ("router", within_middleware(URLRouter([*ROOMS]))),
    ],
)
async def test_a_module_is_included_by_its_name(
    name: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType("rooms_routing")
    setattr(module, name, value)
    monkeypatch.setitem(sys.modules, "rooms_routing", module)
    for included in (include("rooms_routing"), include(module)):
        routes: list[Any] = [path("rooms/", included)]
        assert await captured(routes, "/rooms/7/") == {"args": [], "kwargs": {"room": 7}}
        found = DjangoRouteDiscovery(URLRouter(routes)).discover()
        assert [route.path for route in found] == ["/rooms/{room}/"]


async def test_a_router_of_http_views_is_not_what_a_module_includes() -> None:
    module = ModuleType("views_and_rooms")
    vars(module).update(router=DefaultRouter(), urlpatterns=ROOMS)
    captured_there = await captured([path("rooms/", include(module))], "/rooms/7/")
    assert captured_there["kwargs"] == {"room": 7}
    del vars(module)["urlpatterns"]
    with pytest.raises(ConfigurationError, match="router, a URLRouter"):
        include(module)


def routed_within_middleware(routes: list[Any]) -> Any:
    return within_middleware(URLRouter(routes))


@pytest.mark.parametrize("wrap", [tuple[Any], URLRouter, routed_within_middleware])
async def test_routes_are_included_in_whatever_they_stand(wrap: Callable[[Any], Any]) -> None:
    routes = [path("rooms/", include(wrap([*ROOMS])))]
    assert await captured(routes, "/rooms/7/") == {"args": [], "kwargs": {"room": 7}}


@pytest.mark.parametrize(
    "value", [Telling, Telling.as_asgi(), (ROOMS, "rooms"), [ROOMS], ["rooms/"], 5, None]
)
def test_what_are_no_routes_is_refused_with_what_to_pass(value: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"a list of path\(\.\.\.\), a URLRouter or"):
        include(value)


@pytest.mark.parametrize("value", [ROOMS, django_include((ROOMS, "rooms")), "rooms.routing", None])
def test_a_route_to_what_serves_nothing_is_refused_with_what_to_write(value: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"write include\(\.\.\.\) of chanx"):
        path("rooms/", value)


def test_a_module_without_routes_is_an_error_that_names_the_fix() -> None:
    with pytest.raises(ConfigurationError, match="define websocket_urlpatterns"):
        include(ModuleType("empty"))


def test_a_class_instead_of_its_application_is_an_error_that_names_the_fix() -> None:
    consumer: Any = Telling
    with pytest.raises(ConfigurationError, match=r"write Telling\.as_asgi\(\)"):
        path("rooms/", consumer)
