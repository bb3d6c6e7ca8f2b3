"""Lays text out in lines of 80 columns as prettier does, which then has nothing to do.

The algorithm is prettier's own, after Wadler's "A prettier printer": a group is on one line if that
fits, and is broken at all of its own lines else.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

WIDTH: Final = 80
TAB: Final = 2


@dataclass(frozen=True, slots=True)
class Line:
    """A place where a line may end.

    Attributes:
        flat: What stands there if it does not.
        is_hard: Whether it always does.
    """

    flat: str = " "
    is_hard: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """What is on one line, or broken at all of its own lines.

    Attributes:
        contents: What is.
        is_broken: Whether it is broken, even if it would fit.
    """

    contents: "Layout"
    is_broken: bool = False


@dataclass(frozen=True, slots=True)
class Indent:
    """What is further to the right where it begins a line.

    Attributes:
        contents: What is.
    """

    contents: "Layout"


@dataclass(frozen=True, slots=True)
class IfBroken:
    """What stands only where the group around it is broken, or only where it is not.

    Attributes:
        broken: The one.
        flat: The other.
    """

    broken: "Layout"
    flat: "Layout" = ""


@dataclass(frozen=True, slots=True)
class After:
    """What stands after an equals sign or a colon: on the same line if its beginning fits.

    Attributes:
        contents: What does.
    """

    contents: "Layout"


Layout: TypeAlias = str | Line | Group | Indent | IfBroken | After | Sequence["Layout"]

LINE: Final = Line()
SOFT: Final = Line("")
HARD: Final = Line(is_hard=True)

_Command: TypeAlias = tuple[int, bool, Layout]
"""An indentation, whether lines are ends of lines, and what is to be laid out."""


def join(separator: Layout, parts: Iterable[Layout]) -> list[Layout]:
    """Return parts with a separator between them.

    Args:
        separator: What stands between two parts.
        parts: The parts.
    """
    result: list[Layout] = []
    for part in parts:
        result += [separator, part] if result else [part]
    return result


def bracketed(opening: str, parts: Sequence[Layout], closing: str, *, space: bool = False) -> Group:
    """Return a list in brackets: on one line, or each part on its own, with a comma.

    Args:
        opening: The opening bracket.
        parts: What is between commas.
        closing: The closing bracket.
        space: Whether spaces stand within the brackets on one line.
    """
    edge = LINE if space else SOFT
    inner: Layout = [edge, join([",", LINE], parts), IfBroken(",")]
    return Group([opening, Indent(inner), edge, closing])


def width_of(text: str) -> int:
    """Return how many columns a text takes.

    Args:
        text: A text without line ends.
    """
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))


def laid_out(layout: Layout) -> str:
    """Return a layout as text.

    Args:
        layout: The layout.

    Example:
        >>> print(laid_out(bracketed("[", ["a" * 40, "b" * 40], "]")))
        [
          aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,
          bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb,
        ]
    """
    lines = [""]
    commands: list[_Command] = [(0, True, layout)]
    while commands:
        indentation, is_broken, part = commands.pop()
        match part:
            case str():
                lines[-1] += part
            case Line():
                if part.is_hard or is_broken:
                    lines[-1] = lines[-1].rstrip()
                    lines.append(" " * indentation)
                else:
                    lines[-1] += part.flat
            case Group():
                flat = (indentation, False, part.contents)
                fits = not part.is_broken and _fits(flat, commands, WIDTH - width_of(lines[-1]))
                commands.append((indentation, not fits, part.contents))
            case Indent():
                commands.append((indentation + TAB, is_broken, part.contents))
            case IfBroken():
                commands.append((indentation, is_broken, part.broken if is_broken else part.flat))
            case After():
                room = WIDTH - width_of(lines[-1])
                own: _Command = (indentation, is_broken, part.contents)
                if _fits((indentation, False, " "), [*commands, own], room):
                    lines[-1] += " "
                    commands.append(own)
                else:
                    lines.append(" " * (indentation + TAB))
                    commands.append((indentation + TAB, is_broken, part.contents))
            case _:
                commands += [(indentation, is_broken, item) for item in reversed(part)]
    return "\n".join(line.rstrip() for line in lines)


def _fits(first: _Command, rest: Sequence[_Command], room: int) -> bool:
    """Return whether something fits on a line, with what follows up to the next end of a line."""
    commands = [first]
    following = len(rest)
    while room >= 0:
        if not commands:
            if following == 0:
                return True
            following -= 1
            commands.append(rest[following])
            continue
        indentation, is_broken, part = commands.pop()
        match part:
            case str():
                room -= width_of(part)
            case Line():
                if part.is_hard or is_broken:
                    return True
                room -= len(part.flat)
            case Group():
                commands.append((indentation, part.is_broken or is_broken, part.contents))
            case Indent():
                commands.append((indentation, is_broken, part.contents))
            case IfBroken():
                commands.append((indentation, is_broken, part.broken if is_broken else part.flat))
            case After():
                commands.append((indentation, is_broken, [" ", part.contents]))
            case _:
                commands += [(indentation, is_broken, item) for item in reversed(part)]
    return False


__all__ = [
    "HARD",
    "LINE",
    "SOFT",
    "TAB",
    "WIDTH",
    "After",
    "Group",
    "IfBroken",
    "Indent",
    "Layout",
    "Line",
    "bracketed",
    "join",
    "laid_out",
    "width_of",
]
