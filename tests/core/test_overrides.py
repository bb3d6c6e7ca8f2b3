"""Methods that could not be called, or never would be, are found when the class is created."""

from collections.abc import AsyncIterator, Mapping
from functools import wraps
from types import new_class
from typing import Any, Literal

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from chanx.core.authenticator import BaseAuthenticator
from chanx.core.decorators import event_handler, ws_handler
from chanx.core.errors import ConfigurationError
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage, PingMessage

Consumer = AsyncJsonWebsocketConsumer[Any]


class Renamed(BaseMessage):
    action: Literal["renamed"] = "renamed"


def declare(base: type[Any] = Consumer, **attributes: Any) -> type[Any]:
    room: type[Any] = new_class("Room", (base,), {}, lambda it: it.update(attributes))
    return room


async def nothing(self: Any) -> None: ...
async def one(self: Any, given: Any) -> None: ...
async def two(self: Any, given: Any, other: Any) -> None: ...
async def three(self: Any, error: Any, action: Any, message: Any) -> None: ...
async def keyword(self: Any, *, code: int) -> None: ...
async def stream(self: Any) -> AsyncIterator[None]:
    yield


def blocking(self: Any, *arguments: Any) -> Any: ...
def single(self: Any) -> Any: ...
def double(self: Any, given: Any) -> Any: ...


WRONG: list[Any] = [
    ("post_authentication", one, r"does not take .*`async def post_authentication\(self\)`"),
    ("post_authentication", stream, "is not asynchronous"),
    ("disconnect", nothing, r"does not take .*`async def disconnect\(self, code\)`"),
    ("disconnect", keyword, "does not take"),
    ("disconnect", staticmethod(two), "does not take"),
    ("disconnect", "bye", "is not a method"),
    ("disconnect", None, "is not a method"),
    ("handle_validation_error", nothing, r"does not take .*\(self, error\)"),
    ("handle_validation_error", blocking, "is not asynchronous"),
    ("handle_message_handler_error", three, r"does not take .*\(self, error, message\)"),
    ("handle_message_handler_error", one, r"does not take .*\(self, error, message\)"),
    ("handle_event_handler_error", three, r"does not take .*\(self, error, event\)"),
    ("handle_event_handler_error", blocking, "is not asynchronous"),
    ("send_message", blocking, "is not asynchronous"),
    ("send_message", nothing, r"does not take .*`async def send_message\(self, message\)`"),
    # A coroutine is true: with it, every origin would be admitted.
    ("admits_origin", one, r"is asynchronous: .*`def admits_origin\(self, origin\)`"),
    ("admits_origin", single, "does not take"),
    ("unit_of_work", nothing, "is asynchronous"),
    ("unit_of_work", double, r"does not take .*`def unit_of_work\(self\)`"),
    ("prepare", single, "is not a classmethod: .*`@classmethod def prepare"),
    ("current_runtime", nothing, "is not a classmethod: .*`@classmethod def current_runtime"),
    ("project_settings", blocking, "is not a classmethod: .*`@classmethod def project_settings"),
    ("find_channel_layer", classmethod(one), "is asynchronous"),
]


@pytest.mark.parametrize(("name", "value", "text"), WRONG)
def test_a_hook_that_cannot_be_called_is_refused_with_its_right_form(
    name: str, value: Any, text: str
) -> None:
    with pytest.raises(ConfigurationError, match=rf"Room\.{name} {text}"):
        declare(**{name: value})


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("__init__", single, r"does not take .*`def __init__\(self, send_message\)`"),
        ("authenticate", nothing, r"does not take .*`async def authenticate\(self, scope\)`"),
        ("authenticate", blocking, "is not asynchronous"),
        ("outcome", one, "is asynchronous"),
        ("authentication_message", single, "does not take"),
    ],
)
def test_a_method_of_an_authenticator_that_cannot_be_called_is_refused(
    name: str, value: Any, text: str
) -> None:
    with pytest.raises(ConfigurationError, match=rf"Room\.{name} {text}"):
        declare(BaseAuthenticator, **{name: value})


def test_hooks_of_every_form_that_can_be_called_are_taken() -> None:
    @wraps(one)
    def wrapped(*arguments: Any) -> Any:
        return one(*arguments)

    async def more(self: Any, given: Any, further: int = 3, *rest: Any, **named: Any) -> None: ...

    async def alone(code: int) -> None: ...

    for value in (one, more, wrapped, staticmethod(alone), sync_to_async(blocking)):
        declare(disconnect=value)
    declare(handle_message_handler_error=more, admits_origin=async_to_sync(one))
    declare(find_channel_layer=staticmethod(lambda: None), connect=nothing).as_asgi()


def test_a_connect_with_parameters_that_nothing_fills_is_refused_when_mounted() -> None:
    async def connect(self: Any, room: str, page: int = 1, *rest: Any, **named: Any) -> None: ...

    with pytest.raises(ConfigurationError, match=r"'room' of Room\.connect: read from self\.scope"):
        declare(connect=connect).as_asgi()


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("websocket_connect", "override connect"),
        ("websocket_receive", "@ws_handler"),
        ("websocket_disconnect", "override disconnect"),
        ("receive", "@ws_handler"),
        ("receive_json", "@ws_handler"),
        ("receive_message", "@ws_handler"),
        ("decode_json", "@ws_handler"),
        ("encode_json", "message classes"),
        ("dispatch", "@event_handler"),
        ("send", "send_message and send_json"),
        ("on_connect", "override connect"),
        ("on_receive", "@ws_handler"),
        ("on_disconnect", "override disconnect"),
    ],
)
@pytest.mark.parametrize("value", [one, blocking, classmethod(one), staticmethod(one)])
def test_what_is_never_called_is_refused_with_what_is(name: str, instead: str, value: Any) -> None:
    text = rf"Room\.{name} would never be called: .*{instead}"
    with pytest.raises(ConfigurationError, match=text):
        declare(**{name: value})
    mixin = type("Mixin", (), {name: value})
    with pytest.raises(ConfigurationError, match=text):
        new_class("Room", (mixin, Consumer))


async def untyped(self: Any, event: Any) -> None: ...


untyped.__annotations__.clear()


async def as_dict(self: Any, event: dict[str, Any]) -> None: ...
async def as_mapping(self: Any, event: Mapping[str, Any]) -> None: ...
async def as_any(self: Any, event: Any) -> None: ...
async def postponed(self: Any, event: "dict[str, Any]") -> None: ...


UNTYPED: list[Any] = [untyped, as_dict, as_mapping, as_any, postponed]


@pytest.mark.parametrize("value", UNTYPED)
def test_a_handler_of_channels_messages_is_refused_with_what_handles_them_here(value: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"Room\.chat_message .*@event_handler"):
        declare(chat_message=value)


def test_methods_of_ones_own_may_have_any_other_name() -> None:
    class Room(AsyncJsonWebsocketConsumer[Renamed]):
        send = None

        @ws_handler
        async def dispatch(self, message: PingMessage) -> None: ...

        @event_handler
        async def receive(self, event: Renamed) -> None: ...

        async def on_rename(self, event: Renamed) -> None: ...

        async def chat_message(self, event: dict[str, Any], by: str) -> None: ...

        async def _chat_message(self, event: dict[str, Any]) -> None: ...

        async def chat(self, message: Any) -> None: ...

        def forward(self, event: Any) -> None: ...

    class Other(Room):
        async def dispatch(self, message: PingMessage) -> None: ...

    for room in (Room, Other):
        names = [handler.name for handler in room.handler_table.handlers]
        assert names == ["dispatch", "receive"]


@pytest.mark.parametrize(
    ("name", "value", "fix"),
    [
        ("authenticator", BaseAuthenticator, "authenticator_class"),
        ("channel_layer", "other", "channel_layer_alias"),
        ("channel_name", "mine", "its layer"),
        ("scope", property(lambda self: {}), "its server"),
        ("runtime", property(lambda self: None), "its settings and handlers"),
    ],
)
def test_what_every_connection_is_given_is_refused_in_a_class(
    name: str, value: Any, fix: str
) -> None:
    with pytest.raises(ConfigurationError, match=rf"Room\.{name} is set anew .*: .*{fix}"):
        declare(**{name: value})
    unset: dict[str, Any] = {name: None}
    declare(**unset)
