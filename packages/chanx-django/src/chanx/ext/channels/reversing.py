"""From a route's name to the path of a connection, as Django's ``reverse`` does it for views."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.urls import NoReverseMatch, URLPattern, URLResolver, get_script_prefix
from django.urls.resolvers import RegexPattern

from chanx.ext.channels.applications import applications_within
from chanx.ext.channels.utils.asgi import get_websocket_application


def reverse(
    viewname: str,
    args: Sequence[Any] | None = None,
    kwargs: Mapping[str, Any] | None = None,
    *,
    query: Mapping[str, Any] | None = None,
    application: Any = None,
) -> str:
    """Return the path of the WebSocket route that has a name.

    Routes within ``include`` have the prefixes that lead there; converters make text of values,
    as Django's ``reverse`` has it. A page asks its server there, by ``wss:`` where it came by
    ``https:``.

    Args:
        viewname: The name that the route was given: ``path(..., name="room")``.
        args: Values for what the route captures, in its order; None for none.
        kwargs: The same by their names; None for none. Not both.
        query: What stands behind the question mark, a list for several of a key; None for nothing.
        application: The ASGI application whose routes they are; None for the project's, by
            ``settings.ASGI_APPLICATION``.

    Raises:
        NoReverseMatch: If there is no route of that name, or none with such values.
        ImportError: If ``ASGI_APPLICATION`` names nothing that can be imported.

    Example:
        >>> from channels.routing import URLRouter
        >>> from chanx.ext.channels.routing import path
        >>> from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
        >>> class Room(AsyncJsonWebsocketConsumer):
        ...     "Where people talk."
        >>> router = URLRouter([path("ws/rooms/<int:room>/", Room.as_asgi(), name="room")])
        >>> reverse("room", kwargs={"room": 7}, query={"since": 12}, application=router)
        '/ws/rooms/7/?since=12'
    """
    if args and kwargs:
        raise ValueError("Give reverse() args or kwargs, not both.")
    if application is None:
        application = get_websocket_application()
    if application is None:
        raise NoReverseMatch("settings.ASGI_APPLICATION names nothing that serves WebSockets.")
    # Django's own: it knows converters, defaults, namespaces of one name, and what NoReverseMatch
    # is to say.
    resolver = _resolver(application)
    found: str = resolver.reverse(viewname, *(args or ()), **(kwargs or {}))
    behind = f"?{urlencode(query, doseq=True)}" if query else ""
    return f"{get_script_prefix()}{found}{behind}"


# A resolver reads all patterns when it is first asked. Few applications, as tests have some.
@lru_cache(maxsize=8)
def _resolver(application: Any) -> URLResolver:
    # As Django roots its own URLconf.
    return URLResolver(RegexPattern(r"^/"), _patterns_of(application))


def _patterns_of(application: Any) -> list[URLPattern | URLResolver]:
    """Return the routes behind an application, in the words of Django's own resolver."""
    *_, inmost = applications_within(application)
    if hasattr(inmost, "application_mapping"):
        within = inmost.application_mapping.get("websocket")
        return [] if within is None else _patterns_of(within)
    return [_pattern_of(route) for route in getattr(inmost, "routes", ())]


def _pattern_of(route: URLPattern) -> URLPattern | URLResolver:
    within = _patterns_of(route.callback)
    # A consumer, or anything that has no routes: an end of Django's own kind.
    if not within:
        return route
    return URLResolver(route.pattern, within, route.default_args)


__all__ = ["reverse"]
