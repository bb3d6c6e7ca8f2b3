"""Which web pages may open a connection (RFC 6455, 10.2)."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit


def origin_of(scope: Mapping[str, Any]) -> str | None:
    """Return a handshake's Origin header; None if it has none, as of clients that are no browser.

    Args:
        scope: The ASGI connection scope.
    """
    for name, value in scope.get("headers", ()):
        if name == b"origin":
            return str(value.decode("latin-1"))
    return None


def is_allowed(origin: str | None, allowed: Iterable[str] | None) -> bool:
    """Return whether a handshake of this origin is let in.

    Args:
        origin: The Origin header; None if there is none.
        allowed: Origins that are let in: ``https://example.com``, or ``https://*.example.com``
            for every host below it. None lets every origin in.

    Example:
        >>> is_allowed("https://chat.example.com", ["https://*.example.com"])
        True
        >>> is_allowed("null", ["https://example.com"])
        False
    """
    if origin is None or allowed is None:
        return True
    return any(_matches(origin, pattern) for pattern in allowed)


def _matches(origin: str, pattern: str) -> bool:
    if pattern == "*":
        return True
    try:
        there, here = _parts(pattern), _parts(origin)
    except ValueError:
        # What urlsplit cannot read is no origin of a browser.
        return False
    if not here.host or (there.scheme, there.port) != (here.scheme, here.port):
        return False
    if there.host.startswith("*."):
        return here.host.endswith(there.host[1:])
    return here.host == there.host


class _Origin(NamedTuple):
    scheme: str
    host: str
    port: int | None


def _parts(origin: str) -> _Origin:
    url = urlsplit(origin.lower())
    port = url.port or {"http": 80, "https": 443}.get(url.scheme)
    return _Origin(url.scheme, url.hostname or "", port)


__all__ = ["is_allowed", "origin_of"]
