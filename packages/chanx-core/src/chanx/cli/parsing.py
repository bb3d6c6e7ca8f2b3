"""Documents read from text, for commands: what is wrong with one ends a command."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from chanx.asyncapi.reading import parsing
from chanx.asyncapi.reading.parsing import DocumentError
from chanx.cli.errors import CommandError


def parse_document(name: str, text: str, *, may_repeat: bool = False) -> dict[str, Any]:
    """Return an AsyncAPI 3 document, as :func:`chanx.asyncapi.reading.parsing.parse_document`.

    Args:
        name: Its file's name.
        text: The file's text.
        may_repeat: Whether its aliases may multiply it beyond what can be walked through.

    Raises:
        CommandError: If it is not JSON or YAML, or no document of AsyncAPI 3.
    """
    with _ending_the_command():
        return parsing.parse_document(name, text, may_repeat=may_repeat)


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
def _ending_the_command() -> Generator[None]:
    try:
        yield
    except DocumentError as error:
        raise CommandError(str(error)) from error


__all__ = ["parse", "parse_document"]
