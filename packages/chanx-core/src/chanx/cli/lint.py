"""``chanx asyncapi lint``: what is wrong with a document."""

from argparse import ArgumentParser, Namespace

from chanx.asyncapi import lint
from chanx.cli.errors import CommandError
from chanx.cli.files import STANDARD, read, write
from chanx.cli.parsing import parse_document


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments.

    Args:
        parser: Where they are declared.
    """
    parser.add_argument(
        "file", metavar="FILE", help="an AsyncAPI 3 document, JSON or YAML; - for standard input"
    )
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Write a line for each finding; return the exit code, 1 if there is any.

    Args:
        options: The arguments.

    Raises:
        CommandError: If the file cannot be read, or is no document of AsyncAPI 3.
    """
    document = parse_document(options.file, read(options.file))
    try:
        findings = lint(document)
    except RecursionError as error:
        raise CommandError(f"{options.file} is nested too deeply to be checked.") from error
    write(STANDARD, "".join(_line(f"{options.file}: {finding}") for finding in findings))
    return 1 if findings else 0


def _line(text: str) -> str:
    """Return a text as one line; what keys and file names may hold besides is escaped."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text) + "\n"


__all__ = ["add_arguments", "run"]
