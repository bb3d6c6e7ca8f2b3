"""What ``manage.py check`` tells about a project's settings, routes and consumers."""

import re
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.checks import CheckMessage, run_checks
from django.core.management import call_command, get_commands
from django.core.management.base import SystemCheckError
from django.core.management.commands.runserver import Command as RunserverCommand
from django.db.models import QuerySet
from django.test import override_settings
from django.urls import path as django_path
from django.utils.translation import gettext_lazy
from rest_framework.authentication import SessionAuthentication, TokenAuthentication
from rest_framework.permissions import AllowAny, DjangoModelPermissions, IsAuthenticated
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

import chanx.ext.channels.checks
from chanx.core import websocket
from chanx.core.authenticator import BaseAuthenticator, Credential
from chanx.core.decorators import event_handler
from chanx.core.limits import Limits
from chanx.ext.channels.authenticator import ChanxAuthView, DjangoAuthenticator
from chanx.ext.channels.routing import include, path, re_path
from chanx.ext.channels.utils.settings import override_chanx_settings
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.ext.fast_channels import websocket as fast_channels
from chanx.messages import BaseMessage

Project = Callable[[Any], None]

RESERVED = "Use a key that the protocol does not reserve (epoch, offset, ref, topic)."


class Room(AsyncJsonWebsocketConsumer):
    """Where people talk."""


class Changed(BaseMessage):
    action: Literal["changed"] = "changed"


class Grouped(Room):
    groups = ("rooms",)


class Listening(AsyncJsonWebsocketConsumer[Changed]):
    @event_handler
    async def changed(self, event: Changed) -> None:
        """Nothing to do."""


class Elsewhere(Room):
    channel_layer_alias = "elsewhere"


class TokenOnly(DjangoAuthenticator):
    authentication_classes = (TokenAuthentication,)
    permission_classes = (IsAuthenticated,)


class ForGroup(TokenOnly):
    queryset = Group.objects


class ForNamedGroup(ForGroup):
    lookup_field = "name"
    lookup_url_kwarg = "group"


class GroupView(ChanxAuthView):
    queryset = Group.objects.none()
    lookup_field = "name"


class ByView(TokenOnly):
    auth_view_class = GroupView


class ByViewWithoutObject(ByView):
    queryset = True


class ByQueryset(TokenOnly):
    def get_queryset(self) -> QuerySet[Group]:
        return Group.objects.all()


class QuerysetView(ChanxAuthView):
    def get_queryset(self) -> QuerySet[Group]:
        return Group.objects.all()


class ByQuerysetOfView(TokenOnly):
    auth_view_class = QuerysetView


class ObjectView(GroupView):
    def get_object(self) -> Group:
        return Group(name="the only one")


class ByObjectOfView(TokenOnly):
    auth_view_class = ObjectView


class InItsOwnWay(ForGroup):
    def get_object(self) -> None:
        """There is none."""


class Session(DjangoAuthenticator):
    authentication_classes = (SessionAuthentication,)
    permission_classes = (IsAuthenticated,)


class Cookie(BaseAuthenticator):
    credentials = (Credential("key", "cookie"),)

    async def authenticate(self, scope: Any) -> bool:
        return True


class Unfinished(BaseAuthenticator):
    """Defines no `authenticate`."""


class Open(DjangoAuthenticator):
    """Has no classes."""


class OpenOnPurpose(DjangoAuthenticator):
    permission_classes = (AllowAny,)


class Guarded(ChanxAuthView):
    permission_classes = (IsAuthenticated,)


class ByGuardedView(DjangoAuthenticator):
    authentication_classes = (TokenAuthentication,)
    auth_view_class = Guarded


def guarded(kind: Any, base: type[Any] = Room) -> Any:
    """A consumer with this authenticator."""
    return type("Guarded", (base,), {"authenticator_class": kind, "__module__": __name__})


@contextmanager
def monkeypatched(owner: Any, name: str, value: object) -> Generator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, value)
        yield


@contextmanager
def known_commands() -> Generator[dict[str, Any]]:
    """Has Django look for commands anew, and forget what it found; gives these."""
    commands: Any = get_commands
    commands.cache_clear()
    yield commands()
    commands.cache_clear()


def messages() -> list[CheckMessage]:
    return run_checks(tags=["chanx"])


def ids() -> list[str | None]:
    return [message.id for message in messages()]


@pytest.fixture(autouse=True)
def routes(project: Project) -> Callable[..., None]:
    """Gives the project routes; at first one to a consumer without faults."""

    def give(*routes: Any) -> None:
        project(ProtocolTypeRouter({"websocket": URLRouter(list(routes))}))

    give(path("rooms/", Room.as_asgi()))
    return give


Routes = Callable[..., None]


def test_the_application_has_a_label_of_its_own() -> None:
    assert apps.get_app_config("chanx_channels").name == "chanx.ext.channels"


def test_settings_that_are_right_give_no_message() -> None:
    with override_chanx_settings(
        CAMELIZE=True,
        ASYNCAPI_TITLE=gettext_lazy("Chat"),
        ASYNCAPI_SERVER_URL="wss://example.com",
        LOG_IGNORED_ACTIONS=("ping",),
        LIMITS=Limits(max_depth=7),
    ):
        assert messages() == []


def test_an_unknown_setting_is_an_error_with_the_nearest_name() -> None:
    with override_settings(CHANX={"CAMELISE": True, "COLOUR": "red"}):
        near, far = messages()
    assert (near.id, far.id) == ("chanx.E002", "chanx.E002")
    assert near.msg == "CHANX has no setting 'CAMELISE'; did you mean CAMELIZE?"
    assert near.hint == "Write CAMELIZE."
    assert "MESSAGE_ACTION_KEY" in far.msg


@pytest.mark.parametrize("value", [["CAMELIZE"], None, "CAMELIZE"])
def test_settings_that_are_no_dictionary_are_an_error(value: object) -> None:
    with override_settings(CHANX=value):
        assert ids() == ["chanx.E001"]


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("CAMELIZE", "yes", "Use True or False."),
        ("SEND_COMPLETION", 1, "Use True or False."),
        ("MESSAGE_ACTION_KEY", None, RESERVED),
        ("MESSAGE_ACTION_KEY", "ref", RESERVED),
        ("MESSAGE_ACTION_KEY", "", RESERVED),
        ("LOG_IGNORED_ACTIONS", "ping", "Use a list of strings."),
        ("LOG_IGNORED_ACTIONS", [1], "Use a list of strings."),
        ("LIMITS", {"max_depth": 7}, "Use Limits(...)."),
        ("DATABASE_THREADS", 0, "Use a whole number above 0 or None."),
        ("DATABASE_THREADS", True, "Use a whole number above 0 or None."),
        ("ASYNCAPI_SERVER_URL", 8000, "Use a text or None."),
        ("ASYNCAPI_SERVER_PROTOCOL", "http", "Use 'ws' or 'wss' or None."),
        ("ASYNCAPI_CONTACT", "Ada", "Use a dictionary or None."),
        ("ASYNCAPI_TAGS", "chat", "Use a list or None."),
    ],
)
def test_a_value_of_a_wrong_type_is_an_error(name: str, value: object, hint: str) -> None:
    with override_settings(CHANX={name: value}):
        (message,) = messages()
    assert (message.id, message.hint) == ("chanx.E003", hint)
    assert name in message.msg


def test_a_translation_is_no_action() -> None:
    with override_settings(CHANX={"LOG_IGNORED_ACTIONS": [gettext_lazy("ping")]}):
        (message,) = messages()
    assert message.id == "chanx.E003"
    assert "LOG_IGNORED_ACTIONS" in message.msg


def test_camel_case_without_its_package_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "humps", None)
    with override_chanx_settings(CAMELIZE=True):
        (message,) = messages()
    assert message.id == "chanx.E004"
    assert message.hint == "pip install chanx-django[camel-case]"


def test_a_server_that_is_none_is_an_error() -> None:
    with override_chanx_settings(WEBSOCKET_BASE_URL="ftp://example.com"):
        (message,) = messages()
    assert message.id == "chanx.E005"
    assert "'ftp://example.com' is not a server" in message.msg


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ASYNCAPI_SERVERS", {"live": "ftp://example.com"}, "is not a server"),
        ("ASYNCAPI_SERVERS", {"live": {"host": "example.com"}}, "has no protocol"),
        ("ASYNCAPI_SERVERS", {"live": 8000}, "give texts"),
        ("ASYNCAPI_SERVER_URL", "ftp://example.com", "is not a server"),
        ("ASYNCAPI_TAGS", [{"title": "chat"}], "has no name"),
        ("ASYNCAPI_TAGS", [1], "give texts"),
    ],
)
def test_what_a_document_cannot_say_is_an_error_that_names_its_setting(
    name: str, value: object, said: str
) -> None:
    with override_chanx_settings(**{name: value}, WEBSOCKET_BASE_URL="wss://example.com"):
        (message,) = messages()
    assert message.id == "chanx.E005"
    assert message.msg.startswith(f"CHANX['{name}'] is nothing that")
    assert said in message.msg
    assert message.hint == f"Correct {name}, or remove it."


def test_an_empty_text_is_told_to_stand_for_the_default() -> None:
    with override_settings(
        CHANX={"ASYNCAPI_TITLE": "", "ASYNCAPI_DESCRIPTION": "", "WEBSOCKET_BASE_URL": ""}
    ):
        found = messages()
    assert [message.id for message in found] == ["chanx.I001"] * 2
    assert [message.msg for message in found] == [
        "CHANX['ASYNCAPI_TITLE'] is empty, which stands for its default, 'AsyncAPI Documentation'.",
        "CHANX['WEBSOCKET_BASE_URL'] is empty, which stands for its default, None.",
    ]


def test_settings_that_are_merely_empty_keep_no_route_from_being_looked_at(
    routes: Routes,
) -> None:
    routes(path("rooms/", Grouped.as_asgi()))
    with override_chanx_settings(ASYNCAPI_TITLE=""):
        assert {*ids()} == {"chanx.I001", "chanx.E008"}


def test_an_application_that_cannot_be_imported_is_an_error() -> None:
    with override_settings(ASGI_APPLICATION="nowhere.application"):
        (message,) = messages()
    assert message.id == "chanx.E006"
    assert "nowhere" in message.msg


@pytest.mark.parametrize("name", [None, "django.core.handlers.asgi.ASGIHandler"])
def test_a_project_without_websockets_is_warned(name: str | None) -> None:
    with override_settings(ASGI_APPLICATION=name):
        (message,) = messages()
    assert message.id == "chanx.W001"
    assert message.hint
    assert "ASGI_APPLICATION" in message.msg


def test_an_application_that_is_none_serves_no_websockets(project: Project) -> None:
    project(None)
    (message,) = messages()
    assert message.id == "chanx.W001"


class Opaque:
    """Middleware that tells nobody what it wraps."""

    def __init__(self, application: Any) -> None:
        self._wrapped = [application]

    async def __call__(self, *arguments: Any) -> None:
        await self._wrapped[0](*arguments)


def test_consumers_that_cannot_be_found_are_warned_of(project: Project) -> None:
    rooms = URLRouter([path("rooms/", Room.as_asgi())])
    project(ProtocolTypeRouter({"websocket": Opaque(rooms)}))
    (message,) = messages()
    assert message.id == "chanx.W005"
    assert "`inner`" in str(message.hint)


def test_a_route_that_begins_with_a_slash_is_warned_of(routes: Routes) -> None:
    routes(path("/rooms/", Room.as_asgi()), re_path("^/houses/$", Room.as_asgi()))
    assert ids() == ["chanx.W002", "chanx.W002"]
    routes(path("rooms", include([path("/<int:room>", Room.as_asgi())])))
    assert ids() == []


def test_a_class_instead_of_its_application_is_an_error(routes: Routes) -> None:
    view: Any = Room
    routes(django_path("rooms/", view))
    (message,) = messages()
    assert (message.id, message.hint) == ("chanx.E007", "Write Room.as_asgi().")


@pytest.mark.parametrize(
    ("consumer", "purpose"),
    [(Grouped, "for its groups"), (Listening, "for its events"), (Elsewhere, "no channel layer.")],
)
def test_a_consumer_that_needs_a_layer_and_has_none_is_an_error(
    consumer: type[AsyncJsonWebsocketConsumer[Any]], purpose: str, routes: Routes
) -> None:
    routes(path("rooms/", consumer.as_asgi()))
    (message,) = messages()
    assert message.id == "chanx.E008"
    assert purpose in message.msg
    alias = consumer.channel_layer_alias
    written = f'CHANNEL_LAYERS = {{"{alias}": {{"BACKEND": "chanx.layers.MemoryLayer"}}}}'
    assert written in str(message.hint)
    backend = {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    with override_settings(CHANNEL_LAYERS={"default": backend, "elsewhere": backend}):
        assert messages() == []


@pytest.mark.parametrize(
    "layer",
    [
        {"BACKEND": "nowhere.Layer"},
        {},
        {"BACKEND": "chanx.layers.MemoryLayer", "CONFIG": {"capacty": 7}},
    ],
)
def test_a_layer_that_cannot_be_made_is_an_error(layer: dict[str, Any], routes: Routes) -> None:
    routes(path("rooms/", Room.as_asgi()), path("groups/", Grouped.as_asgi()))
    with override_settings(CHANNEL_LAYERS={"default": layer, "unused": {}}):
        (message,) = messages()
    assert message.id == "chanx.E012"
    assert "'default'" in message.msg


def test_a_layer_that_lacks_a_package_says_which(
    routes: Routes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [each for each in sys.modules if each.startswith("chanx.layers.redis")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "redis", None)  # as if it were not installed
    routes(path("groups/", Grouped.as_asgi()))
    layer = {"BACKEND": "chanx.layers.RedisLayer", "CONFIG": {"hosts": ["redis://localhost"]}}
    with override_settings(CHANNEL_LAYERS={"default": layer}):
        (message,) = messages()
    assert message.id == "chanx.E012"
    assert 'pip install "chanx-core[redis]"' in message.msg


@pytest.mark.parametrize("base", [websocket, fast_channels])
def test_a_consumer_that_is_none_of_djangos_is_warned_of(base: Any, routes: Routes) -> None:
    portable: Any = type("Portable", (base.AsyncJsonWebsocketConsumer,), {"groups": ["rooms"]})
    routes(path("rooms/", portable.as_asgi()))
    (message,) = messages()
    assert message.id == "chanx.W006"
    assert "CHANNEL_LAYERS" in message.msg
    assert "of chanx.ext.channels.websocket" in str(message.hint)


@pytest.mark.parametrize(
    ("authenticator", "route"),
    [
        (ForGroup, "groups/<int:group>/"),
        (ForNamedGroup, "groups/<name>/"),
        (ByView, "groups/<int:pk>/"),
        (ByQueryset, "groups/"),
        (ByQuerysetOfView, "groups/"),
    ],
)
def test_an_object_that_the_route_does_not_name_is_an_error(
    authenticator: Any, route: str, routes: Routes
) -> None:
    routes(path(route, guarded(authenticator).as_asgi()))
    (message,) = messages()
    assert message.id == "chanx.E009"
    assert authenticator.__name__ in message.msg
    assert "lookup_url_kwarg" in str(message.hint)


@pytest.mark.parametrize(
    ("authenticator", "route"),
    [
        (ForGroup, "groups/<int:pk>/"),
        (ForNamedGroup, "groups/<slug:group>/"),
        (ByView, "groups/<name>/"),
        (ByViewWithoutObject, "groups/"),
        (InItsOwnWay, "groups/"),
        (ByObjectOfView, "groups/"),
        (TokenOnly, "groups/"),
    ],
)
def test_an_object_that_the_route_names_or_none_is_right(
    authenticator: Any, route: str, routes: Routes
) -> None:
    routes(path(route, guarded(authenticator).as_asgi()))
    assert messages() == []


def test_values_of_an_outer_route_count_for_the_object(routes: Routes) -> None:
    inner = path("talk/", guarded(ForGroup).as_asgi())
    routes(path("groups/<int:pk>/", include([inner])))
    assert messages() == []


@pytest.mark.parametrize("authenticator", [Unfinished, ChanxAuthView, User])
def test_what_cannot_authenticate_is_an_error(authenticator: Any, routes: Routes) -> None:
    routes(path("rooms/", guarded(authenticator).as_asgi()))
    assert ids() == ["chanx.E010"]


@pytest.mark.parametrize(
    ("attribute", "value", "hint"),
    [
        ("auth_view_class", APIView, "generic view"),
        ("auth_view_class", ChanxAuthView(), "generic view"),
        ("auth_method", "GET", "'get'"),
        ("authentication_classes", ["rest_framework.authentication.TokenAuthentication"], "names"),
        ("permission_classes", [IsAuthenticated()], "instances"),
        ("throttle_classes", [None], "classes"),
    ],
)
def test_attributes_with_which_all_are_refused_are_an_error(
    attribute: str, value: Any, hint: str, routes: Routes
) -> None:
    kind = type("Faulty", (TokenOnly,), {attribute: value})
    routes(path("rooms/", guarded(kind).as_asgi()))
    (message,) = messages()
    assert message.id == "chanx.E010"
    assert f"Faulty.{attribute}" in message.msg
    assert hint in str(message.hint)


class WithoutModel(ChanxAuthView):
    permission_classes = (IsAuthenticated, ~DjangoModelPermissions)


class Unmade(UserRateThrottle):
    scope = "of no rate"


class Misspelt(ChanxAuthView):
    queryset = Group.objects.all()
    lookup_field = "nmae"


@pytest.mark.parametrize(
    ("attributes", "said", "hint"),
    [
        ({"permission_classes": IsAuthenticated}, "Faulty.permission_classes", "a list of classes"),
        ({"authentication_classes": TokenAuthentication}, "Faulty.authentication_", "a list of"),
        ({"permission_classes": [TokenAuthentication]}, "Faulty.permission_", "has_permission()"),
        ({"throttle_classes": [Unmade]}, "Faulty.throttle_classes", "rate set for 'of no rate'"),
        ({"permission_classes": [DjangoModelPermissions]}, "DjangoModelPermissions", "queryset"),
        (
            {"permission_classes": [IsAuthenticated | (AllowAny & DjangoModelPermissions)]},
            "Faulty.permission_classes",
            "DjangoModelPermissions asks for a model: set queryset",
        ),
        (
            {"permission_classes": [DjangoModelPermissions], "queryset": True},
            "Faulty.permission_classes",
            "set queryset",
        ),
        (
            {"permission_classes": None, "auth_view_class": WithoutModel},
            "WithoutModel.permission_classes",
            "set queryset",
        ),
        ({"queryset": "Ticket"}, "Faulty.queryset is 'Ticket'", "Group.objects"),
        ({"queryset": Group}, "Faulty.queryset", "Group.objects"),
        ({"queryset": False}, "Faulty.queryset is False", "True for no object"),
        ({"queryset": Group.objects, "lookup_field": "nmae"}, "Faulty.lookup_field", "'nmae'"),
        ({"queryset": Group.objects, "lookup_field": "user__nmae"}, "lookup_field", "nmae"),
        ({"auth_view_class": Misspelt}, "Misspelt.lookup_field is 'nmae'", "Choices are"),
        ({"queryset": Group.objects.all()[:5]}, "lookup_field", "slice"),
        ({"lookup_url_kwarg": 5}, "Faulty.lookup_url_kwarg is 5", "a name or None"),
        ({"override_http_methods": "no"}, "override_http_methods", "True or False"),
        ({"token_locations": Credential("token", "query")}, "token_locations", "a list of Cred"),
        ({"token_locations": ["token"]}, "token_locations", "a list of Credential"),
        (
            {
                "token_locations": [
                    Credential("token", "query", scheme="Token"),
                    Credential("token", "query", scheme="Bearer"),
                ]
            },
            "token_locations",
            "a name of its own",
        ),
        ({"token_scheme": b"Token"}, "Faulty.token_scheme", "a name or None"),
    ],
)
def test_what_would_fail_for_each_client_is_an_error(
    attributes: dict[str, Any], said: str, hint: str, routes: Routes
) -> None:
    kind = type("Faulty", (TokenOnly,), attributes)
    routes(path("rooms/<nmae>/<user__nmae>/<pk>/", guarded(kind).as_asgi()))
    (message,) = messages()
    assert message.id == "chanx.E010"
    assert said in message.msg
    assert hint in str(message.hint)


RIGHT: list[dict[str, Any]] = [
    {"permission_classes": [DjangoModelPermissions], "queryset": Group.objects},
    {"permission_classes": [DjangoModelPermissions], "get_queryset": ByQueryset.get_queryset},
    {"permission_classes": [DjangoModelPermissions], "auth_view_class": GroupView},
    {"permission_classes": (IsAuthenticated & ~AllowAny,)},
    {"permission_classes": property(lambda self: [IsAuthenticated])},
    {"authentication_classes": property(lambda self: [TokenAuthentication])},
    {"queryset": Group.objects, "lookup_field": "name__iexact", "lookup_url_kwarg": "pk"},
    {"queryset": Group.objects, "lookup_field": "user__username", "lookup_url_kwarg": "pk"},
    {"queryset": Group.objects, "lookup_field": property(lambda self: "name")},
    {"queryset": property(lambda self: Group.objects), "lookup_url_kwarg": "pk"},
]


@pytest.mark.parametrize("attributes", RIGHT)
def test_attributes_that_work_are_right_whatever_form_they_have(
    attributes: dict[str, Any], routes: Routes
) -> None:
    kind = type("Right", (TokenOnly,), attributes)
    routes(path("rooms/<name>/<pk>/", guarded(kind).as_asgi()))
    assert messages() == []


WITHOUT_TOKENS = [name for name in settings.INSTALLED_APPS if name != "rest_framework.authtoken"]


@pytest.mark.parametrize("is_default", [False, True])
def test_tokens_without_their_table_are_an_error(is_default: bool, routes: Routes) -> None:
    attributes: dict[str, Any] = {"permission_classes": (IsAuthenticated,)}
    default = [TokenAuthentication] if is_default else [SessionAuthentication]
    if not is_default:
        attributes["authentication_classes"] = [SessionAuthentication, TokenAuthentication]
    with (
        override_settings(INSTALLED_APPS=WITHOUT_TOKENS),
        monkeypatched(APIView, "authentication_classes", default),
    ):
        kind = type("Tokens", (DjangoAuthenticator,), attributes)
        routes(path("rooms/", guarded(kind).as_asgi()))
        (message,) = messages()
    assert message.id == "chanx.E010"
    assert "'rest_framework.authtoken' to INSTALLED_APPS" in str(message.hint)


class OwnToken:
    """A model of the project's."""


class OwnTokens(TokenAuthentication):
    model: Any = OwnToken


class FoundTokens(TokenAuthentication):
    def get_model(self) -> Any:
        return OwnToken


@pytest.mark.parametrize("kind", [OwnTokens, FoundTokens, SessionAuthentication])
def test_tokens_in_a_table_of_the_projects_are_right(kind: type, routes: Routes) -> None:
    authenticator = type("Tokens", (TokenOnly,), {"authentication_classes": [kind]})
    with override_settings(INSTALLED_APPS=WITHOUT_TOKENS):
        routes(path("rooms/", guarded(authenticator).as_asgi()))
        assert messages() == []


@pytest.mark.parametrize("others", [[], ["django.contrib.staticfiles"]])
def test_djangos_own_server_is_warned_of_where_it_runs(
    others: list[str], routes: Routes, monkeypatch: pytest.MonkeyPatch
) -> None:
    routes(path("rooms/", Room.as_asgi()))
    with (
        override_settings(INSTALLED_APPS=[*others, *settings.INSTALLED_APPS], STATIC_URL="s/"),
        known_commands(),
    ):
        assert ids() == []
        monkeypatch.setattr(sys, "argv", ["manage.py", "runserver", "8001"])
        (message,) = messages()
    assert message.id == "chanx.W008"
    assert "'daphne' first in INSTALLED_APPS" in str(message.hint)


class Served(RunserverCommand):
    """Another server, of whatever kind."""

    def inner_run(self, *args: Any, **options: Any) -> None: ...


def test_a_server_of_another_kind_is_right(routes: Routes, monkeypatch: pytest.MonkeyPatch) -> None:
    routes(path("rooms/", Room.as_asgi()))
    monkeypatch.setattr(sys, "argv", ["manage.py", "runserver"])
    with known_commands() as commands:
        commands["runserver"] = Served()
        assert ids() == []


def test_the_guide_lists_each_check() -> None:
    folder = Path(chanx.ext.channels.checks.__file__).parent
    told = {
        found
        for module in folder.glob("*.py")
        for found in re.findall(r'id="(chanx\.\w+)"', module.read_text("utf-8"))
    }
    guide = Path(__file__).parents[2] / "docs" / "django.md"
    listed = re.findall(r"^\| `(chanx\.\w+)` \|", guide.read_text("utf-8"), re.MULTILINE)
    assert listed == sorted(told)


def test_what_was_changed_after_its_creation_does_not_end_the_command(routes: Routes) -> None:
    class Changed(Room):
        pass

    routes(path("rooms/", Changed.as_asgi()))
    for name, value in {"groups": 5, "authenticator_class": 5, "passthrough_events": 5}.items():
        with monkeypatched(Changed, name, value):
            assert set(ids()) <= {"chanx.E008", "chanx.E010", "chanx.E013"}
            assert ids()


def test_an_authenticator_without_classes_is_warned_of(routes: Routes) -> None:
    token = {"DEFAULT_AUTHENTICATION_CLASSES": [TokenAuthentication]}
    with override_settings(REST_FRAMEWORK=token):
        routes(path("rooms/", guarded(Open, Protected).as_asgi()))
        (message,) = messages()
    assert message.id == "chanx.W003"
    assert "permission_classes" in str(message.hint)


class Protected(Room):
    allowed_origins = ("https://example.com",)


@pytest.mark.parametrize("authenticator", [OpenOnPurpose, ByGuardedView, TokenOnly])
def test_an_authenticator_that_names_its_permissions_is_right(
    authenticator: Any, routes: Routes
) -> None:
    routes(path("rooms/", guarded(authenticator, Protected).as_asgi()))
    assert messages() == []


class Unprotected(Room):
    allowed_origins = ("*",)


@pytest.mark.parametrize("authenticator", [Session, Cookie])
def test_cookies_without_protection_from_foreign_origins_are_warned_of(
    authenticator: Any, routes: Routes
) -> None:
    unprotected = guarded(authenticator, Unprotected).as_asgi()
    routes(path("rooms/", unprotected))
    (message,) = messages()
    assert message.id == "chanx.W004"
    # It would lock out clients that are not a browser.
    assert "Validator" not in str(message.hint)
    assert "allowed_origins" in str(message.hint)
    routes(path("rooms/", AllowedHostsOriginValidator(unprotected)))
    assert messages() == []
    for consumer in (guarded(authenticator), guarded(authenticator, Protected)):
        routes(path("rooms/", consumer.as_asgi()))
        assert messages() == []


def test_a_consumer_of_the_core_has_no_protection_of_its_own(routes: Routes) -> None:
    class Alone(websocket.AsyncJsonWebsocketConsumer):
        authenticator_class = Cookie

    routes(path("rooms/", Alone.as_asgi()))
    assert ids() == ["chanx.W006", "chanx.W004"]
    routes(path("rooms/", AllowedHostsOriginValidator(Alone.as_asgi())))
    assert ids() == ["chanx.W006"]


@pytest.mark.parametrize("origin", ["example.com", "https://example.com/", "wss://example.com", ""])
def test_an_origin_that_no_page_has_is_an_error(origin: str) -> None:
    with override_chanx_settings(ALLOWED_ORIGINS=["https://example.com", origin]):
        (message,) = messages()
    assert message.id == "chanx.E011"
    assert repr(origin) in message.msg


def test_users_of_channels_sessions_come_by_cookie_too(project: Project, routes: Routes) -> None:
    rooms = URLRouter([path("rooms/", Unprotected.as_asgi())])
    project(ProtocolTypeRouter({"websocket": AuthMiddlewareStack(rooms)}))
    assert ids() == ["chanx.W004"]
    project(AllowedHostsOriginValidator(AuthMiddlewareStack(rooms)))
    assert ids() == []


def test_the_command_fails_where_settings_are_wrong() -> None:
    with (
        override_settings(CHANX={"CAMELISE": True}),
        pytest.raises(SystemCheckError, match="did you mean CAMELIZE"),
    ):
        call_command("check")
