"""The AsyncAPI documents of an application, made when they are asked for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request

from chanx.asyncapi import AsyncAPIConfig, Document, DocumentCache, given_of
from chanx.core.errors import ConfigurationError
from chanx.ext.fast_channels.discovery import FastAPIRouteDiscovery, unwrap
from chanx.ext.fast_channels.servers import declared_servers

_STATE: Final = "chanx_asyncapi_documents"
# Of OpenAPI's License Object, which has an identifier besides since 3.1.
_LICENSE: Final = ("name", "url")
_TAG: Final = ("name", "description", "externalDocs")


@dataclass(frozen=True, slots=True)
class _Kept:
    """What an application's documents are made with."""

    discovery: FastAPIRouteDiscovery
    documents: DocumentCache


def document_of(
    request: Request | None, app: Starlette | None, config: AsyncAPIConfig | None
) -> Document:
    """Return the document of an application; the same one until its routes change.

    Args:
        request: The request for it: where the server is, unless the configuration says it.
        app: The application; None for the request's.
        config: What the document says besides its routes. Title, version, description and the
            like are the FastAPI application's unless given.

    Raises:
        ConfigurationError: If there is neither request nor application, or the configuration has
            an unknown key.
    """
    application = _application(request, app)
    complete = _complete(config or {}, application, request)
    # Kept by the application itself, so that all go together.
    kept: _Kept | None = getattr(application.state, _STATE, None)
    if kept is None:
        kept = _Kept(FastAPIRouteDiscovery(application), DocumentCache())
        setattr(application.state, _STATE, kept)
    return kept.documents.get(kept.discovery.discover(), complete)


def _application(request: Request | None, app: Starlette | None) -> Starlette:
    if app is None and request is None:
        raise ConfigurationError(
            "An AsyncAPI document needs an application to describe: give app=app or the request."
        )
    application = unwrap(app or cast(Request, request).app)
    if not isinstance(application, Starlette):
        raise ConfigurationError(
            f"{application!r} is not a FastAPI or Starlette application: give app=app."
        )
    return application


def _complete(config: AsyncAPIConfig, app: Starlette, request: Request | None) -> AsyncAPIConfig:
    given = given_of(config)
    # Whoever names a server means no other.
    if not given.keys() & {"servers", "server_url"}:
        url = None if request is None else _server_url(request, app)
        given["server_url"] = url
        # Empty where the application declares none; then server_url counts.
        given["servers"] = declared_servers(app, url)
    return cast(AsyncAPIConfig, {**_defaults(app), **given})


def _defaults(app: Starlette) -> dict[str, Any]:
    if not isinstance(app, FastAPI):
        return {}
    license_info = _only(app.license_info or {}, _LICENSE)
    defaults = {
        "title": app.title,
        "version": app.version,
        "description": app.description,
        "terms_of_service": app.terms_of_service,
        "contact": app.contact,
        "license": license_info,
        "tags": [_only(tag, _TAG) for tag in app.openapi_tags or ()],
        "external_docs": getattr(app, "openapi_external_docs", None),  # newer releases
    }
    return {key: value for key, value in defaults.items() if value}


def _only(given: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """Return of an object of OpenAPI's what AsyncAPI's has too."""
    return {key: value for key, value in given.items() if key in known}


def _server_url(request: Request, app: Starlette) -> str | None:
    """Return where the application is, as its server says; proxies are the server's to judge.

    None stands for a ``Host`` header that is none, which Starlette replaces in newer releases.
    """
    scope = request.scope
    root_path: str = scope.get("root_path", "")
    if scope.get("router") is app.router:
        # The outermost application: what was mounted on the way to this endpoint is not its own.
        root_path = scope.get("app_root_path", root_path)
    try:
        scheme, host = request.url.scheme, request.url.netloc
    except ValueError:
        return None
    protocol = "wss" if scheme in ("https", "wss") else "ws"
    return f"{protocol}://{host}{root_path.rstrip('/')}" if host else None


__all__ = ["document_of"]
