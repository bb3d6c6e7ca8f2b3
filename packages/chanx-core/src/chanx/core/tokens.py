"""Where a handshake has its tokens: header, cookie, query or subprotocol."""

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import parse_qsl

from chanx.core.asgi import Scope
from chanx.core.authenticator import Credential
from chanx.core.subprotocols import announced

_AUTHORIZATION: Final = "authorization"


def token_at(location: Credential, scope: Scope) -> str | None:
    """Return the token that a handshake has at a place; None if it has none there.

    Args:
        location: The place. Of the header ``Authorization`` the token is what follows the
            location's scheme, of another header the whole value.
        scope: The ASGI connection scope. Where a name stands twice in query or cookies, the last
            counts; of headers and subprotocols, the first that has a token.

    Example:
        >>> scope = {"query_string": b"token=open%20sesame", "headers": []}
        >>> token_at(Credential("token", "query"), scope)
        'open sesame'
    """
    # An empty one is none: it would be asked about, and could only be wrong.
    return next(filter(None, _tokens_at(location, scope)), None)


def sent_unasked(credentials: Iterable[Credential]) -> bool:
    """Return whether browsers send one of these credentials whatever page opens a connection.

    Those are cookies, and names and passwords that they remember.

    Args:
        credentials: What clients present.
    """
    return any(each.location == "cookie" or each.scheme == "basic" for each in credentials)


def _tokens_at(location: Credential, scope: Scope) -> Iterator[str]:
    name = location.name
    match location.location:
        case "header":
            for value in _header(name.lower(), scope):
                if name.lower() != _AUTHORIZATION:
                    yield value
                    continue
                # RFC 9110, 11.4: the scheme in any case, and spaces.
                scheme, _, token = value.partition(" ")
                if scheme.lower() == (location.scheme or "bearer").lower():
                    yield token.strip()
        case "query":
            # Bytes as they are: what is encoded by percent signs, parse_qsl reads as UTF-8.
            query = scope.get("query_string", b"").decode("latin-1")
            yield from _last(name, parse_qsl(query, keep_blank_values=True))
        case "cookie":
            yield from _last(name, _cookies(scope))
        case "subprotocol":
            # JavaScript's WebSocket takes an URL and subprotocols, and no headers: so a token that
            # is to be in no URL stands among these.
            yield from announced(scope.get("subprotocols") or (), [name]).values()


def _header(name: str, scope: Scope) -> Iterator[str]:
    for key, value in scope["headers"]:
        # ASGI asks servers for names in lower case; test clients write what they like.
        if key.decode("latin-1").lower() == name:
            yield value.decode("latin-1").strip()


def _cookies(scope: Scope) -> Iterator[tuple[str, str]]:
    """Yield the pairs of the Cookie header (RFC 6265, 4.2.1), quotes around a value taken off."""
    for header in _header("cookie", scope):
        # By hand, since http.cookies gives up at the first pair that it does not like, whoever's it
        # is.
        for pair in header.split(";"):
            name, _, value = pair.strip().partition("=")
            if len(value) > 1 and value[0] == value[-1] == '"':
                value = value[1:-1]
            yield name.strip(), value.strip()


def _last(name: str, pairs: Iterable[tuple[str, str]]) -> list[str]:
    # As Django's and Starlette's own parsers have it: middleware and this are to read the same
    # token.
    return [value for key, value in pairs if key == name][-1:]


__all__ = ["sent_unasked", "token_at"]
