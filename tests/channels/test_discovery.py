"""Consumers are found behind every router and every kind of middleware."""

from collections.abc import Callable
from functools import partial, reduce, wraps
from typing import Any

import jsonschema_rs
import pytest
from channels.auth import AuthMiddlewareStack
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from channels.sessions import SessionMiddlewareStack
from django.core.asgi import get_asgi_application
from django.test import override_settings
from django.urls import register_converter

from chanx.asyncapi import AsyncAPIGenerator
from chanx.ext.channels.discovery import DjangoRouteDiscovery
from chanx.ext.channels.routing import include, path, re_path
from chanx.ext.channels.utils.asgi import get_websocket_application
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.routing import PathParameter
from chanx.testing import WebsocketCommunicator


class Room(AsyncJsonWebsocketConsumer):
    """Where people talk."""


class Plain(AsyncWebsocketConsumer):
    """Not a consumer of chanx."""


class YearConverter:
    regex = "[0-9]{4}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(YearConverter, "year")


authenticated: Callable[[Any], Any] = AuthMiddlewareStack


def paths(application: Any) -> list[str]:
    return [route.path for route in DjangoRouteDiscovery(application).discover()]


def parameters(application: Any) -> dict[str, tuple[str | None, str | None]]:
    (route,) = DjangoRouteDiscovery(application).discover()
    return {known.name: (known.converter, known.pattern) for known in route.parameters}


class Wrapper:
    """Middleware that keeps what it wraps under a name of its choice."""

    def __init__(self, name: str, application: Any) -> None:
        setattr(self, name, application)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Nobody connects."""


def logged(application: Any) -> Any:
    async def call(scope: Any, receive: Any, send: Any) -> None:
        await application(scope, receive, send)

    return call


def decorated(application: Any) -> Any:
    @wraps(application, updated=())
    async def call(*arguments: Any) -> None:
        await application(*arguments)

    return call


hosts_only: Callable[[Any], Any] = AllowedHostsOriginValidator


def as_inner(application: Any) -> Any:
    return Wrapper("inner", application)


def as_app(application: Any) -> Any:
    return Wrapper("app", application)


def as_application(application: Any) -> Any:
    return Wrapper("application", application)


def as_target(application: Any) -> Any:
    return Wrapper("target", application)


async def passed_on(application: Any, scope: Any, receive: Any, send: Any) -> None:
    await application(scope, receive, send)


WAYS: list[tuple[Callable[[Any], Any], ...]] = [
    (authenticated,),
    (SessionMiddlewareStack,),
    (hosts_only, authenticated),
    (as_inner,),
    (as_app, as_inner),
    (as_application, as_app),
    (logged,),
    (decorated, hosts_only),
    (as_target,),
    (partial(partial, passed_on), authenticated),
    (logged, authenticated, decorated, as_app),
]


@pytest.mark.parametrize("way", WAYS)
def test_middleware_of_every_kind_is_seen_through(way: tuple[Callable[[Any], Any], ...]) -> None:
    def wrap(application: Any) -> Any:
        return reduce(lambda inner, middleware: middleware(inner), way, application)

    room = path("rooms/", wrap(Room.as_asgi()))
    assert paths(wrap(ProtocolTypeRouter({"websocket": wrap(URLRouter([room]))}))) == ["/rooms/"]


def test_middleware_that_wraps_itself_ends_the_search() -> None:
    loop = Wrapper("inner", None)
    loop.inner = loop  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    assert paths(loop) == []


def test_a_handler_that_knows_its_own_router_ends_the_search() -> None:
    router: Any = None

    async def ask_again(scope: Any, receive: Any, send: Any) -> None:
        await router(scope, receive, send)

    router = URLRouter([path("again/", ask_again), path("rooms/", Room.as_asgi())])
    assert paths(router) == ["/rooms/"]


def test_routers_within_routers_have_the_whole_path() -> None:
    rooms = [path("<int:room>/", Room.as_asgi(), name="room"), path("", Room.as_asgi())]
    houses = [path("<slug:house>/rooms/", authenticated(include(rooms)))]
    application = URLRouter([re_path(r"^v(?P<version>\d+)/houses/", include(houses))])
    assert paths(application) == [
        "/v{version}/houses/{house}/rooms/{room}/",
        "/v{version}/houses/{house}/rooms/",
    ]
    first, _second = DjangoRouteDiscovery(application).discover()
    assert [(known.name, known.converter) for known in first.parameters] == [
        ("version", "int"),
        ("house", "slug"),
        ("room", "int"),
    ]
    assert (first.name, first.consumer) == ("room", Room)


def test_converters_are_told_by_name_and_a_projects_own_by_its_pattern() -> None:
    application = URLRouter([path("<uuid:id>/<str:tab>/<year:year>/<name>/", Room.as_asgi())])
    assert parameters(application) == {
        "id": ("uuid", None),
        "tab": ("str", None),
        "year": ("year", "[0-9]{4}"),
        "name": ("str", None),
    }


def test_groups_of_regular_expressions_are_parameters_with_and_without_a_name() -> None:
    application = URLRouter([re_path(r"^rooms/(?P<room>[a-z]+)/([0-9]+)/(\w+)$", Room.as_asgi())])
    assert paths(application) == ["/rooms/{room}/{param1}/{param2}"]
    assert parameters(application) == {
        "room": (None, "[a-z]+"),
        "param1": ("int", None),
        "param2": (None, r"\w+"),
    }


def test_the_keyword_arguments_of_a_connection_are_those_that_routes_give() -> None:
    inner = [re_path(r"^(?P<tab>\w+)/(\d+)$", Room.as_asgi(), {"kind": "chat"})]
    (mounted,) = DjangoRouteDiscovery(URLRouter([path("<int:room>/", include(inner))])).mounted()
    assert mounted.kwargs == {"room", "tab", "kind"}


def test_a_consumer_without_a_router_is_at_the_root() -> None:
    assert paths(ProtocolTypeRouter({"websocket": Room.as_asgi()})) == ["/"]


def test_what_is_no_consumer_of_ours_is_passed_over() -> None:
    async def hand_made(scope: Any, receive: Any, send: Any) -> None:
        """An application without a framework."""

    plain: Any = Plain.as_asgi()
    application = URLRouter([path("a/", plain), path("b/", hand_made), path("c/", Room.as_asgi())])
    assert paths(application) == ["/c/"]
    assert paths(get_asgi_application()) == []


def test_a_path_that_is_declared_twice_is_found_once() -> None:
    twice: list[Any] = [path("rooms/", Room.as_asgi(), name=name) for name in ("first", "second")]
    (route,) = DjangoRouteDiscovery(URLRouter(twice)).discover()
    assert route.name == "first"


def test_a_parameter_is_a_value_of_the_core() -> None:
    (route,) = DjangoRouteDiscovery(URLRouter([path("<int:room>/", Room.as_asgi())])).discover()
    assert route.parameters == (PathParameter(name="room", converter="int"),)


Project = Callable[[Any], None]


def test_the_projects_application_is_discovered_unless_one_is_given(project: Project) -> None:
    project(ProtocolTypeRouter({"websocket": URLRouter([path("rooms/", Room.as_asgi())])}))
    assert paths(None) == ["/rooms/"]
    assert paths(URLRouter([path("houses/", Room.as_asgi())])) == ["/houses/"]


def test_the_websocket_application_has_all_its_middleware(project: Project) -> None:
    websocket = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter([])))
    protocols = ProtocolTypeRouter({"http": get_asgi_application(), "websocket": websocket})
    project(protocols)
    assert get_websocket_application() is websocket
    around = Wrapper("app", protocols)
    project(around)
    assert get_websocket_application() is around


@pytest.mark.parametrize("application", [AuthMiddlewareStack(URLRouter([])), Room.as_asgi()])
def test_an_application_without_a_protocol_router_is_the_websocket_application(
    application: Any, project: Project
) -> None:
    project(application)
    assert get_websocket_application() is application


@pytest.mark.parametrize("application", [get_asgi_application(), ProtocolTypeRouter({})])
def test_a_project_without_websockets_has_no_websocket_application(
    application: Any, project: Project
) -> None:
    project(application)
    assert get_websocket_application() is None
    assert paths(None) == []


def test_a_project_without_an_application_has_no_websocket_application() -> None:
    with override_settings(ASGI_APPLICATION=None):
        assert get_websocket_application() is None
        assert paths(None) == []


def test_an_application_that_cannot_be_imported_is_an_error() -> None:
    with (
        override_settings(ASGI_APPLICATION="nowhere.application"),
        pytest.raises(ImportError, match="nowhere"),
    ):
        get_websocket_application()


@pytest.mark.parametrize(
    ("route", "let_in"),
    [
        (partial(path, "<int:number>"), {"0", "7", "007"}),
        (partial(re_path, r"^(?P<number>-?[0-9]+)$"), {"0", "7", "007", "-1"}),
        (partial(path, "<slug:number>"), {"0", "7", "007", "-1", "1e3", "x", "inf"}),
    ],
    ids=["int", "re_path", "slug"],
)
async def test_a_number_in_a_path_is_served_as_documented(
    route: Callable[..., Any], let_in: set[str]
) -> None:
    class Room(AsyncJsonWebsocketConsumer):
        """Reads the path itself."""

    router = URLRouter([route(Room.as_asgi())])
    document = AsyncAPIGenerator(DjangoRouteDiscovery(router).discover(), title="Test").generate()
    [channel] = document["channels"].values()
    described = channel["parameters"]["number"]["x-schema"]
    pattern = described.get("x-pattern", described.get("pattern"))
    text = jsonschema_rs.Draft7Validator({"type": "string", "pattern": pattern})
    is_let_in: dict[str, bool] = {}
    for given in ("0", "7", "007", "1.5", "-1", "+1", "1e3", "-1.5", "1.", ".5", "x", "inf"):
        communicator = WebsocketCommunicator(router, f"/{given}", consumer=Room)
        is_let_in[given], _ = await communicator.connect()
        await communicator.disconnect()
        assert text.is_valid(given) is is_let_in[given], given
    assert {given for given, is_in in is_let_in.items() if is_in} == let_in
