"""Further documents of the page: files that it serves itself, and what is served elsewhere."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from chanx.asyncapi.reading.files import join
from chanx.asyncapi.reading.parsing import DocumentError, parse, parse_document
from chanx.core.errors import ConfigurationError

Documents: TypeAlias = Mapping[str, str | Path]
"""By the name under which readers choose it: where one is served as JSON, or its file."""

_NAME: Final = "document-{}.json"


def addresses_of(documents: Documents | None) -> dict[str, str]:
    """Return where the page gets each document, by its name: from its own URL, if it is a file.

    Args:
        documents: The documents; None for none.
    """
    files = {name: file for file, name in _names(documents)}
    return {
        name: f"?file={files[name]}" if name in files else str(given)
        for name, given in (documents or {}).items()
    }


def files_of(documents: Documents | None) -> dict[str, Path]:
    """Return the files that the page serves, by what it calls them.

    Args:
        documents: The documents; None for none.
    """
    return {file: Path((documents or {})[name]) for file, name in _names(documents)}


def read_document(path: Path) -> dict[str, Any]:
    """Return the document of a file, as it is now; what it refers to in other files is taken in.

    Args:
        path: The file: JSON if its name ends so, else YAML.

    Raises:
        ConfigurationError: If it cannot be read, or is no AsyncAPI 3 document.
    """

    def other(name: str) -> Any:
        place = path.parent / name
        try:
            return parse(str(place), _text(place))
        except (ConfigurationError, DocumentError) as error:
            raise ValueError(str(error)) from error

    try:
        return join(parse_document(str(path), _text(path)), other).document
    except DocumentError as error:
        raise ConfigurationError(str(error)) from error


def check_documents(documents: Documents | None) -> None:
    """Refuse documents that the page could not show.

    Args:
        documents: The documents; None for none.

    Raises:
        ConfigurationError: If one is on another host, or its file cannot be read or is no
            AsyncAPI 3 document.
    """
    for name, given in (documents or {}).items():
        if isinstance(given, Path):
            try:
                read_document(given)
            except ConfigurationError as error:
                raise ConfigurationError(f"documents[{name!r}]: {error}") from error
            continue
        parts = urlsplit(given)
        if parts.scheme or parts.netloc or not given or "\\" in given:
            raise ConfigurationError(
                f"documents[{name!r}] is {given!r}: give a path of the page's own host, since its "
                f"policy lets in nothing from another, or a pathlib.Path for a file."
            )


def _names(documents: Documents | None) -> list[tuple[str, str]]:
    """Return what files are called, each with the name of its document."""
    names = [name for name, given in (documents or {}).items() if isinstance(given, Path)]
    return [(_NAME.format(number), name) for number, name in enumerate(names, 1)]


def _text(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():  # devices and pipes may never end
            raise ConfigurationError(f"{path} is not a file.")
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigurationError(f"{path} cannot be read: {reason}.") from error


__all__ = ["Documents", "addresses_of", "check_documents", "files_of", "read_document"]
