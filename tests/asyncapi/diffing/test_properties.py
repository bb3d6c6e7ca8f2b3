"""What holds for comparisons of any schemas; jsonschema-rs is the second opinion."""

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given

from chanx.asyncapi.diffing import Change, diff
from chanx.asyncapi.diffing.cells import Cells
from chanx.asyncapi.diffing.samples import Samples
from chanx.asyncapi.diffing.terms import Side
from tests.asyncapi.diffing.chat import chat, message, worst
from tests.asyncapi.diffing.strategies import (
    NODE,
    REPEATABLE,
    SCHEMAS,
    Schema,
    mutations,
    refactorings,
)

BY_POLICY = {("review", "objects-closed"), ("breaking", "property-removed")}
"""What is said without a frame, and not of both directions."""


def of_client(schema: Schema, schemas: dict[str, Schema] | None = None) -> dict[str, Any]:
    return chat(say=message("say", "f", f=schema), schemas={"Node": NODE, **(schemas or {})})


def of_server(schema: Schema) -> dict[str, Any]:
    return chat(gone=message("gone", "f", f=schema), schemas={"Node": NODE})


def accepts(document: dict[str, Any], name: str, frame: Any) -> bool:
    payload = document["components"]["messages"][name]["payload"]
    full = {"allOf": [payload], "components": document["components"]}
    return jsonschema_rs.Draft7Validator(full).is_valid(frame)


def by_frames(changes: list[Change]) -> str:
    return worst(
        [
            change
            for change in changes
            if change.witness or (change.verdict, change.id) not in BY_POLICY
        ]
    )


@REPEATABLE
@given(SCHEMAS)
def test_no_schema_differs_from_itself(schema: Schema) -> None:
    assert diff(of_client(schema), of_client(schema)) == []


@REPEATABLE
@given(refactorings())
def test_no_other_spelling_is_a_change(spellings: tuple[Schema, Schema, dict[str, Schema]]) -> None:
    schema, respelled, shared = spellings
    old, new = of_client(schema), of_client(respelled, shared)
    for one, other in ((old, new), (new, old)):
        changes = [change for change in diff(one, other) if change.verdict != "none"]
        # Where a value may be of two branches of a oneOf, only the same branches are told to be so.
        assert [change for change in changes if change.id != "union-overlap"] == []


@REPEATABLE
@given(mutations())
def test_what_is_breaking_is_shown_by_a_frame(schemas: tuple[Schema, Schema]) -> None:
    old, new = (of_client(schema) for schema in schemas)
    for change in diff(old, new):
        if change.verdict == "breaking":
            assert change.witness
            witness = change.witness[0]
            assert accepts(old, "Say", witness)
            assert not accepts(new, "Say", witness)
        elif change.verdict == "safe":
            for witness in change.witness:
                assert not accepts(old, "Say", witness)
                assert accepts(new, "Say", witness)


@REPEATABLE
@given(mutations())
def test_what_is_safe_refuses_nothing(schemas: tuple[Schema, Schema]) -> None:
    old, new = (of_client(schema) for schema in schemas)
    if worst(diff(old, new)) != "safe":
        return
    side = Side(old)
    payload = old["components"]["messages"]["Say"]["payload"]
    for frame in Samples(Cells(side)).of(side.term([payload])):
        assert accepts(old, "Say", frame)
        assert accepts(new, "Say", frame)


@REPEATABLE
@given(mutations())
def test_both_directions_mirror_each_other(schemas: tuple[Schema, Schema]) -> None:
    old, new = schemas
    onward = diff(of_client(old), of_client(new))
    backward = diff(of_server(new), of_server(old))
    assert by_frames(onward) == by_frames(backward)


VALUES: list[Any] = [
    None, True, False, 0, 1, 2, 2.5, 3, 5, 6, -1, "", "a", "b", "ab", "ba", "1", "11", "foo",
     "foobar", " ", "aaaa",
    [], [1], [1, 1], ["a"], ["a", "b"], [None, True, 1], [[]], [2.5, 1], ["a", "a", "a", "a"],
]  # fmt: skip
"""No objects: an open one is taken to be sent with the names that its schema declares."""


@REPEATABLE
@given(mutations())
def test_what_is_safe_refuses_no_other_values(schemas: tuple[Schema, Schema]) -> None:
    old, new = (of_client(schema) for schema in schemas)
    if worst(diff(old, new)) != "safe":
        return
    for value in VALUES:
        frame = {"action": "say", "f": value}
        assert not accepts(old, "Say", frame) or accepts(new, "Say", frame)


@pytest.mark.parametrize("spelling", ["anyOf", "list", "oneOf"])
@pytest.mark.parametrize("other", ["anyOf", "list", "oneOf"])
def test_the_three_spellings_of_null_are_one(spelling: str, other: str) -> None:
    spellings: dict[str, Schema] = {
        "anyOf": {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}]},
        "list": {"type": ["string", "null"], "maxLength": 3},
        "oneOf": {"oneOf": [{"const": None}, {"type": "string", "maxLength": 3}]},
    }
    assert diff(of_client(spellings[spelling]), of_client(spellings[other])) == []
