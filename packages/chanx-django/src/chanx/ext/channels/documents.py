"""The AsyncAPI documents of a Django project, made when they are asked for."""

from typing import Final, cast

from django.http import HttpRequest

from chanx.asyncapi import AsyncAPIConfig, Document, DocumentCache
from chanx.core.settings import Settings
from chanx.ext.channels.discovery import DjangoRouteDiscovery
from chanx.ext.channels.settings import chanx_settings

_FACTS: Final = {
    "ASYNCAPI_TITLE": "title",
    "ASYNCAPI_DESCRIPTION": "description",
    "ASYNCAPI_VERSION": "version",
    "ASYNCAPI_TERMS_OF_SERVICE": "terms_of_service",
    "ASYNCAPI_CONTACT": "contact",
    "ASYNCAPI_LICENSE": "license",
    "ASYNCAPI_TAGS": "tags",
    "ASYNCAPI_EXTERNAL_DOCS": "external_docs",
    "ASYNCAPI_EXTRA": "extra",
    "ASYNCAPI_SERVER_PROTOCOL": "server_protocol",
}
# Of the two that name one server, ASYNCAPI_SERVER_URL counts first (_server).
_SERVERS: Final = {
    "ASYNCAPI_SERVERS": "servers",
    "ASYNCAPI_SERVER_URL": "server_url",
    "WEBSOCKET_BASE_URL": "server_url",
}
DOCUMENT_KEYS: Final = {**_FACTS, **_SERVERS}
"""What settings are called in a document's configuration."""


class ProjectDocuments:
    """The documents of the project; each is kept until the settings or the routes change."""

    def __init__(self) -> None:
        self._made: tuple[Settings, DocumentCache] | None = None

    def get(self, request: HttpRequest | None = None, *, base_url: str | None = None) -> Document:
        """Return the project's document.

        Args:
            request: The request for it: where the server is, unless the settings say it.
            base_url: Where the server is, whatever else says so.

        Raises:
            django.core.exceptions.DisallowedHost: If the request's host is none of the project's.
        """
        # Each time, as ASGI_APPLICATION may be another one in the next test; DocumentCache compares
        # what it finds.
        routes = DjangoRouteDiscovery().discover()
        return self._cache().get(routes, project_config(request, base_url))

    def _cache(self) -> DocumentCache:
        # How consumers speak on the wire is none of the document's configuration.
        settings = chanx_settings.consumer_settings
        # By identity: chanx_settings makes the object anew when settings change, and only then.
        if self._made is None or self._made[0] is not settings:
            self._made = settings, DocumentCache()
        return self._made[1]


def project_config(
    request: HttpRequest | None = None, base_url: str | None = None
) -> AsyncAPIConfig:
    """Return what the project's document says besides its routes.

    Args:
        request: As for :meth:`ProjectDocuments.get`.
        base_url: As for :meth:`ProjectDocuments.get`.
    """
    given = {key: getattr(chanx_settings, name) for name, key in _FACTS.items()}
    return cast(AsyncAPIConfig, {**given, **_server(request, base_url)})


def _server(request: HttpRequest | None, base_url: str | None) -> AsyncAPIConfig:
    # Several servers are the whole answer; only a base_url that somebody asked for is above them.
    if base_url is None and chanx_settings.ASYNCAPI_SERVERS:
        return {"servers": chanx_settings.ASYNCAPI_SERVERS}
    configured = base_url or chanx_settings.ASYNCAPI_SERVER_URL or chanx_settings.WEBSOCKET_BASE_URL
    if configured is None and request is not None:
        protocol = "wss" if request.is_secure() else "ws"
        # get_host() refuses hosts that ALLOWED_HOSTS does not have: the document is shown to
        # readers, and must not name a host that a request made up.
        configured = f"{protocol}://{request.get_host()}{request.META.get('SCRIPT_NAME', '')}"
    return {"server_url": configured}


project_documents: Final = ProjectDocuments()
"""The documents of the project."""


__all__ = ["DOCUMENT_KEYS", "ProjectDocuments", "project_config", "project_documents"]
