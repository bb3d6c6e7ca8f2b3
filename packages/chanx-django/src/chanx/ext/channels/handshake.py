"""A WebSocket's handshake as the HTTP request that it is (RFC 6455, 4.1), and its refusal."""

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, Final, cast

from django.apps import apps
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import BadRequest
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.exceptions import ErrorDetail

# What request.is_secure() and absolute URLs go by.
_SCHEMES: Final = {"ws": "http", "wss": "https"}

_HEADERS: Final = {"WWW-Authenticate": "www_authenticate", "Retry-After": "retry_after"}
"""The headers of a refusal that clients are told, and their names in its data."""


def handshake_request(scope: Mapping[str, Any], method: str) -> ASGIRequest:
    """Return the request that a handshake would be, were it none of a WebSocket.

    Headers, cookies, query string, client address and https are those of the handshake. Session
    and user are what channels' middleware left in the scope; without it, those of the session
    cookie, read when they are asked for.

    Args:
        scope: The ASGI connection scope.
        method: The HTTP verb to emulate.

    Raises:
        BadRequest: If the query string is not UTF-8.
    """
    # Optional in ASGI's WebSocket scope, with "ws" for its default.
    scheme = str(scope.get("scheme", "ws"))
    emulated = {"type": "http", "method": method, "scheme": _SCHEMES.get(scheme, scheme)}
    try:
        # Django's own class rather than an HttpRequest that is filled by hand, which would have no
        # client address (so that anonymous throttles share one bucket), no https and no path_info,
        # and take headers for META keys.
        request = ASGIRequest({**scope, **emulated}, BytesIO())
    except UnicodeDecodeError as error:
        raise BadRequest("The query string is not UTF-8.") from error
    # Browsers cannot give a handshake a CSRF token. They state its Origin, which the consumer looks
    # at before anything else; with the verb `get`, Django asks for no token in the first place.
    _set(request, "_dont_enforce_csrf_checks", True)
    _set_session(request, scope)
    _set_user(request, scope)
    return request


def _set_session(request: HttpRequest, scope: Mapping[str, Any]) -> None:
    if "session" in scope:
        # What channels' SessionMiddleware has opened already, and saves itself.
        _set(request, "session", scope["session"])
    elif apps.is_installed("django.contrib.sessions"):
        _pass_through(SessionMiddleware, request)


def _set_user(request: HttpRequest, scope: Mapping[str, Any]) -> None:
    if "user" in scope:
        _set(request, "user", scope["user"])
    # Behind the session, which AuthenticationMiddleware refuses to do without.
    elif apps.is_installed("django.contrib.auth") and hasattr(request, "session"):
        _pass_through(AuthenticationMiddleware, request)


def _set(request: HttpRequest, name: str, value: Any) -> None:
    # What middleware adds to a request.
    setattr(request, name, value)


def _pass_through(middleware: Callable[..., Any], request: HttpRequest) -> None:
    # It asks for what answers requests, which it does not come to.
    middleware(HttpResponse).process_request(request)


def refusal_data(
    data: Any, response: HttpResponseBase, spell: Callable[[str], str]
) -> dict[str, Any]:
    """Return what a refused client is told: REST framework's answer, its code and its headers.

    Args:
        data: The data of its response.
        response: Its response.
        spell: Spells the keys that REST framework does not have.
    """
    told: dict[str, Any] = {}
    if isinstance(data, Mapping):
        told.update(cast("Mapping[str, Any]", data))
    elif data is not None:
        told["detail"] = data
    detail = told.get("detail")
    if isinstance(detail, ErrorDetail):
        told.setdefault("code", detail.code)
    for header, name in _HEADERS.items():
        value = response.headers.get(header)
        if value is not None:
            # Retry-After is seconds or a date (RFC 9110, 10.2.3).
            told[spell(name)] = int(value) if value.isdecimal() else value
    return told


def refusal_headers(response: HttpResponseBase) -> dict[str, str]:
    """Return the headers of REST framework's answer that an HTTP response that refuses has, too.

    Args:
        response: Its response.
    """
    return {name: response.headers[name] for name in _HEADERS if name in response.headers}


__all__ = ["handshake_request", "refusal_data", "refusal_headers"]
