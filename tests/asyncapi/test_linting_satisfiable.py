"""Schemas that nothing matches are found, each once, and none that something matches."""

import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given

from chanx.asyncapi.linting import lint
from chanx.asyncapi.walk import is_object, resolve
from tests.asyncapi.diffing.strategies import NODE, REPEATABLE, SCHEMAS, Schema
from tests.asyncapi.linted import X, document, field

CLOSED: Schema = {"type": "object", "properties": {"a": {}}, "additionalProperties": False}

UNSATISFIABLE: list[tuple[str, Schema, str]] = [
    ("/minimum", {"minimum": 3, "maximum": 2}, "its minimum 3 is above its maximum 2"),
    (
        "/exclusiveMinimum",
        {"exclusiveMinimum": 3, "exclusiveMaximum": 3},
        "its exclusiveMinimum and its exclusiveMaximum are both 3",
    ),
    (
        "",
        {"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 2},
        "it asks for a whole number above 1 and below 2",
    ),
    (
        "",
        {"type": "number", "allOf": [{"exclusiveMinimum": 2}, {"maximum": 2}]},
        "it asks for a number above 2 and at most 2",
    ),
    (
        "",
        {"type": "string", "allOf": [{"minLength": 3}, {"maxLength": 2}]},
        "it asks for a length at least 3 and at most 2",
    ),
    (
        "",
        {"type": "array", "allOf": [{"minItems": 3}, {"maxItems": 2}]},
        "it asks for a number of items at least 3 and at most 2",
    ),
    (
        "",
        {"type": "array", "minItems": 3, "items": [{}, {}], "additionalItems": False},
        "it asks for a number of items at least 3 and at most 2",
    ),
    (
        "",
        {"type": "array", "minItems": 1, "items": False},
        "it asks for a number of items at least 1 and at most 0",
    ),
    (
        "",
        {"type": "array", "contains": {}, "maxItems": 0},
        "it asks for a number of items at least 1 and at most 0",
    ),
    ("", {"type": ["integer", "null"], "const": "a"}, "'a' is not of type ['integer', 'null']"),
    ("", {"type": "integer", "const": 5, "maximum": 3}, "5 is too large"),
    ("", {"const": "a", "pattern": "^b"}, "'a' does not match '^b'"),
    ("", {"const": "abc", "maxLength": 2}, "'abc' is too long"),
    ("", {"const": "a", "enum": ["b"]}, "'a' is not one of ['b']"),
    ("", {"const": {"a": 1}, "required": ["b"]}, "'b' is missing"),
    ("", {"const": "a", "not": {"type": "string"}}, "'a' is excluded"),
    (
        "",
        {"type": "boolean", "enum": ["true", "false"]},
        "none of its constants does: 'true' is not of type boolean",
    ),
    (
        "",
        {"enum": [1, 2], "allOf": [{"enum": [3, 4]}]},
        "its parts have no constant in common",
    ),
    ("", {"allOf": [{"type": "object"}, {"type": "array"}]}, "its parts have no type in common"),
    (
        "",
        {"type": "string", "anyOf": [{"type": "integer"}, {"type": "null"}]},
        "each of its alternatives contradicts the rest of it",
    ),
    (
        "",
        {"oneOf": [{"type": "string"}, {"type": "string"}]},
        "its oneOf has each alternative twice, and one alone has to match",
    ),
    ("", {"not": {}}, "its not excludes everything"),
    ("", {"not": {"title": "Anything"}}, "its not excludes everything"),
    ("", {"type": "integer", "not": {"type": "number"}}, "its not excludes its type"),
    (
        "",
        {"type": "object", "required": ["a"], "properties": {"a": False}},
        "what is said of 'a', which it requires, excludes each other",
    ),
    (
        "",
        {"type": "object", "required": ["a", "b"], "maxProperties": 1},
        "it requires 2 properties, more than it may have",
    ),
    ("", {**CLOSED, "minProperties": 2}, "it asks for more than the 1 properties that it may have"),
    (
        "",
        {"type": "object", "required": ["a"], "propertyNames": {"pattern": "^b"}},
        "it requires 'a', and propertyNames refuses that name",
    ),
    (
        "",
        {**CLOSED, "required": ["b"]},
        "it requires 'b', and a part of it has no such property",
    ),
    (
        "",
        {**CLOSED, "required": ["b"], "patternProperties": {"^x": {}}},
        "it requires 'b', which it has no property for",
    ),
    (
        "/items",
        {"type": "array", "items": {"type": "string", "const": 1}},
        "1 is not of type string",
    ),
]


@pytest.mark.parametrize(
    ("where", "schema", "reason"), UNSATISFIABLE, ids=[json.dumps(row[1]) for row in UNSATISFIABLE]
)
def test_a_schema_that_nothing_matches_is_found_once(
    where: str, schema: Schema, reason: str
) -> None:
    wrong = document()
    field(**schema)(wrong)
    found = [(item.code, item.pointer, item.message) for item in lint(wrong)]
    told = ("unsatisfiable", X + where, f"Nothing matches the schema: {reason}.")
    assert [item for item in found if item[0] != "unused-component"] == [told]


@pytest.mark.parametrize(
    "around",
    [
        {"allOf": [{"type": "integer", "minimum": 2, "maximum": 1}]},
        {"allOf": [{"allOf": [{"type": "integer", "const": "a"}]}]},
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "null", "const": 1}}},
        {"type": "object", "allOf": [{**CLOSED, "required": ["b"]}]},
    ],
)
def test_what_holds_such_a_schema_is_not_told_too(around: Schema) -> None:
    wrong = document()
    field(**around)(wrong)
    [found] = [item for item in lint(wrong) if item.code == "unsatisfiable"]
    assert found.pointer.startswith(f"{X}/")


def test_what_refers_to_such_a_schema_is_not_told_too() -> None:
    wrong = document()
    field(**{"$ref": "#/components/schemas/Never"})(wrong)
    wrong["components"]["schemas"]["Never"] = {"type": "string", "allOf": [{"type": "null"}]}
    [found] = [item for item in lint(wrong) if item.code == "unsatisfiable"]
    assert found.pointer == "/components/schemas/Never"


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 3},
        {"type": "number", "exclusiveMinimum": 1, "exclusiveMaximum": 2},
        {"type": "integer", "minimum": 1.5, "maximum": 2.5},
        {"type": ["string", "integer"], "allOf": [{"minLength": 2}, {"maxLength": 1}]},
        {"allOf": [{"minLength": 2}, {"maxLength": 1}]},
        {"type": "string", "required": ["a"], "additionalProperties": False},
        {**CLOSED, "required": ["xa"], "patternProperties": {"^x": {}}},
        {"type": "object", "properties": {"a": False}},
        {"oneOf": [{"type": "string"}, {"type": "string"}, {"type": "null"}]},
        {"oneOf": [{"type": "integer"}, {"type": "number"}]},
        {"type": "number", "not": {"type": "integer"}},
        {"not": {"required": ["a"]}},
        {"not": {"type": "string"}},
        {"type": "string", "anyOf": [{"minLength": 1}, {"type": "null"}]},
        {"if": {"type": "string"}, "then": False},
        {"type": "integer", "minimum": -(10**400), "maximum": 10**400},
        {"const": None},
        {"enum": [1, True, 0, False]},
        {"type": "object", "propertyNames": {"pattern": "^a"}, "required": ["ab"]},
    ],
    ids=json.dumps,
)
def test_a_schema_that_something_matches_is_not_found(schema: Schema) -> None:
    right = document()
    field(**schema)(right)
    assert {item.code for item in lint(right)} == {"unused-component"}


VALUES: list[Any] = [
    *(None, True, False, 0, 1, 2, 3, 4, 2.5, "", "a", "b", "ab", "foo", "42", [], ["a"], [1, 2]),
    *({}, {"a": 1}, {"b": "a"}, {"a": "a", "b": 1}, {"v": "x"}, {"v": "x", "next": None}),
]


@REPEATABLE
@given(SCHEMAS)
def test_nothing_matches_what_is_called_so(schema: Schema) -> None:
    given: dict[str, Any] = {
        "asyncapi": "3.0.0",
        "info": {"title": "Any", "version": "1"},
        "components": {"schemas": {"Node": NODE, "Any": schema}},
    }
    for found in lint(given):
        if found.code == "unsatisfiable":
            at: Any = resolve(given, found.pointer)
            if not is_object(at):  # it points at the keyword
                at = resolve(given, found.pointer.rpartition("/")[0])
            full = {"allOf": [at], "components": given["components"]}
            validator = jsonschema_rs.Draft7Validator(full)
            assert not [value for value in VALUES if validator.is_valid(value)], found


LOOPS: list[dict[str, Schema]] = [
    {"A": {"allOf": [{"$ref": "#/components/schemas/A"}]}},
    {"A": {"anyOf": [{"type": "string"}, {"$ref": "#/components/schemas/A"}]}},
    {
        "A": {"oneOf": [{"$ref": "#/components/schemas/B"}]},
        "B": {"not": {"$ref": "#/components/schemas/A"}},
    },
    {"A": {"if": {"$ref": "#/components/schemas/A"}, "then": {}}},
    {"A": {"dependencies": {"a": {"$ref": "#/components/schemas/A"}}}},
]


@pytest.mark.parametrize("schemas", LOOPS, ids=json.dumps)
def test_a_schema_that_asks_itself_is_found_once(schemas: dict[str, Schema]) -> None:
    wrong = document()
    wrong["components"]["schemas"] |= schemas
    field(**{"$ref": "#/components/schemas/A"})(wrong)
    [found] = [item for item in lint(wrong) if item.code != "unused-component"]
    assert (found.code, found.pointer) == ("reference-cycle", "/components/schemas/A")


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"a": {"allOf": [{"$ref": "#/components/schemas/Said"}]}}},
        {"items": {"anyOf": [{"$ref": "#/components/schemas/Said"}, {"type": "null"}]}},
        {"additionalProperties": {"$ref": "#/components/schemas/Said"}},
    ],
    ids=json.dumps,
)
def test_a_schema_may_hold_itself(schema: Schema) -> None:
    right = document()
    field(**schema)(right)
    assert {item.code for item in lint(right)} == {"unused-component"}
