"""A document as JSON and YAML."""

import json
from typing import Any

import pytest
import yaml

from chanx.asyncapi import to_json, to_yaml

AWKWARD: dict[str, Any] = {
    "shared": [{"a": 1}] * 2,
    "texts": [
        "two\nlines",
        " leading",
        "trailing \n\n",
        "yes",
        "1.0",
        "null",
        "2025-01-31",
        "\u2028 \u2029 \x85 \x00 \x1b",
        "</script><!--<script>",
        "a: b # c",
        "Größe 消息 😀",
        "tab\there\n\tand there",
        "",
    ],
    "long": "word " * 100,
    "numbers": [1, 1.5, -1e300, True, None],
    "1": {"empty": {}, "list": []},
}


def test_json_reads_back() -> None:
    assert json.loads(to_json(AWKWARD)) == AWKWARD
    assert json.loads(to_json(AWKWARD, indent=None)) == AWKWARD
    assert "\n" not in to_json(AWKWARD, indent=None).rstrip("\n")


def test_yaml_reads_back_without_anchors() -> None:
    text = to_yaml(AWKWARD)
    assert yaml.safe_load(text) == AWKWARD
    assert "&id" not in text
    assert "|" in text


NUMERALS = [
    "08",
    "09",
    "1e3",
    "1E-3",
    "0o17",
    "0x1F",
    ".5",
    "1.",
    "+1",
    "-0",
    "1_000",
    "1:30",
    "012",
]


def test_texts_that_look_like_numbers_stay_texts_for_readers_of_yaml_1_2() -> None:
    texts: dict[str, Any] = {"texts": NUMERALS, **dict.fromkeys(NUMERALS, 1)}
    lines = to_yaml(texts).splitlines()
    assert lines[0] == "texts:"
    for line in lines[1:]:
        assert line.startswith(("- '", "'")), line
    assert yaml.safe_load(to_yaml(texts)) == texts
    assert to_yaml({"version": "3.0.0"}) == "version: 3.0.0\n"


def test_the_order_of_keys_stays() -> None:
    document = {"b": 1, "a": 2}
    assert list(json.loads(to_json(document))) == ["b", "a"]
    assert to_yaml(document) == "b: 1\na: 2\n"


def test_half_characters_do_not_stop_a_document_from_being_sent() -> None:
    assert json.loads(to_json({"a": "x\ud800y"}).encode()) == {"a": "x\ud800y"}
    assert to_yaml({"a": "x\ud800y"}).encode()


def test_what_json_has_not_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        to_json({"a": float("nan")})
