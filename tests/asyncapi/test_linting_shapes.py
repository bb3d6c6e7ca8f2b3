"""The linter takes any JSON that calls itself a document, and says where it is of a wrong type."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from chanx.asyncapi import lint
from chanx.asyncapi.walk import is_array, is_object

DOCUMENT: dict[str, Any] = {
    "asyncapi": "3.0.0",
    "info": {"title": "Chat", "version": "1"},
    "servers": {"main": {"host": "example.com", "protocol": "wss", "variables": {}}},
    "channels": {
        "room": {
            "address": "/{room}",
            "summary": "A room.",
            "parameters": {"room": {"description": "Which."}},
            "messages": {"Say": {"$ref": "#/components/messages/Say"}},
            "bindings": {"ws": {"query": {"type": "object", "properties": {"a": {}}}}},
        }
    },
    "operations": {
        "say": {
            "action": "receive",
            "channel": {"$ref": "#/channels/room"},
            "summary": "Say it.",
            "messages": [{"$ref": "#/channels/room/messages/Say"}],
            "reply": {"messages": [{"$ref": "#/channels/room/messages/Say"}]},
        }
    },
    "components": {
        "messages": {
            "Say": {
                "name": "say",
                "summary": "It.",
                "payload": {"$ref": "#/components/schemas/Say"},
                "headers": {"type": "object"},
                "examples": [{"payload": {"action": "say", "words": ["a"]}}],
            }
        },
        "schemas": {
            "Say": {
                "type": ["object", "null"],
                "properties": {
                    "action": {"const": "say"},
                    "words": {
                        "type": "array",
                        "minItems": 1,
                        "uniqueItems": True,
                        "items": {"type": "string", "minLength": 1, "pattern": "^a"},
                    },
                    "number": {"type": "number", "multipleOf": 2, "enum": [2, 4]},
                },
                "patternProperties": {"^x": {"not": {"type": "null"}}},
                "allOf": [{"anyOf": [{"required": ["action"]}]}],
                "additionalProperties": False,
                "required": ["action"],
            }
        },
    },
}

VALUES: list[Any] = [
    None, 5, 1.5, True, "x", "", "(", [], {}, [1], ["a"], [[]], [None], {"a": 1}, {"a": {"b": [1]}},
    {"$ref": 5}, {"$ref": "#"}, {"$ref": "#/channels"}, {"$ref": "#/nowhere"},
]  # fmt: skip


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items: Any = ()
    if is_object(value):
        items = value.items()
    elif is_array(value):
        items = enumerate(value)
    for key, item in items:
        yield (*path, key)
        yield from paths(item, (*path, key))


def changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    document = copy.deepcopy(DOCUMENT)
    place: Any = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return document


def test_nothing_is_wrong_with_the_document_that_is_changed_below() -> None:
    assert lint(DOCUMENT) == []


@pytest.mark.parametrize("path", list(paths(DOCUMENT)), ids=lambda path: "/".join(map(str, path)))
def test_no_value_in_any_place_breaks_the_linter(path: tuple[Any, ...]) -> None:
    for value in VALUES:
        document = changed(path, value)
        for finding in lint(document):
            assert finding.pointer.startswith("/")
            assert finding.hint


STRANGE: dict[str, Any] = {
    "type": [[]],
    "oneOf": 5,
    "allOf": {},
    "required": 5,
    "properties": [5],
    "messages": [],
    "parameters": 5,
    "servers": {},
    "bindings": {"ws": []},
    "traits": 5,
    "examples": 5,
    "host": [],
    "channel": [],
    "reply": 5,
}


@pytest.mark.parametrize(
    "path",
    [path for path in paths(DOCUMENT) if path[-1] == "$ref"],
    ids=lambda path: "/".join(map(str, path)),
)
def test_a_reference_to_anything_breaks_nothing(path: tuple[Any, ...]) -> None:
    targets = [f"#/{'/'.join(map(str, target))}" for target in paths(DOCUMENT)]
    for reference in [*targets, "#/x-strange", "", "#", "x.yaml"]:
        document = changed(path, reference)
        document["x-strange"] = STRANGE
        for finding in lint(document):
            assert finding.pointer.startswith("/")


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("channels",), [], "This is an array, not an object."),
        (("operations", "say", "messages"), {}, "This is an object, not an array."),
        (("channels", "room", "address"), 5, "This is 5, not a string or null."),
        (
            ("components", "schemas", "Say", "type"),
            "text",
            "This is 'text', not one or several of draft-07's types.",
        ),
    ],
)
def test_a_wrong_type_is_found_and_nothing_else(path: Any, value: Any, message: str) -> None:
    [finding] = lint(changed(path, value))
    assert finding.code == "wrong-type"
    assert finding.pointer == "/" + "/".join(path)
    assert finding.message == message


@pytest.mark.parametrize(
    "schema",
    [
        {"minimum": "a", "maximum": 1},
        {"pattern": 5},
        {"enum": 3, "default": 1},
        {"minLength": "x", "examples": ["a"]},
        {"type": 5, "properties": [1], "allOf": 5},
        {"properties": {"a": {"required": 1}}, "additionalProperties": 1},
    ],
)
@pytest.mark.parametrize(
    "path",
    [
        ("components", "schemas", "Say", "x-content-schema"),
        ("channels", "room", "parameters", "room", "x-schema"),
    ],
)
def test_extensions_that_are_schemas_are_looked_at_as_these(path: Any, schema: Any) -> None:
    found = lint(changed(path, schema))
    assert {finding.code for finding in found} == {"wrong-type"}
    assert all(finding.pointer.startswith("/" + "/".join(path)) for finding in found)


def test_extensions_may_be_anything() -> None:
    document = changed(("components", "x-notes"), 5)
    document["channels"]["room"]["x-notes"] = [None]
    assert lint(document) == []


def test_a_pattern_of_unicode_properties_is_read() -> None:
    schema = DOCUMENT["components"]["schemas"]["Say"]
    unreadable = {r"^\p{Lu}+$": {"type": "integer"}, **schema["patternProperties"]}
    document = changed(("components", "schemas", "Say", "patternProperties"), unreadable)
    assert lint(document) == []
