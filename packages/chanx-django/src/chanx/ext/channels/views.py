"""Views that serve the project's AsyncAPI document, and the page that shows it."""

from collections.abc import Callable, Collection
from copy import deepcopy
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.cache import patch_vary_headers
from django.utils.decorators import classonlymethod
from django.views.generic import View

from chanx.asyncapi import (
    DOCUMENT_HEADERS,
    YAML_MEDIA_TYPE,
    Document,
    Documents,
    Renderer,
    check_page,
    docs_response,
)
from chanx.ext.channels.documents import project_documents
from chanx.ext.channels.settings import chanx_settings
from chanx.ext.channels.static_files import collected_urls

JSON_MEDIA_TYPE: Final = "application/json"

_FORMATS: Final = {"json": JSON_MEDIA_TYPE, "yaml": YAML_MEDIA_TYPE}
"""Media types by the values of ``?format=``."""

# get_preferred_type() takes the first of equals, so the order is that of preference. The long ones
# are AsyncAPI's own.
_MEDIA_TYPES: Final = {
    JSON_MEDIA_TYPE: "json",
    "application/vnd.aai.asyncapi+json": "json",
    YAML_MEDIA_TYPE: "yaml",
    "application/vnd.aai.asyncapi+json;version=3.0.0": "json",
    "application/vnd.aai.asyncapi+yaml": "yaml",
    "application/vnd.aai.asyncapi+yaml;version=3.0.0": "yaml",
    "application/x-yaml": "yaml",
    "text/yaml": "yaml",
}
"""Formats by what ``Accept`` may ask for; the first one serves those who take anything."""


def generate_asyncapi_schema(request: HttpRequest | None = None) -> dict[str, Any]:
    """Return the project's AsyncAPI document.

    It describes the consumers behind ``settings.ASGI_APPLICATION``. Title, description and version
    are those of the ``CHANX`` settings; the server is ``ASYNCAPI_SERVER_URL``, otherwise
    ``WEBSOCKET_BASE_URL``, otherwise the request's host. ``ASYNCAPI_SERVER_PROTOCOL`` replaces the
    protocol that these have.

    Args:
        request: The HTTP request; None leaves the server out, unless the settings name it.

    Returns:
        A copy of the document, the caller's to change.

    Raises:
        ConfigurationError: If the settings name a server that is none.
        django.core.exceptions.DisallowedHost: If the request's host is none of the project's.

    Example:
        >>> document = generate_asyncapi_schema()
        >>> document["asyncapi"], document["info"]["title"]
        ('3.0.0', 'AsyncAPI Documentation')
    """
    # What is kept is shared by all requests.
    return deepcopy(project_documents.get(request).content)


class AsyncAPISchemaView(View):
    """Serves the project's AsyncAPI document, as JSON or YAML.

    ``?format=json`` and ``?format=yaml`` choose, otherwise the ``Accept`` header does; what is
    neither is answered with 400. Restrict the view like any other, by decorators or mixins.

    Example:
        >>> from django.contrib.auth.decorators import login_required
        >>> from django.urls import path
        >>> urlpatterns = [path("asyncapi/", login_required(AsyncAPISchemaView.as_view()))]
    """

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the document in the format that the request asks for.

        Args:
            request: The request.
            args: What the route captured; not used.
            kwargs: What the route captured; not used.
        """
        media_type = _media_type(request)
        if media_type is None:
            response: HttpResponse = HttpResponseBadRequest(
                "The document is served as JSON or YAML: ask for ?format=json or ?format=yaml, or "
                f"accept one of {', '.join(_MEDIA_TYPES)}.\n",
                content_type="text/plain; charset=utf-8",
            )
        else:
            text = _text(project_documents.get(request), _MEDIA_TYPES[media_type])
            response = HttpResponse(text, content_type=media_type)
        patch_vary_headers(response, ["Accept"])
        return _kept_by_its_client_alone(response)


def _media_type(request: HttpRequest) -> str | None:
    # The query before the header: a browser that follows a link cannot choose what it accepts.
    if (asked := request.GET.get("format")) is not None:
        return _FORMATS.get(asked)
    return request.get_preferred_type([*_MEDIA_TYPES])


def _kept_by_its_client_alone(response: HttpResponse) -> HttpResponse:
    """Say of a response that it may name the host that the request states."""
    for name, value in DOCUMENT_HEADERS.items():
        response.headers.setdefault(name, value)
    # A cache before the server must not give one host's document to another.
    stated = ["Host"]
    if settings.USE_X_FORWARDED_HOST:
        stated.append("X-Forwarded-Host")
    patch_vary_headers(response, stated)
    return response


def _text(document: Document, kind: str) -> str:
    return document.json if kind == "json" else document.yaml


class AsyncAPIDocsView(View):
    """Serves the page that shows the project's AsyncAPI document, and lets its readers try it.

    Everything on the page comes from this server; its ``Content-Security-Policy`` forbids
    anything else. The page's files are those that ``collectstatic`` collected, where it did;
    otherwise this view serves them, at ``?file=...``, and so it does with the document where
    :mod:`chanx.ext.channels.urls` does not have it beside the page.

    Attributes:
        renderer: What shows the document: ``"chanx"``, or ``"react"`` for AsyncAPI's React
            component, which browsers load from unpkg.com, pinned and checked. None for what
            ``CHANX["ASYNCAPI_DOCS_RENDERER"]`` says.
        documents: Further documents that readers may choose on the page, by the name under which
            each is chosen: where it is served as JSON, on the page's own host, or a
            :class:`pathlib.Path`, a file of JSON or YAML; None for none.
        connect_hosts: The hosts that the page may open sockets to beside its own, such as
            ``wss://chat.example.com``; None for any.
        template_name: A template to render instead, with ``document``, the document as a
            dictionary, ``title``, and ``schema_url``, where the document is served or None; the
            policy is the template's own then.

    Example:
        >>> from django.contrib.admin.views.decorators import staff_member_required
        >>> from django.urls import path
        >>> urlpatterns = [path("docs/", staff_member_required(AsyncAPIDocsView.as_view()))]
    """

    renderer: Renderer | None = None
    documents: Documents | None = None
    connect_hosts: Collection[str] | None = None
    template_name: str | None = None

    @classonlymethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponseBase]:
        """Return the view, as Django's generic views do.

        Args:
            initkwargs: Attributes of the view.

        Raises:
            ConfigurationError: As :func:`chanx.asyncapi.check_page`.
        """
        # Class and arguments together, as the instances will have them, and when URLs are loaded.
        given = {name: getattr(cls, name) for name in ("renderer", "documents", "connect_hosts")}
        given.update({name: initkwargs[name] for name in given.keys() & initkwargs.keys()})
        renderer = given.pop("renderer")
        check_page("chanx" if renderer is None else renderer, **given)
        return super().as_view(**initkwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the page, or the file of it that the query asks for.

        Args:
            request: The request.
            args: What the route captured; not used.
            kwargs: What the route captured; not used.
        """
        document = project_documents.get(request)
        schema_url = _schema_url(request)
        if self.template_name is not None:
            content = document.content
            title = content["info"]["title"]
            context = {"document": content, "title": title, "schema_url": schema_url}
            return _kept_by_its_client_alone(render(request, self.template_name, context))
        answer = docs_response(
            document,
            file=request.GET.get("file"),
            document_url=schema_url,
            file_urls=collected_urls(),
            renderer=self.renderer or chanx_settings.ASYNCAPI_DOCS_RENDERER,
            documents=self.documents,
            connect_hosts=self.connect_hosts,
        )
        response = HttpResponse(
            answer.content,
            status=answer.status,
            content_type=answer.media_type,
            headers=dict(answer.headers),
        )
        # Files of the page are the same whoever asks; their own headers say how long to keep them.
        is_same_for_all = "Vary" not in answer.headers
        return response if is_same_for_all else _kept_by_its_client_alone(response)


def _schema_url(request: HttpRequest) -> str | None:
    """Return where the document is served beside the page; None if it is not."""
    match = request.resolver_match
    if match is None:
        return None
    try:
        # In the namespace of the page's own route, and with what its prefix captured.
        return reverse(":".join([*match.namespaces, "asyncapi_schema"]), kwargs=match.kwargs)
    except NoReverseMatch:
        return None


__all__ = ["AsyncAPIDocsView", "AsyncAPISchemaView", "generate_asyncapi_schema"]
