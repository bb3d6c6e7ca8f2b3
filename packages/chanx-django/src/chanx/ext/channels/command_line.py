"""Django projects on the ``chanx`` command line."""

import os
from typing import Any, Final

from chanx.asyncapi import AsyncAPIConfig, Document
from chanx.cli import CommandError
from chanx.ext.channels.applications import applications_within

_PACKAGES: Final = frozenset({"channels", "django"})


class DjangoDocuments:
    """Makes the documents of Django projects, with the titles and servers of ``CHANX``.

    It is the entry point ``django`` of the group ``chanx.documents``.
    """

    def prepare(self) -> None:
        """Set up Django if ``DJANGO_SETTINGS_MODULE`` is set, as ``manage.py`` does."""
        # Without the variable nothing is known of a project, and an application of another
        # framework is named.
        if _has_settings():
            import django  # not above: other frameworks' applications need none of this

            django.setup()

    def document(self, target: Any, config: AsyncAPIConfig) -> Document | None:
        """Return the document of an ASGI application of channels; None if the target is none.

        Args:
            target: The application; None for the project's, by ``settings.ASGI_APPLICATION``.
            config: What the document says besides its routes, in place of what ``CHANX`` says.

        Raises:
            CommandError: If the application serves no WebSockets.
        """
        if not (_has_settings() if target is None else _is_of_channels(target)):
            return None
        # Here, as these need settings; the command line loads this module for every project.
        from chanx.ext.channels.discovery import DjangoRouteDiscovery
        from chanx.ext.channels.documents import project_documents

        routes = DjangoRouteDiscovery(target).discover()
        if not routes:
            raise CommandError(
                "There are no consumers to describe: let the application, which is "
                "settings.ASGI_APPLICATION unless named, be a ProtocolTypeRouter that has some "
                'for "websocket".'
            )
        return Document(routes, {**project_documents.get().config, **config})


def _has_settings() -> bool:
    return bool(os.environ.get("DJANGO_SETTINGS_MODULE"))


def _is_of_channels(target: Any) -> bool:
    *_, inmost = applications_within(target)
    # By the name of the package: channels is not imported to say that an application is none of
    # its.
    bases = (base.__module__.partition(".")[0] for base in type(inmost).__mro__)
    return not _PACKAGES.isdisjoint(bases)


__all__ = ["DjangoDocuments"]
