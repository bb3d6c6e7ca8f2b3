"""What chanx sends through a channel layer, and how it is put into a layer's message."""

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any, Final

from chanx.core.close_codes import CloseCode, is_sendable
from chanx.core.closing import unsendable
from chanx.core.errors import ConfigurationError
from chanx.core.groups import encode_group_name
from chanx.core.reach import check_reach
from chanx.layers import ChannelLayer, SyncLayer
from chanx.messages import BaseMessage
from chanx.messages.base import coalescing_key
from chanx.messages.plain import plain

BROADCAST: Final = "chanx.broadcast"
"""A message for the clients of a group: its ``action``, its ``text``, encoded once for all, and
``exclude``, the channel that does not get it; ``key``, if a later one with the same may stand in
its place."""

EVENT: Final = "chanx.event"
"""A typed event for consumers: its ``action``, and its ``text``, by field names."""


DISCONNECT: Final = "chanx.disconnect"
"""An end for the connections of a group: the close ``code``, and the ``reason``."""


# A mapping, as lanes take; a class of its own, so that no message of others can pass for it.
class LayerGap(dict[str, Any]):
    """What a layer tells of itself, in its place among what it brings; it never travels.

    Args:
        seconds: For how long messages may not have come.
        now: Tells the time, by which it waits for its turn.
    """

    def __init__(self, seconds: float, now: Callable[[], float]) -> None:
        super().__init__(type="chanx.gap", seconds=seconds)
        self.seconds = seconds
        self._now = now
        self._since = now() - seconds

    def age(self) -> float:
        """Return how many seconds ago it began."""
        return self._now() - self._since


def broadcast_envelope(
    message: BaseMessage, text: str, exclude: str | None = None
) -> dict[str, Any]:
    """Return the layer message that brings an encoded message to the clients of a group.

    Args:
        message: The message.
        text: The frame that each client receives.
        exclude: The channel that does not get it; None for everyone.
    """
    envelope = {"type": BROADCAST, "action": _action(message), "text": text, "exclude": exclude}
    if type(message).__chanx_coalesce__ is not None:
        # Made here, where the message is known: who receives it has text alone, and does not parse
        # it.
        envelope["key"] = coalescing_key(message)
    return envelope


def event_envelope(event: BaseMessage) -> dict[str, Any]:
    """Return the layer message that brings a typed event to consumers.

    Args:
        event: The event.

    Raises:
        ConfigurationError: If it is not a message.
    """
    if not isinstance(event, BaseMessage):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise not_a_message(event)
    # By name, so that it can be read again whatever aliases it has and whatever is computed.
    text = event.model_dump_json(by_alias=False, round_trip=True, fallback=plain)
    return {"type": EVENT, "action": _action(event), "text": text}


def disconnect_envelope(code: int, reason: str) -> dict[str, Any]:
    """Return the layer message that ends the connections of a group.

    Args:
        code: The close code.
        reason: For the client; an empty one for what the table of close codes says.

    Raises:
        ConfigurationError: If no close frame may carry the code.
    """
    # Where it is sent: whoever receives it could only log it, in another process.
    if not is_sendable(code):
        raise unsendable(code)
    return {"type": DISCONNECT, "code": int(code), "reason": reason}


def read_disconnect(envelope: Mapping[str, Any]) -> tuple[int, str]:
    """Return the close code and the reason of a layer message that ends connections.

    Args:
        envelope: What :func:`disconnect_envelope` made; anybody may put something else on a layer.
    """
    code, reason = envelope.get("code"), envelope.get("reason")
    # A wrong code ends the connection all the same: whoever wrote it meant the end.
    told = code if is_sendable(code) else CloseCode.FORBIDDEN
    return int(told or CloseCode.FORBIDDEN), reason if isinstance(reason, str) else ""


def group_of_user(user_id: object) -> str:
    """Return the group of a user's connections, which are in no list of groups.

    Args:
        user_id: What the user is known by.
    """
    # The spaces keep it apart from what layers know as plain names: it travels as a digest
    # (encode_group_name).
    return f"chanx user {user_id}"


def not_a_message(value: object) -> ConfigurationError:
    """Return the error for what is sent as a message and is none.

    Args:
        value: What was to be sent.
    """
    what = (
        f"the class {value.__qualname__}" if isinstance(value, type) else type(value).__qualname__
    )
    return ConfigurationError(
        f"A message is an instance of a subclass of BaseMessage, and this is {what}: make one, as "
        f"in SomeMessage(payload=...); what is not a message goes through send_json, to one client."
    )


def read_event(kind: type[BaseMessage], envelope: Mapping[str, Any]) -> BaseMessage:
    """Return the typed event in a layer message.

    Args:
        kind: The event's class.
        envelope: What :func:`event_envelope` made of it.

    Raises:
        pydantic.ValidationError: If it is not such an event.
    """
    # The counterpart of event_envelope(): by field names, whatever aliases the class has.
    return kind.model_validate_json(envelope["text"], by_alias=False, by_name=True)


def _action(message: BaseMessage) -> str:
    action = message.action
    return str(action.value if isinstance(action, Enum) else action)


async def send_to_groups(
    layer: ChannelLayer, groups: Iterable[str], envelope: dict[str, Any]
) -> None:
    """Send a layer message to groups, each once.

    Args:
        layer: The channel layer.
        groups: Group names of any text.
        envelope: The layer message.
    """
    check_reach(layer)
    for name in dict.fromkeys(groups):
        # One after the other, in the order given: of a layer that fails, the first failure is told,
        # and no send is left running.
        await layer.group_send(encode_group_name(name), envelope)


def send_to_groups_sync(layer: SyncLayer, groups: Iterable[str], envelope: dict[str, Any]) -> None:
    """:func:`send_to_groups`, from a thread in which no event loop runs."""
    check_reach(layer)
    for name in dict.fromkeys(groups):
        layer.group_send_sync(encode_group_name(name), envelope)


__all__ = [
    "BROADCAST",
    "DISCONNECT",
    "EVENT",
    "LayerGap",
    "broadcast_envelope",
    "disconnect_envelope",
    "event_envelope",
    "group_of_user",
    "not_a_message",
    "read_disconnect",
    "read_event",
    "send_to_groups",
    "send_to_groups_sync",
]
