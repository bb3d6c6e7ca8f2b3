"""Regular expressions of ECMA-262, which JSON Schema uses: read, and run in linear time.

A document's patterns are anybody's. Python's ``re`` backtracks: ``(a+)+$`` on thirty letters takes
minutes. pydantic's engine, Rust's ``regex``, cannot; what it does not have, such as look-ahead and
references to groups, is not run at all.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pydantic_core import SchemaError, SchemaValidator, core_schema

_LARGEST: Final = 10_000
"""Characters, written out without repetitions. A larger pattern is not run."""

_MOST_STEPS: Final = 20_000_000
"""The size of a pattern times the length of a text; what is beyond is not run."""

_UNICODE: Final = 500
"""The size of a class of characters by a property of Unicode, of which there are many ranges."""

_TOKEN: Final = re.compile(
    r"(?P<escape>\\(?:u\{(?P<point>[0-9A-Fa-f]{1,8})\}|u(?P<unit>[0-9A-Fa-f]{4})"
    r"|x(?P<byte>[0-9A-Fa-f]{2})|c(?P<control>[A-Za-z])|(?P<property>[pP]\{[\w=]+\})"
    r"|k<(?P<named>\w+)>|(?P<number>[1-9][0-9]*)|(?P<letter>.)))"
    r"|(?P<open>\((?:\?(?:<(?P<name>[A-Za-z_$][\w$]*)>|(?P<look><?[=!])|:"
    r"|(?P<flags>[ims]*(?:-[ims]*)?):)|(?!\?)))"
    r"|(?P<count>\{(?P<least>[0-9]+)(?P<more>,(?P<most>[0-9]*))?\})"
    r"|(?P<plain>.)",
    re.S,
)
_SPACE: Final = (
    r"\t-\r \u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}\u{feff}"
)
_CLASSES: Final = {
    "d": "[0-9]",
    "D": "[^0-9]",
    "w": "[A-Za-z0-9_]",
    "W": "[^A-Za-z0-9_]",
    "s": f"[{_SPACE}]",
    "S": f"[^{_SPACE}]",
}
"""Sets of characters as ECMA-262 has them (22.2.2.9), whatever Unicode says."""

_CONTROLS: Final = {"t": r"\t", "n": r"\n", "v": r"\x0B", "f": r"\x0C", "r": r"\r", "0": r"\x00"}
_BOUNDARIES: Final = {"b": r"(?-u:\b)", "B": r"(?-u:\B)"}
_SYNTAX: Final = frozenset("^$\\.*+?()[]{}|/")


class PatternError(ValueError):
    """JavaScript cannot read a pattern; the text says why."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """What is known of a pattern.

    Attributes:
        linear: The same for Rust's ``regex``; None if that has no such thing.
        is_strict: Whether JavaScript reads it with the flag ``u`` too, as validators set it.
        size: Its size in characters, were it written out without repetitions.
    """

    linear: str | None
    is_strict: bool
    size: int


@lru_cache(1024)
def read_pattern(pattern: str) -> Pattern:
    """Return what a pattern is (ECMA-262, 22.2.1, with the additions of annex B.1.2).

    Args:
        pattern: The pattern.

    Raises:
        PatternError: If JavaScript cannot read it.

    Example:
        >>> read_pattern("^a+$").linear
        '^a+$'
        >>> read_pattern("(?=a)").linear is None
        True
    """
    return _Reader(pattern).read()


def finds(pattern: str, text: str) -> bool | None:
    """Return whether a pattern is found in a text; None if that is not decided.

    It takes time in proportion to the text, whatever the pattern.

    Args:
        pattern: A pattern of ECMA-262. Not decided is one that JavaScript cannot read, or that
            Rust's ``regex`` has no means for: look-ahead and look-behind, references to groups.
        text: The text. Not decided is one with halves of surrogate pairs.
    """
    matcher = _matcher(pattern)
    if matcher is None or not _is_whole(text):
        return None
    if read_pattern(pattern).size * len(text) > _MOST_STEPS:
        return None
    return matcher.isinstance_python(text)


def is_decided(pattern: str) -> bool:
    """Return whether :func:`finds` can tell of a pattern.

    Args:
        pattern: A pattern of ECMA-262.
    """
    return _matcher(pattern) is not None


def _is_whole(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


@lru_cache(1024)
def _matcher(pattern: str) -> SchemaValidator | None:
    try:
        read = read_pattern(pattern)
    except PatternError:
        return None
    if read.linear is None or read.size > _LARGEST:
        return None
    try:
        return SchemaValidator(core_schema.str_schema(pattern=read.linear, strict=True))
    except SchemaError:  # too large when compiled, or too deep
        return None


class _Reader:
    """Reads a pattern from its begin to its end, once.

    Args:
        pattern: The pattern.
    """

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._parts: list[str] = []
        self._is_strict = True
        self._is_linear = _is_whole(pattern)
        self._names: list[str] = []
        self._groups = 0
        self._largest_reference = 0
        self._named_references: list[str] = []
        self._sizes = [0]  # of what is open: the whole, and each group within
        self._last_size = 0  # of what stands before

    def read(self) -> Pattern:
        # Whether what stands before may be repeated: False if only without the flag u.
        repeatable: bool | None = None
        open_groups: list[bool | None] = []  # the same of each group that is not closed yet
        at = 0
        while at < len(self._pattern):
            found = _TOKEN.match(self._pattern, at)
            assert found  # any character is plain
            at = found.end()
            if found["escape"]:
                repeatable = self._escape(found)
                self._grow(_UNICODE if found["property"] else 1)
            elif found["open"]:
                open_groups.append(self._opened(found))
                self._sizes.append(0)
                repeatable = None
            elif found["count"] or found["plain"] in "*+?":
                repeatable, at = self._repeated(found, repeatable, at)
            elif found["plain"] == "[":
                begin, at = at, self._set(at)
                repeatable = True
                self._grow(_UNICODE if r"\p" in self._pattern[begin:at].lower() else 1)
            elif found["plain"] == ")":
                if not open_groups:
                    raise PatternError("a ) closes nothing")
                repeatable = open_groups.pop()
                self._grow(self._sizes.pop())
                self._parts.append(")")
            else:
                repeatable = self._plain(found["plain"])
                self._grow(1)
        if open_groups:
            raise PatternError("a ( is not closed")
        return self._done()

    def _grow(self, size: int) -> None:
        self._sizes[-1] += size
        self._last_size = size

    def _done(self) -> Pattern:
        if len(set(self._names)) < len(self._names):
            self._is_linear = False  # allowed in alternatives, as from ES2025 on
        if self._names and not set(self._named_references) <= set(self._names):
            raise PatternError("a \\k names no group")
        if self._named_references and not self._names:
            self._is_strict = False
        if self._largest_reference > self._groups:
            self._is_strict = False
        return Pattern(
            "".join(self._parts) if self._is_linear else None, self._is_strict, self._sizes[0]
        )

    def _opened(self, found: re.Match[str]) -> bool | None:
        """Take the begin of a group; return whether it may be repeated once it is closed."""
        if found["look"]:
            self._is_linear = False
            return None if found["look"].startswith("<") else False
        if found["name"]:
            self._names.append(found["name"])
        if found["name"] or found["open"] == "(":
            self._groups += 1
        if found["flags"]:
            self._is_linear = False
        self._parts.append("(" if found["open"] == "(" or found["name"] else "(?:")
        return True

    def _repeated(self, found: re.Match[str], repeatable: bool | None, at: int) -> tuple[None, int]:
        token = found.group()
        if repeatable is None:
            raise PatternError(f"there is nothing for {token} to repeat")
        if repeatable is False:
            self._is_strict = False  # annex B lets look-ahead be repeated
        if found["most"] and int(found["most"][:20]) < int(found["least"][:20]):
            raise PatternError(f"{token} is in the wrong order")
        times = int((found["most"] or found["least"] or "1")[:9])
        self._sizes[-1] += self._last_size * max(times - 1, 0)
        if self._pattern[at : at + 1] == "?":
            token, at = f"{token}?", at + 1
        self._parts.append(token)
        return None, at

    def _plain(self, letter: str) -> bool | None:
        if letter == "(":
            raise PatternError("(? begins no group that there is")
        if letter == "\\":
            raise PatternError("there is nothing behind the last \\")
        if letter == ".":
            self._parts.append(r"[^\n\r\u{2028}\u{2029}]")
            return True
        if letter in "^$|":
            self._parts.append(letter)
            return None
        if letter in "]{}":
            self._is_strict = False
            letter = _literal(letter)
        self._parts.append(letter)
        return True

    def _escape(self, found: re.Match[str]) -> bool | None:
        letter = found["letter"]
        if letter in _BOUNDARIES:
            self._parts.append(_BOUNDARIES[letter])
            return None
        if found["named"]:
            self._named_references.append(found["named"])
            self._is_linear = False
        elif found["number"]:
            self._largest_reference = max(self._largest_reference, int(found["number"][:9]))
            self._is_linear = False
        else:
            self._parts.append(self._character(found, is_inside=False))
        return True

    def _character(self, found: re.Match[str], *, is_inside: bool) -> str:
        """Return what an escape stands for, in Rust's spelling."""
        if found["property"]:
            return f"\\{found['property']}"
        if digits := found["point"] or found["unit"] or found["byte"]:
            return self._code_point(int(digits, 16))
        if found["control"]:
            return f"\\x{ord(found['control']) % 32:02X}"
        if found["number"] or found["named"]:  # within a set of characters
            self._is_strict = self._is_linear = False
            return ""
        letter: str = found["letter"]
        if letter in _CLASSES:
            return _CLASSES[letter]
        if letter in _CONTROLS:
            return _CONTROLS[letter]
        if is_inside and letter == "b":
            return r"\x08"
        if letter not in _SYNTAX and not (is_inside and letter == "-"):
            self._is_strict = False  # without the flag u it is the letter itself
            if letter in "cpPkuUx":
                self._is_linear = False
        return _literal(letter)

    def _code_point(self, number: int) -> str:
        if number > 0x10FFFF:
            self._is_strict = self._is_linear = False
            return ""
        if 0xD800 <= number <= 0xDFFF:
            self._is_linear = False
        return f"\\u{{{number:x}}}"

    def _set(self, at: int) -> int:
        """Read a set of characters; return where it ends."""
        is_negated = self._pattern[at : at + 1] == "^"
        at += is_negated
        members: list[
            tuple[str, int | None]
        ] = []  # in Rust's spelling, with the number if it is one
        while self._pattern[at : at + 1] != "]":
            found = _TOKEN.match(self._pattern, at)
            if found is None:
                raise PatternError("a [ is not closed")
            if found["escape"]:
                spelled = self._character(found, is_inside=True)
                at = found.end()
                members.append((spelled, self._number_of(found, spelled)))
            else:
                letter = self._pattern[at]
                at += 1
                members.append(("-" if letter == "-" else _literal(letter), ord(letter)))
        self._parts.append(self._spelled_set(members, is_negated))
        return at + 1

    def _number_of(self, found: re.Match[str], spelled: str) -> int | None:
        letter = found["letter"]
        if found["property"] or (letter and letter in _CLASSES):
            return None
        if digits := found["point"] or found["unit"] or found["byte"]:
            return int(digits, 16)
        if found["control"]:
            return ord(found["control"]) % 32
        if letter == "b":
            return 8
        if letter in _CONTROLS:
            return {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13, "0": 0}[letter]
        return ord(letter) if letter else None

    def _spelled_set(self, members: list[tuple[str, int | None]], is_negated: bool) -> str:
        if not members:
            return r"[\s\S]" if is_negated else r"[^\s\S]"
        spelled: list[str] = []
        index = 0
        while index < len(members):
            text, number = members[index]
            if index + 2 < len(members) and members[index + 1][0] == "-":
                last_text, last = members[index + 2]
                if number is None or last is None:
                    self._is_strict = False  # annex B: the three are meant
                    spelled += [_in_set(text), r"\-", _in_set(last_text)]
                elif last < number:
                    raise PatternError("a range in [...] is in the wrong order")
                else:
                    spelled.append(f"{_in_set(text)}-{_in_set(last_text)}")
                index += 3
            else:
                spelled.append(_in_set(text))
                index += 1
        return f"[{'^' if is_negated else ''}{''.join(spelled)}]"


def _literal(letter: str) -> str:
    """Return a letter as Rust spells it, where it might be syntax by its number."""
    return letter if letter.isalnum() or ord(letter) > 127 else f"\\u{{{ord(letter):x}}}"


def _in_set(spelled: str) -> str:
    return r"\-" if spelled == "-" else spelled


__all__ = ["Pattern", "PatternError", "finds", "is_decided", "read_pattern"]
