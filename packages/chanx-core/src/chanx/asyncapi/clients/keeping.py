"""What keeps a connection, and ends it: heartbeats, limits, close codes, when to come back."""

import math
from collections.abc import Mapping
from typing import Any, Final

from chanx.asyncapi.clients.description import (
    ChannelLimits,
    ClientMessage,
    CloseCode,
    Reconnect,
    ServerHeartbeat,
)
from chanx.asyncapi.diffing.wire import WireChannel
from chanx.asyncapi.walk import is_object, located, object_of, tokens_of
from chanx.constants import PING_ACTION, PONG_ACTION
from chanx.core.closing import Retry

_RETRIES: Final[Mapping[Any, Retry]] = {
    "never": "never",
    "refresh": "refresh",
    "backoff": "backoff",
    "spread": "spread",
}


def server_heartbeat_of(
    wire: WireChannel, described: Mapping[str, ClientMessage]
) -> ServerHeartbeat | None:
    """Return what the server asks with ``ping``, if ``pong`` is all that there is to answer.

    Args:
        wire: What the document says of the connection.
        described: Its messages by their pointers.
    """
    for operation in wire.operations:
        if operation.sender == "client":
            continue
        pings = [described.get(item.pointer) for item in operation.messages]
        pongs = [described.get(item.pointer) for item in operation.replies or ()]
        match pings, pongs:
            case [ClientMessage() as ping], [ClientMessage() as pong]:
                is_usual = (ping.values, pong.values) == ((PING_ACTION,), (PONG_ACTION,))
                if is_usual and {*pong.required} <= pong.constants.keys():
                    return ServerHeartbeat(ping, pong)
            case _:
                pass
    return None


def reconnect_of(
    document: Mapping[str, Any], given: Any, received: Mapping[str, ClientMessage]
) -> Reconnect | None:
    """Return how the server says when to come back (docs/extensions.md).

    Args:
        document: The document.
        given: The channel's ``x-reconnect``.
        received: What is received, by its pointers.
    """
    _, at = located(document, object_of(given).get("message"), "")
    where: Any = object_of(given).get("retryAfter")
    said = where.removeprefix("$message.payload") if isinstance(where, str) else ""
    if at not in received or not (path := tokens_of(said)):
        return None
    return Reconnect(received[at], tuple(path))


def positive(value: Any) -> Any:
    """Return a number of a document; None where it is none, or not one of more than nothing.

    Args:
        value: What stands there.
    """
    # No linter has to have seen the document. A client divides by its rate, and one that waits for
    # no time between pings sends them as fast as they are answered.
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and 0 < value < math.inf else None


def limits_of(given: Any) -> ChannelLimits:
    """Return what a client can keep to; of two rates, that of a user may be the lower one.

    Args:
        given: The channel's ``x-limits``.
    """
    said = object_of(given)

    def least(*keys: str) -> Any:
        values = [value for key in keys if (value := positive(said.get(key))) is not None]
        return min(values, default=None)

    return ChannelLimits(
        max_message_size=positive(said.get("maxMessageSize")),
        messages_per_second=least("messagesPerSecond", "messagesPerSecondPerUser"),
        burst=least("burst", "burstPerUser"),
    )


def close_codes_of(given: Any) -> dict[int, CloseCode]:
    """Return what is said of codes; a text alone says why (docs/extensions.md).

    Args:
        given: The channel's ``x-close-codes``.
    """
    found: dict[int, CloseCode] = {}
    for code, meaning in sorted(object_of(given).items()):
        if not code.isdecimal() or len(code) != 4:
            continue
        said = meaning.get("description", "") if is_object(meaning) else meaning
        retry = _RETRIES.get(object_of(meaning).get("retry"))
        found[int(code)] = CloseCode(said if isinstance(said, str) else "", retry)
    return found


__all__ = ["close_codes_of", "limits_of", "positive", "reconnect_of", "server_heartbeat_of"]
