"""Texts in which a regular expression is found.

What is made here is only proposed: chanx's validator decides whether a text matches.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final, TypeAlias

_ROUNDS: Final = 24
_MAX_REPEATS: Final = 1_000
_MAX_DEPTH: Final = 40
_LONGEST_PATTERN: Final = 10_000

_CLASSES: Final = {
    "d": "059",
    "D": "aZ -",
    "w": "azAZ09_",
    "W": " -.",
    "s": " \t",
    "S": "aZ0-",
}
_CONTROLS: Final = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}
_ANY: Final = "aZ0 -b"
_OTHERS: Final = "aAzZ09_ -.,:/@é"
_TIMES: Final = re.compile(r"([*+?]|\{([0-9]{1,6})(,([0-9]{0,6}))?\})\??")


class _UnknownSyntax(ValueError):
    """A pattern has something that is not read here, such as look-ahead."""


@dataclass(frozen=True, slots=True)
class _Letters:
    choices: str


@dataclass(frozen=True, slots=True)
class _Sequence:
    parts: "tuple[_Node, ...]"


@dataclass(frozen=True, slots=True)
class _Choice:
    parts: "tuple[_Node, ...]"


@dataclass(frozen=True, slots=True)
class _Repeat:
    part: "_Node"
    least: int
    most: int | None


_Node: TypeAlias = _Letters | _Sequence | _Choice | _Repeat


def texts_for(pattern: str, lengths: Iterable[float] = ()) -> list[str]:
    """Return some texts in which a pattern is likely to be found; none if it is not read here.

    Args:
        pattern: The pattern (ECMA-262).
        lengths: Numbers of characters that are of interest.
    """
    try:
        node = _read(pattern)
    except _UnknownSyntax:
        return []
    wanted = [int(length) for length in lengths if 0 <= length <= _MAX_REPEATS]
    found = dict.fromkeys(_said(node, seed, 0) for seed in range(_ROUNDS))
    for length in wanted:
        found.update(dict.fromkeys(islice(_stretched(node, length), 4)))
    if not pattern.endswith("$"):
        padded = [text.ljust(length, "a") for text in [*found][:4] for length in wanted]
        found.update(dict.fromkeys(padded))
    if not pattern.startswith("^"):
        found.update({f"a{text}": None for text in [*found][:4]})
    if not pattern.endswith("$"):
        found.update({f"{text}a": None for text in [*found][:4]})
    return [*found]


def _said(node: _Node, seed: int, extra: int) -> str:
    """Return one text; the seed chooses among what is possible."""
    if isinstance(node, _Letters):
        return node.choices[seed % len(node.choices)] if node.choices else ""
    if isinstance(node, _Sequence):
        return "".join(_said(part, seed, extra) for part in node.parts)
    if isinstance(node, _Choice):
        return _said(node.parts[seed % len(node.parts)], seed // len(node.parts), extra)
    times = node.least + (seed % 3 if seed else 0) + extra
    most = _MAX_REPEATS if node.most is None else min(node.most, _MAX_REPEATS)
    # Texts within repetitions may differ, but need not: the validator sees either.
    return _said(node.part, seed, 0) * min(times, most)


def _stretched(node: _Node, length: int) -> Iterator[str]:
    for seed in (0, 1, 2, 5):
        shortest = len(_said(node, seed, 0))
        for extra in range(max(0, min(length - shortest, _MAX_REPEATS)), -1, -1):
            text = _said(node, seed, extra)
            if len(text) == length:
                yield text
                break
            if extra < length - shortest - 4:
                break


@lru_cache(512)
def _read(pattern: str) -> _Node:
    if len(pattern) > _LONGEST_PATTERN:
        raise _UnknownSyntax(pattern)
    reader = _Reader(pattern)
    node = reader.choice(0)
    if reader.at < len(pattern):
        raise _UnknownSyntax(pattern)
    return node


class _Reader:
    """Reads a pattern, as far as texts can be made for it.

    Args:
        pattern: The pattern.
    """

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self.at = 0

    def choice(self, depth: int) -> _Node:
        if depth > _MAX_DEPTH:
            raise _UnknownSyntax(self._pattern)
        parts = [self._sequence(depth)]
        while self._next("|"):
            parts.append(self._sequence(depth))
        return parts[0] if len(parts) == 1 else _Choice(tuple(parts))

    def _next(self, text: str) -> bool:
        if self._pattern.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def _take(self) -> str:
        if self.at >= len(self._pattern):
            raise _UnknownSyntax(self._pattern)
        self.at += 1
        return self._pattern[self.at - 1]

    def _sequence(self, depth: int) -> _Node:
        parts = list[_Node]()
        while self.at < len(self._pattern) and self._pattern[self.at] not in "|)":
            if self._next("^") or self._next("$") or self._next(r"\b"):
                continue  # whether it holds, the validator sees
            part = self._one(depth)
            while found := _TIMES.match(self._pattern, self.at):
                self.at = found.end()
                part = _repeated(part, found)
            parts.append(part)
        return _Sequence(tuple(parts))

    def _one(self, depth: int) -> _Node:
        letter = self._take()
        if letter == "(":
            return self._group(depth)
        if letter == "[":
            return self._set()
        if letter == "\\":
            return _Letters(self._escape())
        if letter in "*+?":
            raise _UnknownSyntax(self._pattern)
        return _Letters(_ANY if letter == "." else letter)

    def _group(self, depth: int) -> _Node:
        if self._next("?"):
            name = re.compile(r":|<[A-Za-z_]\w*>").match(self._pattern, self.at)
            if name is None:
                raise _UnknownSyntax(self._pattern)
            self.at = name.end()
        node = self.choice(depth + 1)
        if not self._next(")"):
            raise _UnknownSyntax(self._pattern)
        return node

    def _escape(self) -> str:
        letter = self._take()
        if letter in _CLASSES:
            return _CLASSES[letter]
        if letter in _CONTROLS:
            return _CONTROLS[letter]
        if letter in "xu":
            digits = self._pattern[self.at : self.at + (2 if letter == "x" else 4)]
            if not re.fullmatch("[0-9A-Fa-f]{2}|[0-9A-Fa-f]{4}", digits):
                raise _UnknownSyntax(self._pattern)
            self.at += len(digits)
            return chr(int(digits, 16))
        if letter.isalnum():
            raise _UnknownSyntax(self._pattern)
        return letter

    def _set(self) -> _Node:
        is_negated = self._next("^")
        choices = ""
        while not self._next("]"):
            letter = self._take()
            first = self._escape() if letter == "\\" else letter
            is_range = (
                len(first) == 1
                and self._pattern.startswith("-", self.at)
                and not self._pattern.startswith("-]", self.at)
            )
            if is_range:
                self.at += 1
                letter = self._take()
                last = self._escape() if letter == "\\" else letter
                first = f"{first}{last[-1]}{chr((ord(first) + ord(last[-1])) // 2)}"
            choices += first
        if is_negated:
            pattern = re.compile(self._pattern[self._start_of_set() : self.at])
            choices = "".join(letter for letter in _OTHERS if pattern.match(letter))
        return _Letters("".join(dict.fromkeys(choices)))

    def _start_of_set(self) -> int:
        return self._pattern.rindex("[^", 0, self.at)


def _repeated(part: _Node, found: re.Match[str]) -> _Node:
    if found[1] == "*":
        return _Repeat(part, 0, None)
    if found[1] == "+":
        return _Repeat(part, 1, None)
    if found[1] == "?":
        return _Repeat(part, 0, 1)
    least = int(found[2])
    if found[3] is None:
        return _Repeat(part, least, least)
    return _Repeat(part, least, int(found[4]) if found[4] else None)


__all__ = ["texts_for"]
