"""Titles, summaries and descriptions, from docstrings."""

import inspect
import re
from textwrap import shorten
from typing import Any, Final

_ROLES: Final = re.compile(r":[a-z]+(?::[a-z]+)?:`(~?)([^`<]+?)(?:\s*<[^`>]*>)?`")
_WORD_ENDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_")
_BLANK_LINE: Final = re.compile(r"\n\s*\n")
_LONGEST_SUMMARY: Final = 200
"""Characters; AsyncAPI wants a short summary."""


def own_docstring(cls: type) -> str | None:
    """Return a class's docstring, not one that it inherits; None if it has none."""
    text = cls.__dict__.get("__doc__")
    return inspect.cleandoc(text) if isinstance(text, str) and text.strip() else None


def without_roles(text: str) -> str:
    """Return a docstring with Sphinx's roles reduced to what they show.

    Example:
        >>> without_roles("Answer with :class:`~chanx.messages.PongMessage`.")
        'Answer with `PongMessage`.'
    """
    return _ROLES.sub(lambda found: f"`{_shown(*found.groups())}`", text)


def _shown(tilde: str, target: str) -> str:
    return target.rpartition(".")[2] if tilde else target


def described(text: str | None, summary: str | None = None) -> dict[str, str]:
    """Return ``summary`` and ``description`` as far as there is anything to say.

    The summary is the first paragraph on one line, shortened if it is long; the description is the
    whole text where it says more. Sphinx's roles are reduced to what they show.

    Args:
        text: A docstring or description; None for none.
        summary: A summary that was given beside it; None for none.
    """
    text = without_roles(text or "").strip()
    summary = without_roles(summary or "").strip() or _first_paragraph(text)
    said: dict[str, str] = {}
    if summary:
        said["summary"] = summary
    if text and " ".join(text.split()) != summary:
        said["description"] = text
    return said


def _first_paragraph(text: str) -> str:
    paragraph = _BLANK_LINE.split(text, maxsplit=1)[0]
    if len(paragraph) > _LONGEST_SUMMARY:
        return shorten(paragraph, _LONGEST_SUMMARY, placeholder=" ...")
    return " ".join(paragraph.split())


def words(name: str) -> str:
    """Return a name in code as words.

    Example:
        >>> words("HTTPChatConsumer"), words("send_message")
        ('HTTP Chat Consumer', 'Send message')
    """
    text = " ".join(part for part in _WORD_ENDS.split(name) if part)
    return text[:1].upper() + text[1:]


def tags(names: Any) -> list[dict[str, Any]]:
    """Return tags as AsyncAPI's Tag Objects, each once.

    Args:
        names: Names, or Tag Objects.
    """
    found: dict[str, dict[str, Any]] = {}
    for item in names:
        tag = {"name": item} if isinstance(item, str) else dict(item)
        found.setdefault(tag["name"], tag)
    return list(found.values())


__all__ = ["described", "own_docstring", "tags", "without_roles", "words"]
