"""Which web pages may open a connection of a Django project (RFC 6455, 10.2)."""

from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from rest_framework.authentication import (
    BasicAuthentication,
    RemoteUserAuthentication,
    TokenAuthentication,
)
from rest_framework.views import APIView

from chanx.core.authenticator import BaseAuthenticator
from chanx.core.origin import is_allowed
from chanx.core.tokens import sent_unasked
from chanx.ext.channels.authenticator import DjangoAuthenticator
from chanx.ext.channels.credentials import authenticator_classes

# Django's own list is within HttpRequest.get_host(), where nothing else can read it.
LOCAL_HOSTS: Final = (".localhost", "127.0.0.1", "[::1]")
"""What Django takes for ``ALLOWED_HOSTS`` where ``DEBUG`` is on and there are none."""

_READ_A_HEADER: Final = (TokenAuthentication.authenticate, BasicAuthentication.authenticate)
"""What looks at the Authorization header and at nothing else."""


def is_own(origin: str, scope: Mapping[str, Any]) -> bool:
    """Return whether a page is the project's own: of a host in ``ALLOWED_HOSTS``, at any port.

    Where that has ``"*"``, it says nothing of pages: then the host is the one of the handshake.
    So is an origin in ``CSRF_TRUSTED_ORIGINS``, where projects name a front end of another host.

    Args:
        origin: The Origin header.
        scope: The ASGI connection scope.
    """
    # With its scheme and port, as the setting has them; hosts below have neither.
    if _is_trusted(origin):
        return True
    scheme, _, place = origin.lower().partition("://")
    # Django's reading of Host headers, which knows IPv6; empty for what is no host.
    host, _ = split_domain_port(place)
    # Whoever stands between a browser and a page without TLS writes that page.
    schemes = ("https",) if scope.get("scheme") == "wss" else ("http", "https")
    if not host or scheme not in schemes:
        return False
    # ALLOWED_HOSTS is of hosts that the server answers to. A page of one of them was served by the
    # project, or by who has its certificate.
    hosts = settings.ALLOWED_HOSTS or (LOCAL_HOSTS if settings.DEBUG else ())
    # "*" would let in every page; that of the handshake's own host is what it still says.
    named = [name for name in hosts if name != "*"]
    return validate_host(host, named) or ("*" in hosts and host == _host_of(scope))


def _is_trusted(origin: str) -> bool:
    # Without a scheme they are of Django before 4.0, and refused by its own check.
    trusted = [each for each in settings.CSRF_TRUSTED_ORIGINS if "://" in each]
    # Django's "https://*.example.com" is of example.com as well.
    return is_allowed(origin, [*trusted, *(each.replace("://*.", "://", 1) for each in trusted)])


def _host_of(scope: Mapping[str, Any]) -> str:
    headers = dict(scope["headers"])
    # Only where a proxy sets it: else a client writes it, if not a page.
    forwarded = headers.get(b"x-forwarded-host") if settings.USE_X_FORWARDED_HOST else None
    host: bytes = forwarded or headers.get(b"host", b"")
    return split_domain_port(host.decode("latin-1"))[0]


def is_ambient(authenticator: type[BaseAuthenticator] | None, scope: Mapping[str, Any]) -> bool:
    """Return whether what a browser sends unasked may let a handshake in, whatever page began it.

    That is cookies, and names and passwords that it remembers. An authentication class that is not
    known may look at the cookies, if there are any: ``credentials`` says what it looks at.

    Args:
        authenticator: The consumer's authenticator; None if it has none.
        scope: The ASGI connection scope.
    """
    # What channels' SessionMiddleware and CookieMiddleware add, and so what handlers may go by.
    has_session = "session" in scope or "cookies" in scope
    if authenticator is None:
        return has_session
    credentials = authenticator.credentials
    # Cookies, and what browsers remember for a site; tokens in a query or a subprotocol a page has
    # to know.
    if sent_unasked(credentials):
        return True
    has_cookies = any(name == b"cookie" for name, _ in scope.get("headers", ()))
    if not issubclass(authenticator, DjangoAuthenticator):
        # It leaves the session, and who is logged in, to be seen by handlers.
        return has_session or (has_cookies and not credentials)
    # A proxy may have authenticated by a client certificate or by Kerberos, which browsers present
    # unasked.
    return _takes_remote_user(authenticator) or (has_cookies and _is_unknown(authenticator))


def _takes_remote_user(authenticator: type[DjangoAuthenticator]) -> bool:
    classes = authenticator_classes(authenticator) or ()
    return any(issubclass(kind, RemoteUserAuthentication) for kind in classes)


def _is_unknown(authenticator: type[DjangoAuthenticator]) -> bool:
    kinds = authenticator.__mro__
    if any("credentials" in vars(kind) for kind in kinds[: kinds.index(DjangoAuthenticator)]):
        return False
    classes = authenticator_classes(authenticator)
    view = authenticator.auth_view_class
    # A view's own method may return anything.
    if authenticator.authentication_classes is None and (
        view.get_authenticators is not APIView.get_authenticators
    ):
        return True
    return classes is None or any(kind.authenticate not in _READ_A_HEADER for kind in classes)


__all__ = ["is_ambient", "is_own"]
