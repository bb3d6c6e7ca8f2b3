"""How adapters make the documents of what a user names on the command line."""

from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final, Protocol, TypeGuard, cast

from chanx.asyncapi import AsyncAPIConfig, Document
from chanx.cli.errors import CommandError
from chanx.core.application import ConsumerApplication
from chanx.routing import RouteInfo

ENTRY_POINTS: Final = "chanx.documents"
"""The group of entry points by which adapters are found; each names a :class:`DocumentSource`."""


class DocumentSource(Protocol):
    """Makes the documents of one framework's applications.

    An adapter names a class without arguments in its ``pyproject.toml``:

    .. code-block:: toml

        [project.entry-points."chanx.documents"]
        fastapi = "chanx.ext.fast_channels.command_line:FastAPIDocuments"

    Its module imports the framework only when it is needed: each command loads every adapter.
    """

    def prepare(self) -> None:
        """Do what the framework needs before the user's modules are imported."""
        ...

    def document(self, target: Any, config: AsyncAPIConfig) -> Document | None:
        """Return the document of an application.

        Args:
            target: The application; None for the one that the framework's settings name.
            config: What was said on the command line.

        Returns:
            The document; None if the target is none of the framework's applications.

        Raises:
            CommandError: If the target is one, and cannot be described.
        """
        ...


class RouteDocuments:
    """Makes the documents of a single consumer and of routes without a framework."""

    def prepare(self) -> None:
        """Do nothing: there is no framework."""

    def document(self, target: Any, config: AsyncAPIConfig) -> Document | None:
        """Return the document of ``Consumer.as_asgi()``, at ``/``, or of several ``RouteInfo``.

        Args:
            target: The consumer's application, or a list or tuple of routes.
            config: What was said on the command line.
        """
        if isinstance(target, ConsumerApplication):
            application: ConsumerApplication[Any] = target  # pyright: ignore[reportUnknownVariableType]
            return Document([RouteInfo(path="/", consumer=application.consumer_class)], config)
        return Document(target, config) if _are_routes(target) else None


def _are_routes(target: Any) -> TypeGuard[Sequence[RouteInfo]]:
    if not isinstance(target, list | tuple) or not target:
        return False
    return all(isinstance(item, RouteInfo) for item in cast(Sequence[Any], target))


def installed_sources() -> list[DocumentSource]:
    """Return what makes documents: the installed adapters, and the core itself.

    Raises:
        CommandError: If an adapter cannot be imported.
    """
    found = sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name)
    return [*map(_loaded, found), RouteDocuments()]


def _loaded(point: EntryPoint) -> DocumentSource:
    try:
        source: DocumentSource = point.load()()
    except (ImportError, AttributeError) as error:
        raise CommandError(f"The adapter {point.value} cannot be imported: {error}") from error
    return source


__all__ = ["ENTRY_POINTS", "DocumentSource", "RouteDocuments", "installed_sources"]
