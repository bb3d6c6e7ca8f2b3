"""The channels of a document: one for each route."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from chanx.asyncapi.definitions import MessageUse
from chanx.asyncapi.names import key_of, snake_case, unique
from chanx.asyncapi.operations import Operation, operations_of
from chanx.asyncapi.parameters import address_of, parameter_objects
from chanx.asyncapi.security import subprotocols, websocket_binding
from chanx.asyncapi.texts import described, own_docstring, tags, words
from chanx.core.close_codes import CloseCode
from chanx.core.decorators import CHANNEL_ATTRIBUTE, ChannelDeclaration
from chanx.core.wire import WireFormat
from chanx.routing import RouteInfo


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


def channel_object(channel: Channel, keys: Mapping[MessageUse, str]) -> dict[str, Any]:
    """Return the Channel Object of a channel.

    Args:
        channel: The channel.
        keys: The key of each message.
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
    rendered["x-close-codes"] = _close_codes(route)
    return rendered


def _close_codes(route: RouteInfo) -> dict[str, str]:
    """Return the codes with which the server may close, each with its meaning."""
    left_out: set[CloseCode] = set()
    if route.consumer.authenticator_class is None and not route.security:
        left_out.add(CloseCode.UNAUTHORIZED)
    if not route.validates_parameters:
        left_out.add(CloseCode.INVALID_PARAMETERS)
    return {str(int(code)): code.description for code in CloseCode if code not in left_out}


__all__ = ["Channel", "channel_object", "plan_channels"]
