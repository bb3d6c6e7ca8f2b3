"""What changes of a schema mean, in both directions: the table of rules, row by row."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import jsonschema_rs
import pytest

from chanx.asyncapi.diffing import Change, diff
from tests.asyncapi.diffing.chat import chat, field, ids, message, verdict

TEXT = {"type": "string"}
INTEGER = {"type": "integer"}
NUMBER = {"type": "number"}
NODE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "v": TEXT,
        "next": {"anyOf": [{"$ref": "#/components/schemas/Node"}, {"type": "null"}]},
    },
    "required": ["v"],
}
MANY = {"anyOf": [TEXT, INTEGER, {"type": "boolean"}]}
LETTERS = [f"{first}{second}" for first in "abcdefg" for second in "abcdefg"]
CLOSED_A = {"type": "object", "properties": {"a": TEXT}, "additionalProperties": False}


def obj(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*required]}


def tagged(tag: str, **properties: Any) -> dict[str, Any]:
    return obj("kind", kind={"const": tag}, **properties)


# The schema of a property, old and new; the verdict where the server reads it and where the client
# does; the id of the gravest change ("" for none).
FIELDS: list[tuple[str, Any, Any, str, str]] = [
    ("type-narrowed", NUMBER, INTEGER, "breaking", "safe"),
    ("type-widened", INTEGER, NUMBER, "safe", "breaking"),
    ("type-changed", TEXT, INTEGER, "breaking", "breaking"),
    ("type-changed", obj(), {"type": "array"}, "breaking", "breaking"),
    ("null-allowed", TEXT, {"type": ["string", "null"]}, "safe", "breaking"),
    ("null-forbidden", {"anyOf": [TEXT, {"type": "null"}]}, TEXT, "breaking", "safe"),
    ("enum-value-added", {"enum": ["a"]}, {"enum": ["a", "b"]}, "safe", "breaking"),
    ("enum-value-added", {"const": "a"}, {"enum": ["b", "a"]}, "safe", "breaking"),
    ("enum-value-removed", {"enum": ["a", "b"]}, {"enum": ["a"]}, "breaking", "safe"),
    ("enum-value-removed", {"enum": [0, 1]}, {"enum": [0, True]}, "breaking", "breaking"),
    ("enum-set", TEXT, {"enum": ["a"]}, "breaking", "safe"),
    ("enum-lifted", {"enum": ["a"]}, TEXT, "safe", "breaking"),
    ("const-changed", {"const": "a"}, {"const": "b"}, "breaking", "breaking"),
    ("bound-tightened", {**INTEGER, "minimum": 1}, {**INTEGER, "minimum": 2}, "breaking", "safe"),
    ("bound-loosened", {**INTEGER, "minimum": 2}, {**INTEGER, "minimum": 1}, "safe", "breaking"),
    ("bound-tightened", NUMBER, {**NUMBER, "exclusiveMaximum": 5}, "breaking", "safe"),
    ("bound-loosened", {**NUMBER, "exclusiveMinimum": 0}, {**NUMBER, "minimum": 0}, "safe",
     "breaking"),
    ("bound-tightened", TEXT, {**TEXT, "maxLength": 5}, "breaking", "safe"),
    ("bound-tightened", {**TEXT, "maxLength": 900}, {**TEXT, "maxLength": 899}, "breaking", "safe"),
    ("bound-loosened", {**TEXT, "minLength": 2}, TEXT, "safe", "breaking"),
    ("bound-tightened", {"type": "array"}, {"type": "array", "minItems": 1}, "breaking", "safe"),
    ("bound-tightened", {"type": "array"}, {"type": "array", "maxItems": 9}, "breaking", "safe"),
    ("bound-tightened", {"type": "array"}, {"type": "array", "uniqueItems": True}, "breaking",
     "safe"),
    ("bound-tightened", INTEGER, {**INTEGER, "multipleOf": 5}, "breaking", "safe"),
    ("bound-loosened", {**INTEGER, "multipleOf": 10}, {**INTEGER, "multipleOf": 5}, "safe",
     "breaking"),
    ("bound-tightened", {"type": "object"}, {"type": "object", "minProperties": 1}, "breaking",
     "safe"),
    ("bound-tightened", {"type": "object"}, {"type": "object", "maxProperties": 3}, "breaking",
     "safe"),
    ("pattern-set", TEXT, {**TEXT, "pattern": "^a"}, "breaking", "safe"),
    ("pattern-lifted", {**TEXT, "pattern": "^a"}, TEXT, "safe", "breaking"),
    ("pattern-changed", {**TEXT, "pattern": "^a"}, {**TEXT, "pattern": "^b"}, "breaking",
     "breaking"),
    ("pattern-changed", {**TEXT, "pattern": r"^\d{4}-\d{2}$"},
     {**TEXT, "pattern": r"^\d{2}/\d{4}$"},
     "breaking", "breaking"),
    ("pattern-set", {**TEXT, "pattern": "^(?!x)"}, {**TEXT, "pattern": "^(?!y)"}, "review",
     "review"),
    ("format-set", TEXT, {**TEXT, "format": "date-time"}, "review", "safe"),
    ("format-lifted", {**TEXT, "format": "date-time"}, TEXT, "safe", "review"),
    ("format-changed", {**TEXT, "format": "date"}, {**TEXT, "format": "uuid"}, "review", "review"),
    ("branch-added", {"oneOf": [TEXT]}, {"oneOf": [TEXT, INTEGER]}, "safe", "breaking"),
    ("branch-removed", {"anyOf": [TEXT, INTEGER]}, {"anyOf": [TEXT]}, "breaking", "safe"),
    ("enum-value-removed", {"oneOf": [tagged("a"), tagged("b")]}, {"oneOf": [tagged("a")]},
     "breaking", "safe"),
    ("enum-value-added", {"oneOf": [tagged("a")]}, {"oneOf": [tagged("a"), tagged("b")]}, "safe",
     "breaking"),
    ("property-required", {"oneOf": [tagged("a", x=TEXT), tagged("b")]},
     {"oneOf": [{**tagged("a", x=TEXT), "required": ["kind", "x"]}, tagged("b")]}, "breaking",
      "safe"),
    ("union-overlap", {"anyOf": [TEXT, {"minLength": 1}]}, {"oneOf": [TEXT, {"minLength": 1}]},
     "review", "safe"),
    ("map-narrowed", {"type": "object", "additionalProperties": NUMBER},
     {"type": "object", "additionalProperties": INTEGER}, "breaking", "safe"),
    ("map-widened", {"type": "object", "additionalProperties": INTEGER},
     {"type": "object", "additionalProperties": NUMBER}, "safe", "breaking"),
    ("map-closed", {"type": "object"}, {"type": "object", "additionalProperties": False},
     "breaking", "safe"),
    ("map-narrowed",
     {"type": "object", "patternProperties": {"^x": NUMBER}, "additionalProperties": False},
     {"type": "object", "patternProperties": {"^x": INTEGER}, "additionalProperties": False},
      "breaking", "safe"),
    ("names-narrowed", {"type": "object", "additionalProperties": TEXT},
     {"type": "object", "additionalProperties": TEXT, "propertyNames": {"maxLength": 3}},
      "breaking", "safe"),
    ("map-narrowed", {"type": "object", "additionalProperties": TEXT},
     {"type": "object", "additionalProperties": TEXT,
      "patternProperties": {"^x-": {**TEXT, "maxLength": 2}}}, "breaking", "safe"),
    ("items", {"type": "array", "items": NUMBER}, {"type": "array", "items": INTEGER}, "breaking",
     "safe"),
    ("items", {"type": "array", "items": INTEGER}, {"type": "array", "items": NUMBER}, "safe",
     "breaking"),
    ("tuple", {"type": "array", "items": [TEXT, NUMBER]},
     {"type": "array", "items": [TEXT, INTEGER]}, "breaking", "safe"),
    ("tuple", {"type": "array", "items": [TEXT]},
     {"type": "array", "items": [TEXT], "additionalItems": False},
     "breaking", "safe"),
    ("contains", {"type": "array", "items": {}},
     {"type": "array", "items": {}, "contains": INTEGER}, "breaking", "safe"),
    ("dependency", obj(a=TEXT, b=TEXT), {**obj(a=TEXT, b=TEXT), "dependencies": {"a": ["b"]}},
     "breaking", "safe"),
    ("condition", TEXT, {**TEXT, "if": {"const": "a"}, "then": False}, "breaking", "safe"),
    ("condition", TEXT, {**TEXT, "not": {"const": "a"}}, "breaking", "safe"),
    ("condition-lifted", {**TEXT, "not": {"const": "a"}}, TEXT, "safe", "breaking"),
    ("condition-changed", {**TEXT, "not": {"const": "a"}}, {**TEXT, "not": {"const": "b"}},
     "breaking", "breaking"),
    ("condition-changed", {**TEXT, "if": {"const": "a"}, "then": False},
     {**TEXT, "if": {"const": "b"}, "then": False}, "breaking", "breaking"),
    ("condition-changed", {**TEXT, "if": {"minLength": 2}, "then": {"pattern": "^a"}},
     {**TEXT, "if": {"minLength": 2}, "else": {"pattern": "^a"}}, "breaking", "breaking"),
    ("condition-changed", {**INTEGER, "if": {"minimum": 10}, "then": {"multipleOf": 2}},
     {**INTEGER, "if": {"minimum": 9}, "then": {"multipleOf": 2}}, "breaking", "review"),
    ("condition respelled", {**NUMBER, "not": {**INTEGER, "minimum": 3, "maximum": 5.5}},
     {**NUMBER, "not": {**INTEGER, "exclusiveMinimum": 2.5, "maximum": 5.0}}, "safe", "safe"),
    ("condition respelled", {**TEXT, "not": {"maxLength": 3}},
     {**TEXT, "not": {"minLength": 0, "maxLength": 3}}, "safe", "safe"),
    ("dependency respelled", {**obj(a=TEXT, b=TEXT), "dependencies": {"a": ["b"]}},
     {**obj(a=TEXT, b=TEXT), "dependencies": {"a": {"required": ["b"]}}}, "safe", "safe"),
    ("condition without a branch", TEXT, {**TEXT, "if": {"minLength": 2}}, "safe", "safe"),
    ("branch without a condition", TEXT, {**TEXT, "then": False}, "safe", "safe"),
    ("condition-lifted", {**TEXT, "if": {"minLength": 2}, "then": {"pattern": "^a"}},
     {**TEXT, "if": {"minLength": 2}}, "safe", "breaking"),
    ("contains lifted", {"type": "array", "items": {}, "contains": INTEGER},
     {"type": "array", "items": {}}, "safe", "breaking"),
    ("dependency lifted", {**obj(a=TEXT, b=TEXT), "dependencies": {"a": ["b"]}},
     obj(a=TEXT, b=TEXT), "safe", "breaking"),
    ("dependency on a schema", obj(a=TEXT, b=TEXT),
     {**obj(a=TEXT, b=TEXT), "dependencies": {"a": {"required": ["b"]}}}, "breaking", "safe"),
    ("names-widened",
     {"type": "object", "additionalProperties": TEXT, "propertyNames": {"maxLength": 3}},
     {"type": "object", "additionalProperties": TEXT, "propertyNames": {"maxLength": 9}}, "safe",
     "breaking"),
    ("names-changed",
     {"type": "object", "additionalProperties": TEXT, "propertyNames": {"pattern": "^a"}},
     {"type": "object", "additionalProperties": TEXT, "propertyNames": {"pattern": "^b"}},
     "breaking", "breaking"),
    ("names respelled",
     {"type": "object", "additionalProperties": TEXT, "propertyNames": {"maxLength": 3}},
     {"type": "object", "additionalProperties": TEXT,
      "propertyNames": {"allOf": [{"type": "string", "maxLength": 3}]}}, "safe", "safe"),
    ("undecided", {"allOf": [MANY] * 7}, {"allOf": [*[MANY] * 7, {"enum": [1]}]}, "review",
     "review"),
    ("more-differences", obj(**{name: {**NUMBER} for name in LETTERS}),
     obj(**{name: {**INTEGER} for name in LETTERS}), "breaking", "safe"),
    ("null respelled", {"anyOf": [TEXT, {"type": "null"}]}, {"enum": [None], "type": "null"},
     "breaking", "safe"),
    ("default-changed", {**INTEGER, "default": 1}, {**INTEGER, "default": 2}, "review", "safe"),
    ("extensible", {**TEXT, "x-extensible-enum": ["a"]}, {**TEXT, "x-extensible-enum": ["a", "b"]},
     "safe", "review"),
    ("extensible", {**TEXT, "x-extensible-enum": ["a", "b"]}, {**TEXT, "x-extensible-enum": ["a"]},
     "review", "safe"),
    ("deep", obj(q=obj(r={"type": "array", "items": obj(s=NUMBER)})),
     obj(q=obj(r={"type": "array", "items": obj(s=INTEGER)})), "breaking", "safe"),
    ("objects-closed", obj(a=TEXT), CLOSED_A, "review", "safe"),
    ("objects-opened", CLOSED_A, obj(a=TEXT), "safe", "safe"),
    ("property-required", obj(a=TEXT), obj("a", a=TEXT), "breaking", "safe"),
    ("property-optional", obj("a", a=TEXT), obj(a=TEXT), "safe", "breaking"),
    ("property-added-required", obj(a=TEXT), obj("b", a=TEXT, b=TEXT), "breaking", "safe"),
    ("property-added-optional", obj(a=TEXT), obj(a=TEXT, b=TEXT), "safe", "safe"),
    ("property-removed", obj(a=TEXT, b=TEXT), obj(a=TEXT), "safe", "breaking"),
    ("property-removed", {**CLOSED_A, "properties": {"a": TEXT, "b": TEXT}}, CLOSED_A, "breaking",
     "breaking"),
    ("property-added", CLOSED_A, {**CLOSED_A, "properties": {"a": TEXT, "b": TEXT}}, "safe",
     "breaking"),
    ("key-case", obj("userId", userId=TEXT), obj("user_id", user_id=TEXT), "breaking", "breaking"),
    ("key-case", obj(userId=TEXT), obj(user_id=TEXT), "breaking", "breaking"),
    ("open-enum", {"anyOf": [{"enum": ["a"]}, TEXT]}, {"anyOf": [{"enum": ["a", "b"]}, TEXT]},
     "safe", "review"),
    ("property-removed", {"type": "string"}, False, "breaking", "breaking"),
    ("anything", {"type": "string"}, {}, "safe", "breaking"),
]  # fmt: skip


def alone(schema: Any) -> Any:
    return schema


def deep(schema: Any) -> Any:
    """A schema within an alternative of a map in an array."""
    either = {"oneOf": [tagged("x", v=schema), {"type": "null"}]}
    items = obj("m", m={"type": "object", "additionalProperties": either})
    return obj("list", list={"type": "array", "items": items})


@pytest.mark.parametrize("within", [alone, deep])
@pytest.mark.parametrize(
    "row", FIELDS, ids=[f"{row[0]}-{index}" for index, row in enumerate(FIELDS)]
)
def test_a_row_of_the_table(
    row: tuple[str, Any, Any, str, str], within: Callable[[Any], Any]
) -> None:
    _, old, new, for_server, for_client = row
    found = [
        verdict(field(within(old), sender=sender), field(within(new), sender=sender))
        for sender in ("client", "server")
    ]
    assert found == [for_server, for_client]


@pytest.mark.parametrize(
    ("new", "sender", "expected"),
    [
        (obj("a", a=TEXT), "client", [("breaking", "property-required")]),
        (obj("a", a=TEXT), "server", [("safe", "property-required")]),
        (obj(a=TEXT, b=TEXT), "client", [("safe", "property-added-optional")]),
        (obj("b", a=TEXT, b=TEXT), "client", [("breaking", "property-added-required")]),
        (obj("b", a=TEXT, b=TEXT), "server", [("safe", "property-added-required")]),
        (obj(A=TEXT), "client", [("breaking", "key-case")]),
        (obj(A=TEXT), "server", [("breaking", "key-case")]),
        (obj(), "client", [("safe", "property-removed")]),
        (obj(), "server", [("breaking", "property-removed")]),
        (obj(a=INTEGER), "client", [("breaking", "type-changed")]),
        (CLOSED_A, "client", [("review", "objects-closed")]),
    ],
)  # fmt: skip
def test_a_change_is_told_once_under_its_name(new: Any, sender: str, expected: Any) -> None:
    old = field(obj(a=TEXT), sender=sender)
    assert ids(diff(old, field(new, sender=sender))) == expected


@pytest.mark.parametrize(
    ("required", "for_server", "for_client"),
    [(["v", "next"], "breaking", "safe"), (["v"], "safe", "safe"), ([], "safe", "breaking")],
)
def test_recursive_schemas_are_compared_as_graphs(
    required: list[str], for_server: str, for_client: str
) -> None:
    new = {**NODE, "required": required}
    root = {"$ref": "#/components/schemas/Node"}
    found = [
        verdict(
            field(root, sender=sender, schemas={"Node": NODE}),
            field(root, sender=sender, schemas={"Node": new}),
        )
        for sender in ("client", "server")
    ]
    assert found == [for_server, for_client]


def test_recursion_through_several_schemas_and_unrolled_is_no_change() -> None:
    def ring(count: int) -> dict[str, Any]:
        return {
            f"N{index}": obj(
                "v", v=TEXT, next={"$ref": f"#/components/schemas/N{(index + 1) % count}"}
            )
            for index in range(count)
        }

    root = {"$ref": "#/components/schemas/N0"}
    old, new = (field(root, sender="client", schemas=ring(count)) for count in (1, 300))
    assert diff(old, new) == diff(new, old) == []


def test_a_schema_that_refers_to_itself_alone_says_nothing_and_ends() -> None:
    itself = {
        "Loop": {"$ref": "#/components/schemas/Loop"},
        "All": {"allOf": [{"$ref": "#/components/schemas/All"}]},
    }
    for name in itself:
        document = field({"$ref": f"#/components/schemas/{name}"}, sender="client", schemas=itself)
        assert verdict(document, field(TEXT, sender="client", schemas=itself)) in (
            "review",
            "breaking",
        )
        assert diff(document, document) == []


def test_formats_are_breaking_where_they_are_asserted() -> None:
    old, new = field(TEXT, sender="client"), field({**TEXT, "format": "uuid"}, sender="client")
    assert verdict(old, new, assert_formats=True) == "breaking"
    assert verdict(new, old, assert_formats=True) == "safe"


@pytest.mark.parametrize(
    "pattern",
    ["^(a+)+$", r"^(\w|\d)*$", r"^(a|aa)+$", r"^\w*\w*\w*\w*\w*x$", "(.*)*=(.*)*", "(?=(a+))a*b"],
)
def test_patterns_that_backtrack_do_not_hang(pattern: str) -> None:
    slow, long = {**TEXT, "pattern": pattern}, {**TEXT, "maxLength": 9_000}
    for old, new in ((slow, long), (long, slow), (slow, {**slow, "minLength": 40})):
        assert verdict(field(old, sender="client"), field(new, sender="client")) in (
            "breaking",
            "review",
        )


def test_more_alternatives_than_are_looked_at_are_for_review() -> None:
    union = {"anyOf": [TEXT, INTEGER, {"type": "boolean"}]}
    old = field({"allOf": [union] * 7}, sender="client")
    new = field({"allOf": [*[union] * 7, {"enum": [1]}]}, sender="client")
    assert verdict(old, new) == "review"


def test_a_reference_that_leads_nowhere_is_for_review() -> None:
    old = field({"$ref": "#/components/schemas/Gone"}, sender="client")
    assert ids(diff(old, old)) == [("review", "reference-missing")] * 2


def test_a_shared_schema_is_told_of_for_each_message_that_it_breaks() -> None:
    def with_user(user: Any) -> dict[str, Any]:
        root = {"$ref": "#/components/schemas/User"}
        return chat(
            say=message("say", "to", "cc", to=root, cc=root),
            gone=message("gone", "who", who=root),
            schemas={"User": user},
        )

    changes = diff(with_user(obj(n=NUMBER)), with_user(obj(n=INTEGER)))
    assert [(item.verdict, item.message, item.path) for item in changes] == [
        ("breaking", "say", "/to/n"),
        ("safe", "gone", "/who/n"),
    ]


def test_a_witness_keeps_to_formats_though_they_are_not_checked() -> None:
    at = {**TEXT, "format": "date-time"}
    old, new = (
        field({"type": "array", "items": obj("at", at=at), **bound}, sender="client")
        for bound in ({}, {"maxItems": 1})
    )
    [change] = diff(old, new)
    assert change.witness
    assert [datetime.fromisoformat(item["at"]).year for item in change.witness[0]["f"]] == [
        2025
    ] * 2


def is_valid(document: dict[str, Any], change: Change, value: Any) -> bool:
    """Whether a frame is valid, by a full implementation of draft-07."""
    name = {"say": "Say", "gone": "Gone"}[change.message]
    payload = document["components"]["messages"][name]["payload"]
    full = {"allOf": [payload], "components": document["components"]}
    return jsonschema_rs.Draft7Validator(full).is_valid(value)


@pytest.mark.parametrize("sender", ["client", "server"])
@pytest.mark.parametrize(
    "row", FIELDS, ids=[f"{row[0]}-{index}" for index, row in enumerate(FIELDS)]
)
def test_every_witness_is_one_for_a_full_validator(
    row: tuple[str, Any, Any, str, str], sender: str
) -> None:
    old, new = (field(schema, sender=sender) for schema in row[1:3])
    for change in diff(old, new):
        for witness in change.witness:
            found = is_valid(old, change, witness), is_valid(new, change, witness)
            is_bad = change.verdict in ("breaking", "review")
            assert found == ((True, False) if is_bad == (sender == "client") else (False, True))
