"""Each setting is declared once, and counts everywhere under its name."""

from collections.abc import Collection
from dataclasses import fields
from typing import Any, ClassVar, get_type_hints

import pytest

from chanx.core.decorators import ws_handler
from chanx.core.errors import ConfigurationError
from chanx.core.limits import Limits
from chanx.core.observer import Observer
from chanx.core.settings import SETTING_NAMES, SETTING_TEXTS, Settings
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import PingMessage
from chanx.testing import WebsocketCommunicator

Consumer = AsyncJsonWebsocketConsumer[Any]

OTHERS: dict[str, Any] = {
    "discriminator_field": "type",
    "camelize": True,
    "send_completion": True,
    "send_message_immediately": False,
    "send_authentication_message": False,
    "send_reconnect_message": True,
    "drain_on_signals": False,
    "log_websocket_message": False,
    "log_ignored_actions": frozenset({"ping"}),
    "observers": (Observer,),
    "limits": Limits(max_depth=7),
    "allowed_origins": ("https://example.com",),
    "deny_with_http": True,
    "client_address_header": "x-forwarded-for",
    "disconnect_users": False,
}


def declare(name: str, value: Any) -> type[Consumer]:
    return type("Room", (AsyncJsonWebsocketConsumer,), {name: value})


@pytest.mark.parametrize("name", SETTING_NAMES)
def test_a_setting_is_an_attribute_of_consumers_and_counts_for_their_connections(name: str) -> None:
    assert getattr(AsyncJsonWebsocketConsumer, name) is None
    default = getattr(Consumer.current_runtime().settings, name)
    assert default == getattr(Settings(), name) != OTHERS[name]
    settings = declare(name, OTHERS[name]).current_runtime().settings
    assert settings == Settings(**{name: OTHERS[name]})


@pytest.mark.parametrize("name", SETTING_NAMES)
def test_a_value_of_another_kind_is_refused_by_a_class_and_by_settings_alike(name: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"Room\.{name} is <object .*>: it takes "):
        declare(name, object())
    wrong: dict[str, Any] = {name: object()}
    with pytest.raises(ConfigurationError, match=rf"Settings\.{name} is <object .*>: it takes "):
        Settings(**wrong)


def test_a_setting_that_has_a_default_is_never_none() -> None:
    wrong: dict[str, Any] = {"camelize": None}
    with pytest.raises(ConfigurationError, match=r"Settings\.camelize is None: it takes True"):
        Settings(**wrong)


@pytest.mark.parametrize("name", SETTING_NAMES)
def test_type_checkers_know_a_consumers_settings(name: str) -> None:
    found = get_type_hints(AsyncJsonWebsocketConsumer)[name]
    declared = get_type_hints(Settings)[name]
    assert found == ClassVar[declared | None]


def test_every_setting_says_what_it_does() -> None:
    assert all(text.endswith(".") for text in SETTING_TEXTS.values())
    assert [*SETTING_TEXTS] == [each.name for each in fields(Settings)]


def test_settings_are_values_that_later_changes_leave_alone() -> None:
    origins, actions = ["https://a.example"], {"ping"}
    settings = Settings(allowed_origins=origins, log_ignored_actions=actions)
    origins.append("*")
    actions.add("pong")
    same = Settings(allowed_origins=("https://a.example",), log_ignored_actions=["ping"])
    assert settings == same
    assert hash(settings) == hash(same)


async def test_a_connection_has_what_counted_when_it_began() -> None:
    class Room(AsyncJsonWebsocketConsumer):
        allowed_origins = ("https://a.example",)

        @ws_handler
        async def origins(self, message: PingMessage) -> None:
            await self.send_json({"origins": self.runtime.settings.allowed_origins})

    async with WebsocketCommunicator(Room.as_asgi(), "/", consumer=Room) as client:
        Room.allowed_origins = ("https://b.example",)
        await client.send_message(PingMessage())
        assert await client.receive_json() == {"origins": ["https://a.example"]}


def test_a_runtime_serves_until_what_it_is_made_of_changes() -> None:
    origins = ["https://a.example"]

    class Room(AsyncJsonWebsocketConsumer):
        allowed_origins: ClassVar[Collection[str] | None] = origins

    first = Room.current_runtime()
    assert Room.current_runtime() is first
    hash(first.basis)
    origins.append("https://b.example")
    second = Room.current_runtime()
    assert second is not first
    assert second.settings.allowed_origins == ("https://a.example", "https://b.example")
    Room.send_completion = True
    assert Room.current_runtime().settings.send_completion
