"""A place where a consumer is mounted, whatever framework mounted it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from chanx.core.authenticator import Credential
from chanx.core.websocket import AsyncJsonWebsocketConsumer


@dataclass(frozen=True, slots=True, kw_only=True)
class PathParameter:
    """A variable part of a route's path.

    Attributes:
        name: Its name, as it stands in braces in the path.
        converter: The framework's converter (``int``, ``uuid``, ``slug``); None for any text.
        pattern: The regular expression that its text matches as a whole; None for no constraint.
        schema: Its JSON Schema, where the framework knows one; None takes it from the converter.
        description: What it is; None for nothing to say.
    """

    name: str
    converter: str | None = None
    pattern: str | None = None
    schema: Mapping[str, Any] | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteInfo:
    """One route of an application to a consumer.

    Attributes:
        path: The address, beginning with ``/``, with ``{name}`` for each variable part. Prefixes
            of routers and mounts are part of it.
        consumer: The consumer's class.
        parameters: The variable parts, in the order of the path.
        query: The JSON Schema of the handshake's query, an object; None if none is declared.
        headers: The JSON Schema of the handshake's headers, an object; None if none is declared.
        cookies: The JSON Schema of the handshake's cookies, an object; None if none is declared.
        security: Security schemes that the route demands, by name, as AsyncAPI describes them.
        credentials: What clients present to the framework's dependencies, beside what the
            consumer's authenticator looks at.
        validates_parameters: Whether the framework validates parameters of the handshake, and
            refuses with 4422 what does not validate. One that matches paths alone does not.
        name: The route's name in its framework; None if it has none.
    """

    path: str
    consumer: type[AsyncJsonWebsocketConsumer[Any]]
    parameters: Sequence[PathParameter] = ()
    # As schemas and not as models: the generator and the linter then need no framework, and routes
    # may come from anywhere.
    query: Mapping[str, Any] | None = None
    headers: Mapping[str, Any] | None = None
    cookies: Mapping[str, Any] | None = None
    security: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    credentials: Sequence[Credential] = ()
    validates_parameters: bool = False
    name: str | None = None


class RouteDiscovery(Protocol):
    """Finds the routes of an application to consumers; each adapter has one."""

    def discover(self) -> Iterable[RouteInfo]:
        """Return the routes in the order of their registration."""
        ...


__all__ = ["PathParameter", "RouteDiscovery", "RouteInfo"]
