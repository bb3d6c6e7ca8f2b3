"""The document as a whole: channels, operations and messages from a consumer's declarations."""

import json
import logging
import sys
from collections.abc import AsyncIterator, Callable
from enum import Enum
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import jsonschema_rs
import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator

from chanx.asyncapi import AsyncAPIGenerator, lint, to_json, to_yaml
from chanx.asyncapi.walk import is_array, is_object
from chanx.core.authenticator import BaseAuthenticator, Credential
from chanx.core.decorators import channel, event_handler, ws_handler
from chanx.core.errors import ConfigurationError, MissingPackageError
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage, ErrorMessage, PingMessage, PongMessage
from chanx.routing import PathParameter, RouteInfo

SCHEMAS = Path(__file__).parent.parent / "node/node_modules/@asyncapi/specs/schemas"


T = TypeVar("T")


class Say(BaseMessage):
    """Says something to a room."""

    action: Literal["say"] = "say"
    payload: str


class Said(BaseMessage):
    """Somebody said something."""

    action: Literal["said"] = "said"
    payload: str


class Token(BaseMessage):
    """A piece of an answer."""

    action: Literal["token"] = "token"
    payload: str


class Joined(BaseMessage):
    """Somebody came in."""

    action: Literal["joined"] = "joined"


class Left(BaseMessage):
    """Somebody went."""

    action: Literal["left"] = "left"


class KeyAuthenticator(BaseAuthenticator):
    credentials = (Credential("key", "query", "From your account page."),)


@channel(name="room", tags=["public"])
class RoomConsumer(AsyncJsonWebsocketConsumer):
    """A room in which people talk.

    Everybody hears everything.
    """

    authenticator_class = KeyAuthenticator
    emits = (Said,)
    passthrough_events = (Left,)

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        """Answer that the server is there."""
        return PongMessage()

    @ws_handler(summary="Ask the assistant", tags=["assistant"])
    async def say(self, message: Say) -> AsyncIterator[Token]:
        """Stream an answer.

        One token at a time.
        """
        yield Token(payload=message.payload)

    @event_handler
    async def joined(self, event: Joined) -> Joined | None:
        """Tell who came in."""
        return event

    @event_handler
    async def quiet(self, event: Say) -> None:
        """Note something, and tell nobody."""


class Signalling(RoomConsumer):
    """A room with completion signals."""

    send_completion = True


class Silent(RoomConsumer):
    """A room that tells nothing of authentication."""

    send_authentication_message = False


def keys(references: list[dict[str, str]]) -> list[str]:
    return [item["$ref"].rpartition("/")[2] for item in references]


def test_a_handler_is_an_operation_that_receives_and_replies(
    document_of: Callable[..., Any],
) -> None:
    operation = document_of(RoomConsumer).content["operations"]["room.ping"]
    assert operation["action"] == "receive"
    assert operation["channel"] == {"$ref": "#/channels/room"}
    assert operation["summary"] == "Answer that the server is there."
    assert keys(operation["messages"]) == ["PingMessage"]
    assert operation["reply"]["channel"] == {"$ref": "#/channels/room"}
    assert keys(operation["reply"]["messages"]) == ["PongMessage", "ErrorMessage"]


def test_foreign_letters_in_a_handlers_name_are_no_part_of_a_key(
    document_of: Callable[..., Any],
) -> None:
    class Hall(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def größe(self, message: Say) -> None: ...

        @event_handler
        async def _gruß(self, event: Said) -> Said:
            return event

    operations = document_of(Hall).content["operations"]
    assert {"hall.groudfe", "hall.gruudf"} < set(operations)
    assert operations["hall.groudfe"]["title"] == "Größe"


def test_a_summary_is_the_first_paragraph_on_one_short_line(
    document_of: Callable[..., Any],
) -> None:
    class Wrapped(AsyncJsonWebsocketConsumer):
        """A room whose docstring
        is wrapped.
        """

        @ws_handler(description="Word " * 20_000)
        async def say(self, message: Say) -> None: ...

    content = document_of(Wrapped).content
    assert content["channels"]["wrapped"]["summary"] == "A room whose docstring is wrapped."
    assert "description" not in content["channels"]["wrapped"]
    operation = content["operations"]["wrapped.say"]
    assert operation["summary"].endswith("Word ...")
    assert len(operation["summary"]) <= 200
    assert operation["description"] == ("Word " * 20_000).strip()


HOSTILE = (
    "</script><!--<script> `a` *b*\u2028\u2029\x00\x1b\x85\ttab\n\n# Heading\n---\n... -\r\n end"
)


def test_any_text_reads_back(document_of: Callable[..., Any]) -> None:
    class Writer(AsyncJsonWebsocketConsumer):
        @ws_handler(description=HOSTILE, tags=["</script>"])
        async def say(self, message: Say) -> None: ...

    Writer.__doc__ = HOSTILE
    content = document_of(Writer, title=HOSTILE, description=HOSTILE, version="1e3").content
    assert content["operations"]["writer.say"]["description"] == HOSTILE
    assert content["channels"]["writer"]["summary"].startswith("</script><!--<script> `a` *b*")
    assert json.loads(to_json(content)) == content
    assert yaml.safe_load(to_yaml(content)) == content


def test_a_streaming_handler_is_marked(document_of: Callable[..., Any]) -> None:
    operations = document_of(RoomConsumer).content["operations"]
    assert operations["room.say"]["x-stream"] == {"end": ["CompleteMessage"]}
    assert operations["room.say"]["summary"] == "Ask the assistant"
    assert operations["room.say"]["description"] == "Stream an answer.\n\nOne token at a time."
    assert operations["room.say"]["tags"] == [{"name": "assistant"}]
    assert "x-stream" not in operations["room.ping"]


def test_what_is_sent_unasked_is_an_operation_that_sends(
    document_of: Callable[..., Any],
) -> None:
    operations = document_of(RoomConsumer).content["operations"]
    sent = {
        key: keys(operation["messages"])
        for key, operation in operations.items()
        if operation["action"] == "send"
    }
    assert sent == {
        "room.joined": ["Joined"],
        "room.send.said": ["Said"],
        "room.send.left": ["Left"],
        "room.send.authentication": ["AuthenticationMessage"],
        "room.send.error": ["ErrorMessage"],
    }
    assert all("reply" not in operations[key] for key in sent)


def test_completion_is_documented_only_where_it_is_sent(
    document_of: Callable[..., Any],
) -> None:
    quiet = document_of(RoomConsumer).content
    messages = quiet["components"]["messages"]
    assert [key for key in messages if "Complete" in key] == ["CompleteMessage"]
    operations = quiet["operations"]  # where a stream ends with it
    assert "CompleteMessage" in keys(operations["room.say"]["reply"]["messages"])
    assert "CompleteMessage" not in keys(operations["room.ping"]["reply"]["messages"])
    operations = document_of(Signalling).content["operations"]
    assert "CompleteMessage" in keys(operations["signalling.ping"]["reply"]["messages"])
    assert {"signalling.send.group_complete", "signalling.send.event_complete"} <= set(operations)


def test_authentication_is_documented_only_where_it_is_sent(
    document_of: Callable[..., Any],
) -> None:
    assert "silent.send.authentication" not in document_of(Silent).content["operations"]


def test_a_channel_tells_what_its_consumer_tells(document_of: Callable[..., Any]) -> None:
    described = document_of(RoomConsumer).content["channels"]["room"]
    assert described["address"] == "/0"
    assert described["summary"] == "A room in which people talk."
    assert described["description"].endswith("Everybody hears everything.")
    assert described["tags"] == [{"name": "public"}]
    assert described["x-close-codes"]["4401"] == {
        "description": "Credentials are missing or wrong.",
        "retry": "refresh",
    }


def test_credentials_are_security_schemes_and_part_of_the_handshake(
    document_of: Callable[..., Any],
) -> None:
    content = document_of(RoomConsumer).content
    scheme = {
        "type": "httpApiKey",
        "name": "key",
        "in": "query",
        "description": "From your account page.",
    }
    assert content["components"]["securitySchemes"] == {"query-key": scheme}
    link = {"$ref": "#/components/securitySchemes/query-key"}
    assert all(operation["security"] == [link] for operation in content["operations"].values())
    binding = content["channels"]["room"]["bindings"]["ws"]
    assert binding["query"]["required"] == ["key"]
    assert binding["bindingVersion"] == "0.1.0"


def test_schemes_of_the_authorization_header_are_alternatives(
    document_of: Callable[..., Any],
) -> None:
    class Alternatives(BaseAuthenticator):
        credentials = (
            Credential("Authorization", "header"),
            Credential("Authorization", "header", scheme="basic"),
        )

    class Guarded(AsyncJsonWebsocketConsumer):
        authenticator_class = Alternatives

    schemes = document_of(Guarded).content["components"]["securitySchemes"]
    assert schemes == {
        "header-Authorization": {"type": "http", "scheme": "bearer"},
        "header-Authorization-basic": {"type": "http", "scheme": "basic"},
    }


def test_a_subprotocol_before_the_credential_is_described_as_it_is_offered(
    document_of: Callable[..., Any],
) -> None:
    class Announced(BaseAuthenticator):
        credentials = (Credential("token", "subprotocol", "Of the account."),)

    class Guarded(AsyncJsonWebsocketConsumer):
        authenticator_class = Announced

    content = document_of(Guarded).content
    said = "Of the account. Two subprotocols: `token`, and after it the credential."
    assert content["channels"]["guarded"]["x-subprotocols"] == {"token": said}
    (scheme,) = content["components"]["securitySchemes"].values()
    assert scheme["description"] == said


class Told(BaseMessage):
    """What it is.

    And more.
    """

    action: Literal["told"] = "told"


class Untold(BaseMessage):
    action: Literal["untold"] = "untold"


class Wrapped(BaseMessage, Generic[T]):
    """A wrapping."""

    action: Literal["wrapped"] = "wrapped"
    payload: T


class Terse(AsyncJsonWebsocketConsumer):
    @ws_handler
    async def own(self, message: PingMessage) -> None:
        """Its own."""

    @ws_handler
    async def told(self, message: Told) -> None: ...
    @ws_handler
    async def untold(self, message: Untold) -> None: ...
    @ws_handler(summary="Short.")
    async def wrapped(self, message: Wrapped[int]) -> None: ...
    @event_handler
    async def event(self, event: Untold) -> Told:
        return Told()


def test_a_handler_without_a_docstring_says_what_its_message_says(
    document_of: Callable[..., Any],
) -> None:
    operations = document_of(Terse).content["operations"]
    texts = {
        key.removeprefix("terse."): (item.get("summary"), item.get("description"))
        for key, item in operations.items()
    }
    told = ("What it is.", "What it is.\n\nAnd more.")
    assert texts["own"] == ("Its own.", None)
    assert texts["told"] == texts["event"] == told
    assert texts["untold"] == (None, None)
    assert texts["wrapped"] == ("Short.", "A wrapping.")


class State(Enum):
    OPEN = "open"
    SHUT = "shut"


class Task(BaseModel):
    state: State
    work_done: Literal["all", "some"] | None = None
    tags: list[Literal["a", "b"]] = []
    by_name: dict[str, Literal["x", "y"]] = {}
    either: Literal["p", "q"] | list[Literal["r", "s"]] = "p"
    named: Literal["m", "n"] = Field("m", title="Mine")
    state_of: Literal["i", "j"] = "i"


class TaskStateOf(BaseModel):
    fixed: Literal["one"] = "one"


class Work(BaseMessage):
    action: Literal["work", "rest"]
    payload: Task | TaskStateOf


class Works(AsyncJsonWebsocketConsumer):
    emits = (Work,)


def test_every_enumeration_has_a_title_of_its_own(document_of: Callable[..., Any]) -> None:
    schemas = document_of(Works).content["components"]["schemas"]
    found: dict[str, list[Any]] = {}

    def visit(schema: Any) -> None:
        if is_object(schema):
            if "enum" in schema:
                assert schema["title"] not in found
                found[schema["title"]] = schema["enum"]
            for item in schema.values():
                visit(item)
        elif is_array(schema):
            for item in schema:
                visit(item)

    visit(schemas)
    del found["ErrorPayloadCode"]
    assert found == {
        "Mine": ["m", "n"],
        "State": ["open", "shut"],
        "TaskByNameValue": ["x", "y"],
        "TaskEither": ["p", "q"],
        "TaskEitherItem": ["r", "s"],
        "TaskStateOf2": ["i", "j"],
        "TaskTagsItem": ["a", "b"],
        "TaskWorkDone": ["all", "some"],
        "WorkAction": ["work", "rest"],
    }


def test_subprotocols_that_carry_credentials_are_listed(document_of: Callable[..., Any]) -> None:
    class Offered(BaseAuthenticator):
        credentials = (
            Credential("bearer.", "subprotocol", "An access token."),
            Credential("key", "query"),
        )

    class Guarded(AsyncJsonWebsocketConsumer):
        authenticator_class = Offered

    channel = document_of(Guarded).content["channels"]["guarded"]
    assert channel["x-subprotocols"] == {
        "bearer.": "An access token. A subprotocol that begins with `bearer.`."
    }
    assert "x-subprotocols" not in document_of(RoomConsumer).content["channels"]["room"]


def test_real_frames_match_one_message_of_the_channel(document_of: Callable[..., Any]) -> None:
    document = document_of(Signalling)
    codec = Signalling.current_runtime().codec
    frames = {
        "PongMessage": codec.encode(PongMessage(), "a"),
        "Said": codec.encode(Said(payload="x")),
        "CompleteMessage": codec.complete,
        "GroupCompleteMessage": codec.group_complete,
        "EventCompleteMessage": codec.event_complete,
    }
    for key, text in frames.items():
        assert document.matching("signalling", "send", json.loads(text)) == [key]
    assert document.matching("signalling", "receive", {"action": "ping"}) == ["PingMessage"]


def test_the_clients_perspective_turns_the_actions_around(
    document_of: Callable[..., Any],
) -> None:
    server = document_of(RoomConsumer).content["operations"]
    client = document_of(RoomConsumer, perspective="client").content["operations"]
    other = {"send": "receive", "receive": "send"}
    assert {key: other[item["action"]] for key, item in server.items()} == {
        key: item["action"] for key, item in client.items()
    }
    assert client["room.ping"]["reply"] == server["room.ping"]["reply"]


def test_version_3_1_is_otherwise_the_same_document() -> None:
    routes = [RouteInfo(path="/", consumer=RoomConsumer)]
    old = AsyncAPIGenerator(routes).generate()
    new = AsyncAPIGenerator(routes, asyncapi_version="3.1.0").generate()
    assert new == {**old, "asyncapi": "3.1.0"}
    schema = json.loads((SCHEMAS / "3.1.0.json").read_text(encoding="utf-8"))
    assert jsonschema_rs.Draft7Validator(schema).is_valid(new)


def test_one_consumer_on_several_routes_is_a_channel_for_each(
    read_back: Callable[..., Any],
) -> None:
    routes = [
        RouteInfo(path=path, consumer=RoomConsumer)
        for path in ("/rooms/{room}", "/rooms/{room}/{topic}", "/")
    ]
    content = read_back(AsyncAPIGenerator(routes).generate()).content
    addresses = {key: item["address"] for key, item in content["channels"].items()}
    assert addresses == {
        "room.root": "/",
        "room.rooms-room": "/rooms/{room}",
        "room.rooms-room-topic": "/rooms/{room}/{topic}",
    }
    assert "room.rooms-room.ping" in content["operations"]
    assert len([key for key in content["components"]["messages"] if key == "Said"]) == 1


def test_path_parameters_are_described(read_back: Callable[..., Any]) -> None:
    parameters = (
        PathParameter(name="room", converter="int", description="Which room."),
        PathParameter(
            name="tab", schema={"type": "string", "enum": ["chat", "files"], "default": "chat"}
        ),
        PathParameter(name="slug", pattern="[a-z]+"),
    )
    route = RouteInfo(path="rooms/{room}/{tab}/{slug}/{rest:path}", consumer=RoomConsumer)
    routes = [RouteInfo(path=route.path, consumer=RoomConsumer, parameters=parameters)]
    described = read_back(AsyncAPIGenerator(routes).generate()).content["channels"]["room"]
    assert described["address"] == "/rooms/{room}/{tab}/{slug}/{rest}"
    assert described["parameters"] == {
        "room": {
            "description": "Which room.",
            "x-schema": {"type": "integer", "minimum": 0, "x-pattern": "^[0-9]+$"},
        },
        "tab": {
            "default": "chat",
            "enum": ["chat", "files"],
            "x-schema": {"type": "string", "enum": ["chat", "files"]},
        },
        "slug": {"x-schema": {"type": "string", "pattern": "^(?:[a-z]+)$"}},
        "rest": {},
    }


def test_what_a_route_demands_is_described(read_back: Callable[..., Any]) -> None:
    route = RouteInfo(
        path="/",
        consumer=Signalling,
        query={"properties": {"page": {"type": "integer"}}},
        headers={"properties": {"X-Trace": {"type": "string"}}, "required": ["X-Trace"]},
        security={"token": {"type": "http", "scheme": "bearer"}},
    )
    content = read_back(AsyncAPIGenerator([route]).generate()).content
    binding = content["channels"]["signalling"]["bindings"]["ws"]
    assert set(binding["query"]["properties"]) == {"page", "key"}
    assert "required" not in binding["query"], "one of two alternatives"
    assert binding["headers"]["required"] == ["X-Trace"]
    assert set(content["components"]["securitySchemes"]) == {"token", "query-key"}
    assert len(content["operations"]["signalling.ping"]["security"]) == 2


def test_schemes_of_one_name_that_differ_are_kept_apart(read_back: Callable[..., Any]) -> None:
    routes = [
        RouteInfo(
            path=f"/{kind}",
            consumer=RoomConsumer,
            security={"auth": {"type": "http", "scheme": kind}},
        )
        for kind in ("basic", "bearer")
    ]
    content = read_back(AsyncAPIGenerator(routes).generate()).content
    schemes = content["components"]["securitySchemes"]
    assert {schemes["auth"]["scheme"], schemes["auth-2"]["scheme"]} == {"basic", "bearer"}


@pytest.mark.parametrize(
    ("config", "server"),
    [
        (
            {"server_url": "https://example.com/api/"},
            {"host": "example.com", "protocol": "wss", "pathname": "/api"},
        ),
        ({"server_url": "localhost:8000"}, {"host": "localhost:8000", "protocol": "ws"}),
        (
            {"server_url": "ws://ada:secret@example.com", "server_protocol": "wss"},
            {"host": "example.com", "protocol": "wss"},
        ),
    ],
)
def test_a_server_comes_from_a_url(
    document_of: Callable[..., Any], config: dict[str, Any], server: dict[str, str]
) -> None:
    assert document_of(RoomConsumer, **config).content["servers"] == {"default": server}


def test_servers_are_taken_as_they_are(document_of: Callable[..., Any]) -> None:
    servers: dict[str, Any] = {
        "in production": "wss://example.com",
        "tenant": {
            "host": "{tenant}.example.com",
            "protocol": "wss",
            "variables": {"tenant": {"default": "demo"}},
        },
    }
    described = document_of(RoomConsumer, servers=servers).content["servers"]
    assert described["in_production"] == {"host": "example.com", "protocol": "wss"}
    assert described["tenant"] == servers["tenant"]


def test_information_goes_where_the_specification_wants_it(
    document_of: Callable[..., Any],
) -> None:
    info = document_of(
        RoomConsumer,
        title="Chat",
        version="2.0",
        description="Talk.",
        terms_of_service="https://example.com/terms",
        contact={"name": "Ada"},
        license={"name": "BSD-3-Clause"},
        tags=["chat", {"name": "demo"}],
        external_docs={"url": "https://example.com/docs"},
    ).content["info"]
    assert info == {
        "title": "Chat",
        "version": "2.0",
        "description": "Talk.",
        "termsOfService": "https://example.com/terms",
        "contact": {"name": "Ada"},
        "license": {"name": "BSD-3-Clause"},
        "tags": [{"name": "chat"}, {"name": "demo"}],
        "externalDocs": {"url": "https://example.com/docs"},
    }


def test_none_stands_for_the_default() -> None:
    document = AsyncAPIGenerator([], title=None, description="", server_url=None).generate()
    assert document["info"] == {"title": "AsyncAPI Documentation", "version": "1.0.0"}
    assert "servers" not in document


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"titel": "x"}, "titel.*Known: title"),
        ({"asyncapi_version": "2.6.0"}, "3.0.0, 3.1.0"),
        ({"perspective": "broker"}, "server, client"),
        ({"server_protocol": "mqtt"}, "ws, wss"),
        ({"version": 2}, "version=2: give a text"),
        ({"contact": "Ada"}, "contact='Ada': give a dictionary"),
        ({"servers": "wss://example.com"}, "servers=.*give a dictionary"),
        ({"servers": {"main": None}}, "servers=.*give texts, or AsyncAPI's objects"),
        ({"tags": "chat"}, "tags='chat': give texts"),
        ({"tags": [1]}, r"tags=\[1\]: give texts"),
        ({"tags": [{"description": "x"}]}, "tags: .*has no name"),
    ],
)
def test_a_wrong_configuration_is_refused_with_what_is_right(
    config: dict[str, Any], text: str
) -> None:
    with pytest.raises(ConfigurationError, match=text):
        AsyncAPIGenerator([], **config)


@pytest.mark.parametrize("url", ["ftp://example.com", "/prefix", "ws://[::1"])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"wss://example\.com/prefix"):
        AsyncAPIGenerator([], server_url=url).generate()


def test_an_application_without_consumers_has_a_document(read_back: Callable[..., Any]) -> None:
    assert read_back(AsyncAPIGenerator([], title="Empty").generate()).content["info"]


def test_a_consumer_that_only_sends_has_a_document(document_of: Callable[..., Any]) -> None:
    class Ticker(AsyncJsonWebsocketConsumer):
        """Ticks."""

        emits = (Said,)

    assert set(document_of(Ticker).content["operations"]) == {
        "ticker.send.said",
        "ticker.send.error",
    }


def test_a_base_class_among_the_replies_is_left_out(document_of: Callable[..., Any]) -> None:
    class Vague(AsyncJsonWebsocketConsumer):
        """Says little of what it sends."""

        @ws_handler
        async def say(self, message: Say) -> BaseMessage:
            return message

        @event_handler
        async def said(self, event: Said) -> BaseMessage:
            return event

        @ws_handler
        async def ping(self, message: PingMessage):  # type: ignore[no-untyped-def]
            """Say nothing of what it returns."""

    operations = document_of(Vague).content["operations"]
    assert keys(operations["vague.say"]["reply"]["messages"]) == ["ErrorMessage"]
    assert keys(operations["vague.ping"]["reply"]["messages"]) == [
        "ErrorMessage",
        "CompleteMessage",
    ]
    assert "vague.said" not in operations


def test_a_missing_package_is_an_error_and_no_empty_document(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "humps", None)
    routes = [RouteInfo(path="/", consumer=RoomConsumer)]
    with pytest.raises(MissingPackageError, match="pip install"):
        AsyncAPIGenerator(routes, camelize=True).generate()


class Opaque:
    """Something pydantic knows nothing of."""


class Holder(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    thing: Opaque


class Keep(BaseMessage):
    """Keeps something."""

    action: Literal["keep"] = "keep"
    payload: Holder


class KeeperConsumer(AsyncJsonWebsocketConsumer):
    """Keeps things."""

    @ws_handler
    async def keep(self, message: Keep) -> PongMessage:
        """Keep it."""
        return PongMessage()


def test_a_model_that_cannot_be_described_is_reported_and_the_rest_stands(
    caplog: pytest.LogCaptureFixture,
) -> None:
    routes = [
        RouteInfo(path="/keep", consumer=KeeperConsumer),
        RouteInfo(path="/room", consumer=RoomConsumer),
    ]
    with caplog.at_level(logging.ERROR, logger="chanx.asyncapi"):
        document = AsyncAPIGenerator(routes).generate()
    (record,) = caplog.records
    assert "Keep" in record.getMessage()
    assert "KeeperConsumer" in record.getMessage()
    schema = document["components"]["schemas"]["Keep"]
    assert schema["properties"]["action"] == {"type": "string", "const": "keep"}
    assert "Say" in document["components"]["schemas"]
    assert [finding.code for finding in lint(document)] == ["undescribed-message"]


class Stored(BaseMessage):
    """Asks for what a database must know."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"row_number": 3}]})

    action: Literal["stored"] = "stored"
    row_number: int

    @field_validator("row_number")
    @classmethod
    def exists(cls, value: int) -> int:
        raise LookupError("there is no database")


class Bare(BaseMessage):
    """The same without an example of its own."""

    action: Literal["bare"] = "bare"
    payload: int

    _exists = field_validator("payload")(Stored.exists)


@pytest.mark.parametrize("camel", [False, True])
def test_a_validator_that_fails_on_its_own_account_stops_no_document(
    document_of: Callable[..., Any], camel: bool
) -> None:
    class Store(AsyncJsonWebsocketConsumer):
        camelize = camel

        @ws_handler
        async def get(self, message: Stored | Bare) -> None: ...

    document = document_of(Store)
    key = "rowNumber" if camel else "row_number"
    assert document.schema("Stored")["required"] == ["action", key]
    assert "examples" not in document.message("bare")


def test_errors_have_an_example_of_their_own(document_of: Callable[..., Any]) -> None:
    (example,) = document_of(RoomConsumer).message("error")["examples"]
    assert ErrorMessage.model_validate(example["payload"]).payload.code == "validation_error"


class Audit(BaseMessage):
    """Somebody did something."""

    action: Literal["audit"] = "audit"
    payload: str


def test_channels_and_messages_beside_the_consumers_are_added(
    read_back: Callable[..., Any],
) -> None:
    audit = {"$ref": "#/components/messages/Audit"}
    extra: dict[str, dict[str, Any]] = {
        "channels": {
            "audits": {
                "address": "audit.*",
                "description": "A topic.",
                "messages": {"Audit": audit},
            }
        },
        "operations": {
            "audits.publish": {
                "action": "send",
                "summary": "Publish what was done.",
                "channel": {"$ref": "#/channels/audits"},
                "messages": [{"$ref": "#/channels/audits/messages/Audit"}],
            }
        },
        "components": {"tags": {"internal": {"name": "internal"}}},
    }
    routes = [RouteInfo(path="/", consumer=RoomConsumer)]
    document = AsyncAPIGenerator(routes, messages=[Audit], extra=extra).generate()
    assert document["channels"].keys() == {"room", "audits"}
    assert document["components"]["messages"]["Audit"]["name"] == "audit"
    assert "room.ping" in document["operations"]
    assert document["operations"]["audits.publish"] == extra["operations"]["audits.publish"]
    assert document["components"]["tags"] == {"internal": {"name": "internal"}}
    del document["components"]["tags"]
    document["channels"]["audits"]["address"] = "/audits"
    read_back(document)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"extra": {"channels": {"room": {}}}}, "/channels/room comes from the routes already"),
        ({"extra": {"components": {"schemas": {"Said": {}}}}}, "/components/schemas/Said comes"),
        ({"extra": {"servers": {}}}, r"extra=\{'servers': ...\}: give AsyncAPI's objects"),
        ({"extra": {"channels": []}}, "give AsyncAPI's objects by their keys"),
        ({"extra": []}, r"extra=\[\]: give a dictionary"),
        ({"messages": [BaseMessage]}, "give a list of message classes"),
        ({"messages": Audit}, "give a list of message classes"),
    ],
)
def test_what_cannot_be_added_is_refused(config: Any, said: str) -> None:
    routes = [RouteInfo(path="/", consumer=RoomConsumer)]
    with pytest.raises(ConfigurationError, match=said):
        AsyncAPIGenerator(routes, **config).generate()
