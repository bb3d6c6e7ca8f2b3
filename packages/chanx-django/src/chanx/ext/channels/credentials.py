"""What clients present to Django REST framework's authentication classes, and where."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, cast

from django.conf import settings
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from chanx.core.authenticator import Credential

AUTHORIZATION: Final = "Authorization"


def credentials_of(
    classes: Iterable[type[BaseAuthentication]], locations: Iterable[Credential] = ()
) -> list[Credential]:
    """Return the credentials that authentication classes look at.

    Args:
        classes: The authentication classes. One that is no session's and has no challenge for the
            ``WWW-Authenticate`` header looks at nothing that can be named here.
        locations: Where else clients may present their token.
    """
    found: list[Credential] = []
    for kind in classes:
        if issubclass(kind, SessionAuthentication):
            said = "The session of a user who is logged in."
            found.append(Credential(str(settings.SESSION_COOKIE_NAME), "cookie", said))
        elif scheme := _challenge(kind):
            found.append(Credential(AUTHORIZATION, "header", scheme=scheme.lower()))
    return [*dict.fromkeys([*found, *locations])]


def token_scheme(classes: Iterable[type[BaseAuthentication]]) -> str:
    """Return the scheme of the Authorization header in which the classes expect a token.

    Args:
        classes: The authentication classes; the first one that challenges for a token counts.
    """
    schemes = (_challenge(kind) for kind in classes)
    return next((scheme for scheme in schemes if scheme and scheme.lower() != "basic"), "Bearer")


def _challenge(kind: type[BaseAuthentication]) -> str | None:
    """Return the scheme that a class challenges with (RFC 9110, 11.6.1: the first word)."""
    challenge: str | None = kind().authenticate_header(Request(HttpRequest()))
    return challenge.split(maxsplit=1)[0] if challenge else None


def find_token(
    request: HttpRequest, subprotocols: Sequence[str], locations: Iterable[Credential]
) -> str | None:
    """Return the first token that a handshake presents outside its Authorization header.

    Args:
        request: The handshake's request.
        subprotocols: The subprotocols that the client offers.
        locations: Where to look.
    """
    for location in locations:
        token = _token_at(location, request, subprotocols)
        if token:
            return token
    return None


def _token_at(
    location: Credential, request: HttpRequest, subprotocols: Sequence[str]
) -> str | None:
    if location.location == "subprotocol":
        return next(iter(_tokens(subprotocols, location.name).values()), None)
    if location.location == "header":
        # Not `request.headers`, which would not notice the header that the token is put in.
        name = f"HTTP_{location.name.upper().replace('-', '_')}"
        return cast("str | None", request.META.get(name))
    places: dict[str, Any] = {"query": request.GET, "cookie": request.COOKIES}
    return cast("str | None", places[location.location].get(location.name))


def plain_subprotocols(subprotocols: Sequence[str], locations: Iterable[Credential]) -> list[str]:
    """Return the subprotocols that are no token: those that may be told to anyone.

    Args:
        subprotocols: The subprotocols that the client offers.
        locations: Where tokens may be. Their names are left out too, unless nothing else is left.
    """
    names = [location.name for location in locations if location.location == "subprotocol"]
    secret = {index for name in names for index in _tokens(subprotocols, name)}
    left = [offered for index, offered in enumerate(subprotocols) if index not in secret]
    return [offered for offered in left if offered not in names] or left


def _tokens(subprotocols: Sequence[str], name: str) -> dict[int, str]:
    """Return the tokens that a name announces, by their place among the subprotocols.

    A client offers ``name.token``, or ``name`` and then ``token``.
    """
    return dict(_announced(subprotocols, name))


def _announced(subprotocols: Sequence[str], name: str) -> Iterator[tuple[int, str]]:
    for index, offered in enumerate(subprotocols):
        if offered == name:
            if index + 1 < len(subprotocols):
                yield index + 1, subprotocols[index + 1]
        elif offered.startswith(name):
            yield index, offered.removeprefix(name).removeprefix(".")


__all__ = ["credentials_of", "find_token", "plain_subprotocols", "token_scheme"]
