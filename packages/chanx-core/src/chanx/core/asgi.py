"""The part of the ASGI 3 specification that a WebSocket application meets."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, Final, Protocol, TypeAlias

from chanx.core.close_codes import CloseCode
from chanx.core.errors import ConfigurationError

Scope: TypeAlias = MutableMapping[str, Any]
Event: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Event]]
Send: TypeAlias = Callable[[Event], Awaitable[None]]
Header: TypeAlias = tuple[bytes, bytes]

LAST: Final = "websocket.disconnect"
"""The type of the last event of a connection."""

_MOST_LOGGED: Final = 200
"""Characters of a path in a line of the log."""


class ASGIApplication(Protocol):
    """An ASGI 3 application."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one connection."""
        ...


def path_in_log(scope: Mapping[str, Any]) -> str:
    """Return a connection's path as it may stand in a line of the log; clients choose it.

    Args:
        scope: The connection scope. Its query is left out: it may hold a credential.
    """
    # repr: line breaks and control characters of a path would be lines of their own in the log.
    return repr(str(scope.get("path"))[:_MOST_LOGGED])


def accept_event(scope: Scope, subprotocol: str | None, headers: Iterable[Header]) -> Event:
    """Return ASGI's ``websocket.accept``.

    Args:
        scope: The connection scope.
        subprotocol: One of those the client offered; None for none.
        headers: Further headers of the handshake's response.

    Raises:
        ConfigurationError: If the client did not offer the subprotocol, or a header is not a pair
            of bytes.
    """
    offered = scope.get("subprotocols", ())
    # Servers send whatever they are given, and the client then fails the connection (RFC 6455,
    # 4.1).
    if subprotocol is not None and subprotocol not in offered:
        raise ConfigurationError(
            f"accept({subprotocol!r}) answers with a subprotocol that the client did not "
            f"offer (RFC 6455, 4.2.2): choose one of scope['subprotocols']."
        )
    event: Event = {"type": "websocket.accept", "subprotocol": subprotocol}
    if headers:
        # Copied: an iterable may be read once only, and is looked at before the server gets it.
        pairs: list[tuple[Any, Any]] = [(name, value) for name, value in headers]
        event["headers"] = pairs
        if not all(isinstance(part, bytes) for pair in pairs for part in pair):
            raise ConfigurationError(
                "accept(headers=...) takes pairs of bytes, such as [(b'x-room', b'lobby')]: "
                "encode the text."
            )
    return event


FAILURES: Final = "chanx.failures"
"""ASGI extension by which a test's server asks for failures: a function that takes what failed, as
``Room.say``, and what that raised."""


def report_failure(scope: Scope, name: str, error: BaseException) -> None:
    """Tell a test's server what failed, beside the log.

    Args:
        scope: The connection scope.
        name: What failed.
        error: What it raised.
    """
    told = extension(scope, FAILURES)
    if told is not None:
        told(name, error)


UNDECLARED: Final = "chanx.undeclared"
"""ASGI extension by which a test's server asks for errors that a handler does not declare: a
function that takes the code, and what to do about it."""


def report_undeclared(scope: Scope, code: str, text: str) -> None:
    """Tell a test's server of an error that a handler does not declare, beside the log.

    Args:
        scope: The connection scope.
        code: The error's code.
        text: What happened, and the fix.
    """
    told = extension(scope, UNDECLARED)
    if told is not None:
        told(code, text)


def extension(scope: Scope, name: str) -> Any:
    """Return an extension that the server offers; None if it does not.

    Args:
        scope: The connection scope.
        name: The extension, as ASGI names it.
    """
    extensions: Mapping[str, Any] | None = scope.get("extensions")
    return None if extensions is None else extensions.get(name)


def is_restart(event: Event) -> bool:
    """Return whether a last event is that of a server that stops, as uvicorn says with 1012.

    What a client closes with comes with a reason there. It may name that code too, with other
    servers without one, so this counts for no other connection.

    Args:
        event: ASGI's ``websocket.disconnect``.
    """
    return event.get("code") == CloseCode.SERVICE_RESTART and "reason" not in event


__all__ = [
    "FAILURES",
    "LAST",
    "UNDECLARED",
    "ASGIApplication",
    "Event",
    "Header",
    "Receive",
    "Scope",
    "Send",
    "accept_event",
    "extension",
    "is_restart",
    "path_in_log",
    "report_failure",
    "report_undeclared",
]
