"""What stands within ASGI applications: middleware, routers, and the consumers they lead to."""

from collections.abc import Iterable, Iterator
from functools import partial
from inspect import getclosurevars, isfunction
from typing import Any, Final, cast

from chanx.core.websocket import AsyncJsonWebsocketConsumer

_WITHIN: Final = ("inner", "app", "application", "__wrapped__")
"""Where middleware keeps the application that it wraps: channels', Starlette's, anyone's."""


def applications_within(application: Any) -> Iterator[Any]:
    """Yield an application and what it wraps, from the outermost to the innermost.

    Middleware has what it wraps as ``inner``, ``app`` or ``application``, or a router or consumer
    as any attribute, or is a function that closes over it, or a ``partial`` of one. Routers and
    consumers wrap nothing.

    Args:
        application: An ASGI application.
    """
    # By identity: applications need not be hashable, and may lead back to themselves.
    seen: set[int] = set()
    while application is not None and id(application) not in seen:
        seen.add(id(application))
        yield application
        # A router's own attributes are not what it wraps, however they are called.
        application = None if leads_on(application) else _within(application)


def leads_on(application: Any) -> bool:
    """Return whether an application is a router or a consumer."""
    return any(
        hasattr(application, name) for name in ("application_mapping", "routes", "consumer_class")
    )


def consumer_at(application: Any, path: str) -> type[AsyncJsonWebsocketConsumer[Any]] | None:
    """Return the consumer that the routes of an application lead to; None if they lead to none.

    Args:
        application: An ASGI application.
        path: The path of a connection, without the slash that it begins with.
    """
    *_, inmost = applications_within(application)
    # By names and not by classes: Channels' consumers and chanx's have the same, and so have
    # routers that projects derive or imitate.
    if hasattr(inmost, "consumer_class"):
        return cast("type[AsyncJsonWebsocketConsumer[Any]]", inmost.consumer_class)
    if hasattr(inmost, "application_mapping"):
        websocket = inmost.application_mapping.get("websocket")
        return None if websocket is None else consumer_at(websocket, path)
    for route in getattr(inmost, "routes", ()):
        # As URLRouter does, which hands what is behind the match to the next router.
        match = route.pattern.match(path)
        consumer = None if match is None else consumer_at(route.callback, match[0])
        if consumer is not None:  # a router within may know nothing of the rest of the path
            return consumer
    return None


def _within(application: Any) -> Any:
    for name in _WITHIN:
        inner = getattr(application, name, None)
        if callable(inner):
            return inner
    for inner in _bound_to(application):
        # What a function closes over may be anything callable; it is what it wraps only if that
        # leads somewhere.
        if callable(inner) and any(leads_on(inmost) for inmost in applications_within(inner)):
            return inner
    # Middleware of one's own may have any name for it; what it holds besides is not searched.
    held: Iterable[Any] = getattr(application, "__dict__", {}).values()
    is_instance = not isinstance(application, type)
    return next((inner for inner in held if leads_on(inner)), None) if is_instance else None


def _bound_to(application: Any) -> Iterable[Any]:
    if isfunction(application):
        return getclosurevars(application).nonlocals.values()
    if isinstance(application, partial):
        return (*application.args, *application.keywords.values())
    return ()


__all__ = ["applications_within", "consumer_at", "leads_on"]
