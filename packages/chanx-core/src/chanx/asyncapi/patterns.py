"""Regular expressions, from pydantic's dialects (Rust's and Python's) to ECMA-262."""

import re
from typing import Final

_TOKEN: Final = re.compile(
    r"\\(?:[xuU]\{(?P<point>[0-9A-Fa-f]+)\}|U(?P<long>[0-9A-Fa-f]{8})|(?P<escaped>.))"
    r"|(?P<group>\(\?(?:P?<(?=[A-Za-z_])|[:=!]|<[=!]))"
    r"|(?P<repeated>(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})(?P<lazy>\??))"
    r"|(?P<plain>.)",
    re.S,
)
_SPELLINGS: Final = {"A": "^", "z": "$", "Z": "$", "a": r"\x07"}
_SYNTAX: Final = frozenset(r"^$\.*+?()[]{}|/")
_SHARED: Final = frozenset("bBdDsSwWfnrtvxu")
"""Letters that mean the same behind a backslash."""

_TWICE: Final = frozenset({"&&", "--", "~~"})
"""What combines sets of characters in Rust."""


def portable_pattern(pattern: str) -> str | None:
    """Return a pattern as ECMA-262 spells it, with and without its ``u`` flag; None if it cannot.

    Args:
        pattern: As Rust's ``regex`` or Python's ``re`` reads it.

    Example:
        >>> portable_pattern(r"\\A(?P<user>[\\w\\-]+)\\@\\x{E9}\\z")
        '^(?<user>[\\\\w\\\\-]+)@\\\\u00e9$'
        >>> portable_pattern(r"(?i)abc") is None
        True
    """
    parts: list[str] = []
    last = ""
    set_at = -1  # where the set of characters that this is in begins; outside of any -1
    for found in _TOKEN.finditer(pattern):
        token = found.group()
        is_inside = set_at >= 0
        if found["point"] or found["long"]:
            part = _code_point(int(found["point"] or found["long"], 16))
        elif found["escaped"]:
            part = _escaped(found["escaped"], pattern[found.end() :], is_inside)
        elif is_inside:
            is_first = pattern[set_at : found.start()] in ("[", "[^")
            part = _in_set(token, is_first, pattern[found.end() : found.end() + 1])
            set_at = -1 if token == "]" and not is_first else set_at
        elif found["group"]:
            part = token.replace("?P<", "?<")
        elif found["repeated"]:
            part = None if last == "repeated" else token
        else:
            part = _plain(token, pattern[found.end() : found.end() + 1])
            set_at = found.start() if token == "[" else -1
        if part is None:
            return None
        parts.append(part)
        last = "" if is_inside else found.lastgroup or ""
    return "".join(parts)


def _code_point(number: int) -> str | None:
    return f"\\u{number:04x}" if number <= 0xFFFF else None


def _escaped(letter: str, rest: str, is_inside: bool) -> str | None:
    if letter in _SHARED:
        # In Rust, a brace behind it says which side of a word this is: \b{start}.
        return None if letter in "bB" and rest.startswith("{") else f"\\{letter}"
    if letter in _SPELLINGS:
        return _SPELLINGS[letter]
    if letter.isalnum() or letter in "<>":
        return None
    return f"\\{letter}" if letter in _SYNTAX or (is_inside and letter == "-") else letter


def _in_set(token: str, is_first: bool, following: str) -> str | None:
    if token == "]" and is_first:
        return r"\]"
    return None if token[0] == "[" or token[-1] + following in _TWICE else token


def _plain(token: str, following: str) -> str | None:
    if token == "(" and following == "?":
        return None  # flags, comments, atomic groups and the like
    if token == "{" and following == ",":
        return None  # Python's "up to"
    return f"\\{token}" if token in "]{}" else token


__all__ = ["portable_pattern"]
