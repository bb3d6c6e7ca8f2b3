"""Routes to consumers, in the words of Django's URLconfs.

Example:
    >>> from channels.routing import ProtocolTypeRouter, URLRouter
    >>> from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
    >>> class Room(AsyncJsonWebsocketConsumer):
    ...     pass
    >>> rooms = [path("<int:room>/", Room.as_asgi(), name="room")]
    >>> websocket_urlpatterns = [path("ws/rooms/", include(rooms))]
    >>> application = ProtocolTypeRouter({"websocket": URLRouter(websocket_urlpatterns)})
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from channels.routing import URLRouter
from django import urls
from django.urls import URLPattern

from chanx.core.asgi import ASGIApplication, Receive, Scope, Send
from chanx.core.errors import ConfigurationError
from chanx.ext.channels.applications import applications_within
from chanx.ext.channels.reversing import reverse

if TYPE_CHECKING:
    # What URLRouter takes, in the words of types-channels; it exists in the stubs only.
    from channels.routing import _ExtendedURLPattern as Route  # pyright: ignore[reportPrivateUsage]
else:
    Route = URLPattern


def path(
    route: str,
    application: ASGIApplication,
    kwargs: dict[str, Any] | None = None,
    name: str | None = None,
) -> Route:
    """Return a route, for channels' ``URLRouter`` or :func:`include`.

    Args:
        route: The path as in Django's ``path()``, with converters: ``"rooms/<int:room>/"``. It has
            no leading slash, and within :func:`include` it goes on where the outer route ended.
        application: A consumer's ``as_asgi()``, :func:`include`, middleware around either, or any
            ASGI application.
        kwargs: Further values for ``scope["url_route"]["kwargs"]``.
        name: The route's name; None for none.

    Raises:
        ConfigurationError: If a consumer's class is given instead of its ``as_asgi()``, or routes
            without :func:`include`.
    """
    return _route(urls.path, route, application, kwargs, name)


def re_path(
    route: str,
    application: ASGIApplication,
    kwargs: dict[str, Any] | None = None,
    name: str | None = None,
) -> Route:
    """Return a route by regular expression, as Django's ``re_path()``.

    Args:
        route: The regular expression: ``r"^rooms/(?P<room>[0-9]+)/$"``.
        application: A consumer's ``as_asgi()``, :func:`include`, middleware around either, or any
            ASGI application.
        kwargs: Further values for ``scope["url_route"]["kwargs"]``.
        name: The route's name; None for none.

    Raises:
        ConfigurationError: If a consumer's class is given instead of its ``as_asgi()``, or routes
            without :func:`include`.
    """
    return _route(urls.re_path, route, application, kwargs, name)


def include(routes: "str | ModuleType | ASGIApplication | Sequence[Route]") -> URLRouter:
    """Return routes to be put below another one, as Django's ``include()``.

    Args:
        routes: The routes, a ``URLRouter`` of them, middleware around one, or a module or its
            dotted name; a module has them as ``websocket_urlpatterns``, ``router`` or
            ``urlpatterns``.

    Raises:
        ConfigurationError: If the module has none of these, or what is given are not routes.
    """
    if isinstance(routes, str):
        routes = import_module(routes)
    if isinstance(routes, ModuleType):
        routes = _routes_of(routes)
    # As it is, and not in another: an empty route before it would only be one more match.
    if isinstance(routes, URLRouter):
        return routes
    # Middleware around a router is an application; URLRouter takes routes alone.
    if _leads_to_routes(routes):
        return URLRouter([path("", cast("ASGIApplication", routes))])
    if isinstance(routes, Sequence) and all(map(_is_route, routes)):
        return URLRouter(list[Any](routes))
    raise ConfigurationError(
        f"include({routes!r}) finds no routes: give it a list of path(...), a URLRouter or a "
        f"module's name; a consumer needs no include, as in path(route, Consumer.as_asgi())."
    )


def _routes_of(module: ModuleType) -> "ASGIApplication | Sequence[Route]":
    for name in ("websocket_urlpatterns", "router", "urlpatterns"):
        routes = getattr(module, name, None)
        # REST framework's routers, which are no less often called so, are of HTTP views.
        if routes is not None and (name != "router" or _leads_to_routes(routes)):
            return cast("ASGIApplication | Sequence[Route]", routes)
    raise ConfigurationError(
        f"include({module.__name__!r}) finds no routes: define websocket_urlpatterns in the "
        f"module, a list of path(...), or router, a URLRouter."
    )


def _is_route(value: object) -> bool:
    return isinstance(value, URLPattern)


def _leads_to_routes(application: object) -> bool:
    *_, inmost = [None, *applications_within(application)]
    return isinstance(inmost, URLRouter)


class _WithinMiddleware:
    """Middleware around routes, below another route: the path goes on in them."""

    # What URLRouter looks for; its own routers have it, and middleware does not pass it on.
    # With it URLRouter matches a prefix and passes the rest on (channels.routing).
    _path_routing = True

    def __init__(self, inner: ASGIApplication) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.inner(scope, receive, send)


def _route(
    make: Callable[..., Any],
    route: str,
    application: ASGIApplication,
    kwargs: dict[str, Any] | None,
    name: str | None,
) -> Route:
    # A class is callable, so that it would fail at the first connection and not here.
    if isinstance(application, type):
        raise ConfigurationError(
            f"The route {route!r} leads to a class: write {application.__qualname__}.as_asgi()."
        )
    if not callable(application):
        raise ConfigurationError(
            f"The route {route!r} leads to {application!r}, which serves nothing: write "
            f"include(...) of {__name__} around routes, or Consumer.as_asgi()."
        )
    # Middleware right around a router; around a consumer the path ends as any.
    *around, inmost = applications_within(application)
    if around and isinstance(inmost, URLRouter):
        application = _WithinMiddleware(application)
    pattern: Route = make(route, application, kwargs, name)
    return pattern


__all__ = ["include", "path", "re_path", "reverse"]
