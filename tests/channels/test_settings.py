"""The CHANX settings: keys, defaults, and when a change takes effect."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_type_hints

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.test import SimpleTestCase, override_settings
from django.utils.translation import gettext_lazy, override

from chanx.core.limits import Limits
from chanx.core.settings import SETTING_KINDS, SETTING_NAMES, SETTING_TEXTS, Settings
from chanx.ext.channels.settings import SETTINGS, ChanxSettings, chanx_settings, key_of
from chanx.ext.channels.utils.settings import override_chanx_settings

DOCUMENTED: dict[str, object] = {
    "MESSAGE_ACTION_KEY": "action",
    "SEND_COMPLETION": False,
    "SEND_MESSAGE_IMMEDIATELY": True,
    "SEND_AUTHENTICATION_MESSAGE": True,
    "CAMELIZE": False,
    "LOG_WEBSOCKET_MESSAGE": True,
    "LOG_IGNORED_ACTIONS": [],
    "WEBSOCKET_BASE_URL": None,
    "ASYNCAPI_TITLE": "AsyncAPI Documentation",
    "ASYNCAPI_DESCRIPTION": "",
    "ASYNCAPI_VERSION": "1.0.0",
    "ASYNCAPI_SERVER_URL": None,
    "ASYNCAPI_SERVER_PROTOCOL": None,
}


FURTHER: dict[str, object] = {
    "ALLOWED_ORIGINS": None,
    "DATABASE_THREADS": None,
    "LANGUAGE_FROM": None,
    "TIME_ZONE_FROM": (),
    "DISCONNECT_ON": ("logout", "password", "inactive"),
    "DENY_WITH_HTTP": False,
    "CLIENT_ADDRESS_HEADER": None,
    "DISCONNECT_USERS": True,
    "DRAIN_ON_SIGNALS": True,
    "SEND_RECONNECT_MESSAGE": False,
    "LIMITS": Limits(),
    "OBSERVERS": [],
    "ASYNCAPI_SERVERS": None,
    "ASYNCAPI_TERMS_OF_SERVICE": None,
    "ASYNCAPI_CONTACT": None,
    "ASYNCAPI_LICENSE": None,
    "ASYNCAPI_TAGS": None,
    "ASYNCAPI_EXTERNAL_DOCS": None,
    "ASYNCAPI_EXTRA": None,
    "ASYNCAPI_DOCS_RENDERER": "chanx",
}

README = Path(__file__).resolve().parents[2] / "packages" / "chanx-django" / "README.md"


def test_the_readme_has_each_setting_in_a_table_or_an_example() -> None:
    text = README.read_text("utf-8")
    shown = set(re.findall(r"[`\"]([A-Z_]+)[`\"]", text))
    assert not {*SETTINGS} - shown


def test_every_setting_has_its_documented_default() -> None:
    expected = DOCUMENTED | FURTHER
    assert {name: getattr(chanx_settings, name) for name in SETTINGS} == expected


@pytest.mark.parametrize("empty", ["", None])
def test_an_empty_text_and_none_stand_for_the_default(empty: str | None) -> None:
    names = [name for name, setting in SETTINGS.items() if setting.kind.may_be_empty]
    assert set(names) >= {"ASYNCAPI_TITLE", "ASYNCAPI_VERSION", "WEBSOCKET_BASE_URL"}
    with override_settings(CHANX=dict.fromkeys(names, empty)):
        expected = {name: (DOCUMENTED | FURTHER)[name] for name in names}
        assert {name: getattr(chanx_settings, name) for name in names} == expected


def test_translated_texts_are_in_the_language_of_the_moment() -> None:
    with override_settings(CHANX={"ASYNCAPI_TITLE": gettext_lazy("Monday")}):
        with override("en"):
            assert chanx_settings.ASYNCAPI_TITLE == "Monday"
        with override("de"):
            title = chanx_settings.ASYNCAPI_TITLE
    assert (title, type(title)) == ("Montag", str)


def test_a_project_that_says_nothing_gets_the_engines_defaults() -> None:
    made = chanx_settings.consumer_settings
    assert made == Settings(log_ignored_actions=[])


def test_what_the_project_says_counts() -> None:
    with override_settings(CHANX={"SEND_COMPLETION": True, "MESSAGE_ACTION_KEY": "type"}):
        assert chanx_settings.SEND_COMPLETION is True
        assert chanx_settings.MESSAGE_ACTION_KEY == "type"
        assert chanx_settings.CAMELIZE is False
        made = chanx_settings.consumer_settings
        assert (made.send_completion, made.discriminator_field) == (True, "type")
    assert chanx_settings.SEND_COMPLETION is False
    assert chanx_settings.consumer_settings.send_completion is False


def test_every_setting_that_consumers_have_is_handed_on() -> None:
    changes = {
        "MESSAGE_ACTION_KEY": "type",
        "SEND_COMPLETION": True,
        "SEND_MESSAGE_IMMEDIATELY": False,
        "SEND_AUTHENTICATION_MESSAGE": False,
        "CAMELIZE": True,
        "LOG_WEBSOCKET_MESSAGE": False,
        "LOG_IGNORED_ACTIONS": ["ping"],
        "LIMITS": Limits(max_depth=7),
        "ALLOWED_ORIGINS": ["https://example.com"],
        "DENY_WITH_HTTP": True,
        "CLIENT_ADDRESS_HEADER": "x-real-ip",
        "DISCONNECT_USERS": False,
    }
    with override_settings(CHANX=changes):
        assert chanx_settings.consumer_settings == Settings(
            discriminator_field="type",
            send_completion=True,
            send_message_immediately=False,
            send_authentication_message=False,
            camelize=True,
            log_websocket_message=False,
            log_ignored_actions=["ping"],
            limits=Limits(max_depth=7),
            allowed_origins=["https://example.com"],
            deny_with_http=True,
            client_address_header="x-real-ip",
            disconnect_users=False,
        )


@pytest.mark.parametrize("name", SETTING_NAMES)
def test_every_setting_of_consumers_has_a_key_and_type_checkers_know_it(name: str) -> None:
    setting = SETTINGS[key_of(name)]
    assert (setting.kind, setting.text) == (SETTING_KINDS[name], SETTING_TEXTS[name])
    assert get_type_hints(ChanxSettings)[key_of(name)] == get_type_hints(Settings)[name]


def test_consumers_get_the_same_object_until_a_setting_changes() -> None:
    first = chanx_settings.consumer_settings
    assert chanx_settings.consumer_settings is first
    with override_settings(CHANX={}):
        assert chanx_settings.consumer_settings is not first


def test_a_dictionary_changed_in_place_counts_once_the_signal_is_sent() -> None:
    changing = {"CAMELIZE": False}
    with override_settings(CHANX=changing):
        assert chanx_settings.consumer_settings.camelize is False
        changing["CAMELIZE"] = True
        setting_changed.send(sender=None, setting="CHANX", value=changing, enter=True)
        assert chanx_settings.consumer_settings.camelize is True


@pytest.mark.parametrize(
    ("name", "nearest"), [("SEND_COMPLETIONS", "SEND_COMPLETION"), ("camelise", "CAMELIZE")]
)
def test_an_unknown_setting_is_an_error_that_names_the_nearest_one(name: str, nearest: str) -> None:
    with pytest.raises(AttributeError, match=f"did you mean {nearest}"):
        getattr(chanx_settings, name)
    with pytest.raises(ValueError, match=f"did you mean {nearest}"):
        override_chanx_settings(**{name: True})


def test_an_unknown_setting_that_resembles_none_is_an_error_that_names_all() -> None:
    with pytest.raises(AttributeError, match=r"MESSAGE_ACTION_KEY, .*ASYNCAPI_SERVER_PROTOCOL"):
        getattr(chanx_settings, "XYZZY")  # noqa: B009 - type checkers know that there is none


def test_assigning_a_setting_is_an_error_that_names_the_way() -> None:
    with pytest.raises(AttributeError, match="override_chanx_settings"):
        chanx_settings.CAMELIZE = True


def test_settings_that_are_no_dictionary_are_reported() -> None:
    with (
        override_settings(CHANX=["CAMELIZE"]),
        pytest.raises(ImproperlyConfigured, match="write a dictionary"),
    ):
        _ = chanx_settings.CAMELIZE


def test_an_override_keeps_the_other_settings() -> None:
    with (
        override_settings(CHANX={"CAMELIZE": True, "ASYNCAPI_TITLE": "Chat"}),
        override_chanx_settings(CAMELIZE=False),
    ):
        assert settings.CHANX == {"CAMELIZE": False, "ASYNCAPI_TITLE": "Chat"}


@pytest.fixture
def completing() -> Iterator[None]:
    with override_settings(CHANX={"SEND_COMPLETION": True}):
        yield


@override_chanx_settings(CAMELIZE=True)
def camelizing() -> tuple[bool, bool]:
    return chanx_settings.CAMELIZE, chanx_settings.SEND_COMPLETION


@override_chanx_settings(CAMELIZE=True)
async def camelizing_too() -> tuple[bool, bool]:
    return chanx_settings.CAMELIZE, chanx_settings.SEND_COMPLETION


async def test_a_decorated_function_starts_from_the_settings_at_its_call(completing: None) -> None:
    assert camelizing() == (True, True)
    assert await camelizing_too() == (True, True)
    assert chanx_settings.CAMELIZE is False


def test_a_decorated_test_case_has_its_bases_settings_too() -> None:
    @override_chanx_settings(CAMELIZE=True)
    class Base(SimpleTestCase):
        pass

    @override_chanx_settings(SEND_COMPLETION=True)
    class Case(Base):
        def runTest(self) -> None:
            assert settings.CHANX == {"CAMELIZE": True, "SEND_COMPLETION": True}

    Case.setUpClass()
    try:
        Case("runTest").debug()
    finally:
        Case.doClassCleanups()
    assert chanx_settings.CAMELIZE is False
