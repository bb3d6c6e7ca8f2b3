"""Finds the consumers of a Django project, however deep they are mounted."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.urls import URLPattern
from django.urls.converters import get_converters
from django.urls.resolvers import RegexPattern

from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.ext.channels import websocket as django_consumer
from chanx.ext.channels.applications import applications_within
from chanx.ext.channels.connect_parameters import ConnectParameters, connect_parameters
from chanx.ext.channels.path_patterns import PathPattern, angled_path, regex_path
from chanx.ext.channels.utils.asgi import get_websocket_application
from chanx.routing import PathParameter, RouteInfo
from chanx.routing.parameters import Schema

_DJANGOS = "django.urls.converters"


@dataclass(frozen=True, slots=True, kw_only=True)
class MountedConsumer:
    """A consumer, and what a connection passes on its way there.

    Attributes:
        route: The route.
        kwargs: The names in ``scope["url_route"]["kwargs"]``.
        converters: Django's converters of those that have one, which make their values.
        applications: The applications on the way, from the outermost to the consumer's own.
    """

    route: RouteInfo
    kwargs: frozenset[str]
    converters: Mapping[str, object]
    applications: tuple[Any, ...]


class DjangoRouteDiscovery:
    """Finds the routes of a project to consumers.

    Routes within ``ProtocolTypeRouter``, ``URLRouter``, routers within routers, and middleware of
    any kind are found, with the prefixes that lead there. What is not a consumer of chanx is passed
    over.

    Args:
        application: An ASGI application; None for the project's, by ``settings.ASGI_APPLICATION``.

    Example:
        >>> from channels.routing import URLRouter
        >>> from chanx.ext.channels.routing import path
        >>> from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
        >>> class Room(AsyncJsonWebsocketConsumer):
        ...     "Where people talk."
        >>> router = URLRouter([path("ws/rooms/<int:room>/", Room.as_asgi())])
        >>> [route.path for route in DjangoRouteDiscovery(router).discover()]
        ['/ws/rooms/{room}/']
    """

    def __init__(self, application: Any = None) -> None:
        self._application = application

    def discover(self) -> list[RouteInfo]:
        """Return the routes in the order of their declaration, each path to a consumer once."""
        return [mounted.route for mounted in self.mounted()]

    def mounted(self) -> list[MountedConsumer]:
        """Return the same routes, with what a connection passes on its way."""
        application = self._application
        if application is None:
            application = get_websocket_application()
        found: dict[tuple[str, type], MountedConsumer] = {}
        # The first of each path and consumer: routers try their routes in order, so a later one is
        # never reached.
        for mounted in _in_application(application, _Place(PathPattern(""))):
            found.setdefault((mounted.route.path, mounted.route.consumer), mounted)
        return [*found.values()]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an application stands."""

    pattern: PathPattern
    kwargs: frozenset[str] = frozenset()
    converters: Mapping[str, object] = field(default_factory=dict[str, object])
    applications: tuple[Any, ...] = ()
    name: str | None = None

    def behind(self, route: URLPattern) -> "_Place":
        # URLRouter passes both on as url_route["kwargs"].
        names = {*route.pattern.regex.groupindex, *route.default_args}
        return replace(
            self,
            pattern=self.pattern / _pattern_of(route),
            kwargs=self.kwargs | names,
            converters={**self.converters, **route.pattern.converters},
            name=route.name,
        )


def _in_application(application: Any, place: _Place) -> Iterator[MountedConsumer]:
    applications = [*applications_within(application)]
    if not applications:
        return
    # By identity with those passed on the way, and not with all that were seen: one router may be
    # mounted at two paths.
    inmost = applications[-1]
    if any(passed is inmost for passed in place.applications):
        return  # a circle, such as a function's that knows the router which it is in
    place = replace(place, applications=(*place.applications, *applications))
    consumer = _consumer_of(inmost)
    if consumer is not None:
        yield _mounted(consumer, place)
    elif hasattr(inmost, "application_mapping"):
        # Of its protocols no other has consumers of chanx.
        yield from _in_application(inmost.application_mapping.get("websocket"), place)
    else:
        yield from _in_routes(getattr(inmost, "routes", None) or (), place)


def _in_routes(routes: Iterable[Any], place: _Place) -> Iterator[MountedConsumer]:
    for route in routes:
        # URLRouter refuses resolvers of Django's include(), so these are all that it can lead on
        # to.
        if isinstance(route, URLPattern):
            yield from _in_application(route.callback, place.behind(route))


def _consumer_of(application: Any) -> type[AsyncJsonWebsocketConsumer[Any]] | None:
    # The class itself instead of its `as_asgi()` serves nothing, which a system check reports.
    consumer: Any = getattr(application, "consumer_class", application)
    return consumer if _is_ours(consumer) else None


def _is_ours(consumer: object) -> bool:
    return isinstance(consumer, type) and issubclass(consumer, AsyncJsonWebsocketConsumer)


def _mounted(consumer: type[AsyncJsonWebsocketConsumer[Any]], place: _Place) -> MountedConsumer:
    parameters = _parameters_of(consumer)
    captured = place.pattern.parameters
    if parameters is not None:
        captured = tuple(_typed(each, parameters.path_schema(each.name)) for each in captured)
    route = RouteInfo(
        path=f"/{place.pattern.address}",
        consumer=consumer,
        parameters=captured,
        query=None if parameters is None else parameters.query_schema(place.kwargs),
        name=place.name,
    )
    return MountedConsumer(
        route=route,
        kwargs=place.kwargs,
        converters=place.converters,
        applications=place.applications,
    )


def _parameters_of(consumer: type[AsyncJsonWebsocketConsumer[Any]]) -> ConnectParameters | None:
    is_ours = issubclass(consumer, django_consumer.AsyncJsonWebsocketConsumer)
    # Of another adapter's, nobody fills them here; a system check reports it.
    return connect_parameters(consumer) if is_ours else None


def _typed(parameter: PathParameter, schema: Schema | None) -> PathParameter:
    """Return a parameter with what ``connect`` says of its type."""
    if schema is None:
        return parameter
    described = dict(schema)
    description = described.pop("description", None)
    return replace(parameter, schema=described or None, description=description)


def _pattern_of(route: URLPattern) -> PathPattern:
    # Routes of re_path(); those of path() are RoutePatterns, whose text has angle brackets.
    if isinstance(route.pattern, RegexPattern):
        return regex_path(str(route.pattern))
    own = {
        name: converter.regex
        for name, converter in get_converters().items()
        # Django's own have schemas by their names; of a project's only the expression is known.
        if type(converter).__module__ != _DJANGOS
    }
    return angled_path(str(route.pattern), own)


__all__ = ["DjangoRouteDiscovery", "MountedConsumer"]
