"""The pairs of documents whose right verdict was decided by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from chanx.asyncapi.diffing import diff
from tests.asyncapi.diffing.chat import verdict

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).with_name("cases.json")).read_text("utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_verdict_is_right(case: dict[str, Any]) -> None:
    assert verdict(case["old"], case["new"]) == case["verdict"]


@pytest.mark.parametrize("side", ["old", "new"])
@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_document_does_not_differ_from_itself(case: dict[str, Any], side: str) -> None:
    again = json.loads(json.dumps(case[side]))
    assert diff(case[side], again) == []
    assert diff(case[side], again, level="source", assert_formats=True, strict_unknown=True) == []
