"""The channels of a document: one for each route."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from chanx.asyncapi.definitions import MessageUse
from chanx.asyncapi.names import key_of, snake_case, unique
from chanx.asyncapi.operations import Operation, operations_of
from chanx.asyncapi.parameters import address_of, parameter_objects
from chanx.asyncapi.security import cookies, subprotocols, websocket_binding
from chanx.asyncapi.texts import described, own_docstring, tags, words
from chanx.core.close_codes import CloseCode
from chanx.core.closing import CloseMeaning, close_meanings, retry_of
from chanx.core.decorators import CHANNEL_ATTRIBUTE, ChannelDeclaration
from chanx.core.limits import Limits
from chanx.core.mentions import is_mentioned
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.core.wire import WireFormat
from chanx.messages import AuthenticationMessage, ReconnectMessage
from chanx.routing import RouteInfo

_EXPIRY: Final = "expires_at"


@dataclass(frozen=True, slots=True)
class Channel:
    """A route, with what happens there.

    Attributes:
        key: Its key in the document.
        route: The route.
        operations: What its consumer receives and sends.
    """

    key: str
    route: RouteInfo
    operations: tuple[Operation, ...]

    @property
    def uses(self) -> Iterable[MessageUse]:
        """Every message of the channel, each once."""
        return dict.fromkeys(use for operation in self.operations for use in operation.uses)


def plan_channels(routes: Iterable[RouteInfo], camelize: bool | None) -> list[Channel]:
    """Return the channels of routes, in the order of their addresses.

    A channel's key is the name that ``@channel`` gives, otherwise the consumer's in snake_case.
    Where several routes would have the same key, each gets its route's words behind it.

    Args:
        routes: The routes.
        camelize: How keys are spelled; None as each consumer does on the wire.
    """
    named = sorted(map(_named, routes), key=lambda each: each.order)
    keys = _keys(named)
    planned: dict[tuple[Any, WireFormat], tuple[Operation, ...]] = {}
    channels: list[Channel] = []
    for key, (_, _, route) in zip(keys, named, strict=True):
        wire = route.consumer.current_runtime().codec.wire
        if camelize is not None:
            wire = WireFormat(wire.discriminator, camelize)
        shared = route.consumer, wire
        if shared not in planned:
            planned[shared] = tuple(operations_of(route.consumer, wire))
        channels.append(Channel(key, route, planned[shared]))
    return channels


class _Named(NamedTuple):
    """A route with what names its channel, read once: a name is matched letter by letter."""

    address: str
    name: str
    route: RouteInfo

    @property
    def order(self) -> tuple[str, str, str, str]:
        """Where the channel stands in the document."""
        consumer = self.route.consumer
        place = f"{consumer.__module__}.{consumer.__qualname__}"
        return self.address, self.name, place, str(self.route.query)


def _named(route: RouteInfo) -> _Named:
    declared = _declaration(route).name
    name = key_of(declared) if declared else snake_case(route.consumer.__name__)
    return _Named(address_of(route), name, route)


def _keys(routes: list[_Named]) -> list[str]:
    same = Counter(each.name.casefold() for each in routes)
    taken = {each.name for each in routes if same[each.name.casefold()] == 1}
    keys: list[str] = []
    for each in routes:
        key = each.name
        if same[key.casefold()] > 1:
            key = unique(f"{key}.{_slug(each.address)}", taken)
            taken.add(key)
        keys.append(key)
    return keys


def _slug(address: str) -> str:
    return "-".join(key_of(part) for part in re.split(r"[/{}]+", address) if part) or "root"


def _declaration(route: RouteInfo) -> ChannelDeclaration:
    declared = vars(route.consumer).get(CHANNEL_ATTRIBUTE)
    return declared if isinstance(declared, ChannelDeclaration) else ChannelDeclaration()


def channel_object(
    channel: Channel, keys: Mapping[MessageUse, str], operations: Mapping[str, Operation]
) -> dict[str, Any]:
    """Return the Channel Object of a channel.

    Args:
        channel: The channel.
        keys: The key of each message.
        operations: Its operations, by their keys.
    """
    route, declared = channel.route, _declaration(channel.route)
    messages = sorted({keys[use] for use in channel.uses})
    rendered: dict[str, Any] = {
        "address": address_of(route),
        "title": words(declared.name or route.consumer.__name__),
        **described(declared.description or own_docstring(route.consumer)),
        "messages": {key: {"$ref": f"#/components/messages/{key}"} for key in messages},
    }
    if parameters := parameter_objects(route):
        rendered["parameters"] = parameters
    if declared.tags:
        rendered["tags"] = tags(declared.tags)
    if binding := websocket_binding(route):
        rendered["bindings"] = {"ws": binding}
    if offered := subprotocols(route):
        rendered["x-subprotocols"] = offered
    if read := cookies(route):
        rendered["x-cookies"] = read
    rendered["x-close-codes"] = _close_codes(route)
    ready = route.consumer.ready_message or AuthenticationMessage
    for use in channel.uses:
        if use.model is ready and use.direction == "sent":
            rendered["x-ready"] = {"$ref": f"#/channels/{channel.key}/messages/{keys[use]}"}
        if use.model is ReconnectMessage and use.direction == "sent":
            seconds = route.consumer.current_runtime().codec.wire.spell("retry_after")
            rendered["x-reconnect"] = {
                "message": {"$ref": f"#/channels/{channel.key}/messages/{keys[use]}"},
                "retryAfter": f"$message.payload#/payload/{seconds}",
            }
    rendered["x-limits"] = _limits(route)
    if heartbeat := _heartbeat(operations):
        rendered["x-heartbeat"] = heartbeat
    return rendered


_OPTIONAL_LIMITS: Final = {
    "maxHandshakeSize": "max_handshake_size",
    "idleTimeout": "idle_timeout",
    "heartbeat": "heartbeat",
    "maxConnectionAge": "max_connection_age",
    "connectionsPerProcess": "max_connections",
    "connectionsPerAddress": "max_connections_per_address",
    "connectionsPerUser": "max_connections_per_user",
    "handshakesPerAddress": "max_handshakes_per_address",
}
"""The bounds that are told where there are any, and the fields of ``Limits`` that they are."""


def _limits(route: RouteInfo) -> dict[str, Any]:
    """Return the bounds that a client keeps to."""
    limits = route.consumer.current_runtime().limits
    told: dict[str, Any] = {"maxMessageSize": limits.max_message_size}
    if limits.max_messages_per_second is not None:
        told |= {"messagesPerSecond": limits.max_messages_per_second, "burst": limits.max_burst}
    if limits.max_messages_per_second_per_user is not None:
        told["messagesPerSecondPerUser"] = limits.max_messages_per_second_per_user
        told["burstPerUser"] = limits.max_burst_per_user
    if limits.max_groups != Limits().max_groups:
        told["groups"] = limits.max_groups
    return told | {
        name: value
        for name, field in _OPTIONAL_LIMITS.items()
        if (value := getattr(limits, field)) is not None
    }


def _heartbeat(operations: Mapping[str, Operation]) -> dict[str, Any] | None:
    """Return by what a client sees that the connection is alive: what is declared, or a ping."""
    beats = [item for item in operations.items() if item[1].usage.heartbeat is not None]
    pings = [item for item in operations.items() if item[1].is_ping]
    for key, operation in beats or pings[:1]:
        told: dict[str, Any] = {"operation": {"$ref": f"#/operations/{key}"}}
        if operation.usage.heartbeat is not None:
            told["interval"] = operation.usage.heartbeat
        return told
    return None


def _close_codes(route: RouteInfo) -> dict[str, dict[str, str]]:
    """Return the codes with which the server may close: why, and what a client does then."""
    left_out: set[CloseCode] = set()
    has_dependencies = route.security or route.credentials
    is_known = route.consumer.authenticator_class is not None or has_dependencies
    if not is_known and not _sets_expiry(route.consumer):
        left_out.add(CloseCode.UNAUTHORIZED)
    if not route.validates_parameters:
        left_out.add(CloseCode.INVALID_PARAMETERS)
    meanings = {
        int(code): CloseMeaning(code.description) for code in CloseCode if code not in left_out
    }
    if route.consumer.current_runtime().limits.max_handshake_size is not None:
        meanings[4431] = CloseMeaning("The handshake's address and headers are too large.")
    meanings |= close_meanings(route.consumer)
    return {
        str(code): {"description": meaning.description, "retry": retry_of(code, meanings)}
        for code, meaning in sorted(meanings.items())
    }


def _sets_expiry(consumer: type[AsyncJsonWebsocketConsumer[Any]]) -> bool:
    """Return whether a consumer says by itself until when its connections may stay."""
    return is_mentioned(consumer, AsyncJsonWebsocketConsumer, _EXPIRY)


__all__ = ["Channel", "channel_object", "plan_channels"]
