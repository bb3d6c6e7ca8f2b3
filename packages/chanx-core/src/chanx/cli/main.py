"""The commands, and how they end."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from importlib.metadata import version
from typing import NoReturn

from chanx.cli import client, diff, generate, lint, page
from chanx.core.errors import ChanxError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the ``chanx`` command line.

    Args:
        arguments: What stands after ``chanx``; None for the process's own arguments.

    Returns:
        The exit code: 0, 1 if a document has errors, 2 if a command could not be carried out,
        with one line on the standard error that says why.

    Raises:
        SystemExit: If the arguments are wrong (code 2) or ask for help or the version (code 0).

    Example:
        >>> main(["asyncapi", "lint", "missing.yaml"])
        2
    """
    given = sys.argv[1:] if arguments is None else [*arguments]
    options: Namespace = parser().parse_args(given, Namespace(arguments=given))
    try:
        code: int = options.run(options)
    except ChanxError as error:
        print(f"chanx: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    return code


class _Parser(ArgumentParser):
    """Tells of wrong arguments in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"chanx: {message}; see {self.prog} --help\n")


def parser() -> ArgumentParser:
    """Return the parser of the command line, of which its page is made."""
    made = _Parser("chanx", description="Typed WebSocket handlers: their documents.")
    made.add_argument("--version", action="version", version=f"chanx {version('chanx-core')}")
    topics = made.add_subparsers(required=True, metavar="COMMAND")
    asyncapi = topics.add_parser("asyncapi", help="AsyncAPI documents")
    commands = asyncapi.add_subparsers(required=True, metavar="COMMAND")
    generate.add_arguments(
        commands.add_parser(
            "generate",
            help="write the document of an application",
            description="Writes the document of a FastAPI, Starlette or Django application.",
        )
    )
    lint.add_arguments(
        commands.add_parser(
            "lint",
            help="check a document",
            description="Checks all that AsyncAPI's official schemas say, and what no other tool "
            "does. Exit code 1 if there are errors; see --fail-on.",
        )
    )
    diff.add_arguments(
        commands.add_parser(
            "diff",
            help="tell what a change of a document breaks",
            description="Compares two documents, and shows a frame that breaks for what breaks. "
            "Exit code 1 if anything fails that is not accepted.",
        )
    )
    client.add_arguments(
        commands.add_parser(
            "client",
            help="write a typed client of a document",
            description="Writes a client in Python or TypeScript, all of whose files are the "
            "generator's. Exit code 1 if the document refers to what is not there, or if --check "
            "finds other files.",
        )
    )
    page.add_arguments(
        commands.add_parser(
            "page",
            help="write the documentation page of documents",
            description="Writes the documentation page as files, which need no server. Exit code "
            "1 if a document refers to what is not there.",
        )
    )
    return made


__all__ = ["main", "parser"]
