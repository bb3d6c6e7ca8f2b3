"""The page about extensions says of each what the package has as data."""

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest

from chanx.asyncapi.extensions import EXTENSIONS, Extension

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "extensions.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## `(x-[a-z-]+)`\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))

ids = [extension.name for extension in EXTENSIONS]


def test_every_extension_has_a_section_in_order() -> None:
    assert list(SECTIONS) == ids


@pytest.mark.parametrize("extension", EXTENSIONS, ids=ids)
def test_schema_and_example_are_those_of_the_package(extension: Extension) -> None:
    shown = re.findall(r"```json\n(.*?)```", SECTIONS[extension.name], re.DOTALL)
    assert list(map(json.loads, shown)) == [extension.schema, {extension.name: extension.example}]


@pytest.mark.parametrize("extension", EXTENSIONS, ids=ids)
def test_the_example_is_valid_and_other_things_are_not(extension: Extension) -> None:
    jsonschema_rs.meta.validate(
        {"$schema": "http://json-schema.org/draft-07/schema#", **extension.schema}
    )
    validator = jsonschema_rs.Draft7Validator(dict(extension.schema))
    assert validator.is_valid(extension.example)
    assert not validator.is_valid([])
