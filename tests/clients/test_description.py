"""What clients know of a document."""

import json
from typing import Any

import pytest

from chanx.asyncapi.clients import Description, describe
from chanx.asyncapi.clients.description import ClientOperation
from chanx.asyncapi.clients.preparing import prepare
from chanx.asyncapi.clients.shapes import (
    ANYTHING,
    ListOf,
    Literals,
    MapOf,
    OneOf,
    Record,
    Reference,
    Scalar,
    TupleOf,
)
from chanx.cli.applications import document_of

NO_FILES: dict[str, Any] = {}


def chat() -> Description:
    document = document_of("fastapi_chat.main:app", {}, is_factory_named=False)
    return describe(document.content)


def schema_of(schema: Any, **components: Any) -> Description:
    """The description of a document with one message that is received."""
    return describe(
        {
            "asyncapi": "3.0.0",
            "info": {"title": "One", "version": "1"},
            "channels": {"all": {"address": "/", "messages": {"Event": {"payload": schema}}}},
            "operations": {"get": {"action": "send", "channel": {"$ref": "#/channels/all"}}},
            "components": {"schemas": components},
        }
    )


def operation(description: Description, name: str) -> ClientOperation:
    (channel,) = description.channels
    return next(item for item in channel.operations if item.name == name)


def fields_of(description: Description, name: str) -> dict[str, Any]:
    (found,) = [item for item in description.types if item.name == name]
    assert isinstance(found.shape, Record)
    return {field.name: field.shape for field in found.shape.fields}


def test_a_connection_of_the_example() -> None:
    (channel,) = chat().channels
    assert (channel.name, channel.address, channel.telling) == (
        "room",
        "/ws/rooms/{room}",
        "action",
    )
    assert [item.name for item in channel.parameters] == ["room"]
    assert [item.name for item in channel.query] == ["name"]
    assert [item.name for item in channel.cookies] == ["visitor"]
    assert channel.headers == ()
    assert channel.correlation == ("ref",)
    assert channel.correlation_kind == "integer"
    assert channel.ready is not None
    assert channel.ready.name == "Welcome"
    assert channel.limits.max_message_size == 16 * 1024
    assert channel.limits.burst == 30
    assert channel.heartbeat is not None
    assert (channel.heartbeat.ping, channel.heartbeat.interval) == ({"action": "ping"}, 20)
    assert channel.close_codes[4409].retry == "never"


@pytest.mark.parametrize(
    ("limits", "rate"),
    [
        ({"maxMessageSize": 9}, (None, None)),
        ({"messagesPerSecond": 5, "burst": 30}, (5, 30)),
        ({"messagesPerSecondPerUser": 2.5, "burstPerUser": 7}, (2.5, 7)),
        (
            {
                "messagesPerSecond": 5,
                "burst": 3,
                "messagesPerSecondPerUser": 2.5,
                "burstPerUser": 7,
            },
            (2.5, 3),
        ),
        ({"messagesPerSecond": True}, (None, None)),
        ({"messagesPerSecond": 0, "burst": -1, "burstPerUser": 7}, (None, 7)),
        ({"messagesPerSecond": float("inf")}, (None, None)),
    ],
    ids=["none", "connection", "user", "both", "nonsense", "nothing", "endless"],
)
def test_a_client_keeps_to_the_lower_of_two_rates(limits: dict[str, Any], rate: Any) -> None:
    (channel,) = describe(
        {"asyncapi": "3.0.0", "channels": {"all": {"address": "/", "x-limits": limits}}}
    ).channels
    assert (channel.limits.messages_per_second, channel.limits.burst) == rate


def test_what_is_received_unasked_is_told_from_replies() -> None:
    (channel,) = chat().channels
    assert [message.key for message in channel.pushes] == [
        "announcement",
        "deleted",
        "edited",
        "error",
        "presence",
        "said",
        "welcome",
    ]
    assert "answer_word" in [message.key for message in channel.incoming]


def test_a_request_has_the_fields_of_its_payload_as_arguments() -> None:
    edit = operation(chat(), "edit")
    assert (edit.kind, edit.wrapped) == ("request", "payload")
    assert [item.name for item in edit.arguments or ()] == ["text", "id"]
    assert [message.name for message in edit.replies] == ["Edited"]
    assert [message.name for message in edit.refusals] == ["Rejected", "ErrorMessage"]
    assert edit.message.constants == {"action": "edit"}


def test_a_stream_knows_its_end_and_what_cancels_it() -> None:
    ask = operation(chat(), "ask")
    assert (ask.kind, ask.cancel) == ("stream", "stop")
    assert [message.name for message in ask.end] == ["AnswerEnd"]


def test_a_request_that_is_only_completed_has_no_reply() -> None:
    stop = operation(chat(), "stop")
    assert (stop.kind, stop.replies, stop.is_empty_possible) == ("request", (), True)
    assert stop.is_idempotent


def test_types_know_their_directions() -> None:
    directions = {item.name: (item.is_sent, item.is_received) for item in chat().types}
    assert directions["EditPayload"] == (True, False)
    assert directions["ChatMessage"] == (False, True)
    assert directions["TextPayload"] == (True, True)


def test_shapes_of_schemas() -> None:
    schema = {
        "type": "object",
        "properties": {
            "any": {},
            "text": {"type": "string", "format": "date"},
            "maybe": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "list": {"type": ["array", "null"], "items": {"type": "integer"}},
            "pair": {"type": "array", "items": [{"type": "string"}], "additionalItems": False},
            "map": {"type": "object", "additionalProperties": {"type": "number"}},
            "one": {"enum": ["a", 1, True, 1]},
            "inner": {"type": "object", "properties": {"deep": {"const": None}}},
        },
    }
    described = schema_of(schema)
    fields = fields_of(described, "Event")
    assert fields == {
        "any": ANYTHING,
        "text": Scalar("string", "date"),
        "maybe": OneOf((Scalar("string"), Scalar("null"))),
        "list": OneOf((ListOf(Scalar("integer")), Scalar("null"))),
        "pair": TupleOf((Scalar("string"),), None),
        "map": MapOf(Scalar("number")),
        "one": Literals(("a", 1, True)),
        "inner": Reference("EventInner"),
    }
    assert fields_of(described, "EventInner") == {"deep": Literals((None,))}


def test_what_holds_together_is_merged_and_references_keep_their_names() -> None:
    described = schema_of(
        {
            "allOf": [
                {"$ref": "#/components/schemas/Base"},
                {"type": "object", "properties": {"more": {"$ref": "#/components/schemas/Leaf"}}},
            ]
        },
        Base={"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]},
        Leaf={"type": "object", "properties": {"leaf": {"$ref": "#/components/schemas/Leaf"}}},
    )
    assert fields_of(described, "Event") == {"id": Scalar("integer"), "more": Reference("Leaf")}
    assert fields_of(described, "Leaf") == {"leaf": Reference("Leaf")}


def test_a_union_within_what_holds_together_is_distributed() -> None:
    parts = [
        {"properties": {"kind": {"const": kind}, kind: {"type": "string"}}, "required": ["kind"]}
        for kind in ("open", "shut")
    ]
    base = {"type": "object", "properties": {"id": {"type": "integer"}}}
    described = schema_of({"allOf": [base, {"oneOf": parts}]})
    (message,) = described.channels[0].incoming
    assert message.tags == {"kind": ("open", "shut")}
    assert {item.name for item in described.types} == {"Event", "EventOpenType", "EventShut"}


def test_the_names_of_equal_types_of_two_channels_have_those_of_their_channels() -> None:
    described = describe(
        {
            "channels": {
                name: {
                    "address": f"/{name}",
                    "messages": {"Status": {"payload": {"properties": {name: {}}}}},
                }
                for name in ("cats", "dogs")
            },
            "operations": {},
        }
    )
    assert [item.name for item in described.types] == ["StatusCats", "StatusDogs"]


@pytest.mark.parametrize(("interval", "taken"), [(20, 20), (0, None), (-1, None), (True, None)])
def test_a_heartbeat_takes_some_time(interval: Any, taken: float | None) -> None:
    messages = "#/channels/all/messages"
    known = {
        name: {"payload": {"type": "object", "properties": {"action": {"const": name}}}}
        for name in ("ping", "pong")
    }
    (channel,) = describe(
        {
            "asyncapi": "3.0.0",
            "channels": {
                "all": {
                    "address": "/",
                    "messages": known,
                    "x-heartbeat": {
                        "operation": {"$ref": "#/operations/beat"},
                        "interval": interval,
                    },
                }
            },
            "operations": {
                "beat": {
                    "action": "receive",
                    "channel": {"$ref": "#/channels/all"},
                    "messages": [{"$ref": f"{messages}/ping"}],
                    "reply": {"messages": [{"$ref": f"{messages}/pong"}]},
                }
            },
        }
    ).channels
    assert channel.heartbeat is not None
    assert channel.heartbeat.interval == taken


def asking(pong: dict[str, Any], **reply: Any) -> Description:
    """The description of a document whose server asks whether clients are there."""

    def message(action: str, **properties: Any) -> dict[str, Any]:
        known = {"action": {"const": action}, **properties}
        return {"payload": {"type": "object", "properties": known, "required": [*known]}}

    messages = "#/channels/all/messages"
    return describe(
        {
            "asyncapi": "3.0.0",
            "channels": {
                "all": {
                    "address": "/",
                    "messages": {
                        "Ping": message("ping"),
                        "Pong": message("pong", **pong),
                        "Told": message("told"),
                    },
                }
            },
            "operations": {
                "look": {
                    "action": "send",
                    "channel": {"$ref": "#/channels/all"},
                    "messages": [{"$ref": f"{messages}/Ping"}],
                    "reply": {"messages": [{"$ref": f"{messages}/Pong"}]},
                    **reply,
                },
                "tell": {
                    "action": "send",
                    "channel": {"$ref": "#/channels/all"},
                    "messages": [{"$ref": f"{messages}/Told"}],
                },
            },
        }
    )


def test_a_client_answers_the_servers_heartbeat_by_itself() -> None:
    (channel,) = asking({}).channels
    assert channel.server_heartbeat is not None
    assert channel.server_heartbeat.ping.key == "ping"
    assert channel.server_heartbeat.pong.constants == {"action": "pong"}
    assert [message.key for message in channel.pushes] == ["told"]
    assert channel.operations == ()


def test_a_ping_of_the_server_that_asks_for_more_or_nothing_is_left_to_users() -> None:
    for described in (asking({"load": {"type": "number"}}), asking({}, reply=None)):
        (channel,) = described.channels
        assert channel.server_heartbeat is None
        assert [message.key for message in channel.pushes] == ["ping", "told"]
    (channel,) = asking({"load": {"type": "number"}}).channels
    assert [item.name for item in channel.operations] == ["pong"]


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({}, ("bye", ("in", "seconds"))),
        ({"retryAfter": "in"}, None),
        ({"message": {"$ref": "#/channels/a/messages/Other"}}, None),
    ],
)
def test_a_client_knows_where_the_server_says_when_to_come_back(
    changed: dict[str, Any], where: Any
) -> None:
    said = {"properties": {"kind": {"const": "bye"}, "in": {"type": "object"}}}
    back = {
        "message": {"$ref": "#/channels/a/messages/Bye"},
        "retryAfter": "$message.payload#/in/seconds",
    }
    told = {"const": "told"}
    messages = {"Bye": {"payload": said}, "Told": {"payload": {"properties": {"kind": told}}}}
    channel = {"address": "/a", "messages": messages, "x-reconnect": {**back, **changed}}
    operation = {
        "action": "send",
        "channel": {"$ref": "#/channels/a"},
        "messages": [{"$ref": "#/channels/a/messages/Told"}],
    }
    description = describe(
        {
            "asyncapi": "3.0.0",
            "info": {"title": "A", "version": "1"},
            "channels": {"a": channel},
            "operations": {
                "tell": operation,
                "leave": {**operation, "messages": [{"$ref": "#/channels/a/messages/Bye"}]},
            },
        }
    )
    reconnect = description.channels[0].reconnect
    assert (reconnect and (reconnect.message.key, reconnect.retry_after)) == where


def test_channels_with_one_address_are_one_connection() -> None:
    ping = {"payload": {"properties": {"op": {"const": "ping"}, "id": {"type": "integer"}}}}
    correlated = {"correlationId": {"location": "$message.payload#/id"}}
    pong = {"payload": {"properties": {"op": {"const": "pong"}, "id": {"type": "integer"}}}}
    described = describe(
        {
            "channels": {
                "ping": {"address": "/", "messages": {"ping": ping | correlated}},
                "pong": {"address": "/", "messages": {"pong": pong | correlated}},
            },
            "operations": {
                "ping": {
                    "action": "receive",
                    "channel": {"$ref": "#/channels/ping"},
                    "reply": {"channel": {"$ref": "#/channels/pong"}},
                }
            },
        }
    )
    (channel,) = described.channels
    (found,) = channel.operations
    assert channel.keys == ("ping", "pong")
    assert (found.kind, [reply.name for reply in found.replies]) == ("request", ["Pong"])


def test_a_document_of_the_client_is_turned() -> None:
    prepared = prepare(
        {
            "channels": {"all": {"address": "/", "messages": {"Hi": {"payload": {}}}}},
            "operations": {"hi": {"action": "send", "channel": {"$ref": "#/channels/all"}}},
        },
        read_file=NO_FILES.__getitem__,
        role="client",
    )
    (channel,) = describe(prepared.document).channels
    assert [item.name for item in channel.operations] == ["hi"]


def test_a_missing_correlation_is_hinted_at() -> None:
    message = {"payload": {"properties": {"request_id": {"type": "string"}}}}
    described = describe(
        {
            "channels": {"all": {"address": "/", "messages": {"ask": message, "answer": message}}},
            "operations": {
                "ask": {
                    "action": "receive",
                    "channel": {"$ref": "#/channels/all"},
                    "messages": [{"$ref": "#/channels/all/messages/ask"}],
                    "reply": {"messages": [{"$ref": "#/channels/all/messages/answer"}]},
                }
            },
        }
    )
    (note,) = described.notes
    assert "'request_id'" in note.text
    assert "--patch" in note.text
    assert operation(described, "ask").kind == "send"


def test_what_a_document_refers_to_in_other_files_is_described() -> None:
    files: dict[str, Any] = {
        "common.yaml": {
            "Said": {"payload": {"$ref": "#/schemas/Text"}},
            "schemas": {"Text": {"properties": {"text": {"type": "string"}}}},
        }
    }
    prepared = prepare(
        {
            "channels": {
                "all": {"address": "/", "messages": {"Said": {"$ref": "common.yaml#/Said"}}}
            },
            "operations": {"said": {"action": "send", "channel": {"$ref": "#/channels/all"}}},
        },
        read_file=files.__getitem__,
    )
    assert prepared.dangling == ()
    assert fields_of(describe(prepared.document), "Text") == {"text": Scalar("string")}


def test_whole_channels_and_operations_may_stand_in_other_files() -> None:
    def asked(kind: str) -> dict[str, Any]:
        return {"properties": {"kind": {"const": kind}, "id": {"type": "string"}}}

    files: dict[str, Any] = {
        "parts/servers.yaml": {"main": {"host": "chat.example.org", "protocol": "wss"}},
        "parts/channels.yaml": {
            "room": {
                "address": "/room",
                "messages": {
                    "Ask": {"payload": {"oneOf": [asked("say"), asked("edit")]}},
                    "Answer": {"$ref": "messages.yaml"},
                },
            }
        },
        "parts/messages.yaml": {"payload": asked("answer")},
        "parts/operations.yaml": {
            "ask": {
                "action": "receive",
                "channel": {"$ref": "../main.yaml#/channels/room"},
                "messages": [{"$ref": "channels.yaml#/room/messages/Ask"}],
                "reply": {"messages": [{"$ref": "channels.yaml#/room/messages/Answer"}]},
            }
        },
    }
    document: dict[str, Any] = {
        "servers": {"main": {"$ref": "parts/servers.yaml#/main"}},
        "channels": {"room": {"$ref": "parts/channels.yaml#/room"}},
        "operations": {"ask": {"$ref": "parts/operations.yaml#/ask"}},
    }
    files["main.yaml"] = document
    described = describe(prepare(document, read_file=files.__getitem__).document)
    [channel] = described.channels
    assert (channel.address, channel.servers) == ("/room", ("wss://chat.example.org",))
    assert [item.kind for item in channel.operations] == ["send"]
    # What the report proposes is a patch that can be used as it is.
    [note] = described.notes
    patch = json.loads(note.text.partition("--patch: ")[2])
    patched = describe(prepare(document, read_file=files.__getitem__, patch=patch).document)
    [channel] = patched.channels
    assert [item.kind for item in channel.operations] == ["request"]
    assert (channel.correlation, patched.notes) == (("id",), ())


def test_every_reference_that_leads_nowhere_is_told() -> None:
    prepared = prepare(
        {
            "channels": {
                "all": {
                    "messages": {
                        "A": {"$ref": "gone.yaml#/A"},
                        "B": {"$ref": "#/components/messages/B"},
                        "C": {"$ref": "https://example.com/c.json"},
                    }
                }
            }
        },
        read_file=NO_FILES.__getitem__,
    )
    assert [item.pointer for item in prepared.dangling] == [
        f"/channels/all/messages/{key}" for key in "ABC"
    ]
    assert "other hosts" in prepared.dangling[2].reason
