"""``chanx asyncapi generate``: the document of an application, as a file."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any, cast, get_args

from chanx.asyncapi import AsyncAPIConfig, Document
from chanx.asyncapi.config import AsyncAPIVersion, Perspective
from chanx.cli.errors import CommandError
from chanx.cli.files import STANDARD, write
from chanx.cli.sources import DocumentSource, installed_sources
from chanx.cli.targets import (
    call_factory,
    import_target,
    is_factory,
    running_users_code,
    use_current_directory,
)


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
        "--asyncapi-version", choices=get_args(AsyncAPIVersion), help="if left out, 3.0.0"
    )
    parser.add_argument(
        "--perspective",
        choices=get_args(Perspective),
        help="whom the document describes; if left out, the server",
    )
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Write the document; return the exit code.

    Args:
        options: The arguments.

    Raises:
        CommandError: If the application cannot be imported or described, or the file not written.
    """
    kind = options.format or _format_of(options.output)
    config: AsyncAPIConfig = {
        "asyncapi_version": options.asyncapi_version,
        "perspective": options.perspective,
    }
    given = {key: value for key, value in config.items() if value is not None}
    write(options.output, _text(options, cast(AsyncAPIConfig, given), kind))
    return 0


def _text(options: Namespace, config: AsyncAPIConfig, kind: str) -> str:
    use_current_directory()
    sources = installed_sources()
    with running_users_code("The project cannot be set up"):
        for source in sources:
            source.prepare()
    name: str | None = options.target
    target = _target(name, options.factory)
    with running_users_code("The document cannot be made"):
        document = _document(sources, target, config)
        if document is not None:
            return document.json if kind == "json" else document.yaml
    if name is None:
        raise CommandError("Name an application, as in api:app, or set DJANGO_SETTINGS_MODULE.")
    raise CommandError(
        f"{name} is a {type(target).__name__}, which no installed adapter describes: name an "
        "application, and install chanx-fastapi or chanx-django, whichever it is for."
    )


def _target(name: str | None, factory: bool) -> Any:
    if name is None:
        if factory:
            raise CommandError("--factory calls what is named: name it, as in api:create_app.")
        return None
    target = import_target(name)
    return call_factory(name, target) if factory or is_factory(target) else target


def _document(
    sources: Iterable[DocumentSource], target: Any, config: AsyncAPIConfig
) -> Document | None:
    made = (source.document(target, config) for source in sources)
    return next((document for document in made if document is not None), None)


def _format_of(output: str) -> str:
    return "yaml" if PurePath(output).suffix.lower() in (".yaml", ".yml") else "json"


__all__ = ["add_arguments", "run"]
