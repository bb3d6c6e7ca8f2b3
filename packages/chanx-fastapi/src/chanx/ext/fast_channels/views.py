"""Endpoints that serve an application's AsyncAPI document, and the page that shows it."""

from copy import deepcopy
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from chanx.asyncapi import (
    DOCS_CONTENT_SECURITY_POLICY,
    YAML_MEDIA_TYPE,
    AsyncAPIConfig,
    AsyncAPIGenerator,
    render_docs,
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
            unless the configuration names them.
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
    content = await run_in_threadpool(lambda: document_of(request, app, config).json_bytes)
    return _JSONText(content)


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
    return Response(text, media_type=YAML_MEDIA_TYPE)


async def asyncapi_docs(
    request: Request | None = None,
    app: Starlette | None = None,
    config: AsyncAPIConfig | None = None,
) -> HTMLResponse:
    """Serve the page that shows an application's AsyncAPI document.

    Everything on the page comes from this server; its ``Content-Security-Policy`` forbids
    anything else.

    Args:
        request: As for :func:`generate_asyncapi_schema`.
        app: As for :func:`generate_asyncapi_schema`.
        config: As for :func:`generate_asyncapi_schema`.

    Raises:
        ConfigurationError: As :func:`generate_asyncapi_schema`.

    Example:
        >>> from starlette.routing import Route
        >>> route = Route("/docs", asyncapi_docs)
    """
    return await _docs(request, app, config, schema_url=None)


async def _docs(
    request: Request | None,
    app: Starlette | None,
    config: AsyncAPIConfig | None,
    schema_url: str | None,
) -> HTMLResponse:
    page = await run_in_threadpool(
        lambda: render_docs(document_of(request, app, config).content, schema_url=schema_url)
    )
    return HTMLResponse(page, headers={"content-security-policy": DOCS_CONTENT_SECURITY_POLICY})


def mount_asyncapi(
    app: Starlette, path: str = "/asyncapi", config: AsyncAPIConfig | None = None
) -> None:
    """Add the endpoints of an application's AsyncAPI document to it.

    ``PATH`` is the page that shows the document, ``PATH.json`` and ``PATH.yaml`` are the document.
    None of them is in the OpenAPI document.

    Args:
        app: A FastAPI or Starlette application.
        path: The page's path.
        config: As for :func:`generate_asyncapi_schema`.

    Raises:
        ConfigurationError: If the path is none, or the configuration has an unknown key.

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
    AsyncAPIGenerator((), **(config or {}))  # refuses unknown keys now, not at the first request

    async def docs(request: Request) -> Response:
        return await _docs(request, app, config, schema_url=f"{path.rsplit('/', 1)[-1]}.json")

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
