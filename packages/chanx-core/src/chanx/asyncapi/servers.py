"""Server Objects, from URLs."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from chanx.asyncapi.config import AsyncAPIConfig
from chanx.asyncapi.names import key_of
from chanx.core.errors import ConfigurationError

_PROTOCOLS = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}


def server_objects(config: AsyncAPIConfig) -> dict[str, dict[str, Any]]:
    """Return the servers that a configuration names.

    Args:
        config: The configuration, without what is None.

    Raises:
        ConfigurationError: If a URL has no host or another scheme than ws, wss, http and https, or
            a Server Object has no host or protocol.
    """
    protocol = config.get("server_protocol")
    if servers := config.get("servers"):
        return {key_of(name): _server(item, protocol) for name, item in servers.items()}
    if url := config.get("server_url"):
        return {"default": _server(url, protocol)}
    return {}


def _server(given: str | Mapping[str, Any], protocol: str | None) -> dict[str, Any]:
    if not isinstance(given, str):
        if "host" not in given and "url" in given:
            rest = {key: value for key, value in given.items() if key != "url"}
            return {**_server(given["url"], protocol), **rest}
        missing = [key for key in ("host", "protocol") if key not in given]
        if missing and "$ref" not in given:
            raise ConfigurationError(f"servers: {dict(given)!r} has no {' and no '.join(missing)}.")
        return dict(given)
    wrong = f"{given!r} is not a server: write a URL such as wss://example.com/prefix."
    try:
        parts = urlsplit(given if "//" in given else f"//{given}")
    except ValueError as error:
        raise ConfigurationError(wrong) from error
    scheme = parts.scheme or protocol or "ws"
    if not parts.netloc or scheme not in _PROTOCOLS:
        raise ConfigurationError(wrong)
    server = {
        "host": parts.netloc.rpartition("@")[2],  # never publish a user's password
        "protocol": protocol or _PROTOCOLS[scheme],
    }
    if path := parts.path.rstrip("/"):
        server["pathname"] = path
    return server


__all__ = ["server_objects"]
