"""The validator and the maker of examples agree with a full implementation of draft-07."""

from typing import Any

import jsonschema_rs
import pytest

from chanx.asyncapi.examples import NoExample, make_example
from chanx.asyncapi.validation import matches

VALUES: list[Any] = [
    None, True, False, 0, 1, 2, 1.0, 1.5, -3, 10, "", "a", "abc", "text", "é", [], [1], [1, "a"],
    [1, 1], [True, 1], {}, {"a": 1}, {"a": "x"}, {"a": 1, "b": 2}, {"x-y": 1}, {"kind": "a"},
]  # fmt: skip

SCHEMAS: list[dict[str, Any]] = [
    {},
    {"type": "integer"},
    {"type": "number"},
    {"type": ["string", "null"]},
    {"type": "boolean"},
    {"const": 1},
    {"const": {"a": 1}},
    {"enum": [True, "a", [1]]},
    {"minimum": 1, "maximum": 2},
    {"exclusiveMinimum": 1, "exclusiveMaximum": 10},
    {"multipleOf": 0.5},
    {"minLength": 1, "maxLength": 3},
    {"pattern": "^a"},
    {"pattern": r"^\w+$"},
    {"type": "array", "items": {"type": "integer"}},
    {"type": "array", "items": [{"type": "integer"}], "additionalItems": {"type": "string"}},
    {"type": "array", "items": [{"type": "integer"}], "additionalItems": False},
    {"type": "array", "minItems": 1, "maxItems": 1},
    {"type": "array", "uniqueItems": True},
    {"type": "array", "contains": {"type": "integer"}},
    {"type": "object", "dependencies": {"a": ["b"]}},
    {"type": "object", "dependencies": {"a": {"properties": {"a": {"type": "integer"}}}}},
    {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
    {"type": "object", "properties": {"a": {}}, "additionalProperties": False},
    {"type": "object", "additionalProperties": {"type": "integer"}},
    {"type": "object", "patternProperties": {"^x-": {"type": "integer"}}, "minProperties": 1},
    {"type": "object", "propertyNames": {"pattern": "^a$"}, "maxProperties": 1},
    {"anyOf": [{"type": "integer"}, {"type": "string"}]},
    {"oneOf": [{"type": "integer"}, {"type": "number"}]},
    {"allOf": [{"type": "integer"}, {"minimum": 2}]},
    {"not": {"type": "object"}},
    {"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"type": "integer"}},
    {"$ref": "#/definitions/there"},
]

DEFINITIONS: dict[str, Any] = {"there": {"type": "object", "required": ["a"]}}


def lookup(reference: str) -> Any:
    return DEFINITIONS[reference.rpartition("/")[2]]


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_values_match_where_they_match_elsewhere(schema: dict[str, Any]) -> None:
    # What stands beside a $ref is ignored in draft-07, so that the definitions go around it.
    full = jsonschema_rs.Draft7Validator({"allOf": [schema], "definitions": DEFINITIONS})
    expected = [full.is_valid(value) for value in VALUES]
    assert [matches(schema, value, lookup) for value in VALUES] == expected


@pytest.mark.parametrize(
    "schema",
    [schema for schema in SCHEMAS if "$ref" not in schema and "not" not in schema],
    ids=str,
)
def test_a_made_example_matches_or_there_is_none(schema: dict[str, Any]) -> None:
    full = jsonschema_rs.Draft7Validator(schema)
    try:
        example = make_example(schema, lookup)
    except NoExample:
        hard = {"pattern", "patternProperties", "propertyNames", "allOf", "contains", "if", "oneOf"}
        assert hard & set(schema)
    else:
        assert full.is_valid(example)


ITEMS: list[list[Any]] = [
    [1, 1.0],
    [1, True],
    [[1], [True]],
    [{"a": 1}, {"a": 1.0}],
    [{"a": [{}]}, {"a": [{}]}],
]


@pytest.mark.parametrize("items", ITEMS, ids=str)
def test_items_are_unique_where_they_are_elsewhere(items: list[Any]) -> None:
    schema = {"uniqueItems": True}
    assert matches(schema, items, lookup) == jsonschema_rs.Draft7Validator(schema).is_valid(items)


def test_many_unique_items_take_no_time_with_each_other() -> None:
    assert matches({"uniqueItems": True}, [*range(200_000)], lookup)


def test_a_pattern_that_backtracks_is_run_in_linear_time() -> None:
    assert not matches({"pattern": "^(a+)+$"}, "a" * 50_000 + "!", lookup)


def test_a_pattern_that_cannot_be_run_so_is_passed_over() -> None:
    assert matches({"pattern": "^(?=b)(a+)+$"}, "a" * 50_000 + "!", lookup)


def test_an_example_of_a_recursive_schema_ends() -> None:
    node: dict[str, Any] = {
        "type": "object",
        "properties": {"next": {"$ref": "#/definitions/node"}, "name": {"type": "string"}},
    }
    assert make_example(node, lambda reference: node)["name"] == "text"


def test_a_schema_that_needs_itself_has_no_example() -> None:
    node: dict[str, Any] = {
        "type": "object",
        "properties": {"next": {"$ref": "#/definitions/node"}},
        "required": ["next"],
    }
    with pytest.raises(NoExample):
        make_example(node, lambda reference: node)


def test_classes_that_all_refer_to_each_other_have_a_short_example() -> None:
    names = [f"node{index}" for index in range(20)]
    node: dict[str, Any] = {
        "type": "object",
        "properties": {name: {"$ref": f"#/definitions/{name}"} for name in names},
    }
    assert len(str(make_example(node, lambda reference: node))) < 200_000
