"""The linter alone finds what the official JSON Schemas find, whatever is changed in a document."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from chanx.asyncapi import lint
from chanx.asyncapi.walk import is_array, is_object
from tests.asyncapi.whole_documents import ROS2, WHOLE
from tests.conftest import SCHEMAS

Path = tuple[Any, ...]

SAYS = frozenset(
    {
        *("format", "misplaced-reference", "missing-key", "pattern"),
        *("unknown-key", "version", "wrong-type", "wrong-value"),
    }
)
"""The codes for what the official schemas say."""

VALUES: list[Any] = [
    None, 5, -2, 2.5, True, "", "x y", "^(", "a@b", [], ["a", "a"], [5], {}, {"a": 5}, {"type": 5},
    {"$ref": "#/components/schemas/a"}, {"name": "n"},
]  # fmt: skip

STRICTER = {
    ("parameters", "wrong-type"): "a parameter that is not an object, which the schema forgets",
    ("schemaFormat", "missing-key"): "a Multi Format Schema without schema, which then is a schema",
    ("schemas", "missing-key"): "likewise",
    ("payload", "missing-key"): "likewise",
    ("headers", "missing-key"): "likewise",
}


@pytest.fixture(scope="module", params=["3.0.0", "3.1.0"])
def official(request: pytest.FixtureRequest) -> tuple[str, jsonschema_rs.Draft7Validator]:
    schema = json.loads((SCHEMAS / f"{request.param}.json").read_text("utf-8"))
    return request.param, jsonschema_rs.Draft7Validator(schema, validate_formats=True)


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    items: Any = ()
    if is_object(value):
        items = value.items()
    elif is_array(value):
        items = enumerate(value)
    for key, item in items:
        yield (*path, key)
        yield from paths(item, (*path, key))


def mutants(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each document that is one change away: a key deleted or misspelt, a value exchanged."""
    for path in paths(document):
        for value in VALUES:
            yield f"{path} = {value!r}", changed(document, path, value)
        wrong, parent = parent_of(document, path)
        old = parent.pop(path[-1])
        yield f"{path} deleted", wrong
        if is_object(parent):
            wrong, parent = parent_of(document, path)
            parent.pop(path[-1])
            parent[f"{path[-1]}X"] = old
            yield f"{path} misspelt", wrong


def parent_of(document: dict[str, Any], path: Path) -> tuple[dict[str, Any], Any]:
    """A copy of a document, and in it what a path's last key stands in."""
    root: dict[str, Any] = dict(document)
    place: Any = root
    for key in path[:-1]:
        place[key] = copy.copy(place[key])
        place = place[key]
    return root, place


def changed(document: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    wrong, parent = parent_of(document, path)
    parent[path[-1]] = value
    return wrong


def errors(document: dict[str, Any]) -> set[str]:
    return {found.code for found in lint(document) if found.severity == "error"}


@pytest.mark.parametrize("name", [*WHOLE, "ros2"])
def test_verdicts_are_those_of_the_official_schema(
    name: str, official: tuple[str, jsonschema_rs.Draft7Validator]
) -> None:
    version, validator = official
    document = {**(ROS2 if name == "ros2" else WHOLE[name]), "asyncapi": version}
    if name == "ros2" and version == "3.0.0":
        assert not validator.is_valid(document)
        assert "unknown-key" in errors(document)
        return
    assert validator.is_valid(document), [*validator.iter_errors(document)]
    assert not errors(document) & SAYS, lint(document)
    missed: list[str] = []
    alarms: list[tuple[str, set[str]]] = []
    for change, mutant in mutants(document):
        found = errors(mutant)
        if validator.is_valid(mutant):
            if found & SAYS and not is_stricter(change, found):
                alarms.append((change, found))
        elif not found:
            missed.append(change)
    assert missed == []
    assert alarms == []


def is_stricter(change: str, found: set[str]) -> bool:
    return any(f"'{part}'" in change and code in found for part, code in STRICTER)
