"""Each check finds what it is for, and says where."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from chanx.asyncapi import lint


def document() -> dict[str, Any]:
    """A document in which nothing is wrong."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Chat", "version": "1"},
        "servers": {
            "main": {
                "host": "{region}.example.com",
                "protocol": "wss",
                "variables": {"region": {"default": "eu"}},
            }
        },
        "channels": {
            "room": {
                "address": "/rooms/{room}",
                "summary": "A room.",
                "parameters": {"room": {}},
                "messages": {
                    "Say": {"$ref": "#/components/messages/Say"},
                    "Said": {"$ref": "#/components/messages/Said"},
                },
            },
            "other": {"address": "/other", "summary": "Another.", "messages": {}},
        },
        "operations": {
            "room.say": {
                "action": "receive",
                "channel": {"$ref": "#/channels/room"},
                "summary": "Say it.",
                "messages": [{"$ref": "#/channels/room/messages/Say"}],
                "reply": {
                    "channel": {"$ref": "#/channels/room"},
                    "messages": [{"$ref": "#/channels/room/messages/Said"}],
                },
            },
            "other.tell": {
                "action": "send",
                "channel": {"$ref": "#/channels/other"},
                "summary": "Tell.",
            },
        },
        "components": {
            "messages": {
                name: {
                    "name": name.lower(),
                    "summary": "A message.",
                    "payload": {"$ref": f"#/components/schemas/{name}"},
                    "examples": [{"payload": {"action": name.lower()}}],
                }
                for name in ("Say", "Said")
            },
            "schemas": {
                name: {
                    "type": "object",
                    "properties": {"action": {"const": name.lower()}},
                    "required": ["action"],
                }
                for name in ("Say", "Said")
            },
        },
    }


def set_at(value: Any, *path: Any) -> Callable[[dict[str, Any]], None]:
    """A change that puts a value somewhere."""

    def change(target: dict[str, Any]) -> None:
        found: Any = target
        for key in path[:-1]:
            found = found[key]
        found[path[-1]] = value

    return change


def drop(*path: Any) -> Callable[[dict[str, Any]], None]:
    """A change that takes something away."""

    def change(target: dict[str, Any]) -> None:
        found: Any = target
        for key in path[:-1]:
            found = found[key]
        del found[path[-1]]

    return change


SAY = ("components", "schemas", "Say")
SAID = ("components", "messages", "Said")

CASES: list[tuple[Any, str, str]] = [
    (set_at("2.6.0", "asyncapi"), "version", "/asyncapi"),
    (set_at({"address": "/a", "summary": "x"}, "channels", "a b"), "key-pattern", "/channels/a b"),
    (
        set_at("/rooms/{place}", "channels", "room", "address"),
        "undeclared-parameter",
        "/channels/room/parameters",
    ),
    (
        set_at("/rooms", "channels", "room", "address"),
        "unused-parameter",
        "/channels/room/parameters/room",
    ),
    (
        drop("servers", "main", "variables"),
        "undeclared-variable",
        "/servers/main/variables",
    ),
    (
        set_at("example.com", "servers", "main", "host"),
        "unused-variable",
        "/servers/main/variables/region",
    ),
    (set_at("wss://{region}", "servers", "main", "host"), "server-host", "/servers/main/host"),
    (set_at("other?x=1", "channels", "other", "address"), "address", "/channels/other/address"),
    (
        set_at("/rooms/{id}", "channels", "other", "address"),
        "duplicate-address",
        "/channels/other/address",
    ),
    (
        set_at({"$ref": "#/components/schemas/No"}, *SAY, "properties", "x"),
        "dangling-reference",
        "/components/schemas/Say/properties/x/$ref",
    ),
    (
        set_at({"$ref": "#/components/schemas/Said", "default": 1}, *SAY, "properties", "x"),
        "reference-siblings",
        "/components/schemas/Say/properties/x",
    ),
    (
        set_at([{}], *SAY, "prefixItems"),
        "schema-keyword",
        "/components/schemas/Say/prefixItems",
    ),
    (
        set_at({"propertyName": "action"}, *SAY, "discriminator"),
        "discriminator",
        "/components/schemas/Say/discriminator",
    ),
    (
        set_at({"action": "no"}, *SAID, "examples", 0, "payload"),
        "example-mismatch",
        "/components/messages/Said/examples/0/payload",
    ),
    (
        set_at([{"action": "no"}], *SAY, "examples"),
        "example-mismatch",
        "/components/schemas/Say/examples/0",
    ),
    (
        set_at({"type": "object"}, "components", "schemas", "Spare"),
        "unused-component",
        "/components/schemas/Spare",
    ),
    (drop(*SAID, "name"), "missing-name", "/components/messages/Said"),
    (drop(*SAID, "summary"), "missing-summary", "/components/messages/Said"),
    (drop("channels", "room", "summary"), "missing-summary", "/channels/room"),
    (drop("operations", "room.say", "summary"), "missing-summary", "/operations/room.say"),
    (set_at(True, *SAID, "x-undescribed"), "undescribed-message", "/components/messages/Said"),
    (
        set_at({"$ref": "#/channels/other"}, "operations", "room.say", "reply", "channel"),
        "foreign-message",
        "/operations/room.say/reply/messages/0",
    ),
]


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert lint(document()) == []


def name_of(value: Any) -> str:
    return str(getattr(value, "__qualname__", value))[:40]


@pytest.mark.parametrize(("change", "code", "pointer"), CASES, ids=name_of)
def test_what_is_wrong_is_found(
    change: Callable[[dict[str, Any]], None], code: str, pointer: str
) -> None:
    wrong = document()
    change(wrong)
    before = copy.deepcopy(wrong)
    found = lint(wrong)
    assert (code, pointer) in [(finding.code, finding.pointer) for finding in found]
    assert all(finding.message and finding.hint for finding in found)
    assert wrong == before


def test_parts_that_stand_in_too_many_places_are_all_that_is_found() -> None:
    part: dict[str, Any] = {"type": "object"}
    for _ in range(20):
        part = {"properties": dict.fromkeys("abcdefghij", part)}
    wrong = document()
    wrong["components"]["schemas"] = {"Bomb": part}
    (finding,) = lint(wrong)
    assert (finding.code, finding.severity) == ("repeated-parts", "error")


def test_a_part_may_stand_in_several_places_and_be_large() -> None:
    good = document()
    values = [f"v{index}" for index in range(100_000)]
    said = good["components"]["schemas"]["Said"]
    said["properties"] |= {"one": {"enum": values}, "other": {"enum": values}}
    assert lint(good) == []


def test_references_that_multiply_are_followed_once() -> None:
    good = document()
    schemas: dict[str, Any] = {"Part20": {"type": "object"}}
    for index in range(20):
        link = {"$ref": f"#/components/schemas/Part{index + 1}"}
        schemas[f"Part{index}"] = {"allOf": [link] * 10, "anyOf": [link] * 10}
    good["components"]["schemas"] |= schemas
    said = good["components"]["schemas"]["Said"]
    said |= {"allOf": [{"$ref": "#/components/schemas/Part0"}], "discriminator": "kind"}
    message = good["components"]["messages"]["Said"]
    message["correlationId"] = {"location": "$message.payload#/kind/of/it"}
    good["operations"]["other.tell"]["channel"] = {"$ref": "#/channels/room"}
    assert {*codes(good)} == {"channel-without-operation", "discriminator"}


def test_messages_that_one_frame_matches_are_found() -> None:
    wrong = document()
    wrong["operations"]["room.say"]["messages"].append({"$ref": "#/channels/room/messages/Said"})
    assert lint(wrong) == []
    wrong["components"]["schemas"]["Said"]["properties"]["action"] = {"type": "string"}
    assert [finding.code for finding in lint(wrong)] == ["ambiguous-message"]


def test_an_ambiguous_message_is_pointed_at_whatever_its_key() -> None:
    wrong = document()
    messages = wrong["channels"]["room"]["messages"]
    messages["A/b"] = {"name": "a", "summary": "Without a payload."}
    wrong["operations"]["room.say"]["messages"].append({"$ref": "#/channels/room/messages/A~1b"})
    [finding] = lint(wrong)
    assert finding.pointer == "/channels/room/messages/A~1b"


def test_replies_in_components_are_checked_too() -> None:
    wrong = document()
    operation = wrong["operations"]["room.say"]
    wrong["components"]["replies"] = {"said": operation["reply"]}
    operation["reply"] = {"$ref": "#/components/replies/said"}
    assert lint(wrong) == []
    wrong["components"]["replies"]["said"]["messages"] = [{"$ref": "#/components/messages/Said"}]
    [finding] = lint(wrong)
    assert (finding.code, finding.pointer) == (
        "foreign-message",
        "/components/replies/said/messages/0",
    )


def codes(document: dict[str, Any]) -> list[str]:
    return [finding.code for finding in lint(document)]


def test_operations_without_a_list_have_all_messages_of_their_channel() -> None:
    wrong = document()
    operation = wrong["operations"]["room.say"]
    del operation["messages"]
    assert lint(wrong) == []
    wrong["components"]["schemas"]["Said"]["properties"]["action"] = {"type": "string"}
    assert codes(wrong) == ["ambiguous-message"]
    del operation["reply"]["messages"]
    assert codes(wrong) == ["ambiguous-message"]  # in both directions, for one cause


def multi_format(language: str, **schema: Any) -> dict[str, Any]:
    return {"schemaFormat": language, "schema": schema}


DRAFT_07 = "application/schema+json;version=draft-07"
AVRO = "application/vnd.apache.avro;version=1.9.0"


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "array"},
        {"type": ["string", "null"]},
        {"oneOf": [{"$ref": "#/components/schemas/Said"}]},
        {"allOf": [{"$ref": "#/components/schemas/Said"}]},
        {"$ref": "elsewhere.yaml#/Said"},
        multi_format(AVRO, type="int"),
        multi_format(DRAFT_07, type="string"),
        multi_format(DRAFT_07, **{"$ref": "#/components/schemas/Said"}),
    ],
    ids=str,
)
def test_messages_that_are_told_apart_are_not_ambiguous(payload: dict[str, Any]) -> None:
    right = document()
    right["components"]["schemas"]["Said"]["properties"]["action"] = {"enum": ["said", "told"]}
    right["channels"]["room"]["messages"]["Third"] = {
        "name": "third",
        "summary": "Another.",
        "payload": payload,
    }
    operation = right["operations"]["room.say"]
    operation["messages"].append({"$ref": "#/channels/room/messages/Third"})
    assert {*codes(right)} <= {"unread-file"}


def test_what_refers_to_itself_ends() -> None:
    right = document()
    right["components"]["schemas"]["Say"]["allOf"] = [{"$ref": "#/components/schemas/Say"}]
    assert codes(right) == ["reference-cycle"]
    right["channels"]["other"]["messages"]["Loop"] = {"$ref": "#/channels/other/messages/Loop/x"}
    assert codes(right) == ["dangling-reference", "reference-cycle"]


def test_references_are_read_as_tools_do() -> None:
    """Through other references, and with percent signs for what URIs do not hold."""
    right = document()
    right["components"]["channels"] = {"room": right["channels"]["room"]}
    right["channels"]["room"] = {"$ref": "#/components/channels/room"}
    schemas = right["components"]["schemas"]
    schemas["Say"]["properties"]["what"] = {"$ref": "#/components/schemas/a%20b~1c/properties/d"}
    schemas["a b/c"] = {"properties": {"d": {}}}
    assert codes(right) == ["key-pattern"]


def test_what_stands_in_components_is_checked_too() -> None:
    wrong = document()
    room = wrong["channels"]["room"]
    wrong["components"]["channels"] = {"room": {**room, "address": "/rooms"}}
    wrong["channels"]["room"] = {"$ref": "#/components/channels/room"}
    wrong["components"]["servers"] = {"main": {**wrong["servers"]["main"], "variables": {}}}
    wrong["servers"]["main"] = {"$ref": "#/components/servers/main"}
    wrong["components"]["schemas"]["Say"]["definitions"] = {"x": {"prefixItems": []}}
    assert [(finding.code, finding.pointer) for finding in lint(wrong)] == [
        ("unused-parameter", "/components/channels/room/parameters/room"),
        ("schema-keyword", "/components/schemas/Say/definitions/x/prefixItems"),
        ("undeclared-variable", "/components/servers/main/variables"),
    ]


def test_a_schema_of_a_named_language_is_checked_if_it_is_asyncapis_own() -> None:
    wrong = document()
    wrong["components"]["messages"]["Said"] |= {
        "payload": multi_format(DRAFT_07, type="string", nullable=True),
        "headers": multi_format(AVRO, type="string", nullable=True),  # nobody's keyword in Avro
        "examples": [{"payload": 1, "headers": {"a": 1}}],
    }
    del wrong["components"]["schemas"]["Said"]
    assert [(finding.code, finding.pointer) for finding in lint(wrong)] == [
        ("example-mismatch", "/components/messages/Said/examples/0/payload"),
        ("schema-keyword", "/components/messages/Said/payload/schema/nullable"),
    ]


def test_an_address_need_not_be_a_path_where_no_web_server_is() -> None:
    kafka = document()
    kafka["servers"]["main"]["protocol"] = "kafka"
    kafka["channels"]["room"]["address"] = "rooms.{room}.said"
    assert lint(kafka) == []
    kafka["channels"]["room"]["address"] = "rooms.{room}#said"
    assert codes(kafka) == ["address"]
    kafka["channels"]["room"] |= {"address": "rooms.{room}", "bindings": {"ws": {}}}
    del kafka["servers"]
    assert codes(kafka) == ["address"]


def test_a_trait_may_say_what_a_message_does_not() -> None:
    right = document()
    said = right["components"]["messages"]["Said"]
    told = {"name": said.pop("name"), "summary": said.pop("summary")}
    right["components"]["messageTraits"] = {"told": told}
    said["traits"] = [{"$ref": "#/components/messageTraits/told"}]
    assert lint(right) == []


@pytest.mark.parametrize(
    ("schema", "example"),
    [
        ({"type": "integer"}, float("inf")),
        ({"type": "integer"}, float("nan")),
        ({"multipleOf": 0.1}, float("inf")),
        ({"multipleOf": 0.1}, 10**400),
    ],
)
def test_numbers_that_no_float_holds_break_nothing(schema: dict[str, Any], example: float) -> None:
    wrong = document()
    number = {**schema, "examples": [example]}
    wrong["components"]["schemas"]["Say"]["properties"]["number"] = number
    assert codes(wrong) == ["example-mismatch"]


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("[[a]", None),
        (r"^\p{L}+$", None),
        ("(", "pattern"),
        ("(" * 5000, "pattern"),
        ("(?i)a", "pattern"),
        (r"\-a", "pattern-flag"),
        ("(?=a)", "undecided-pattern"),
        ("a{99999999999}", "undecided-pattern"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_pattern_is_one_of_javascript(pattern: str, code: str | None) -> None:
    wrong = document()
    said = wrong["components"]["schemas"]["Said"]
    said["properties"]["text"] = {"pattern": pattern, "type": "string"}
    said["patternProperties"] = {pattern: {"type": "string"}}
    assert {*codes(wrong)} == ({code} if code else set())


def test_data_is_not_taken_for_schemas() -> None:
    harmless = document()
    schema = harmless["components"]["schemas"]["Say"]
    schema["properties"]["shown"] = {"default": {"$ref": "#/no"}}
    schema["properties"]["fixed"] = {"const": {"prefixItems": 1, "$ref": "#/no"}}
    schema["properties"]["examples"] = {"type": "array"}
    schema["x-more"] = {"$ref": "#/no"}
    assert lint(harmless) == []


def test_a_finding_reads_as_one_line() -> None:
    wrong = document()
    wrong["asyncapi"] = "2.6.0"
    (finding,) = lint(wrong)
    assert str(finding).startswith("/asyncapi: error version: The version is '2.6.0'.")
