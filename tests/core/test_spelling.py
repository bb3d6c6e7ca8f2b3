"""Attributes that do nothing, since their name is another nearly."""

from typing import Any, ClassVar

import pytest

from chanx.core.authenticator import BaseAuthenticator
from chanx.core.decorators import ws_handler
from chanx.core.errors import ConfigurationError
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.testing.contract.messages import Say


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("authenticator_clas", "authenticator_class"),
        ("allowed_origin", "allowed_origins"),
        ("deny_wth_http", "deny_with_http"),
        ("camelizes", "camelize"),
        ("group", "groups"),
        ("limit", "limits"),
        ("emit", "emits"),
    ],
)
def test_a_consumer_is_not_mounted_with_one(written: str, meant: str) -> None:
    kind: Any = type("Room", (AsyncJsonWebsocketConsumer,), {written: [Say]})
    with pytest.raises(ConfigurationError, match=rf"^Room\.{written} does .* mean '{meant}'\?"):
        kind.as_asgi()


def test_one_of_a_base_is_told_by_the_name_of_the_base() -> None:
    class Base(AsyncJsonWebsocketConsumer):
        allowed_origin = ("https://example.com",)

    class Room(Base):
        pass

    with pytest.raises(ConfigurationError, match=r"Base\.allowed_origin does nothing"):
        Room.as_asgi()


def test_one_of_an_authenticator_is_found_where_its_consumer_is_mounted() -> None:
    class Keys(BaseAuthenticator):
        credential: ClassVar[list[Any]] = []

    class Room(AsyncJsonWebsocketConsumer):
        authenticator_class = Keys

    with pytest.raises(ConfigurationError, match=r"Keys\.credential does .* mean 'credentials'"):
        Room.as_asgi()


def test_what_the_code_of_a_class_reads_is_its_own() -> None:
    class Base(AsyncJsonWebsocketConsumer):
        limit = 5

    class Room(Base):
        @ws_handler
        async def say(self, message: Say) -> None:
            assert len(message.payload) < self.limit

    Room.as_asgi()


def test_methods_and_names_of_another_kind_are_a_project_s_own() -> None:
    class Room(AsyncJsonWebsocketConsumer):
        queryset = None
        _limit = 5

        def group(self) -> None:
            raise AssertionError

    Room.as_asgi()
