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
    target = application_of(name, is_factory_named=is_factory_named)
    return describe(target, config, name)


def application_of(name: str | None, *, is_factory_named: bool = False) -> Any:
    """Return an application, imported as its framework needs it.

    Args:
        name: The application, ``module:attribute``; None for None.
        is_factory_named: Whether what is named is called; without that, a function without required
            parameters is.

    Raises:
        CommandError: If there is no such application, or it cannot be imported.
    """
    use_current_directory()
    with running_users_code("The project cannot be set up"):
        for source in installed_sources():
            source.prepare()
    return _target(name, is_factory_named)


def describe(target: Any, config: AsyncAPIConfig, name: str | None = None) -> Document:
    """Return the document of an application that is imported.

    Args:
        target: The application; None for the one that a framework's settings name.
        config: What its document says besides.
        name: What the user called it; None for nothing.

    Raises:
        CommandError: If it cannot be described.
    """
    with running_users_code("The document cannot be made"):
        document = _document(installed_sources(), target, config)
        if document is not None:
            _ = document.json  # which is when it is made
            return document
    if target is None and name is None:
        raise CommandError("Name an application, as in api:app, or set DJANGO_SETTINGS_MODULE.")
    raise CommandError(
        f"{name or repr(target)} is a {type(target).__name__}, which no installed adapter "
        "describes: name an application, and install chanx-fastapi or chanx-django, whichever it "
        "is for."
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


__all__ = ["application_of", "describe", "document_of"]
