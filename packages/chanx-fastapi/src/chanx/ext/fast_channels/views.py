"""Endpoints that serve an application's AsyncAPI document, and the page that shows it."""

from collections.abc import Collection
from copy import deepcopy
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from chanx.asyncapi import (
    DOCUMENT_HEADERS,
    YAML_MEDIA_TYPE,
    AsyncAPIConfig,
    AsyncAPIGenerator,
    DocsResponse,
    Documents,
    Renderer,
    check_page,
    docs_response,
    embedded_docs_response,
)
from chanx.core.errors import ConfigurationError
from chanx.ext.fast_channels.documents import document_of


class _JSONText(JSONResponse):
    """A JSON response of what is JSON already."""

    def render(self, content: Any) -> bytes:
        return bytes(content)


def generate_asyncapi_schema(
    request: Request | None = None,
    app: Starlette | None = None,
    config: AsyncAPIConfig | None = None,
) -> dict[str, Any]:
    """Return an application's AsyncAPI document.

    It is made when first asked for, and kept until the application's routes change.

    Args:
        request: The HTTP request, which tells where the server is; None leaves the servers out,
            unless the configuration or ``FastAPI(servers=[...])`` names them.
        app: The application; None for the request's.
        config: What the document says besides its routes, such as
            ``{"title": "My API", "server_url": "wss://example.com"}``. Title, version and
            description are the FastAPI application's unless given.

    Returns:
        A copy of the document, the caller's to change.

    Raises:
        ConfigurationError: If neither request nor application is given, or the configuration has
            an unknown key.

    Example:
        >>> from fastapi import FastAPI
        >>> document = generate_asyncapi_schema(app=FastAPI(title="Chat"))
        >>> document["asyncapi"], document["info"]["title"]
        ('3.0.0', 'Chat')
    """
    return deepcopy(document_of(request, app, config).content)


async def asyncapi_spec_json(
    request: Request | None = None,
    app: Starlette | None = None,
    config: AsyncAPIConfig | None = None,
) -> JSONResponse:
    """Serve an application's AsyncAPI document as JSON.

    Args:
        request: As for :func:`generate_asyncapi_schema`.
        app: As for :func:`generate_asyncapi_schema`.
        config: As for :func:`generate_asyncapi_schema`.

    Raises:
        ConfigurationError: As :func:`generate_asyncapi_schema`.

    Example:
        In a FastAPI endpoint, or as an endpoint of Starlette:

        >>> from fastapi import FastAPI
        >>> from starlette.routing import Route
        >>> app = FastAPI()
        >>> @app.get("/asyncapi.json")
        ... async def get_spec():
        ...     return await asyncapi_spec_json(app=app, config={"title": "My API"})
        >>> route = Route("/asyncapi.json", asyncapi_spec_json)
    """
    # Making a document takes too long for the event loop; later ones come from the cache.
    content = await run_in_threadpool(lambda: document_of(request, app, config).json_bytes)
    return _JSONText(content, headers=DOCUMENT_HEADERS)


async def asyncapi_spec_yaml(
    request: Request | None = None,
    app: Starlette | None = None,
    config: AsyncAPIConfig | None = None,
) -> Response:
    """Serve an application's AsyncAPI document as YAML, of type ``application/yaml`` (RFC 9512).

    Args:
        request: As for :func:`generate_asyncapi_schema`.
        app: As for :func:`generate_asyncapi_schema`.
        config: As for :func:`generate_asyncapi_schema`.

    Raises:
        ConfigurationError: As :func:`generate_asyncapi_schema`.

    Example:
        >>> from starlette.routing import Route
        >>> route = Route("/asyncapi.yaml", asyncapi_spec_yaml)
    """
    text = await run_in_threadpool(lambda: document_of(request, app, config).yaml)
    return Response(text, headers=DOCUMENT_HEADERS, media_type=YAML_MEDIA_TYPE)


async def asyncapi_docs(
    request: Request | None = None,
    app: Starlette | None = None,
    config: AsyncAPIConfig | None = None,
    *,
    document_url: str | None = None,
    renderer: Renderer = "chanx",
    documents: Documents | None = None,
    connect_hosts: Collection[str] | None = None,
) -> HTMLResponse:
    """Serve the page that shows an application's AsyncAPI document, and lets its readers try it.

    Everything on the page comes from this server; its ``Content-Security-Policy`` forbids
    anything else. The page's files and the document are served by the same endpoint, at
    ``?file=...``, so that it needs no further route and works behind any prefix.

    Args:
        request: As for :func:`generate_asyncapi_schema`. Without it, the endpoint cannot be asked
            for files: the page carries them and the document within itself.
        app: As for :func:`generate_asyncapi_schema`.
        config: As for :func:`generate_asyncapi_schema`.
        document_url: Where the document is served as JSON, absolute or relative to the page; None
            for this endpoint.
        renderer: What shows the document: ``"chanx"``, or ``"react"`` for AsyncAPI's React
            component, which browsers load from unpkg.com, pinned and checked; it needs the
            request.
        documents: Further documents that readers may choose on the page, by the name under which
            each is chosen: where it is served as JSON, on the page's own host, or a
            :class:`pathlib.Path`, a file of JSON or YAML; None for none.
        connect_hosts: The hosts that the page may open sockets to beside its own, such as
            ``wss://chat.example.com``; None for any.

    Raises:
        ConfigurationError: As :func:`generate_asyncapi_schema` and
            :func:`chanx.asyncapi.check_page`, or if the React component is to be shown without a
            request.

    Example:
        >>> from starlette.routing import Route
        >>> route = Route("/docs", asyncapi_docs)
    """
    check_page(renderer, documents, connect_hosts)
    # Its files come by ?file=, for which the endpoint has to be asked.
    if request is None and renderer == "react":
        raise ConfigurationError(
            'asyncapi_docs(renderer="react") needs the request, to serve the page\'s files: '
            "give request=request."
        )

    def respond() -> DocsResponse:
        document = document_of(request, app, config)
        if request is None:
            return embedded_docs_response(
                document, documents=documents, connect_hosts=connect_hosts
            )
        return docs_response(
            document,
            file=request.query_params.get("file"),
            document_url=document_url,
            renderer=renderer,
            documents=documents,
            connect_hosts=connect_hosts,
        )

    response = await run_in_threadpool(respond)
    headers = {**response.headers, "Content-Type": response.media_type}
    return HTMLResponse(response.content, response.status, headers)


def mount_asyncapi(
    app: Starlette,
    path: str = "/asyncapi",
    config: AsyncAPIConfig | None = None,
    *,
    renderer: Renderer = "chanx",
    documents: Documents | None = None,
    connect_hosts: Collection[str] | None = None,
) -> None:
    """Add the endpoints of an application's AsyncAPI document to it.

    ``PATH`` is the page that shows the document, ``PATH.json`` and ``PATH.yaml`` are the document.
    None of them is in the OpenAPI document.

    Args:
        app: A FastAPI or Starlette application.
        path: The page's path.
        config: As for :func:`generate_asyncapi_schema`.
        renderer: As for :func:`asyncapi_docs`.
        documents: As for :func:`asyncapi_docs`.
        connect_hosts: As for :func:`asyncapi_docs`.

    Raises:
        ConfigurationError: If the path is none, the configuration has an unknown key, or as
            :func:`chanx.asyncapi.check_page`.

    Example:
        >>> from fastapi import FastAPI
        >>> app = FastAPI()
        >>> mount_asyncapi(app, config={"title": "Chat"})
    """
    path = path.rstrip("/")
    if not path.startswith("/"):
        raise ConfigurationError(
            "mount_asyncapi needs the path of the page, such as '/asyncapi': the document's "
            "paths are made of it."
        )
    # What cannot be served is refused now, not at the first request.
    # It refuses unknown keys; without routes nothing is made.
    AsyncAPIGenerator((), **(config or {}))
    check_page(renderer, documents, connect_hosts)

    async def docs(request: Request) -> Response:
        # Relative to the page, so that it holds behind any prefix.
        document_url = f"{path.rsplit('/', 1)[-1]}.json"
        return await asyncapi_docs(
            request,
            app,
            config,
            document_url=document_url,
            renderer=renderer,
            documents=documents,
            connect_hosts=connect_hosts,
        )

    async def spec_json(request: Request) -> Response:
        return await asyncapi_spec_json(request, app, config)

    async def spec_yaml(request: Request) -> Response:
        return await asyncapi_spec_yaml(request, app, config)

    endpoints = {
        "asyncapi_docs": (path, docs),
        "asyncapi_json": (f"{path}.json", spec_json),
        "asyncapi_yaml": (f"{path}.yaml", spec_yaml),
    }
    for name, (where, endpoint) in endpoints.items():
        app.router.add_route(where, endpoint, ["GET"], name=name, include_in_schema=False)


__all__ = [
    "asyncapi_docs",
    "asyncapi_spec_json",
    "asyncapi_spec_yaml",
    "generate_asyncapi_schema",
    "mount_asyncapi",
]
