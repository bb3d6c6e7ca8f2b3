"""The layout of Python, as ruff and black have it: 88 columns, one argument a line beyond."""

import json
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from chanx.asyncapi.walk import is_array, is_object

WIDTH: Final = 88


@dataclass(frozen=True, slots=True)
class Group:
    """What stands in brackets.

    Attributes:
        head: What stands before, with the opening bracket.
        items: What stands within.
        tail: What stands after, with the closing bracket.
        is_tuple: Whether one item needs a comma.
    """

    head: str
    items: "tuple[str | Group, ...]"
    tail: str
    is_tuple: bool = False

    def flat(self) -> str:
        """Return it in one line."""
        inner = ", ".join(item if isinstance(item, str) else item.flat() for item in self.items)
        comma = "," if self.is_tuple and len(self.items) == 1 else ""
        return f"{self.head}{inner}{comma}{self.tail}"


def laid_out(group: str | Group, indent: int = 0, tail: str = "") -> str:
    """Return lines: one if that is short enough, else one for each item.

    Args:
        group: What stands in them.
        indent: The columns before the first, which are not part of it.
        tail: What stands after it.
    """
    if isinstance(group, str):
        return group + tail
    line = group.flat() + tail
    if not group.items or indent + len(line) <= WIDTH:
        return line
    pad = " " * (indent + 4)
    inner = "".join(f"{pad}{laid_out(item, indent + 4, ',')}\n" for item in group.items)
    return f"{group.head}\n{inner}{' ' * indent}{group.tail}{tail}"


def tuple_of(items: Iterable[str | Group], head: str = "") -> Group:
    """Return a tuple.

    Args:
        items: What is in it.
        head: What stands before it.
    """
    return Group(f"{head}(", tuple(items), ")", is_tuple=True)


def union(parts: Sequence[str]) -> str:
    """Return a union; each part once.

    Args:
        parts: Its parts.
    """
    return " | ".join(dict.fromkeys(parts))


def annotated(head: str, annotation: str, tail: str, indent: int = 0) -> str:
    """Return something with an annotation, which is broken at its outermost bars if it is long.

    Args:
        head: What stands before the annotation.
        annotation: The annotation.
        tail: What stands after it.
        indent: The columns before the line.
    """
    pad = " " * indent
    line = f"{pad}{head}{annotation}{tail}"
    if len(line) <= WIDTH:
        return line
    parts = _outer(annotation)
    if len(parts) == 1:
        return f"{pad}{head}{exploded(annotation, indent)}{tail}"
    inner = "\n".join(
        f"{pad}    {'| ' if index else ''}{exploded(part, indent + 4)}"
        for index, part in enumerate(parts)
    )
    return f"{pad}{head}(\n{inner}\n{pad}){tail}"


def exploded(annotation: str, indent: int) -> str:
    """Return a subscripted type with each argument on a line of its own, if it is too long.

    Args:
        annotation: The type.
        indent: The columns before it.
    """
    opening = annotation.find("[")
    pad = " " * indent
    if indent + len(annotation) <= WIDTH:
        return annotation
    if len(parts := _outer(annotation)) > 1:
        return f"\n{pad}| ".join(exploded(part, indent) for part in parts)
    if opening < 0:
        return annotation
    items = _outer(annotation[opening + 1 : -1], ", ")
    comma = "," if len(items) > 1 else ""
    inner = "".join(f"{pad}    {exploded(item, indent + 4)}{comma}\n" for item in items)
    return f"{annotation[: opening + 1]}\n{inner}{pad}]"


def _outer(text: str, separator: str = " | ") -> list[str]:
    """Split a text at separators that stand in no brackets and no quotes."""
    parts: list[str] = []
    depth, start, quoted = 0, 0, False
    index = 0
    while index < len(text):
        letter = text[index]
        if quoted and letter == "\\":
            index += 1
        elif letter == '"':
            quoted = not quoted
        elif not quoted and letter in "[(":
            depth += 1
        elif not quoted and letter in "])":
            depth -= 1
        elif not quoted and depth == 0 and text.startswith(separator, index):
            parts.append(text[start:index])
            start = index + len(separator)
        index += 1
    return [*parts, text[start:]]


def docstring(text: str, indent: int = 0) -> str:
    """Return a docstring.

    Args:
        text: What it says; "" for nothing.
        indent: The columns before it.
    """
    pad = " " * indent
    said = text.strip().replace("\\", "\\\\").replace('"""', "'''")
    if not said:
        return ""
    if said.endswith('"'):
        said += " "
        said = said.rstrip() + "."
    first, _, rest = said.partition("\n\n")
    width = WIDTH - indent
    lines = textwrap.wrap(" ".join(first.split()), width - 6, break_long_words=False)
    if not rest.strip() and len(lines) == 1:
        return f'{pad}"""{lines[0]}"""\n'
    paragraphs = [lines]
    for paragraph in rest.split("\n\n"):
        if paragraph.strip():
            joined = " ".join(paragraph.split())
            paragraphs.append(textwrap.wrap(joined, width, break_long_words=False))
    text = "\n\n".join("\n".join(paragraph) for paragraph in paragraphs)
    return textwrap.indent(f'"""{text}\n"""', pad, lambda line: bool(line.strip())) + "\n"


def literal(value: Any) -> str:
    """Return a value of JSON as Python spells it, with double quotes.

    Args:
        value: The value.
    """
    if isinstance(value, str):
        return quoted(value)
    if is_object(value):
        pairs = (f"{literal(key)}: {literal(item)}" for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    if is_array(value):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, tuple):
        return tuple_of(map(literal, cast("tuple[object, ...]", value))).flat()
    return repr(value)


def quoted(text: str) -> str:
    """Return a text as ruff quotes it: with double quotes, unless that needs more escapes.

    Args:
        text: The text.
    """
    spelled = json.dumps(text, ensure_ascii=False)
    printable = "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in spelled
    )
    if '"' in text and "'" not in text:
        return "'" + printable[1:-1].replace('\\"', '"') + "'"
    return printable


__all__ = [
    "WIDTH",
    "Group",
    "annotated",
    "docstring",
    "exploded",
    "laid_out",
    "literal",
    "quoted",
    "tuple_of",
    "union",
]
