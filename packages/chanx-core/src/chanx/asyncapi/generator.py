"""From routes to a document."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any, Final, Unpack

from chanx.asyncapi.channels import Channel, channel_object, plan_channels
from chanx.asyncapi.config import AsyncAPIConfig, Perspective, with_defaults
from chanx.asyncapi.definitions import MessageUse
from chanx.asyncapi.extra import extra_uses, with_extra
from chanx.asyncapi.messages import CONTENT_TYPE, message_object
from chanx.asyncapi.names import unique
from chanx.asyncapi.operations import Operation, operation_object, stops_of
from chanx.asyncapi.schemas import SchemaRegistry
from chanx.asyncapi.security import SECURITY_SCHEMES, security_schemes
from chanx.asyncapi.servers import server_objects
from chanx.asyncapi.texts import tags
from chanx.routing import RouteInfo

logger: Final = logging.getLogger("chanx.asyncapi")

_INFO: Final = {
    "title": "title",
    "version": "version",
    "description": "description",
    "terms_of_service": "termsOfService",
    "contact": "contact",
    "license": "license",
    "external_docs": "externalDocs",
}
"""The keys of the Info Object, by those of the configuration."""


class AsyncAPIGenerator:
    """Makes an AsyncAPI 3 document of the consumers that routes lead to.

    The document describes the server: a handler is an operation that receives, with what it may
    reply; event handlers, ``emits``, ``passthrough_events``, errors, authentication and completion
    signals are operations that send. Nothing is shared between documents. A message that cannot
    be described is logged with its consumer and keeps its place, with its action alone.

    Args:
        routes: The routes, of any adapter or made by hand.
        config: What the document says besides; see :class:`~chanx.asyncapi.AsyncAPIConfig`.

    Raises:
        ConfigurationError: If a key or a value of the configuration is not known.

    Example:
        >>> from chanx.core.decorators import ws_handler
        >>> from chanx.core.websocket import AsyncJsonWebsocketConsumer
        >>> from chanx.messages import PingMessage, PongMessage
        >>> class Health(AsyncJsonWebsocketConsumer):
        ...     @ws_handler
        ...     async def ping(self, message: PingMessage) -> PongMessage:
        ...         return PongMessage()
        >>> routes = [RouteInfo(path="/health", consumer=Health)]
        >>> document = AsyncAPIGenerator(routes, title="Monitoring").generate()
        >>> document["operations"]["health.ping"]["messages"]
        [{'$ref': '#/channels/health/messages/PingMessage'}]
    """

    def __init__(self, routes: Iterable[RouteInfo], **config: Unpack[AsyncAPIConfig]) -> None:
        self._routes = tuple(routes)
        self._config = with_defaults(config)

    def generate(self) -> dict[str, Any]:
        """Return the document, made anew by each call.

        Raises:
            ConfigurationError: If a server's URL is none, if two classes have the same explicit
                title, or if what is added to the document has a key that is there already.
            MissingPackageError: If keys are to be in camelCase and pyhumps is not installed.
        """
        channels = plan_channels(self._routes, self._config.get("camelize"))
        extra = extra_uses(self._config)
        uses = dict.fromkeys((*(use for channel in channels for use in channel.uses), *extra))
        registry = SchemaRegistry.of(uses)
        _report_problems(channels, registry)
        keys = {use: registry.name(use) for use in uses}
        schemes = _Schemes()
        named = _named(channels)
        operations = _operations(
            channels, named, keys, schemes, self._config.get("perspective") or "server"
        )
        components = {
            "schemas": registry.checked,
            "messages": _messages(keys, registry),
            "securitySchemes": dict(sorted(schemes.by_name.items())),
        }
        document = {
            "asyncapi": self._config.get("asyncapi_version"),
            "info": _info(self._config),
            "defaultContentType": CONTENT_TYPE,
            "servers": server_objects(self._config),
            "channels": {
                channel.key: channel_object(channel, keys, operations_of_channel)
                for channel, operations_of_channel in zip(channels, named, strict=True)
            },
            "operations": operations,
            "components": {name: part for name, part in components.items() if part},
        }
        whole = with_extra(document, self._config)
        return {name: part for name, part in whole.items() if part != {}}


class _Schemes:
    """The security schemes of a document; different ones of the same name are kept apart."""

    def __init__(self) -> None:
        self.by_name: dict[str, dict[str, Any]] = {}

    def references(self, channel: Channel) -> list[dict[str, str]]:
        names: list[str] = []
        for name, scheme in security_schemes(channel.route).items():
            name = unique(name, {key for key, known in self.by_name.items() if known != scheme})
            self.by_name[name] = scheme
            names.append(name)
        return [{"$ref": SECURITY_SCHEMES + name} for name in names]


def _info(config: AsyncAPIConfig) -> dict[str, Any]:
    given: Mapping[str, Any] = config
    info: dict[str, Any] = {name: given[key] for key, name in _INFO.items() if given.get(key)}
    if named := config.get("tags"):
        info["tags"] = tags(named)
    if config.get("perspective") == "client":
        info["x-perspective"] = "client"
    return info


def _operations(
    channels: Iterable[Channel],
    named_operations: Iterable[Mapping[str, Operation]],
    keys: Mapping[MessageUse, str],
    schemes: _Schemes,
    perspective: Perspective,
) -> dict[str, Any]:
    operations: dict[str, Any] = {}
    for channel, named in zip(channels, named_operations, strict=True):
        security = schemes.references(channel)
        stops = stops_of(named)
        for key, operation in named.items():
            operations[key] = operation_object(
                operation, channel.key, keys, security, perspective, stops.get(operation.name)
            )
    return operations


def _named(channels: Iterable[Channel]) -> list[dict[str, Operation]]:
    """Return the operations of each channel by their keys in the document."""
    taken: set[str] = set()
    named: list[dict[str, Operation]] = []
    for channel in channels:
        named.append({})
        for operation in channel.operations:
            key = unique(f"{channel.key}.{operation.name}", taken)
            taken.add(key)
            named[-1][key] = operation
    return named


def _messages(keys: Mapping[MessageUse, str], registry: SchemaRegistry) -> dict[str, Any]:
    # A message that is received and sent is described as what is received: its example is then
    # one that the server is known to accept.
    described: dict[str, MessageUse] = {}
    for use, key in sorted(keys.items(), key=lambda item: (item[1], item[0].direction)):
        described.setdefault(key, use)
    return {key: message_object(use, registry) for key, use in described.items()}


def _report_problems(channels: Iterable[Channel], registry: SchemaRegistry) -> None:
    for use, reason in registry.problems.items():
        consumers = sorted(
            {channel.route.consumer.__qualname__ for channel in channels if use in channel.uses}
        ) or ["the configuration"]
        logger.error(
            "The message %s of %s cannot be described, and stands in the document with its action "
            "alone: %s",
            use.model.__qualname__,
            ", ".join(consumers),
            reason,
            extra={"message_class": use.model.__qualname__, "consumers": consumers},
        )


__all__ = ["AsyncAPIGenerator"]
