"""Patterns of Rust and Python become patterns that every JavaScript engine reads, or none."""

import json

import pytest

from chanx.asyncapi.patterns import portable_pattern
from tests.nodejs import node_to

SAME = [
    "",
    r"^[a-z]+$",
    r"^(a|b)*?\++$",
    r"^[\w\-.]+$",
    r"^[\[\]{}()]+[*]$",
    r"[\]a-z]+?",
    r"(?<=a)b(?<!c)(?!d)(?=e)(?:f)(?<n>g)",
    r"^[^\s@]+@[^\s@]+\.[^\s@]+$",
    r"a{2}b{2,}c{2,3}",
    "a\nb",
]

OTHER = {
    r"\Aa\z": "^a$",
    r"^a\Z": "^a$",
    r"^\\z\\A$": r"^\\z\\A$",
    r"(?P<year>\d{4})": r"(?<year>\d{4})",
    r"\x{41}\u{e9}\U000000e9\a": r"\u0041\u00e9\u00e9\x07",
    r"\@\#\ \_\-[\@\-]": r"@# _-[@\-]",
    r"^[]a]+[^]a]$": r"^[\]a]+[^\]a]$",
    r"^]}$": r"^\]\}$",
}

NONE = [
    r"(?i)a",
    r"(?i:a)",
    r"(?x) a # b",
    r"(?#c)a",
    r"(?>a)",
    r"(?P<q>.)(?P=q)",
    r"a*+",
    r"a{2}+",
    r"a{,3}",
    r"\p{L}",
    r"\pL",
    r"\1",
    r"\<a\>",
    r"\b{start}a",
    r"[[:alpha:]]",
    r"[a&&b]",
    r"[a--b]",
    r"[a~~b]",
    r"\U0001F600",
]


@pytest.mark.parametrize("pattern", SAME)
def test_what_is_common_stays(pattern: str) -> None:
    assert portable_pattern(pattern) == pattern


@pytest.mark.parametrize("pattern", OTHER)
def test_what_is_spelled_otherwise_is_translated(pattern: str) -> None:
    assert portable_pattern(pattern) == OTHER[pattern]


@pytest.mark.parametrize("pattern", NONE)
def test_what_cannot_be_said_is_none(pattern: str) -> None:
    assert portable_pattern(pattern) is None


def test_what_is_given_is_read_with_and_without_the_unicode_flag() -> None:
    node = node_to("read patterns with")
    program = "for (const p of JSON.parse(process.argv[1])) { new RegExp(p); new RegExp(p, 'u') }"
    patterns = json.dumps([portable_pattern(pattern) for pattern in [*SAME, *OTHER]])
    assert node(["-e", program, patterns]) == 0
