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
            }
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


@pytest.mark.parametrize(("change", "code", "pointer"), CASES, ids=lambda value: str(value)[:40])
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


def test_messages_that_one_frame_matches_are_found() -> None:
    wrong = document()
    wrong["operations"]["room.say"]["messages"].append({"$ref": "#/channels/room/messages/Said"})
    assert lint(wrong) == []
    del wrong["components"]["schemas"]["Said"]["required"]
    assert [finding.code for finding in lint(wrong)] == ["ambiguous-message"]


def test_data_is_not_taken_for_schemas() -> None:
    harmless = document()
    schema = harmless["components"]["schemas"]["Say"]
    schema["properties"]["shown"] = {"default": {"$ref": "#/no"}, "const": {"prefixItems": 1}}
    schema["properties"]["examples"] = {"type": "array"}
    schema["x-more"] = {"$ref": "#/no"}
    assert lint(harmless) == []


def test_a_finding_reads_as_one_line() -> None:
    wrong = document()
    wrong["asyncapi"] = "2.6.0"
    (finding,) = lint(wrong)
    assert str(finding).startswith("/asyncapi: error version: The version is '2.6.0'.")
