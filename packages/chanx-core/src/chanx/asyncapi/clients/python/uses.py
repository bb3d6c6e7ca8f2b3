"""The imports of a module that is written: of those that it may need, those that it uses."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from chanx.asyncapi.clients.python.layout import Group, laid_out, quoted


def uses(body: str, name: str) -> bool:
    """Return whether a text has a name, as a word of its own.

    Args:
        body: The text.
        name: The name; what stands behind ``as`` counts.
    """
    return re.search(rf"(?<![\w.]){name.rpartition(' ')[2]}\b", _code(body)) is not None


_DOCSTRING: Final = re.compile(r'""".*?"""', re.DOTALL)
_TEXT: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_TYPES: Final = re.compile(
    r'(?:TypeAliasType\(|bound=|TypeAlias = )[^)]*?"[^"\n]*"(?:,\s*"[^"\n]*")?'
)
"""Where a text is a type."""


@lru_cache(maxsize=4)
def _code(body: str) -> str:
    """Return a text without its docstrings, and without other texts that are not types."""
    bare = _DOCSTRING.sub("", body)
    return _TEXT.sub("", bare) + " ".join(_TYPES.findall(bare))


def imports(body: str, *groups: Mapping[str, tuple[str, ...]]) -> str:
    """Return the imports that a text needs, in groups with an empty line between.

    Args:
        body: The text.
        groups: The names of modules, by groups, in the order in which they shall stand.
    """
    made: list[str] = []
    for group in groups:
        lines = ""
        for module, names in group.items():
            used = sorted((name for name in names if uses(body, name)), key=_order)
            if used:
                flat = f"from {module} import {', '.join(used)}"
                broken = laid_out(Group(f"from {module} import (", tuple(used), ")"))
                lines += f"{flat if len(flat) <= 88 else broken}\n"
        if lines:
            made.append(lines)
    return "\n".join(made)


def exports(names: Iterable[str]) -> str:
    """Return the ``__all__`` of a module, with the empty lines before it.

    Args:
        names: The names.
    """
    listed = "".join(f"    {quoted(name)},\n" for name in sorted(set(names)))
    return f"\n\n__all__ = [\n{listed}]\n" if listed else "\n\n__all__: list[str] = []\n"


def _order(name: str) -> tuple[int, str]:
    """Sort as ruff does: constants, classes, functions."""
    plain = name.partition(" ")[0]
    kind = 0 if plain.isupper() and len(plain) > 1 else 1 if plain[:1].isupper() else 2
    return kind, name


__all__ = ["exports", "imports", "uses"]
