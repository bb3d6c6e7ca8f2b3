"""Documents read from text, for commands: what is wrong with one ends a command."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chanx.asyncapi.reading import parsing
from chanx.asyncapi.reading.parsing import DocumentError
from chanx.cli.errors import CommandError


def parse_document(name: str, text: str) -> dict[str, Any]:
    """Return an AsyncAPI 3 document, as :func:`chanx.asyncapi.reading.parsing.parse_document`.

    Args:
        name: Its file's name.
        text: The file's text.

    Raises:
        CommandError: If it is not JSON or YAML, or no document of AsyncAPI 3.
    """
    with _ending_the_command():
        return parsing.parse_document(name, text)


def parse(name: str, text: str) -> Any:
    """Return what a file holds, as :func:`chanx.asyncapi.reading.parsing.parse`.

    Args:
        name: Its name.
        text: Its text.

    Raises:
        CommandError: If it is not JSON or YAML.
    """
    with _ending_the_command():
        return parsing.parse(name, text)


@contextmanager
def _ending_the_command() -> Iterator[None]:
    try:
        yield
    except DocumentError as error:
        raise CommandError(str(error)) from error


__all__ = ["parse", "parse_document"]
