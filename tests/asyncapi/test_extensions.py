"""What a client needs and AsyncAPI has no field for: declared on consumers, told in documents."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any, ClassVar, Literal

import jsonschema_rs
import pytest

from chanx.asyncapi import AsyncAPIGenerator
from chanx.asyncapi.extensions import EXTENSIONS, Extension
from chanx.asyncapi.linting import lint
from chanx.asyncapi.walk import is_array, is_object
from chanx.core.authenticator import BaseAuthenticator, Credential
from chanx.core.closing import CloseMeaning
from chanx.core.decorators import channel, ws_handler
from chanx.core.errors import ConfigurationError
from chanx.core.limits import Limits
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage, PingMessage, PongMessage
from chanx.routing import RouteInfo


class Ask(BaseMessage):
    """Asks."""

    action: Literal["ask"] = "ask"


class Stop(BaseMessage):
    """Stops the answer."""

    action: Literal["stop"] = "stop"


class Renew(BaseMessage):
    """Brings a new token."""

    action: Literal["renew"] = "renew"
    payload: str


class Look(BaseMessage):
    """Looks."""

    action: Literal["look"] = "look"


class Word(BaseMessage):
    """A word."""

    action: Literal["word"] = "word"


class End(BaseMessage):
    """The end."""

    action: Literal["end"] = "end"


class Welcome(BaseMessage):
    """Comes first."""

    action: Literal["welcome"] = "welcome"


class Rejected(BaseMessage, outcome="error"):
    """Refuses."""

    action: Literal["rejected"] = "rejected"


class TokenAuthenticator(BaseAuthenticator):
    credentials = (Credential("token", "subprotocol"), Credential("key.", "subprotocol"))


class Base(AsyncJsonWebsocketConsumer):
    """A base."""

    close_codes: ClassVar = {4409: "Somebody has that name.", 4410: "Gone."}


@channel(name="room")
class Room(Base):
    """A room."""

    ready_message = Welcome
    close_codes: ClassVar = {4410: CloseMeaning("Gone for now.", retry="backoff"), 4001: "Moved."}
    limits = Limits(max_message_size=1000, max_messages_per_second=2.5, max_burst=7)

    @ws_handler(end=End)
    async def ask(self, message: Ask) -> AsyncIterator[Word | End | Rejected]:
        """Answer."""
        yield End()

    @ws_handler(cancels="ask")
    async def stop(self, message: Stop) -> None:
        """Stop."""

    @ws_handler(idempotent=True)
    async def look(self, message: Look) -> Word:
        """Look."""
        return Word()

    @ws_handler(refresh=True)
    async def renew(self, message: Renew) -> Word | None:
        """Renew."""

    @ws_handler(heartbeat=20)
    async def ping(self, message: PingMessage) -> PongMessage:
        """Answer."""
        return PongMessage()


class Guarded(AsyncJsonWebsocketConsumer):
    """A room with an authenticator."""

    authenticator_class = TokenAuthenticator

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        """Answer."""
        return PongMessage()


class Plain(AsyncJsonWebsocketConsumer):
    """A room that says nothing."""

    @ws_handler
    async def ask(self, message: Ask) -> Word:
        """Answer."""
        return Word()


def replies(operation: Mapping[str, Any]) -> list[str]:
    return [item["$ref"].rpartition("/")[2] for item in operation["reply"]["messages"]]


@pytest.fixture
def room(document_of: Callable[..., Any]) -> dict[str, Any]:
    """The document of a consumer that declares everything."""
    return dict(document_of(Room).content)


def test_operations_tell_how_clients_use_them(room: dict[str, Any]) -> None:
    told = {
        key: {name: value for name, value in operation.items() if name.startswith("x-")}
        for key, operation in room["operations"].items()
    }
    assert {key: value for key, value in told.items() if value} == {
        "room.ask": {"x-stream": {"end": ["End"]}, "x-cancel": {"$ref": "#/operations/room.stop"}},
        "room.look": {"x-idempotent": True},
        "room.renew": {"x-refresh": True},
    }


def test_complete_is_a_reply_where_there_may_be_no_other(room: dict[str, Any]) -> None:
    found = {key: replies(value) for key, value in room["operations"].items() if "reply" in value}
    assert found == {
        "room.ask": ["Word", "End", "Rejected", "ErrorMessage"],
        "room.stop": ["ErrorMessage", "CompleteMessage"],
        "room.look": ["Word", "ErrorMessage"],
        "room.renew": ["Word", "ErrorMessage", "CompleteMessage"],
        "room.ping": ["PongMessage", "ErrorMessage"],
    }


def test_messages_tell_whether_they_refuse(room: dict[str, Any]) -> None:
    messages = room["components"]["messages"]
    assert {key for key, message in messages.items() if message.get("x-outcome") == "error"} == {
        "ErrorMessage",
        "Rejected",
    }


def test_a_channel_tells_when_and_within_what_it_is_used(room: dict[str, Any]) -> None:
    described = room["channels"]["room"]
    assert described["x-ready"] == {"$ref": "#/channels/room/messages/Welcome"}
    assert "room.send.welcome" in room["operations"]
    assert described["x-limits"] == {"maxMessageSize": 1000, "messagesPerSecond": 2.5, "burst": 7}
    heartbeat = {"operation": {"$ref": "#/operations/room.ping"}, "interval": 20}
    assert described["x-heartbeat"] == heartbeat


def test_times_within_which_a_client_is_heard_are_told_with_the_ping_that_it_answers(
    document_of: Callable[..., Any],
) -> None:
    class Beating(Plain):
        """A room that asks."""

        limits = Limits(heartbeat=25, idle_timeout=60, max_connection_age=3600)

    document = document_of(Beating).content
    assert document["channels"]["beating"]["x-limits"] == {
        "maxMessageSize": Limits().max_message_size,
        "idleTimeout": 60,
        "heartbeat": 25,
        "maxConnectionAge": 3600,
    }
    asking = document["operations"]["beating.send.heartbeat"]
    messages = "#/channels/beating/messages"
    assert asking["action"] == "send"
    assert asking["messages"] == [{"$ref": f"{messages}/PingMessage"}]
    assert asking["reply"]["messages"] == [{"$ref": f"{messages}/PongMessage"}]


def test_caps_and_the_rate_of_a_user_are_told_and_taken_by_the_linter(
    document_of: Callable[..., Any],
) -> None:
    class Crowded(Plain):
        """A room with a door."""

        limits = Limits(
            max_messages_per_second_per_user=2.5,
            max_burst_per_user=7,
            max_handshake_size=4096,
            max_connections=1000,
            max_connections_per_address=20,
            max_connections_per_user=5,
            max_handshakes_per_address=4,
            max_groups=3,
        )

    document = document_of(Crowded).content
    assert document["channels"]["crowded"]["x-limits"] == {
        "maxMessageSize": Limits().max_message_size,
        "maxHandshakeSize": 4096,
        "messagesPerSecondPerUser": 2.5,
        "burstPerUser": 7,
        "groups": 3,
        "connectionsPerProcess": 1000,
        "connectionsPerAddress": 20,
        "connectionsPerUser": 5,
        "handshakesPerAddress": 4,
    }
    assert not [each for each in lint(document) if "x-limits" in each.pointer]


@pytest.mark.parametrize("is_camel", [False, True], ids=["as in Python", "in camelCase"])
def test_the_message_that_says_when_to_come_back_is_told_with_where_it_does(
    document_of: Callable[..., Any], is_camel: bool
) -> None:
    class Telling(Plain):
        """A room that says when to come back."""

        send_reconnect_message = True
        camelize = is_camel

    document = document_of(Telling, Plain).content
    assert document["channels"]["telling"]["x-reconnect"] == {
        "message": {"$ref": "#/channels/telling/messages/ReconnectMessage"},
        "retryAfter": f"$message.payload#/payload/{'retryAfter' if is_camel else 'retry_after'}",
    }
    assert "x-reconnect" not in document["channels"]["plain"]
    assert not [each for each in lint(document) if "x-reconnect" in each.pointer]


def test_a_consumer_that_says_until_when_one_may_stay_closes_with_4401(
    document_of: Callable[..., Any],
) -> None:
    class Expiring(Plain):
        """A room for a while."""

        async def connect(self) -> None:
            self.expires_at = self.scope["claims"]["exp"]

    channels = document_of(Expiring, Plain).content["channels"]
    assert channels["expiring"]["x-close-codes"]["4401"]["retry"] == "refresh"
    assert "4401" not in channels["plain"]["x-close-codes"]


def test_close_codes_of_bases_and_of_chanx_are_told_together(room: dict[str, Any]) -> None:
    codes = room["channels"]["room"]["x-close-codes"]
    assert list(codes) == sorted(codes)
    assert codes["4409"] == {"description": "Somebody has that name.", "retry": "never"}
    assert codes["4410"] == {"description": "Gone for now.", "retry": "backoff"}
    assert codes["4001"] == {"description": "Moved.", "retry": "backoff"}
    assert codes["4408"]["retry"] == "backoff"
    assert codes["4503"]["retry"] == "spread"
    assert codes["1000"]["retry"] == "never"


def test_without_a_word_of_it_authentication_is_ready_and_ping_the_heartbeat(
    document_of: Callable[..., Any],
) -> None:
    document = document_of(Guarded, Plain).content
    guarded, plain = document["channels"]["guarded"], document["channels"]["plain"]
    ready = {"$ref": "#/channels/guarded/messages/AuthenticationMessage"}
    assert guarded["x-ready"] == ready
    assert guarded["x-heartbeat"] == {"operation": {"$ref": "#/operations/guarded.ping"}}
    assert guarded["x-limits"] == {"maxMessageSize": Limits().max_message_size}
    assert plain.keys().isdisjoint({"x-ready", "x-heartbeat", "x-cookies", "x-subprotocols"})


def test_a_scheme_tells_how_a_subprotocol_carries_it(document_of: Callable[..., Any]) -> None:
    schemes = document_of(Guarded).content["components"]["securitySchemes"]
    assert [scheme["x-subprotocol"] for scheme in schemes.values()] == [
        {"name": "key.", "form": "suffix"},
        {"name": "token", "form": "pair"},
    ]


def test_the_clients_perspective_says_so(document_of: Callable[..., Any]) -> None:
    assert document_of(Room, perspective="client").content["info"]["x-perspective"] == "client"
    assert "x-perspective" not in document_of(Room).content["info"]


def test_cookies_are_one_header_and_told_by_name(read_back: Callable[..., Any]) -> None:
    cookies = {"type": "object", "properties": {"visitor": {"type": "string"}}}
    for required in ([], ["visitor"]):
        given = {**cookies, "required": required} if required else cookies
        route = RouteInfo(path="/", consumer=Plain, cookies=given)
        described = read_back(AsyncAPIGenerator([route]).generate()).content["channels"]["plain"]
        assert described["x-cookies"] == given
        headers = described["bindings"]["ws"]["headers"]
        assert headers["properties"]["Cookie"]["description"] == "The cookies `visitor`."
        assert headers.get("required", []) == (["Cookie"] if required else [])


def test_foreign_letters_in_a_handlers_name_do_not_hide_what_it_cancels(
    document_of: Callable[..., Any],
) -> None:
    class Foreign(AsyncJsonWebsocketConsumer):
        """A room."""

        @ws_handler
        async def größe(self, message: Ask) -> Word:
            """Answer."""
            return Word()

        @ws_handler(cancels="größe")
        async def stop(self, message: Stop) -> None:
            """Stop."""

    operations = document_of(Foreign).content["operations"]
    assert operations["foreign.groudfe"]["x-cancel"] == {"$ref": "#/operations/foreign.stop"}


def test_every_extension_of_documents_is_known_and_valid(document_of: Callable[..., Any]) -> None:
    found = list(extensions(document_of(Room, Guarded, perspective="client").content))
    known = {extension.name: extension for extension in EXTENSIONS}
    assert {name for name, _ in found} <= known.keys()
    assert len({name for name, _ in found}) > 10
    for name, value in found:
        assert jsonschema_rs.Draft7Validator(dict(known[name].schema)).is_valid(value), (
            name,
            value,
        )


def extensions(value: Any) -> Iterator[tuple[str, Any]]:
    """Every field of a document that begins with x-."""
    if is_array(value):
        for item in value:
            yield from extensions(item)
    elif is_object(value):
        for name, item in value.items():
            if name.startswith("x-"):
                yield name, item
            yield from extensions(item)


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"ready_message": BaseMessage}, "ready_message .* a message class with an action"),
        ({"ready_message": "Welcome"}, "ready_message .* a message class"),
        ({"close_codes": [4409]}, r"Odd.close_codes is \[4409\]: it takes"),
        ({"close_codes": {409: "Taken."}}, "has 409, with which no server closes"),
        ({"close_codes": {1006: "Lost."}}, "has 1006, with which no server closes"),
        ({"close_codes": {"4409": "Taken."}}, "has '4409'"),
        ({"close_codes": {4409: ""}}, r"close_codes\[4409\] is '': say why"),
        ({"close_codes": {4409: True}}, r"close_codes\[4409\] is True: say why"),
    ],
)
def test_what_cannot_be_told_is_refused_with_the_class(
    attributes: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        type("Odd", (AsyncJsonWebsocketConsumer,), attributes)


def test_a_verdict_that_no_client_knows_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="retry='later': use one of 'never'"):
        CloseMeaning("Gone.", retry="later")  # type: ignore[arg-type]  # the case


def document_with(extension: Extension) -> dict[str, Any]:
    """Return a document in which the example of an extension stands where it belongs."""
    places: dict[str, dict[str, Any]] = {
        "info": {"title": "Chat", "version": "1"},
        "channel": {"address": "/room", "messages": {}},
        "message": {"name": "say", "payload": {"type": "object"}},
        "operation": {
            "action": "receive",
            "channel": {"$ref": "#/channels/room"},
            "messages": [{"$ref": "#/channels/room/messages/Say"}],
        },
        "scheme": {"type": "http", "scheme": "bearer"},
    }
    places[extension.place][extension.name] = extension.example
    places["channel"]["messages"]["Say"] = places["message"]
    return {
        "asyncapi": "3.0.0",
        "info": places["info"],
        "channels": {"room": places["channel"]},
        "operations": {"room.say": places["operation"]},
        "components": {"securitySchemes": {"token": places["scheme"]}},
    }


def name_of(extension: Extension) -> str:
    return extension.name


@pytest.mark.parametrize(
    "extension",
    [each for each in EXTENSIONS if each.place not in ("parameter", "schema")],
    ids=name_of,
)
def test_the_linter_takes_the_value_and_the_place_of_each_extension(extension: Extension) -> None:
    found = [each for each in lint(document_with(extension)) if extension.name in each.pointer]
    assert [each for each in found if each.code in ("extension-value", "extension-place")] == []
