"""Keys of a document: made of names in code, unique, and stable."""

import re
import unicodedata
from collections.abc import Container, Iterable
from itertools import count
from typing import Final

_ALLOWED: Final = re.compile(r"[A-Za-z0-9.-]")
_WORD_ENDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def key_of(text: str) -> str:
    """Return a text as a key: ``[A-Za-z0-9._-]`` and nothing else (AsyncAPI 3.0, Components).

    Accents are dropped, other foreign letters spelled by their code points, and what separates
    words becomes ``_``.

    Args:
        text: Any text.

    Example:
        >>> key_of("Page[Größe, int]")
        'Page_Groudfe_int'
    """
    letters: list[str] = []
    for letter in unicodedata.normalize("NFKD", text):
        if _ALLOWED.match(letter):
            letters.append(letter)
        elif letter.isascii():
            letters.append("_")
        elif not unicodedata.combining(letter):
            letters.append(f"u{ord(letter):x}" if letter.isalnum() else "_")
    return re.sub(r"__+", "_", "".join(letters)).strip("_") or "unnamed"


def snake_case(name: str) -> str:
    """Return a class name in snake_case.

    Example:
        >>> snake_case("HTTPChatConsumer")
        'http_chat_consumer'
    """
    return key_of(_WORD_ENDS.sub("_", name).lower())


def pascal_case(name: str) -> str:
    """Return a key or name in PascalCase; capital letters within words stay.

    Example:
        >>> pascal_case("order.line_item"), pascal_case("HTTPError")
        ('OrderLineItem', 'HTTPError')
    """
    parts = re.split(r"[_.-]+", key_of(name))
    return "".join(part[:1].upper() + part[1:] for part in parts)


def unique(key: str, taken: Container[str]) -> str:
    """Return a key, with a number behind it if it is taken.

    Args:
        key: The key that is wanted.
        taken: The keys that are taken.
    """
    if key not in taken:
        return key
    return next(name for number in count(2) if (name := f"{key}-{number}") not in taken)


def distinguish(paths: Iterable[tuple[str, ...]]) -> list[str]:
    """Return for each of several paths the shortest part by which it is told from the others.

    Args:
        paths: What surrounds things of the same name, the nearest first: classes, modules.

    Returns:
        A suffix for each; the same for those that nothing tells apart, "" if nothing tells any.

    Example:
        >>> distinguish([("models", "chat"), ("models", "shop")])
        ['chat', 'shop']
    """
    listed = list(paths)
    if len(set(listed)) == 1:
        return ["" for _ in listed]
    suffixes = [_own_part(path, listed) for path in listed]
    if None not in suffixes:
        return [suffix or "" for suffix in suffixes]
    longest = max(len(path) for path in listed)
    for length in range(1, longest + 1):
        joined = ["-".join(reversed(path[:length])) for path in listed]
        if len(set(joined)) == len(set(listed)):
            return joined
    return ["" for _ in listed]


def _own_part(path: tuple[str, ...], paths: list[tuple[str, ...]]) -> str | None:
    others = {part for other in paths if other != path for part in other}
    return next((part for part in path if part not in others), None)


__all__ = ["distinguish", "key_of", "pascal_case", "snake_case", "unique"]
