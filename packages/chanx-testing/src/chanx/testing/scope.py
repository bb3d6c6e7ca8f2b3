"""The ASGI scope of a WebSocket connection, complete as a server makes it."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

from chanx.core.asgi import Scope

Headers = Iterable[tuple[bytes, bytes]]

SERVER_NAME = "testserver"
PORTS = {"ws": 80, "wss": 443}


def websocket_scope(
    path: str, headers: Headers | None = None, subprotocols: Iterable[str] | None = None
) -> Scope:
    """Return the scope of a connection (ASGI's WebSocket specification 2.5, connection scope).

    Args:
        path: The path as it stands in the address, percent-encoded, with a query string if there
            is one; or the whole address, ``wss://example.com/path?query``.
        headers: The handshake's headers; ``host`` and ``sec-websocket-protocol`` are added where
            they are missing.
        subprotocols: The subprotocols that the client offers.

    Raises:
        ValueError: If the address is not one of a WebSocket.

    Example:
        >>> scope = websocket_scope("/rooms/caf%C3%A9?token=abc")
        >>> scope["path"], scope["query_string"]
        ('/rooms/café', b'token=abc')
    """
    address = urlsplit(path)
    scheme = address.scheme or "ws"
    if scheme not in PORTS:
        raise ValueError(
            f"{path!r} is not the address of a WebSocket: use a path, ws:// or wss://."
        )
    offered = list(subprotocols or ())
    raw_path = (address.path or "/").encode()
    return {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "scheme": scheme,
        "path": unquote(address.path) or "/",
        "raw_path": raw_path,
        "query_string": address.query.encode(),
        "root_path": "",
        "headers": _headers(headers or (), address.netloc or SERVER_NAME, offered),
        "client": ("127.0.0.1", 50000),
        "server": (address.hostname or SERVER_NAME, address.port or PORTS[scheme]),
        "subprotocols": offered,
        "state": {},
        "extensions": {"websocket.http.response": {}},
    }


def _headers(headers: Headers, host: str, offered: list[str]) -> list[tuple[bytes, bytes]]:
    given = [(name.lower(), value) for name, value in headers]
    names = {name for name, _ in given}
    implied: dict[bytes, Any] = {b"host": host}
    if offered:
        implied[b"sec-websocket-protocol"] = ", ".join(offered)
    added = [(name, value.encode()) for name, value in implied.items() if name not in names]
    return [*added, *given]


__all__ = ["Headers", "websocket_scope"]
