"""The consumer in a Django project: its settings, its layer, its place under channels' routers."""

import asyncio
from typing import Any, Literal

import pytest
from asgiref.sync import sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.consumer import AsyncConsumer, SyncConsumer
from channels.db import database_sync_to_async
from channels.generic import websocket as generic
from channels.layers import BaseChannelLayer, channel_layers
from channels.routing import ProtocolTypeRouter, URLRouter
from django.contrib.auth.mixins import (
    LoginRequiredMixin,
    PermissionRequiredMixin,
    UserPassesTestMixin,
)
from django.contrib.auth.models import AnonymousUser
from django.test import modify_settings, override_settings
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy
from pydantic import ValidationError
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import APIView

from chanx.core.authenticator import BaseAuthenticator
from chanx.core.close_codes import CloseCode
from chanx.core.decorators import event_handler, ws_handler
from chanx.core.errors import (
    ConfigurationError,
    FrameError,
    MissingPackageError,
    RefuseConnection,
    UnknownLayerError,
)
from chanx.ext.channels.routing import path
from chanx.ext.channels.utils.settings import override_chanx_settings
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage, CompleteMessage, PingMessage, PongMessage
from chanx.messages.plain import plain
from chanx.testing import WebsocketCommunicator


class Say(BaseMessage):
    action: Literal["say"] = "say"
    payload: str


class Said(BaseMessage):
    action: Literal["said"] = "said"
    payload: str


class Renamed(BaseMessage):
    action: Literal["renamed"] = "renamed"
    payload: str


class Ask(BaseMessage):
    action: Literal["ask"] = "ask"


class Room(AsyncJsonWebsocketConsumer[Renamed]):
    emits = (Said,)

    async def post_authentication(self) -> None:
        if self.channel_layer is not None:
            await self.join_group(f"room {self.scope['url_route']['kwargs']['room']}")

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()

    @ws_handler
    async def ask(self, message: Ask) -> Said:
        room = self.scope["url_route"]["kwargs"]["room"]
        return Said(payload=f"{self.user} in {room!r}")

    @ws_handler
    async def say(self, message: Say) -> None:
        await self.broadcast_message(Said(payload=message.payload))

    @event_handler
    async def renamed(self, event: Renamed) -> Said:
        return Said(payload=f"now {event.payload}")


PROJECT = ProtocolTypeRouter(
    {"websocket": AuthMiddlewareStack(URLRouter([path("ws/rooms/<int:room>/", Room.as_asgi())]))}
)
Client = type[WebsocketCommunicator]


async def test_a_consumer_is_reached_through_middleware_and_routers() -> None:
    async with WebsocketCommunicator(PROJECT, "/ws/rooms/7/", consumer=Room) as client:
        await client.send_message(Ask())
        assert await client.receive_message() == Said(payload=f"{AnonymousUser()} in 7")


def test_a_project_that_does_not_name_the_application_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    Room.as_asgi()
    assert caplog.messages == []
    with modify_settings(INSTALLED_APPS={"remove": "chanx.ext.channels"}):
        Room.as_asgi()
    (said,) = caplog.messages
    assert said.startswith("'chanx.ext.channels' is not among INSTALLED_APPS, and Room is served")
    assert said.endswith('Add it: INSTALLED_APPS += ["chanx.ext.channels"].')


def test_routers_find_the_consumers_class() -> None:
    assert Room.as_asgi().consumer_class is Room


async def test_a_broadcast_reaches_the_group_over_channels_own_layer(
    layers: None, communicator: Client
) -> None:
    async with (
        communicator(PROJECT, "/ws/rooms/1/", consumer=Room) as one,
        communicator(PROJECT, "/ws/rooms/1/", consumer=Room) as two,
        communicator(PROJECT, "/ws/rooms/2/", consumer=Room) as elsewhere,
    ):
        await one.send_message(Say(payload="hello"))
        assert await two.receive_message() == Said(payload="hello")
        assert await one.receive_message() == Said(payload="hello")
        assert await elsewhere.receive_nothing()


async def test_an_event_from_synchronous_code_reaches_its_handler(
    layers: None, communicator: Client
) -> None:
    async with communicator(PROJECT, "/ws/rooms/1/", consumer=Room) as client:
        await sync_to_async(Room.broadcast_event_sync)(Renamed(payload="attic"), ["room 1"])
        assert await client.receive_message() == Said(payload="now attic")


async def test_nothing_is_left_in_the_layer_after_a_connection(
    layers: None, communicator: Client
) -> None:
    layer: Any = channel_layers["default"]
    async with communicator(PROJECT, "/ws/rooms/1/", consumer=Room):
        assert len(layer.groups) == 1
    assert not layer.groups
    assert not layer.channels


async def test_settings_count_for_connections_that_begin_after_a_change() -> None:
    before = WebsocketCommunicator(PROJECT, "/ws/rooms/1/", consumer=Room)
    async with before:
        with override_chanx_settings(SEND_COMPLETION=True, MESSAGE_ACTION_KEY="type"):
            async with WebsocketCommunicator(PROJECT, "/ws/rooms/1/", consumer=Room) as after:
                await after.send_json({"type": "ping"})
                assert await after.receive_json() == {"type": "pong"}
                assert await after.receive_message() == CompleteMessage()
            await before.send_message(PingMessage())
            assert await before.receive_all_json() == [{"action": "pong"}]


async def test_what_a_class_says_counts_before_the_projects_settings() -> None:
    class Quiet(Room):
        send_completion = False

    with override_chanx_settings(SEND_COMPLETION=True):
        async with WebsocketCommunicator(Quiet.as_asgi(), "/", consumer=Quiet) as client:
            await client.send_message(PingMessage())
            assert await client.receive_all_json() == [{"action": "pong"}]


def test_what_connections_share_is_made_once_for_the_same_settings() -> None:
    assert Room.current_runtime() is Room.current_runtime()
    with override_chanx_settings(SEND_COMPLETION=True):
        assert Room.current_runtime() is Room.current_runtime()


def test_camelize_without_pyhumps_is_an_error_that_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "humps", None)
    with (
        override_chanx_settings(CAMELIZE=True),
        pytest.raises(MissingPackageError, match=r"\[camel-case\]"),
    ):
        Room.as_asgi()


def test_without_a_configured_layer_there_is_none() -> None:
    assert Room.find_channel_layer() is None


async def test_a_group_without_a_layer_closes_the_connection_and_says_why_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Member(Room):
        groups = ("members",)

    async with WebsocketCommunicator(Member.as_asgi(), "/", consumer=Member) as client:
        await client.assert_closed(CloseCode.UNAVAILABLE)
    assert "CHANNEL_LAYERS" in caplog.text


def test_an_alias_that_is_not_configured_is_an_error_that_lists_those_that_are(
    layers: None,
) -> None:
    class Elsewhere(Room):
        channel_layer_alias = "elsewhere"

    with pytest.raises(UnknownLayerError, match=r"'elsewhere'.*it has: default"):
        Elsewhere.find_channel_layer()


class BrokenLayer(BaseChannelLayer):
    def __init__(self) -> None:
        raise KeyError("REDIS_URL")


def test_the_failure_of_a_backend_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels.layers.BrokenLayer", BrokenLayer, raising=False)
    with (
        override_settings(CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.BrokenLayer"}}),
        pytest.raises(KeyError, match="REDIS_URL"),
    ):
        Room.find_channel_layer()


async def test_a_connection_ends_while_its_layer_waits(layers: None, communicator: Client) -> None:
    running = asyncio.all_tasks()
    async with communicator(PROJECT, "/ws/rooms/1/", consumer=Room) as client:
        assert await client.receive_nothing()
    assert asyncio.all_tasks() == running


# Mistakes of who comes from views and from channels


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("permission_classes", [IsAuthenticated]),
        ("permission_classes", IsAuthenticated),
        ("authentication_classes", [SessionAuthentication]),
        ("throttle_classes", [AnonRateThrottle]),
        ("get_permissions", APIView.get_permissions),
        ("auth_method", "post"),
        ("token_locations", ()),
    ],
)
def test_what_decides_on_clients_of_a_view_is_refused_on_a_consumer(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=rf"Wrong\.{name} decides .*DjangoAuthenticator"):
        type("Wrong", (AsyncJsonWebsocketConsumer,), {name: value})
    mixin = type("Mixin", (), {name: value})
    with pytest.raises(ConfigurationError, match=rf"Wrong\.{name} decides .*authenticator_class"):
        type("Wrong", (mixin, Room), {})


@pytest.mark.parametrize(
    "mixin", [LoginRequiredMixin, PermissionRequiredMixin, UserPassesTestMixin]
)
def test_a_mixin_of_views_is_refused(mixin: type) -> None:
    with pytest.raises(ConfigurationError, match=rf"{mixin.__name__}, .*authenticator_class"):
        type("Wrong", (mixin, AsyncJsonWebsocketConsumer), {})


CHANNELS_CONSUMERS = (
    AsyncConsumer,
    SyncConsumer,
    generic.AsyncWebsocketConsumer,
    generic.AsyncJsonWebsocketConsumer,
    generic.WebsocketConsumer,
    generic.JsonWebsocketConsumer,
)


@pytest.mark.parametrize("consumer", CHANNELS_CONSUMERS)
def test_every_method_of_channels_consumers_is_one_here_or_refused(consumer: type) -> None:
    methods = {name for name, value in vars(consumer).items() if callable(value)}
    unknown = sorted(name for name in methods if not hasattr(AsyncJsonWebsocketConsumer, name))
    for name in unknown:
        with pytest.raises(ConfigurationError, match=rf"Wrong\.{name} would never be called"):
            type("Wrong", (AsyncJsonWebsocketConsumer,), {name: vars(consumer)[name]})
    with pytest.raises(ConfigurationError):
        type("Wrong", (AsyncJsonWebsocketConsumer, consumer), {})


def test_the_hint_at_a_blocking_handler_names_what_runs_the_orm() -> None:
    @ws_handler
    def ping(self: Any, message: PingMessage) -> Any:
        yield PongMessage()

    with pytest.raises(ConfigurationError, match=r"through sync_to_async, or database_sync_to_"):
        type("Wrong", (AsyncJsonWebsocketConsumer,), {"ping": ping})


def test_a_hook_may_be_a_function_of_the_orm() -> None:
    @database_sync_to_async
    def disconnect(self: Any, code: int) -> None: ...

    right: Any = type("Right", (AsyncJsonWebsocketConsumer,), {"disconnect": disconnect})
    right.as_asgi()


# Texts that are translated when they are sent


JANUARY: Any = gettext_lazy("January")  # which Django itself has translated
LATE: Any = format_lazy("{month} 7", month=JANUARY)


class Told(BaseMessage):
    action: Literal["told"] = "told"
    payload: Any = None


class Heard(BaseMessage):
    action: Literal["heard"] = "heard"
    payload: Any


class Translating(AsyncJsonWebsocketConsumer[Heard]):
    groups = ("everyone",)
    emits = (Told,)

    async def post_authentication(self) -> None:
        translation.activate("de")

    @ws_handler
    async def say(self, message: Say) -> Said | None:
        match message.payload:
            case "reply":
                return Said(payload=JANUARY)
            case "json":
                await self.send_json({"action": "told", "payload": [JANUARY, {"at": LATE}]})
            case "any":
                await self.send_message(Told(payload={"at": (JANUARY, LATE)}))
            case "broadcast":
                await self.broadcast_message(Told(payload=JANUARY))
            case "event":
                await self.broadcast_event(Heard(payload=JANUARY), ["everyone"])
            case "error":
                error = FrameError("validation_error", JANUARY)
                await self.send_message(error.message())
            case "close":
                await self.close(4400, JANUARY)
            case _:
                raise AssertionError
        return None

    @event_handler
    async def heard(self, event: Heard) -> Told:
        return Told(payload=event.payload)


@pytest.mark.usefixtures("layers")
@pytest.mark.parametrize(
    ("what", "payload"),
    [
        ("reply", "Januar"),
        ("json", ["Januar", {"at": "Januar 7"}]),
        ("any", {"at": ["Januar", "Januar 7"]}),
        ("broadcast", "Januar"),
        ("event", "Januar"),
    ],
)
async def test_a_lazy_translation_is_sent_as_text_in_the_active_language(
    what: str, payload: Any, communicator: Client
) -> None:
    application = Translating.as_asgi()
    async with communicator(application, "/", consumer=Translating) as client:
        await client.send_message(Say(payload=what))
        assert (await client.receive_json())["payload"] == payload


@pytest.mark.usefixtures("layers")
async def test_a_lazy_translation_tells_an_error_and_a_reason(communicator: Client) -> None:
    application = Translating.as_asgi()
    async with communicator(application, "/", consumer=Translating) as client:
        await client.send_message(Say(payload="error"))
        assert (await client.receive_json())["payload"]["detail"] == "Januar"
        await client.send_message(Say(payload="close"))
        await client.assert_closed(4400)
        assert client.close_reason == "Januar"


class Late(BaseAuthenticator):
    async def authenticate(self, scope: Any) -> bool:
        translation.activate("de")
        self.data = {"reason": JANUARY}
        return False


class Refusing(AsyncJsonWebsocketConsumer):
    async def connect(self) -> None:
        translation.activate("de")
        raise RefuseConnection(403, JANUARY)


class Rejecting(AsyncJsonWebsocketConsumer):
    authenticator_class = Late


@pytest.mark.parametrize(
    ("consumer", "part", "told"),
    [(Refusing, "detail", "Januar"), (Rejecting, "data", {"reason": "Januar"})],
)
async def test_a_lazy_translation_refuses(consumer: Any, part: str, told: Any) -> None:
    async with WebsocketCommunicator(consumer.as_asgi(), "/", consumer=consumer) as client:
        assert (await client.receive_json())["payload"][part] == told


def test_what_is_no_text_at_all_is_refused_all_the_same() -> None:
    wrong: Any = [JANUARY]
    with pytest.raises(ValidationError, match="valid string"):
        Said(payload=wrong)
    with pytest.raises(TypeError, match="Unable to serialize Opaque"):
        plain(type("Opaque", (), {})())


async def test_the_log_names_a_user_who_is_known_and_looks_up_none(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without this, Django itself refuses queries in an event loop, and nothing would be shown.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    looked_up: list[str] = []

    def look_up() -> str:
        looked_up.append("ada")
        return "ada"

    class Room(AsyncJsonWebsocketConsumer[Any]):
        async def connect(self) -> None:
            self.user = SimpleLazyObject(look_up)

        @ws_handler
        async def say(self, message: Say) -> Said:
            return Said(payload=str(self.user) if message.payload == "who" else "")

    caplog.set_level("INFO", "chanx.websocket")
    async with WebsocketCommunicator(Room.as_asgi(), "/", consumer=Room) as client:
        await client.request(Say(payload=""), expect=Said)
        assert looked_up == []
        await client.request(Say(payload="who"), expect=Said)
    logged = [(vars(record)["direction"], vars(record)["user"]) for record in caplog.records]
    assert logged == [
        ("received", None),
        ("sent", None),
        ("received", None),
        ("sent", "ada"),
    ]
    assert looked_up == ["ada"]
