"""Mistakes in a consumer's attributes and hooks are found when its class is created."""

from types import new_class
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, create_model

from chanx.core.authenticator import BaseAuthenticator
from chanx.core.decorators import event_handler, ws_handler
from chanx.core.errors import ConfigurationError
from chanx.core.limits import Limits
from chanx.core.settings import Settings
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage, PingMessage

Consumer = AsyncJsonWebsocketConsumer[Any]

WRONG = [
    ("groups", "room", "a list of strings"),
    ("groups", [5], "a list of strings"),
    ("extra_groups", "room", "a list of strings"),
    ("authenticator_class", object(), "a subclass of BaseAuthenticator"),
    ("channel_layer_alias", 5, "the alias of a channel layer"),
    ("discriminator_field", "", "a key that the protocol does not reserve"),
    ("discriminator_field", "ref", "a key that the protocol does not reserve"),
    ("discriminator_field", 5, "a key that the protocol does not reserve"),
    ("camelize", "yes", "True or False"),
    ("send_completion", 1, "True or False"),
    ("log_ignored_actions", "ping", "a list of strings"),
    ("limits", {"max_depth": 3}, r"Limits\("),
    ("allowed_origins", "https://a.example", "a list of origins"),
    ("allowed_origins", ["a.example"], "a list of origins"),
    ("emits", PingMessage, "a list of message classes"),
    ("emits", [int], "a list of message classes"),
    ("passthrough_events", [PingMessage()], "a list of message classes"),
]


def declare(**attributes: Any) -> type[Consumer]:
    room: type[Consumer] = new_class("Room", (Consumer,), {}, lambda it: it.update(attributes))
    return room


@pytest.mark.parametrize(("name", "value", "kind"), WRONG)
def test_an_attribute_of_another_kind_is_refused_with_the_kind_it_takes(
    name: str, value: Any, kind: str
) -> None:
    with pytest.raises(ConfigurationError, match=rf"Room\.{name} is .*: it takes {kind}"):
        declare(**{name: value})


def test_a_project_setting_of_another_kind_is_refused_as_well() -> None:
    wrong: dict[str, Any] = {"log_ignored_actions": "ping"}
    with pytest.raises(ConfigurationError, match=r"Settings\.log_ignored_actions"):
        Settings(**wrong)


def test_everything_that_fits_is_taken() -> None:
    declare(
        groups=("a",),
        authenticator_class=BaseAuthenticator,
        discriminator_field="kind",
        camelize=False,
        log_ignored_actions={"ping"},
        limits=Limits(),
        allowed_origins=["*", "https://*.a.example"],
        emits=[PingMessage],
        passthrough_events=(PingMessage,),
    ).as_asgi()


@pytest.mark.parametrize("hook", ["connect", "post_authentication", "disconnect"])
def test_a_hook_that_is_not_asynchronous_is_refused(hook: str) -> None:
    def blocking(self: Any, *arguments: Any) -> None: ...

    with pytest.raises(ConfigurationError, match=rf"Room\.{hook} is not asynchronous.*async def"):
        declare(**{hook: blocking}).as_asgi()


class Clash(BaseMessage):
    action: Literal["clash"] = "clash"
    full_name: str = ""
    fullName: str = ""


def test_two_fields_that_are_the_same_in_camel_case_are_refused_when_mounted() -> None:
    @ws_handler
    async def clash(self: Any, message: Clash) -> None: ...

    declare(clash=clash).as_asgi()
    with pytest.raises(ConfigurationError, match=r"Clash\.full_name and Clash\.fullName"):
        declare(clash=clash, camelize=True).as_asgi()


def test_a_field_with_the_name_of_the_action_key_is_refused_when_mounted() -> None:
    @ws_handler
    async def clash(self: Any, message: Clash) -> None: ...

    with pytest.raises(ConfigurationError, match="Clash has a field 'full_name'"):
        declare(clash=clash, discriminator_field="full_name").as_asgi()


class Stranger: ...


def nested(levels: int) -> type[BaseModel]:
    """Return a model of so many models within one another, none of them built."""
    model: type[BaseModel] = BaseModel
    for _ in range(levels):
        config = ConfigDict(defer_build=True)
        model = create_model("Nested", __config__=config, below=(model, ...))
    return model


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ("Unknown", "Broken names 'Unknown', which is not known .*: import or define it before"),
        (Stranger, "cannot build the schema of Broken: .*arbitrary_types_allowed"),
        (nested(400), "cannot build the schema of Broken: .*recursion"),
    ],
    ids=["unknown", "stranger", "nested"],
)
@pytest.mark.parametrize("decorate", [ws_handler, event_handler])
def test_a_message_whose_schema_cannot_be_built_is_refused_when_mounted(
    decorate: Any, payload: Any, text: str
) -> None:
    make: Any = create_model
    action = Literal["broken"], "broken"
    broken = make("Broken", __base__=BaseMessage, action=action, payload=(payload, ...))

    async def take(self: Any, message: Any) -> None: ...

    room = declare(take=decorate(input_type=broken)(take))
    with pytest.raises(ConfigurationError, match=text):
        room.as_asgi()


def test_arguments_that_the_constructor_does_not_take_are_refused_when_mounted() -> None:
    class Named(AsyncJsonWebsocketConsumer):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    assert Named.as_asgi(name="a").consumer_initkwargs == {"name": "a"}
    with pytest.raises(ConfigurationError, match=r"Named\.as_asgi\(\): .*'naem'"):
        Named.as_asgi(name="a", naem="a")
    with pytest.raises(ConfigurationError, match=r"Named\.as_asgi\(\): .*'name'"):
        Named.as_asgi()
