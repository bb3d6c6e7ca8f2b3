"""Regular expressions of paths, read as far as an address needs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

# With the marks of lazy and possessive ones, which match the same texts as far as an address goes.
_QUANTIFIER: Final = re.compile(r"(?:[?*+]|\{\d*,?\d*\})[?+]?")
_GROUP: Final = re.compile(r"\?(?:P<(?P<name>\w+)>|(?P<plain>[aiLmsux-]*:)|(?P<silent>.))", re.S)
_CLASSES: Final = "dDsSwW"
# Assertions, which match no text.
_EDGES: Final = "AZzbB"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a path: literal text, or something that varies.

    Attributes:
        text: The literal text, or the regular expression of what varies.
        is_literal: Which of the two.
        name: The group's name; None for an unnamed one.
    """

    text: str
    is_literal: bool
    name: str | None = None

    @property
    def is_anonymous(self) -> bool:
        """Whether it varies and has no name."""
        return not self.is_literal and self.name is None


def read_regex(pattern: str) -> list[Piece]:
    """Return the pieces of a regular expression that matches paths.

    Groups vary, and so do character classes and alternatives outside of groups; anchors and
    lookarounds match no text; what is optional is taken to be there.

    Args:
        pattern: The expression, in Python's syntax.
    """
    # At the top level an alternative is another address; the whole varies then.
    if len(_alternatives(pattern)) > 1:
        return [Piece(pattern, False)]
    # Neighbours of one kind are one piece, or /\d\d\d\d/ would be four parameters.
    joined: list[Piece] = []
    for piece in _pieces(pattern):
        last = joined[-1] if joined else None
        if last is not None and (
            (last.is_literal and piece.is_literal) or (last.is_anonymous and piece.is_anonymous)
        ):
            joined[-1] = Piece(last.text + piece.text, last.is_literal)
        else:
            joined.append(piece)
    return joined


def _pieces(pattern: str) -> Iterator[Piece]:
    position = 0
    while position < len(pattern):
        end = _atom_end(pattern, position)
        atom = pattern[position:end]
        quantifier = _QUANTIFIER.match(pattern, end)
        position = quantifier.end() if quantifier else end
        yield from _atom(atom, quantifier.group() if quantifier else "")


def _atom(atom: str, quantifier: str) -> Iterator[Piece]:
    # RegexPattern searches, so ^ may stand anywhere in a nested route, and takes no text.
    if atom in ("^", "$"):
        return
    if atom[0] == "(":
        yield from _group(atom[1:-1], quantifier)
    elif atom[0] == "[" and not re.fullmatch(r"\[[^\\^]\]", atom):
        yield Piece(atom + quantifier, False)
    elif atom[0] == "[":
        yield Piece(atom[1], True)
    elif atom[0] == "\\":
        if atom[1] in _CLASSES:
            yield Piece(atom + quantifier, False)
        elif atom[1] not in _EDGES:
            yield Piece(atom[1], True)
    elif atom == "." and quantifier:
        yield Piece(atom + quantifier, False)
    else:
        yield Piece(atom, True)


def _group(body: str, quantifier: str) -> Iterator[Piece]:
    found = _GROUP.match(body)
    if found is None:
        yield Piece(body, False)
    elif found["name"]:
        yield Piece(body[found.end() :], False, found["name"])
    elif found["plain"] is not None:
        inner = body[found.end() :]
        # Optional parts are taken to be there: an address has no form for both.
        if len(_alternatives(inner)) > 1 or quantifier not in ("", "?"):
            yield Piece(f"(?:{inner}){quantifier}", False)
        else:
            yield from _pieces(inner)


def _atom_end(pattern: str, start: int) -> int:
    if pattern[start] == "\\":
        return min(start + 2, len(pattern))
    if pattern[start] == "[":
        return _class_end(pattern, start)
    if pattern[start] != "(":
        return start + 1
    depth, position = 1, start + 1
    while depth and position < len(pattern):
        if pattern[position] in "\\[":
            position = _atom_end(pattern, position)
            continue
        depth += {"(": 1, ")": -1}.get(pattern[position], 0)
        position += 1
    return position


def _class_end(pattern: str, start: int) -> int:
    position = start + 1 + (pattern[start + 1 : start + 2] == "^")
    position += pattern[position : position + 1] == "]"  # as the first one it is literal
    while position < len(pattern) and pattern[position] != "]":
        position += 2 if pattern[position] == "\\" else 1
    return position + 1


def _alternatives(pattern: str) -> list[str]:
    found, begin, position = list[str](), 0, 0
    while position < len(pattern):
        if pattern[position] == "|":
            found.append(pattern[begin:position])
            begin = position + 1
        position = _atom_end(pattern, position)
    return [*found, pattern[begin:]]


__all__ = ["Piece", "read_regex"]
