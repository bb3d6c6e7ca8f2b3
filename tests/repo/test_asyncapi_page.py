"""The page about AsyncAPI documents shows what its application gives; the test writes it."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from chanx.asyncapi import lint, to_yaml
from chanx.asyncapi.walk import resolve
from chanx.ext.fast_channels import generate_asyncapi_schema

PATH = Path(__file__).resolve().parents[2] / "docs" / "asyncapi.md"
PAGE = PATH.read_text("utf-8")


@pytest.fixture
def document() -> Iterator[dict[str, Any]]:
    """The document of the page's application."""
    module = sys.modules["page"] = ModuleType("page")
    [code] = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    exec(compile(code, PATH.name, "exec"), vars(module))
    yield generate_asyncapi_schema(app=module.app)
    del sys.modules["page"]


def test_the_page_shows_the_document_of_its_application(document: dict[str, Any]) -> None:
    head, begin, rest = re.split(r"(<!-- document: .*? -->\n)", PAGE)
    shown, end, tail = re.split(r"(<!-- end of document -->\n)", rest)
    current = f"```yaml\n{to_yaml(document)}```\n"
    if shown != current:
        PATH.write_text(f"{head}{begin}{current}{end}{tail}", "utf-8")
    assert shown == current, "docs/asyncapi.md was out of date; it has been written anew"
    assert yaml.safe_load(shown.removeprefix("```yaml\n").removesuffix("```\n")) == document


def test_every_part_that_the_page_explains_is_in_the_document(document: dict[str, Any]) -> None:
    pointers = re.findall(r"^\| `(/\S+)` \|", PAGE, re.MULTILINE)
    assert len(pointers) > 10
    for pointer in pointers:
        assert resolve(document, pointer)


def test_every_kind_of_part_is_explained(document: dict[str, Any]) -> None:
    pointers = set(re.findall(r"^\| `(/\S+)` \|", PAGE, re.MULTILINE))
    assert {f"/operations/{key}" for key in document["operations"]} <= pointers
    unexplained = document["channels"]["lot"].keys() - {
        pointer.split("/")[3] for pointer in pointers if pointer.startswith("/channels/lot/")
    }
    assert unexplained == {"title", "messages"}  # which say what they are


def test_nothing_is_wrong_with_the_document(document: dict[str, Any]) -> None:
    assert lint(document) == []
