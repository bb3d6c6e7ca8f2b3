"""FastAPI and Starlette applications on the ``chanx`` command line."""

from typing import Any

from chanx.asyncapi import AsyncAPIConfig, Document


class FastAPIDocuments:
    """Makes the documents of FastAPI and Starlette applications and routers.

    It is the entry point ``fastapi`` of the group ``chanx.documents``.
    """

    def prepare(self) -> None:
        """Do nothing: the frameworks need no preparation."""

    def document(self, target: Any, config: AsyncAPIConfig) -> Document | None:
        """Return the document of an application; None if the target is none.

        Args:
            target: An application or a router, or middleware around one.
            config: What the document says besides its routes. Title, version, description and the
                like are the FastAPI application's unless given.
        """
        # Not above: a command for another framework's application needs none of this.
        from starlette.applications import Starlette
        from starlette.routing import Router

        from chanx.ext.fast_channels.discovery import FastAPIRouteDiscovery, unwrap
        from chanx.ext.fast_channels.documents import document_of

        application = unwrap(target)
        if isinstance(application, Starlette):
            return document_of(None, application, config)
        if isinstance(application, Router):
            return Document(FastAPIRouteDiscovery(application).discover(), config)
        return None


__all__ = ["FastAPIDocuments"]
