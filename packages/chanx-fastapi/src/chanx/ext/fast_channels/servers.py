"""The servers that a FastAPI application declares, as AsyncAPI's configuration takes them."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from fastapi import FastAPI
from starlette.applications import Starlette

_KEPT = ("description", "variables")


def declared_servers(app: Starlette, own: str | None) -> dict[str, dict[str, Any]]:
    """Return what ``FastAPI(servers=[...])`` declares; nothing if it declares nothing.

    As in its OpenAPI document, the application's own address goes first where it has a
    ``root_path``, unless ``root_path_in_servers`` is off.

    Args:
        app: The application.
        own: The application's own address; None if it is not known. Relative URLs are relative to
            it, and left out if it is None.
    """
    if not (isinstance(app, FastAPI) and app.servers):
        return {}
    servers = {server["url"]: server for server in _translated(app.servers, own)}
    if own is not None and app.root_path_in_servers and urlsplit(own).path:
        servers = {own: {"url": own}, **servers}
    # Names are needed in AsyncAPI, where OpenAPI has a list.
    names = ["default", *(f"server{number}" for number in range(2, len(servers) + 1))]
    return dict(zip(names, servers.values(), strict=False))


def _translated(servers: list[dict[str, Any]], own: str | None) -> Iterator[dict[str, Any]]:
    """Translate OpenAPI's Server Objects (3.1.0) into those of AsyncAPI 3.0.0, but for the URL."""
    for server in servers:
        url = _with_scheme(str(server["url"]), server.get("variables") or {})
        if "://" not in url:
            if own is None:
                continue
            # Relative to where the document is served (OpenAPI 3.1.0, Server Object).
            url = urljoin(own, url)
        kept = {
            key: value
            for key, value in server.items()
            if (key in _KEPT or key.startswith("x-")) and value
        }
        scheme, rest = url.split("://", 1)
        protocol = {"http": "ws", "https": "wss"}.get(scheme.lower(), scheme)
        if "variables" in kept:
            used = {name: each for name, each in kept["variables"].items() if f"{{{name}}}" in url}
            kept["variables"] = used
        yield {"url": f"{protocol}://{rest}", **kept}


def _with_scheme(url: str, variables: Mapping[str, Mapping[str, Any]]) -> str:
    """Fill in the scheme, which AsyncAPI names for itself and cannot vary."""
    for name, variable in variables.items():
        start = f"{{{name}}}:"
        if url.startswith(start):
            return f"{variable['default']}:{url.removeprefix(start)}"
    return url


__all__ = ["declared_servers"]
