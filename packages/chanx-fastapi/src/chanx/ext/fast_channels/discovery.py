"""Finds the consumers of a FastAPI or Starlette application, however deep they are mounted."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import fastapi.routing
from fastapi.dependencies.models import Dependant
from starlette.convertors import CONVERTOR_TYPES, Convertor
from starlette.routing import BaseRoute, Host, Mount, WebSocketRoute

from chanx.ext.fast_channels.handler_dependencies import handlers_dependants
from chanx.ext.fast_channels.handshake import Handshake, handshake_of
from chanx.ext.fast_channels.mounting import Consumer, consumer_of, refuse_misplaced
from chanx.routing import PathParameter, RouteInfo

Convertors = Mapping[str, Convertor[Any]]
_Known: TypeAlias = dict[tuple[Any, ...], tuple[BaseRoute, RouteInfo | None]]
"""What was read of routes; None of one that leads to no consumer."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where routes are mounted: the path before theirs, and the convertors of its parameters."""

    path: str
    convertors: Convertors

    def below(self, path: str, convertors: Convertors) -> "_Place":
        return _Place(f"{self.path}{path}", {**self.convertors, **convertors})


class FastAPIRouteDiscovery:
    """Finds the routes of an application to consumers.

    Routes behind ``include_router``, ``Mount``, ``Host``, routers within routers, mounted
    applications and middleware are found, with the prefixes that lead there. What is not a consumer
    is passed over.

    Args:
        app: A FastAPI or Starlette application, a router, or middleware around one.

    Example:
        >>> from starlette.applications import Starlette
        >>> from starlette.routing import Mount, WebSocketRoute
        >>> from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
        >>> class Status(AsyncJsonWebsocketConsumer):
        ...     "Tells how things stand."
        >>> app = Starlette(
        ...     routes=[Mount("/v1", routes=[WebSocketRoute("/status", Status.as_asgi())])]
        ... )
        >>> [route.path for route in FastAPIRouteDiscovery(app).discover()]
        ['/v1/status']
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self._known: _Known = {}

    def discover(self) -> list[RouteInfo]:
        """Return the routes in the order of their registration, each path to a consumer once.

        A further call reads only the routes that were added since.

        Raises:
            ConfigurationError: If a route leads to a consumer in a way that cannot work, such as
                to its class.
        """
        # Kept from walk to walk are only routes that are still there.
        walk = _Walk(self._known)
        found = {(route.path, route.consumer): route for route in walk.application(self._app)}
        self._known = walk.read
        return list(found.values())


class _Walk:
    """One walk over an application; what an earlier one read of a route is not read again."""

    def __init__(self, known: _Known) -> None:
        self.read: _Known = {}
        self._known = known

    def application(self, app: Any, place: _Place | None = None) -> Iterator[RouteInfo]:
        place = place or _Place("", {})
        target = unwrap(app)
        consumer = consumer_of(target)
        if consumer is not None:
            # A mount leads to what is below it: its own path ends with a slash.
            handshake = handshake_of(handlers_dependants(consumer, tuple(place.convertors)))
            yield _route_info(place.below("/", {}), consumer, handshake, None)
        else:
            yield from self._routes(getattr(target, "routes", None) or (), place)

    def _routes(self, routes: Iterable[BaseRoute], place: _Place) -> Iterator[RouteInfo]:
        for original, route in _flatten(routes):
            kind = type(original)
            if issubclass(kind, WebSocketRoute):
                found = self._socket(original, route, place)
                if found is not None:
                    yield found
            elif issubclass(kind, Mount):
                convertors = dict(route.param_convertors)
                # Starlette's Mount appends "/{path:path}", for what is below it.
                del convertors["path"]
                path = route.path_format.removesuffix("/{path}")
                yield from self.application(route.app, place.below(path, convertors))
            elif issubclass(kind, Host):
                # A Host has no path; its parameters are of the host's name.
                yield from self.application(route.app, place)
            else:
                yield from self._routes(getattr(route, "routes", None) or (), place)

    def _socket(self, original: BaseRoute, route: Any, place: _Place) -> RouteInfo | None:
        # The route stands in the value as well: while it lives, no other has its identity.
        key = id(original), route.path_format, place.path, *map(id, place.convertors.values())
        # Reading a route makes models of its parameters, and documents ask for all routes with each
        # request.
        kept = self._known.get(key)
        if kept is None:
            kept = original, _socket_info(route, place)
        self.read[key] = kept
        return kept[1]


def _socket_info(route: Any, place: _Place) -> RouteInfo | None:
    consumer = consumer_of(unwrap(route.endpoint))
    if consumer is None:
        return None
    own = place.below(route.path_format, route.param_convertors)
    dependant: Dependant | None = getattr(route, "dependant", None)
    dependants = [] if dependant is None else [dependant]
    handshake = handshake_of([*dependants, *handlers_dependants(consumer, tuple(own.convertors))])
    return _route_info(own, consumer, handshake, route.name)


def websocket_routes(app: Any) -> Iterator[Any]:
    """Yield every route for WebSockets of an application, as it is served.

    Args:
        app: A FastAPI or Starlette application, a router, or middleware around one.

    Raises:
        ConfigurationError: If a route leads to a consumer in a way that cannot work.
    """
    for original, route in _flatten(getattr(unwrap(app), "routes", None) or ()):
        if isinstance(original, WebSocketRoute):
            yield route
        elif isinstance(original, (Mount, Host)):
            yield from websocket_routes(route.app)
        else:
            yield from websocket_routes(route)


def _flatten(routes: Iterable[BaseRoute]) -> Iterator[tuple[BaseRoute, Any]]:
    """Yield each route, and beside it what has its attributes: often the route itself.

    FastAPI keeps included routers nested since 0.137, and shows their routes with the prefixes
    applied since 0.137.2: in its first releases as the context's ``starlette_route``, later as the
    context itself. Before 0.137, including a router copied its routes.

    Raises:
        ConfigurationError: If a route leads to a consumer in a way that cannot work.
    """
    contexts = getattr(fastapi.routing, "iter_route_contexts", None)
    if contexts is None:
        for route in routes:
            refuse_misplaced(route)
            yield route, route
        return
    for context in contexts(list(routes)):
        refuse_misplaced(context.original_route)
        yield context.original_route, getattr(context, "starlette_route", None) or context


def unwrap(app: Any) -> Any:
    """Return the application within middleware, which by custom has it as ``app``.

    Args:
        app: A FastAPI or Starlette application, a router, a consumer, or middleware around one.
    """
    while not (hasattr(app, "routes") or hasattr(app, "consumer_class")) and hasattr(app, "app"):
        app = app.app
    return app


def _route_info(
    place: _Place, consumer: Consumer, handshake: Handshake, name: str | None
) -> RouteInfo:
    return RouteInfo(
        path=place.path,
        consumer=consumer,
        parameters=tuple(
            _parameter(parameter, convertor, handshake.path.get(parameter))
            for parameter, convertor in place.convertors.items()
        ),
        query=handshake.query,
        headers=handshake.headers,
        cookies=handshake.cookies,
        security=handshake.security,
        credentials=handshake.credentials,
        validates_parameters=handshake.validates_parameters,
        name=name,
    )


def _parameter(
    name: str, convertor: Convertor[Any], schema: Mapping[str, Any] | None
) -> PathParameter:
    described = dict(schema or {})
    description = described.pop("description", None)
    # Starlette's convertors are single instances, registered by their names.
    kind = next((key for key, known in CONVERTOR_TYPES.items() if known is convertor), None)
    is_text = kind in ("str", "path")
    return PathParameter(
        name=name,
        converter=None if kind == "str" else kind,
        # Those of a project's own are known by their expressions alone.
        pattern=None if is_text else convertor.regex,
        schema=described or None,
        description=description,
    )


__all__ = ["FastAPIRouteDiscovery", "unwrap", "websocket_routes"]
