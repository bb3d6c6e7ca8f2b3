"""What is read out of a document, as values."""

import copy
from typing import Any

from chanx.asyncapi.reading import Channel, Contents, Message, SchemaRoot, read
from chanx.asyncapi.telling import Telling, telling_of

DOCUMENT: dict[str, Any] = {
    "asyncapi": "3.0.0",
    "servers": {
        "main": {"$ref": "#/components/servers/main"},
        "test": {"host": "test.example.org", "protocol": "ws"},
    },
    "channels": {
        "room": {"$ref": "#/components/channels/room"},
        "lobby": {
            "address": "/lobby",
            "servers": [{"$ref": "#/servers/test"}],
            "messages": {"Hello": {"payload": {"type": "string"}, "name": "hello"}},
        },
    },
    "operations": {
        "say": {
            "action": "receive",
            "channel": {"$ref": "#/channels/room"},
            "x-stream": True,
            "messages": [{"$ref": "#/channels/room/messages/a~1b"}],
            "reply": {"$ref": "#/components/replies/said"},
        },
        "greet": {
            "action": "send",
            "channel": {"$ref": "#/channels/lobby"},
            "reply": {"messages": [{"$ref": "#/channels/lobby/messages/Hello"}]},
        },
    },
    "components": {
        "servers": {
            "main": {"host": "{region}.example.org", "variables": {"region": {"default": "eu"}}}
        },
        "channels": {
            "room": {
                "address": "/rooms/{room}",
                "parameters": {"room": {}},
                "bindings": {"$ref": "#/components/channelBindings/query"},
                "messages": {
                    "a/b": {"$ref": "#/components/messages/Say"},
                    "Lost": {"$ref": "#/components/messages/Lost"},
                },
            }
        },
        "channelBindings": {"query": {"ws": {"query": {"type": "object"}}}},
        "replies": {"said": {"channel": {"$ref": "#/channels/lobby"}}},
        "messageTraits": {
            "loud": {"summary": "Loud.", "name": "noise"},
            "soft": {"summary": "Soft.", "description": "Only a trait says it."},
        },
        "messages": {
            "Say": {
                "name": "say",
                "traits": [
                    {"$ref": "#/components/messageTraits/loud"},
                    {"$ref": "#/components/messageTraits/soft"},
                ],
                "payload": {
                    "schemaFormat": "application/vnd.aai.asyncapi;version=3.0.0",
                    "schema": {"$ref": "#/components/schemas/Say"},
                },
                "headers": {"schemaFormat": "application/vnd.apache.avro", "schema": {}},
            }
        },
        "schemas": {
            "Say": {
                "allOf": [
                    {"required": ["kind"]},
                    {
                        "oneOf": [
                            {"$ref": "#/components/schemas/A"},
                            {"$ref": "#/components/schemas/B"},
                        ]
                    },
                ]
            },
            **{
                name: {"required": ["kind"], "properties": {"kind": {"const": name}}}
                for name in "AB"
            },
        },
    },
}


def contents() -> Contents:
    return read(copy.deepcopy(DOCUMENT))


def channel(found: Contents, pointer: str) -> Channel:
    return next(item for item in found.channels if item.pointer == pointer)


def message(found: Contents, pointer: str) -> Message:
    return next(item for item in found.messages if item.pointer == pointer)


def test_each_part_is_read_once_where_it_is_described() -> None:
    found = contents()
    assert [item.pointer for item in found.servers] == ["/servers/test", "/components/servers/main"]
    assert [item.pointer for item in found.channels] == [
        "/channels/lobby",
        "/components/channels/room",
    ]
    assert [item.pointer for item in found.messages] == [
        "/channels/lobby/messages/Hello",
        "/components/messages/Say",
    ]


def test_a_channel_has_its_servers_messages_and_query_wherever_they_stand() -> None:
    found = contents()
    room, lobby = channel(found, "/components/channels/room"), channel(found, "/channels/lobby")
    assert [server.host for server in room.servers] == ["{region}.example.org", "test.example.org"]
    assert [server.host for server in lobby.servers] == ["test.example.org"]
    assert room.query == SchemaRoot(
        "/components/channelBindings/query/ws/query", {"type": "object"}
    )
    assert (room.protocols, lobby.query) == (frozenset({"ws"}), None)
    assert room.messages["a/b"].target is message(found, "/components/messages/Say")


def test_a_reference_that_leads_nowhere_is_a_link_without_a_target() -> None:
    lost = channel(contents(), "/components/channels/room").messages["Lost"]
    assert (lost.reference, lost.target) == ("#/components/messages/Lost", None)


def test_an_operation_knows_its_channel_messages_and_reply() -> None:
    found = contents()
    say, greet = found.operations
    assert (say.action, say.extensions) == ("receive", {"x-stream": True})
    assert say.channel.target is channel(found, "/components/channels/room")
    assert [link.target for link in say.messages] == [message(found, "/components/messages/Say")]
    assert say.reply is not None
    assert say.reply.pointer == "/components/replies/said"
    assert say.reply.channel.target is channel(found, "/channels/lobby")
    hello = message(found, "/channels/lobby/messages/Hello")
    # Without a list it is all messages of the channel.
    assert [(link.reference, link.target) for link in say.reply.messages] == [
        ("#/channels/lobby/messages/Hello", hello)
    ]
    assert [link.target for link in greet.messages] == [hello]
    assert greet.reply is not None
    assert greet.reply.channel == greet.channel


def test_what_a_message_does_not_say_its_last_trait_does() -> None:
    say = message(contents(), "/components/messages/Say")
    assert (say.name, say.summary, say.description) == ("say", "Soft.", "Only a trait says it.")


def test_a_payload_is_a_schema_unless_it_is_in_a_language_of_its_own() -> None:
    found = contents()
    say = message(found, "/components/messages/Say")
    hello = message(found, "/channels/lobby/messages/Hello")
    assert say.payload == SchemaRoot(
        "/components/messages/Say/payload/schema", {"$ref": "#/components/schemas/Say"}
    )
    assert say.headers is None
    assert hello.headers == SchemaRoot("/channels/lobby/messages/Hello/headers", True)


def test_what_tells_a_message_is_found_in_unions_within_others() -> None:
    found = contents()
    say = telling_of(found.document, message(found, "/components/messages/Say"))
    hello = telling_of(found.document, message(found, "/channels/lobby/messages/Hello"))
    assert say == Telling(frozenset(), {"kind": frozenset({"'A'", "'B'"})})
    assert hello == Telling(frozenset({"string"}), {})


def test_any_value_can_be_read() -> None:
    wrong: dict[str, Any] = {"messages": [], "servers": {}, "traits": 5}
    values: tuple[Any, ...] = (None, [], 5, {"room": 5}, {"room": wrong})
    for value in values:
        for key in ("channels", "operations", "servers", "components"):
            found = read({**DOCUMENT, key: value})
            assert found.document[key] == value
