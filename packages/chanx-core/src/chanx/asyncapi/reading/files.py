"""Documents in several files, made one: what other files hold gets a place in the document.

A reference ``common.yaml#/messages/Say`` becomes ``#/x-files/common.yaml/messages/Say``, and the
file's contents stand there, so that whatever reads documents need not know of files.
"""

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import unquote, urlsplit

from chanx.asyncapi.walk import is_array, is_object, pointer, tokens_of

KEY: Final = "x-files"
"""The document's key below which the contents of other files stand, each by its path."""

ReadFile: TypeAlias = Callable[[str], Any]
"""Returns the contents of a file, by its path relative to the document.

Raises:
    ValueError: If there is none, or it cannot be read; the text says why.
"""

_MOST: Final = 1_000
"""Files. A document of anybody's is to come to an end."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A document with its files.

    Attributes:
        document: The document, of one piece; it shares with the given one what has no references
            to files.
        missing: Why files could not be read, by their paths.
    """

    document: dict[str, Any]
    missing: Mapping[str, str]


def join(document: Mapping[str, Any], read: ReadFile) -> Joined:
    """Return a document with the files that it refers to, directly or not, as parts of it.

    References to other hosts stay as they are, and so do those to files that cannot be read.

    Args:
        document: The document.
        read: Returns the contents of a file.

    Example:
        >>> files = {"common.yaml": {"Say": {"name": "say"}}}
        >>> joined = join({"channels": {"room": {"$ref": "common.yaml#/Say"}}}, files.__getitem__)
        >>> joined.document["channels"]
        {'room': {'$ref': '#/x-files/common.yaml/Say'}}
    """
    return _Joiner(read).join(document)


def is_in_file(reference: str) -> bool:
    """Return whether a reference leads to what was in another file.

    Args:
        reference: A reference within a joined document, or a JSON pointer.
    """
    return tokens_of(reference)[:1] == [KEY]


def split(at: str) -> tuple[str, str]:
    """Return the file in which a place of a joined document is, and its pointer there.

    Args:
        at: A JSON pointer, also as a fragment (``#/...``).

    Returns:
        The file's path, "" for the document's own; and the pointer.
    """
    tokens = tokens_of(at)
    if tokens[:1] != [KEY] or len(tokens) < 2:
        return "", at
    return tokens[1], pointer(*tokens[2:])


def name_of(reference: str) -> str:
    """Return a reference of a joined document as it was written.

    Args:
        reference: The reference.
    """
    file, at = split(reference)
    return f"{file}#{at}" if file else reference


class _Joiner:
    """Joins a document with its files.

    Args:
        read: Returns the contents of a file.
    """

    def __init__(self, read: ReadFile) -> None:
        self._read = read
        self._files: dict[str, Any] = {}
        self._missing: dict[str, str] = {}
        self._waiting: list[str] = []

    def join(self, document: Mapping[str, Any]) -> Joined:
        joined = self._redirected(document, "", {})
        while self._waiting:
            path = self._waiting.pop()
            if path in self._files or path in self._missing:
                continue
            if len(self._files) >= _MOST:
                self._missing[path] = f"there are more than {_MOST} files"
                continue
            try:
                contents = self._read(path)
            except (ValueError, LookupError, OSError) as error:
                self._missing[path] = str(error)
                continue
            self._files[path] = None  # it may refer to itself
            self._files[path] = self._redirected(contents, path, {})
        if self._files:
            joined = {**joined, KEY: self._files}
        return Joined(joined, self._missing)

    def _redirected(self, value: Any, file: str, known: dict[int, Any]) -> Any:
        """Return a value of a file, with its references as those of the joined document."""
        if id(value) in known:
            return known[id(value)]
        made: Any = value
        if is_array(value):
            made = [self._redirected(item, file, known) for item in value]
        elif is_object(value):
            made = {key: self._redirected(item, file, known) for key, item in value.items()}
            if isinstance(reference := value.get("$ref"), str):
                made["$ref"] = self._reference(reference, file)
        known[id(value)] = made
        return made

    def _reference(self, reference: str, file: str) -> str:
        try:
            parts = urlsplit(reference)
        except ValueError:
            return reference
        if parts.scheme or parts.netloc:
            return reference
        if not parts.path:
            return f"#{pointer(KEY, file)}{parts.fragment}" if file else reference
        path = posixpath.normpath(posixpath.join(posixpath.dirname(file), unquote(parts.path)))
        self._waiting.append(path)
        return f"#{pointer(KEY, path)}{parts.fragment}"


__all__ = ["KEY", "Joined", "ReadFile", "is_in_file", "join", "name_of", "split"]
