"""The documents of applications that a user names on the command line."""

from collections.abc import Iterable
from typing import Any

from chanx.asyncapi import AsyncAPIConfig, Document
from chanx.cli.errors import CommandError
from chanx.cli.sources import DocumentSource, installed_sources
from chanx.cli.targets import (
    call_factory,
    import_target,
    is_factory,
    running_users_code,
    use_current_directory,
)


def document_of(name: str | None, config: AsyncAPIConfig, *, is_factory_named: bool) -> Document:
    """Return the document of an application.

    Args:
        name: The application, ``module:attribute``; None for the one that a framework's settings
            name.
        config: What was said on the command line.
        is_factory_named: Whether what is named is called; without that, a function without required
            parameters is.

    Raises:
        CommandError: If there is no such application, or it cannot be imported or described.
    """
    use_current_directory()
    sources = installed_sources()
    with running_users_code("The project cannot be set up"):
        for source in sources:
            source.prepare()
    target = _target(name, is_factory_named)
    with running_users_code("The document cannot be made"):
        document = _document(sources, target, config)
        if document is not None:
            _ = document.json  # which is when it is made
            return document
    if name is None:
        raise CommandError("Name an application, as in api:app, or set DJANGO_SETTINGS_MODULE.")
    raise CommandError(
        f"{name} is a {type(target).__name__}, which no installed adapter describes: name an "
        "application, and install chanx-fastapi or chanx-django, whichever it is for."
    )


def _target(name: str | None, is_factory_named: bool) -> Any:
    if name is None:
        if is_factory_named:
            raise CommandError("--factory calls what is named: name it, as in api:create_app.")
        return None
    target = import_target(name)
    return call_factory(name, target) if is_factory_named or is_factory(target) else target


def _document(
    sources: Iterable[DocumentSource], target: Any, config: AsyncAPIConfig
) -> Document | None:
    made = (source.document(target, config) for source in sources)
    return next((document for document in made if document is not None), None)


__all__ = ["document_of"]
