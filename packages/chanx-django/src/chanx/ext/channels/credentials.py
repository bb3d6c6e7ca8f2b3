"""What clients present to Django REST framework's authentication classes, and where."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from django.conf import settings
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from chanx.core.asgi import Scope
from chanx.core.authenticator import Credential
from chanx.core.tokens import token_at

if TYPE_CHECKING:
    from chanx.ext.channels.authenticator import DjangoAuthenticator

AUTHORIZATION: Final = "Authorization"

_IN_NO_TOKEN: Final = re.compile(r"[^\x20-\x7e]")
"""What is in no token (RFC 9110, 11.4; RFC 6750, 2.1), and not expected by those who read one."""


class DerivedCredentials:
    """``credentials`` of an authenticator that does not list them: those its classes look at.

    They are derived again when what they are made of changes, and not for each handshake: each
    class of them is asked for its challenge.
    """

    def __init__(self) -> None:
        self._derived: WeakKeyDictionary[
            type[DjangoAuthenticator], tuple[object, Sequence[Credential]]
        ] = WeakKeyDictionary()

    def __get__(self, instance: object, owner: "type[DjangoAuthenticator]") -> Sequence[Credential]:
        # Read each time, as projects and their tests set these attributes after the class was made.
        classes = tuple(authenticator_classes(owner) or ())
        locations = tuple(owner.token_locations)
        # All that credentials_of() looks at.
        basis = classes, locations, owner.token_scheme, settings.SESSION_COOKIE_NAME
        derived = self._derived.get(owner)
        if derived is None or derived[0] != basis:
            derived = basis, credentials_of(classes, locations, owner.token_scheme)
            self._derived[owner] = derived
        return derived[1]


def authenticator_classes(
    authenticator: "type[DjangoAuthenticator]",
) -> Sequence[type[BaseAuthentication]] | None:
    """Return an authenticator's authentication classes, or its view's.

    Args:
        authenticator: The authenticator.

    Returns:
        The classes; None where they are a property, which only an instance knows.
    """
    classes: Any = authenticator.authentication_classes
    if classes is None:
        classes = authenticator.auth_view_class.authentication_classes
    return None if isinstance(classes, property) else classes


def credentials_of(
    classes: Sequence[type[BaseAuthentication]],
    locations: Iterable[Credential] = (),
    scheme: str | None = None,
) -> list[Credential]:
    """Return the credentials that authentication classes look at.

    Args:
        classes: The authentication classes. One that is not a session's and has no challenge for
            the ``WWW-Authenticate`` header looks at nothing that can be named here.
        locations: Where else clients may present their token. One without a description is
            described by the scheme that its token belongs to.
        scheme: As for :func:`moved_authorization`.
    """
    found: list[Credential] = []
    for kind in classes:
        # It has no challenge (and hence answers 403), but what it looks at is known.
        if issubclass(kind, SessionAuthentication):
            said = "The session of a user who is logged in."
            found.append(Credential(str(settings.SESSION_COOKIE_NAME), "cookie", said))
        elif challenge := _challenge(kind):
            found.append(Credential(AUTHORIZATION, "header", scheme=challenge.lower()))
    for location in locations:
        said = f"A token, as it follows `{AUTHORIZATION}: {_scheme(location, classes, scheme)}`."
        found.append(replace(location, description=location.description or said))
    return [*dict.fromkeys(found)]


def _scheme(
    location: Credential, classes: Iterable[type[BaseAuthentication]], scheme: str | None
) -> str:
    """Return the scheme of the Authorization header in which a location's token is expected."""
    known = [challenge for challenge in map(_challenge, classes) if challenge]
    wanted = location.scheme or scheme
    if wanted is None:
        # Basic takes a name and a password; what stands in a token's place is for the next class.
        return next((each for each in known if each.lower() != "basic"), "Bearer")
    # Schemes are the same in any case (RFC 9110, 11.1), which not all classes know.
    return next((each for each in known if each.lower() == wanted.lower()), wanted)


def _challenge(kind: type[BaseAuthentication]) -> str | None:
    """Return the scheme that a class challenges with (RFC 9110, 11.6.1: the first word)."""
    # An instance is asked, as REST framework does for a 401; a bare request is enough for every
    # class of its own.
    challenge: str | None = kind().authenticate_header(Request(HttpRequest()))
    return challenge.split(maxsplit=1)[0] if challenge else None


def moved_authorization(
    scope: Scope,
    locations: Iterable[Credential],
    classes: Iterable[type[BaseAuthentication]],
    scheme: str | None = None,
) -> str | None:
    """Return the Authorization header of the first token that a handshake presents elsewhere.

    Args:
        scope: The ASGI connection scope.
        locations: Where to look.
        classes: The authentication classes that will look at the header.
        scheme: The header's scheme where a location names none; None for the one by which the
            first class for tokens challenges.

    Returns:
        The header's value; None if there is no token. What a token cannot hold stands as ``?`` in
        it: authentication classes then refuse it as a wrong one, rather than fail.
    """
    for location in locations:
        token = token_at(location, scope)
        if token:
            return f"{_scheme(location, classes, scheme)} {_IN_NO_TOKEN.sub('?', token)}"
    return None


__all__ = [
    "DerivedCredentials",
    "authenticator_classes",
    "credentials_of",
    "moved_authorization",
]
