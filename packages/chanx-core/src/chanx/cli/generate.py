"""``chanx asyncapi generate``: the document of an application, as a file."""

from argparse import ArgumentParser, Namespace
from pathlib import PurePath
from typing import cast, get_args

from chanx.asyncapi import AsyncAPIConfig
from chanx.asyncapi.config import AsyncAPIVersion, Perspective
from chanx.cli.applications import document_of
from chanx.cli.errors import CommandError
from chanx.cli.files import STANDARD, read, write
from chanx.cli.targets import running_users_code


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments.

    Args:
        parser: Where they are declared.
    """
    parser.add_argument(
        "target",
        nargs="?",
        metavar="module:app",
        help="the application, or a function that makes it; if left out, the ASGI_APPLICATION of "
        "Django's settings",
    )
    parser.add_argument(
        "--factory",
        action="store_true",
        help="call what is named; if left out, a function without required parameters is called",
    )
    parser.add_argument(
        "--format",
        choices=["json", "yaml"],
        help="if left out, YAML for a file *.yaml or *.yml, else JSON",
    )
    parser.add_argument(
        "--output", metavar="FILE", default=STANDARD, help="if left out, the standard output"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; exit code 1 if the file of --output is not what would be written",
    )
    parser.add_argument(
        "--asyncapi-version", choices=get_args(AsyncAPIVersion), help="if left out, 3.0.0"
    )
    parser.add_argument(
        "--perspective",
        choices=get_args(Perspective),
        help="whom the document describes; if left out, the server",
    )
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Write the document, or check that it is written; return the exit code.

    Args:
        options: The arguments.

    Raises:
        CommandError: If the application cannot be imported or described, or the file not written,
            or not read for ``--check``.
    """
    if options.check and options.output == STANDARD:
        raise CommandError("--check compares a file: name it with --output FILE.")
    kind = options.format or _format_of(options.output)
    config: AsyncAPIConfig = {
        "asyncapi_version": options.asyncapi_version,
        "perspective": options.perspective,
    }
    given = {key: value for key, value in config.items() if value is not None}
    text = _text(options, cast(AsyncAPIConfig, given), kind)
    if not options.check:
        write(options.output, text)
        return 0
    if read(options.output) == text:
        return 0
    write(STANDARD, f"{options.output} is not what the application gives: generate it again.\n")
    return 1


def _text(options: Namespace, config: AsyncAPIConfig, kind: str) -> str:
    document = document_of(options.target, config, is_factory_named=options.factory)
    with running_users_code("The document cannot be made"):
        return document.json if kind == "json" else document.yaml


def _format_of(output: str) -> str:
    return "yaml" if PurePath(output).suffix.lower() in (".yaml", ".yml") else "json"


__all__ = ["add_arguments", "run"]
