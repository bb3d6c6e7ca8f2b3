"""Which web pages may open a connection (RFC 6455, 10.2)."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from unicodedata import normalize
from urllib.parse import urlsplit


def origin_of(scope: Mapping[str, Any]) -> str | None:
    """Return a handshake's Origin header; None if it has none, as clients other than browsers.

    Args:
        scope: The ASGI connection scope.
    """
    for name, value in scope.get("headers", ()):
        # ASGI has names of headers in lower case. The first one counts: a browser sends one.
        if name == b"origin":
            return str(value.decode("latin-1"))
    return None


def is_allowed(origin: str | None, allowed: Iterable[str] | None) -> bool:
    """Return whether a handshake of this origin is let in.

    Args:
        origin: The Origin header; None if there is none.
        allowed: Origins that are let in: ``https://example.com``, or ``https://*.example.com``
            for every host below it; names in any script, or in the punycode that browsers send.
            None lets every origin in.

    Example:
        >>> is_allowed("https://chat.example.com", ["https://*.example.com"])
        True
        >>> is_allowed("null", ["https://example.com"])
        False
    """
    # No Origin, no browser (RFC 6455, 10.2): such clients can write any header that they like, so
    # that a look at it protects nobody.
    if origin is None or allowed is None:
        return True
    return any(_matches(origin, pattern) for pattern in allowed)


def is_own_host(origin: str, scope: Mapping[str, Any]) -> bool:
    """Return whether a page is of the host that it connects to, at any port.

    Where the handshake came by TLS, so has the page to: whoever stands between a browser and a page
    without it writes that page.

    Args:
        origin: The Origin header.
        scope: The ASGI connection scope.

    Example:
        >>> scope = {"scheme": "ws", "headers": [(b"host", b"example.com")]}
        >>> is_own_host("https://example.com", scope), is_own_host("https://a.example", scope)
        (True, False)
    """
    header = next((value for name, value in scope["headers"] if name == b"host"), b"")
    schemes = ("https",) if scope.get("scheme") == "wss" else ("http", "https")
    try:
        page, own = _parts(origin), _parts(f"//{header.decode('latin-1')}")
    except ValueError:
        return False
    return page.scheme in schemes and bool(page.host) and page.host == own.host


def _matches(origin: str, pattern: str) -> bool:
    if pattern == "*":
        return True
    try:
        there, here = _parts(pattern), _parts(origin)
    except ValueError:
        # What urlsplit cannot read is not an origin of a browser.
        return False
    # "null", as sandboxed pages and files send it, has no host, and matches nothing but "*".
    if not here.host or (there.scheme, there.port) != (here.scheme, here.port):
        return False
    if there.host.startswith("*."):
        # With the dot: `*.example.com` is neither example.com itself nor badexample.com.
        return here.host.endswith(there.host[1:])
    return here.host == there.host


class _Origin(NamedTuple):
    scheme: str
    host: str
    port: int | None


def _parts(origin: str) -> _Origin:
    url = urlsplit(origin.lower())
    # Browsers leave the default port out of an Origin (RFC 6454, 6.2); patterns may have it.
    port = url.port or {"http": 80, "https": 443}.get(url.scheme)
    return _Origin(url.scheme, _ascii_host(url.hostname or ""), port)


def _ascii_host(host: str) -> str:
    """Return a host as browsers state it in an Origin (RFC 3492; UTS #46, 4, as WHATWG URL has it).

    Not by Python's ``idna``, whose older rules have another name for some: ``ss`` for ``ß``.
    """
    if host.isascii():
        return host
    labels = normalize("NFKC", host.lower()).replace("\u3002", ".").split(".")
    return ".".join(
        label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in labels
    )


__all__ = ["is_allowed", "is_own_host", "origin_of"]
