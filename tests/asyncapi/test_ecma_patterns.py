"""Patterns mean here what they mean in JavaScript, and take no longer than the text is long."""

import json
import time
from typing import Any

import pytest

from chanx.asyncapi.ecma_patterns import PatternError, finds, is_decided, read_pattern
from tests.nodejs import node_to

PATTERNS: list[str] = [
    "", "^", "$", "a", "^a+$", "a|b", "(a)(b)", "(?:a)", "(?<name>a)", "[abc]", "[^abc]", "[a-c]",
    "[]", "[^]", "[-a]", "[a-]", r"[\w-.]", r"[a-\d]", "[[a]", "[a&&b]", "[a--b]", "[a~~b]",
    r"[\b]",
    r"\d+", r"\D", r"\w", r"\W", r"\s", r"\S", r"\bfoo\b", r"\Boo", ".", "^.$", "a.b", r"\.", r"\/",
    r"\-", r"\ ", r"\<", r"\#", r"\e", r"\cA", r"\x41", r"\u0041", r"\u{41}", r"\0", r"\t\n\v\f\r",
    "a{2}", "a{2,}", "a{2,3}", "a{,3}", "a{", "a}", "]", "a{2,1}", "{2}", "a**", "a*?", "a+?",
    "a??",
    "a???", "*", "+a", "^*", "|*", "(*)", r"\b+", "(", ")", "(a", "a)", "[", "[a", "[b-a]", "\\",
    "(?", "(?a)", "(?P<n>a)", "(?=a)b", "(?!a)b", "(?<=a)b", "(?<!a)b", "(?=a)*", "(?<=a)*",
    r"(a)\1",
    r"\1", r"(?<n>a)\k<n>", r"(?<n>a)\k<m>", r"\p{L}", r"^\p{Lu}+$", r"[\p{L}\d]", "é", "[é-ü]",
    "\N{GRINNING FACE}", "^[\N{GRINNING FACE}]$", "a#b", "a b", "~", "&", "<", "(?i)a", r"\Aa\z",
    "a\nb",
    "[ -~]", r"[\]]", r"[\\]", r"[/]", r"[\/]", "((a)|b)*c", "^(?:a|b){1,3}$", r"\x4", r"[^\d\s]",
    r"^[\w.+-]+@[\w-]+\.[\w.]+$", r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", r"[\c]", r"[\x41-\x43]",
    "a||b",
]  # fmt: skip

TEXTS: list[str] = [
    "", "a", "b", "ab", "aa", "aaa", "abc", "A", "C", "-", "]", "[", "[a", "{", "}", "a{", "foo",
    "1", "é", "ü", "\N{GRINNING FACE}", " ", "\t", "\n", "\r", "\N{LINE SEPARATOR}",
    "\N{NO-BREAK SPACE}",
    "\N{ZERO WIDTH NO-BREAK SPACE}", "\N{ARABIC-INDIC DIGIT ONE}", "a\n", "a\nb", "a b", "a.b", "/",
    "\\", "e", "<", "#", "\x01", "\0", "\b", "\t\n\x0b\x0c\r", "&", "~", "a#b", "x4", "ß", "_",
    "\N{LATIN SMALL LETTER LONG S}", "\N{KELVIN SIGN}", "ada@example.org", "2026-01-02T03:04",
    "a-1.",
]  # fmt: skip

PROGRAM = """
const {patterns, texts} = JSON.parse(require("fs").readFileSync(0, "utf8"));
const read = (pattern, flags) => {
  try { return new RegExp(pattern, flags); } catch { return null; }
};
console.log(JSON.stringify(patterns.map((pattern) => {
  const strict = read(pattern, "u"), loose = read(pattern, "");
  const regexp = strict ?? loose;
  return {strict: strict !== null, loose: loose !== null,
          found: regexp && texts.map((text) => regexp.test(text))};
})));
"""


@pytest.fixture(scope="module")
def in_javascript() -> dict[str, Any]:
    done = node_to("ask JavaScript what patterns mean with")(
        ["-e", PROGRAM],
        return_completed_process=True,
        input=json.dumps({"patterns": PATTERNS, "texts": TEXTS}).encode(),
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(PATTERNS, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("pattern", PATTERNS, ids=repr)
def test_a_pattern_is_what_it_is_in_javascript(pattern: str, in_javascript: dict[str, Any]) -> None:
    told = in_javascript[pattern]
    if not told["strict"] and not told["loose"]:
        with pytest.raises(PatternError):
            read_pattern(pattern)
        assert finds(pattern, "a") is None
        return
    assert read_pattern(pattern).is_strict == told["strict"]
    if is_decided(pattern):
        assert [finds(pattern, text) for text in TEXTS] == told["found"]


@pytest.mark.parametrize(
    "pattern",
    [
        "(?=a)b", "(?!a)b", "(?<=a)b", r"(a)\1", r"(?<n>a)\k<n>", "a{99999999999}", "a" * 20_000,
        "(" * 4000 + ")" * 4000, "((((a{1000}){1000}){1000}){1000})", "\ud800", r"\ud83d\ude00",
    ],
    ids=lambda pattern: repr(pattern)[:20],
)  # fmt: skip
def test_what_cannot_be_run_in_linear_time_is_not_decided(pattern: str) -> None:
    assert finds(pattern, "aaa") is None
    assert not is_decided(pattern)


@pytest.mark.parametrize(
    ("pattern", "size"),
    [
        ("abc", 3),
        ("a*b+", 2),
        ("a{5}", 5),
        ("a{2,5}b", 6),
        ("a{5,}", 5),
        ("(ab){3}", 6),
        ("((ab){3}c){2}", 14),
        ("[abc]{4}", 4),
        (r"\d{4}-\d{2}", 7),
    ],
)
def test_a_pattern_is_as_large_as_it_is_without_repetitions(pattern: str, size: int) -> None:
    assert read_pattern(pattern).size == size


def test_a_large_pattern_is_not_run_on_a_long_text() -> None:
    assert finds("^(ab){2000}$", "ab" * 2000) is True
    assert finds("^(ab){2000}$", "ab" * 20_000) is None


def test_halves_of_surrogate_pairs_are_not_decided() -> None:
    assert finds("a", "a\ud800") is None


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "^(a|a)*$", "(.*a){12}$", r"^(\w+\s?)*$", "^(([a-z])+.)+[A-Z]([a-z])+$"]
)
def test_no_pattern_takes_long(pattern: str) -> None:
    began = time.perf_counter()
    assert finds(pattern, "a" * 20_000 + "!") is False
    # Backtracking takes longer than the universe has existed; a loaded machine takes seconds.
    assert time.perf_counter() - began < 20
